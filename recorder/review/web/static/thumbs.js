// What lies under the pointer on the lanes: a small picture, the time, and words.
import { picture } from "../page/api.js";
import { path, recording } from "./recording.js";
import { watch } from "./state.js";
import { clock } from "./words.js";

const WAIT_MS = 25;
const KEPT = 300;
const tip = document.getElementById("tip");
const canvas = document.getElementById("tip-picture");
const kept = new Map();
let asking = null;
let waiting = 0;
let wanted = null;

/** `place`: the picture's position, -1: none. */
export function showTip({ x, width, t_us, lines, place }) {
  tip.hidden = false;
  const half = tip.offsetWidth / 2;
  tip.style.transform = `translateX(${Math.max(0, Math.min(width - 2 * half, x - half))}px)`;
  document.getElementById("tip-time").textContent = clock(t_us);
  document.getElementById("tip-lines").replaceChildren(...lines.map(listed));
  const id = place < 0 ? null : recording.frames.ids[place];
  canvas.hidden = id === null;
  if (id === wanted) return;
  wanted = id;
  clearTimeout(waiting);
  if (kept.has(id)) draw(kept.get(id), id);
  else if (id !== null) waiting = setTimeout(() => load(id), WAIT_MS);
}

export function hideTip() {
  tip.hidden = true;
  wanted = null;
  clearTimeout(waiting);
  asking?.abort();
}

function listed(text) {
  const line = document.createElement("li");
  line.className = "captured";
  line.textContent = text.slice(0, 200);
  return line;
}

async function load(id) {
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    const made = await createImageBitmap(await picture(path(`frames/${id}/picture?form=small`), { signal: mine.signal }));
    kept.set(id, made);
    if (kept.size > KEPT) forget(kept.keys().next().value);
    if (wanted === id) draw(made, id);
  } catch (failure) {
    if (failure.name !== "AbortError") canvas.hidden = true;
  }
}

function draw(made, id) {
  [canvas.width, canvas.height] = [made.width, made.height];
  canvas.getContext("2d").drawImage(made, 0, 0);
  canvas.dataset.frame = id;
}

function forget(id) {
  kept.get(id)?.close();
  kept.delete(id);
}

export function start() {
  watch("version", () => [...kept.keys()].forEach(forget));
}
