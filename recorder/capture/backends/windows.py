"""Windows: input and the window stack. Written after the API documentation; not yet run on a Windows machine.

There is no badge, no masked grabber and no focus oracle yet, and nothing is recorded without them: `check` refuses.
Source: https://learn.microsoft.com/windows/win32/api/ (winuser, dwmapi, processthreadsapi, winbase).
"""

import ctypes
import time
from collections.abc import Iterator
from typing import Any, TypeVar

from recorder.capture.backends.portable import PortableInputSource, SimpleLook
from recorder.capture.backends.unsupported import UnsupportedBackend
from recorder.capture.contract import InputSource
from recorder.model.geometry import Monitor, Rect
from recorder.model.raw import RawApp, RawWindow, RawWindows

T = TypeVar("T")

_WS_EX_TRANSPARENT, _WS_EX_LAYERED, _GWL_EXSTYLE = 0x20, 0x80000, -20
_DWMWA_EXTENDED_FRAME_BOUNDS, _DWMWA_CLOAKED = 9, 14
_WDA_NONE = 0
_PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
_TEXT_LENGTH = 512
_PATH_LENGTH = 32768


class _Rect(ctypes.Structure):
    """RECT: half-open, virtual-screen coordinates."""

    _fields_ = [(side, ctypes.c_long) for side in ("left", "top", "right", "bottom")]

    def rect(self) -> Rect:
        return Rect(self.left, self.top, max(0, self.right - self.left), max(0, self.bottom - self.top))


class WindowsBackend(UnsupportedBackend):
    """Knows windows, monitors and input; refuses to record."""

    name = "windows"
    message = "recording on Windows is not possible yet: there is no badge and no masked screenshot for it"
    hint = "record on Linux with X11"

    def windows(self) -> RawWindows:
        api = _Api()
        lowest_first = tuple(reversed([w for handle in api.handles() if (w := api.window(handle)) is not None]))
        return RawWindows(
            t_ns=time.monotonic_ns(),
            generation=0,
            stack=lowest_first,
            focused=int(api.user.GetForegroundWindow() or 0) or None,
            monitors=api.monitors(),
            composited=True,  # the Desktop Window Manager can't be switched off
        )

    def monitors(self) -> tuple[Monitor, ...]:
        return _Api().monitors()

    def input_source(self) -> InputSource:
        return PortableInputSource(SimpleLook(self.windows))


class _Api:
    """The few calls. Handles are pointer-sized, so the return types are spelled out."""

    def __init__(self) -> None:
        self._ctypes: Any = ctypes  # the Windows half of ctypes exists on Windows only
        self.user = self._ctypes.WinDLL("user32", use_last_error=True)
        self._dwm = self._ctypes.WinDLL("dwmapi")
        self._kernel = self._ctypes.WinDLL("kernel32", use_last_error=True)
        self.user.GetForegroundWindow.restype = ctypes.c_void_p
        self._kernel.OpenProcess.restype = ctypes.c_void_p
        self.user.SetProcessDPIAware()  # physical pixels, not scaled ones

    def handles(self) -> Iterator[int]:
        """Top-level windows, uppermost first (EnumWindows keeps the Z order)."""
        found: list[int] = []
        callback = self._ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self.user.EnumWindows(callback(lambda handle, _: _keep(found, handle)), None)
        return iter(found)

    def window(self, handle: int) -> RawWindow | None:
        """None for what is not on the screen: invisible, minimised, or cloaked (another virtual desktop)."""
        pointer = ctypes.c_void_p(handle)
        if not self.user.IsWindowVisible(pointer) or self.user.IsIconic(pointer) or self._cloaked(pointer):
            return None
        style = self.user.GetWindowLongW(pointer, _GWL_EXSTYLE)
        return RawWindow(
            window=handle,
            rect=self._bounds(pointer),
            app=self._app(pointer),
            title=self._text(self.user.GetWindowTextW, pointer) or "",
            see_through=bool(style & (_WS_EX_TRANSPARENT | _WS_EX_LAYERED)),
            own=self._pid(pointer) == self._kernel.GetCurrentProcessId(),
            override_redirect=False,
            private=self._asks_not_to_be_captured(pointer),
        )

    def _cloaked(self, pointer: Any) -> bool:
        value = ctypes.c_int(0)
        failed = self._dwm.DwmGetWindowAttribute(pointer, _DWMWA_CLOAKED, ctypes.byref(value), ctypes.sizeof(value))
        return not failed and bool(value.value)

    def _bounds(self, pointer: Any) -> Rect:
        """Without the invisible resize border, where the Desktop Window Manager knows it."""
        bounds = _Rect()
        size = ctypes.sizeof(bounds)
        if self._dwm.DwmGetWindowAttribute(pointer, _DWMWA_EXTENDED_FRAME_BOUNDS, ctypes.byref(bounds), size):
            self.user.GetWindowRect(pointer, ctypes.byref(bounds))
        return bounds.rect()

    def _asks_not_to_be_captured(self, pointer: Any) -> bool:
        """GetWindowDisplayAffinity; no answer counts as asking."""
        affinity = ctypes.c_uint32(_WDA_NONE)
        answered = self.user.GetWindowDisplayAffinity(pointer, ctypes.byref(affinity))
        return not answered or affinity.value != _WDA_NONE

    def _pid(self, pointer: Any) -> int:
        pid = ctypes.c_uint32(0)
        self.user.GetWindowThreadProcessId(pointer, ctypes.byref(pid))
        return pid.value

    def _app(self, pointer: Any) -> RawApp | None:
        """None when the owner's program can't be named, as for processes of other users."""
        pid = self._pid(pointer)
        process = self._kernel.OpenProcess(_PROCESS_QUERY_LIMITED_INFORMATION, 0, pid)
        if not process:
            return None
        path, length = ctypes.create_unicode_buffer(_PATH_LENGTH), ctypes.c_uint32(_PATH_LENGTH)
        try:
            known = self._kernel.QueryFullProcessImageNameW(ctypes.c_void_p(process), 0, path, ctypes.byref(length))
        finally:
            self._kernel.CloseHandle(ctypes.c_void_p(process))
        if not known:
            return None
        class_name = self._text(self.user.GetClassNameW, pointer)
        return RawApp(pid=pid, executable=path.value, wm_class=class_name, wm_instance=None)

    def _text(self, read: Any, pointer: Any) -> str | None:
        text = ctypes.create_unicode_buffer(_TEXT_LENGTH)
        return text.value if read(pointer, text, _TEXT_LENGTH) else None

    def monitors(self) -> tuple[Monitor, ...]:
        """EnumDisplayMonitors, in its order."""
        rects: list[Rect] = []
        kinds = (ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(_Rect), ctypes.c_void_p)
        callback = self._ctypes.WINFUNCTYPE(*kinds)
        each = callback(lambda _monitor, _context, bounds, _data: _keep(rects, bounds.contents.rect()))
        self.user.EnumDisplayMonitors(None, None, each, None)
        return tuple(Monitor(index=index, rect=rect) for index, rect in enumerate(rects))


def _keep(found: list[T], one: T) -> int:
    """Collect it, and answer that the enumeration goes on."""
    found.append(one)
    return 1
