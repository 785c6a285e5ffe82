"""The off-screen pixmaps that a compositor gives to windows: pinned, so that none is replaced unseen, and named.

A pixmap holds its window's own pixels whatever covers or fades it. But a new one begins as a copy of what is on the
screen at that place, so when it is new matters: at every map and resize, which have events, and at every redirection,
which have none. A compositor may stop redirecting (full-screen windows) and start again at any time. Hence the *pin*,
a redirection of our own: as long as it lasts the pixmap stays. Source: Composite 0.4, "compositeproto.txt".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from Xlib import X
from Xlib.ext import composite

from recorder.capture.backends.x11.connection import attempt, is_shaped
from recorder.model.geometry import Rect


@dataclass(frozen=True, slots=True)
class Named:
    """A window's pixmap with its border, which keeps its content as long as it has this name."""

    pixmap: Any
    width: int
    height: int
    alpha: bool  # its fourth byte says how much of what is below shows
    shaped: bool  # outside its shape it holds anything


class WindowPixmaps:
    """The pins and names of one connection. Thread: the connection's."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._selection = display.intern_atom(f"_NET_WM_CM_S{display.get_default_screen()}")
        self._able = bool(display.has_extension("Composite"))
        if self._able:
            display.composite_query_version()
        self._pinned: set[int] = set()
        self._named: dict[int, Named] = {}

    def pin(self, windows: Iterable[int]) -> list[int]:
        """Pin those mapped windows that are not; the ones that nobody had redirected: theirs is a new pixmap.

        The server stands still meanwhile: without a compositor a covered window must never be redirected.
        """
        wanted = [window for window in windows if window not in self._pinned]
        if not wanted or not self._able:
            return []
        self._display.grab_server()
        try:
            if self._display.get_selection_owner(self._selection) == X.NONE:
                return []
            return [window for window in wanted if self._pin(window)]
        finally:
            self._display.ungrab_server()
            self._display.flush()

    def name(self, window: int) -> Named | None:
        """The pixmap that the window has now; None when it has none, and for one that is not pinned."""
        if window not in self._pinned:
            return None
        if window not in self._named:
            named = self._name(window)
            if named is None:
                return None
            self._named[window] = named
        return self._named[window]

    def follow(self, layout: Iterable[tuple[int, Rect]]) -> None:
        """After a change of the stack. A window that was unmapped or resized gets another pixmap; one that was
        unmapped may come back inside another, where it must not be redirected."""
        rects = dict(layout)
        for window in self._pinned - rects.keys():
            self._unpin(window)
        for window, named in list(self._named.items()):
            rect = rects.get(window)
            if rect is None or (rect.width, rect.height) != (named.width, named.height):
                self.forget(window)

    def forget(self, window: int) -> None:
        """The next look names it again."""
        named = self._named.pop(window, None)
        if named is not None:
            named.pixmap.free()

    def gone(self, window: int) -> None:
        """The window was destroyed, and its pin with it."""
        self.forget(window)
        self._pinned.discard(window)

    def release(self) -> None:
        """No compositor any more: give every window back to the screen."""
        for window in list(self._named):
            self.forget(window)
        for window in list(self._pinned):
            self._unpin(window)
        self._display.flush()

    def _unpin(self, window: int) -> None:
        self._window(window).composite_unredirect_window(composite.RedirectAutomatic)
        self._pinned.discard(window)

    def _pin(self, window: int) -> bool:
        """Whether the pixmap is new by it."""
        before = self._name(window)
        if before is not None:
            self._named[window] = before
        self._window(window).composite_redirect_window(composite.RedirectAutomatic)
        self._pinned.add(window)
        return before is None

    def _name(self, window: int) -> Named | None:
        resource = self._window(window)
        pixmap = resource.composite_name_window_pixmap()
        geometry = attempt(pixmap.get_geometry)
        if geometry is None:
            return None
        shaped = attempt(lambda: is_shaped(self._display, resource))
        return Named(pixmap, geometry.width, geometry.height, geometry.depth == 32, shaped is not False)

    def _window(self, window: int) -> Any:
        return self._display.create_resource_object("window", window)
