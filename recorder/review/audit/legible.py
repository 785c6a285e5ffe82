"""Pixels in, the parts of them in which anything could be read out, packed onto few small pages for the reader.

Most of a stored picture is flat: windows' backgrounds, and the boxes over what was masked. Reading costs by the pixel,
so only what has edges in both directions is shown to the reader, and what it has read once it is not shown again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from recorder.model.geometry import Rect

Pixels = npt.NDArray[np.uint8]
CELL_PX = 8
EDGE = 6  # of 255, in any channel: fainter than any text that can be read
_PAD_PX = 8
_REACH = 3  # cells between two parts of a line
_LEAST_CELLS = 3  # what has fewer is a corner, a dot or a single character
PAGE_PX = 1280
LEAST_PAGE_PX = 320
_BETWEEN_PX = 40
_PAPER = 128


@dataclass(slots=True)
class Page:
    """A picture for the reader: crop `number` lies at (x, y)."""

    pixels: Pixels
    placed: list[tuple[int, int, int]] = field(default_factory=list)


def legible(pixels: Pixels) -> list[Rect]:
    """Disjoint rectangles around everything with text-like edges. `pixels`: (height, width, 3) uint8, sRGB."""
    cells = _edged(pixels).astype(np.uint8)
    joined = cv2.dilate(cells, np.ones((3, 2 * _REACH + 1), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    inked = np.bincount(labels[cells > 0], minlength=count)
    found = [_padded(boxes[number], pixels.shape) for number in range(1, count) if inked[number] >= _LEAST_CELLS]
    return disjoint(found)


def _edged(pixels: Pixels) -> npt.NDArray[np.bool_]:
    """Per cell: whether edges run through it in both directions, in one of them twice. The corner of a filled box has
    one of each, its sides one or none; a letter has more."""
    height, width = (-(-side // CELL_PX) * CELL_PX for side in pixels.shape[:2])
    whole = cv2.copyMakeBorder(pixels, 0, height - pixels.shape[0], 0, width - pixels.shape[1], cv2.BORDER_REPLICATE)
    across = np.zeros((height, width), bool)
    across[:, 1:] = cv2.absdiff(whole[:, 1:], whole[:, :-1]).max(axis=2) > EDGE
    down = np.zeros((height, width), bool)
    down[1:] = cv2.absdiff(whole[1:], whole[:-1]).max(axis=2) > EDGE
    rows, columns = height // CELL_PX, width // CELL_PX
    upright = across.reshape(rows, CELL_PX, width).any(axis=1).reshape(rows, columns, CELL_PX).sum(axis=2)
    level = down.reshape(height, columns, CELL_PX).any(axis=2).reshape(rows, CELL_PX, columns).sum(axis=1)
    edged: npt.NDArray[np.bool_] = (np.minimum(upright, level) >= 1) & (np.maximum(upright, level) >= 2)
    return edged


def _padded(box: Sequence[int], shape: tuple[int, ...]) -> Rect:
    x, y, width, height = (int(value) * CELL_PX for value in box[:4])
    left, top = max(0, x - _PAD_PX), max(0, y - _PAD_PX)
    right, bottom = min(shape[1], x + width + _PAD_PX), min(shape[0], y + height + _PAD_PX)
    return Rect(left, top, right - left, bottom - top)


def disjoint(rects: Sequence[Rect]) -> list[Rect]:
    """The same area and more, without overlaps: what overlaps becomes the box around both."""
    left = list(rects)
    done: list[Rect] = []
    while left:
        one = left.pop()
        near = [other for other in done if one.intersect(other)]
        if near:
            left.append(_around([one, *near]))
            done = [other for other in done if other not in near]
        else:
            done.append(one)
    return sorted(done, key=lambda rect: (rect.y, rect.x))


def _around(rects: Sequence[Rect]) -> Rect:
    x, y = min(rect.x for rect in rects), min(rect.y for rect in rects)
    right, bottom = max(rect.x + rect.width for rect in rects), max(rect.y + rect.height for rect in rects)
    return Rect(x, y, right - x, bottom - y)


def pages(crops: Sequence[Pixels]) -> list[Page]:
    """All crops on as few pages as shelves allow, tallest first. What is larger than a page is a page of its own."""
    open_shelves: list[list[tuple[int, int, int]]] = [[]]
    x, y, shelf_px = 0, 0, 0
    for number in sorted(range(len(crops)), key=lambda number: -crops[number].shape[0]):
        height, width = crops[number].shape[:2]
        if x and x + width > PAGE_PX:
            x, y, shelf_px = 0, y + shelf_px + _BETWEEN_PX, 0
        if y and y + height > PAGE_PX:
            open_shelves.append([])
            x, y, shelf_px = 0, 0, 0
        open_shelves[-1].append((number, x, y))
        x, shelf_px = x + width + _BETWEEN_PX, max(shelf_px, height)
    return [_painted(placed, crops) for placed in open_shelves if placed]


def _painted(placed: list[tuple[int, int, int]], crops: Sequence[Pixels]) -> Page:
    width = max(x + crops[number].shape[1] for number, x, _ in placed)
    height = max(y + crops[number].shape[0] for number, _, y in placed)
    pixels = np.full((max(height, LEAST_PAGE_PX), max(width, LEAST_PAGE_PX), 3), _PAPER, np.uint8)
    for number, x, y in placed:
        crop = crops[number]
        pixels[y : y + crop.shape[0], x : x + crop.shape[1]] = crop
    return Page(pixels, placed)
