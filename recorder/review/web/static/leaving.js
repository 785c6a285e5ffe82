// The export page: everything that would leave is shown first; then either a folder, or it stays here.
import { address, get, post, Refused } from "../page/api.js";
import { say } from "../page/say.js";
import { bytes, count, moment } from "./words.js";

const ROWS = 25;
const SHORT = 48; // characters
const LOOK_EVERY_MS = 400;
const at = (id) => document.getElementById(id);
const form = at("leaving-form");
const [working, found, done] = ["leaving-working", "leaving-found", "leaving-done"].map(at);
const [exportButton, keepButton] = ["leaving-export", "leaving-keep"].map(at);
let told = null; // the preview that is shown
let inside = { table: null, offset: 0 };

function chosen() {
  return [...form.querySelectorAll("[name=session]:checked")];
}

function made(name, { text = "", className = "" } = {}) {
  const element = document.createElement(name);
  element.textContent = text;
  element.className = className;
  return element;
}

function refusal(failure) {
  if (!(failure instanceof Refused)) throw failure;
  return [failure.message, failure.hint].filter(Boolean).join(". ");
}

/** Run something long, with its progress on the page and a way to stop it. */
async function atWork(words, run) {
  let over = false;
  working.hidden = false;
  at("leaving-progress").textContent = words;
  at("leaving-bar").removeAttribute("value");
  const look = async () => {
    if (over) return;
    const far = await get("api/leaving/progress").catch(() => null);
    if (!over && far?.total) {
      [at("leaving-bar").max, at("leaving-bar").value] = [far.total, far.done];
      at("leaving-progress").textContent = `${words} ${far.done.toLocaleString()} of ${count(far.total, "picture")} of this recording.`;
    }
    setTimeout(look, LOOK_EVERY_MS);
  };
  setTimeout(look, LOOK_EVERY_MS);
  try {
    return await run();
  } finally {
    over = true;
    working.hidden = true;
  }
}

function forget() {
  told = null;
  found.hidden = true;
  done.hidden = true;
}

async function look(event) {
  event.preventDefault();
  const sessions = chosen().map(({ value }) => value);
  forget();
  if (!sessions.length) {
    say("Choose at least one recording.");
    return;
  }
  const button = at("leaving-look");
  button.disabled = true;
  try {
    told = await atWork("Working out what would leave.", () => post("api/leaving/preview", { sessions }));
  } catch (failure) {
    tell("Nothing can be shown", [refusal(failure)]);
    return;
  } finally {
    button.disabled = false;
  }
  await show();
}

async function show() {
  const total = told.tables.reduce((sum, { rows }) => sum + rows, 0);
  const pictures = told.tables.find(({ name }) => name === "frames")?.rows ?? 0;
  at("leaving-sum").textContent = `${count(told.session_ids.length, "recording")}: ${count(pictures, "picture")} and ${count(total - pictures, "row")} in ${count(told.files.length, "file")}, ${bytes(told.size_bytes)}.`;
  at("leaving-tables").replaceChildren(...told.tables.map(tableRow));
  at("leaving-files").replaceChildren(...told.files.map(fileLine));
  at("leaving-report").src = address(`api/leaving/report.png?${told.manifest_sha256}`);
  at("leaving-inside").hidden = true;
  at("leaving-folder").value = (await get("api/leaving/folder")).folder;
  const open = chosen().filter(({ dataset }) => dataset.state !== "approved");
  at("leaving-unready").hidden = !open.length;
  at("leaving-unready").replaceChildren(...(open.length ? unready(open) : []));
  exportButton.disabled = open.length > 0;
  found.hidden = false;
  at("leaving-sum").focus();
}

function unready(open) {
  const words = open.length === 1 ? "One of these is not approved, so they can't be exported yet: " : `${open.length} of these are not approved, so they can't be exported yet: `;
  const links = open.flatMap((box, n) => {
    const link = made("a", { text: box.parentElement.querySelector("time").textContent });
    link.href = address(`s/${box.value}`);
    return n ? [", ", link] : [link];
  });
  return [words, ...links, ". Look at it, and approve it there."];
}

function tableRow({ name, rows, columns, size_bytes }) {
  const row = made("tr");
  const head = made("th", { text: name });
  head.scope = "row";
  const button = made("button", { text: "Look inside" });
  button.type = "button";
  button.setAttribute("aria-label", `Look inside ${name}`);
  button.addEventListener("click", () => open(name));
  const cell = made("td");
  cell.append(button);
  const numbers = [rows.toLocaleString(), String(columns.length), bytes(size_bytes)];
  row.append(head, ...numbers.map((text) => made("td", { text, className: "number" })), cell);
  return row;
}

