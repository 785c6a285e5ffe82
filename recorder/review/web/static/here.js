// Which app, window and site had the keyboard at the moment that is looked at, for whatever takes out or rules by them.
import { recording } from "./recording.js";
import { set, state, watch } from "./state.js";

let shown = null;

function look() {
  const window = recording.lanes?.windows.findLast((one) => one.t_us <= state.t_us) ?? null;
  if (window === shown) return;
  shown = window;
  // A title that is shown shortened names no window.
  set({ here: window && { app: window.app, title: window.cut ? null : window.title, host: window.host } });
}

export function start() {
  watch(["t_us", "lanes_read"], look);
}
