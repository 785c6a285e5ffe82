"""The screens of the virtual desktop, and whether a compositing manager owns what they show."""

from typing import Any

from Xlib import X
from Xlib.ext import randr, xfixes
from Xlib.protocol import rq

from recorder.capture.backends.x11.connection import attempt
from recorder.model.geometry import Monitor, Rect

_SELECTION_CHANGES = (
    xfixes.XFixesSetSelectionOwnerNotifyMask
    | xfixes.XFixesSelectionWindowDestroyNotifyMask
    | xfixes.XFixesSelectionClientCloseNotifyMask
)


class _ReleaseOverlay(rq.Request):  # type: ignore[misc]  # python-xlib is untyped
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(8), rq.RequestLength(), rq.Window("window"))


class Screen:
    """Knows the monitors and the compositor; `handle` says when either changed."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._root = display.screen().root
        self._selection = display.intern_atom(f"_NET_WM_CM_S{display.get_default_screen()}")
        self._events: set[int] = set()
        self.monitors: tuple[Monitor, ...] = ()
        self.bounds = Rect(0, 0, 0, 0)  # the whole root window
        self.composited = True  # until the server says otherwise
        self.compositors = 0  # grows whenever the screen may have changed hands, even between two compositors
        self._selection_event: int | None = None

    def start(self) -> None:
        """Select the change events, then read."""
        if self._display.has_extension("RANDR"):
            mask = randr.RRScreenChangeNotifyMask | randr.RRCrtcChangeNotifyMask | randr.RROutputChangeNotifyMask
            self._root.xrandr_select_input(mask)
            first = self._display.query_extension("RANDR").first_event
            self._events |= {first, first + 1}
        if self._display.has_extension("XFIXES"):
            self._display.xfixes_query_version()
            self._display.xfixes_select_selection_input(self._root, self._selection, _SELECTION_CHANGES)
            self._selection_event = self._display.query_extension("XFIXES").first_event
        self.bounds = _bounds(self._root)
        self._read()

    def handle(self, event: Any) -> bool:
        """Whether the screen, the monitors or the compositor changed."""
        if event.type == self._selection_event:
            self.compositors += 1
            self._read()
            return True
        resized = event.type == X.ConfigureNotify and event.window == self._root
        if event.type not in self._events and not resized:
            return False
        before = (self.monitors, self.composited, self.bounds)
        if resized:  # what is asked now may be one more size later, and a size that came and went counts as well
            self.bounds = Rect(0, 0, event.width, event.height)
        self._read()
        return before != (self.monitors, self.composited, self.bounds)

    def overlay(self) -> int | None:
        """The server's window that compositors paint on: above all, listed nowhere, but its events are sent.

        Asked only while there is a compositor, because asking makes it. Source: Composite 0.3.
        """
        if not self._display.has_extension("Composite") or not self._is_composited():
            return None
        self._display.composite_query_version()
        reply = attempt(self._root.composite_get_overlay_window)
        opcode = self._display.display.get_extension_major("Composite")
        _ReleaseOverlay(display=self._display.display, opcode=opcode, window=self._root)
        return None if reply is None else int(reply.overlay_window.id)

    def _is_composited(self) -> bool:
        return bool(self._display.get_selection_owner(self._selection) != X.NONE)

    def _read(self) -> None:
        self.composited = self._is_composited()
        self.monitors = read_monitors(self._display)


def read_monitors(display: Any) -> tuple[Monitor, ...]:
    """RandR's monitors, clipped to the root window, in its order; the root window itself where RandR has none."""
    root = display.screen().root
    bounds = _bounds(root)
    reply = attempt(lambda: root.xrandr_get_monitors()) if display.has_extension("RANDR") else None
    rects = [Rect(m.x, m.y, m.width_in_pixels, m.height_in_pixels) for m in reply.monitors] if reply else []
    clipped = [part for rect in rects if (part := rect.intersect(bounds))] or [bounds]
    return tuple(Monitor(index=index, rect=rect) for index, rect in enumerate(clipped))


def _bounds(root: Any) -> Rect:
    geometry = root.get_geometry()
    return Rect(0, 0, geometry.width, geometry.height)
