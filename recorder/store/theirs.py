"""Which events are an app's: what went to it, what names no app in its contexts, and the releases of such presses."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recorder.model.redacted import EventKind
from recorder.store.numbers import Numbers
from recorder.store.taken import EMPTY_KINDS, Range

COLUMNS = ["seq", "t_us", "t_end_us", "kind", "button", "keycode", "pressed", "context_id", "app"]
Mask = npt.NDArray[np.bool_]

# A press and its release are one thing, though the app in front or under the pointer may have changed between them.
_NUMBERED: dict[str, str] = {EventKind.BUTTON.value: "button", EventKind.KEY.value: "keycode"}


def events_of(events: pa.Table, app: str, contexts: frozenset[int]) -> tuple[Numbers, list[Range]]:
    """By seq, and the stretches of time that they take up, one for each run of neighbours. `events`: `COLUMNS`, as far
    as they were granted, in order."""
    # What names another app is that one's, whichever had the keyboard: a first click into its window, a wheel over it.
    return _chosen(events, _one_of(events, "app", [app]) | _in_contexts(events, contexts, _nameless(events)))


def events_in(
    events: pa.Table, app: str, contexts: frozenset[int], others: frozenset[int], beside: Sequence[Range]
) -> tuple[Numbers, list[Range]]:
    """The same for these contexts of an app alone: what went to it while one of them was in force, and in the stretches
    `beside` while no context of its own (`others`) was."""
    named = _one_of(events, "app", [app])
    goes = _in_contexts(events, contexts, _nameless(events) | named)
    return _chosen(events, goes | (named & _within(events, beside) & ~_one_of(events, "context_id", others)))


def events_before(events: pa.Table, early: Iterable[tuple[str | None, Range]]) -> tuple[int, ...]:
    """By seq: what an app may have got in a stretch of time; of an app without a name whatever was there then."""
    goes = np.zeros(events.num_rows, np.bool_)
    for app, span in early:
        goes |= _within(events, [span]) & (_nameless(events) | (app is None) | _one_of(events, "app", [app or ""]))
    return tuple(sorted(_chosen(events, goes)[0]))


def _within(events: pa.Table, spans: Sequence[Range]) -> Mask:
    start = events["t_us"].to_numpy()
    end = pc.coalesce(events["t_end_us"], events["t_us"]).to_numpy()
    found: Mask = np.zeros(len(start), np.bool_)
    for first, last in spans:
        found |= (start < last) & (end >= first)
    return found


def _in_contexts(events: pa.Table, contexts: frozenset[int], own: Mask) -> Mask:
    return _one_of(events, "context_id", contexts) & own


def _chosen(events: pa.Table, goes: Mask) -> tuple[Numbers, list[Range]]:
    goes &= ~_one_of(events, "kind", [kind.value for kind in EMPTY_KINDS]) & events["seq"].is_valid().to_numpy()
    for kind, number in _NUMBERED.items():
        _with_releases(goes, events, kind, number)
    return _numbers(events["seq"].filter(pa.array(goes)).to_numpy()), _runs(goes, events)


def _numbers(seqs: npt.NDArray[np.int64]) -> Numbers:
    found = seqs if (np.diff(seqs) > 0).all() else np.unique(seqs)  # segments mostly are in order
    breaks = np.flatnonzero(np.diff(found) > 1)
    edges = np.sort(np.concatenate((found[:1], found[breaks], found[breaks + 1], found[-1:])))
    return Numbers.of_edges(edges.tolist())


def _with_releases(goes: Mask, events: pa.Table, kind: str, number: str) -> None:
    """Also mark the releases of marked presses."""
    if number not in events.column_names or "pressed" not in events.column_names:
        return
    rows = np.flatnonzero(_one_of(events, "kind", [kind]))
    found = events.select([number, "pressed"]).take(pa.array(rows))
    down: dict[int | None, bool] = {}
    for row, which, pressed in zip(rows, found[number].to_pylist(), found["pressed"].to_pylist(), strict=True):
        if which is None:
            continue  # a key of a text run, which goes by its run
        if pressed:
            down[which] = bool(goes[row])
        elif down.pop(which, False):
            goes[row] = True


def _runs(goes: Mask, events: pa.Table) -> list[Range]:
    edges = np.diff(goes.astype(np.int8), prepend=0, append=0)
    lengths = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
    if not len(lengths):
        return []
    rows = events.select(["t_us", "t_end_us"]).filter(pa.array(goes))
    firsts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    # Typing is stored with a delay, so within a run the times are not quite in order.
    start = np.minimum.reduceat(rows["t_us"].to_numpy(), firsts)
    end = np.maximum.reduceat(pc.coalesce(rows["t_end_us"], rows["t_us"]).to_numpy(), firsts) + 1
    return list(zip(start.tolist(), end.tolist(), strict=True))


def _nameless(events: pa.Table) -> Mask:
    if "app" not in events.column_names:
        return np.ones(events.num_rows, np.bool_)
    found: Mask = events["app"].is_null().to_numpy()
    return found


def _one_of(rows: pa.Table, name: str, wanted: "list[str] | frozenset[int]") -> Mask:
    if name not in rows.column_names:
        return np.zeros(rows.num_rows, np.bool_)
    column = rows[name]
    found: Mask = pc.is_in(column, value_set=pa.array(list(wanted), column.type)).to_numpy().astype(np.bool_)
    return found
