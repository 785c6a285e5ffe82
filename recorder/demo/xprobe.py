"""Two questions to an X server through libX11: does the root window have a property, does a selection have an owner."""

import ctypes
import ctypes.util
from types import TracebackType
from typing import Self

from recorder.errors import PlatformError


class Probe:
    """A short connection to one display. Raises: PlatformError when libX11 or the display is missing."""

    def __init__(self, display: str) -> None:
        name = ctypes.util.find_library("X11")
        if name is None:
            raise PlatformError("libX11 is not installed", hint="on Debian or Ubuntu: sudo apt install libx11-6")
        self._x11 = ctypes.CDLL(name)
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        for function in (self._x11.XDefaultRootWindow, self._x11.XInternAtom, self._x11.XGetSelectionOwner):
            function.restype = ctypes.c_ulong
        connection = self._x11.XOpenDisplay(display.encode())
        if not connection:
            raise PlatformError("the virtual display can't be reached")
        self._display = ctypes.c_void_p(connection)

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
        count = ctypes.c_int()
        self._x11.XListProperties.restype = ctypes.POINTER(ctypes.c_ulong)
        root = ctypes.c_ulong(self._x11.XDefaultRootWindow(self._display))
        atoms = self._x11.XListProperties(self._display, root, ctypes.byref(count))
        found = self._atom(name).value in [atoms[i] for i in range(count.value)]
        if count.value:
            self._x11.XFree(atoms)
        return found

    def _atom(self, name: str) -> ctypes.c_ulong:
        return ctypes.c_ulong(self._x11.XInternAtom(self._display, name.encode(), 0))
