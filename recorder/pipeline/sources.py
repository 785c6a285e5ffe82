"""The three capture threads as one thing: opened together, closed together. A pause closes them; it is not a flag."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Sequence

from recorder.capture.contract import Ask, Backend, Emit, FocusOracle, Grabber, InputSource, KeepPlan
from recorder.errors import PlatformError, RecorderError
from recorder.guard.allowlist import Allowlist
from recorder.guard.regions import topmost
from recorder.model.consent import Category
from recorder.model.geometry import Rect
from recorder.model.policy import Policy
from recorder.model.raw import Fault, RawButton, RawDamage, RawEvent, RawFault, RawKey, RawWindows
from recorder.pipeline.asks import asks
from recorder.pipeline.inbox import Inbox

JOIN_TIMEOUT_S = 1.0
RETRY_S = 0.2
LOOK_S = 1.0  # how long a still screen waits for a window that is allowed by now
OPEN_TIMEOUT_S = 10.0
# Frames that the worker has not taken yet. Two: one being masked, one waiting; the screen is asked no faster than that.
FRAME_SLOTS = 2


class Sources:
    """Input, focus and frames of one backend, delivering into one inbox.

    `died` names the first thread that ended without being asked to, with the type of its error; the supervisor stops
    the recording then. No message of an exception is kept: it could carry what was captured.
    """

    def __init__(self, backend: Backend, inbox: Inbox, plan: KeepPlan, *, min_gap_s: float, frames: bool) -> None:
        self._backend = backend
        self._inbox = inbox
        self._plan = plan
        self.min_gap_s = min_gap_s
        self._with_frames = frames
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._parts: list[InputSource | FocusOracle | Grabber] = []
        self._input: InputSource | None = None
        self._oracle: FocusOracle | None = None
        self._focused: int | None = None
        self._windows: RawWindows | None = None
        self._showing = threading.Lock()
        self._deaf = False  # accessibility could not be opened
        self._planned: tuple[RawWindows, Sequence[Rect]] | None = None  # what was planned for the last grab's windows
        # What is of use, and whose windows: nothing and nobody's until the rules in force are known.
        self._asked: frozenset[Ask] = frozenset()
        self._allowlist = Allowlist(Policy(), frozenset())
        self._frame_slots = threading.Semaphore(FRAME_SLOTS)
        self._framed_ns: int | None = None  # when the frames thread last came round
        self.died: str | None = None

    def open(self) -> None:
        """Connect every part, then start its thread. Raises: PlatformError; nothing is left running then."""
        self._closing = threading.Event()
        self._focused = self._windows = self._planned = self._framed_ns = None
        try:
            self._open_parts()
        except BaseException:
            self.close()
            raise

    def follow(self, policy: Policy, categories: frozenset[Category], blocked_apps: frozenset[str]) -> None:
        """The rules in force: they say what accessibility is asked for, and about which windows. Any thread."""
        self._asked = asks(policy, categories)
        self._allowlist = Allowlist(policy, blocked_apps)
        if (oracle := self._oracle) is not None:
            oracle.ask(self._asked)
            self._show_windows(oracle)

    def _open_parts(self) -> None:
        self._oracle = self._open_oracle()
        source = self._input = self._backend.input_source()
        self._parts.append(source)
        source.open()
        if self._with_frames:
            grabber = self._backend.grabber()
            self._parts.append(grabber)
            self._start_frames(grabber)
        emit = self._until_closed(self._from_input)
        self._start("input", lambda: source.run(emit))

    def _start_frames(self, grabber: Grabber) -> None:
        """The frames thread opens its grabber itself; wait for what comes of it. Raises: PlatformError."""
        opened: queue.SimpleQueue[RecorderError | None] = queue.SimpleQueue()
        self._start("frames", lambda: self._frames(grabber, opened))
        try:
            error = opened.get(timeout=OPEN_TIMEOUT_S)
        except queue.Empty:
            error = PlatformError("the screen does not answer", hint="look with: recorder doctor")
        if error is not None:
            raise error

    def _until_closed(self, emit: Emit) -> Emit:
        """A part that ends late says nothing any more: after a pause its news would pass for the present."""
        closing = self._closing

        def emit_while_open(raw: RawEvent) -> None:
            if not closing.is_set():
                emit(raw)

        return emit_while_open

    def _open_oracle(self) -> FocusOracle:
        """Without accessibility there is no role: the guard hears that it is lost, and trusts no text. The oracle goes
        on trying: on a desktop that has just started, or is busy, its services answer late."""
        oracle = self._backend.focus_oracle()
        self._parts.append(oracle)
        try:
            oracle.open()
            self._deaf = False
        except RecorderError:
            self._deaf = True
        oracle.ask(self._asked)
        emit = self._until_closed(self._put)
        self._start("accessibility", lambda: oracle.run(emit))
        return oracle

    def _start(self, name: str, body: Callable[[], None]) -> None:
        closing = self._closing

        def run() -> None:
            error = "ended"
            try:
                body()
            except BaseException as failure:  # noqa: BLE001 - the boundary: only the type's name leaves the thread
                error = type(failure).__name__
            if not closing.is_set() and self.died is None:
                self.died = f"{name}: {error}"

        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _put(self, raw: RawEvent) -> None:
        self._inbox.put(raw)

    def _from_input(self, raw: RawEvent) -> None:
        """Enqueue first; then tell the focus thread what it needs to look at now."""
        self._inbox.put(raw)
        oracle = self._oracle
        if oracle is None:
            return
        match raw:
            case RawKey(pressed=True):
                oracle.nudge()
            case RawButton(pressed=True):
                top = topmost(self._windows, raw.x, raw.y) if self._windows is not None else None
                oracle.pressed(raw.t_ns, raw.x, raw.y, None if top is None else top.window)
            case RawWindows():
                self._tell_windows(oracle, raw)

    def _tell_windows(self, oracle: FocusOracle, windows: RawWindows) -> None:
        self._windows = windows
        if windows.focused != self._focused:
            self._focused = windows.focused
            app = next((window.app for window in windows.stack if window.window == windows.focused), None)
            oracle.window_focused(windows.focused, app)
        self._show_windows(oracle)

    def _show_windows(self, oracle: FocusOracle) -> None:
        """Two threads may: the later one tells the newest windows under the newest rules."""
        with self._showing:
            windows = self._windows
            if windows is not None:
                oracle.windows_shown([window for window in windows.stack if self._allowlist.allows(window)])

    def _frames(self, grabber: Grabber, opened: "queue.SimpleQueue[RecorderError | None]") -> None:
        closing = self._closing
        try:
            grabber.open()
        except Exception as failure:  # noqa: BLE001 - the boundary: only the type's name leaves the thread
            known = failure if isinstance(failure, RecorderError) else None
            opened.put(known or PlatformError(f"the screen can't be read ({type(failure).__name__})"))
            return
        opened.put(None)
        changed_ns: int | None = time.monotonic_ns()
        while not closing.is_set():
            self._framed_ns = time.monotonic_ns()
            if changed_ns is None:
                changed_ns = grabber.wait(LOOK_S) or self._plan_changed()
                continue
            self._inbox.put(RawDamage(t_ns=changed_ns))
            started = time.monotonic()
            changed_ns = self._grab_once(grabber, closing)
            self._rest(grabber, closing, max(0.0, self.min_gap_s - (time.monotonic() - started)))

    def _rest(self, grabber: Grabber, closing: threading.Event, left_s: float) -> None:
        """In parts: the person's rules may ask for an hour between two pictures."""
        while not closing.is_set():
            self._framed_ns = time.monotonic_ns()
            grabber.rest(min(left_s, LOOK_S))
            left_s -= LOOK_S
            if left_s <= 0:
                return

    def _grab_once(self, grabber: Grabber, closing: threading.Event) -> int | None:
        """One picture into the inbox. Returns when to look again: now, or None for at the next change."""
        if not self._frame_slots.acquire(timeout=RETRY_S):
            return time.monotonic_ns()
        frame = grabber.grab(self._plan_noted)
        if frame is None or closing.is_set():
            self._frame_slots.release()
            return time.monotonic_ns()
        if not self._inbox.put(frame):
            self._frame_slots.release()
        if frame.patches and self._oracle is not None:
            self._oracle.painted()
        return None if frame.steady else time.monotonic_ns()

    def _plan_noted(self, windows: RawWindows) -> Sequence[Rect]:
        planned = self._plan(windows)
        self._planned = windows, planned
        return planned

    def _plan_changed(self) -> int | None:
        """A window may be shown since, though nothing moves: a site was confirmed, a rule was added. When, or None."""
        if self._planned is None or self._plan(self._planned[0]) == self._planned[1]:
            return None
        return time.monotonic_ns()

    def frame_taken(self) -> None:
        """The worker has taken a frame out of the inbox: there is room for another one."""
        self._frame_slots.release()

    def silent(self) -> tuple[str, float] | None:
        """The thread that has not come round for the longest time, and for how many seconds. Any thread."""
        source, oracle = self._input, self._oracle
        turned = {
            "input": None if source is None else source.turned_ns,
            "accessibility": None if oracle is None else oracle.turned_ns,
            "frames": self._framed_ns,
        }
        known = {name: t_ns for name, t_ns in turned.items() if t_ns is not None}
        if not known or self._closing.is_set():
            return None
        name = min(known, key=known.__getitem__)
        return name, (time.monotonic_ns() - known[name]) / 1e9

    def flush(self, timeout_s: float) -> None:
        """Wait until what has happened so far is in the inbox."""
        if self._input is not None:
            self._input.flush(timeout_s)

    def close(self) -> None:
        """Disconnect everything and wait for the threads. Safe to call twice."""
        self._closing.set()
        for part in self._parts:
            with contextlib.suppress(RecorderError, OSError):
                part.close()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(JOIN_TIMEOUT_S)
        self._parts, self._threads = [], []
        self._input = self._oracle = None

    def without_oracle(self) -> RawFault | None:
        """What the guard must be told first when nothing can say which element has the focus."""
        if self._oracle is not None and not self._deaf:
            return None
        return RawFault(t_ns=time.monotonic_ns(), fault=Fault.ACCESSIBILITY_LOST)
