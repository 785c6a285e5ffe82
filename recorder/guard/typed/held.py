"""The text runs that are held: keys in, nothing out but placeholders until nothing can turn a run secret any more.

Rules that must not be weakened:
- No character of a run leaves before its sitting is over, the doubt about its focus is settled, and every view of it
  was looked through.
- A run's level never rises. What is forced out early, or can't be judged, leaves as a count.
- Books: every key event of a run that leaves as rows is stored, masked or not, for each has a row; of a run that leaves
  as a count they are aggregated, of one that is dropped withheld.
"""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

from recorder.guard.books import Books
from recorder.guard.doubt import HOLD_NS, Doubt
from recorder.guard.mint import Mint
from recorder.guard.text import Masker
from recorder.guard.typed import rows
from recorder.guard.typed.field import Field, Place
from recorder.guard.typed.masks import mask
from recorder.guard.typed.run import TypedRun
from recorder.guard.typed.sitting import Sitting
from recorder.guard.typed.stroke import Glyph, Stroke
from recorder.model.consent import Category
from recorder.model.policy import TextLevel
from recorder.model.raw import RawKey
from recorder.model.redacted import GapReason, Redacted

TAIL = 64  # characters of an earlier sitting with which the next one is read
PLACES = 16  # whose ends are kept in mind
_ORDER = (TextLevel.NONE, TextLevel.CLASSES, TextLevel.WORDS)


@dataclass(frozen=True, slots=True, eq=False)
class Down:
    """A keydown of a held run, with its repeats: the keyup goes where they went."""

    run: TypedRun
    strokes: list[Stroke]


