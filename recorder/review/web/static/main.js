// The session's page: each part is a module with a name of its own and one `start`. Add yours to the list.
import { Refused } from "../page/api.js";
import { say } from "../page/say.js";
import { start as approve } from "./approve.js";
import { start as brush } from "./brush.js";
import { start as coverage } from "./coverage.js";
import { start as cut } from "./cut.js";
import { start as find } from "./find.js";
import { start as undo } from "./undo.js";
import { start as events } from "./events.js";
import { start as filter } from "./filter.js";
import { start as here } from "./here.js";
import { start as overlay } from "./overlay.js";
import { start as pictures } from "./pictures.js";
import { start as player } from "./player.js";
import { start as recording } from "./recording.js";
import { start as rule } from "./rule.js";
import { start as sessions } from "./sessions.js";
import { start as tabs } from "./tabs.js";
import { start as thumbs } from "./thumbs.js";
import { start as timeline } from "./timeline.js";

const parts = [pictures, overlay, thumbs, timeline, player, filter, events, tabs, coverage, approve, cut, find, undo, brush, rule, here, recording, sessions];

window.addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof Refused) {
    say([event.reason.message, event.reason.hint].filter(Boolean).join(". "));
    event.preventDefault();
  }
});

for (const start of parts) start();
