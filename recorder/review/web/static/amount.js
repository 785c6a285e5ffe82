// How much a deletion is, in words.
import { bytes, count, duration } from "./words.js";

/** "38 events, 6 pictures, 1 min 03 s of recording": what `api/cuts/preview` told. */
export function amount(found) {
  const parts = [];
  if (found.whole) parts.push(count(found.whole, "whole recording"));
  if (found.brushed) {
    const filled = `a box filled in ${count(found.brushed, "picture")}, ${count(found.texts, "text")} under it`;
    if (!found.events && !found.frames) return filled;
    parts.push(filled);
  }
  parts.push(count(found.events, "event"), count(found.frames, "picture"));
  if (found.tasks) parts.push("what you said the recording was for");
  if (found.seconds) parts.push(`${duration(found.seconds)} of recording`);
  return parts.join(", ");
}

/** What else a person should know before they say yes. */
export function besides(found) {
  const lines = [];
  if (found.sessions.length > 1) lines.push(`It is in ${count(found.sessions.length, "recording")}.`);
  if (found.unnamed?.length) {
    lines.push(`${count(found.unnamed.length, "recording")} can't tell which part this is; nothing is taken out of there.`);
  }
  return lines;
}

/** A staged deletion as one line of the list. */
export function line(stage) {
  const what = { frames: "pictures", between: "a range of time", app: "an app", window: "a window", site: "a site", hits: "what was found", session: "a whole recording", sessions: "whole recordings", brush: "a filled box", all: "everything", events: "events" };
  const named = stage.app ? `${what.app}: ${stage.app}` : (what[stage.what] ?? stage.what);
  if (stage.brushed) return `${named}: ${count(stage.brushed, "picture")}, ${count(stage.texts, "text")} under it`;
  return `${named}: ${count(stage.events, "event")}, ${count(stage.frames, "picture")}, ${bytes(stage.bytes)}`;
}
