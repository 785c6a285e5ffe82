"""A recording on a desktop in memory: real consent, real guard, real writer; only the platform is scripted."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from recorder.capture.backends.fake import MONITORS, FakeBackend, FakeFrame, FakeIndicator, paint
from recorder.capture.contract import IndicatorState
from recorder.consent.gate import ConsentGate
from recorder.guard import Guard
from recorder.model.policy import AppRule, Policy
from recorder.model.raw import Mods, RawApp, RawButton, RawEvent, RawKey, RawPointer, RawWindow, RawWindows
from recorder.model.redacted import Tally
from recorder.pipeline.inbox import Inbox
from recorder.pipeline.lease import SYSTEM, Clocks, Lease
from recorder.pipeline.prepare import Wish, prepare
from recorder.pipeline.recording import Ended, Recording
from recorder.pipeline.worker import Worker
from recorder.store.policy_file import save_policy
from recorder.store.session import SessionReader
from recorder.store.writer import Writer
from tests.recorded import RecordedHome

CANARY = "Canary-Pelican-4711"
RULE = AppRule(name="Editor", executable="/usr/bin/editor")
MAIL = AppRule(name="Mail", executable="/usr/bin/mail")
EDITOR = RawApp(pid=10, executable="/usr/bin/editor", wm_class="Editor", wm_instance="editor")
BANK = RawApp(pid=20, executable="/usr/bin/bank", wm_class="Bank", wm_instance="bank")
SCREEN = MONITORS[0].rect
ENOUGH_S = 5.0


def until(so: Callable[[], object], timeout_s: float = ENOUGH_S) -> None:
    """Return once it is so."""
    end = time.monotonic() + timeout_s
    while not so():
        assert time.monotonic() < end, "it did not come to that in time"
        time.sleep(0.002)


def now() -> int:
    return time.monotonic_ns()


def windows(app: RawApp = EDITOR, generation: int = 1, t_ns: int | None = None) -> RawWindows:
    """One window over the whole screen, with the keyboard."""
    one = RawWindow(
        window=generation, rect=SCREEN, app=app, title="", see_through=False, own=False, override_redirect=False
    )
    return RawWindows(
        t_ns=now() if t_ns is None else t_ns,
        generation=generation,
        stack=(one,),
        focused=generation,
        monitors=MONITORS,
        composited=False,
    )


def click(t_ns: int | None = None, *, pressed: bool = True, x: int = 40) -> RawButton:
    at = now() if t_ns is None else t_ns
    return RawButton(t_ns=at, x=x, y=30, button=1, pressed=pressed, mods=Mods.NONE, injected=False)


def move(x: int = 40, t_ns: int | None = None) -> RawPointer:
    return RawPointer(t_ns=now() if t_ns is None else t_ns, x=x, y=30, injected=False)


def key(text: str = "h", t_ns: int | None = None, *, pressed: bool = True) -> RawKey:
    at = now() if t_ns is None else t_ns
    return RawKey(t_ns=at, keycode=43, keysym=text, text=text, pressed=pressed, mods=Mods.NONE, injected=False)


def shown(t_ns: int | None = None, colour: tuple[int, int, int] = (10, 200, 30), generation: int = 1) -> FakeFrame:
    """The editor over the whole screen, in one colour."""
    at = now() if t_ns is None else t_ns
    return FakeFrame(t_ns=at, windows=windows(EDITOR, generation, at), picture=paint(MONITORS, (SCREEN, colour)))


class Desk(FakeBackend):
    """The fake, with the editor in front, and parts that a test may replace before they are asked for."""

    def __init__(self, script: list[RawEvent] | None = None, **parts: Any) -> None:
        super().__init__([windows(), *(script or [])])
        for name, part in parts.items():
            setattr(self, f"_{name}", part)

    def happen(self, *events: RawEvent) -> None:
        self.input_source().push(*events)

    @property
    def badge(self) -> FakeIndicator:
        return self.indicator()


@dataclass(slots=True)
class Running:
    """A recording that runs in a thread; `ended` or `raised` holds how it came out of `run`."""

    home: RecordedHome
    desk: Desk
    recording: Recording
    watched: list[Mapping[str, Any]] = field(default_factory=list)
    ended: Ended | None = None
    raised: BaseException | None = None
    thread: threading.Thread | None = None

    def start(self, seconds: float | None = None) -> None:
        self.thread = threading.Thread(target=self._run, args=(seconds,), name="supervisor", daemon=True)
        self.thread.start()

    def _run(self, seconds: float | None) -> None:
        try:
            self.ended = self.recording.run(seconds=seconds, watch=self.watched.append)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.raised = error

    def wait(self, timeout_s: float = ENOUGH_S) -> Ended:
        assert self.thread is not None
        self.thread.join(timeout_s)
        assert not self.thread.is_alive(), "the recording has not ended"
        if self.raised is not None:
            raise self.raised
        assert self.ended is not None
        return self.ended

    @property
    def alive(self) -> bool:
        return self.thread is not None and self.thread.is_alive()

    def stop(self) -> Ended:
        self.recording.stop()
        return self.wait()

    def status(self) -> Mapping[str, Any]:
        return self.recording.status()

    def stored(self, count: int) -> None:
        """Wait until so many events are stored."""
        until(lambda: self.status()["events"] >= count)

    @property
    def reader(self) -> SessionReader:
        return SessionReader(self.home.path, self.recording.session_id, self.home.unlocked)

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        rows = self.reader.table("events").to_pylist()
        return [row for row in rows if not kinds or row["kind"] in kinds]


class Sleeper:
    """The clocks of a machine that sleeps when the test says so, and whose time of day anybody can set."""

    def __init__(self) -> None:
        self.slept_ns = 0
        self.set_us = 0

    def sleep(self, seconds: float) -> None:
        self.slept_ns += round(seconds * 1e9)

    def set_clock(self, seconds: float) -> None:
        """Forward, or back when negative; time asleep is not lost, as on a machine with a clock of its own."""
        self.set_us += round(seconds * 1e6)

    def wall_us(self) -> int:
        return time.time_ns() // 1000 + self.slept_ns // 1000 + self.set_us

    def boot_ns(self) -> int:
        return time.monotonic_ns() + self.slept_ns

    @property
    def clocks(self) -> Clocks:
        return Clocks(boot_ns=self.boot_ns, wall_ns=lambda: self.wall_us() * 1000)


def prepared(home: RecordedHome, desk: Desk, policy: Policy | None = None, sleeper: Sleeper | None = None) -> Recording:
    save_policy(home.path, policy or Policy(apps=(RULE,)))
    gate = ConsentGate.open(home.path, home.head, sleeper)
    return prepare(home.path, gate, lambda: desk, Wish(), SYSTEM if sleeper is None else sleeper.clocks)


@contextmanager
def running(
    home: RecordedHome, desk: Desk | None = None, seconds: float | None = None, sleeper: Sleeper | None = None
) -> Iterator[Running]:
    """From the moment it records; stopped at the end of the block, if nothing else has stopped it."""
    desk = desk or Desk()
    run = Running(home, desk, prepared(home, desk, sleeper=sleeper))
    run.start(seconds)
    try:
        until(lambda: desk.badge.shown[-1:] == [IndicatorState.RECORDING] or not run.alive)
        yield run
    finally:
        run.recording.stop()
        assert run.thread is not None
        run.thread.join(ENOUGH_S)


def balanced(books: Mapping[str, Tally]) -> bool:
    return all(tally.balances for tally in books.values())


class WatchedGuard(Guard):
    """The real guard, which notes in which order it was shown what."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.order: list[tuple[str, int]] = []

    def step(self, raw: RawEvent) -> Any:
        self.order.append(("event", raw.t_ns))
        return super().step(raw)

    def see_frame(self, frame: Any) -> Any:
        self.order.append(("frame", frame.t_end_ns))
        return super().see_frame(frame)


