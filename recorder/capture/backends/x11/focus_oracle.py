"""Secrecy on a Linux X11 desktop: the focused element (AT-SPI2), terminals with echo off, the locked screen.

One thread, one poll over a wake-up pipe and up to three D-Bus sockets; every question is bounded in time.
"""

import select
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from recorder.capture.backends.x11 import atspi
from recorder.capture.backends.x11.atspi import Atspi
from recorder.capture.backends.x11.atspi_wire import registry_left
from recorder.capture.backends.x11.bus import Bus, BusLostError, InterruptedCallError, Waker
from recorder.capture.backends.x11.focus_tracker import FocusTracker
from recorder.capture.backends.x11.session_lock import SessionLock
from recorder.capture.backends.x11.sight import Sight
from recorder.capture.backends.x11.targets import Press
from recorder.capture.backends.x11.terminal import TerminalWatch
from recorder.capture.contract import Ask, Emit, FocusOracle
from recorder.errors import PlatformError
from recorder.model.raw import Fault, RawApp, RawFault, RawSecret, RawWindow, SecretSource

# Opening may have to wait for the accessibility bus to be started; a reconnect only tries, and tries again.
_OPEN_TIMEOUT_S = 2.0
# Nothing else is looked at meanwhile; but a bus that answers late must be waited for at some time.
_RECONNECT_TIMEOUTS_S = (0.3, 0.3, 0.3, 0.6, 1.2)  # the last one again and again
_RECONNECT_AFTER_S = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_RECONNECT_EVERY_S = 30.0  # when all of these have passed
# Giving back the accessibility setting must not hold up closing.
_GOODBYE_S = 0.03
_MAX_PRESSES = 4
_TURN_MS = 900  # to show that the thread is there


@dataclass(slots=True)
class _Links:
    """The connections of one stretch of listening."""

    session: Bus
    atspi: Atspi
    lock: SessionLock
    enabled_before: bool | None

    @classmethod
    def connect(cls, waker: Waker, *, timeout_s: float) -> Self:
        """Raises: BusLostError, InterruptedCallError."""
        deadline_s = time.monotonic() + timeout_s
        session = Bus("SESSION", waker, deadline_s=deadline_s)
        opened: list[Bus | SessionLock] = [session]
        try:
            lock = SessionLock(session, waker, deadline_s=deadline_s)
            opened.append(lock)
            found = Atspi.connect(session, waker, deadline_s=deadline_s)
            opened.append(found.bus)
            enabled_before = atspi.is_enabled(session, deadline_s=deadline_s)
            atspi.set_enabled(session, True, deadline_s=deadline_s)
        except BaseException:
            for part in opened:
                part.close()
            raise
        return cls(session, found, lock, enabled_before)

    def restore(self) -> None:
        """Leave the desktop's accessibility setting as it was, unless someone has come to depend on it."""
        if self.enabled_before is not False:
            return
        if not atspi.screen_reader_runs(self.session, deadline_s=time.monotonic() + _GOODBYE_S):
            atspi.set_enabled(self.session, False, deadline_s=time.monotonic() + _GOODBYE_S)

    def buses(self) -> list[Bus]:
        return [self.session, self.atspi.bus, *([self.lock.system] if self.lock.system is not None else [])]

    def close(self) -> None:
        self.lock.close()
        self.atspi.bus.close()
        self.session.close()


@dataclass(frozen=True, slots=True, repr=False)
class _WindowChange:
    t_ns: int
    window: int | None
    pid: int | None


