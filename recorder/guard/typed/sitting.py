"""The text runs that are held together: a value may be typed half here and half there, so all wait for the last one."""

import re

from recorder.guard.typed.field import Place
from recorder.guard.typed.run import TypedRun
from recorder.guard.typed.stroke import Glyph

SILENCE_NS = 30_000_000_000  # after the last key
SOFT_NS, SOFT_EVENTS = 90_000_000_000, 600  # from here on it ends between two words, or at a short pause
SHORT_NS = 2_000_000_000
HARD_NS, HARD_EVENTS = 120_000_000_000, 900  # here it ends, and of its runs only the count is kept
_LAST = 48  # characters
_FINISHED = re.compile(r"(?<!\S)[^\W\d_]{3,} [^\W\d_]{3,} \Z")


class Sitting:
    """Runs in the order in which they began, and all that was typed in the order of time.

    `before`: what was typed last in an earlier sitting, by place; None for whichever place it was.
    """

    def __init__(self, t_ns: int, before: dict[Place | None, list[Glyph]]) -> None:
        self.runs: list[TypedRun] = []
        self.chron: list[Glyph] = []
        self.seams: set[Glyph] = set()  # characters before which another run, or another sitting, had the keyboard
        self.before = before
        self.first_ns = self.last_ns = t_ns
        self.events = 0
        self.closed_ns: int | None = None
        self._current: TypedRun | None = None

    @property
    def open_runs(self) -> dict[Place, TypedRun]:
        """The runs that go on when their field has the keyboard again."""
        return {run.field.place: run for run in self.runs if run.is_open and run.fate is None}

    def note(self, run: TypedRun, glyph: Glyph | None, t_ns: int) -> None:
        """Something was typed into the run."""
        self.last_ns, self.events = t_ns, self.events + 1
        if glyph is None:
            return
        last = self._current
        if last is not run:
            self._current = run
            if last is None or not last.bounded:
                self.seams.add(glyph)
        self.chron.append(glyph)

    def silent_since(self, t_ns: int) -> int | None:
        """When it ended, if it has been silent for long enough by then."""
        end_ns = self.last_ns + (SHORT_NS if self._is_long(t_ns) else SILENCE_NS)
        return end_ns if t_ns > end_ns else None

    def may_end_here(self, t_ns: int) -> bool:
        """Whether it is long, and ends with two finished words of letters alone, the last without a capital: names and
        dates begin with one."""
        if not self._is_long(t_ns) or self._current is None or not self._current.draft.is_at_end:
            return False
        last = self.chron[-_LAST:]
        text = "".join(glyph.char for glyph in last)
        finished = _FINISHED.search(text) is not None and text.split()[-1].islower()
        return finished and not any(glyph.gone for glyph in last)

    def must_end(self, t_ns: int) -> bool:
        """Whether it can't be held any longer."""
        return t_ns - self.first_ns >= HARD_NS or self.events >= HARD_EVENTS

    def _is_long(self, t_ns: int) -> bool:
        return t_ns - self.first_ns >= SOFT_NS or self.events >= SOFT_EVENTS
