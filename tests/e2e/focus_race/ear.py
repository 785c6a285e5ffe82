"""The real capture into the real guard, in this process, with a tap that knows what became of every single key."""

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from recorder.capture.backends.x11.backend import X11Backend
from recorder.guard import Guard
from recorder.guard.text import Detector, Masker, Memory
from recorder.guard.typed import Down
from recorder.guard.typing import Run
from recorder.model.consent import Category
from recorder.model.policy import Policy
from recorder.model.raw import RawEvent, RawFocus, RawFrame, RawKey, RawPrivacy, RawSecret, RawWindows, Role
from recorder.model.redacted import EventKind, GapReason, Redacted, RedactedEvent
from recorder.pipeline.inbox import Command, Inbox
from recorder.pipeline.sources import Sources
from tests.e2e.focus_race.losses import is_lost, occasion, standing

NS = 1_000_000_000
# More than a sitting of typed text may last: what is still held then is let go, or never will be.
LATER_NS = 200 * NS
MASKER = Masker(Detector(time.perf_counter), Memory(b"only for tests".ljust(32)))


@dataclass(slots=True)
class Tapped:
    """A keydown as the guard got it, and the guard's own word on it once it had judged it."""

    key: RawKey
    fate: Any  # Run, Down, or what else the keyboard notes
    why: str = ""  # how it came to be withheld

    @property
    def released(self) -> bool:
        """Whether anything that left the guard has this key in it, if only as a part of a count."""
        match self.fate:
            case Run() as run:
                return run.fate is True and self.key.t_ns in run.times
            case Down() as down:
                mine = [stroke for stroke in down.strokes if stroke.t_ns == self.key.t_ns]
                return down.run.fate is True and any(not stroke.lost for stroke in mine)
        return False


@dataclass
class Ear:
    """Use as a context manager; on leaving it the sources are closed and the guard has let go what it ever will."""

    policy: Policy
    keys: list[Tapped] = field(default_factory=list)
    rows: list[Redacted] = field(default_factory=list)
    said: list[RawEvent] = field(default_factory=list)
    failure: BaseException | None = None

    def __enter__(self) -> Self:
        self._inbox = Inbox()
        now_ns = time.monotonic_ns()
        self.guard = Guard(policy=self.policy, categories=frozenset(Category), t0_ns=now_ns, source="race", text=MASKER)
        self._sources = Sources(X11Backend(), self._inbox, lambda _windows: (), min_gap_s=1.0, frames=False)
        self._closing = threading.Event()
        self._heard = threading.Condition()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        self._sources.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sources.close()
        self._closing.set()
        self._thread.join(10)
        if self.failure is not None:
            raise self.failure
        now_ns = time.monotonic_ns()
        for later_ns in range(NS, LATER_NS, NS):
            before = standing(self.guard._keyboard.runs.doubt)
            self.rows += self.guard.tick(now_ns + later_ns)
            self._explain(None, before)
        self.rows += self.guard.close(now_ns + LATER_NS)

    def await_role(self, role: Role | None, timeout_s: float = 6.0) -> bool:
        """Until the focused element is said to be this; None: until any word."""
        with self._heard:
            return self._heard.wait_for(
                lambda: any(
                    isinstance(raw, RawFocus) and raw.window is not None and role in (raw.role, None)
                    for raw in self.said[-3:]
                ),
                timeout_s,
            )

    def await_keys(self, count: int, timeout_s: float = 10.0) -> None:
        """Until so many keydowns were judged."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.keys) >= count, timeout_s), "keys did not arrive"

    def texts(self) -> str:
        """Every character that left the guard."""
        events = [row for row in self.rows if isinstance(row, RedactedEvent)]
        return "".join((row.char or "") + (row.text or "") for row in events)

    def entries(self) -> int:
        """How many visits to a secret field were noted."""
        return sum(isinstance(row, RedactedEvent) and row.kind is EventKind.SECRET_ENTRY for row in self.rows)

    def _explain(self, raw: RawEvent | None, before: dict[int, str]) -> None:
        """Note of each key that has just been withheld how that came."""
        for tapped in self.keys:
            if not tapped.why and is_lost(tapped.fate, tapped.key.t_ns):
                tapped.why = f"{occasion(raw)}: {before.get(tapped.key.t_ns, 'not in doubt')}"

    def _vouch(self, raw: RawEvent) -> None:
        """Whether a browser's window is private is another question than the one that is measured here."""
        if isinstance(raw, RawWindows):
            for window in raw.stack:
                if window.app is not None and window.app.browser:
                    self.rows += self.guard.step(RawPrivacy(t_ns=raw.t_ns, window=window.window, private=False))

    def _work(self) -> None:
        try:
            while not self._closing.is_set():
                self._turn()
        except BaseException as failure:  # noqa: BLE001 - handed to the test's own thread
            self.failure = failure

    def _turn(self) -> None:
        raw = self._inbox.get(0.05)
        if raw is None:
            before = standing(self.guard._keyboard.runs.doubt)
            self.rows += self.guard.tick(time.monotonic_ns())
            self._explain(None, before)
        elif not isinstance(raw, (RawFrame, Command)):
            before = standing(self.guard._keyboard.runs.doubt)
            self.rows += self.guard.step(raw)
            self._vouch(raw)
            self._explain(raw, before)
            with self._heard:
                if isinstance(raw, RawKey) and raw.pressed:
                    fate = self.guard._keyboard.fates.of(raw.keycode)
                    why = f"typed while {fate.value}" if isinstance(fate, GapReason) else ""
                    self.keys.append(Tapped(raw, fate, why))
                if isinstance(raw, (RawFocus, RawSecret)):
                    self.said.append(raw)
                self._heard.notify_all()