class X11FocusOracle(FocusOracle):
    """See `FocusOracle`. `open` takes at most about two seconds, `close` makes `run` return within 100 ms."""

    def __init__(self) -> None:
        self._emit: Emit = _drop
        # Bounded: of changes that nobody came to handle only the last ones matter.
        self._changes: deque[_WindowChange] = deque(maxlen=1024)
        self._nudged = False
        self._closed = False
        self._running = False
        self._interruptible = False
        self._waker = Waker(self._is_urgent)
        self._links: _Links | None = None
        self._retries_s: deque[float] = deque()
        self._tries = 0
        self._lost = False
        self._tracker = FocusTracker(lambda focus: self._emit(focus))
        self._sight = Sight(lambda event: self._emit(event))
        self._presses: deque[Press] = deque(maxlen=_MAX_PRESSES)
        self._asked: frozenset[Ask] | None = None
        self._shown: tuple[RawWindow, ...] | None = None
        self._painted = False
        self._looking = False
        self._terminal = TerminalWatch()
        self._secrets_on: set[SecretSource] = set()

    def open(self) -> None:
        self._closed, self.turned_ns = False, None
        self._waker.is_urgent = self._is_urgent
        try:
            self._links = _Links.connect(self._waker, timeout_s=_OPEN_TIMEOUT_S)
        except (BusLostError, InterruptedCallError) as error:
            raise PlatformError(
                f"accessibility can't be reached: {error or 'closed'}",
                hint="record from inside a desktop session (DBUS_SESSION_BUS_ADDRESS) with at-spi2-core installed",
            ) from None

    def run(self, emit: Emit) -> None:
        self._running = True
        self.turned_ns = time.monotonic_ns()
        self._emit = emit
        try:
            self._start()
            while not self._closed:
                self.turned_ns = time.monotonic_ns()
                self._turn()
        finally:
            self._hang_up()
            self._running = False

    def window_focused(self, window: int | None, app: RawApp | None) -> None:
        self._changes.append(_WindowChange(time.monotonic_ns(), window, app.pid if app is not None else None))
        self._waker.wake()

    def nudge(self) -> None:
        if not self._nudged:
            self._nudged = True
            self._waker.wake()

    def ask(self, asked: frozenset[Ask]) -> None:
        self._asked = asked
        self._waker.wake()

    def pressed(self, t_ns: int, x: int, y: int, window: int | None) -> None:
        self._presses.append(Press(t_ns=t_ns, x=x, y=y, window=window))
        self._waker.wake()

    def windows_shown(self, windows: Sequence[RawWindow]) -> None:
        self._shown = tuple(windows)
        self._waker.wake()

    def painted(self) -> None:
        if not self._painted:
            self._painted = True
            self._waker.wake()

    def close(self) -> None:
        self._closed = True
        self._waker.wake()
        if not self._running:
            self._hang_up()

    def _is_urgent(self) -> bool:
        return self._closed or (self._interruptible and bool(self._changes)) or (self._looking and self._has_secrets())

    def _has_secrets(self) -> bool:
        """Whether something has come that decides what is secret: whatever else is being asked has to wait."""
        return self._nudged or self._has_signals()

    def _start(self) -> None:
        if self._links is None:
            self._lose()
        else:
            self._adopt(self._links)

    def _turn(self) -> None:
        """One round: first what must not wait, then what may ask the bus, then sleep."""
        try:
            self._take_window_changes()
            self._take_nudge()
            self._interruptible = True
            self._take_signals()
            self._tracker.run_due(time.monotonic())
        except InterruptedCallError:
            # Whatever was being asked is not known now.
            self._tracker.doubt(time.monotonic_ns())
        except BusLostError:
            self._lose()
        finally:
            self._interruptible = False
        self._check_terminal_if_due()
        self._look_around()
        self._reconnect_if_due()
        self._sleep()

    def _look_around(self) -> None:
        """Everything that is not about secrets: last, one question a round, given up when something urgent comes."""
        self._take_sights()
        self._interruptible = self._looking = True
        try:
            self._sight.run_due(time.monotonic())
        except BusLostError:
            self._lose()
        finally:
            self._interruptible = self._looking = False

    def _has_sights(self) -> bool:
        return bool(self._presses) or self._painted or self._asked is not None or self._shown is not None

    def _take_sights(self) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            self._sight.ask(asked)
            self._tracker.names_wanted = Ask.NAMES in asked
        shown, self._shown = self._shown, None
        if shown is not None:
            self._sight.show(shown)
        if self._painted:
            self._painted = False
            self._sight.painted()
        while self._presses:
            self._sight.press(self._presses.popleft())

    def _take_window_changes(self) -> None:
        while self._changes:
            change = self._changes.popleft()
            self._tracker.focus_window(change.t_ns, change.window, change.pid)
            self._sight.focus(change.window)
            if change.pid != self._terminal.pid:
                self._report(SecretSource.TERMINAL_ECHO_OFF, self._terminal.focus(change.pid, time.monotonic()))

    def _take_nudge(self) -> None:
        if not self._nudged:
            return
        self._nudged = False
        now_s = time.monotonic()
        self._report(SecretSource.TERMINAL_ECHO_OFF, self._terminal.nudge(now_s))
        self._tracker.nudge(now_s)
        self._sight.stir()

    def _take_signals(self) -> None:
        if self._links is None:
            return
        for bus in (self._links.session, self._links.atspi.bus):
            bus.receive()
        self._links.lock.pump_system()
        while self._links.session.signals:
            self._links.lock.handle(self._links.session.signals.popleft())
        self._report(SecretSource.SCREEN_LOCKED, self._links.lock.locked)
        signals = self._links.atspi.bus.signals
        while signals:
            signal = signals.popleft()
            if registry_left(signal):
                # What it was asked to be told, its successor does not know; applications that come ask that one.
                raise BusLostError("the accessibility registry is gone")
            self._tracker.handle(signal, is_newest=not signals)
            self._sight.handle(signal)

    def _has_signals(self) -> bool:
        """Signals that came in while something else was awaited: no socket will announce them again."""
        return self._links is not None and any(bus.signals for bus in self._links.buses())

    def _check_terminal_if_due(self) -> None:
        now_s = time.monotonic()
        due_s = self._terminal.due_s(now_s)
        if due_s is not None and due_s <= now_s:
            self._report(SecretSource.TERMINAL_ECHO_OFF, self._terminal.check(now_s))

    def _report(self, source: SecretSource, active: bool) -> None:
        if active == (source in self._secrets_on):
            return
        self._secrets_on ^= {source}
        self._emit(RawSecret(t_ns=time.monotonic_ns(), source=source, active=active))

    def _lose(self) -> None:
        """No bus any more: say so, forget what it said, and plan the attempts to get it back."""
        if self._links is not None:
            self._links.close()
            self._links = None
        if not self._lost:
            self._lost = True
            self._emit(RawFault(t_ns=time.monotonic_ns(), fault=Fault.ACCESSIBILITY_LOST))
        self._tracker.detach()
        self._sight.attach(None)
        now_s = time.monotonic()
        self._retries_s, self._tries = deque(now_s + after_s for after_s in _RECONNECT_AFTER_S), 0

    def _reconnect_if_due(self) -> None:
        if self._links is not None or not self._retries_s or self._retries_s[0] > time.monotonic():
            return
        self._retries_s.popleft()
        if not self._retries_s:
            self._retries_s.append(time.monotonic() + _RECONNECT_EVERY_S)
        timeout_s = _RECONNECT_TIMEOUTS_S[min(self._tries, len(_RECONNECT_TIMEOUTS_S) - 1)]
        self._tries += 1
        try:
            links = _Links.connect(self._waker, timeout_s=timeout_s)
        except (BusLostError, InterruptedCallError):
            return
        self._adopt(links)

    def _adopt(self, links: _Links) -> None:
        self._links = links
        self._retries_s.clear()
        if self._lost:
            self._lost = False
            self._emit(RawFault(t_ns=time.monotonic_ns(), fault=Fault.ACCESSIBILITY_LOST, over=True))
        self._report(SecretSource.SCREEN_LOCKED, links.lock.locked)
        self._tracker.attach(links.atspi)
        self._sight.attach(links.atspi)

    def _sleep(self) -> None:
        """Until a socket, the pipe or a due time."""
        if self._closed or self._changes or self._has_secrets() or self._has_sights():
            return
        poller = select.poll()
        for fd in (self._waker.fd, *(bus.fileno() for bus in (self._links.buses() if self._links else []))):
            poller.register(fd, select.POLLIN)
        now_s = time.monotonic()
        dues_s = (
            self._tracker.due_s(),
            self._sight.due_s(),
            self._terminal.due_s(now_s),
            self._retries_s[0] if self._retries_s else None,
        )
        due_s = min((due for due in dues_s if due is not None), default=None)
        # Rounded up: waking a fraction of a millisecond early would only turn the loop once more.
        poller.poll(_TURN_MS if due_s is None else min(_TURN_MS, max(0, int((due_s - now_s) * 1000) + 1)))
        self._waker.drain()

    def _hang_up(self) -> None:
        links, self._links = self._links, None
        if links is None:
            return
        self._waker.is_urgent = _never
        try:
            links.restore()
        except BusLostError:
            pass  # nothing left to restore it on
        finally:
            links.close()


def _drop(_event: object) -> None:
    """Before `run` there is nobody to tell."""


def _never() -> bool:
    return False
