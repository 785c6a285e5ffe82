// A question with two answers that weigh the same. Nothing is chosen beforehand: the dialog itself has the focus.
const dialog = document.getElementById("ask-dialog");
const title = document.getElementById("ask-title");
const text = document.getElementById("ask-text");
const yes = document.getElementById("ask-yes");
const no = document.getElementById("ask-no");

/**
 * Ask. `lines`: sentences, or DOM nodes. Resolves to true for `yes`, to false for `no` and Escape. `danger`: it can't be
 * undone.
 */
export function ask({ title: heading, lines = [], yes: yesText, no: noText = "Keep as it is", danger = false }) {
  title.textContent = heading;
  text.replaceChildren(...lines.map(asNode));
  yes.textContent = yesText;
  no.textContent = noText;
  yes.classList.toggle("danger", danger);
  return new Promise((resolve) => {
    let given = false;
    const answer = (value) => () => {
      given = value;
      dialog.close();
    };
    yes.onclick = answer(true);
    no.onclick = answer(false);
    dialog.onclose = () => resolve(given); // not before: the event of this question would answer the next one
    dialog.tabIndex = -1;
    dialog.showModal();
    dialog.focus();
  });
}

function asNode(line) {
  if (line instanceof Node) return line;
  const paragraph = document.createElement("p");
  paragraph.textContent = line;
  return paragraph;
}
