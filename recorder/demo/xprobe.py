"""Questions to an X server through libX11: properties of the root, owners of selections, the window manager."""

import ctypes
import ctypes.util
from types import TracebackType
from typing import Self

from recorder.errors import PlatformError

_CLIENT_MESSAGE = 33
_SUBSTRUCTURE_MASKS = 1 << 19 | 1 << 20  # SubstructureNotifyMask, SubstructureRedirectMask


class _ClientMessage(ctypes.Structure):
    """XClientMessageEvent, padded to the size of the XEvent union (24 longs)."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 17),
    )


class Probe:
    """A short connection to one display. Raises: PlatformError when libX11 or the display is missing."""

    def __init__(self, display: str) -> None:
        library = ctypes.util.find_library("X11")
        if library is None:
            raise PlatformError("libX11 is not installed", hint="on Debian or Ubuntu: sudo apt install libx11-6")
        self._x11 = ctypes.CDLL(library)
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        for name in ("XDefaultRootWindow", "XInternAtom", "XGetSelectionOwner", "XCreateSimpleWindow"):
            getattr(self._x11, name).restype = ctypes.c_ulong
        self._x11.XListProperties.restype = ctypes.POINTER(ctypes.c_ulong)
        connection = self._x11.XOpenDisplay(display.encode())
        if not connection:
            raise PlatformError("the virtual display can't be reached")
        self._display = ctypes.c_void_p(connection)
        self._root = ctypes.c_ulong(self._x11.XDefaultRootWindow(self._display))
        self._window: ctypes.c_ulong | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._x11.XCloseDisplay(self._display)

    def selection_is_owned(self, name: str) -> bool:
        """XGetSelectionOwner: whether any client holds the selection (a compositing manager: `_NET_WM_CM_S0`)."""
        return bool(self._x11.XGetSelectionOwner(self._display, self._atom(name)))

    def root_has(self, name: str) -> bool:
        """XListProperties on the root window."""
        return self._has(self._root, name)

    def manager_answers(self) -> bool:
        """Whether the window manager serves requests: it announces itself long before, and loses what comes too early.

        EWMH `_NET_REQUEST_FRAME_EXTENTS`: asked anew on every call, answered by a property on a window of our own.
        """
        if self._window is None:
            self._window = ctypes.c_ulong(self._x11.XCreateSimpleWindow(self._display, self._root, 0, 0, 1, 1, 0, 0, 0))
        request = self._atom("_NET_REQUEST_FRAME_EXTENTS").value
        message = _ClientMessage(type=_CLIENT_MESSAGE, window=self._window.value, message_type=request, format=32)
        mask = ctypes.c_long(_SUBSTRUCTURE_MASKS)
        self._x11.XSendEvent(self._display, self._root, 0, mask, ctypes.byref(message))
        return self._has(self._window, "_NET_FRAME_EXTENTS")

    def _has(self, window: ctypes.c_ulong, name: str) -> bool:
        count = ctypes.c_int()
        atoms = self._x11.XListProperties(self._display, window, ctypes.byref(count))
        found = self._atom(name).value in [atoms[i] for i in range(count.value)]
        if count.value:
            self._x11.XFree(atoms)
        return found

    def _atom(self, name: str) -> ctypes.c_ulong:
        return ctypes.c_ulong(self._x11.XInternAtom(self._display, name.encode(), 0))
