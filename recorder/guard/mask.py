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
STRIP = 64  # rows that are worked on at once, so that what is in between stays in the processor's cache
NO_BOXES: Boxes = np.empty((0, 4), np.int32)

cv2: Any = _cv2  # None where OpenCV is not installed


def edges(bgrx: Bytes, inside: Bytes) -> tuple[Bytes, Bytes]:
    """Steps to the right neighbour and to the one below: 1 where there is one and both pixels are `inside`, else 0.

    `bgrx` (height, width, 4) uint8 with the fourth byte zero; `inside` (height, width) uint8, 255 or 0.
    """
    across, down = np.zeros_like(inside), np.zeros_like(inside)
    for top in range(0, len(inside), STRIP):
        rows = slice(top, top + STRIP)
        part, kept = bgrx[top : top + STRIP + 1], inside[top : top + STRIP + 1]
        across[rows, :-1] = _steps(bgrx[rows, 1:], bgrx[rows, :-1]) & inside[rows, 1:] & inside[rows, :-1]
        down[top : top + len(part) - 1] = _steps(part[1:], part[:-1]) & kept[1:] & kept[:-1]
    return across, down


def _steps(one: Bytes, other: Bytes) -> Bytes:
    # A pixel's four bytes are looked at as one number: not zero when any channel has a step.
    if cv2 is not None:
        far: Any = cv2.absdiff(one, other)
        cv2.threshold(far, EDGE - 1, 255, cv2.THRESH_BINARY, dst=far)
    else:
        far = (np.maximum(one, other) - np.minimum(one, other)) >= EDGE
    stepped = np.ascontiguousarray(far).view(np.uint32)[..., 0] != 0
    marked: Bytes = stepped.view(np.uint8)
    return marked


def without_rules(across: Bytes, down: Bytes) -> Bytes:
    """All steps but those of ruling lines: runs of 120 px (150 upright) along which the colour never changes."""
    levels, level_runs = _rules(down, across, RULE_WIDTH_PX)
    uprights, upright_runs = _rules(across.T, down.T, RULE_HEIGHT_PX)
    left, standing = down.copy(), across.copy()
    left[levels] &= ~level_runs
    standing.T[uprights] &= ~upright_runs
    left |= standing
    return left


def _rules(steps: Bytes, along: Bytes, length: int) -> tuple[npt.NDArray[np.intp], Bytes]:
    """Rows that hold ruling lines, and in those rows 255 where a line is: a run of steps to the next row with no step
    `along` either row. Few rows hold enough steps for a line, and fewer still are left when the others are taken away.
    """
    rows = np.flatnonzero(_row_sums(steps) >= length)
    below = np.minimum(rows + 1, len(steps) - 1)
    marks: Bytes = steps[rows] & ((along[rows] | along[below]) ^ np.uint8(1))
    enough = _row_sums(marks) >= length
    rows, marks = rows[enough], marks[enough]
    return rows, _long_runs(marks, length) * np.uint8(255)


def _row_sums(marks: Bytes) -> npt.NDArray[np.int64]:
    if cv2 is not None and marks.size:
        # OpenCV wants rows in memory order, so of a transposed array it adds up columns.
        flipped = not marks.flags.c_contiguous
        plane = marks.T if flipped else marks
        sums: Any = cv2.reduce(np.ascontiguousarray(plane), 0 if flipped else 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
        return np.asarray(sums.ravel(), np.int64)
    return np.asarray(marks.sum(axis=1, dtype=np.int64))


def _long_runs(marks: Bytes, length: int) -> Bytes:
    """The marks that are part of a run of at least `length` in their row: erosion, then dilation, by doubling."""
    width = marks.shape[1]
    if width < length or not len(marks):
        return np.zeros_like(marks)
    starts, reach = marks, 1
    while reach < length:
        step = min(reach, length - reach)
        starts, reach = starts[:, :-step] & starts[:, step:], reach + step
    runs, reach = np.zeros_like(marks), 1
    runs[:, : starts.shape[1]] = starts
    while reach < length:
        step = min(reach, length - reach)
        runs[:, step:] = runs[:, step:] | runs[:, :-step]
        reach += step
    return runs


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
