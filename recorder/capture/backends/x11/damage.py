"""What was drawn on the screen since the last look, gathered by the X server: nothing drawn, nothing sent.

Source: DAMAGE 1.1, https://www.x.org/releases/current/doc/damageproto/damageproto.txt.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from Xlib.ext import damage

from recorder.capture.backends.x11.connection import create_region, fetch_region, require
from recorder.model.geometry import Rect

# Damage is widened by a margin and then rounded out to tiles. Smaller tiles read fewer pixels with more requests.
MARGIN_PX = 4
TILE_PX = 32
# Above this many pieces in a kept rectangle it is read as the box around them: a request costs what many pixels do.
MAX_PIECES = 24


class RootDamage:
    """Damage of the root window and everything in it. Thread: the connection's. Raises on init: PlatformError."""

    def __init__(self, display: Any) -> None:
        require(display, "DAMAGE", "XFIXES")
        self._display = display
        display.xfixes_query_version()
        display.damage_query_version()
        self._region = create_region(display)
        self._damage = display.screen().root.damage_create(damage.DamageReportNonEmpty)
        self.event_type = int(display.query_extension("DAMAGE").first_event) + damage.DamageNotifyCode

    def take(self) -> list[Rect]:
        """What was drawn since the last call, in coordinates of the screen; the next drawing is announced again."""
        self._display.damage_subtract(self._damage, repair=0, parts=self._region)
        return fetch_region(self._display, self._region)


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
