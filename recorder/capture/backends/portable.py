"""Input through pynput: for Windows and macOS, and on X11 a second implementation that the same contract tests run.

Known limits, all of pynput 1.8: times are arrival times; no keycodes (always 0), no lock state, no layout changes while
it runs; on X11 injected events are not flagged and an event may wait until the X server writes something else.

pynput reports no windows, so the windows are looked at before and after every batch of input. Only when both looks
agree are the events known to belong to them; otherwise a fault closes the gate around the batch.
"""

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Lock
from typing import Any, Protocol

from recorder.capture.backends.portable_keys import UNKNOWN_KEYCODE, HeldModifiers, read_key
from recorder.capture.contract import Backend, Emit, FocusOracle, Grabber, Indicator, InputSource
from recorder.errors import PlatformError
from recorder.model.geometry import Monitor
from recorder.model.raw import (
    Fault,
    RawButton,
    RawEvent,
    RawFault,
    RawKey,
    RawPointer,
    RawWheel,
    RawWindows,
)

BATCH_NS = 50_000_000  # how long a batch of input is held before the windows are looked at again
_WATCH_S = 1.0  # how often it is checked that the listeners live: hooks can die in silence
_QUIET_S = 0.2  # no event for so long after the display answered: none is on its way
_BUTTONS = {"left": 1, "middle": 2, "right": 3, "x1": 8, "x2": 9}


class Look(Protocol):
    """Reads the window stack, over a connection that it may keep until closed. Any thread. Raises: PlatformError."""

    def __call__(self) -> RawWindows: ...

    def close(self) -> None: ...


_Queued = RawEvent | Event | None  # None: closed; an Event: someone waits for the queue to get here


class PortableInputSource(InputSource):
    """`look` reads the window stack now; `prepare` raises PlatformError where listening would hang or stay silent."""

    def __init__(self, look: Look, prepare: Callable[[], None] = lambda: None) -> None:
        self._look = look
        self._prepare = prepare
        self._queue: SimpleQueue[_Queued] = SimpleQueue()
        self._listeners: list[Any] = []
        self._held = HeldModifiers()
        self._lock = Lock()
        self._is_open = False

    def open(self) -> None:
        self._prepare()
        try:
            from pynput import keyboard, mouse  # it connects to the display as it is imported
        except ImportError:
            raise PlatformError(
                "pynput can't be used on this desktop", hint="pip install 'recorder[pynput]'; is there a display?"
            ) from None
        self._queue, self._held = SimpleQueue(), HeldModifiers()
        self._listeners = [
            keyboard.Listener(on_press=self._on_press, on_release=self._on_release),
            mouse.Listener(on_move=self._on_move, on_click=self._on_click, on_scroll=self._on_scroll),
        ]
        for listener in self._listeners:
            listener.start()
            listener.wait()
            if _is_x11(listener):
                from recorder.capture.backends import portable_x11

                portable_x11.await_start(listener)
        self._is_open = True

    # pynput calls these in threads of its own: they only enqueue, because an exception would end its listener.

    def _on_press(self, key: Any, injected: bool) -> None:
        self._key(key, injected, pressed=True)

    def _on_release(self, key: Any, injected: bool) -> None:
        self._key(key, injected, pressed=False)

    def _key(self, key: Any, injected: bool, *, pressed: bool) -> None:
        keysym, text = read_key(key)
        self._queue.put(
            RawKey(
                t_ns=time.monotonic_ns(),
                keycode=UNKNOWN_KEYCODE,
                keysym=keysym,
                text=text,
                pressed=pressed,
                mods=self._held.before(keysym, pressed=pressed),
                injected=injected,
            )
        )

    def _on_move(self, x: float, y: float, injected: bool) -> None:
        self._queue.put(RawPointer(t_ns=time.monotonic_ns(), x=int(x), y=int(y), injected=injected))

    def _on_click(self, x: float, y: float, button: Any, pressed: bool, injected: bool) -> None:
        self._queue.put(
            RawButton(
                t_ns=time.monotonic_ns(),
                x=int(x),
                y=int(y),
                button=_button_number(button),
                pressed=pressed,
                mods=self._held.now(),
                injected=injected,
            )
        )

    def _on_scroll(self, x: float, y: float, dx: float, dy: float, injected: bool) -> None:
        self._queue.put(
            RawWheel(
                t_ns=time.monotonic_ns(),
                x=int(x),
                y=int(y),
                dx=float(dx),
                dy=float(dy),
                mods=self._held.now(),
                injected=injected,
            )
        )

    def run(self, emit: Emit) -> None:
        if not self._is_open:
            return  # closed before it ran
        queue, windows = self._queue, _Looker(self._look)
        emit(windows.now)
        while True:
            batch, waiting, is_closed = _next_batch(queue)
            if batch:
                windows.bracket(batch, emit)
            for flush in waiting:
                flush.set()
            if is_closed:
                return
            if not all(listener.is_alive() for listener in self._listeners):
                emit(RawFault(t_ns=time.monotonic_ns(), fault=windows.loss()))
                self.close()
                return

    def flush(self, timeout_s: float) -> bool:
        """pynput can't be asked whether it is done: the display is asked something, then silence has to follow."""
        deadline_s = time.monotonic() + timeout_s
        while self._is_open and (left_s := deadline_s - time.monotonic()) > 0:
            self._look()
            quiet = Event()
            quiet.wait(min(_QUIET_S, left_s))
            was_idle = self._queue.empty()
            self._queue.put(quiet)
            if not quiet.wait(max(0.0, deadline_s - time.monotonic())):
                return False
            if was_idle:
                return True
        return False

    def close(self) -> None:
        with self._lock:
            was_open, self._is_open = self._is_open, False
        if was_open:
            for listener in self._listeners:
                listener.stop()
            self._queue.put(None)
            self._bury()

    def _bury(self) -> None:
        for listener in filter(_is_x11, self._listeners):
            from recorder.capture.backends import portable_x11

            portable_x11.end(listener)
        self._look.close()


