"""The few whole-picture operations that the canvas needs, by OpenCV or, without it, by numpy. Same results."""

import numpy as np
import numpy.typing as npt

from recorder.guard.mask import cv2

Bytes = npt.NDArray[np.uint8]

GREY = 128  # what was filled because it may be text; withheld areas are black


def one_thread() -> None:
    """Threads belong to the pipeline: keep OpenCV from making its own."""
    if cv2 is not None:
        cv2.setNumThreads(1)


def rendered(bgrx: Bytes, visible: Bytes, filled: Bytes) -> Bytes:
    """(height, width, 3) RGB: the picture where `visible`, grey where `filled`, black elsewhere.

    `visible` and `filled` are (height, width) uint8, 255 or 0, and never both.
    """
    if cv2 is None:
        rgb = bgrx[..., 2::-1] & visible[..., None]
        return rgb | (filled & np.uint8(GREY))[..., None]
    shown = cv2.cvtColor(bgrx, cv2.COLOR_BGRA2RGB)
    grey = filled & np.uint8(GREY)
    out: Bytes = cv2.bitwise_or(cv2.bitwise_and(shown, shown, mask=visible), cv2.merge((grey, grey, grey)))
    return out


def count(plane: Bytes) -> int:
    """How many bytes are not zero."""
    return int(np.count_nonzero(plane))
