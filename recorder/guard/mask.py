"""Text-like regions of a picture: pixels in, boxes to fill out. Everything with an edge is text until proven a rule.

What stays visible is what cannot spell anything: flat areas, and long straight lines whose colour does not change
along them. OpenCV does it in block space; without OpenCV numpy does a coarser job that hides more.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

try:
    import cv2 as _cv2
except ImportError:  # pragma: no cover - the tests take it away instead
    _cv2 = None  # type: ignore[assignment]

Bytes = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.int32]  # (n, 4): left, top, right, bottom; half open
Box = tuple[int, int, int, int]

DETECTOR = "mask_all/1"
EDGE = 8  # a step of this much in any channel between neighbours is an edge; grey-on-grey text has few more
RULE_WIDTH_PX, RULE_HEIGHT_PX = 120, 150  # shorter lines are kept as text: 60 px once erased half an e-mail address
BLOCK_X, BLOCK_Y = 4, 2  # components are looked for on blocks of this many pixels
CLOSE = (5, 3)  # in blocks: letters up to 16 px apart and lines up to 4 px apart are one component
PAD_PX, GRID_PX = 3, 32  # an exact width tells 5.8 bits about a name, 32 px steps tell 1.1
CONTEXT_PX = 160  # how far around an area pixels may decide whether a line in it is a rule
NO_BOXES: Boxes = np.empty((0, 4), np.int32)

cv2: Any = _cv2  # None where OpenCV is not installed


def edges(bgrx: Bytes, inside: Bytes) -> tuple[Bytes, Bytes]:
    """Steps to the right neighbour and to the one below, 255 where there is one and both pixels are `inside`.

    `bgrx` (height, width, 4) uint8 with the fourth byte zero; `inside` (height, width) uint8, 255 or 0.
    """
    across, down = np.zeros_like(inside), np.zeros_like(inside)
    across[:, :-1] = _steps(bgrx[:, 1:], bgrx[:, :-1]) & inside[:, 1:] & inside[:, :-1]
    down[:-1] = _steps(bgrx[1:], bgrx[:-1]) & inside[1:] & inside[:-1]
    return across, down


def _steps(one: Bytes, other: Bytes) -> Bytes:
    # A pixel's four bytes are looked at as one number: not zero when any channel has a step.
    if cv2 is not None:
        far: Any = cv2.threshold(cv2.absdiff(one, other), EDGE - 1, 255, cv2.THRESH_BINARY)[1]
    else:
        far = (np.maximum(one, other) - np.minimum(one, other)) >= EDGE
    stepped = np.ascontiguousarray(far).view(np.uint32)[..., 0] != 0
    marked: Bytes = stepped.view(np.uint8) * np.uint8(255)
    return marked


def without_rules(across: Bytes, down: Bytes) -> Bytes:
    """All steps but those of ruling lines: runs of 120 px (150 upright) along which the colour never changes."""
    flat_right = ~across
    flat_down = ~down
    level = down & flat_right
    level[:-1] &= flat_right[1:]
    upright = across & flat_down
    upright[:, :-1] &= flat_down[:, 1:]
    return (down & ~_long_runs(level, RULE_WIDTH_PX, 1)) | (across & ~_long_runs(upright, RULE_HEIGHT_PX, 0))


def _long_runs(marks: Bytes, length: int, axis: int) -> Bytes:
    """The marks that are part of a run of at least `length` along the axis: erosion, then dilation, by doubling."""
    starts, reach = marks, 1
    while reach < length:
        step = min(reach, length - reach)
        starts, reach = starts & _moved(starts, step, axis), reach + step
    runs, reach = starts, 1
    while reach < length:
        step = min(reach, length - reach)
        runs, reach = runs | _moved(runs, -step, axis), reach + step
    return runs


def _moved(marks: Bytes, by: int, axis: int) -> Bytes:
    """`moved[i] = marks[i + by]` along the axis, zero where that is outside."""
    moved = np.zeros_like(marks)
    size = marks.shape[axis]
    if abs(by) >= size:
        return moved
    source = slice(by, None) if by > 0 else slice(None, by)
    target = slice(None, -by) if by > 0 else slice(-by, None)
    if axis == 1:
        moved[:, target] = marks[:, source]
    else:
        moved[target] = marks[source]
    return moved


def find(bgrx: Bytes, inside: Bytes, area: Box) -> Boxes:
    """The boxes of everything text-like in `area`, within the area. Deterministic.

    `bgrx` (height, width, 4) and `inside` (height, width) are of the whole screen, padded to multiples of 32; `area` is
    aligned to 32. Pixels up to `CONTEXT_PX` around the area are read, so that its border changes nothing.
    """
    if cv2 is None:
        return find_blocks(bgrx, inside, area)
    height, width = inside.shape
    x0, y0 = max(0, area[0] - CONTEXT_PX), max(0, area[1] - CONTEXT_PX)
    x1, y1 = min(width, area[2] + CONTEXT_PX), min(height, area[3] + CONTEXT_PX)
    across, down = edges(bgrx[y0:y1, x0:x1], inside[y0:y1, x0:x1])
    blocks = _close(_any_in_blocks(without_rules(across, down)))
    left, top = (area[0] - x0) // BLOCK_X, (area[1] - y0) // BLOCK_Y
    part = blocks[top : top + (area[3] - area[1]) // BLOCK_Y, left : left + (area[2] - area[0]) // BLOCK_X]
    return _components(part) + np.array([area[0], area[1], area[0], area[1]], np.int32)


def _any_in_blocks(marks: Bytes) -> Bytes:
    wide = marks.view(np.uint32) != 0  # four marks at once: BLOCK_X
    blocks: Bytes = (wide[0::2] | wide[1::2]).view(np.uint8)
    return blocks


def _close(blocks: Bytes) -> Bytes:
    kernel = np.ones((CLOSE[1], CLOSE[0]), np.uint8)
    closed: Bytes = cv2.morphologyEx(blocks, cv2.MORPH_CLOSE, kernel)
    return closed


def _components(blocks: Bytes) -> Boxes:
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(blocks), connectivity=8, ltype=cv2.CV_32S)
    x, y, width, height = stats[1:, 0], stats[1:, 1], stats[1:, 2], stats[1:, 3]
    return np.stack((x * BLOCK_X, y * BLOCK_Y, (x + width) * BLOCK_X, (y + height) * BLOCK_Y), axis=1, dtype=np.int32)


def find_blocks(bgrx: Bytes, inside: Bytes, area: Box) -> Boxes:
    """`find` without OpenCV: every 32 x 8 block with an edge in it, whether text or line."""
    x0, y0, x1, y1 = area
    # One more pixel to the right and below: an edge is marked on its left or upper pixel.
    across, down = edges(bgrx[y0 : y1 + 1, x0 : x1 + 1], inside[y0 : y1 + 1, x0 : x1 + 1])
    marks = (across | down)[: y1 - y0, : x1 - x0]
    blocks = marks.reshape((y1 - y0) // 8, 8, (x1 - x0) // GRID_PX, GRID_PX).any(axis=(1, 3))
    rows, columns = np.nonzero(blocks)
    x, y = x0 + columns * GRID_PX, y0 + rows * 8
    return np.stack((x, y, x + GRID_PX, y + 8), axis=1).astype(np.int32)


def snapped(boxes: Boxes) -> Boxes:
    """The boxes as they are filled: padded, and snapped outwards to the horizontal grid. May leave the picture."""
    grown = boxes + np.array([-PAD_PX, -PAD_PX, PAD_PX, PAD_PX], np.int32)
    grown[:, 0] -= grown[:, 0] % GRID_PX
    grown[:, 2] += -grown[:, 2] % GRID_PX
    return grown


def joined(found: Boxes, others: Boxes, area: Box) -> tuple[Boxes, Boxes]:
    """Grow components at the area's border by what they touch outside it.

    A component that reaches the border goes on outside, where nothing was examined; the boxes found there before hold
    its other parts. Returns (inside boxes untouched, the rest). Boxes may only ever grow here: masks more, never less.
    """
    x0, y0, x1, y1 = area
    at_border = (found[:, 0] <= x0) | (found[:, 1] <= y0) | (found[:, 2] >= x1) | (found[:, 3] >= y1)
    rest = others
    for box in found[at_border]:
        rest = _absorb(box, rest)
    return found[~at_border], rest


def _absorb(box: Boxes, others: Boxes) -> Boxes:
    while True:
        touching = (
            (others[:, 0] <= box[2]) & (others[:, 2] >= box[0]) & (others[:, 1] <= box[3]) & (others[:, 3] >= box[1])
        )
        if not touching.any():
            return np.vstack((others, box))
        group = np.vstack((others[touching], box))
        box = np.concatenate((group[:, :2].min(axis=0), group[:, 2:].max(axis=0)))
        others = others[~touching]