function fileLine({ path, size_bytes, sha256, text }) {
  const item = made("li");
  const [name, facts] = [made("span", { text: path, className: "captured" }), made("span", { text: ` ${bytes(size_bytes)}`, className: "soft" })];
  const digest = made("code", { text: sha256.slice(0, 16), className: "small soft" });
  digest.title = `SHA-256 ${sha256}`;
  item.append(name, facts, " ", digest);
  if (text === null) return item;
  const [details, summary] = [made("details"), made("summary", { text: `All of ${path}` })];
  const content = made("pre", { text, className: "captured" });
  content.tabIndex = 0;
  details.append(summary, content);
  item.append(details);
  return item;
}

async function open(name) {
  const table = told.tables.find((one) => one.name === name);
  at("leaving-table-name").textContent = name;
  at("leaving-columns").replaceChildren(...table.columns.flatMap((column) => [
    made("dt", { text: column.name }),
    made("dd", { text: `${column.does}; ${column.filled ? `says something in ${count(column.filled, "row")}` : "empty"}` }),
  ]));
  at("leaving-inside").hidden = false;
  inside = { table, offset: 0 };
  await rowsAt(0);
  at("leaving-table-name").focus();
}

async function rowsAt(offset) {
  const { table } = inside;
  const { rows } = await get(`api/leaving/rows?table=${table.name}&offset=${offset}&count=${ROWS}`);
  inside.offset = offset;
  const names = table.columns.filter(({ filled }) => filled).map(({ name }) => name);
  const head = made("tr");
  head.append(...names.map((text) => Object.assign(made("th", { text }), { scope: "col" })));
  at("leaving-row-head").replaceChildren(head);
  at("leaving-rows").replaceChildren(...rows.map((row) => {
    const line = made("tr");
    line.append(...names.map((name) => value(cell(name, row[name]))));
    return line;
  }));
  const empty = table.columns.length - names.length;
  const told_ = table.rows ? `Rows ${(offset + 1).toLocaleString()} to ${(offset + rows.length).toLocaleString()} of ${table.rows.toLocaleString()}` : "No rows";
  at("leaving-place").textContent = `${told_}${empty ? `; ${count(empty, "column")} that ${empty === 1 ? "is" : "are"} empty in every row left out here` : ""}`;
  at("leaving-rows-before").disabled = offset === 0;
  at("leaving-rows-after").disabled = offset + rows.length >= table.rows;
}

function cell(name, given) {
  if (given === null || given === undefined) return "";
  if (name === "image") return `picture, ${bytes(given)}`;
  return typeof given === "object" ? JSON.stringify(given) : String(given);
}

/** All of it, however long it is: in one line, or in several. */
function value(text) {
  return made("td", { text, className: text.length > SHORT ? "captured long" : "captured short" });
}

function tell(title, lines) {
  at("leaving-done-title").textContent = title;
  at("leaving-done-text").replaceChildren(...lines.map((text) => made("p", { text, className: "captured" })));
  done.hidden = false;
  done.focus();
}

async function exported() {
  const [sessions, folder, shown] = [told.session_ids, at("leaving-folder").value.trim(), told.manifest_sha256];
  for (const button of [exportButton, keepButton]) button.disabled = true;
  try {
    const made_ = await atWork("Writing.", () => post("api/leaving/export", { sessions, folder, shown }));
    found.hidden = true;
    tell("Exported", [
      `It is in ${made_.path}: ${bytes(made_.bytes)}, exactly what was shown (SHA-256 of its list of files: ${made_.shown}).`,
      "Nothing was sent. What you do with the folder is up to you.",
    ]);
  } catch (failure) {
    tell("Nothing was exported", [refusal(failure)]);
  } finally {
    for (const button of [exportButton, keepButton]) button.disabled = false;
  }
}

async function kept() {
  const { kept: number } = await post("api/leaving/keep", { sessions: told.session_ids });
  for (const box of chosen()) {
    box.dataset.state = "withheld";
    box.parentElement.querySelector(".chip").textContent = "withheld";
    box.checked = false;
  }
  forget();
  tell("Kept here", [`${count(number, "recording")} ${number === 1 ? "stays" : "stay"} on this machine and can't be exported until you approve ${number === 1 ? "it" : "them"} again.`]);
}

for (const element of document.querySelectorAll("time[datetime]")) {
  if (element.dateTime) element.textContent = moment(element.dateTime);
}
if (form) {
  const only = location.hash.slice(1);
  for (const box of form.querySelectorAll("[name=session]")) box.checked = !box.disabled && (only ? box.value === only : box.dataset.state === "approved");
  form.addEventListener("submit", look);
  form.addEventListener("change", forget);
  at("leaving-stop").addEventListener("click", () => post("api/leaving/stop"));
  at("leaving-rows-before").addEventListener("click", () => rowsAt(Math.max(0, inside.offset - ROWS)));
  at("leaving-rows-after").addEventListener("click", () => rowsAt(inside.offset + ROWS));
  exportButton.addEventListener("click", exported);
  keepButton.addEventListener("click", kept);
}
