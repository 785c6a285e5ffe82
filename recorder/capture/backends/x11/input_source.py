"""`InputSource` on X11: opens a listener, runs it, and turns its end into a fault or a quiet return."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any

from recorder.capture.backends.x11.connection import LOST
from recorder.capture.backends.x11.input_listener import InputListener, Tracker
from recorder.capture.backends.x11.input_wire import WireClosed
from recorder.capture.backends.x11.windows import WindowTracker
from recorder.capture.contract import Emit, InputSource
from recorder.errors import PlatformError
from recorder.model.raw import Fault, RawFault


class X11InputSource(InputSource):
    """Keys, pointer, wheel and window changes of the display `display_name` ($DISPLAY when None)."""

    def __init__(self, display_name: str | None = None, make_tracker: Callable[[Any], Tracker] = WindowTracker) -> None:
        self._display_name = display_name
        self._make_tracker = make_tracker
        self._lock = Lock()
        self._listener: InputListener | None = None

    def open(self) -> None:
        listener = InputListener(self._display_name, self._make_tracker)
        with self._lock:
            previous, self._listener = self._listener, listener
        if previous is not None:
            previous.dispose()

    def run(self, emit: Emit) -> None:
        with self._lock:
            listener = self._listener
            if listener is None:
                return  # closed before it ran
            listener.running = True
        try:
            fault = _run(listener, emit)
        finally:
            with self._lock:
                was_closed = self._listener is not listener
                self._listener = self._listener if was_closed else None
            listener.dispose()
        if fault is not None and not was_closed:
            emit(RawFault(t_ns=time.monotonic_ns(), fault=fault))

    @property
    def turned_ns(self) -> int | None:  # type: ignore[override]
        """See the contract."""
        listener = self._listener
        return None if listener is None else listener.turned_ns

    def flush(self, timeout_s: float) -> bool:
        listener = self._listener
        return listener is not None and listener.flush(timeout_s)

    def close(self) -> None:
        with self._lock:
            listener, self._listener = self._listener, None
            if listener is None:
                return
            listener.hang_up()
            if not listener.running:
                listener.dispose()


def _run(listener: InputListener, emit: Emit) -> Fault | None:
    try:
        listener.run(emit)
    except (WireClosed, *LOST):
        return Fault.DISPLAY_LOST
    except PlatformError:
        return Fault.INPUT_LOST
    return None
