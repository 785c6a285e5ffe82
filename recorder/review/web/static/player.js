// Going through a recording: playing, steps from picture to picture, to the next app, to the next mark; inside of the
// filter where there is one.
import { address, get } from "../page/api.js";
import { key } from "../page/keys.js";
import { say } from "../page/say.js";
import { ahead } from "./pictures.js";
import { frameAt, holds, lastAt, placeShown, recording } from "./recording.js";
import { set, state, watch } from "./state.js";
import { clock } from "./words.js";

const SPEEDS = [1, 2, 4, 8];
const play = document.getElementById("play");
const speed = document.getElementById("speed");
const skip = document.getElementById("skip-quiet");
const screens = document.getElementById("screen");
const edges = { from: null, to: null }; // of the range, as far as they were set
let quietFrom = [];
let last = 0;

/** Go to a time; with a filter to the nearest one in it, in `direction` (1, -1) when that is given. */
export function go(t_us, direction = 0) {
  const wanted = Math.round(Math.max(0, Math.min(t_us, state.duration_us)));
  set({ t_us: inside(wanted, direction) });
}

function inside(t_us, direction) {
  const ranges = state.filter?.ranges;
  if (!ranges?.length || holds(ranges, t_us)) return t_us;
  const after = ranges.find(([from]) => from > t_us);
  const before = ranges.findLast(([, until]) => until <= t_us);
  if (direction > 0) return after?.[0] ?? before[0];
  if (direction < 0) return before ? before[1] - 1 : after[0];
  if (!before || !after) return after ? after[0] : before[1] - 1;
  return after[0] - t_us < t_us - before[1] ? after[0] : before[1] - 1;
}

/** Show the picture at a position of the list. */
export function showPlace(place) {
  const { frames } = recording;
  set({ playing: false });
  set({ screen: frames.screens[place], t_us: frames.times[place] });
}

function fits(place) {
  return !state.filter || state.filter.frames.some(([first, end]) => first <= place && place <= end);
}

function step(by) {
  const { frames } = recording;
  const shown = placeShown();
  let place = shown < 0 ? (by > 0 ? -1 : lastAt(frames.times, state.t_us) + 1) : shown;
  do place += by;
  while (place >= 0 && place < frames.length && !fits(place));
  if (place < 0 || place >= frames.length) {
    say(by > 0 ? "This is the last picture" : "This is the first picture");
    return;
  }
  showPlace(place);
}

function jump(times, by, what) {
  const allowed = times.filter((t) => !state.filter || holds(state.filter.ranges, t));
  const found = by > 0 ? allowed.find((t) => t > state.t_us) : allowed.findLast((t) => t < state.t_us);
  if (found === undefined) {
    say(`There is no ${by > 0 ? "later" : "earlier"} ${what}`);
    return;
  }
  set({ playing: false });
  go(found, by);
  say(`${what} at ${clock(found)}`);
}

function boundaries() {
  return recording.lanes?.bands.map((band) => band.t_us) ?? [];
}

function marks() {
  const lanes = recording.lanes;
  if (!lanes) return [];
  const times = [...lanes.marks, ...lanes.withheld, ...(state.hits ?? [])].map(({ t_us }) => t_us);
  return [...new Set(times)].sort((a, b) => a - b);
}

async function session(by) {
  const all = await get("api/sessions");
  const at = all.findIndex(({ id }) => id === state.session);
  const next = all[at + by];
  if (next) location.assign(address(`s/${next.id}`));
  else say(by > 0 ? "This is the latest recording" : "This is the first recording");
}

function edge(which) {
  edges[which] = state.t_us;
  const { from, to } = edges;
  const whole = from !== null && to !== null && from < to;
  set({ range: whole ? [from, to] : null });
  if (whole) say(`Chosen: ${clock(from)} to ${clock(to)}`);
  else say(which === "from" ? `The range begins at ${clock(from)}` : `The range ends at ${clock(to)}`);
}

function forgetRange() {
  edges.from = edges.to = null;
  set({ range: null });
}

function quiet(t_us) {
  const found = recording.lanes?.quiet[lastAt(quietFrom, t_us)];
  return found && t_us < found[1] ? found[1] : t_us;
}

