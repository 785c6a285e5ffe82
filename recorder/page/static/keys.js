// One table of keys for a page. Off while a person types, and while a dialog is open.
const known = [];

function typing(target) {
  return target instanceof Element && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
}

function matches(entry, event) {
  const { key, ctrl = false, alt = false, shift = null } = entry;
  if ((event.ctrlKey || event.metaKey) !== ctrl || event.altKey !== alt) return false;
  if (shift !== null && event.shiftKey !== shift) return false;
  return event.key === key || (key.length === 1 && event.key.toLowerCase() === key.toLowerCase());
}

/**
 * Take a key. `entry`: {key, does, run, ctrl, alt, shift (null: either), shown, when}. The last that was registered for a
 * key and whose `when()` is true gets it.
 */
export function key(entry) {
  known.push(entry);
}

/** What is registered, for people: [{shown, does}] in the order of registration, each once. */
export function listed() {
  const seen = new Map();
  for (const entry of known) {
    const shown = entry.shown ?? entry.key;
    if (entry.does && !seen.has(shown)) seen.set(shown, { shown, does: entry.does });
  }
  return [...seen.values()];
}

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  if (typing(event.target) && event.key !== "Escape") return;
  const focused = event.target instanceof Element && event.target.closest("button, a, summary, input, [role=tab]") !== null;
  for (const entry of [...known].reverse()) {
    if (!matches(entry, event) || (entry.when && !entry.when())) continue;
    if (focused && (event.key === " " || event.key === "Enter")) return; // the button's own
    event.preventDefault();
    entry.run(event);
    return;
  }
}

document.addEventListener("keydown", pressed);
