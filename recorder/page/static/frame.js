// What every page has: the list of keys, the way out, the veil while nobody can see the tab.
import { post } from "./api.js";
import { key, listed } from "./keys.js";
import { say } from "./say.js";

const veil = document.getElementById("veil");
const main = document.getElementById("main");

function veiled() {
  veil.hidden = !document.hidden;
  main.classList.toggle("blank", document.hidden);
}

function showKeys() {
  const rows = listed().map(({ shown, does }) => {
    const row = document.createElement("tr");
    const [name, text] = [document.createElement("th"), document.createElement("td")];
    name.scope = "row";
    const cap = document.createElement("kbd");
    cap.textContent = shown;
    name.append(cap);
    text.textContent = does;
    row.append(name, text);
    return row;
  });
  document.getElementById("keys-list").replaceChildren(...rows);
  document.getElementById("keys-dialog").showModal();
}

async function close() {
  try {
    await post("api/close");
  } catch {
    // It is closed already.
  }
  main.replaceChildren();
  const told = document.createElement("p");
  told.className = "ended";
  told.textContent = "The page is closed. You can close this tab. To open it again: recorder review";
  main.append(told);
  say("The page is closed.");
}

document.addEventListener("visibilitychange", veiled);
document.getElementById("keys-help").addEventListener("click", showKeys);
document.getElementById("close-page").addEventListener("click", close);
key({ key: "?", does: "Show these keys", run: showKeys });
veiled();
