// The lanes with the scrubber over them: a slider by pointer and by keyboard, with a look ahead at what lies under it.
import { get } from "../page/api.js";
import { key } from "../page/keys.js";
import { drawLanes, MARKS } from "./lanes.js";
import { Scale } from "./scale.js";
import { frameAt, path, placeShown, recording } from "./recording.js";
import { set, state, watch } from "./state.js";
import { hideTip, showTip } from "./thumbs.js";
import { clock, count, duration, span } from "./words.js";
import { go } from "./player.js";

const box = document.getElementById("lanes");
const canvas = document.getElementById("lanes-picture");
const slider = document.getElementById("scrubber");
const needle = document.getElementById("needle");
const chosen = document.getElementById("lanes-range");
const collapse = document.getElementById("collapse");
const ZOOMS = [1, 2, 4, 8, 16, 32, 64];
const FINE_BUCKETS = 10000;
let scale = new Scale(1, [], 1);
let zoom = 1;
let offset = 0;
let fine = null; // the lanes in small steps, for a closer look
const listeners = [];

/** Be told the scale now and whenever it changes: what lies along the lanes lies where they do. */
export function onScale(run) {
  listeners.push(run);
  run(scale);
}

function layOut() {
  const lanes = recording.lanes;
  if (!lanes || !box.clientWidth) return;
  scale = new Scale(lanes.duration_us, collapse.checked ? lanes.idle : [], box.clientWidth, zoom, offset);
  offset = scale.offset;
  drawLanes(canvas, { lanes: (zoom > 1 && fine) || lanes, apps: recording.apps, scale, hits: state.hits ?? [], words: recording.words, ranges: state.filter?.ranges ?? null });
  for (const run of listeners) run(scale);
  slider.setAttribute("aria-valuemax", Math.round(lanes.duration_us / 1e6));
  move();
  showRange();
}

/** Look closer, or less close, and keep the time at `x` where it is. */
function zoomTo(wanted, x = scale.x(state.t_us)) {
  const at = Math.max(0, Math.min(x, scale.width));
  const t_us = x === at ? scale.t(at) : state.t_us;
  zoom = Math.max(ZOOMS[0], Math.min(wanted, ZOOMS.at(-1)));
  const { lanes } = recording;
  if (!lanes) return;
  const whole = new Scale(lanes.duration_us, collapse.checked ? lanes.idle : [], box.clientWidth * zoom);
  offset = whole.x(t_us) - at;
  document.getElementById("zoom").textContent = `${zoom}×`;
  document.getElementById("zoom-out").disabled = zoom === ZOOMS[0];
  document.getElementById("zoom-in").disabled = zoom === ZOOMS.at(-1);
  layOut();
  if (zoom > 1 && !fine) closer();
}

async function closer() {
  const mine = recording.lanes;
  const told = await get(path(`timeline?buckets=${FINE_BUCKETS}`));
  if (mine !== recording.lanes) return;
  fine = told.lanes;
  layOut();
}

/** The wheel: with Ctrl closer or less close at the pointer, else along the lanes. */
function wheeled(event) {
  if (event.ctrlKey) zoomTo(event.deltaY < 0 ? zoom * 2 : zoom / 2, event.clientX - box.getBoundingClientRect().left);
  else if (zoom === 1) return;
  else {
    offset = scale.offset + (Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY);
    layOut();
  }
  event.preventDefault();
}

function follow() {
  const x = scale.x(state.t_us);
  if (zoom === 1 || (x >= 0 && x <= scale.width)) return;
  offset = scale.offset + x - scale.width / 2;
  layOut();
}

function move() {
  needle.style.transform = `translateX(${scale.x(state.t_us)}px)`;
  slider.setAttribute("aria-valuenow", Math.round(state.t_us / 1e6));
  slider.setAttribute("aria-valuetext", [clock(state.t_us), ...told(state.t_us)].join(", "));
  document.getElementById("clock").textContent = `${clock(state.t_us)} / ${clock(state.duration_us)}`;
}

