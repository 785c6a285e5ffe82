// The decision: what was looked at is said before it, and it is about exactly what this page displays.
import { get, post, Refused } from "../page/api.js";
import { ask } from "../page/dialog.js";
import { key } from "../page/keys.js";
import { say } from "../page/say.js";
import { flush, wasLooked } from "./coverage.js";
import { showPlace } from "./player.js";
import { path, recording } from "./recording.js";
import { set, state, watch } from "./state.js";
import { clock, count } from "./words.js";

const STATES = {
  unreviewed: ["○", "Not looked at yet"],
  partly: ["◐", "Partly looked at"],
  looked: ["◕", "Looked at, not decided"],
  approved: ["●", "Approved"],
  withheld: ["⊘", "Kept here"],
};
const part = document.getElementById("approve-part");
const [approveButton, keepButton] = ["approve", "keep-here"].map((id) => document.getElementById(id));
const riskTold = document.getElementById("risk-told");
const onlyUnseen = document.getElementById("risk-unseen");
const changedNote = document.getElementById("approve-changed");
let before = part.dataset.shown; // what stood for the recording before this page read any of it
let [queue, words, at] = [[], {}, -1];

/**
 * The digest stands for all that is displayed only if it is the same before and after everything was read; otherwise
 * something came in between, and it is read again.
 */
async function settle() {
  const found = await get(path("approval"));
  showState(found.state);
  if (found.shown !== before) {
    before = found.shown;
    changedNote.hidden = false;
    set({ digest: null });
    return;
  }
  changedNote.hidden = true;
  set({ digest: found.shown, coverage: found });
  approveButton.disabled = false;
  ({ queue, words } = await get(path("risk")));
  at = -1;
  tellQueue();
}

async function changedHere() {
  set({ digest: null });
  approveButton.disabled = true;
  before = (await get(path("approval"))).shown;
}

function showState(name) {
  const [sign, text] = STATES[name === "partly" && state.coverage?.complete ? "looked" : name] ?? ["·", name];
  set({ decided: name });
  const chip = document.getElementById("approve-state");
  chip.textContent = `${sign} ${text}`;
  chip.dataset.state = name;
}

/** "4 of 6 pictures and 2 of 3 texts looked at". */
function sentence({ frames, texts }) {
  const [seen, there] = frames;
  const typed = texts[1] ? ` and ${texts[0].toLocaleString()} of ${count(texts[1], "text")}` : "";
  return there ? `${seen.toLocaleString()} of ${count(there, "picture")}${typed} looked at` : `It has no pictures${typed}`;
}

function showCoverage() {
  const found = state.coverage;
  if (!found) return;
  if (found.state) showState(found.state);
  if (found.shown && state.digest && found.shown !== state.digest) changedNote.hidden = false;
  const [seen, there] = found.frames;
  const share = there ? Math.floor((100 * seen) / there) : 100;
  const bar = document.getElementById("coverage-bar");
  bar.setAttribute("aria-valuenow", String(share));
  bar.setAttribute("aria-valuetext", sentence(found));
  document.getElementById("coverage-fill").style.width = `${share}%`;
  document.getElementById("coverage-told").textContent = sentence(found);
  tellQueue();
}

function unseen() {
  return queue.filter((one) => !wasLooked(one.frame_id));
}

function tellQueue() {
  if (!queue.length) return;
  const left = unseen().length;
  if (at < 0) riskTold.textContent = left ? `${count(left, "picture")} to look at, risky ones first` : "Every picture was looked at";
}

function step(by) {
  let place = at;
  do place += by;
  while (queue[place] && onlyUnseen.checked && wasLooked(queue[place].frame_id));
  const one = queue[place];
  if (!one) {
    say(by < 0 ? "That was the first one" : onlyUnseen.checked ? "Every picture in the queue was looked at" : "That was the last one");
    return;
  }
  at = place;
  const shown = recording.frames.place.get(one.frame_id);
  if (shown !== undefined) showPlace(shown);
  const why = one.reasons.map((reason) => words[reason] ?? reason).join("; ");
  riskTold.textContent = `${(at + 1).toLocaleString()} of ${queue.length.toLocaleString()}, at ${clock(one.t_us)}: ${why || "nothing special about it"}`;
}

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

async function approve() {
  if (!state.digest) {
    say("Still opening the recording. Try again in a moment.");
    return;
  }
  await flush();
  const shown = state.digest;
  const found = await get(path("coverage"));
  set({ coverage: found });
  const lines = [`You have looked at: ${sentence(found).replace(" looked at", "")}.`, "Exactly what you see here may then be exported, by you. Nothing leaves by itself. Any later change takes the approval back."];
  if (!(await ask({ title: "Approve this recording?", lines, yes: "Approve", no: "Not yet" }))) return;
  if (found.unseen.length && !(await knowing(found.unseen))) return;
  approveButton.disabled = true;
  say("Reading every byte of it once more…");
  try {
    const done = await post(path("approve"), { shown, unlooked: found.unseen.length });
    showState(done.state);
    say("Approved. What leaves is exactly this, and only when you export it.");
  } catch (failure) {
    if (!(failure instanceof Refused)) throw failure;
    if (failure.status === 403 && failure.message.includes("changed")) changedNote.hidden = false;
    say([failure.message, failure.hint].filter(Boolean).join(": "));
  } finally {
    approveButton.disabled = !state.digest;
  }
}

/** Whether pictures that nobody looked at may leave as well. */
async function knowing(frames) {
  const places = frames.map((id) => recording.frames.place.get(id)).filter((place) => place !== undefined);
  const times = places.slice(0, 8).map((place) => clock(recording.frames.times[place]));
  const more = places.length > times.length ? ` and ${count(places.length - times.length, "other")}` : "";
  const lines = [paragraph(`You did not look at ${count(frames.length, "picture")}: at ${times.join(", ")}${more}.`), "They would leave unseen."];
  const yes = await ask({ title: `${count(frames.length, "picture")} not looked at`, lines, yes: "Approve all the same", no: "Show me" });
  if (!yes) {
    onlyUnseen.checked = true;
    at = -1;
    step(1);
  }
  return yes;
}

async function keep() {
  const done = await post(path("keep"));
  showState(done.state);
  say("It stays here, and is not exported. Approve it whenever you like.");
}

export function start() {
  approveButton.disabled = true;
  approveButton.addEventListener("click", approve);
  keepButton.addEventListener("click", keep);
  document.getElementById("risk-next").addEventListener("click", () => step(1));
  document.getElementById("risk-before").addEventListener("click", () => step(-1));
  document.getElementById("approve-again").addEventListener("click", () => location.reload());
  key({ key: "a", shown: "A", does: "Approve this recording", run: approve });
  key({ key: "n", shown: "N", does: "Next picture to look at, risky ones first", run: () => step(1) });
  key({ key: "p", shown: "P", does: "The one before", run: () => step(-1) });
  watch("version", changedHere);
  watch("lanes_read", settle);
  watch("coverage", showCoverage);
}
