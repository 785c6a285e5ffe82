// Numbers that the server rendered, in a person's own units, language and time zone.
import { bytes, duration, moment } from "./words.js";

for (const element of document.querySelectorAll("time[datetime]")) {
  if (element.dateTime) element.textContent = moment(element.dateTime);
}
for (const element of document.querySelectorAll("[data-seconds]")) element.textContent = duration(Number(element.dataset.seconds));
for (const element of document.querySelectorAll("[data-bytes]")) element.textContent = bytes(Number(element.dataset.bytes));
