"""One monitor's picture in memory: kept pixels in, a masked picture out. Only what changed is examined again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recorder.guard.mask import GRID_PX, NO_BOXES, STRIP, Box, Boxes, Bytes, cv2, find, joined, snapped
from recorder.guard.pixels import count, rendered
from recorder.guard.regions import Region
from recorder.model.geometry import Monitor, Rect
from recorder.model.raw import RawPatch

if TYPE_CHECKING:  # without a rule that asks for words nothing of it is loaded
    from recorder.guard.reveal.page import Page

# A changed pixel can make or break a ruling line this far away, and closing reaches 16 px further.
MARGIN_X_PX, MARGIN_Y_PX = 144, 176
_MOST_DIRTY = 64  # more separate changes than this are examined as one
_WHOLE = 0.6  # when this much is to be examined, examining everything costs no more


@dataclass(frozen=True, slots=True)
class Filled:
    """What examining a canvas found: counts of boxes and pixels for the frame's row. `boxes` of which all is shown are
    not counted."""

    boxes: int
    masked_px: int
    withheld_px: int
    secrets: int
    fields: int = 0


class Canvas:
    """Pixels that may be kept, black elsewhere; and the masked picture that was made of them last.

    Arrays are padded to multiples of 32, so that blocks and grid never need a special case at the right and below.
    """

    def __init__(self, monitor: Monitor, page: Page | None = None) -> None:
        """`page` finds the words that may be shown; without it every text-like region is filled."""
        self.monitor = monitor
        self._page = page
        height, width = -(-monitor.rect.height // 32) * 32, -(-monitor.rect.width // 32) * 32
        self._pixels: Bytes = np.zeros((height, width, 4), np.uint8)
        self._inside: Bytes = np.zeros((height, width), np.uint8)
        self._filled: Bytes = np.zeros((height, width), np.uint8)
        self._shown: Bytes = np.zeros((height, width, 3), np.uint8)
        self._whole: Box = (0, 0, width, height)
        self._keep: tuple[Box, ...] = ()
        self._boxes: Boxes = NO_BOXES
        self._dirty: list[Box] = []
        self._covers: tuple[Box, ...] = ()
        self._hidden: tuple[Box, ...] = ()
        self._fields: tuple[Box, ...] = ()
        self._words: tuple[Box, ...] = ()  # where words may be shown
        self._legible: Bytes = self._inside  # 255 there; a plane of its own only when there is such a place
        self.changed = False  # the masked picture differs from the one that was minted last

    @property
    def empty(self) -> bool:
        """Nothing on this monitor may be kept."""
        return not self._keep

    @property
    def dirty(self) -> bool:
        """Pixels changed that were not examined yet."""
        return bool(self._dirty) or self.changed

    @property
    def unread(self) -> bool:
        """Lines are waiting to be read, so that the next examination may show more."""
        return self._page is not None and self._page.unread

    @property
    def shows_words(self) -> bool:
        """Something that is text-like is shown, as harmless."""
        return self._page is not None and bool(self._page.rects)

    def read_ahead(self) -> None:
        """Read lines that are waiting, unless something changed that may be among them."""
        if self._page is not None and not self._dirty:
            self._page.read_ahead(self._pixels)

    def reset(self, keep: Region) -> None:
        """Forget every pixel; from now on keep what lies in `keep` (virtual desktop coordinates)."""
        self._keep = tuple(self._local(rect) for rect in keep if rect.intersect(self.monitor.rect))
        for plane in (self._pixels, self._inside):
            plane.fill(0)
        for x0, y0, x1, y1 in self._keep:
            self._inside[y0:y1, x0:x1] = 255
        self._boxes = NO_BOXES
        self._dirty = [self._whole]
        self._words = ()
        if self._page is not None:
            self._page.forget()

    def paint(self, patch: RawPatch) -> bool:
        """Take over the kept part of a patch; whatever else it holds is ignored. Returns whether any was.

        Raises: ValueError when the bytes do not fill the rectangle.
        """
        rect = patch.rect
        source = np.frombuffer(patch.bgrx, "<u4").reshape(rect.height, rect.width)
        origin = self.monitor.rect
        before = len(self._dirty)
        for x0, y0, x1, y1 in self._keep:
            part = rect.intersect(Rect(origin.x + x0, origin.y + y0, x1 - x0, y1 - y0))
            if part is not None:
                self._copy(source, rect, part)
        return len(self._dirty) > before

    def _copy(self, source: np.ndarray[tuple[int, int], np.dtype[np.uint32]], rect: Rect, part: Rect) -> None:
        x0, y0, x1, y1 = self._local(part)
        top, left = part.y - rect.y, part.x - rect.x
        # The fourth byte means nothing, so it must not make two equal pixels differ.
        colours = source[top : top + part.height, left : left + part.width] & np.uint32(0x00FFFFFF)
        self._pixels.view(np.uint32)[y0:y1, x0:x1, 0] = colours
        self._dirty.append((x0, y0, x1, y1))

    def examine(self, covers: Region, hidden: Region, fields: Region = (), words: Region = ()) -> None:
        """Bring the masked picture up to date; sets `changed` when it looks different.

        `covers` are secret and `fields` may hold what was typed: both are filled whatever they show; `hidden` count
        as withheld. In `words` what is proven harmless is shown.
        """
        fresh = [self._locals(rects) for rects in (covers, hidden, fields)]
        stale = [
            box
            for new, old in zip(fresh, (self._covers, self._hidden, self._fields), strict=True)
            for box in set(new) ^ set(old)
        ]
        self._covers, self._hidden, self._fields = fresh
        masked = [self._mask(area) for area in self._areas()]
        self._dirty = []
        if self._page is not None:
            stale += self._read(self._page, self._locals(words), masked)
        # What lies in an area that is rendered anyway need not be rendered twice: after a full grab that is every word.
        for area in [*masked, *(box for box in stale if not any(_holds(area, box) for area in masked))]:
            self._render(area)

    def _locals(self, rects: Region) -> tuple[Box, ...]:
        return tuple(self._local(rect) for rect in rects if rect.intersect(self.monitor.rect))

    def _read(self, page: Page, words: tuple[Box, ...], changed: list[Box]) -> list[Box]:
        """Look for words where something changed. Returns where something else is shown than before."""
        if words != self._words:
            before = page.rects
            page.forget()
            self._words, self._legible = words, _within(self._inside, words)
            changed = [self._whole]
        else:
            before = []
        if not words:
            return before
        for area in changed:
            page.look(self._pixels, self._legible, self._unbroken(area, np.vstack((self._boxes, page.boxes))))
        return before + page.read(self._pixels)

    def _unbroken(self, area: Box, boxes: Boxes) -> Box:
        """The area and all boxes that reach into it, and what reaches into those: no line crosses its border."""
        x0, y0, x1, y1 = _clipped(area, self._whole)
        while True:
            hit = (boxes[:, 0] < x1) & (boxes[:, 2] > x0) & (boxes[:, 1] < y1) & (boxes[:, 3] > y0)
            if not hit.any():
                return x0, y0, x1, y1
            low, high = boxes[hit, :2].min(axis=0), boxes[hit, 2:].max(axis=0)
            grown = min(x0, int(low[0])), min(y0, int(low[1])), max(x1, int(high[0])), max(y1, int(high[1]))
            if grown == (x0, y0, x1, y1):
                return grown
            x0, y0, x1, y1 = grown

    def minted(self) -> bytes:
        """The masked picture's RGB bytes; it counts as minted from now on."""
        self.changed = False
        return self._shown[: self.monitor.rect.height, : self.monitor.rect.width].tobytes()

    def filled(self) -> Filled:
        """What the last examination filled and left out."""
        shown = self._inside.copy() if self._hidden else self._inside
        for x0, y0, x1, y1 in self._hidden:
            shown[y0:y1, x0:x1] = 0
        withheld_px = self.monitor.rect.area - count(shown)
        boxes = len(self._boxes) - self._all_shown()
        return Filled(boxes, count(self._filled), withheld_px, len(self._covers), len(self._fields))

    def _all_shown(self) -> int:
        """How many boxes hide nothing any more."""
        rects = [] if self._page is None else self._page.rects
        left = [box for box in self._boxes.tolist() if any(_overlap(tuple(box), rect) for rect in rects)]
        # Their own margins stay filled: what counts is whether anything in the middle does.
        return sum(not self._filled[y0 + 4 : y1 - 4, x0 + 4 : x1 - 4].any() for x0, y0, x1, y1 in left)

    def _areas(self) -> list[Box]:
        """The changed rectangles with everything around them that they can influence; disjoint."""
        if len(self._dirty) > _MOST_DIRTY:
            return [self._whole]
        areas: list[Box] = []
        for box in self._dirty:
            areas = _merge(areas, self._around(box))
        return areas if sum(map(_area, areas)) <= _WHOLE * _area(self._whole) else [self._whole]

    def _around(self, box: Box) -> Box:
        x0, y0 = max(0, box[0] - MARGIN_X_PX), max(0, box[1] - MARGIN_Y_PX)
        x1, y1 = box[2] + MARGIN_X_PX, box[3] + MARGIN_Y_PX
        grid = GRID_PX
        return (
            x0 - x0 % grid,
            y0 - y0 % grid,
            min(self._whole[2], x1 + -x1 % grid),
            min(self._whole[3], y1 + -y1 % grid),
        )

    def _mask(self, area: Box) -> Box:
        """Examine one area. Returns what has to be rendered again, which may reach beyond it."""
        found = find(self._pixels, self._inside, area)
        old = self._boxes
        x0, y0, x1, y1 = area
        within = (old[:, 0] >= x0) & (old[:, 1] >= y0) & (old[:, 2] <= x1) & (old[:, 3] <= y1)
        # Blocks of the coarse finder never reach across an area's border, so they have nothing to join.
        inner, rest = joined(found, old[~within], area) if cv2 is not None else (found, old[~within])
        self._boxes = np.vstack((inner, rest))
        crossing = (rest[:, 0] < x1) & (rest[:, 2] > x0) & (rest[:, 1] < y1) & (rest[:, 3] > y0)
        touched = snapped(np.vstack((np.array([area], np.int32), rest[crossing])))
        low, high = touched[:, :2].min(axis=0), touched[:, 2:].max(axis=0)
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def _render(self, area: Box) -> None:
        x0, y0, x1, y1 = _clipped(area, self._whole)
        if x1 <= x0 or y1 <= y0:
            return
        window = (slice(y0, y1), slice(x0, x1))
        inside = self._inside[window].copy()
        for box in self._hidden:
            _fill(inside, box, x0, y0, 0)
        filled = np.zeros_like(inside)
        for box in _crossing(snapped(self._boxes), area):
            _fill(filled, box, x0, y0, 255)
        for box in () if self._page is None else self._page.rects:
            if _overlap(box, area):
                _fill(filled, box, x0, y0, 0)
        for box in [*self._covers, *self._fields]:
            _fill(filled, box, x0, y0, 255)
        filled &= inside
        self._filled[window] = filled
        for top in range(y0, y1, STRIP):
            rows, part = slice(top, min(y1, top + STRIP)), slice(top - y0, min(y1, top + STRIP) - y0)
            visible = inside[part] & ~filled[part]
            shown = rendered(self._pixels[rows, x0:x1], visible, filled[part])
            if not np.array_equal(shown, self._shown[rows, x0:x1]):
                self._shown[rows, x0:x1] = shown
                self.changed = True

    def _local(self, rect: Rect) -> Box:
        part = rect.intersect(self.monitor.rect) or Rect(self.monitor.rect.x, self.monitor.rect.y, 0, 0)
        x, y = part.x - self.monitor.rect.x, part.y - self.monitor.rect.y
        return (x, y, x + part.width, y + part.height)


