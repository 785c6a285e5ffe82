"""Where kept pixels come from: the root window, or under a compositor each window's own pixmap."""

import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import mss
import mss.exception
import numpy as np

from recorder.capture.backends.x11.apart import ApartLedger
from recorder.capture.backends.x11.layers import Part, Pixels, over, parts
from recorder.capture.backends.x11.painted import Layout, PaintLedger, intersect, subtract
from recorder.capture.backends.x11.pixmap_camera import PixmapCamera
from recorder.capture.backends.x11.pixmaps import WindowPixmaps
from recorder.errors import PlatformError
from recorder.model.geometry import Rect
from recorder.model.raw import RawPatch, RawWindow

Stack = Sequence[RawWindow]


class Regime(ABC):
    """One way to read, with the ledger of what must not be read that belongs to it. Thread: the grabber's.

    Reading raises mss.exception.ScreenShotError or PlatformError when the display can't be read now.
    """

    ledger: PaintLedger
    per_window: bool

    def prepare(self, t_ns: int) -> bool:
        """Before a grab: whether everything has to be read again because of it."""
        return False

    def stack_changed(self, layout: Layout, t_ns: int) -> list[int]:
        """The windows whose damage until now proves nothing."""
        return self.ledger.update(layout, t_ns)

    def shape_changed(self, window: int) -> None:  # noqa: B027  # not every regime cares
        """A window's holes and edges may differ."""

    def screen_resized(self, bounds: Rect, t_ns: int) -> None:
        """The screen has another size; `stack_changed` is to follow."""
        self.ledger.resized(bounds, t_ns)
        self.drop_camera()

    def gone(self, window: int) -> None:
        """A window was destroyed."""
        self.ledger.gone(window)

    @abstractmethod
    def sources(self, kept: Sequence[Rect], layout: Layout, stack: Stack) -> set[int]:
        """The windows whose pixels the kept rectangles show."""

    @abstractmethod
    def trusted(self, kept: Sequence[Rect], stack: Stack) -> list[Rect]:
        """What of the kept rectangles may be read."""

    @abstractmethod
    def read(self, rects: Sequence[Rect], stack: Stack) -> tuple[RawPatch, ...]:
        """The pixels of trusted rectangles."""

    @abstractmethod
    def drop_camera(self) -> None:
        """The screen has another size, or reading failed: the next read opens a new camera."""

    def end(self) -> None:
        """The other regime begins."""
        self.drop_camera()


class RootRegime(Regime):
    """No compositor: what shows on the root window is what its windows drew, as far as the ledger knows."""

    per_window = False

    def __init__(self, display_name: str | None, layout: Layout, bounds: Rect) -> None:
        self._name = display_name
        self.ledger = PaintLedger(layout, bounds)
        self._camera: mss.MSS | None = open_camera(display_name)

    def sources(self, kept: Sequence[Rect], layout: Layout, stack: Stack) -> set[int]:
        """See the base class; also those that lie below."""
        return {window for window, rect in layout if intersect([rect], kept)}

    def trusted(self, kept: Sequence[Rect], stack: Stack) -> list[Rect]:
        """See the base class."""
        return subtract(kept, self.ledger.suspect)

    def read(self, rects: Sequence[Rect], stack: Stack) -> tuple[RawPatch, ...]:
        """See the base class."""
        if not rects:
            return ()
        camera = self._camera = self._camera or open_camera(self._name)
        return tuple(
            RawPatch(rect=rect, bgrx=camera.grab((rect.x, rect.y, rect.right, rect.bottom)).raw) for rect in rects
        )

    def drop_camera(self) -> None:
        """See the base class."""
        camera, self._camera = self._camera, None
        if camera is not None:
            with contextlib.suppress(mss.exception.ScreenShotError):
                camera.close()


