// The rows of the recording around the place where a person is, as they are stored; all of them can be reached.
import { post } from "../page/api.js";
import { path, recording } from "./recording.js";
import { go } from "./player.js";
import { set, state, watch } from "./state.js";
import { clock } from "./words.js";

const LIMIT = 100;
const WAIT_MS = 200;
const rows = document.getElementById("events-rows");
const told = document.getElementById("events-told");
const moves = document.getElementById("events-moves");
const [before, after] = [document.getElementById("events-before"), document.getElementById("events-after")];
const panel = document.getElementById("panel-events");
let page = { offset: 0, total: 0, rows: [] };
let asking = null;
let waiting = 0;

function text(row) {
  const { kinds = {}, reasons = {}, channels = {} } = recording.words ?? {};
  const kind = kinds[row.kind] ?? row.kind;
  const parts = [kind];
  if (row.button !== undefined) parts.push(`${row.button}, ${row.pressed ? "down" : "up"}`);
  else if (row.pressed !== undefined) parts.push(row.pressed ? "down" : "up");
  for (const name of ["key", "key_class", "char", "text", "target_role", "target_name"]) if (row[name] !== undefined) parts.push(row[name]);
  if (row.count_bucket !== undefined) parts.push(`${row.count_bucket} keys`);
  if (row.x !== undefined) parts.push(`at ${row.x}, ${row.y}`);
  if (row.scroll_dy || row.scroll_dx) parts.push(`${row.scroll_dx ?? 0}, ${row.scroll_dy ?? 0}`);
  if (row.reason !== undefined) parts.push(reasons[row.reason] ?? row.reason);
  if (row.channel !== undefined) parts.push(channels[row.channel] ?? row.channel);
  if (row.t_end_us !== undefined && row.t_end_us !== null && row.t_end_us > row.t_us) parts.push(`${((row.t_end_us - row.t_us) / 1e6).toFixed(1)} s`);
  return parts.join(" · ");
}

function line(row) {
  const tr = document.createElement("tr");
  if (row.seq !== undefined) tr.dataset.seq = row.seq;
  tr.dataset.t = row.t_us;
  const [when, what, app] = ["td", "td", "td"].map((name) => document.createElement(name));
  const jump = document.createElement("button");
  jump.type = "button";
  jump.className = "quiet time";
  jump.textContent = clock(row.t_us);
  jump.addEventListener("click", () => {
    set({ playing: false });
    go(row.t_us);
  });
  when.append(jump);
  what.className = app.className = "captured";
  what.textContent = text(row);
  app.textContent = row.app ?? "";
  tr.append(when, what, app);
  return tr;
}

async function load(body) {
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    page = await post(path("events"), { ...body, limit: LIMIT, moves: moves.checked, ...(state.filter ? { wanted: state.filter.body } : {}) }, mine);
  } catch (failure) {
    if (failure.name !== "AbortError") throw failure;
    return;
  }
  rows.replaceChildren(...page.rows.map(line));
  const last = page.offset + page.rows.length;
  told.textContent = page.total ? `${(page.offset + 1).toLocaleString()} to ${last.toLocaleString()} of ${page.total.toLocaleString()} events${state.filter ? " that fit" : ""}` : "No events here";
  before.disabled = page.offset === 0;
  after.disabled = last >= page.total;
  mark(true);
  set({ events_shown: page.rows.map(({ seq }) => seq).filter((seq) => seq !== undefined) });
}

function mark(scroll) {
  let here = null;
  for (const tr of rows.children) {
    tr.removeAttribute("aria-current");
    if (Number(tr.dataset.t) <= state.t_us) here = tr;
  }
  here?.setAttribute("aria-current", "true");
  if (!scroll || !here) return;
  const list = rows.closest(".scrolled");
  list.scrollTop = Math.max(0, here.offsetTop - list.clientHeight / 2);
}

function follow() {
  clearTimeout(waiting);
  if (panel.hidden || state.playing || !recording.words) return;
  const [first, end] = [page.rows[0]?.t_us ?? Infinity, page.rows.at(-1)?.t_us ?? -Infinity];
  if (first <= state.t_us && state.t_us <= end) mark(!panel.contains(document.activeElement));
  else waiting = setTimeout(near, WAIT_MS);
}

function near() {
  load({ near_us: Math.round(state.t_us) });
}

export function start() {
  before.addEventListener("click", () => load({ offset: Math.max(0, page.offset - LIMIT) }));
  after.addEventListener("click", () => load({ offset: page.offset + LIMIT }));
  moves.addEventListener("change", near);
  watch(["t_us", "playing", "tab"], follow);
  watch(["lanes_read", "filter"], () => {
    if (recording.words) near();
  });
}