/** What was at a time, in words: app and window, what was withheld, marks nearby. */
export function told(t_us, near_us = 0) {
  const lanes = recording.lanes;
  if (!lanes) return [];
  const lines = [];
  const window = lanes.windows.findLast((one) => one.t_us <= t_us);
  if (window && t_us < Math.max(window.t_end_us, window.t_us + 1)) {
    lines.push([window.app ?? "no app that may be named", window.title, window.host].filter(Boolean).join(" · "));
  }
  for (const gap of lanes.withheld) {
    if (gap.t_us - near_us <= t_us && t_us <= gap.t_end_us + near_us) lines.push(`withheld, ${recording.words.channels[gap.channel] ?? gap.channel}: ${recording.words.reasons[gap.reason] ?? gap.reason}`);
  }
  for (const [from, to] of lanes.idle) if (from <= t_us && t_us < to) lines.push(`nothing happened for ${span(to - from)}`);
  if (near_us) for (const mark of lanes.marks) if (Math.abs(mark.t_us - t_us) <= near_us) lines.push(`${MARKS[mark.kind]?.[0] ?? ""} ${MARKS[mark.kind]?.[1] ?? mark.kind}`);
  return [...new Set(lines)].slice(0, 8);
}

function at(event) {
  return scale.t(event.clientX - box.getBoundingClientRect().left);
}

function pressed(event) {
  if (event.button !== 0) return;
  slider.setPointerCapture(event.pointerId);
  slider.focus({ preventScroll: true });
  set({ playing: false });
  const from = at(event);
  const ranging = event.shiftKey;
  if (!ranging) go(from);
  const moved = (now) => (ranging ? set({ range: ordered(from, at(now)) }) : go(at(now)));
  const done = () => {
    slider.removeEventListener("pointermove", moved);
    hideTip();
  };
  slider.addEventListener("pointermove", moved);
  slider.addEventListener("pointerup", done, { once: true });
  slider.addEventListener("pointercancel", done, { once: true });
}

function ordered(one, other) {
  return one === other ? null : [Math.min(one, other), Math.max(one, other)];
}

function hovered(event) {
  const t_us = at(event);
  const near = Math.max(1, scale.t(scale.x(t_us) + 4) - t_us);
  showTip({ x: event.clientX - box.getBoundingClientRect().left, width: box.clientWidth, t_us, lines: told(t_us, near), place: frameAt(t_us, state.screen) });
}

function keyed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const steps = { ArrowUp: 10e6, ArrowDown: -10e6, PageUp: 60e6, PageDown: -60e6 };
  if (!(event.key in steps)) return;
  event.preventDefault();
  go(state.t_us + steps[event.key], Math.sign(steps[event.key]));
}

function showRange() {
  const told_ = document.getElementById("range-told");
  chosen.hidden = !state.range;
  told_.textContent = "";
  if (!state.range) return;
  const [left, right] = state.range.map((t) => scale.x(t));
  chosen.style.transform = `translateX(${left}px)`;
  chosen.style.width = `${Math.max(2, right - left)}px`;
  told_.textContent = `Chosen: ${clock(state.range[0])} to ${clock(state.range[1])}, ${duration((state.range[1] - state.range[0]) / 1e6)}`;
}

function legend() {
  const { lanes, words } = recording;
  const kinds = new Map();
  for (const mark of lanes.marks) kinds.set(mark.kind, (kinds.get(mark.kind) ?? 0) + mark.count);
  const items = [...kinds].map(([kind, number]) => item(MARKS[kind]?.[0] ?? "·", `${MARKS[kind]?.[1] ?? kind} (${number.toLocaleString()})`));
  if (lanes.withheld.length) items.unshift(item("▨", "withheld"));
  document.getElementById("legend").replaceChildren(...items);
  const folded = lanes.idle.reduce((sum, [from, to]) => sum + to - from, 0);
  document.getElementById("folded").textContent = lanes.idle.length ? `${count(lanes.idle.length, "stretch").replace(/stretchs$/, "stretches")}, ${duration(folded / 1e6)} in all` : "";
  const rows = Object.entries(lanes.withheld_us).map(([reason, us]) => withheldRow(reason, us, words));
  document.getElementById("withheld-list").replaceChildren(...rows);
  const all = lanes.withheld.reduce((sum, one) => sum + one.count, 0);
  document.getElementById("withheld-summary").textContent = all ? `Withheld: ${all.toLocaleString()} ${all === 1 ? "stretch" : "stretches"}, and why` : "Nothing was withheld";
  const damaged = document.getElementById("damaged");
  damaged.hidden = !lanes.damaged.length;
  const more = lanes.damaged.length > 3 ? ` and ${lanes.damaged.length - 3} more` : "";
  damaged.textContent = lanes.damaged.length ? `Could not be read, and is not shown: ${lanes.damaged.slice(0, 3).join("; ")}${more}` : "";
}

