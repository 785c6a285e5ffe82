"""Keys of the focused window: acts out the `KEYS` table of states.py. A keyup shares the fate of its keydown.

Text that goes into a field whose app has a closer level than a count (`Field`) is kept by the `typed` package instead
of a run of typing.py; all else about it, the secret visits above all, is the same.
"""

from collections.abc import Callable

from recorder.guard.books import Books
from recorder.guard.fates import Aggregated, Fates, Stored
from recorder.guard.gaps import Gaps
from recorder.guard.keyrows import KeyRows, Moment
from recorder.guard.keys import PASTES, classify, edits
from recorder.guard.mint import Mint
from recorder.guard.secret import Visit
from recorder.guard.states import KEYS, Deed, KeySignal, Typing
from recorder.guard.text import Masker
from recorder.guard.typed import Down, Field, Held, TypedRun
from recorder.guard.typing import SILENCE_NS, Run, Runs
from recorder.model.consent import Category
from recorder.model.raw import RawKey, SecretSource
from recorder.model.redacted import Channel, GapReason, Redacted

SENSOR_NS = 1_000_000_000
ENTERS = frozenset(("Return", "KP_Enter"))


class Keyboard:
    """The state of typing in the focused window."""

    def __init__(
        self,
        mint: Mint,
        books: Books,
        gaps: Gaps,
        *,
        act: Callable[[int, list[Redacted]], None],
        moment: Callable[[int], Moment],
        field: Callable[[], Field | None],
        masker: Masker | None,
    ) -> None:
        """`field`: where text goes now, if its app's rule says more than a count and it is known to be harmless."""
        self._mint, self._books, self._gaps = mint, books, gaps
        self._act, self._field = act, field  # `act` mints the picture before an action
        self._rows = KeyRows(mint, moment, masker)
        self._categories: frozenset[Category] = frozenset()
        self.runs = Runs(mint, books)
        self.typed = Held(mint, books, self.runs.doubt, masker)
        self.state = Typing.NOTHING
        self._visit: Visit | None = None
        self._entered = False  # the visit has left its row
        self.fates = Fates()

    @property
    def categories(self) -> frozenset[Category]:
        """What the consent covers."""
        return self._categories

    @categories.setter
    def categories(self, granted: frozenset[Category]) -> None:
        self._categories = self.typed.categories = self._rows.categories = granted

    # Events.

    def withhold(self, key: RawKey, reason: GapReason, out: list[Redacted], *, gap: bool = True) -> None:
        """The gate is closed, or the focused window is not allowed: nothing of the key is kept."""
        if key.pressed:
            self.fates.note(key.keycode, reason)
        else:
            self.fates.take(key.keycode)
        self._withheld(reason, key.t_ns, out, gap=gap)

    def key(self, key: RawKey, refusal: GapReason | None, out: list[Redacted]) -> None:
        """One key in an open gate; `refusal` says why the focused window may not be recorded."""
        if not key.pressed:
            return self._up(key, out)
        signal, name = classify(key)
        if refusal is not None:
            # Told apart so that nothing about typing is stated where the consent has no typing in it.
            reason = refusal if self._granted(signal) else GapReason.CATEGORY_OFF
            self.withhold(key, reason, out)
        else:
            self._down(key, signal, name, out)
        if signal is KeySignal.ACTION:
            self.runs.doubt.cause(key.t_ns, enters=key.keysym in ENTERS)
        elif signal is KeySignal.TEXT:
            self.runs.doubt.typed(key.t_ns, edits=edits(key))
        return None

    def step(self, signal: KeySignal, t_ns: int) -> Deed:
        """Follow the table for what is not a key. Only closing a run is acted out here."""
        self.state, deed = KEYS[self.state, signal]
        if deed is Deed.CLOSE_RUN:
            self.runs.close(t_ns)
        return deed

    def interrupted(self, t_ns: int) -> None:
        """A click: ends the run and may move the focus. The caret may be elsewhere now."""
        self.step(KeySignal.BREAK, t_ns)
        self.runs.doubt.cause(t_ns)
        self.typed.click(self._field())

    def elsewhere(self, t_ns: int) -> None:
        """Another window: ends the run."""
        self.step(KeySignal.BREAK, t_ns)
        self.typed.leave()
        self.runs.doubt.elsewhere(t_ns)

    def refocused(self, t_ns: int) -> None:
        """Another element has the keyboard: ends the run."""
        self.step(KeySignal.BREAK, t_ns)
        self.typed.leave()

    def unsure(self, window: int | None, element: str | None, t_ns: int) -> None:
        """The focus is on something that is not known to be harmless: of what may have gone there a count is left."""
        self.typed.demote_since(self.runs.doubt.since(t_ns, element), None if window is None else (window, element))

    def tick(self, t_ns: int, out: list[Redacted]) -> None:
        """Time passed: silence ends a run, and held runs become rows."""
        self.runs.doubt.expire(t_ns)
        lost = self.runs.doubt.lost()
        for lost_ns in lost:
            self.runs.take_back(lost_ns, lost_ns)
        if lost:
            self.typed.take_back(frozenset(lost))
        if not self.typed.idle:
            self.typed.tick(t_ns, out)
        if self.runs.idle:
            return
        if self.runs.open is not None and self.runs.silent_at(t_ns):
            self.step(KeySignal.BREAK, self.runs.open.last_ns + SILENCE_NS)
        self.runs.release(t_ns, out)

    def secrecy(
        self,
        visit: Visit | None,
        t_ns: int,
        out: list[Redacted],
        *,
        announced: bool = False,
        source: SecretSource | None = None,
    ) -> None:
        """Whether input is secret now, and which visit that is. `announced`: by a word on the focused element, and
        `announced_secret` follows. `source`: by this sensor."""
        if visit == self._visit:
            return
        self._visit, self._entered = visit, False
        self.step(KeySignal.SECRET_OFF if visit is None else KeySignal.SECRET_ON, t_ns)
        if visit is not None and not announced:
            since_ns = self.runs.doubt.since_cause(t_ns, enters=source is SecretSource.TERMINAL_ECHO_OFF)
            # Text that is kept by its words is not trusted to a sensor that may come late: nor is what nothing took.
            doubtful_ns = min(since_ns, t_ns - SENSOR_NS, self.runs.doubt.since(t_ns))
            self._enter(self.typed.cut_since(doubtful_ns), t_ns, out)
            self._drop_since(since_ns, t_ns, out)

    def announced_secret(self, element: str | None, t_ns: int, out: list[Redacted]) -> None:
        """The focus is said to be on a secret element: what is in doubt until then is part of the visit."""
        if self._visit is not None:
            self._drop_since(self.runs.doubt.since(t_ns, element), t_ns, out)
        self.runs.doubt.secret(element)

    def secret_place(self, window: int | None, element: str | None, t_ns: int, out: list[Redacted]) -> None:
        """An element turned out to be secret, focused or not: so is what was typed into it before and is still held."""
        starts = self.typed.drop_place(window, element, t_ns)
        if self._visit is not None:
            self._enter(starts, t_ns, out)

    def _drop_since(self, since_ns: int, t_ns: int, out: list[Redacted]) -> None:
        starts = [run.first_ns for run in self.runs.drop_since(since_ns)]
        self._enter(starts + self.typed.cut_since(since_ns), t_ns, out)

    def drop(self, reason: GapReason, t_ns: int, out: list[Redacted], *, gap: bool = True) -> None:
        """Nothing that is still held may be kept: a pause, a fault, the end, a narrower consent."""
        self.step(KeySignal.BREAK, t_ns)
        for run in self.runs.drop_all(reason):
            if gap:
                self._gaps.withhold(Channel.KEYS, reason, run.first_ns, out)
                self._gaps.withhold(Channel.KEYS, reason, run.last_ns, out)
        if reason is GapReason.STOPPED:
            self.typed.finish(t_ns, out)
        spans = self.typed.drop_all(reason)
        if gap:
            out += [self._mint.gap(Channel.KEYS, reason, first_ns, last_ns) for first_ns, last_ns in spans]

    def forget_pressed(self) -> None:
        """Events were lost: which keys are down is not known any more."""
        self.fates.forget()

    @property
    def secret(self) -> bool:
        """Whether what is typed now is secret."""
        return self.state is Typing.SECRET

    # Keydowns, by the deed that the table names.

    def _down(self, key: RawKey, signal: KeySignal, name: str | None, out: list[Redacted]) -> None:
        if signal is KeySignal.TEXT and not self._granted(signal) and not self.secret:
            return self.withhold(key, GapReason.CATEGORY_OFF, out)
        if self.runs.silent_at(key.t_ns):
            self.tick(key.t_ns, out)
        # The mark goes to the run that the paste continues, before the table closes it.
        if name in PASTES and self.runs.open is not None and not self.secret:
            self.runs.open.pasted = True
        if self._goes_on_typed(key, signal, name, out):
            return None
        self.state, deed = KEYS[self.state, signal]
        match deed:
            case Deed.WITHHOLD:
                self._withhold_secret(key, out)
            case Deed.OPEN_RUN | Deed.EXTEND:
                self._extend(key, signal, out)
            case Deed.STORE | Deed.CLOSE_AND_STORE:
                if deed is Deed.CLOSE_AND_STORE:
                    self.runs.close(key.t_ns)
                self._store(key, signal, name or "", out)
            case Deed.AGGREGATE:
                self._aggregate(key)
            case _:
                raise AssertionError(f"a key can't lead to {deed}")
        return None

    def _goes_on_typed(self, key: RawKey, signal: KeySignal, name: str | None, out: list[Redacted]) -> bool:
        """Whether the key is part of a run that is kept more closely than by a count; an action is told to it."""
        # Modifiers are counted and have no rows: what they did stands in the characters.
        none = self.secret or signal in (KeySignal.CHORD, KeySignal.MODIFIER)
        field = None if none else self._field()
        if field is None:
            return False
        if signal is KeySignal.ACTION:
            self.typed.act(name or "", field, pasted=name in PASTES)
            return False
        self.step(KeySignal.BREAK, key.t_ns)
        self._gaps.kept(Channel.KEYS, out)

        def begin(number: int) -> TypedRun:
            self._act(key.t_ns, out)
            return self._rows.typed_run(key, number, field)

        fate = self.fates.of(key.keycode)
        before = fate if isinstance(fate, Down) else None
        self.fates.note(key.keycode, self.typed.press(key, field, before, begin, out))
        return True

    def _withhold_secret(self, key: RawKey, out: list[Redacted]) -> None:
        self.fates.note(key.keycode, GapReason.SECRET_INPUT)
        self._books.withheld("key", GapReason.SECRET_INPUT)
        self._enter_once(key.t_ns, out)

    def _enter(self, starts: list[int], t_ns: int, out: list[Redacted]) -> None:
        """`starts`: when what is dropped for the visit was begun."""
        if starts:
            self._enter_once(min(t_ns, *starts), out)

    def _enter_once(self, t_ns: int, out: list[Redacted]) -> None:
        if self._entered:
            return
        self._entered = True
        if self._granted(KeySignal.TEXT) or self._granted(KeySignal.ACTION):
            out.append(self._rows.secret_entry(t_ns))

    def _extend(self, key: RawKey, signal: KeySignal, out: list[Redacted]) -> None:
        run = self.runs.open or self._open(key, out)
        if signal is KeySignal.TEXT:
            run.keys += 1
            run.last_ns = key.t_ns
            run.times.append(key.t_ns)
            run.edited |= edits(key)
        run.events += 1
        self.fates.note(key.keycode, run)
        self._gaps.kept(Channel.KEYS, out)

    def _open(self, key: RawKey, out: list[Redacted]) -> Run:
        self._act(key.t_ns, out)
        run = self._rows.run(key)
        self.runs.begin(run)
        return run

    def _store(self, key: RawKey, signal: KeySignal, name: str, out: list[Redacted]) -> None:
        if signal is KeySignal.ACTION and (self._granted(signal) or name in PASTES):
            self._act(key.t_ns, out)
        if not self._granted(signal):
            self.withhold(key, GapReason.CATEGORY_OFF, out)
        else:
            self.fates.note(key.keycode, Stored(name))
            self._row(key, name, out)
        if name in PASTES and (self._granted(KeySignal.TEXT) or self._granted(KeySignal.ACTION)):
            out.append(self._rows.paste(key))

    def _row(self, key: RawKey, name: str, out: list[Redacted]) -> None:
        self._gaps.kept(Channel.KEYS, out)
        self._books.stored("key")
        out.append(self._rows.key(key, name))

    def _aggregate(self, key: RawKey) -> None:
        self.fates.note(key.keycode, Aggregated())
        self._books.aggregated("key")

    # Keyups, by the fate of their keydown.

    def _up(self, key: RawKey, out: list[Redacted]) -> None:
        fate = self.fates.take(key.keycode)
        match fate:
            case Stored(name):
                self._up_stored(key, name, out)
            case Aggregated():
                self._books.aggregated("key")
            case Run():
                self._up_run(fate)
            case Down():
                self.typed.release(key, fate)
            case GapReason():
                reason = fate if self._granted(classify(key)[0]) else GapReason.CATEGORY_OFF
                self._withheld(reason, key.t_ns, out, gap=reason is not GapReason.SECRET_INPUT)

    def _up_stored(self, key: RawKey, name: str, out: list[Redacted]) -> None:
        if Category.SHORTCUTS in self.categories:
            self._row(key, name, out)
        else:
            self._withheld(GapReason.CATEGORY_OFF, key.t_ns, out, gap=False)

    def _up_run(self, run: Run) -> None:
        if run.fate is None:
            run.events += 1
        elif run.fate is True:
            self._books.aggregated("key")
        elif isinstance(run.fate, GapReason):
            self._books.withheld("key", run.fate)

    def _withheld(self, reason: GapReason, t_ns: int, out: list[Redacted], *, gap: bool) -> None:
        self._books.withheld("key", reason)
        if gap:
            self._gaps.withhold(Channel.KEYS, reason, t_ns, out)

    def _granted(self, signal: KeySignal) -> bool:
        """Whether the consent covers keys of this kind. Shift and AltGr are part of either."""
        if signal is KeySignal.MODIFIER:
            return bool({Category.KEY_SHAPE, Category.SHORTCUTS} & self.categories)
        return (Category.KEY_SHAPE if signal is KeySignal.TEXT else Category.SHORTCUTS) in self.categories
