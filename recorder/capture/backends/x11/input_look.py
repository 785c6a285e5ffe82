"""The window stack on demand, for an input source that brings no windows: one connection, kept up to date."""

import time
from threading import Lock

from recorder.capture.backends.x11.connection import LOST, drain, open_display
from recorder.capture.backends.x11.windows import WindowTracker
from recorder.errors import PlatformError
from recorder.model.raw import RawWindows


class X11Look:
    """Call it for the windows as they are now. Connects on the first call. Any thread. Raises: PlatformError."""

    def __init__(self, display_name: str | None = None) -> None:
        self._display_name = display_name
        self._lock = Lock()
        self._tracker: WindowTracker | None = None

    def __call__(self) -> RawWindows:
        with self._lock:
            try:
                tracker = self._tracker or self._connect()
                drain(self._display, tracker.handle)
                return tracker.snapshot(time.monotonic_ns())
            except LOST:
                raise PlatformError("the X display was lost") from None

    def close(self) -> None:
        """Disconnect; the next call connects again."""
        with self._lock:
            if self._tracker is not None:
                self._tracker = None
                self._display.display.socket.close()

    def _connect(self) -> WindowTracker:
        self._display = open_display(self._display_name)
        self._tracker = WindowTracker(self._display)
        self._tracker.start()
        return self._tracker
