// The picture of the moment: a quick copy at once, and when the person stays, every pixel as it is stored.
import { picture } from "../page/api.js";
import { frameAt, path, recording } from "./recording.js";
import { set, state, watch } from "./state.js";

const SETTLE_MS = 160;
const KEPT = 12;
const canvas = document.getElementById("picture");
const stage = document.getElementById("stage-picture");
const empty = document.getElementById("stage-empty");
const kept = new Map(); // "form/id": ImageBitmap, the least used one first
let asking = null;
let settling = 0;
let stale = false; // what is shown may have been changed since

async function bitmap(id, form, signal) {
  const key = `${form}/${id}`;
  if (kept.has(key)) {
    const found = kept.get(key);
    kept.delete(key);
    kept.set(key, found);
    return found;
  }
  const made = await createImageBitmap(await picture(path(`frames/${id}/picture?form=${form}`), { signal }));
  kept.set(key, made);
  for (const [oldest, one] of kept) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
    one.close();
  }
  return made;
}

function draw(made, id, form) {
  if (canvas.width !== made.width || canvas.height !== made.height) [canvas.width, canvas.height] = [made.width, made.height];
  canvas.getContext("2d").drawImage(made, 0, 0);
  canvas.dataset.frame = id;
  canvas.dataset.form = form;
  stage.hidden = false;
  empty.hidden = true;
  set({ drawn: id, exact: form === "exact" ? id : null });
}

async function show(id, form) {
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    const made = await bitmap(id, form, mine.signal);
    if (!mine.signal.aborted && state.frame_id === id) draw(made, id, form);
  } catch (failure) {
    if (failure.name === "AbortError") return;
    nothing(`This picture can't be shown: ${failure.message}`);
  }
}

function nothing(why) {
  stage.hidden = true;
  empty.hidden = false;
  empty.textContent = why;
  set({ drawn: null, exact: null });
}

function look() {
  clearTimeout(settling);
  const id = state.frame_id;
  if (id === null) {
    asking?.abort();
    if (state.frames_read) nothing(recording.frames.length ? "There is no picture of this moment yet." : "This recording has no pictures.");
    return;
  }
  if (kept.has(`exact/${id}`)) {
    show(id, "exact");
    return;
  }
  show(id, "quick");
  if (!state.playing) settling = setTimeout(() => show(id, "exact"), SETTLE_MS);
}

/** Have the next pictures there when playing gets to them. */
export function ahead(places) {
  for (const place of places) bitmap(recording.frames.ids[place], "quick").catch(() => {});
}

function choose() {
  if (!state.frames_read) return;
  const at = frameAt(state.t_us, state.screen);
  set({ frame_id: at < 0 ? null : recording.frames.ids[at] });
}

function forget() {
  asking?.abort();
  for (const one of kept.values()) one.close();
  kept.clear();
  stale = true;
}

function again() {
  choose();
  if (stale || state.drawn !== state.frame_id) look();
  stale = false;
}

export function start() {
  watch(["t_us", "screen"], choose);
  watch("frame_id", look);
  watch("version", forget);
  watch("frames_read", again);
  watch("playing", look);
}
