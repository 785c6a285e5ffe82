// The session that is looked at, as numbers: which picture is there at a time, what comes next. Read anew whenever
// something that is stored changed.
import { get } from "../page/api.js";
import { set, state, watch } from "./state.js";

/** `frames` by time: ids, times, ends, until, screens …; `lanes` as the server tells them. */
export const recording = { frames: empty(), lanes: null, kinds: {}, apps: [], titles: [], words: null };

function empty() {
  return { length: 0, ids: [], times: [], ends: [], until: [], screens: [], of: new Map(), place: new Map() };
}

/** A call about this session. */
export function path(rest) {
  return `api/sessions/${state.session}/${rest}`;
}

/** The last position in rising `numbers` whose number is at most `value`; -1: none. */
export function lastAt(numbers, value) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function sums(steps) {
  let at = 0;
  return Float64Array.from(steps, (step) => (at += step));
}

function unpacked(index) {
  const ids = sums(index.ids);
  const times = sums(index.times);
  const ends = times.map((time, n) => time + index.lasts[n]);
  const until = new Float64Array(ids.length);
  const of = new Map();
  for (let n = 0; n < ids.length; n++) {
    const screen = index.screen[n];
    if (!of.has(screen)) of.set(screen, { places: [], times: [] });
    const mine = of.get(screen);
    if (mine.places.length) until[mine.places.at(-1)] = times[n];
    mine.places.push(n);
    mine.times.push(times[n]);
    until[n] = Infinity;
  }
  const place = new Map(Array.from(ids, (id, n) => [id, n]));
  return { ...index, length: ids.length, ids, times, ends, until, screens: index.screen, of, place };
}

/** The position of the picture that a person saw on a screen at a time; -1: there was none yet. */
export function frameAt(t_us, screen) {
  const mine = recording.frames.of.get(screen);
  if (!mine) return -1;
  const at = lastAt(mine.times, t_us);
  return at < 0 ? -1 : mine.places[at];
}

/** The place of the picture that is shown, -1: none is. */
export function placeShown() {
  return recording.frames.place.get(state.frame_id) ?? -1;
}

/** [start, end] pairs that hold a time. */
export function holds(ranges, t_us) {
  return ranges.some(([start, end]) => start <= t_us && t_us < end);
}

const LONGEST_WAIT_MS = 1500; // for the first picture, before the rest is asked for
let loading = 0;

/** The first picture is there long before all of them are counted. */
async function first() {
  const { first: found } = await get(path("first"));
  if (!found || state.frames_read) return;
  set({ screen: found.screen, t_us: found.t_us, frame_id: found.frame_id });
  await new Promise((resolve) => {
    watch("drawn", resolve);
    setTimeout(resolve, LONGEST_WAIT_MS);
  });
}

async function load() {
  const mine = ++loading;
  if (mine === 1) await first();
  const index = await get(path("frames"));
  if (mine !== loading) return;
  recording.frames = unpacked(index);
  const screens = [...recording.frames.of.keys()].sort((a, b) => a - b);
  if (!screens.includes(state.screen)) set({ screen: screens[0] ?? 0 });
  const { times, ends } = recording.frames;
  // The first sight of a recording is its first picture.
  const t_us = mine === 1 && state.t_us === 0 ? (times[0] ?? 0) : state.t_us;
  set({ duration_us: Math.max(state.duration_us, ends.at(-1) ?? 0), t_us, frames_read: mine });
  const told = await get(path("timeline"));
  if (mine !== loading) return;
  Object.assign(recording, told);
  set({ duration_us: told.lanes.duration_us, t_us: Math.min(state.t_us, told.lanes.duration_us), lanes_read: mine });
}

export function start() {
  watch("version", load);
  load();
}
