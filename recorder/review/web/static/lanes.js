// The three lanes, drawn: whose app it was, how much was done and what was withheld, and marks to jump to. Colour is never
// the only sign: bands carry names, what is withheld is hatched, each kind of mark has a shape of its own.
export const ROWS = { app: [0, 24], activity: [28, 72], marks: [76, 96] };
export const HEIGHT = 98;
export const APP_COLOURS = 8;
export const MARKS = {
  secret: ["◆", "a secret was typed"],
  text: ["T", "text was typed"],
  paste: ["P", "something was pasted"],
  redaction: ["▬", "something was taken out of a text"],
  deleted: ["✕", "you deleted something"],
  hit: ["●", "what you searched for"],
};
const RARE = ["hit", "deleted", "secret", "redaction", "paste", "text"]; // the first come first where there is little room
const MARK_PX = 10;
const TICK_PX = 7;
// Where on the activity lane a channel's hatching lies, in shares of its height.
const CHANNELS = { all: [0, 1], frames: [0, 0.34], pointer: [0.33, 0.67], keys: [0.66, 1] };

/** Colours by name, as the stylesheet has them now. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  const apps = Array.from({ length: APP_COLOURS }, (_, n) => read(`app-${n}`));
  return { apps, ink: read("ink"), soft: read("soft-ink"), line: read("line"), strong: read("strong-line"), sunk: read("sunk"), card: read("card"), paper: read("paper"), accent: read("accent"), hatch: read("warn"), hatchSoft: read("warn-soft"), appInk: read("app-ink") };
}

function hatching(paint, colour) {
  const tile = document.createElement("canvas");
  [tile.width, tile.height] = [8, 8];
  const on = tile.getContext("2d");
  on.fillStyle = colour.hatchSoft;
  on.fillRect(0, 0, 8, 8);
  on.strokeStyle = colour.hatch;
  on.lineWidth = 1.5;
  on.beginPath();
  for (const from of [-8, 0, 8]) {
    on.moveTo(from, 8);
    on.lineTo(from + 8, 0);
  }
  on.stroke();
  return paint.createPattern(tile, "repeat");
}

/** Draw everything. `ranges`: what a filter lets through, or null; the rest is paler. */
export function drawLanes(canvas, { lanes, apps, scale, hits, words, ranges }) {
  const ratio = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(scale.width * ratio), Math.round(HEIGHT * ratio)];
  canvas.style.width = `${scale.width}px`;
  canvas.style.height = `${HEIGHT}px`;
  const paint = canvas.getContext("2d");
  paint.scale(ratio, ratio);
  const colour = colours();
  paint.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  paint.textBaseline = "middle";
  drawFloor(paint, scale, colour);
  drawBands(paint, lanes.bands, apps, scale, colour);
  drawActivity(paint, lanes.activity, scale, colour);
  drawWithheld(paint, lanes.withheld, scale, colour, words);
  drawFolds(paint, scale, colour);
  drawMarks(paint, [...lanes.marks, ...hits.map(({ t_us }) => ({ t_us, kind: "hit" }))], scale, colour);
  if (ranges) drawPale(paint, ranges, scale, colour);
}

function drawPale(paint, ranges, scale, colour) {
  paint.globalAlpha = 0.75;
  paint.fillStyle = colour.paper;
  let from = 0;
  for (const [start, end] of [...ranges, [scale.duration_us, 0]]) {
    const [left, right] = [Math.max(0, scale.x(from)), Math.min(scale.width, scale.x(start))];
    if (right > left) paint.fillRect(left, 0, right - left, HEIGHT);
    from = end;
  }
  paint.globalAlpha = 1;
}

function drawFloor(paint, scale, colour) {
  paint.fillStyle = colour.sunk;
  for (const [top, bottom] of Object.values(ROWS)) paint.fillRect(0, top, scale.width, bottom - top);
}

function label(paint, text, left, right, middle, ink) {
  const room = right - left - 8;
  if (room < 24) return;
  let shown = text;
  while (shown.length > 1 && paint.measureText(shown).width > room) shown = shown.slice(0, Math.max(1, Math.floor(shown.length * 0.8)));
  if (shown.length < Math.min(3, text.length)) return;
  paint.fillStyle = ink;
  paint.fillText(shown === text ? shown : `${shown.slice(0, -1)}…`, left + 4, middle);
}

function drawBands(paint, bands, apps, scale, colour) {
  const [top, bottom] = ROWS.app;
  for (const { t_us, t_end_us, app } of bands) {
    const right = Math.min(scale.width, Math.max(scale.x(t_us) + 1, scale.x(t_end_us)));
    const left = Math.max(0, scale.x(t_us)); // its name stands where it is seen
    if (app === null || right <= left) continue;
    paint.fillStyle = colour.apps[apps.indexOf(app) % APP_COLOURS];
    paint.fillRect(left, top, right - left, bottom - top);
    if (right - left > 6) {
      paint.fillStyle = colour.card;
      paint.fillRect(right - 1, top, 1, bottom - top);
    }
    label(paint, app.slice(0, 60), left, right, (top + bottom) / 2, colour.appInk);
  }
}

