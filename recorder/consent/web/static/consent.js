// One answer: what is ticked and the typed sentence, or no. Either ends the page.
import { post } from "../page/api.js";
import { key } from "../page/keys.js";
import { say } from "../page/say.js";

const form = document.getElementById("consent");
const problem = document.getElementById("problem");
const sentence = document.getElementById("sentence");

function ticked(name) {
  return [...form.querySelectorAll(`input[name=${name}]:checked`)].map((box) => box.value);
}

function told(words) {
  const [heading, text] = ["h1", "p"].map((name) => document.createElement(name));
  heading.textContent = "Thank you";
  heading.tabIndex = -1;
  text.className = "ended-words";
  text.textContent = words;
  form.replaceChildren(heading, text);
  heading.focus();
  say(words);
  post("api/close").catch(() => {});
}

async function answer(path, body) {
  problem.textContent = "";
  try {
    told((await post(path, body)).told);
  } catch (failure) {
    problem.textContent = [failure.message, failure.hint].filter(Boolean).join(". ");
  }
}

function agree(event) {
  event.preventDefault();
  const days = Number(document.getElementById("days").value);
  answer("api/agree", { categories: ticked("categories"), purposes: ticked("purposes"), days, sentence: sentence.value });
}

const refuse = () => answer("api/refuse", {});

form.addEventListener("submit", agree);
document.getElementById("refuse").addEventListener("click", refuse);
key({ key: "n", shown: "N", does: "Say no", run: refuse });
