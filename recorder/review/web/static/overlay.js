// What lies over the picture: clicks, keys, and on request an outline around everything that is filled.
import { get } from "../page/api.js";
import { path } from "./recording.js";
import { state, watch } from "./state.js";
import { clock } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const svg = document.getElementById("overlay");
const chips = document.getElementById("keys-pressed");
const wanted = document.getElementById("show-overlay");
const outlined = document.getElementById("show-filled");
const canvas = document.getElementById("picture");
const BUTTONS = { 1: "click", 2: "middle click", 3: "right click", 8: "back", 9: "forward" };
let asking = null;

function made(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function click({ x, y, button, count }, number) {
  const group = made("g", { class: "click" });
  const r = Math.max(10, canvas.width / 110);
  group.append(made("circle", { cx: x, cy: y, r, class: "halo" }), made("circle", { cx: x, cy: y, r }));
  const what = button === null ? "wheel" : (BUTTONS[button] ?? "button");
  const told = count > 1 ? `${number} ${what} ×${count}` : `${number} ${what}`;
  group.append(made("text", { x: x + r * 1.4, y: y + r / 2, "font-size": r * 1.5 }, told));
  return group;
}

function outline(points, kind) {
  const pairs = [];
  for (let n = 0; n < points.length; n += 2) pairs.push(`${points[n]},${points[n + 1]}`);
  return made("polygon", { points: pairs.join(" "), class: kind });
}

function chip({ t_us, kind, text }) {
  const item = document.createElement("li");
  item.className = `chip key-${kind}`;
  const [cap, when] = [document.createElement("kbd"), document.createElement("span")];
  cap.textContent = text;
  cap.className = "captured";
  when.className = "soft";
  when.textContent = clock(t_us);
  item.append(cap, when);
  return item;
}

function clear() {
  asking?.abort();
  svg.replaceChildren();
  chips.replaceChildren();
}

async function look() {
  clear();
  const id = state.exact;
  if (id === null || id === undefined || state.playing || !state.lanes_read) return;
  const mine = (asking = new AbortController());
  svg.setAttribute("viewBox", `0 0 ${canvas.width} ${canvas.height}`);
  try {
    if (wanted.checked) {
      const found = await get(path(`frames/${id}/overlay`), mine);
      svg.append(...found.boxes.map((b) => made("rect", { x: b.x, y: b.y, width: b.width, height: b.height, class: "masked" })));
      svg.append(...found.clicks.map((one, n) => click(one, n + 1)));
      chips.replaceChildren(...found.chips.map(chip));
      if (found.more) chips.append(chip({ t_us: found.until_us, kind: "more", text: `and ${found.more} more` }));
    }
    if (outlined.checked) {
      const found = await get(path(`frames/${id}/filled`), mine);
      svg.prepend(...found.masked.map((p) => outline(p, "masked")), ...found.withheld.map((p) => outline(p, "withheld")));
    }
  } catch (failure) {
    if (failure.name !== "AbortError") throw failure;
  }
}

export function start() {
  watch("drawn", clear);
  watch(["exact", "playing"], look); // while a person scrubs nothing is asked for
  watch("lanes_read", look);
  wanted.addEventListener("change", look);
  outlined.addEventListener("change", look);
}