class PixmapRegime(Regime):
    """A compositor: the root window may show what is hidden (fades), a window's pixmap only what is its own."""

    per_window = True
    ledger: ApartLedger

    def __init__(self, display: Any, display_name: str | None, layout: Layout, t_ns: int) -> None:
        self._name = display_name
        self.ledger = ApartLedger(layout, t_ns)
        self._layout = dict(layout)
        self._pixmaps = WindowPixmaps(display)
        self._camera: PixmapCamera | None = None

    def prepare(self, t_ns: int) -> bool:
        """See the base class. A window that the compositor had left on the screen has a new pixmap by our pin."""
        return bool(self._pin(t_ns))

    def stack_changed(self, layout: Layout, t_ns: int) -> list[int]:
        """See the base class."""
        self._layout = dict(layout)
        self._pixmaps.follow(layout)
        # At once: until it is pinned, a window may get another pixmap unseen.
        return list({*super().stack_changed(layout, t_ns), *self._pin(t_ns)})

    def shape_changed(self, window: int) -> None:
        """See the base class."""
        self._pixmaps.forget(window)

    def gone(self, window: int) -> None:
        """See the base class."""
        super().gone(window)
        self._pixmaps.gone(window)

    def sources(self, kept: Sequence[Rect], layout: Layout, stack: Stack) -> set[int]:
        """See the base class."""
        return {window for part in parts(kept, stack) for window in part.windows}

    def trusted(self, kept: Sequence[Rect], stack: Stack) -> list[Rect]:
        """See the base class."""
        return [
            rect for part in parts(kept, stack) if part.windows for rect in subtract([part.rect], self._suspect(part))
        ]

    def read(self, rects: Sequence[Rect], stack: Stack) -> tuple[RawPatch, ...]:
        """See the base class. What no pixmap vouches for is black."""
        return tuple(self._read(part) for part in parts(rects, stack))

    def drop_camera(self) -> None:
        """See the base class."""
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()

    def end(self) -> None:
        """See the base class."""
        super().end()
        self._pixmaps.release()

    def _pin(self, t_ns: int) -> list[int]:
        reseeded = self._pixmaps.pin(self._layout)
        for window in reseeded:
            self.ledger.reseeded(window, t_ns)
        return reseeded

    def _suspect(self, part: Part) -> list[Rect]:
        return [rect for window in part.windows for rect in self.ledger.suspect_in(window)]

    def _read(self, part: Part) -> RawPatch:
        *uppers, lowest = part.windows or (None,)
        base = self._pixels(lowest, part.rect) if lowest is not None else None
        if base is None or not uppers:
            return black(part.rect) if base is None else RawPatch(rect=part.rect, bgrx=base)
        picture = _as_pixels(base, part.rect)
        for window in reversed(uppers):
            upper = self._pixels(window, part.rect)
            named = self._pixmaps.name(window)
            if upper is None or named is None:
                return black(part.rect)
            pixels = _as_pixels(upper, part.rect)
            picture = over(pixels, picture) if named.alpha else pixels
        return RawPatch(rect=part.rect, bgrx=picture.tobytes())

    def _pixels(self, window: int, rect: Rect) -> bytearray | None:
        """None: the window has no pixmap, not of the size that it has on the screen, or one with undefined parts."""
        named, whole = self._pixmaps.name(window), self._layout.get(window)
        if named is None or whole is None or named.shaped or (named.width, named.height) != (whole.width, whole.height):
            return None
        if self._camera is None:
            self._camera = PixmapCamera(self._name or os.environ.get("DISPLAY"))
        inside = Rect(rect.x - whole.x, rect.y - whole.y, rect.width, rect.height)
        return self._camera.read(named.pixmap.id, inside)


def open_camera(display_name: str | None) -> mss.MSS:
    """mss on the root window. Raises: PlatformError when its pixels are not 32 bits of BGRX."""
    try:
        return mss.MSS(display=display_name or os.environ.get("DISPLAY"), with_cursor=False)
    except mss.exception.ScreenShotError:
        raise PlatformError("the screen can't be photographed", hint="a 24-bit TrueColor display is needed") from None


def black(rect: Rect) -> RawPatch:
    """Stands for kept pixels that can't be vouched for; they were not read."""
    return RawPatch(rect=rect, bgrx=bytes(rect.area * 4))


def _as_pixels(bgrx: bytearray, rect: Rect) -> Pixels:
    return np.frombuffer(bgrx, np.uint8).reshape(rect.height, rect.width, 4)