function tick(now) {
  if (!state.playing) return;
  const passed = Math.min(250, now - last) * 1000 * Number(speed.value);
  last = now;
  let t_us = state.t_us + passed;
  if (skip.checked) t_us = quiet(t_us);
  if (t_us >= state.duration_us || (state.filter && !holds(state.filter.ranges, t_us) && !state.filter.ranges.some(([from]) => from > t_us))) {
    set({ playing: false });
    go(t_us, -1);
    say("The end");
    return;
  }
  go(t_us, 1);
  const place = frameAt(state.t_us, state.screen);
  const mine = recording.frames.of.get(state.screen)?.places ?? [];
  const next = lastAt(mine, place) + 1;
  if (place >= 0) ahead(mine.slice(next, next + 2));
  requestAnimationFrame(tick);
}

function toggle() {
  if (!state.playing && state.t_us >= state.duration_us) go(0, 1);
  set({ playing: !state.playing });
}

function playing() {
  play.textContent = state.playing ? "Pause" : "Play";
  play.setAttribute("aria-pressed", String(state.playing));
  if (!state.playing) return;
  last = performance.now();
  requestAnimationFrame(tick);
}

function setSpeed(value) {
  speed.value = String(value);
  say(`Speed ${value}×`);
}

function listScreens() {
  const known = [...recording.frames.of.keys()].sort((a, b) => a - b);
  document.getElementById("screen-field").hidden = known.length < 2;
  screens.replaceChildren(...known.map((number) => new Option(String(number + 1), String(number), false, number === state.screen)));
}

function keys() {
  key({ key: " ", shown: "Space", does: "Play or pause", run: toggle });
  key({ key: "ArrowLeft", shift: false, shown: "←", does: "Earlier picture", run: () => step(-1) });
  key({ key: "ArrowRight", shift: false, shown: "→", does: "Later picture", run: () => step(1) });
  key({ key: "ArrowLeft", alt: true, shown: "Alt ←", does: "Where the app before began", run: () => jump(boundaries(), -1, "change of app") });
  key({ key: "ArrowRight", alt: true, shown: "Alt →", does: "Where the next app begins", run: () => jump(boundaries(), 1, "change of app") });
  key({ key: "ArrowLeft", shift: true, shown: "Shift ←", does: "Earlier mark", run: () => jump(marks(), -1, "mark") });
  key({ key: "ArrowRight", shift: true, shown: "Shift →", does: "Next mark", run: () => jump(marks(), 1, "mark") });
  key({ key: "j", shown: "J", does: "Next recording", run: () => session(1) });
  key({ key: "k", shown: "K", does: "Recording before", run: () => session(-1) });
  key({ key: "[", does: "The range begins here", run: () => edge("from") });
  key({ key: "]", does: "The range ends here", run: () => edge("to") });
  key({ key: "Home", does: "To the beginning", run: () => go(0, 1) });
  key({ key: "End", does: "To the end", run: () => go(state.duration_us, -1) });
  for (const [n, value] of SPEEDS.entries()) key({ key: String(n + 1), shown: "1–4", does: "Speed: 1, 2, 4 or 8 times", run: () => setSpeed(value) });
  key({ key: "Escape", shown: "Esc", does: "One step back: filter, then range, then playing", when: () => Boolean(state.filter), run: () => document.getElementById("filter-form").reset() });
  key({ key: "Escape", when: () => Boolean(state.range), run: forgetRange });
  key({ key: "Escape", when: () => state.playing, run: () => set({ playing: false }) });
}

export function start() {
  play.addEventListener("click", toggle);
  document.getElementById("frame-before").addEventListener("click", () => step(-1));
  document.getElementById("frame-after").addEventListener("click", () => step(1));
  screens.addEventListener("change", () => set({ screen: Number(screens.value) }));
  watch("screen", () => (screens.value = String(state.screen)));
  watch("playing", playing);
  watch("frames_read", listScreens);
  watch("lanes_read", () => (quietFrom = recording.lanes.quiet.map(([from]) => from)));
  watch("range", (range) => {
    if (range) [edges.from, edges.to] = range;
  });
  keys();
}
