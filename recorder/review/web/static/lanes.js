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
// Where on the activity lane a channel's hatching lies, in shares of its height.
const CHANNELS = { all: [0, 1], frames: [0, 0.34], pointer: [0.33, 0.67], keys: [0.66, 1] };

/** Colours by name, as the stylesheet has them now. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  const apps = Array.from({ length: APP_COLOURS }, (_, n) => read(`app-${n}`));
  return { apps, ink: read("ink"), soft: read("soft-ink"), line: read("line"), strong: read("strong-line"), sunk: read("sunk"), card: read("card"), accent: read("accent"), hatch: read("warn"), hatchSoft: read("warn-soft"), appInk: read("app-ink") };
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

/** Draw everything. `given`: {lanes, apps, scale, hits}. */
export function drawLanes(canvas, { lanes, apps, scale, hits, words }) {
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
    const [left, right] = [scale.x(t_us), Math.max(scale.x(t_us) + 1, scale.x(t_end_us))];
    if (app === null) continue;
    paint.fillStyle = colour.apps[apps.indexOf(app) % APP_COLOURS];
    paint.fillRect(left, top, right - left, bottom - top);
    paint.fillStyle = colour.card;
    paint.fillRect(right - 0.5, top, 0.5, bottom - top);
    label(paint, app.slice(0, 60), left, right, (top + bottom) / 2, colour.appInk);
  }
}

function drawActivity(paint, { bucket_us, counts }, scale, colour) {
  const [top, bottom] = ROWS.activity;
  const columns = new Float64Array(Math.ceil(scale.width) + 1);
  const busy = new Float64Array(columns.length);
  const length = Object.values(counts)[0]?.length ?? 0;
  for (let n = 0; n < length; n++) {
    const x = Math.floor(scale.x((n + 0.5) * bucket_us));
    columns[x] += counts.moves[n];
    busy[x] += counts.clicks[n] + counts.keys[n];
  }
  const most = Math.log1p(Math.max(1, ...columns));
  const mostBusy = Math.log1p(Math.max(1, ...busy));
  for (let x = 0; x < columns.length; x++) {
    const high = (bottom - top) * 0.55 * (Math.log1p(columns[x]) / most);
    const busyHigh = (bottom - top) * 0.9 * (Math.log1p(busy[x]) / mostBusy);
    paint.fillStyle = colour.line;
    paint.fillRect(x, bottom - high, 1, high);
    paint.fillStyle = colour.accent;
    paint.fillRect(x, bottom - busyHigh, 1, busyHigh);
  }
}

function drawWithheld(paint, stretches, scale, colour, words) {
  const [top, bottom] = ROWS.activity;
  const pattern = hatching(paint, colour);
  for (const { t_us, t_end_us, channel, reason } of stretches) {
    const left = scale.x(t_us);
    const right = Math.max(left + 2, scale.x(t_end_us));
    const [from, to] = CHANNELS[channel] ?? CHANNELS.all;
    const [y, high] = [top + (bottom - top) * from, (bottom - top) * (to - from)];
    paint.fillStyle = pattern;
    paint.fillRect(left, y, right - left, high);
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
    if (!idle) continue;
    const middle = (x + right) / 2;
    paint.beginPath();
    for (const offset of [-1.5, 1.5]) {
      paint.moveTo(middle + offset + 2, ROWS.app[0]);
      for (let y = 0, n = 0; y <= HEIGHT; y += 6, n++) paint.lineTo(middle + offset + (n % 2 ? -2 : 2), y);
    }
    paint.stroke();
  }
}

function drawMarks(paint, marks, scale, colour) {
  const [top, bottom] = ROWS.marks;
  paint.textAlign = "center";
  for (const { t_us, kind } of marks) {
    paint.fillStyle = kind === "hit" ? colour.accent : colour.ink;
    paint.fillText(MARKS[kind]?.[0] ?? "·", scale.x(t_us), (top + bottom) / 2);
  }
  paint.textAlign = "start";
}
