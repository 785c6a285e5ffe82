"""What a deletion takes out of one session, as numbers and times. Plain values: nothing here opens a table.

A range is half-open, [start, end), in microseconds since the session's start.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import NamedTuple

from recorder.model.redacted import Channel, EventKind
from recorder.store.brushed import Brushed
from recorder.store.numbers import NONE, Numbers

Range = tuple[int, int]
EMPTY_KINDS = (EventKind.GAP, EventKind.PAUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What goes, within one session. `contexts` go, and what stays refers to them no more. `events`: single ones, by
    seq. `runs`: text runs with all their rows, for the rest of a word tells the word. `unclaimed`: ranges in which rows
    that name neither a context nor an app go too."""

    ranges: tuple[Range, ...] = ()
    frames: Set[int] = NONE
    contexts: Set[int] = NONE
    events: Set[int] = NONE
    runs: Set[int] = NONE
    seqs: tuple[Range, ...] = ()  # both ends included
    unclaimed: tuple[Range, ...] = ()
    brushed: tuple[Brushed, ...] = ()

    def __post_init__(self) -> None:
        for name in ("frames", "contexts", "events", "runs"):
            object.__setattr__(self, name, Numbers.of(getattr(self, name)))


class ForgottenGap(NamedTuple):
    """The row that says that something was deleted here."""

    span: Range
    channel: Channel
    seq: int | None


def unite(cuts: Iterable[Cut]) -> Cut:
    """What takes all that any of these takes."""
    found = list(cuts)
    ids = {
        name: Numbers.union(getattr(one, name) for one in found) for name in ("frames", "contexts", "events", "runs")
    }
    return Cut(
        ranges=merge(span for one in found for span in one.ranges),
        seqs=tuple(dict.fromkeys(span for one in found for span in one.seqs)),
        unclaimed=merge(span for one in found for span in one.unclaimed),
        brushed=tuple(dict.fromkeys(box for one in found for box in one.brushed)),
        **ids,
    )


def merge(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Overlapping and touching ranges as one, in order."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
