"""What was drawn on the screen since the last look, gathered by the X server: nothing drawn, nothing sent.

Source: DAMAGE 1.1, https://www.x.org/releases/current/doc/damageproto/damageproto.txt.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from Xlib import X
from Xlib.ext import damage

from recorder.capture.backends.x11.connection import attempt, create_region, fetch_region, require
from recorder.model.geometry import Rect

# Damage is widened by a margin and then rounded out to tiles. Smaller tiles read fewer pixels with more requests.
MARGIN_PX = 4
TILE_PX = 32
# Above this many pieces in a kept rectangle it is read as the box around them: a request costs what many pixels do.
MAX_PIECES = 24


class WindowDamage:
    """Damage of every top-level, each for itself. Thread: the connection's. Raises on init: PlatformError."""

    def __init__(self, display: Any) -> None:
        require(display, "DAMAGE", "XFIXES")
        self._display = display
        display.xfixes_query_version()
        display.damage_query_version()
        self._region = create_region(display)
        self._damages: dict[int, int] = {}
        self.announced: set[int] = set()  # windows with damage that was not taken yet
        self.event_type = int(display.query_extension("DAMAGE").first_event) + damage.DamageNotifyCode

    def follow(self, windows: Iterable[int]) -> list[int]:
        """Watch exactly these; those of the new ones that were mapped already, so that earlier drawing went unseen."""
        wanted = set(windows)
        for gone in self._damages.keys() - wanted:
            self._display.damage_destroy(self._damages.pop(gone))
            self.announced.discard(gone)
        return [window for window in wanted - self._damages.keys() if self._watch(window)]

    def on_event(self, event: Any) -> int | None:
        """Which window an event announces damage of; None for one that is not watched any more."""
        window = int(event.drawable.id if hasattr(event.drawable, "id") else event.drawable)
        if self._damages.get(window) != event.damage:
            return None
        self.announced.add(window)
        return window

    def take(self, window: int, origin: tuple[int, int]) -> list[Rect]:
        """What was drawn in it since the last call, in coordinates of the screen; the next drawing is announced."""
        self.announced.discard(window)
        if window not in self._damages:
            return []
        self._display.damage_subtract(self._damages[window], repair=0, parts=self._region)
        inside = fetch_region(self._display, self._region)
        return [Rect(rect.x + origin[0], rect.y + origin[1], rect.width, rect.height) for rect in inside]

    def forget(self, window: int) -> bool:
        """Drop the damage of a window that was unmapped; False when it is mapped again already."""
        if window not in self._damages:
            return False
        self.announced.discard(window)
        self._display.damage_subtract(self._damages[window])
        return not self._is_mapped(window)

    def _watch(self, window: int) -> bool:
        resource = self._display.create_resource_object("window", window)
        self._damages[window] = resource.damage_create(damage.DamageReportNonEmpty)
        # A new damage object starts with everything visible in it, which says nothing about who drew that.
        self._display.damage_subtract(self._damages[window])
        return self._is_mapped(window)

    def _is_mapped(self, window: int) -> bool:
        """Also when that can't be known."""
        attributes = attempt(self._display.create_resource_object("window", window).get_attributes)
        return attributes is None or attributes.map_state != X.IsUnmapped


def pieces(dirty: Iterable[Rect], kept: Sequence[Rect], bounds: Rect) -> tuple[Rect, ...]:
    """The parts of `kept` (disjoint) that `dirty` touches, disjoint, rounded out to tiles but never beyond `kept`."""
    tiles = _tiles(dirty, bounds)
    if not tiles.any():
        return ()
    found: list[Rect] = []
    for rect in kept:
        parts = [part for tile in _boxes(tiles, rect) if (part := tile.intersect(rect))]
        found += [_around(parts)] if len(parts) > MAX_PIECES else parts
    return tuple(found)


def _tiles(dirty: Iterable[Rect], bounds: Rect) -> npt.NDArray[np.bool_]:
    """(rows, columns) bool: which tiles of the screen are touched."""
    tiles = np.zeros((-(-bounds.height // TILE_PX), -(-bounds.width // TILE_PX)), dtype=np.bool_)
    for rect in dirty:
        top, left = max(0, rect.y - MARGIN_PX) // TILE_PX, max(0, rect.x - MARGIN_PX) // TILE_PX
        bottom, right = max(0, rect.bottom + MARGIN_PX - 1), max(0, rect.right + MARGIN_PX - 1)
        tiles[top : bottom // TILE_PX + 1, left : right // TILE_PX + 1] = True
    return tiles


def _boxes(tiles: npt.NDArray[np.bool_], kept: Rect) -> list[Rect]:
    """The touched tiles under `kept` as disjoint rectangles: runs of a row, joined with an equal run below."""
    top, left = kept.y // TILE_PX, kept.x // TILE_PX
    window = tiles[top : (kept.bottom - 1) // TILE_PX + 1, left : (kept.right - 1) // TILE_PX + 1]
    done: list[Rect] = []
    growing: dict[tuple[int, int], int] = {}  # (first column, column after the last) -> first row
    for row, runs in enumerate([*map(_runs, window), []]):
        for run in [run for run in growing if run not in runs]:
            start = growing.pop(run)
            y, height = (top + start) * TILE_PX, (row - start) * TILE_PX
            done.append(Rect((left + run[0]) * TILE_PX, y, (run[1] - run[0]) * TILE_PX, height))
        for run in runs:
            growing.setdefault(run, row)
    return done


def _runs(row: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _around(rects: Sequence[Rect]) -> Rect:
    x, y = min(r.x for r in rects), min(r.y for r in rects)
    return Rect(x, y, max(r.right for r in rects) - x, max(r.bottom for r in rects) - y)
