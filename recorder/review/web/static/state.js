// What all parts of the session's page share. `set` tells each watcher once per real change.
const desk = document.getElementById("desk");
const values = {
  session: desk?.dataset.session ?? null,
  started: desk?.dataset.started ?? null, // ISO 8601, UTC
  t_us: 0, // where the person is, since the session's start
  duration_us: 0,
  screen: 0,
  frame_id: null, // the picture that is shown
  range: null, // [from, to) in us, or null
  app: null, // the app that is chosen, or null
  here: null, // {app, title, host} that had the keyboard at t_us; the timeline says it
  filter: null,
  hits: [], // what the last search found: [{t_us, …}]
  playing: false,
  digest: null, // stands for the bytes and cuts that are shown; see approving
  version: 0, // counts up with each change of what is stored: read again
};
const watchers = new Map();

/** What is now. Read only. */
export const state = values;

/** Call `run(value, before)` whenever one of `names` changed. */
export function watch(names, run) {
  for (const name of [names].flat()) {
    if (!watchers.has(name)) watchers.set(name, []);
    watchers.get(name).push(run);
  }
}

/** Change some values. */
export function set(changes) {
  const before = {};
  for (const [name, value] of Object.entries(changes)) {
    if (Object.is(values[name], value)) continue;
    before[name] = values[name];
    values[name] = value;
  }
  for (const [name, old] of Object.entries(before)) {
    for (const run of watchers.get(name) ?? []) run(values[name], old);
  }
}

/** Something that is stored changed (staged, undone, purged, brushed): everybody reads again. */
export function changed() {
  set({ version: values.version + 1 });
}
