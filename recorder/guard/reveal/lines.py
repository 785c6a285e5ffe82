"""Where lines of text stand: pixels in, one box for each stretch of letters that stand side by side out.

The mask's own boxes hold whole paragraphs, frames and pictures. Here letters are joined sideways only, so that lines
part; frames around text and everything taller than a line are taken out first, and so stay masked.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recorder.guard.mask import Boxes, Bytes, cv2, edges, without_rules

TALLEST_PX = 44  # what is taller is no line: QR codes, pictures, avatars
_LOWEST_PX, _NARROWEST_PX = 5, 3  # what is smaller is a dot or a stroke
_JOIN_PX = 14  # letters this far apart are one stretch; the mask's own closing reaches 16
_JOIN = 1.15  # and this many heights of their letters: in large ones of one width a blank is wider than those pixels
_TALLER = 1.1  # tall letters, in heights of low ones
_FLAT_PX, _HANGS, _UNCOVERED = 5, 0.4, 0.5  # an underscore: how high, how far below in heights of its line, and the
# share of it that letters may stand over
_FRAME_MARGIN_PX = 2
_SIDE_PX = 24  # a stroke this tall, and narrow, may be the side of a box around text

_NEAR_PX, _NEAR = 2, 0.2  # nearer than this, at least in pixels or in heights of the line, is no margin

Labels = npt.NDArray[np.int32]
Heights = npt.NDArray[np.int64]


class Segments(NamedTuple):
    """`boxes` (n, 4) of lines, relative to what was examined, each with the numbers of its stretches in `labels`, the
    plane of stretches (0: nothing there). A number in `labels` without a box is of something that is never shown."""

    boxes: Boxes
    numbers: list[list[int]]
    labels: Labels


def segments(bgrx: Bytes, inside: Bytes) -> Segments:
    """The lines in a part of the screen. `bgrx` (height, width, 4), `inside` (height, width), 255 where pixels may be
    kept. Needs OpenCV; without it there are none."""
    if cv2 is None:
        return Segments(np.empty((0, 4), np.int32), [], np.zeros(inside.shape, np.int32))
    across, down = edges(bgrx, inside)
    marks = without_rules(across, down)
    letters = _without_frames(marks)
    joined: Any = cv2.morphologyEx(letters, cv2.MORPH_CLOSE, np.ones((1, _JOIN_PX + 1), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8, ltype=cv2.CV_32S)
    gone: Bytes = marks & ~letters
    found = _side_by_side(_boxes(stats), letters, gone)
    lines = [(box, numbers) for box, numbers in found if _is_line(box) and _is_whole(box, gone)]
    boxes = np.array([box for box, _ in lines], np.int32).reshape(-1, 4)
    return Segments(boxes, [numbers for _, numbers in lines], labels)


def _boxes(stats: Any) -> Boxes:
    x, y, width, height = (stats[1:, column] for column in range(4))
    return np.stack((x, y, x + width, y + height), axis=1).astype(np.int32)


def _without_frames(marks: Bytes) -> Bytes:
    """The marks of what may be letters: not taller than a line, and not around anything."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8, ltype=cv2.CV_32S)
    boxes = _boxes(stats)
    height, width = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    gone = (height > TALLEST_PX) | ((height >= _SIDE_PX) & (3 * width <= height))
    suspects = np.flatnonzero(~gone & (height >= 12) & (width >= 20))
    heights_ok = height >= _LOWEST_PX
    for at in suspects:
        gone[at] = _is_around(boxes[at], boxes[heights_ok])
    keep = np.concatenate((np.zeros(1, np.uint8), (~gone).astype(np.uint8)))
    kept: Bytes = keep[labels]
    return kept


def _is_around(box: Boxes, others: Boxes) -> bool:
    edge = _FRAME_MARGIN_PX
    within = (
        (others[:, 0] >= box[0] + edge)
        & (others[:, 1] >= box[1] + edge)
        & (others[:, 2] <= box[2] - edge)
        & (others[:, 3] <= box[3] - edge)
    )
    return bool(within.any())


def _side_by_side(boxes: Boxes, letters: Bytes, gone: Bytes) -> list[tuple[list[int], list[int]]]:
    """Stretches that stand so near each other in a row that they are parts of one line: its box, and their numbers.

    A word is harmless or not beside its neighbours, so a line must not come apart at its blanks, however large its
    letters are.
    """
    all_boxes = boxes.tolist()
    line_of = list(range(len(boxes)))
    near = [pair for pair in _neighbours(boxes) if not _parted(all_boxes[pair[0]], all_boxes[pair[1]], gone)]
    for one, other in [*near, *_underscores(boxes, letters)]:
        first, second = _root(line_of, one), _root(line_of, other)
        line_of[max(first, second)] = min(first, second)
    members: dict[int, list[int]] = {}
    for at in range(len(boxes)):
        members.setdefault(_root(line_of, at), []).append(at)
    return [(_around([all_boxes[at] for at in some]), [at + 1 for at in some]) for some in members.values()]


