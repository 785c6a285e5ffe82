"""X11 as a backend: what the chooser gets on Linux. Parts are imported when they are asked for."""

import time

from recorder.capture.backends import linux_jail
from recorder.capture.backends.x11.connection import LOST, drain, open_display, require, trouble
from recorder.capture.backends.x11.screen import read_monitors
from recorder.capture.backends.x11.windows import WindowTracker
from recorder.capture.contract import Backend, FocusOracle, Grabber, Indicator, InputSource
from recorder.errors import PlatformError
from recorder.model.geometry import Monitor
from recorder.model.raw import RawWindows

# Without one of these something would be recorded that should not be, or be missed in silence.
_NEEDED = ("RECORD", "XInputExtension", "XKEYBOARD", "DAMAGE", "XFIXES", "X-Resource", "SHAPE", "RANDR")


class X11Backend(Backend):
    """The display `name`, or the one of DISPLAY. Holds no connection of its own."""

    name = "x11"

    def __init__(self, display_name: str | None = None) -> None:
        self._display_name = display_name

    def check(self) -> None:
        """Raises: PlatformError for no display, Wayland (behind XWayland too), or a server without what is needed."""
        display = open_display(self._display_name)
        try:
            require(display, *_NEEDED)
        finally:
            display.close()

    def trouble(self) -> str | None:
        """See the contract."""
        return trouble(self._display_name)

    def windows(self) -> RawWindows:
        """One look, over a connection of its own. Raises: PlatformError."""
        display = open_display(self._display_name)
        try:
            tracker = WindowTracker(display)
            tracker.start()
            drain(display, tracker.handle)
            return tracker.snapshot(time.monotonic_ns())
        except LOST:
            raise PlatformError("the X display was lost") from None
        finally:
            display.close()

    def monitors(self) -> tuple[Monitor, ...]:
        """RandR's monitors now. Raises: PlatformError."""
        display = open_display(self._display_name)
        try:
            return read_monitors(display)
        finally:
            display.close()

    def input_source(self) -> InputSource:
        from recorder.capture.backends.x11.input_source import X11InputSource

        return X11InputSource(self._display_name)

    def focus_oracle(self) -> FocusOracle:
        from recorder.capture.backends.x11.focus_oracle import X11FocusOracle

        return X11FocusOracle()

    def grabber(self) -> Grabber:
        from recorder.capture.backends.x11.grabber import X11Grabber

        return X11Grabber(self._display_name)

    def indicator(self) -> Indicator:
        from recorder.capture.backends.x11.indicator import X11Indicator

        return X11Indicator(self._display_name)

    def jail(self) -> list[str]:
        """See the contract. Call it before recording starts; children inherit it."""
        return linux_jail.enter()