def _within(inside: Bytes, boxes: Iterable[Box]) -> Bytes:
    """`inside` without what is in none of the boxes."""
    plane = np.zeros_like(inside)
    for x0, y0, x1, y1 in boxes:
        plane[y0:y1, x0:x1] = inside[y0:y1, x0:x1]
    return plane


def _holds(area: Box, box: Box) -> bool:
    return area[0] <= box[0] and area[1] <= box[1] and box[2] <= area[2] and box[3] <= area[3]


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _clipped(box: Box, whole: Box) -> Box:
    return max(box[0], whole[0]), max(box[1], whole[1]), min(box[2], whole[2]), min(box[3], whole[3])


def _merge(areas: list[Box], box: Box) -> list[Box]:
    """Disjoint areas and one more, joined with all that it overlaps."""
    while True:
        hit = [other for other in areas if _overlap(box, other)]
        if not hit:
            return [*areas, box]
        areas = [other for other in areas if other not in hit]
        group = [box, *hit]
        box = (
            min(one[0] for one in group),
            min(one[1] for one in group),
            max(one[2] for one in group),
            max(one[3] for one in group),
        )


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _crossing(boxes: Boxes, area: Box) -> list[Box]:
    x0, y0, x1, y1 = area
    hit = (boxes[:, 0] < x1) & (boxes[:, 2] > x0) & (boxes[:, 1] < y1) & (boxes[:, 3] > y0)
    return [(left, top, right, bottom) for left, top, right, bottom in boxes[hit].tolist()]


def _fill(plane: Bytes, box: Box, x0: int, y0: int, value: int) -> None:
    plane[max(0, box[1] - y0) : max(0, box[3] - y0), max(0, box[0] - x0) : max(0, box[2] - x0)] = value
