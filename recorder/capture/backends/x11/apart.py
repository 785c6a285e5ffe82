"""Which pixels of window pixmaps may still be another window's: seeded from the screen, but not yet drawn over.

Under a compositor no window covers another's pixels. What a map, a resize or a new redirection brings is a pixmap
that begins as a copy of the screen. Its window's own DAMAGE, which is then reported for covered parts too, proves
what was drawn since. Pure: no server, no clock.
"""

from recorder.capture.backends.x11.painted import Layout, PaintLedger
from recorder.model.geometry import Rect

# So long after it got a new pixmap nothing of a window is read: frames, contents and fades come one after the other.
YOUNG_NS = 700_000_000


class ApartLedger(PaintLedger):
    """The paint ledger for windows with a pixmap each. `suspect_in` is to be asked, not `suspect`."""

    def __init__(self, layout: Layout, t_ns: int) -> None:
        """Windows that were there before are trusted as soon as they are old enough."""
        super().__init__(layout)
        self._young = {window: t_ns for window, _ in layout}

    def resized(self, bounds: Rect, t_ns: int = 0) -> None:
        """A window's pixmap does not depend on the screen."""

    def update(self, layout: Layout, t_ns: int = 0) -> list[int]:
        """The stack changed to `layout`; the windows whose damage until now proves nothing."""
        before = dict(self._layout)
        touched = super().update(layout, t_ns)
        rects = dict(layout)
        for window, rect in rects.items():
            old = before.get(window)
            if old is None:
                self._young[window] = t_ns
            elif (old.width, old.height) != (rect.width, rect.height):
                self.reseeded(window, t_ns)
                touched.append(window)
        self._young = {window: since_ns for window, since_ns in self._young.items() if window in rects}
        return touched

    def reseeded(self, window: int, t_ns: int) -> None:
        """It has a new pixmap. Copying the old one into that is damage which proves nothing, so all until the next
        `drawn` is ignored; should that take in what was drawn already, the next damage counts for all, in time."""
        self._young[window] = t_ns
        self._doubtful.pop(window, None)
        self._set(window, [self._layout[window]])
        self._moved.add(window)
        self._late.add(window)

    def expire(self, t_ns: int) -> list[Rect]:
        """See the base class."""
        trusted = super().expire(t_ns)
        for window in [window for window, since_ns in self._young.items() if t_ns - since_ns >= YOUNG_NS]:
            del self._young[window]
            trusted.append(self._layout[window])
        return trusted

    @property
    def next_expiry_ns(self) -> int | None:
        """See the base class."""
        doubt_ns = super().next_expiry_ns
        times = [since_ns + YOUNG_NS for since_ns in self._young.values()]
        return min(times if doubt_ns is None else [*times, doubt_ns], default=None)

    def suspect_in(self, window: int) -> list[Rect]:
        """What of the window must not be read, in coordinates of the screen."""
        return [self._layout[window]] if window in self._young else self._suspect.get(window, [])

    def _shown(self, layout: Layout) -> dict[int, list[Rect]]:
        return {window: [rect] for window, rect in layout}
