// Show only some of a recording: what fits is counted, navigation stays in it, Escape takes it away.
import { post } from "../page/api.js";
import { say } from "../page/say.js";
import { path, recording } from "./recording.js";
import { go } from "./player.js";
import { set, state, watch } from "./state.js";
import { count, duration } from "./words.js";

const form = document.getElementById("filter-form");
const told = document.getElementById("filter-count");
const find = document.getElementById("filter-find");
const MOST_TITLES = 200; // in the list at once; the field finds the others
let asking = null;
const chosenTitles = new Set();

/** What the person wants, as the server takes it; null: everything. */
export function wanted() {
  const checked = (name) => [...form.querySelectorAll(`input[name="${name}"]:checked`)].map(({ value }) => value);
  const body = { apps: checked("app"), kinds: checked("kind"), windows: [...chosenTitles] };
  for (const name of ["has_text", "has_redaction", "unreviewed"]) body[name] = form.elements[name].checked;
  const empty = !body.apps.length && !body.kinds.length && !body.windows.length && !body.has_text && !body.has_redaction && !body.unreviewed;
  return empty ? null : body;
}

function tick(name, value, text, checked = false) {
  const [label, box, words] = [document.createElement("label"), document.createElement("input"), document.createElement("span")];
  label.className = "tick";
  Object.assign(box, { type: "checkbox", name, value, checked });
  words.className = "captured";
  words.textContent = text;
  label.append(box, words);
  return label;
}

function titles() {
  const needle = find.value.toLocaleLowerCase();
  const all = recording.titles.map(([title, cut, us], number) => ({ text: cut ? `${title}…` : title, us, number }));
  const fitting = all.filter(({ text, number }) => chosenTitles.has(number) || text.toLocaleLowerCase().includes(needle));
  const shown = fitting.slice(0, MOST_TITLES).map(({ text, us, number }) => tick("window", String(number), `${text} (${duration(us / 1e6)})`, chosenTitles.has(number)));
  const left = fitting.length - shown.length;
  if (left > 0) {
    const more = document.createElement("p");
    more.className = "soft";
    more.textContent = `and ${left.toLocaleString()} more: type to find one`;
    shown.push(more);
  }
  document.getElementById("filter-windows").replaceChildren(...shown);
}

function choices() {
  const was = wanted();
  const words = recording.words.kinds;
  document.getElementById("filter-apps").replaceChildren(...recording.apps.map((app) => tick("app", app, app, was?.apps.includes(app))));
  const kinds = Object.entries(recording.kinds).map(([kind, number]) => tick("kind", kind, `${words[kind] ?? kind} (${number.toLocaleString()})`, was?.kinds.includes(kind)));
  document.getElementById("filter-kinds").replaceChildren(...kinds);
  chosenTitles.clear();
  titles();
  apply();
}

async function apply() {
  asking?.abort();
  const body = wanted();
  document.getElementById("filter").classList.toggle("on", body !== null);
  if (body === null) {
    told.textContent = "";
    set({ filter: null });
    return;
  }
  const mine = (asking = new AbortController());
  let found;
  try {
    found = await post(path("hits"), body, mine);
  } catch (failure) {
    if (failure.name !== "AbortError") throw failure;
    return;
  }
  const pictures = recording.frames.length ? `${found.n_frames.toLocaleString()} of ${count(recording.frames.length, "picture")}, ` : "";
  told.textContent = `${pictures}${duration(found.us / 1e6)}, ${count(found.events, "event")}`;
  set({ filter: { ...found, body } });
  if (found.ranges.length) go(state.t_us);
}

function changed(event) {
  const { name, value, checked } = event.target;
  if (name === "window") {
    if (checked) chosenTitles.add(Number(value));
    else chosenTitles.delete(Number(value));
  }
  if (name) apply();
}

function reset() {
  chosenTitles.clear();
  // The fields have their first values again only after this event.
  setTimeout(() => {
    titles();
    apply();
    say("Everything is shown again");
  });
}

export function start() {
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", reset);
  find.addEventListener("input", titles);
  watch("lanes_read", choices);
}
