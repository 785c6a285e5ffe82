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
_FRAME_MARGIN_PX = 2
_SIDE_PX = 24  # a stroke this tall, and narrow, may be the side of a box around text

_NEAR_PX, _NEAR = 2, 0.2  # nearer than this, at least in pixels or in heights of the line, is no margin

Labels = npt.NDArray[np.int32]


class Segments(NamedTuple):
    """`boxes` (n, 4) of lines, relative to what was examined, each with its number in `labels`, the plane of stretches
    (0: nothing there). A number in `labels` without a box is of something that is never shown."""

    boxes: Boxes
    numbers: list[int]
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
    boxes = _boxes(stats)
    gone: Bytes = marks & ~letters
    numbers = [at + 1 for at, box in enumerate(boxes.tolist()) if _is_line(box) and _is_whole(box, gone)]
    return Segments(boxes[[number - 1 for number in numbers]], numbers, labels)


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


def _is_line(box: list[int]) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    return _LOWEST_PX <= height <= TALLEST_PX and width >= _NARROWEST_PX


def _is_whole(box: list[int], gone: Bytes) -> bool:
    """Whether nothing that was taken out stands in the line or so near that it may be a letter of it: what is left of
    `Welcome` without its capital is no word."""
    reach = max(_NEAR_PX, round(_NEAR * (box[3] - box[1])))
    return not gone[box[1] : box[3], max(0, box[0] - reach) : box[2] + reach].any()