function item(sign, text) {
  const [line, mark] = [document.createElement("li"), document.createElement("b")];
  mark.textContent = sign;
  mark.setAttribute("aria-hidden", "true");
  line.append(mark, ` ${text}`);
  return line;
}

function withheldRow(reason, us, words) {
  const line = item("▨", `${words.reasons[reason] ?? reason}: ${span(us)} `);
  const next = document.createElement("button");
  next.type = "button";
  next.className = "quiet";
  next.textContent = "Go to the next one";
  next.addEventListener("click", () => {
    const mine = recording.lanes.withheld.filter((one) => one.reason === reason).sort((a, b) => a.t_us - b.t_us);
    go((mine.find((one) => one.t_us > state.t_us) ?? mine[0]).t_us);
  });
  line.append(next);
  return line;
}

function line() {
  const place = placeShown();
  const { frames } = recording;
  if (place < 0) {
    document.getElementById("stage-line").textContent = " ";
    return;
  }
  const apps = frames.apps[frames.app[place]];
  const behind = state.t_us - frames.ends[place];
  const parts = [
    `Picture ${(place + 1).toLocaleString()} of ${frames.length.toLocaleString()}`,
    apps === null ? "apps not known" : apps.join(", "),
    frames.redactions[place] ? `${count(frames.redactions[place], "place")} filled` : "nothing filled",
    behind > 2e6 ? `the screen is not known since ${duration(behind / 1e6)}` : "",
  ];
  const told_ = parts.filter(Boolean).join(" · ");
  document.getElementById("stage-line").textContent = told_;
  document.getElementById("picture").setAttribute("aria-label", told_);
}

function withheldNow() {
  const note = document.getElementById("stage-withheld");
  const { lanes, words } = recording;
  const found = lanes ? lanes.withheld.filter((one) => one.t_us <= state.t_us && state.t_us < one.t_end_us && ["all", "frames"].includes(one.channel)) : [];
  note.hidden = !found.length;
  note.textContent = found.length ? `Withheld here: ${[...new Set(found.map((one) => words.reasons[one.reason] ?? one.reason))].join("; ")}` : "";
}

export function start() {
  slider.addEventListener("pointerdown", pressed);
  slider.addEventListener("pointermove", hovered);
  slider.addEventListener("pointerleave", hideTip);
  slider.addEventListener("keydown", keyed);
  collapse.addEventListener("change", layOut);
  box.addEventListener("wheel", wheeled, { passive: false });
  document.getElementById("zoom-in").addEventListener("click", () => zoomTo(zoom * 2));
  document.getElementById("zoom-out").addEventListener("click", () => zoomTo(zoom / 2));
  key({ key: "+", does: "Look closer at the lanes", run: () => zoomTo(zoom * 2) });
  key({ key: "-", shown: "−", does: "Less close", run: () => zoomTo(zoom / 2) });
  watch("lanes_read", () => {
    fine = null;
    layOut();
    if (zoom > 1) closer();
    legend();
    withheldNow();
  });
  watch(["hits", "filter"], layOut);
  watch("t_us", () => {
    follow();
    move();
    withheldNow();
  });
  watch(["drawn", "t_us"], line);
  watch("range", showRange);
  new ResizeObserver(layOut).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", layOut);
}
