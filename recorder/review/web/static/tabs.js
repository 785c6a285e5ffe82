// The tabs on the right: texts, what was taken out, and what leaves beside the rows. Each is read when it is first shown.
import { get } from "../page/api.js";
import { path, recording } from "./recording.js";
import { go } from "./player.js";
import { set, watch } from "./state.js";
import { clock, span } from "./words.js";

const LIMIT = 100;
const tabs = [...document.querySelectorAll('#tabs [role="tab"]')];
const panel = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
const KINDS = { "": "Everything", typed: "Typed", title: "Window titles", site: "Sites", address: "Addresses", element: "Names of elements", app: "Apps", task: "What it was for" };
const stale = new Set();
const texts = { offset: 0, total: 0 };

function choose(tab, focus = false) {
  for (const one of tabs) {
    const on = one === tab;
    one.setAttribute("aria-selected", String(on));
    one.tabIndex = on ? 0 : -1;
    panel(one).hidden = !on;
  }
  if (focus) tab.focus();
  set({ tab: tab.id });
  fill(tab.id);
}

function keyed(event) {
  const at = tabs.indexOf(event.target);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (at < 0 || to === undefined || event.altKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  choose(tabs[(to + tabs.length) % tabs.length], true);
}

function fill(id) {
  if (!stale.has(id)) return;
  stale.delete(id);
  ({ "tab-texts": () => loadTexts(0), "tab-hidden": loadHidden, "tab-metadata": loadMetadata })[id]?.();
}

function cells(...values) {
  const tr = document.createElement("tr");
  for (const value of values) {
    const td = document.createElement("td");
    if (value instanceof Node) td.append(value);
    else td.textContent = value;
    if (typeof value === "string") td.className = "captured";
    tr.append(td);
  }
  return tr;
}

function numbered(text) {
  const span = document.createElement("span");
  span.className = "number";
  span.textContent = text;
  return span;
}

async function loadTexts(offset) {
  const kind = document.getElementById("texts-kind").value;
  const found = await get(path(`texts?offset=${offset}&limit=${LIMIT}&kind=${encodeURIComponent(kind)}`));
  Object.assign(texts, { offset, total: found.total });
  choices(found.counts);
  document.getElementById("texts-rows").replaceChildren(...found.rows.map(shownText));
  const end = offset + found.rows.length;
  document.getElementById("texts-told").textContent = found.total ? `${offset + 1} to ${end} of ${found.total.toLocaleString()}` : "There is no text in this recording";
  document.getElementById("texts-before").disabled = offset === 0;
  document.getElementById("texts-after").disabled = end >= found.total;
}

function choices(counts) {
  const select = document.getElementById("texts-kind");
  const chosen = select.value;
  const all = Object.values(counts).reduce((sum, one) => sum + one, 0);
  select.replaceChildren(...Object.entries(KINDS).map(([kind, words]) => new Option(`${words} (${kind === "" ? all : counts[kind]})`, kind, false, kind === chosen)));
}

function shownText({ kind, text, t_us, count, characters }) {
  const item = document.createElement("li");
  const [jump, words, what] = [document.createElement("button"), document.createElement("span"), document.createElement("span")];
  Object.assign(jump, { type: "button", className: "quiet time", textContent: clock(t_us) });
  jump.addEventListener("click", () => go(t_us));
  what.className = "soft";
  what.textContent = `${KINDS[kind]}${count > 1 ? `, ${count.toLocaleString()} times` : ""}`;
  words.className = "captured";
  words.dataset.text = "";
  words.textContent = text;
  item.append(jump, what, words);
  if (characters > text.length) item.append(more(kind, t_us, text, characters, words));
  else Object.assign(item.dataset, { kind, t: t_us });
  return item;
}

function more(kind, t_us, beginning, characters, words) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "quiet", textContent: `Show all ${characters.toLocaleString()} characters` });
  button.addEventListener("click", async () => {
    const found = await get(path(`texts/whole?kind=${kind}&t_us=${t_us}`));
    words.textContent = found.texts.find((one) => one.startsWith(beginning)) ?? beginning;
    button.remove();
  });
  return button;
}

async function loadHidden() {
  const found = await get(path("hidden"));
  const channels = recording.words?.channels ?? {};
  document.getElementById("hidden-taken").replaceChildren(...found.taken_out.map((one) => cells(one.category.replaceAll("_", " "), one.place, one.rule, numbered(one.count.toLocaleString()))));
  document.getElementById("hidden-withheld").replaceChildren(...found.withheld.map((one) => cells(one.words, channels[one.channel] ?? one.channel, numbered(one.count.toLocaleString()), numbered(span(one.us)))));
  document.getElementById("hidden-secrets").textContent = found.secret_entries ? `Secrets typed: ${found.secret_entries}. Neither characters nor length are kept.` : "No field that takes a secret was typed into.";
}

async function loadMetadata() {
  const found = await get(path("metadata"));
  document.getElementById("metadata-facts").replaceChildren(...found.facts.map(({ name, value, does }) => {
    const head = document.createElement("div");
    const [strong, soft] = [document.createElement("code"), document.createElement("div")];
    strong.textContent = name;
    soft.className = "soft";
    soft.textContent = does;
    head.append(strong, soft);
    return cells(head, value);
  }));
  document.getElementById("metadata-tables").replaceChildren(...found.tables.map(table));
  document.getElementById("metadata-stays").replaceChildren(...found.stays.map(([name, does]) => listed(`${name}: ${does}`)));
}

function listed(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}

function table({ table: name, columns }) {
  const [box, head, list] = [document.createElement("details"), document.createElement("summary"), document.createElement("ul")];
  box.className = "small";
  list.className = "plain";
  head.textContent = `Columns of ${name} (${columns.length})`;
  list.replaceChildren(...columns.map(([column, does]) => listed(`${column}: ${does}`)));
  box.append(head, list);
  return box;
}

function again() {
  for (const tab of tabs.slice(1)) stale.add(tab.id);
  const shown = tabs.find((tab) => tab.getAttribute("aria-selected") === "true");
  if (recording.words) fill(shown.id);
}

export function start() {
  for (const tab of tabs) tab.addEventListener("click", () => choose(tab));
  document.querySelector('#tabs [role="tablist"]').addEventListener("keydown", keyed);
  document.getElementById("texts-kind").addEventListener("change", () => loadTexts(0));
  document.getElementById("texts-before").addEventListener("click", () => loadTexts(Math.max(0, texts.offset - LIMIT)));
  document.getElementById("texts-after").addEventListener("click", () => loadTexts(texts.offset + LIMIT));
  set({ tab: "tab-events" });
  watch("lanes_read", again);
}
