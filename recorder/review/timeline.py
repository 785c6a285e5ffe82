"""What a person sees of a session at one glance: whose app it was when, how much was done, what was withheld and why.

Plain values, as many as a screen has pixels and no more, however long the session is. The lanes tell nothing that the
rows do not tell: what is merged because it would share a pixel is counted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from recorder.model.redacted import EventKind, GapReason
from recorder.review.columns import KINDS, Gap, Numbers, Times
from recorder.review.held import Held

S = 1_000_000
BUCKETS = 1200
IDLE_US = 30 * S  # nothing was done or shown for so long: the lanes collapse it
QUIET_US = 3 * S  # playing skips it
LONGEST_TITLE = 300
# What a lane of activity tells apart; a move of the pointer is much less than anything else.
GROUPS: dict[str, tuple[EventKind, ...]] = {
    "moves": (EventKind.POINTERMOVE,),
    "clicks": (EventKind.BUTTON, EventKind.WHEEL),
    "keys": (EventKind.KEY, EventKind.TEXT_HELD, EventKind.TEXT_RUN, EventKind.SECRET_ENTRY, EventKind.PASTE),
}
_GROUP_OF = np.array([next((n for n, of in enumerate(GROUPS.values()) if k in of), len(GROUPS)) for k in EventKind])
# Rows of the tables that are worth a mark of their own. A filled picture is none: nearly every picture is.
_MARKS = {
    EventKind.SECRET_ENTRY.value: "secret",
    EventKind.TEXT_RUN.value: "text",
    EventKind.PASTE.value: "paste",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """An app had the keyboard in [t_us, t_end_us). None: nobody, or an app that may not be named."""

    t_us: int
    t_end_us: int
    app: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window had it. `title` at most `LONGEST_TITLE` characters, then `cut`."""

    t_us: int
    t_end_us: int
    app: str | None
    title: str | None
    host: str | None
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Stretches of one channel and reason; `count` rows that would share a pixel are one. `us`: without the time
    between them, or counted twice."""

    t_us: int
    t_end_us: int
    channel: str
    reason: str
    count: int
    us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something to jump to; `count` of the same kind that would share a pixel are one, at the first one's time."""

    t_us: int
    kind: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Events a bucket, by group; bucket n begins at n * bucket_us."""

    bucket_us: int
    counts: dict[str, list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """`withheld_us`: by reason, how long together; what two rows say twice counts once. `idle`: stretches in which
    nothing was done, shown or withheld for `IDLE_US`; `quiet`: for `QUIET_US`. `damaged`: what could not be read, and
    is not in any lane."""

    duration_us: int
    bands: list[Band]
    windows: list[Window]
    activity: Activity
    withheld: list[Withheld]
    withheld_us: dict[str, int]
    idle: list[tuple[int, int]]
    quiet: list[tuple[int, int]]
    marks: list[Mark]
    damaged: list[str]


def timeline(held: Held, buckets: int = BUCKETS) -> Timeline:
    """Raises: nothing that a damaged file could cause: it is named in the answer."""
    pixel_us = max(1, -(-held.duration_us // max(1, buckets)))
    gaps = held.gaps
    windows = list(_windows(held))
    return Timeline(
        duration_us=held.duration_us,
        bands=list(_bands(windows)),
        windows=windows,
        activity=_activity(held, pixel_us),
        withheld=list(_withheld(gaps, pixel_us)),
        withheld_us=_together(gaps),
        idle=idle(held),
        quiet=idle(held, QUIET_US),
        marks=_marks(held, pixel_us),
        damaged=list(dict.fromkeys(error.message for error in held.damaged)),
    )


def short(text: str | None) -> tuple[str | None, bool]:
    """A text for a lane or a list, and whether it was cut."""
    cut = text is not None and len(text) > LONGEST_TITLE
    return (text[:LONGEST_TITLE] if cut and text is not None else text), cut


def _windows(held: Held) -> Iterator[Window]:
    """Contexts that follow each other with nothing told apart are one window."""
    last: dict[str, Any] | None = None
    for row in held.contexts.to_pylist():
        row["t_end_us"] = max(row["t_us"], row["t_end_us"] if row["t_end_us"] is not None else row["t_us"])
        if last is not None and _same(last, row):
            last["t_end_us"] = max(last["t_end_us"], row["t_end_us"])
            continue
        if last is not None:
            yield _window(last)
        last = row
    if last is not None:
        yield _window(last)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names = ("app", "window_title", "url_host")
    return other["t_us"] <= one["t_end_us"] + S and all(one[name] == other[name] for name in names)


def _window(row: dict[str, Any]) -> Window:
    title, cut = short(row["window_title"])
    host, _ = short(row["url_host"])
    return Window(t_us=row["t_us"], t_end_us=row["t_end_us"], app=row["app"], title=title, host=host, cut=cut)


def _bands(windows: Sequence[Window]) -> Iterator[Band]:
    start = 0
    for n, window in enumerate(windows):
        after = windows[n + 1] if n + 1 < len(windows) else None
        if after is None or after.app != window.app or after.t_us > window.t_end_us + S:
            yield Band(t_us=windows[start].t_us, t_end_us=window.t_end_us, app=window.app)
            start = n + 1


def _activity(held: Held, bucket_us: int) -> Activity:
    events, buckets, groups = held.events, -(-held.duration_us // bucket_us), len(GROUPS) + 1
    of = np.clip(events.t_us // bucket_us, 0, buckets - 1) * groups + _GROUP_OF[events.kind]
    counts = np.bincount(of, minlength=buckets * groups).reshape(buckets, groups)
    return Activity(bucket_us=bucket_us, counts={name: counts[:, n].tolist() for n, name in enumerate(GROUPS)})


def _withheld(gaps: Sequence[Gap], pixel_us: int) -> Iterator[Withheld]:
    """Each channel and reason by itself: of stretches that overlap both reasons are told."""
    last: list[Any] | None = None
    for channel, reason, start, end in gaps:
        if last is not None and last[:2] == [channel, reason] and start <= last[3] + pixel_us:
            last[5] += max(0, end - max(start, last[3]))
            last[3] = max(last[3], end)
            last[4] += 1
            continue
        if last is not None:
            yield _stretch(last)
        last = [channel, reason, start, end, 1, end - start]
    if last is not None:
        yield _stretch(last)


def _stretch(of: Sequence[Any]) -> Withheld:
    return Withheld(channel=of[0], reason=of[1], t_us=of[2], t_end_us=of[3], count=of[4], us=of[5])


def _together(gaps: Sequence[Gap]) -> dict[str, int]:
    """By reason, whatever the channel, the length of the union of its stretches."""
    found: dict[str, int] = {}
    reached: dict[str, int] = {}
    for _, reason, start, end in sorted(gaps, key=lambda gap: gap[2]):
        start = max(start, reached.get(reason, 0))
        found[reason] = found.get(reason, 0) + max(0, end - start)
        reached[reason] = max(end, reached.get(reason, 0))
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def idle(held: Held, least_us: int = IDLE_US) -> list[tuple[int, int]]:
    """Where nothing happened for `least_us`, or nothing but one and the same reason to withhold."""
    events, frames = held.events, held.frames
    is_span = events.of(EventKind.GAP, EventKind.PAUSE)
    spans = [edge for _, _, start, end in held.gaps for edge in (start, end)]
    known = (events.t_us[~is_span], frames.t_us, np.sort(np.array([0, held.duration_us, *spans], np.int64)))
    # Sorted parts, one behind the other: Timsort only merges them.
    times: Times = np.clip(np.sort(np.concatenate(known), kind="stable"), 0, held.duration_us)
    long = np.flatnonzero(np.diff(times) >= least_us)
    return [(int(times[n]), int(times[n + 1])) for n in long]


def _marks(held: Held, pixel_us: int) -> list[Mark]:
    at: dict[str, list[int]] = {}
    for t_us, kind in zip(held.rare["t_us"].to_pylist(), held.rare["kind"].to_pylist(), strict=True):
        if kind in _MARKS:
            at.setdefault(_MARKS[kind], []).append(t_us)
    at["deleted"] = [start for _, reason, start, _ in held.gaps if reason == GapReason.FORGOTTEN]
    at["redaction"] = _redacted_text(held)
    marks = [mark for kind, times in at.items() for mark in _thinned(kind, sorted(times), pixel_us)]
    return sorted(marks, key=lambda mark: (mark.t_us, mark.kind))


def _redacted_text(held: Held) -> list[int]:
    """Where something was taken out of a text: the boxes of pictures are in the pictures."""
    rows = held.redactions
    found: list[int] = rows["t_us"].filter(pc.not_equal(rows["target"], "frames")).to_pylist()
    return found


def _thinned(kind: str, times: Sequence[int], pixel_us: int) -> Iterator[Mark]:
    if not times:
        return
    pixels: Numbers = np.asarray(times, np.int64) // pixel_us
    firsts = np.flatnonzero(np.diff(pixels, prepend=-1))
    counts = np.diff(firsts, append=len(times))
    for first, count in zip(firsts.tolist(), counts.tolist(), strict=True):
        yield Mark(t_us=times[first], kind=kind, count=count)


def kinds_in(held: Held) -> dict[str, int]:
    """How many events of each kind there are, the most first."""
    counts = np.bincount(held.events.kind, minlength=len(KINDS)).tolist()
    return dict(sorted(((k, n) for k, n in zip(KINDS, counts, strict=True) if n), key=lambda pair: -pair[1]))
