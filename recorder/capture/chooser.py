"""Which backend belongs to this desktop. The only place that asks for the platform; imports only what it chooses."""

import os
import sys
from typing import TYPE_CHECKING

from recorder.capture.contract import Backend
from recorder.errors import PlatformError, UsageError

if TYPE_CHECKING:
    from recorder.capture.backends.portable import Look

NAMES = ("x11", "pynput", "fake", "windows", "darwin", "wayland")


def choose_backend(name: str | None = None) -> Backend:
    """The backend called `name`, or the one of this session. Touches no display: `Backend.check` does.

    Raises: PlatformError when there is no display at all; UsageError for a name that is not in `NAMES`.
    """
    match name or _of_this_session():
        case "x11":
            from recorder.capture.backends.x11.backend import X11Backend

            return X11Backend()
        case "pynput":
            from recorder.capture.backends.portable import PortableBackend

            return PortableBackend(*_around_pynput())
        case "fake":
            from recorder.capture.backends.fake import FakeBackend

            return FakeBackend()
        case "windows":
            from recorder.capture.backends.windows import WindowsBackend

            return WindowsBackend()
        case "darwin":
            from recorder.capture.backends.darwin import DarwinBackend

            return DarwinBackend()
        case "wayland":
            from recorder.capture.backends.wayland import WaylandBackend

            return WaylandBackend()
        case _:
            raise UsageError("there is no such capture backend", hint=f"one of: {', '.join(NAMES)}")


def lock_in() -> list[str]:
    """Cut this process off from the network for good, display or none; what was given up, in words.

    Raises: PlatformError where that can't be had.
    """
    if sys.platform == "linux":
        from recorder.capture.backends import linux_jail

        return linux_jail.enter()
    return choose_backend().jail()


def _around_pynput() -> "tuple[Backend, Look]":
    """What pynput lacks: everything but input."""
    base = choose_backend()
    if base.name == "x11":
        from recorder.capture.backends.x11.input_look import X11Look

        return base, X11Look()
    from recorder.capture.backends.portable import SimpleLook

    return base, SimpleLook(base.windows)


def _of_this_session() -> str:
    if sys.platform == "win32":
        return "windows"
    if sys.platform == "darwin":
        return "darwin"
    # Wayland first: its sessions set DISPLAY too, for XWayland. XWayland alone is found out by the X11 backend's check.
    if os.environ.get("XDG_SESSION_TYPE") == "wayland" or os.environ.get("WAYLAND_DISPLAY"):
        return "wayland"
    if not os.environ.get("DISPLAY"):
        raise PlatformError(
            "no display found (DISPLAY and WAYLAND_DISPLAY are unset)",
            hint="run it inside a graphical session, or try: recorder demo",
        )
    return "x11"
