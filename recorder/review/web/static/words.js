// Numbers as people read them.

/** "1 h 04 min", "3 min 20 s", "12 s". */
export function duration(seconds) {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h) return `${h} h ${String(m).padStart(2, "0")} min`;
  return m ? `${m} min ${String(s).padStart(2, "0")} s` : `${s} s`;
}

/** A stretch of time: as `duration`, but what is short to the tenth of a second: "0.2 s", "under 0.1 s". */
export function span(us) {
  if (us >= 10e6) return duration(us / 1e6);
  return us > 0 && us < 1e5 ? "under 0.1 s" : `${(us / 1e6).toFixed(1)} s`;
}

/** A place in a recording: "1:04:05" or "4:05.3". */
export function clock(t_us) {
  const tenths = Math.floor(t_us / 100_000);
  const [h, m, s] = [Math.floor(tenths / 36_000), Math.floor(tenths / 600) % 60, Math.floor(tenths / 10) % 60];
  const seconds = String(s).padStart(2, "0");
  return h ? `${h}:${String(m).padStart(2, "0")}:${seconds}` : `${m}:${seconds}.${tenths % 10}`;
}

/** "12 kB", "3.4 MB". */
export function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A moment in the person's own time zone and language. */
export function moment(iso) {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** "1 picture", "3 pictures". */
export function count(number, noun) {
  return `${number.toLocaleString()} ${noun}${number === 1 ? "" : "s"}`;
}