class Held:
    """The sitting that goes on, and those that are over but still in doubt."""

    def __init__(self, mint: Mint, books: Books, doubt: Doubt, masker: Masker | None) -> None:
        self._mint, self._books, self._doubt, self._masker = mint, books, doubt, masker
        self.categories: frozenset[Category] = frozenset()
        self._sitting: Sitting | None = None
        self._over: list[Sitting] = []
        self._tails: dict[Place | None, list[Glyph]] = {}
        self._next_run = 1

    @property
    def idle(self) -> bool:
        """Nothing waits for time to pass."""
        return self._sitting is None and not self._over

    def level(self, of_rule: TextLevel) -> TextLevel:
        """How closely typing may be kept: the least of the rule, the consent, and whether it can be masked."""
        if self._masker is None or Category.KEY_SHAPE not in self.categories:
            return TextLevel.NONE
        most = TextLevel.WORDS if Category.TEXT_CONTENT in self.categories else TextLevel.CLASSES
        return min(of_rule, most, key=_ORDER.index)

    # Keys.

    def find(self, field: Field | None) -> TypedRun | None:
        """The run that typing into the field continues."""
        if field is None or self._sitting is None:
            return None
        return next((run for run in self._sitting.runs if run.is_open and run.field.place == field.place), None)

    def press(
        self,
        key: RawKey,
        field: Field,
        before: Down | None,
        begin: Callable[[int], TypedRun],
        out: list[Redacted],
    ) -> Down:
        """A keydown in the field. `before`: what the same key did last, if it did not come up since. `begin` makes a
        run with the number it is given."""
        self._turn_over(key.t_ns)
        sitting = self._sitting
        if sitting is None:
            sitting = self._sitting = Sitting(key.t_ns, self._tails)
        run = self.find(field) or self._begin(begin, sitting, out)
        stroke, glyph = run.press(key)
        sitting.note(run, glyph, key.t_ns)
        self._after(sitting, key.t_ns)
        repeats = before.strokes if before is not None and before.run is run else []
        return Down(run, [*repeats, stroke])

    def release(self, key: RawKey, down: Down) -> None:
        """A keyup. When the run is decided already it only enters the books."""
        match down.run.fate:
            case None if any(stroke.lost for stroke in down.strokes):
                self._books.withheld("key", GapReason.SECRET_INPUT)
            case None:
                down.run.release(key, down.strokes)
                if self._sitting is not None and down.run in self._sitting.runs:
                    self._sitting.events += 1
            case GapReason() as reason:
                self._books.withheld("key", reason)
            case _:
                self._books.aggregated("key")

    def act(self, name: str, field: Field | None, *, pasted: bool) -> None:
        """An action key; it has its row already."""
        run = self.find(field)
        if run is not None:
            run.act(name)
            run.pasted |= pasted

    def click(self, field: Field | None) -> None:
        """The pointer may have put the caret anywhere in the field."""
        run = self.find(field)
        if run is not None:
            run.lose_caret()
            run.entered = False

    def leave(self) -> None:
        """Another element or window has, or may have, the keyboard."""
        if self._sitting is not None:
            for run in self._sitting.runs:
                run.leave()

    # Time.

    def tick(self, t_ns: int, out: list[Redacted]) -> None:
        """Time passed: silence ends a sitting, and what nothing can turn secret any more becomes rows."""
        self._turn_over(t_ns)
        for sitting in [sitting for sitting in self._over if self._is_safe(sitting, t_ns)]:
            self._over.remove(sitting)
            self._let_go(sitting, out)

    def _turn_over(self, t_ns: int) -> None:
        sitting = self._sitting
        if sitting is None:
            return
        end_ns = sitting.silent_since(t_ns)
        if sitting.must_end(end_ns or t_ns):
            self._demote(sitting.runs)
            self._close(t_ns)
        elif end_ns is not None:
            self._close(end_ns)

    def _after(self, sitting: Sitting, t_ns: int) -> None:
        if sitting.may_end_here(t_ns):
            for run in sitting.runs:
                run.bounded |= run.last_ns == t_ns
            self._close(t_ns)

    def _close(self, t_ns: int) -> None:
        if self._sitting is not None:
            self._sitting.closed_ns = t_ns
            self._over.append(self._sitting)
            self._tails = _tails(self._sitting)
            self._sitting = None

    def _is_safe(self, sitting: Sitting, t_ns: int) -> bool:
        self._doubt.expire(t_ns)
        rested = sitting.closed_ns is not None and t_ns - sitting.closed_ns >= HOLD_NS
        return rested and self._doubt.settled(sitting.last_ns)

    def _let_go(self, sitting: Sitting, out: list[Redacted]) -> None:
        kept = [run for run in sitting.runs if run.fate is None and run.keys]
        closer = any(run.level is not TextLevel.NONE for run in kept)
        if closer and (self._masker is None or not mask(sitting, self._masker)):
            self._demote(kept)
        for run in kept:
            self._write(run, out)

    def _write(self, run: TypedRun, out: list[Redacted]) -> None:
        run.fate = True
        if run.level is TextLevel.NONE or self._masker is None:
            self._books.aggregated("key", len(run.strokes))
            out.append(rows.summary(run, self._mint))
            return
        self._books.stored("key", len(run.strokes))
        out += rows.keys(run, self._mint, exact=Category.KEY_TIMING in self.categories)
        out.append(rows.summary(run, self._mint))
        out += rows.redactions(run, self._mint, self._masker.version)

    # What takes runs away, or most of them.

    def cut_since(self, since_ns: int) -> list[int]:
        """What was in doubt from then on was secret: cut it out of its runs. Returns where in each."""
        starts = []
        for run in self._undecided():
            downs = run.since(since_ns)
            if downs:
                self._books.withheld("key", GapReason.SECRET_INPUT, run.take_back(frozenset(downs)))
                starts.append(downs[0])
        if starts:
            self._tails = {}
        return starts

    def take_back(self, lost_ns: Container[int]) -> None:
        """Nobody can tell any more where the keys of these times went: they are withheld as if they were secret."""
        for run in self._undecided():
            self._books.withheld("key", GapReason.SECRET_INPUT, run.take_back(lost_ns))

    def drop_place(self, window: int | None, element: str | None, t_ns: int) -> list[int]:
        """The element is secret, and so is what was typed there before. Without a name: any of the window's."""
        found = [
            run
            for run in self._undecided()
            if (run.field.element == element if element is not None else run.field.window == window)
        ]
        return self._drop(found, GapReason.SECRET_INPUT, t_ns)

    def drop_all(self, reason: GapReason) -> list[tuple[int, int]]:
        """Take everything that has no rows yet. Returns from when to when each was typed."""
        spans = [(run.first_ns, run.last_ns) for run in self._undecided()]
        self._drop(self._undecided(), reason, 0)
        self._over, self._sitting, self._tails = [], None, {}
        return spans

    def finish(self, t_ns: int, out: list[Redacted]) -> None:
        """The recording ends: what is certain to be harmless leaves as a count, for its other half was not seen."""
        self._demote(self._undecided())
        self._close(t_ns)
        for sitting in self._over:
            if t_ns - sitting.last_ns >= HOLD_NS and self._doubt.settled(sitting.last_ns):
                self._let_go(sitting, out)

    def demote_since(self, since_ns: int, place: Place | None = None) -> None:
        """The focus is on something that is not known: what may have gone there leaves as a count."""
        self._demote(run for run in self._undecided() if run.last_ns >= since_ns or run.field.place == place)

    def demote_all(self) -> None:
        self._demote(self._undecided())

    def narrow(self, level_of: Callable[[int], TextLevel]) -> None:
        """The rules or the consent changed. `level_of`: what is allowed now in a window."""
        for run in self._undecided():
            run.level = min(run.level, level_of(run.field.window), key=_ORDER.index)

    def forget_apps(self) -> None:
        """Names may not be told any more."""
        for run in self._undecided():
            run.app = None

    def _undecided(self) -> list[TypedRun]:
        sittings = [*self._over, *([self._sitting] if self._sitting is not None else [])]
        return [run for sitting in sittings for run in sitting.runs if run.fate is None]

    def _drop(self, runs: Iterable[TypedRun], reason: GapReason, since_ns: int) -> list[int]:
        starts = []
        for run in runs:
            run.fate, run.is_open = reason, False
            self._books.withheld("key", reason, len(run.strokes))
            starts.append(max(run.first_ns, since_ns))
            run.strokes.clear()
        if starts:
            self._tails = {}
        return starts

    def _demote(self, runs: Iterable[TypedRun]) -> None:
        for run in runs:
            run.demote()

    def _begin(self, begin: Callable[[int], TypedRun], sitting: Sitting, out: list[Redacted]) -> TypedRun:
        run = begin(self._next_run)
        self._next_run += 1
        sitting.runs.append(run)
        out.append(rows.held(run, self._mint))
        return run


def _tails(sitting: Sitting) -> dict[Place | None, list[Glyph]]:
    """The ends of what was typed, as characters that belong to nothing any more."""
    tails: dict[Place | None, list[Glyph]] = {None: _bare(sitting.chron)}
    for run in sitting.runs[-PLACES:]:
        tails[run.field.place] = _bare(run.draft.segments[-1])
    return tails


def _bare(glyphs: list[Glyph]) -> list[Glyph]:
    return [Glyph(glyph.char) for glyph in glyphs[-TAIL:] if not glyph.gone]
