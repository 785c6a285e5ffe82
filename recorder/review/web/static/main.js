// The session's page: each part is a module with a name of its own and one `start`. Add yours to the list.
import { Refused } from "../page/api.js";
import { say } from "../page/say.js";
import { start as cut } from "./cut.js";
import { start as find } from "./find.js";
import { start as undo } from "./undo.js";

const parts = [cut, find, undo];

window.addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof Refused) {
    say([event.reason.message, event.reason.hint].filter(Boolean).join(". "));
    event.preventDefault();
  }
});

for (const start of parts) start();
