// Numbers of the overview in a person's own units and time zone.
import { watch } from "./state.js";
import { start as undo } from "./undo.js";
import { bytes, duration, moment } from "./words.js";

for (const element of document.querySelectorAll("time[datetime]")) {
  if (element.dateTime) element.textContent = moment(element.dateTime);
}
for (const element of document.querySelectorAll("[data-seconds]")) element.textContent = duration(Number(element.dataset.seconds));
for (const element of document.querySelectorAll("[data-bytes]")) element.textContent = bytes(Number(element.dataset.bytes));

// What is listed was rendered by the server: ask it again.
watch("version", () => location.reload());
undo();