def _around(boxes: list[list[int]]) -> list[int]:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return [min(lefts), min(tops), max(rights), max(bottoms)]


def _neighbours(boxes: Boxes) -> list[tuple[int, int]]:
    """Pairs of low boxes in one row and near each other.

    Sorted by bands of rows and then from left to right, those that may be near a box are three short stretches, however
    many there are.
    """
    low = np.flatnonzero(boxes[:, 3] - boxes[:, 1] <= TALLEST_PX)
    if not len(low):
        return []
    left, top, right, bottom = (boxes[low, column].astype(np.int64) for column in range(4))
    height = bottom - top
    reach = round(_JOIN * TALLEST_PX)
    band, stride = top // TALLEST_PX, int(right.max()) + reach + 1
    places = band * stride + left
    order = np.argsort(places, kind="stable")
    pairs: list[tuple[int, int]] = []
    for start in (band + shift for shift in (-1, 0, 1)):
        first = np.searchsorted(places[order], start * stride + left)
        count = np.searchsorted(places[order], start * stride + right + reach, side="right") - first
        one = np.repeat(np.arange(len(low)), count)
        other = order[np.arange(len(one)) + np.repeat(first - np.cumsum(count) + count, count)]
        common = np.minimum(bottom[one], bottom[other]) - np.maximum(top[one], top[other])
        apart = left[other] - right[one]
        near = (2 * common >= np.minimum(height[one], height[other])) & (apart >= 0)
        near &= apart <= _JOIN * _of_letters(height[one], height[other])
        pairs += zip(low[one[near]].tolist(), low[other[near]].tolist(), strict=True)
    return pairs


def _parted(one: list[int], other: list[int], gone: Bytes) -> bool:
    """Whether the side of a box stands between them."""
    return bool(gone[max(one[1], other[1]) : min(one[3], other[3]), one[2] : other[0]].any())


def _of_letters(one: Heights, other: Heights) -> Heights:
    """The taller of two, unless it is so much taller that it is no letter of the other's kind but a picture beside it.
    A dash says nothing of how high letters are."""
    lower, taller = np.minimum(one, other), np.maximum(one, other)
    return np.where(lower <= _FLAT_PX, taller, np.minimum(taller, (_TALLER * lower).astype(np.int64)))


def _underscores(boxes: Boxes, letters: Bytes) -> list[tuple[int, int]]:
    """Marks below a stretch where there are no letters in it, with the stretch: unlike a line under a word, they part
    and join words, and without them a name of two words is two words."""
    left, top, right, bottom = (boxes[:, column] for column in range(4))
    height = bottom - top
    order = np.argsort(bottom, kind="stable")
    pairs: list[tuple[int, int]] = []
    for mark in np.flatnonzero((height <= _FLAT_PX) & (right - left > height)).tolist():
        first, last = np.searchsorted(bottom[order], (top[mark] - round(_HANGS * TALLEST_PX), top[mark] + 2))
        lines = order[first:last]
        above = (top[mark] - bottom[lines] <= _HANGS * height[lines]) & (height[lines] <= TALLEST_PX)
        above &= height[lines] > height[mark]
        above &= (left[mark] <= right[lines] + height[lines]) & (left[lines] <= right[mark] + height[lines])
        for line in lines[above].tolist():
            letters_over = letters[top[line] : bottom[line], left[mark] : right[mark]].any(axis=0)
            if letters_over.mean() <= _UNCOVERED:
                pairs.append((line, mark))
    return pairs


def _root(line_of: list[int], at: int) -> int:
    while line_of[at] != at:
        at = line_of[at]
    return at


def _is_line(box: list[int]) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    return _LOWEST_PX <= height <= TALLEST_PX and width >= _NARROWEST_PX


def _is_whole(box: list[int], gone: Bytes) -> bool:
    """Whether nothing that was taken out stands in the line or so near that it may be a letter of it: what is left of
    `Welcome` without its capital is no word."""
    reach = max(_NEAR_PX, round(_NEAR * (box[3] - box[1])))
    return not gone[box[1] : box[3], max(0, box[0] - reach) : box[2] + reach].any()
