// What is older than a person wants to keep: shown first, then taken out; to be brought back like everything else.
import { post } from "../page/api.js";
import { ask } from "../page/dialog.js";
import "./dates.js";
import { changed, watch } from "./state.js";
import { start as undo } from "./undo.js";
import { bytes, count, moment } from "./words.js";

const element = (id) => document.getElementById(id);
const chosen = () => ({ days: Number(element("older-days").value), also_approved: element("older-approved").checked });
let shown = null;

async function preview(event) {
  event.preventDefault();
  const found = await post("api/older/preview", chosen());
  shown = chosen();
  element("older-found").hidden = false;
  const spared = found.spared.length ? ` ${count(found.spared.length, "more")} would go, but is approved and was never exported.` : "";
  element("older-told").textContent = `${count(found.goes.length, "recording")}, ${bytes(found.bytes)}.${spared}`;
  element("older-cut").disabled = found.goes.length === 0;
  element("older-list").replaceChildren(...found.goes.map(({ ended, bytes: size }) => {
    const item = document.createElement("li");
    item.textContent = `ended ${moment(ended)}, ${bytes(size)}`;
    return item;
  }));
}

async function cut() {
  const lines = [element("older-told").textContent, "They leave every view and export at once. You can undo it until you destroy them for good."];
  if (!(await ask({ title: `Take out what is older than ${count(shown.days, "day")}`, lines, yes: "Take it out" }))) return;
  await post("api/older", shown);
  changed();
}

element("older-form").addEventListener("submit", preview);
element("older-form").addEventListener("input", () => (element("older-found").hidden = true));
element("older-cut").addEventListener("click", cut);
watch("version", () => location.reload());
undo();
