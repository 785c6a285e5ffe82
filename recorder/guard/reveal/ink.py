"""A line's picture in, what its ink is out: dark on white whatever its colours were, and cut at its gaps.

A word may be shown only where every pixel that differs from the background is explained by the strokes that the
reader saw. A second, fainter text beside or behind the first is invisible to a reader, so it must not be shown.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recorder.guard.mask import EDGE, Bytes, cv2

_FAINT = 24  # levels; a line with less contrast than this is not read
_FLAT = 0.35  # at least this share of a line is its background
_CORE = 0.45  # a stroke is where the ink has this share of the line's contrast
_REACH_PX = 2  # how far from a stroke its own smoothing may go


class Run(NamedTuple):
    """Columns `left` to `right` (half open) with ink in each, between two columns without any."""

    left: int
    right: int
    explained: bool  # all of it is strokes and their smoothing


class Ink(NamedTuple):
    """A line as strokes. `grey` (height, width) uint8, 0 for the strongest ink, 255 for the background."""

    grey: Bytes
    core: npt.NDArray[np.bool_]
    runs: tuple[Run, ...]


def ink_of(crop: Bytes, foreign: npt.NDArray[np.bool_]) -> Ink | None:
    """The ink of a line; None when it has no flat background, or too little contrast to be read.

    `crop` (height, width, 3) uint8; `foreign` (height, width): pixels of something else that reaches into the crop.
    """
    far = _distance(crop)
    if far is None:
        return None
    strongest = int(np.percentile(far[far >= EDGE], 90)) if (far >= EDGE).any() else 0
    if strongest < _FAINT:
        return None
    core = far >= max(EDGE, _CORE * strongest)
    stained = far >= EDGE
    near: Bytes = cv2.dilate(core.view(np.uint8), np.ones((2 * _REACH_PX + 1,) * 2, np.uint8))
    odd = (stained & (near == 0)) | (foreign & stained)
    grey = 255 - np.minimum(255, far.astype(np.uint16) * 255 // strongest).astype(np.uint8)
    return Ink(grey, core, _runs(np.any(stained, axis=0), np.any(odd, axis=0)))


def _distance(crop: Bytes) -> Bytes | None:
    """How far each pixel is from the background, in the channel where it is farthest."""
    ground = np.median(crop.reshape(-1, 3), axis=0).astype(np.uint8)
    far: Bytes = cv2.absdiff(crop, np.broadcast_to(ground, crop.shape).copy()).max(axis=2)
    return far if np.count_nonzero(far < EDGE) >= _FLAT * far.size else None


def _runs(stained: npt.NDArray[np.bool_], odd: npt.NDArray[np.bool_]) -> tuple[Run, ...]:
    steps = np.flatnonzero(np.diff(np.concatenate(([False], stained, [False])).view(np.int8)))
    return tuple(Run(left, right, not odd[left:right].any()) for left, right in steps.reshape(-1, 2).tolist())