function drawActivity(paint, { bucket_us, counts }, scale, colour) {
  const [top, bottom] = ROWS.activity;
  const length = counts.moves.length;
  const busy = (n) => counts.clicks[n] + counts.keys[n];
  const most = counts.moves.reduce((one, other) => Math.max(one, other), 1);
  let mostBusy = 1;
  for (let n = 0; n < length; n++) mostBusy = Math.max(mostBusy, busy(n));
  const bar = (left, right, share, ink) => {
    paint.fillStyle = ink;
    paint.fillRect(left, bottom - (bottom - top) * share, right - left, (bottom - top) * share);
  };
  for (let n = 0; n < length; n++) {
    const left = Math.floor(scale.x(n * bucket_us));
    const right = Math.max(left + 1, Math.floor(scale.x((n + 1) * bucket_us)));
    if (right < 0 || left > scale.width) continue;
    if (counts.moves[n]) bar(left, right, 0.55 * (Math.log1p(counts.moves[n]) / Math.log1p(most)), colour.line);
    if (busy(n)) bar(left, right, 0.9 * (Math.log1p(busy(n)) / Math.log1p(mostBusy)), colour.accent);
  }
}

function drawWithheld(paint, stretches, scale, colour, words) {
  const [top, bottom] = ROWS.activity;
  const pattern = hatching(paint, colour);
  for (const { t_us, t_end_us, channel, reason } of stretches) {
    const right = Math.min(scale.width, Math.max(scale.x(t_us) + 2, scale.x(t_end_us)));
    const left = Math.max(0, scale.x(t_us));
    if (right <= left) continue;
    const [from, to] = CHANNELS[channel] ?? CHANNELS.all;
    const [y, high] = [top + (bottom - top) * from, (bottom - top) * (to - from)];
    // What is shorter than a pixel is a tick: hatched over its whole height it would look like much more.
    const short = scale.x(t_end_us) - scale.x(t_us) < 1;
    paint.fillStyle = short ? colour.hatch : pattern;
    paint.fillRect(left, y, short ? 1 : right - left, short ? Math.min(high, TICK_PX) : high);
    if (channel !== "all" || right - left < 60) continue;
    paint.fillStyle = colour.hatchSoft;
    paint.fillRect(left + 2, (top + bottom) / 2 - 8, right - left - 4, 16);
    label(paint, words?.reasons[reason] ?? reason, left, right, (top + bottom) / 2, colour.ink);
  }
}

function drawFolds(paint, scale, colour) {
  paint.strokeStyle = colour.strong;
  paint.lineWidth = 1;
  for (const { x, right, idle } of scale.pieces) {
    if (!idle || right < 0 || x > scale.width) continue;
    const middle = (x + right) / 2;
    paint.beginPath();
    for (const offset of [-1.5, 1.5]) {
      paint.moveTo(middle + offset + 2, ROWS.app[0]);
      for (let y = 0, n = 0; y <= HEIGHT; y += 6, n++) paint.lineTo(middle + offset + (n % 2 ? -2 : 2), y);
    }
    paint.stroke();
  }
}

/** A mark that would lie upon the one before is a tick at the foot of the lane; what is rare goes first. */
function drawMarks(paint, marks, scale, colour) {
  const [top, bottom] = ROWS.marks;
  const taken = new Uint8Array(Math.ceil(scale.width) + 2 * MARK_PX);
  const rank = new Map(Object.keys(MARKS).map((kind, n) => [kind, RARE.indexOf(kind) < 0 ? RARE.length + n : RARE.indexOf(kind)]));
  paint.textAlign = "center";
  for (const { t_us, kind } of [...marks].sort((a, b) => rank.get(a.kind) - rank.get(b.kind) || a.t_us - b.t_us)) {
    const x = scale.x(t_us);
    if (x < 0 || x > scale.width) continue;
    paint.fillStyle = kind === "hit" ? colour.accent : colour.ink;
    const [left, right] = [Math.floor(x) + MARK_PX / 2, Math.floor(x) + (3 * MARK_PX) / 2];
    if (taken.subarray(left, right).includes(1)) {
      paint.fillRect(x, bottom - 3, 1, 3);
      continue;
    }
    taken.fill(1, left, right);
    paint.fillText(MARKS[kind]?.[0] ?? "·", x, (top + bottom) / 2 - 1);
  }
  paint.textAlign = "start";
}