def _is_x11(listener: Any) -> bool:
    return type(listener).__module__.endswith("._xorg")


def _next_batch(queue: "SimpleQueue[_Queued]") -> tuple[list[RawEvent], list[Event], bool]:
    """What happens within `BATCH_NS` of the first thing (nothing, after a while); who waits; whether it is the end."""
    batch: list[RawEvent] = []
    waiting: list[Event] = []
    timeout_s, deadline_ns = _WATCH_S, None
    while timeout_s > 0:
        try:
            item = queue.get(timeout=timeout_s)
        except Empty:
            break
        match item:
            case None:
                return batch, waiting, True
            case Event():
                waiting.append(item)
                break
            case _:
                batch.append(item)
        deadline_ns = deadline_ns or time.monotonic_ns() + BATCH_NS
        timeout_s = (deadline_ns - time.monotonic_ns()) / 1e9
    return batch, waiting, False


class _Looker:
    """The windows as they were seen last, and a generation that counts how often they were seen to differ."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self.now = look()

    def bracket(self, batch: list[RawEvent], emit: Emit) -> None:
        """Emit the batch as belonging to the windows seen before, if they are still the same; else within a fault."""
        before, after = self.now, self._try_look()
        if after is not None and _same(before, after):
            for event in batch:
                emit(event)
            return
        emit(RawFault(t_ns=batch[0].t_ns, fault=Fault.WINDOWS_UNKNOWN))
        for event in batch:
            emit(event)
        if after is not None:
            self.now = _numbered(after, before.generation + 1)
            emit(self.now)
            emit(RawFault(t_ns=self.now.t_ns, fault=Fault.WINDOWS_UNKNOWN, over=True))

    def loss(self) -> Fault:
        """Why no more input comes: the display is gone, or only the listener is."""
        return Fault.INPUT_LOST if self._try_look() is not None else Fault.DISPLAY_LOST

    def _try_look(self) -> RawWindows | None:
        try:
            return self._look()
        except PlatformError:
            return None


class SimpleLook:
    """A `Look` without a connection."""

    def __init__(self, read: Callable[[], RawWindows]) -> None:
        self._read = read

    def __call__(self) -> RawWindows:
        return self._read()

    def close(self) -> None:
        """Nothing is held."""


def _same(one: RawWindows, other: RawWindows) -> bool:
    def visible(windows: RawWindows) -> tuple[object, ...]:
        return tuple((w.window, w.rect, w.private) for w in windows.stack)

    return (one.focused, one.monitors, one.composited) == (other.focused, other.monitors, other.composited) and (
        visible(one) == visible(other)
    )


def _numbered(windows: RawWindows, generation: int) -> RawWindows:
    return RawWindows(
        t_ns=windows.t_ns,
        generation=generation,
        stack=windows.stack,
        focused=windows.focused,
        monitors=windows.monitors,
        composited=windows.composited,
    )


def _button_number(button: Any) -> int:
    """pynput names the common buttons; on X11 it numbers the others, elsewhere they are 0: unknown."""
    if button.name in _BUTTONS:
        return _BUTTONS[button.name]
    return button.value if isinstance(button.value, int) else 0


class PortableBackend(Backend):
    """Another backend with pynput for its input, and `look` for the windows around it."""

    def __init__(self, base: Backend, look: Look) -> None:
        self._base = base
        self._look = look
        self.name = "pynput"

    def check(self) -> None:
        self._base.check()

    def windows(self) -> RawWindows:
        return self._base.windows()

    def monitors(self) -> tuple[Monitor, ...]:
        return self._base.monitors()

    def input_source(self) -> InputSource:
        return PortableInputSource(self._look, self._base.check)

    def focus_oracle(self) -> FocusOracle:
        return self._base.focus_oracle()

    def grabber(self) -> Grabber:
        return self._base.grabber()

    def indicator(self) -> Indicator:
        return self._base.indicator()

    def jail(self) -> list[str]:
        return self._base.jail()