@dataclass(slots=True)
class Bench:
    """A worker beside its inbox, without any source."""

    home: RecordedHome
    inbox: Inbox
    guard: WatchedGuard
    writer: Writer
    worker: Worker
    session_id: str
    taken: list[int]

    def finish(self) -> list[dict[str, Any]]:
        """Stop, and read what was stored."""
        self.worker.stop()
        assert self.worker.join(ENOUGH_S)
        return self.rows()

    def rows(self) -> list[dict[str, Any]]:
        reader = SessionReader(self.home.path, self.session_id, self.home.unlocked)
        return reader.table("events").to_pylist()  # type: ignore[no-any-return]


def bench(home: RecordedHome, capacity: int = 20_000) -> Bench:
    from recorder.pipeline.prepare import _start

    grant = home.grant()
    policy = Policy(apps=(RULE,))
    start = _start(grant, policy, Desk(), Wish(), SYSTEM, ())
    writer = Writer(home.path, start, grant, home.unlocked.recipient, floor_bytes=0)
    guard = WatchedGuard(policy=policy, categories=grant.categories, t0_ns=start.t0_ns, source="fake")
    inbox, taken = Inbox(capacity), [0]

    def frame_taken() -> None:
        taken[0] += 1

    # Nobody supervises it, so its time stands still.
    worker = Worker(inbox, guard, writer, Lease(Clocks(boot_ns=lambda: 0), grant), frame_taken=frame_taken)
    return Bench(home, inbox, guard, writer, worker, start.session_id, taken)
