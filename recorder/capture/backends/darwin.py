"""macOS: input and the permissions for it. Written after the API documentation; not yet run on a Mac.

There is no badge, no masked grabber, no window stack and no focus oracle yet, and nothing is recorded without them:
`check` refuses, after it has said which permissions are missing.
Source: https://developer.apple.com/documentation/ (CoreGraphics, ApplicationServices).
"""

import ctypes

from recorder.capture.backends.unsupported import UnsupportedBackend
from recorder.errors import PlatformError
from recorder.model.geometry import Monitor, Rect

_CORE_GRAPHICS = "/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics"
_APPLICATION_SERVICES = "/System/Library/Frameworks/ApplicationServices.framework/ApplicationServices"
_MAX_DISPLAYS = 16
# Each asks without prompting; the name is the one in System Settings, Privacy & Security.
_PERMISSIONS = (
    (_CORE_GRAPHICS, "CGPreflightListenEventAccess", "Input Monitoring"),
    (_CORE_GRAPHICS, "CGPreflightScreenCaptureAccess", "Screen & System Audio Recording"),
    (_APPLICATION_SERVICES, "AXIsProcessTrusted", "Accessibility"),
)


class _CGRect(ctypes.Structure):
    """CGRect in points: origin, then size, four doubles."""

    _fields_ = [(part, ctypes.c_double) for part in ("x", "y", "width", "height")]


class DarwinBackend(UnsupportedBackend):
    """Knows permissions and monitors; refuses to record."""

    name = "darwin"
    message = "recording on macOS is not possible yet: there is no badge and no masked screenshot for it"
    hint = "record on Linux with X11"

    def check(self) -> None:
        if missing := missing_permissions():
            raise PlatformError(
                f"macOS does not let this program record: {', '.join(missing)}",
                hint="allow it in System Settings, Privacy & Security, for the terminal that runs it",
            )
        self.refuse()

    def monitors(self) -> tuple[Monitor, ...]:
        """Active displays in physical pixels: CGDisplayBounds is in points, CGDisplayPixelsWide in pixels."""
        graphics = ctypes.CDLL(_CORE_GRAPHICS)
        graphics.CGDisplayBounds.restype = _CGRect
        graphics.CGDisplayPixelsWide.restype = ctypes.c_size_t
        displays, count = (ctypes.c_uint32 * _MAX_DISPLAYS)(), ctypes.c_uint32(0)
        if graphics.CGGetActiveDisplayList(_MAX_DISPLAYS, displays, ctypes.byref(count)):
            raise PlatformError("macOS does not list its displays")
        return tuple(_monitor(graphics, index, displays[index]) for index in range(count.value))


def missing_permissions() -> list[str]:
    """The names of the permissions that are not granted, without asking the person for them."""
    missing = []
    for library, function, name in _PERMISSIONS:
        ask = getattr(ctypes.CDLL(library), function)
        ask.restype = ctypes.c_bool
        if not ask():
            missing.append(name)
    return missing


def _monitor(graphics: ctypes.CDLL, index: int, display: int) -> Monitor:
    bounds = graphics.CGDisplayBounds(display)
    scale = graphics.CGDisplayPixelsWide(display) / bounds.width if bounds.width else 1.0
    edges = [round(edge * scale) for edge in (bounds.x, bounds.y, bounds.width, bounds.height)]
    return Monitor(index=index, rect=Rect(*edges), scale=scale)
