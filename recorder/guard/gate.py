"""The guard: raw events in, redacted rows out, in one order. Time comes in as data; closed unless told otherwise.

Every event passes the same questions, and the first that says no gives the reason: is the gate open (states.py), is
the window known and allowed, is the input secret, does the consent have this category.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from recorder.guard.address import Addresses
from recorder.guard.allowlist import Allowlist
from recorder.guard.books import Books
from recorder.guard.context import Contexts
from recorder.guard.desk import Desk
from recorder.guard.fields import Fields
from recorder.guard.focus import Focus
from recorder.guard.front import Front
from recorder.guard.gaps import FAULT_REASONS, Gaps
from recorder.guard.keyboard import Keyboard
from recorder.guard.mint import Mint
from recorder.guard.picturing import Picturing
from recorder.guard.pointing import Pointing
from recorder.guard.regions import Region
from recorder.guard.screens import Screens
from recorder.guard.secret import Secrecy
from recorder.guard.senses import Senses
from recorder.guard.states import GATE, Gate, Signal
from recorder.guard.targets import Targets
from recorder.guard.text import Masker
from recorder.guard.titles import Titles
from recorder.model.consent import Category
from recorder.model.geometry import Monitor
from recorder.model.policy import Policy
from recorder.model.raw import (
    Fault,
    RawButton,
    RawDamage,
    RawEvent,
    RawFault,
    RawFrame,
    RawKey,
    RawPointer,
    RawWheel,
    RawWindows,
)
from recorder.model.redacted import Channel, GapReason, Redacted, Tally

if TYPE_CHECKING:  # without a rule that asks for words nothing of it is loaded
    from recorder.guard.reveal import Revealer


class Guard:
    """One recording's gate. Not thread-safe but for `keep_plan`."""

    def __init__(
        self,
        *,
        policy: Policy,
        categories: frozenset[Category],
        blocked_apps: frozenset[str] = frozenset(),
        t0_ns: int,
        source: str,
        text: Masker | None = None,
        reader: "Revealer | None" = None,
        screens: tuple[Monitor, ...] = (),
    ) -> None:
        """`text` masks titles, addresses and names of elements; without it none is kept. `reader` shows harmless words
        in pictures of apps whose rule says so; without it all that is text-like is masked. `screens`: the monitors that
        the session states."""
        self._mint = Mint(t0_ns)
        self._screens = Screens(screens)
        self._books = Books()
        self._gaps = Gaps(self._mint)
        self._focus, self._fields = Focus(), Fields()
        self._secrecy = Secrecy(self._focus)
        self._desk = Desk(Allowlist(policy, blocked_apps))
        self._picturing = Picturing(
            self._mint,
            self._books,
            self._gaps,
            self._desk,
            self._secrecy,
            self._fields,
            closed=self._closed,
            reader=reader,
        )
        self._frames = self._picturing.frames
        self._keyboard = Keyboard(
            self._mint,
            self._books,
            self._gaps,
            act=self._frames.action,
            moment=lambda t_ns: self._front.moment(t_ns),
            field=lambda: self._senses.typed_into(),
            masker=text,
        )
        self._contexts = Contexts(self._mint, source, Titles(text), Addresses(text))
        self._targets = Targets(self._mint, text)
        self._pointing = Pointing(
            self._mint,
            self._books,
            self._gaps,
            self._frames,
            self._contexts,
            self._secrecy,
            self._targets,
            closed=self._closed,
        )
        self._senses = Senses(
            self._desk,
            self._focus,
            self._secrecy,
            self._keyboard,
            self._frames,
            self._targets,
            self._fields,
            reconsider=lambda t_ns, out: self._front.reconsider(t_ns, out),
            closed=self._closed,
        )
        self._front = Front(
            self._desk,
            self._focus,
            self._fields,
            self._keyboard,
            self._picturing,
            self._pointing,
            self._contexts,
            watch_secrecy=self._senses.watch_secrecy,
            is_open=lambda: self._state is Gate.OPEN,
        )
        self._state = Gate.OPEN
        self._since_ns = t0_ns  # nothing from before this may be stored
        self._paused_ns = t0_ns
        self._blocked_apps = blocked_apps
        self._policy = policy
        self._rules(policy, categories, blocked_apps)
        self._on: dict[type, Callable[[Any, list[Redacted]], None]] = {
            RawPointer: self._pointing.pointer,
            RawKey: self._on_key,
            RawButton: self._on_button,
            RawWheel: self._pointing.wheel,
            RawWindows: lambda raw, out: self._front.windows(self._screens.windows(raw), out),
            RawDamage: self._on_damage,
            RawFault: self._on_fault,
            **self._senses.handlers,
        }

    # What the pipeline calls.

    def step(self, raw: RawEvent) -> list[Redacted]:
        """One event. Returns what may be stored, in order; a picture of before an action stands before its event."""
        out: list[Redacted] = []
        self._keyboard.tick(raw.t_ns, out)
        self._gaps.tick(raw.t_ns, out)
        self._front.keep_up(raw.t_ns, out)
        self._on[type(raw)](raw, out)
        return out

    def see_frame(self, frame: RawFrame) -> list[Redacted]:
        """One raw frame that ended before the next event. Returns the pictures that it was a reason to keep.

        Raises: ValueError when a patch has not as many bytes as its rectangle needs.
        """
        out: list[Redacted] = []
        self._picturing.see(self._screens.frame(frame), self._front.context_of(frame), out)
        return out

    def keep_plan(self, windows: RawWindows) -> Region:
        """The rectangles whose pixels may be read: disjoint, on the monitors. Any thread."""
        return self._picturing.keep_plan(windows)

    def tick(self, t_ns: int) -> list[Redacted]:
        """Time passes: ends runs and gaps, keeps a changed screen that was not kept for long."""
        out: list[Redacted] = []
        self._keyboard.tick(t_ns, out)
        self._gaps.tick(t_ns, out)
        if self._state is Gate.OPEN:
            self._front.keep_up(t_ns, out)
            self._frames.tick(t_ns, out)
        return out

    def narrow(self, *, categories: frozenset[Category], blocked_apps: frozenset[str], t_ns: int) -> list[Redacted]:
        """The consent got narrower; from the next event on. Raises: ValueError when it would get wider."""
        if not categories <= self._categories or not blocked_apps >= self._blocked_apps:
            raise ValueError("a consent can only get narrower within a recording")
        if categories == self._categories and blocked_apps == self._blocked_apps:
            return []
        return self._new_rules(self._policy, categories, blocked_apps, t_ns)

    def set_policy(self, policy: Policy, t_ns: int) -> list[Redacted]:
        """The volunteer's rules changed; from the next event on."""
        return self._new_rules(policy, self._categories, self._blocked_apps, t_ns)

    def pause(self, t_ns: int) -> list[Redacted]:
        """Nothing from `t_ns` on is stored, nor what is still held from before."""
        out: list[Redacted] = []
        if self._state in (Gate.OPEN, Gate.FAULTED):
            self._paused_ns = t_ns
            # Pausing closes all connections; whoever opens them again says again what is missing.
            self._gaps.finish_lasting(t_ns, out)
            self._state = GATE[self._state, Signal.FAULTS_OVER]
            self._desk.witness.forget()
            self._fields.reset()
            self._shut(Signal.PAUSE, GapReason.PAUSED, t_ns, out)
        return out

    def resume(self, t_ns: int) -> list[Redacted]:
        """The person records again: what happened from `t_ns` on, once the windows are known."""
        out: list[Redacted] = []
        if self._state in (Gate.PAUSED, Gate.PAUSED_FAULTED):
            self._state = GATE[self._state, Signal.RESUME]
            self._since_ns = max(self._since_ns, t_ns)
            out.append(self._mint.paused(self._paused_ns, max(t_ns, self._paused_ns)))
            self._front.refocus(t_ns, out)
        return out

    def fail(self, t_ns: int) -> list[Redacted]:
        """The guard's own code raised: nothing passes any more, for good. The books balance from here on."""
        out: list[Redacted] = []
        if self._state not in (Gate.FAILED, Gate.CLOSED):
            self._gaps.begin(GapReason.GUARD_ERROR, t_ns)
            self._end(Signal.FAIL, GapReason.GUARD_ERROR, t_ns, out)
            self._books.reconcile(GapReason.GUARD_ERROR)  # the event that it broke on was seen and nothing else
        return out

    def close(self, t_ns: int) -> list[Redacted]:
        """The recording ends: what is not certain to be harmless is dropped, every gap ends, the books balance."""
        out: list[Redacted] = []
        if self._state is Gate.CLOSED:
            return out
        self._keyboard.tick(t_ns, out)
        self._end(Signal.CLOSE, GapReason.STOPPED, t_ns, out)
        return out

    def forget(self) -> None:
        """The person deleted the last part: drop what is still held of it, and refer to nothing that may be gone."""
        self._keyboard.drop(GapReason.FORGOTTEN, self._since_ns, [], gap=False)
        self._frames.forget()
        self._frames.forget_last()
        self._targets.forget()
        self._contexts.begin_anew()

    def lost(self, kind: str, count: int) -> None:
        """Book `count` events of a kind that found no room before they came here."""
        self._books.lost(kind, count)

    @property
    def counters(self) -> dict[str, Tally]:
        """The books by kind: pointermove, button, wheel, key, frame. They balance after `close`."""
        return self._books.tallies

    @property
    def withholding(self) -> bool:
        """Whether something in front of the person is not being recorded right now."""
        if self._state is not Gate.OPEN or self._desk.refusal is not None or self._keyboard.secret:
            return True
        return self._gaps.is_open(Channel.FRAMES) or self._gaps.is_open(Channel.POINTER)

    # The gate.

    def _closed(self, t_ns: int) -> GapReason | None:
        """Why nothing passes at all; None when the gate is open."""
        if self._state is Gate.OPEN:
            return None if t_ns >= self._since_ns else GapReason.PAUSED
        if self._state in (Gate.PAUSED, Gate.PAUSED_FAULTED):
            return GapReason.PAUSED
        if self._state is Gate.FAULTED:
            return self._gaps.lasting or GapReason.INPUT_LOST
        return GapReason.GUARD_ERROR if self._state is Gate.FAILED else GapReason.STOPPED

    def _shut(self, signal: Signal, reason: GapReason, t_ns: int, out: list[Redacted]) -> None:
        """Leave the open state: drop what is held, forget what may be stale when the gate opens again."""
        self._state = GATE[self._state, signal]
        # The stretch is stated by its own row; only an end has none, so what it cut off gets one.
        self._keyboard.drop(reason, t_ns, out, gap=reason is GapReason.STOPPED)
        self._keyboard.forget_pressed()
        self._pointing.forget_pressed()
        self._frames.forget()
        self._desk.windows = None
        self._front.refocus(t_ns, out)

    def _end(self, signal: Signal, reason: GapReason, t_ns: int, out: list[Redacted]) -> None:
        if self._state in (Gate.PAUSED, Gate.PAUSED_FAULTED):
            out.append(self._mint.paused(self._paused_ns, max(t_ns, self._paused_ns)))
        self._shut(signal, reason, t_ns, out)
        self._frames.close()
        self._gaps.close(t_ns, out)

    def _on_fault(self, raw: RawFault, out: list[Redacted]) -> None:
        if raw.fault is Fault.ACCESSIBILITY_LOST:
            return self._senses.lost(raw.t_ns, out)
        reason = FAULT_REASONS[raw.fault]
        # Events were lost until now, so a stack that came in between may miss a change. Where the stack itself was the
        # fault, the one that came in since is what ended it.
        if raw.fault is not Fault.WINDOWS_UNKNOWN or not raw.over:
            self._desk.windows = None
        if not raw.over:
            self._gaps.begin(reason, raw.t_ns)
            return self._shut(Signal.FAULT, reason, raw.t_ns, out)
        self._gaps.finish(reason, raw.t_ns, out)
        if self._gaps.lasting is None:
            self._state = GATE[self._state, Signal.FAULTS_OVER]
        return self._front.refocus(raw.t_ns, out)

    # The rules.

    def _rules(self, policy: Policy, categories: frozenset[Category], blocked_apps: frozenset[str]) -> None:
        self._policy, self._categories, self._blocked_apps = policy, categories, blocked_apps
        self._desk.allowlist = Allowlist(policy, blocked_apps)
        self._frames.pacing = policy.pacing
        self._picturing.categories = categories
        self._keyboard.categories = categories
        self._contexts.categories = categories
        self._pointing.categories = categories
        self._targets.categories = categories

    def _new_rules(
        self, policy: Policy, categories: frozenset[Category], blocked_apps: frozenset[str], t_ns: int
    ) -> list[Redacted]:
        out: list[Redacted] = []
        self._rules(policy, categories, blocked_apps)
        self._pointing.forget_apps()
        self._front.reconsider(t_ns, out)
        if Category.APP_NAMES not in categories:
            self._keyboard.runs.forget_apps()
            self._keyboard.typed.forget_apps()
        if Category.KEY_SHAPE not in categories:
            self._keyboard.drop(GapReason.CATEGORY_OFF, t_ns, out, gap=False)
        elif self._desk.refusal is not None:
            self._keyboard.drop(self._desk.refusal, t_ns, out)
        self._keyboard.typed.narrow(self._senses.text_level)
        return out

    def _on_damage(self, raw: RawDamage, _out: list[Redacted]) -> None:
        self._frames.damaged(raw.t_ns)

    # Keys and pointer.

    def _on_key(self, raw: RawKey, out: list[Redacted]) -> None:
        self._books.seen("key")
        closed = self._closed(raw.t_ns)
        if closed is not None:
            self._keyboard.withhold(raw, closed, out, gap=False)
        else:
            self._keyboard.key(raw, self._desk.refusal_at(raw.t_ns), out)

    def _on_button(self, raw: RawButton, out: list[Redacted]) -> None:
        if raw.pressed:
            self._keyboard.interrupted(raw.t_ns)
            self._pointing.press(raw, out)
        else:
            self._pointing.release(raw, out)
