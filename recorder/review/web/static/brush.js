// Filling a box in pictures: drawn with the pointer, moved with the arrow keys, or typed as numbers.
import { post } from "../page/api.js";
import { ask } from "../page/dialog.js";
import { key } from "../page/keys.js";
import { say } from "../page/say.js";
import { path } from "./recording.js";
import { changed, set, state, watch } from "./state.js";
import { count } from "./words.js";

const STEP = 8;
const canvas = document.getElementById("picture");
const stage = document.getElementById("stage-picture");
const button = document.getElementById("brush");
const tools = document.getElementById("brush-tools");
const reach = document.getElementById("brush-reach");
const inputs = Object.fromEntries(["x", "y", "width", "height"].map((name) => [name, document.getElementById(`brush-${name}`)]));
const shown = document.createElement("div");
let box = null; // in the picture's own pixels; null: the brush is not in use
let from = null; // where the pointer went down

function clamped({ x, y, width, height }) {
  const [w, h] = [Math.min(Math.max(1, width), canvas.width), Math.min(Math.max(1, height), canvas.height)];
  return { x: Math.min(Math.max(0, x), canvas.width - w), y: Math.min(Math.max(0, y), canvas.height - h), width: w, height: h };
}

function place(wanted) {
  box = clamped(wanted);
  for (const [name, input] of Object.entries(inputs)) if (Number(input.value) !== box[name]) input.value = String(box[name]);
  shown.style.left = `${(100 * box.x) / canvas.width}%`;
  shown.style.top = `${(100 * box.y) / canvas.height}%`;
  shown.style.width = `${(100 * box.width) / canvas.width}%`;
  shown.style.height = `${(100 * box.height) / canvas.height}%`;
  shown.setAttribute("aria-label", `Box at ${box.x}, ${box.y}: ${box.width} by ${box.height} pixels`);
}

function begin() {
  if (box) return leave();
  if (state.drawn === null || state.drawn === undefined) return say("There is no picture to fill anything in.");
  set({ playing: false });
  tools.hidden = false;
  shown.hidden = false;
  stage.classList.add("brushing");
  button.setAttribute("aria-pressed", "true");
  const [width, height] = [Math.round(canvas.width / 4), Math.round(canvas.height / 8)];
  place({ x: Math.round((canvas.width - width) / 2), y: Math.round((canvas.height - height) / 2), width, height });
  shown.focus();
  return say("A box is in the middle. Arrow keys move it, Shift and arrows change its size, Enter fills it, Escape leaves.");
}

function leave() {
  box = from = null;
  tools.hidden = true;
  shown.hidden = true;
  stage.classList.remove("brushing");
  button.setAttribute("aria-pressed", "false");
  button.focus();
}

function moved(dx, dy) {
  place({ ...box, x: box.x + dx, y: box.y + dy });
}

function sized(dx, dy) {
  const { x, y } = box;
  place({ x, y, width: Math.min(box.width + dx, canvas.width - x), height: Math.min(box.height + dy, canvas.height - y) });
}

function typed() {
  const wanted = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, Math.round(Number(input.value) || 0)]));
  place(wanted);
}

function at(event) {
  const edge = canvas.getBoundingClientRect();
  const x = ((event.clientX - edge.left) * canvas.width) / edge.width;
  const y = ((event.clientY - edge.top) * canvas.height) / edge.height;
  return { x: Math.min(Math.max(0, Math.round(x)), canvas.width), y: Math.min(Math.max(0, Math.round(y)), canvas.height) };
}

function down(event) {
  if (!box || event.button !== 0) return;
  event.preventDefault();
  from = at(event);
  stage.setPointerCapture(event.pointerId);
}

function drag(event) {
  if (!box || !from) return;
  const to = at(event);
  const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
  place({ x, y, width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) });
}

function up() {
  if (!box || !from) return;
  from = null;
  shown.focus();
}

function told({ pictures, texts }, { width, height }) {
  const where = `A box of ${width} by ${height} pixels becomes one colour in ${count(pictures, "picture")}.`;
  const under = texts
    ? `${count(texts, "text")} that may have stood under it ${texts === 1 ? "goes" : "go"}, too: what was typed, the names of what was clicked, titles. Where nobody can show that a text stood elsewhere, it counts as under the box.`
    : "No stored text can have stood under it.";
  return [where, under, "It is so in every view and export at once. You can undo it until you destroy what was under it for good."];
}

async function fill() {
  if (!box) return;
  const drawn = { frame: state.drawn, ...box, reach: reach.value };
  const found = await post(path("brush/preview"), drawn);
  if (found.nothing) return say("All of that is filled already.");
  if (!(await ask({ title: "Fill this box", lines: told(found, drawn), yes: "Fill it" }))) return shown.focus();
  await post(path("brush"), drawn);
  leave();
  changed();
  return say(`Filled in ${count(found.pictures, "picture")}. Ctrl+Z brings it back.`);
}

function keys() {
  const when = () => box !== null;
  const arrows = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  key({ key: "b", shown: "B", does: "Fill a box of the picture", run: begin });
  for (const [name, by] of Object.entries(arrows)) {
    key({ key: name, shift: false, when, run: () => moved(...by) });
    key({ key: name, shift: true, when, run: () => sized(...by) });
  }
  key({ key: "Enter", when, run: fill });
  key({ key: "Escape", when, run: leave });
}

export function start() {
  shown.className = "brush-box";
  shown.id = "brush-box";
  shown.tabIndex = 0;
  shown.setAttribute("role", "group");
  shown.hidden = true;
  stage.append(shown);
  document.getElementById("stage").after(tools); // what belongs to the picture is beside it
  button.addEventListener("click", begin);
  document.getElementById("brush-fill").addEventListener("click", fill);
  document.getElementById("brush-leave").addEventListener("click", leave);
  for (const input of Object.values(inputs)) input.addEventListener("change", typed);
  stage.addEventListener("pointerdown", down);
  stage.addEventListener("pointermove", drag);
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", up);
  watch("drawn", (id) => {
    if (!box) return;
    if (id === null) leave();
    else place(box);
  });
  watch("playing", () => state.playing && box && leave());
  keys();
}
