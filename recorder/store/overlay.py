"""What staged deletions hide of one session, as they are kept: numbers, times and counts. `showing.py` applies it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from recorder.store.brushed import Notes
from recorder.store.taken import Cut, ForgottenGap


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What the rows of a touched segment come to, as its secret says it of what is stored."""

    rows: Mapping[str, int]
    apps: tuple[str, ...]
    gaps: int

    def with_gaps(self, count: int) -> "Left":
        return replace(self, rows={**self.rows, "events": self.rows.get("events", 0) + count}, gaps=self.gaps + count)

    def with_notes(self, count: int) -> "Left":
        return replace(self, rows={**self.rows, "redactions": self.rows.get("redactions", 0) + count})


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Of one session. `whole`: all of it is hidden; `task`: what it was for is. `left`: the segments of which something
    is; `notes`: rows that say what a person's brush took out of it. `mark` stands for all of this in what is
    approved."""

    whole: bool = False
    cut: Cut = field(default_factory=Cut)
    left: Mapping[int, Left] = field(default_factory=dict)
    gaps: Mapping[int, tuple[ForgottenGap, ...]] = field(default_factory=dict)
    notes: Mapping[int, Notes] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    mark: str = ""
    task: bool = False
