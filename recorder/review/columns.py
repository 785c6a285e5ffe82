"""Stored rows in, arrays out: what a look at a session needs of its tables, and no picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recorder.model.redacted import Channel, EventKind
from recorder.store import numbers
from recorder.store.session import Damage, SessionReader

Times = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

KINDS: tuple[str, ...] = tuple(kind.value for kind in EventKind)
SPANS = (EventKind.GAP.value, EventKind.PAUSE.value)
NOBODY = -1  # stands for null in an array of numbers

_EVENTS = ["seq", "t_us", "kind", "context_id"]
_FRAMES = ["frame_id", "t_us", "t_end_us", "screen", "width", "height", "trigger", "context_id", "n_redactions", "apps"]
_CONTEXTS = ["context_id", "t_us", "t_end_us", "app", "window_title", "url_host", "url_path"]
_RARE = [
    *("seq", "t_us", "t_end_us", "kind", "reason", "channel", "app", "text", "target_role", "target_name"),
    *("context_id", "run"),
]
_NUMBERS = {"seq", "t_us", "t_end_us", "context_id", "run", "frame_id", "screen", "width", "height", "n_redactions"}
_TYPES = {n: pa.string() for n in (*_FRAMES, *_CONTEXTS, *_RARE) if n not in _NUMBERS} | {"apps": pa.list_(pa.string())}
_KIND_NAMES = pa.array(KINDS, pa.string())
_RARE_KINDS = (EventKind.GAP, EventKind.PAUSE, EventKind.SECRET_ENTRY, EventKind.TEXT_RUN, EventKind.PASTE)


class Gap(NamedTuple):
    """A withheld stretch."""

    channel: str
    reason: str
    t_us: int
    t_end_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """All events by time: `t_us`, `kind` (an index into `KINDS`), `context_id` (`NOBODY`: none), and where each row is
    stored: `place` is its number in the order of the segments, `starts` the place of each segment's first row.
    `seqs`: the numbers of all of them."""

    t_us: Times
    kind: Codes
    context_id: Numbers
    place: npt.NDArray[np.int32]
    starts: Numbers
    seqs: numbers.Numbers

    def __len__(self) -> int:
        return len(self.t_us)

    def of(self, *kinds: EventKind) -> Mask:
        found: Mask = np.isin(self.kind, [KINDS.index(kind) for kind in kinds])
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """All frames by time. `until_us`: until when each is what a person sees of its screen, which is until the next one
    of that screen. `apps`: an index into `app_sets`, of which None is: not known."""

    frame_id: Numbers
    t_us: Times
    t_end_us: Times
    until_us: Times
    screen: Numbers
    width: Numbers
    height: Numbers
    context_id: Numbers
    n_redactions: Numbers
    trigger: Codes
    triggers: tuple[str, ...]
    apps: Numbers
    app_sets: tuple[tuple[str, ...] | None, ...]

    def __len__(self) -> int:
        return len(self.frame_id)


def frames(reader: SessionReader, damaged: Damage, duration_us: int) -> Frames:
    rows = _whole(reader.table("frames", _FRAMES, damaged=damaged), _FRAMES)
    rows = rows.sort_by([("t_us", "ascending"), ("screen", "ascending")])
    sets = [None if row is None else tuple(row) for row in rows["apps"].to_pylist()]
    known = list(dict.fromkeys(sets))
    triggers = pc.unique(rows["trigger"]).to_pylist()
    screen, t_us, t_end_us = _ints(rows["screen"]), _ints(rows["t_us"]), _ints(rows["t_end_us"])
    return Frames(
        frame_id=_ints(rows["frame_id"]),
        t_us=t_us,
        t_end_us=t_end_us,
        until_us=_until(t_us, t_end_us, screen, duration_us),
        screen=screen,
        width=_ints(rows["width"]),
        height=_ints(rows["height"]),
        context_id=_ints(rows["context_id"]),
        n_redactions=_ints(rows["n_redactions"]),
        trigger=np.array([triggers.index(one) for one in rows["trigger"].to_pylist()], np.uint8),
        triggers=tuple(triggers),
        apps=np.array([known.index(one) for one in sets], np.int64),
        app_sets=tuple(known),
    )


def contexts(reader: SessionReader, damaged: Damage) -> pa.Table:
    """By time, continuations merged; every column of `_CONTEXTS`, empty where it was not granted."""
    rows = _whole(reader.table("contexts", _CONTEXTS, damaged=damaged), _CONTEXTS)
    return rows.sort_by([("t_us", "ascending"), ("context_id", "ascending")])


def events(reader: SessionReader, damaged: Damage) -> tuple[Events, pa.Table]:
    """All events as numbers; and by time whole rows of what is rare: gaps, pauses, secret entries, text runs, pastes,
    and whatever has a text or names an element."""
    times, kinds, contexts = _Growing(np.int64), _Growing(np.uint8), _Growing(np.int64)
    starts, rare, seqs = [0], [], []
    wanted = list(dict.fromkeys([*_EVENTS, *_RARE]))
    for entry in reader.manifest.segments:
        starts.append(starts[-1])
        for part in reader.segments("events", wanted, damaged=damaged, among=[entry]):
            starts[-1] += part.num_rows
            times.extend(_ints(part["t_us"]))
            kinds.extend(_ints(pc.index_in(part["kind"], value_set=_KIND_NAMES)))
            contexts.extend(_ints(part["context_id"]))
            seqs.append(numbers_of([part["seq"].drop_null().to_numpy()]))
            rare.append(_whole(part.filter(_is_rare(part)), _RARE))
    order = np.argsort(times.whole, kind="stable").astype(np.int32)
    found = Events(
        t_us=times.whole[order],
        kind=kinds.whole[order],
        context_id=contexts.whole[order],
        place=order,
        starts=np.array(starts, np.int64),
        seqs=numbers.Numbers.union(seqs),
    )
    kept = pa.concat_tables(rare) if rare else _whole(pa.table({}), _RARE)
    return found, kept.sort_by("t_us")


class _Growing:
    """Numbers that come in thousands of pieces, in one piece at any moment: what small ones leave behind is scattered
    all over the memory, and is not given back."""

    def __init__(self, of: type[np.generic]) -> None:
        self._kept, self._count = np.empty(1 << 16, of), 0

    def extend(self, more: npt.NDArray[Any]) -> None:
        count = self._count + len(more)
        if count > len(self._kept):
            self._kept = np.concatenate((self._kept, np.empty(count, self._kept.dtype)))
        self._kept[self._count : count] = more
        self._count = count

    @property
    def whole(self) -> npt.NDArray[Any]:
        return self._kept[: self._count]


def numbers_of(parts: Sequence[Numbers]) -> numbers.Numbers:
    """As runs, without a Python value for each: there may be a million."""
    values = np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)
    if not len(values):
        return numbers.NONE
    breaks = np.flatnonzero(np.diff(values) != 1)
    firsts, lasts = values[np.concatenate(([0], breaks + 1))], values[np.concatenate((breaks, [len(values) - 1]))]
    return numbers.Numbers.of_edges(np.column_stack((firsts, lasts)).ravel().tolist())


def gaps(rare: pa.Table) -> list[Gap]:
    """Every gap and pause, by channel, reason and time; none ends before it begins."""
    rows = rare.filter(pc.is_in(rare["kind"], value_set=pa.array(SPANS, pa.string())))
    names = ("channel", "reason", "kind", "t_us", "t_end_us")
    return sorted(
        Gap(channel or Channel.ALL.value, reason or kind, start, start if end is None else max(start, end))
        for channel, reason, kind, start, end in zip(*(rows[name].to_pylist() for name in names), strict=True)
    )


def _is_rare(part: pa.Table) -> Any:
    rare = pc.is_in(part["kind"], value_set=pa.array(_RARE_KINDS, pa.string()))
    for name in ("text", "target_name"):
        if name in part.column_names:
            rare = pc.or_(rare, pc.is_valid(part[name]))
    return rare


def _whole(rows: pa.Table, names: Sequence[str]) -> pa.Table:
    """Exactly these columns; those that were not granted are empty."""
    have = set(rows.column_names)
    return pa.table(
        [rows[n] if n in have else pa.nulls(rows.num_rows, _TYPES.get(n, pa.int64())) for n in names], names
    )


def _ints(column: Any) -> Times:
    """Null is `NOBODY`."""
    found: Times = pc.fill_null(pc.cast(column, pa.int64()), NOBODY).to_numpy()
    return found


def _until(t_us: Times, t_end_us: Times, screen: Numbers, duration_us: int) -> Times:
    until = np.maximum(t_end_us, duration_us)
    for number in np.unique(screen):
        of_screen = np.flatnonzero(screen == number)
        until[of_screen[:-1]] = t_us[of_screen[1:]]
    return until
