// Finding words, literally, in one recording or in all; and taking out what was found, exactly as it was listed.
import { address, get, post } from "../page/api.js";
import { key } from "../page/keys.js";
import { say } from "../page/say.js";
import { takeOut } from "./cut.js";
import { set, state, watch } from "./state.js";
import { clock, count } from "./words.js";

const element = (id) => document.getElementById(id);
const field = element("find-text");
const list = element("found-list");
const cutButton = element("found-cut");
const WHERE = { "events.text": "typed", "events.char": "typed, key by key", "contexts.window_title": "window title", "contexts.url_host": "site", "contexts.url_path": "address", "sessions.task": "what the recording is for", "events.target_name": "name of a button or field", "events.app": "app", "contexts.app": "app", "frames.apps": "apps in a picture", "events.key": "key" };
let search = null; // what the last search told
let again = null; // how to make it again
let at = -1;

async function look(path, body, what) {
  again = () => look(path, body, what);
  element("found").hidden = false;
  element("found-told").textContent = "Searching…";
  cutButton.disabled = true;
  try {
    search = await post(path, body);
  } catch (failure) {
    failed(failure.message);
    throw failure;
  }
  search.what = what;
  at = -1;
  list.replaceChildren();
  add(search.hits);
  tell();
  set({ hits: search.hits });
}

function failed(why) {
  search = null;
  list.replaceChildren();
  set({ hits: [] });
  element("found-told").textContent = `The search failed: ${why}. Nothing can be taken out by it.`;
}

function tell() {
  const { count: hits, sessions, failed: unread, hits: shown } = search;
  const where = sessions > 1 ? ` in ${count(sessions, "recording")}` : "";
  const missed = unread.length ? ` ${count(unread.length, "recording")} could not be read, so nothing can be taken out by this search.` : "";
  element("found-told").textContent = `${count(hits, "place")}${where}.${missed}`;
  cutButton.disabled = hits === 0 || unread.length > 0;
  cutButton.textContent = hits === 1 ? "Take out this 1" : `Take out all ${hits.toLocaleString()}`;
  element("found-more").hidden = shown.length >= hits;
}

function add(hits) {
  for (const hit of hits) list.append(item(hit));
}

function item(hit) {
  const [entry, button, where, text] = ["li", "button", "span", "span"].map((name) => document.createElement(name));
  button.type = "button";
  where.className = "soft small";
  const other = hit.session === state.session ? "" : "another recording · ";
  where.textContent = `${other}${hit.row === null ? "" : `${clock(hit.t_us)} · `}${WHERE[hit.where] ?? hit.where}`;
  text.className = "captured";
  text.append(...marked(hit));
  button.append(where, text);
  button.addEventListener("click", () => show(hit.number));
  entry.append(button);
  return entry;
}

/** The text with the word that was looked for marked, where it stands there as it was typed. */
function marked(hit) {
  const shown = hit.cut ? `${hit.text}…` : hit.text;
  const place = search?.what ? shown.toLowerCase().indexOf(search.what.toLowerCase()) : -1;
  if (place < 0) return [shown];
  const mark = document.createElement("mark");
  mark.textContent = shown.slice(place, place + search.what.length);
  return [shown.slice(0, place), mark, shown.slice(place + search.what.length)];
}

function show(number) {
  const hit = search?.hits[number];
  if (!hit) return;
  at = number;
  for (const [index, entry] of [...list.children].entries()) {
    entry.firstChild.toggleAttribute("aria-current", index === number);
    if (index === number) entry.scrollIntoView({ block: "nearest" });
  }
  if (hit.session === state.session) set({ t_us: hit.t_us });
  else location.assign(address(`s/${hit.session}#t=${hit.t_us}`));
}

function step(by) {
  if (!search?.hits.length) return say("There is no hit to go to.");
  return show((at + by + search.hits.length) % search.hits.length);
}

async function more() {
  const told = await get(`api/search/${search.id}?start=${search.hits.length}`);
  search.hits.push(...told.hits);
  add(told.hits);
  tell();
  set({ hits: [...search.hits] });
}

function cut() {
  return takeOut({ what: "hits", search: search.id }, { title: `Take out all ${count(search.count, "place")}` });
}

function close() {
  element("found").hidden = true;
  search = null;
  set({ hits: [] });
}

async function findMe(event) {
  event.preventDefault();
  const form = element("me-form");
  const body = Object.fromEntries(new FormData(form));
  form.reset();
  element("me-dialog").close();
  await look("api/find-me", body, null);
}

export function start() {
  element("find-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value;
    if (text.trim()) look("api/search", { text, session: element("find-everywhere").checked ? null : state.session }, text);
  });
  element("find-me").addEventListener("click", () => element("me-dialog").showModal());
  element("me-cancel").addEventListener("click", () => element("me-dialog").close());
  element("me-form").addEventListener("submit", findMe);
  element("found-previous").addEventListener("click", () => step(-1));
  element("found-next").addEventListener("click", () => step(1));
  element("found-more").addEventListener("click", more);
  element("found-close").addEventListener("click", close);
  cutButton.addEventListener("click", cut);
  key({ key: "/", does: "Find", run: () => field.focus() });
  key({ key: "Escape", run: () => (document.activeElement === field ? field.blur() : close()), when: () => document.activeElement === field || !element("found").hidden });
  watch("version", () => search && again());
}
