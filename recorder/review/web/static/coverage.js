// What was really looked at: the picture that is drawn, in a tab that is visible, for long enough; rows of lists that
// were on the screen. It is told to the page's own server, and is kept sealed beside the recording.
import { get, post } from "../page/api.js";
import { path, recording } from "./recording.js";
import { set, state, watch } from "./state.js";
import { onScale } from "./timeline.js";

const LOOKED_MS = 400; // as the server has it: less is not looked at
const TELL_AFTER_MS = 500;
const LANE_PX = 10;
const stage = document.getElementById("stage");
const lane = document.getElementById("coverage-lane");
const canvas = document.createElement("canvas");
const shownFor = new Map(); // frame id: milliseconds
const told = new Set();
const rows = new Set(); // seq
const texts = new Set(); // "kind t_us"
let [onScreen, since, current] = [true, 0, null];
let telling = 0;
let [scale, looked] = [null, new Set()];

function isLooking() {
  return !document.hidden && onScreen && !document.querySelector("dialog[open]");
}

/** Count the time since the last call for the picture that was there meanwhile. */
function count() {
  const now = performance.now();
  if (current !== null && since && !told.has(current)) {
    const ms = (shownFor.get(current) ?? 0) + now - since;
    shownFor.set(current, ms);
    if (ms >= LOOKED_MS) tell();
  }
  since = isLooking() ? now : 0;
  current = since ? (state.drawn ?? null) : null;
}

function tell() {
  if (!telling) telling = setTimeout(flush, TELL_AFTER_MS);
}

function runs(numbers) {
  const found = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    if (found.length && number === found.at(-1)[1] + 1) found.at(-1)[1] = number;
    else found.push([number, number]);
  }
  return found;
}

/** Tell everything that is known now. */
export async function flush() {
  clearTimeout(telling);
  telling = 0;
  count();
  const frames = [...shownFor].filter(([id, ms]) => ms >= LOOKED_MS && !told.has(id)).slice(0, 5000);
  const events = runs(rows).slice(0, 5000);
  const words = [...texts].slice(0, 5000).map((one) => one.split(" ")).map(([kind, t_us]) => [kind, Number(t_us)]);
  if (!state.digest || (!frames.length && !events.length && !words.length)) return;
  const shown = state.digest;
  const answer = await post(path("looked"), { shown, frames: frames.map(([id, ms]) => [id, Math.round(ms)]), events, texts: words });
  if (answer.shown === shown) {
    for (const [id] of frames) {
      told.add(id);
      shownFor.delete(id);
      looked.add(id);
    }
    rows.clear();
    texts.clear();
    draw();
  }
  set({ coverage: answer });
}

async function read() {
  const answer = await get(path("coverage"));
  looked = new Set(answer.looked);
  for (const id of [...told]) if (!looked.has(id)) told.delete(id);
  set({ coverage: answer });
  draw();
}

/** Whether a picture was looked at. */
export function wasLooked(id) {
  return looked.has(id);
}

/** Looked at: a full block; not yet: a thin dashed line. So the difference is one of shape as well. */
function draw() {
  if (!scale || !recording.frames.length) return;
  const ratio = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(scale.width * ratio), LANE_PX * ratio];
  canvas.style.width = `${scale.width}px`;
  canvas.style.height = `${LANE_PX}px`;
  const paint = canvas.getContext("2d");
  paint.scale(ratio, ratio);
  const colour = getComputedStyle(document.documentElement);
  const { frames } = recording;
  for (let place = 0; place < frames.length; place++) {
    if (frames.screens[place] !== state.screen) continue;
    const left = scale.x(frames.times[place]);
    const right = Math.max(left + 1, scale.x(Math.min(frames.until[place], state.duration_us)));
    const seen = looked.has(frames.ids[place]);
    paint.fillStyle = colour.getPropertyValue(seen ? "--accent" : "--strong-line").trim();
    if (seen) paint.fillRect(left, 0, right - left, LANE_PX);
    else for (let x = left; x < right; x += 6) paint.fillRect(x, LANE_PX - 2, Math.min(3, right - x), 2);
  }
}

/** Rows that name an event are looked at when they come into sight. */
function watchRows() {
  const inSight = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || document.hidden) continue;
      if (target.dataset.seq) rows.add(Number(target.dataset.seq));
      else texts.add(`${target.dataset.kind} ${target.dataset.t}`);
      inSight.unobserve(target);
    }
    if (rows.size || texts.size) tell();
  }, { threshold: 0.5 });
  const lists = ["events-rows", "texts-rows"].map((id) => document.getElementById(id)).filter(Boolean);
  const added = new MutationObserver(() => {
    inSight.disconnect();
    for (const list of lists) for (const row of list.querySelectorAll("[data-seq], [data-kind=typed], [data-kind=element]")) inSight.observe(row);
  });
  for (const list of lists) added.observe(list, { childList: true });
}

export function start() {
  set({ coverage: null });
  canvas.setAttribute("aria-hidden", "true");
  lane.append(canvas);
  new IntersectionObserver(([entry]) => {
    count();
    onScreen = entry.isIntersecting;
    count();
  }, { threshold: 0.25 }).observe(stage);
  watch("drawn", count);
  document.addEventListener("visibilitychange", () => {
    count();
    if (document.hidden) flush();
  });
  setInterval(count, 200);
  watchRows();
  onScale((now) => {
    scale = now;
    draw();
  });
  watch("screen", draw);
  watch("digest", (digest) => digest && read());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
