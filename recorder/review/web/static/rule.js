// A rule from here: never record this app again, or always mask its words; and what is recorded of it already.
// There is no way on this page to let more be recorded.
import { post } from "../page/api.js";
import { ask } from "../page/dialog.js";
import { say } from "../page/say.js";
import { amount, besides } from "./amount.js";
import { changed, state, watch } from "./state.js";

const buttons = [...document.querySelectorAll("[data-rule]")];
const WORDS = {
  block: {
    title: (app) => `Never record this app: ${app}`,
    rule: "It comes off the list of apps that are recorded. To put it back, you say so on the command line: recorder allow",
    already: "It is not on the list of apps that are recorded.",
    also: "Also take out everything that is recorded of it",
    yes: "Never record it",
  },
  mask: {
    title: (app) => `Always mask the words of this app: ${app}`,
    rule: "From now on every word in its pictures is masked. To change that, you say so on the command line: recorder allow",
    already: "Its words are always masked already, or it is not recorded at all.",
    also: "Also take out every picture that may show it",
    yes: "Always mask it",
  },
};

function box(words) {
  const [label, input] = [document.createElement("label"), document.createElement("input")];
  input.type = "checkbox";
  label.append(input, ` ${words}`);
  return { label, input };
}

async function make(kind) {
  const app = state.here?.app;
  if (!app) return say("Nobody knows which app this is.");
  const words = WORDS[kind];
  const found = await post("api/rules/preview", { kind, app });
  const none = found.matches.nothing;
  if (!found.rules.length && none) return say(`${words.already} Nothing is recorded of it either.`);
  const also = none ? null : box(`${words.also}: ${amount(found.matches)}`);
  const lines = [found.rules.length ? words.rule : words.already, ...(also ? [also.label, ...besides(found.matches)] : ["Nothing is recorded of it."])];
  if (!(await ask({ title: words.title(app), lines, yes: found.rules.length ? words.yes : "Take it out" }))) return undefined;
  const done = await post("api/rules", { id: found.id, matches: Boolean(also?.input.checked || (also && !found.rules.length)) });
  if (done.stage) changed();
  const told = done.rules.length ? "The rule is in force." : "The rules stay as they are.";
  return say(done.stage ? `${told} What was recorded is taken out; Ctrl+Z brings that back.` : told);
}

export function start() {
  for (const button of buttons) button.addEventListener("click", () => make(button.dataset.rule));
  watch("here", () => {
    for (const button of buttons) button.disabled = !state.here?.app;
  });
}
