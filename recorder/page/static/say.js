// A sentence for people who listen to the page; it is shown as well where the page has a place for it.
const region = document.getElementById("say");
let clearing = 0;

/** Announce politely, and show for some seconds. */
export function say(text) {
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = text;
    region.classList.remove("off-screen");
    region.classList.add("toast");
  });
  clearTimeout(clearing);
  clearing = setTimeout(() => {
    region.classList.add("off-screen");
    region.classList.remove("toast");
  }, 6000);
}
