// The stack of what was taken out: undo, redo, the list of all of it, and the one way to make it final.
import { get, post } from "../page/api.js";
import { key } from "../page/keys.js";
import { say } from "../page/say.js";
import { amount, line } from "./amount.js";
import { hold } from "./hold.js";
import { changed, watch } from "./state.js";
import { moment } from "./words.js";

const [undoButton, redoButton] = ["undo", "redo"].map((id) => document.getElementById(id));
const dialog = document.getElementById("cuts-dialog");
const purgeButton = document.getElementById("purge");
const purgeState = document.getElementById("purge-state");
let stack = { staged: [], again: 0 };

async function read() {
  show(await get("api/cuts"));
}

function show(told) {
  stack = told;
  undoButton.disabled = stack.staged.length === 0;
  redoButton.disabled = stack.again === 0;
  document.getElementById("cuts-count").textContent = String(stack.staged.length);
  purgeButton.disabled = stack.staged.length === 0;
  document.getElementById("cuts-list").replaceChildren(stack.staged.length ? table() : nothing());
}

function nothing() {
  const words = document.createElement("p");
  words.textContent = "Nothing is taken out.";
  return words;
}

function table() {
  const list = document.createElement("ol");
  list.className = "cuts";
  for (const stage of [...stack.staged].reverse()) {
    const [item, words, when, back] = ["li", "span", "time", "button"].map((name) => document.createElement(name));
    words.textContent = line(stage);
    words.className = "captured";
    when.dateTime = new Date(stage.at_us / 1000).toISOString();
    when.textContent = moment(when.dateTime);
    when.className = "soft small";
    back.type = "button";
    back.textContent = "Bring back";
    back.addEventListener("click", () => undo(stage.id));
    item.append(words, when, back);
    list.append(item);
  }
  return list;
}

async function undo(id = null) {
  if (!stack.staged.length) return say("There is nothing to undo.");
  const told = await post("api/cuts/undo", { id });
  show(told);
  changed();
  return say(`Back again: ${line(told.stage)}`);
}

async function redo() {
  if (!stack.again) return say("There is nothing to do again.");
  const told = await post("api/cuts/redo");
  show(told);
  changed();
  return say(`Taken out again: ${line(told.stage)}`);
}

async function purge() {
  pending();
  try {
    await post("api/purge");
  } finally {
    await became();
  }
}

function pending() {
  purgeButton.disabled = true;
  purgeState.textContent = "Pending: keys are being destroyed, then every file is checked. This may take half a minute.";
  dialog.classList.add("pending");
}

/** What the purge came to. While it is pending, asks again. */
async function became() {
  const told = await get("api/purge");
  if (told.state === "pending") {
    pending();
    setTimeout(became, 1000);
    return;
  }
  dialog.classList.remove("pending");
  if (told.state === "failed") purgeState.textContent = `It did not work: ${told.error}. What you took out stays out.`;
  if (told.state === "done") {
    const found = { ...told.receipt, whole: told.receipt.sessions, sessions: told.receipt.session_ids, seconds: 0 };
    const checked = told.receipt.verified ? "Checked: no byte of it is left here." : "It could not be checked.";
    purgeState.textContent = `Destroyed for good: ${amount(found)}. ${checked}`;
    changed();
  }
  await read();
}

export function start() {
  undoButton.addEventListener("click", () => undo());
  redoButton.addEventListener("click", redo);
  document.getElementById("cuts").addEventListener("click", () => dialog.showModal());
  document.getElementById("cuts-close").addEventListener("click", () => dialog.close());
  hold(purgeButton, purge);
  key({ key: "z", ctrl: true, shift: false, shown: "Ctrl+Z", does: "Bring back what was taken out last", run: () => undo() });
  key({ key: "z", ctrl: true, shift: true, shown: "Ctrl+Shift+Z", does: "Take it out again", run: redo });
  key({ key: "y", ctrl: true, run: redo });
  watch("version", read);
  read();
  get("api/purge").then((told) => told.state === "pending" && became());
}
