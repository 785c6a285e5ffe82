// Taking out: a choice is counted exactly, asked for once, and gone from every view at once. Undo brings it back.
import { post } from "../page/api.js";
import { ask } from "../page/dialog.js";
import { key } from "../page/keys.js";
import { say } from "../page/say.js";
import { amount, besides } from "./amount.js";
import { changed, set, state, watch } from "./state.js";
import { clock, duration } from "./words.js";

const UNTIL = "It leaves every view and export at once. You can undo it until you destroy it for good.";

/**
 * Count `choice` (the body of api/cuts), show the count, and take it out after a yes. `wider`: the same for all
 * recordings, offered beside it. Returns whether something was taken out.
 */
export async function takeOut(choice, { title, wider = null } = {}) {
  const found = await post("api/cuts/preview", choice);
  const everywhere = wider ? box("in all recordings") : null;
  if (found.nothing && !wider) {
    say("There is nothing like that in it.");
    return false;
  }
  const told = document.createElement("p");
  const tell = (some) => (told.textContent = some.nothing ? "Nothing like that is recorded." : `${amount(some)}.`);
  tell(found);
  const more = besides(found);
  everywhere?.input.addEventListener("change", async () => {
    told.textContent = "Counting…";
    tell(await post("api/cuts/preview", everywhere.input.checked ? wider : choice));
  });
  const yes = await ask({ title, lines: [told, ...(everywhere ? [everywhere.label] : []), ...more, UNTIL], yes: "Take it out" });
  if (!yes) return false;
  await post("api/cuts", everywhere?.input.checked ? wider : choice);
  set({ range: null });
  changed();
  say("Taken out. Ctrl+Z brings it back.");
  return true;
}

function box(words) {
  const [label, input] = [document.createElement("label"), document.createElement("input")];
  input.type = "checkbox";
  label.append(input, ` ${words}`);
  return { label, input };
}

function ofHere(what) {
  const { session, here } = state;
  const name = { app: here?.app, window: here?.title, site: here?.host }[what];
  if (!name) return say(`Nobody knows which ${what} this is.`);
  const field = { app: "app", window: "title", site: "site" }[what];
  return takeOut({ what, session, [field]: name }, { title: `Take out: ${name}`, wider: { what, [field]: name } });
}

async function wholeRecording() {
  const done = await takeOut({ what: "session", session: state.session }, { title: "Take out this whole recording" });
  if (done) location.assign(document.documentElement.dataset.base);
}

function chosen() {
  const { session, range, frame_id: frame, here } = state;
  if (range) {
    const [from_us, to_us] = range;
    return takeOut({ what: "range", session, from_us, to_us }, { title: `Take out ${clock(from_us)} to ${clock(to_us)}` });
  }
  if (state.app) return ofHereOr(state.app);
  if (frame !== null) return takeOut({ what: "frames", session, frames: [frame] }, { title: "Take out this picture" });
  return say(here ? "Choose a range or a picture first." : "Nothing is chosen.");
}

function ofHereOr(app) {
  return takeOut({ what: "app", session: state.session, app }, { title: `Take out: ${app}`, wider: { what: "app", app } });
}

function mark(end) {
  const now = Math.round(state.t_us);
  const [from, to] = state.range ?? [now, now + 1];
  const range = end ? [Math.min(from, now), now + 1] : [now, Math.max(to, now + 1)];
  set({ range });
  say(`Range ${clock(range[0])} to ${clock(range[1])}.`);
}

function tell() {
  const { range, app, frame_id: frame, here } = state;
  const words = range
    ? `${clock(range[0])} to ${clock(range[1])}, ${duration((range[1] - range[0]) / 1e6)}`
    : (app && `everything of ${app}`) || (frame === null ? "nothing" : "the picture that is shown");
  document.getElementById("chosen").textContent = words;
  document.getElementById("range-none").disabled = !range;
  document.querySelector("[data-cut=site]").hidden = !here?.host;
  document.querySelector("[data-cut=app]").disabled = !here?.app;
  document.querySelector("[data-cut=window]").disabled = !here?.title;
}

export function start() {
  const runs = { chosen, app: () => ofHere("app"), window: () => ofHere("window"), site: () => ofHere("site"), session: wholeRecording };
  for (const button of document.querySelectorAll("[data-cut]")) button.addEventListener("click", runs[button.dataset.cut]);
  document.getElementById("range-start").addEventListener("click", () => mark(false));
  document.getElementById("range-end").addEventListener("click", () => mark(true));
  document.getElementById("range-none").addEventListener("click", () => set({ range: null }));
  key({ key: "[", does: "A range begins here", run: () => mark(false) });
  key({ key: "]", does: "A range ends here", run: () => mark(true) });
  key({ key: "Delete", shown: "Del", does: "Take out the range, or the picture", run: chosen });
  key({ key: "Escape", run: () => set({ range: null }), when: () => state.range !== null });
  watch(["range", "app", "frame_id", "here"], tell);
  tell();
}
