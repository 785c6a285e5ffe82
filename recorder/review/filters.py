"""Which frames and which stretches of a session fit what a person wants to look at; everything that is asked must fit.

A frame stands for the time in which a person saw it: until the next one of its screen. So a filter by the kind of event
finds the frames during which one happened. A frame of which nobody knows what apps are in it fits every app.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recorder.model.redacted import EventKind
from recorder.review.columns import Mask, Times
from recorder.review.held import Held

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Empty: everything fits. Of `apps`, `windows` (stored titles) and `kinds` one is enough; `only`: frames by number,
    such as those in which a search found something."""

    apps: frozenset[str] = frozenset()
    windows: frozenset[str] = frozenset()
    kinds: frozenset[EventKind] = frozenset()
    has_text: bool = False
    has_redaction: bool = False
    unreviewed: bool = False
    only: frozenset[int] | None = None

    @property
    def is_empty(self) -> bool:
        return self == Filter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """`frames`: runs [first, last] of positions in the session's list of frames. `ranges`: when, half open, merged;
    `us` their length together. `events`: how many events lie in them, or fit by themselves where there is no frame."""

    frames: list[Range]
    n_frames: int
    ranges: list[Range]
    us: int
    events: int


def hits(held: Held, wanted: Filter, reviewed: Collection[int] = frozenset()) -> Hits:
    """`reviewed`: numbers of the frames that were looked at."""
    frames = held.frames
    if not len(frames):
        return _without_frames(held, wanted)
    mask = frame_mask(held, wanted, reviewed)
    ranges = merged(frames.t_us[mask], frames.until_us[mask])
    return Hits(
        frames=list(_runs(mask)),
        n_frames=int(mask.sum()),
        ranges=ranges,
        us=sum(end - start for start, end in ranges),
        events=int(within(held.events.t_us, ranges).sum()),
    )


def frame_mask(held: Held, wanted: Filter, reviewed: Collection[int] = frozenset()) -> Mask:
    """Which of the frames fit."""
    frames = held.frames
    mask = np.ones(len(frames), np.bool_)
    if wanted.apps:
        sets = [known is None or not wanted.apps.isdisjoint(known) for known in frames.app_sets]
        mask &= np.array(sets, np.bool_)[frames.apps]
    if wanted.windows:
        mask &= _overlaps(frames.t_us, frames.until_us, _in_window(held, wanted.windows))
    if wanted.kinds:
        mask &= _holds(frames.t_us, frames.until_us, held.events.t_us[held.events.of(*wanted.kinds)])
    if wanted.has_text:
        mask &= _holds(frames.t_us, frames.until_us, text_times(held))
    if wanted.has_redaction:
        mask &= (frames.n_redactions > 0) | _holds(frames.t_us, frames.until_us, _redaction_times(held))
    if wanted.unreviewed:
        mask &= ~np.isin(frames.frame_id, np.fromiter(reviewed, np.int64, len(reviewed)))
    if wanted.only is not None:
        mask &= np.isin(frames.frame_id, np.fromiter(wanted.only, np.int64, len(wanted.only)))
    return mask


def event_mask(held: Held, wanted: Filter, ranges: Collection[Range]) -> Mask:
    """Which of the events a person sees under this filter: those of its kinds in the ranges of its hits."""
    mask = np.ones(len(held.events), np.bool_) if wanted.is_empty else within(held.events.t_us, ranges)
    return mask & held.events.of(*wanted.kinds) if wanted.kinds else mask


def text_times(held: Held) -> Times:
    """When something was typed, pasted or named that is stored as text."""
    rare = held.rare
    found = pc.or_(pc.is_valid(rare["text"]), pc.is_valid(rare["target_name"]))
    times: Times = rare["t_us"].filter(found).to_numpy().astype(np.int64)
    return times


def merged(starts: Times, ends: Times) -> list[Range]:
    """Overlapping and touching ranges as one. `starts` rise."""
    found: list[Range] = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def within(times: Times, ranges: Collection[Range]) -> Mask:
    """Which times lie in one of these ranges: in order, half open, apart from each other."""
    edges = np.array(list(ranges), np.int64).reshape(-1)
    found: Mask = np.searchsorted(edges, times, side="right") % 2 == 1
    return found


def windows_in(held: Held) -> list[tuple[str, int]]:
    """Every stored window title and how long it had the keyboard (us), the longest first."""
    rows = held.contexts.filter(pc.is_valid(held.contexts["window_title"]))
    spans = pc.max_element_wise(pc.subtract(pc.coalesce(rows["t_end_us"], rows["t_us"]), rows["t_us"]), 0)
    sums = pa.table({"title": rows["window_title"], "us": spans}).group_by("title").aggregate([("us", "sum")])
    return sorted(zip(sums["title"].to_pylist(), sums["us_sum"].to_pylist(), strict=True), key=lambda pair: -pair[1])


def _without_frames(held: Held, wanted: Filter) -> Hits:
    """Where no pictures were recorded the events themselves are what is stepped through."""
    events = held.events
    mask = events.of(*wanted.kinds) if wanted.kinds else np.ones(len(events), np.bool_)
    if wanted.apps:
        mask &= within(events.t_us, _contexts(held, "app", wanted.apps))
    if wanted.windows:
        mask &= within(events.t_us, _in_window(held, wanted.windows))
    if wanted.has_text:
        mask &= np.isin(events.t_us, text_times(held))
    if wanted.has_redaction:
        mask &= np.isin(events.t_us, _redaction_times(held))
    if wanted.only is not None:
        mask[:] = False
    found = events.t_us[mask]
    ranges = merged(found, found + 1)
    return Hits(frames=[], n_frames=0, ranges=ranges, us=len(ranges), events=int(mask.sum()))


def _in_window(held: Held, titles: Collection[str]) -> list[Range]:
    return _contexts(held, "window_title", titles)


def _contexts(held: Held, column: str, values: Collection[str]) -> list[Range]:
    rows = held.contexts.filter(pc.is_in(held.contexts[column], value_set=pa.array(sorted(values), pa.string())))
    start = rows["t_us"].to_numpy().astype(np.int64)
    end = pc.coalesce(rows["t_end_us"], rows["t_us"]).to_numpy().astype(np.int64)
    return merged(start, np.maximum(end, start + 1))


def _redaction_times(held: Held) -> Times:
    rows = held.redactions
    return np.sort(rows["t_us"].filter(pc.not_equal(rows["target"], "frames")).to_numpy().astype(np.int64))


def _holds(starts: Times, ends: Times, times: Times) -> Mask:
    """In which of these half-open stretches one of the times lies. `times` rise."""
    found: Mask = np.searchsorted(times, ends, side="left") > np.searchsorted(times, starts, side="left")
    return found


def _overlaps(starts: Times, ends: Times, ranges: Collection[Range]) -> Mask:
    """Which of these stretches overlap one of the ranges, which are in order and apart from each other."""
    edges = np.array(list(ranges), np.int64).reshape(-1, 2)
    # The first range that ends after the stretch's start has to begin before its end.
    first = np.searchsorted(edges[:, 1], starts, side="right")
    begins = np.append(edges[:, 0], np.iinfo(np.int64).max)[first]
    found: Mask = begins < ends
    return found


def _runs(mask: Mask) -> Iterator[Range]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    for first, after in edges.reshape(-1, 2).tolist():
        yield first, after - 1
