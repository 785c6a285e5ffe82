// All recordings beside the one that is looked at: when, how long, which apps, how much, and what was decided.
import { address, get } from "../page/api.js";
import { state, watch } from "./state.js";
import { bytes, duration, moment } from "./words.js";

// A sign beside each word: the colour is never the only difference.
const SIGNS = { unreviewed: "○", partly: "◐", approved: "●", withheld: "⊘" };
const WORDS = { unreviewed: "unreviewed", partly: "partly looked at", approved: "approved", withheld: "kept here" };

function item(one) {
  const [entry, link] = ["li", "a"].map((name) => document.createElement(name));
  link.href = address(`s/${one.id}`);
  if (one.id === state.session) link.setAttribute("aria-current", "page");
  const facts = [duration(one.duration_s ?? 0), bytes(one.bytes)].join(" · ");
  const decided = one.damaged ? "damaged" : `${SIGNS[one.state] ?? ""} ${WORDS[one.state] ?? one.state}`;
  link.append(line(one.started ? moment(one.started) : "unknown", "when"), line(facts, "soft small"));
  if (one.apps.length) link.append(line(one.apps.join(", "), "soft small captured"));
  link.append(line(decided, "small"));
  entry.append(link);
  return entry;
}

function line(text, style) {
  const element = document.createElement("span");
  element.className = style;
  element.textContent = text;
  return element;
}

async function read() {
  const found = await get("api/sessions");
  const list = document.getElementById("sessions");
  list.replaceChildren(...found.reverse().map(item));
  list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

export function start() {
  watch(["version", "decided"], read);
  read();
}
