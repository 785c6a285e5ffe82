"""All frames of a session as few and small numbers: what a page needs to find the one for any time without asking.

Ids and times are steps from the one before, from 0: an eight-hour session has ten thousand frames and more.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from recorder.review.columns import Frames, Numbers
from recorder.store.session import SessionReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """By time. `lasts`: how long the screen is known to have looked like it (us). `apps` and `triggers` name what
    `app` and `trigger` count; an app set that is None is not known. `sizes`: [width, height] that `size` counts."""

    ids: list[int]
    times: list[int]
    lasts: list[int]
    screen: list[int]
    size: list[int]
    sizes: list[tuple[int, int]]
    app: list[int]
    apps: list[list[str] | None]
    trigger: list[int]
    triggers: list[str]
    redactions: list[int]


def index(frames: Frames) -> Index:
    """Lists of the same length, in the order of `Frames`."""
    sizes, size = np.unique(np.stack([frames.width, frames.height], axis=1), axis=0, return_inverse=True)
    return Index(
        ids=_steps(frames.frame_id),
        times=_steps(frames.t_us),
        lasts=(frames.t_end_us - frames.t_us).tolist(),
        screen=frames.screen.tolist(),
        size=size.reshape(-1).tolist(),
        sizes=[(width, height) for width, height in sizes.tolist()],
        app=frames.apps.tolist(),
        apps=[None if one is None else list(one) for one in frames.app_sets],
        trigger=frames.trigger.tolist(),
        triggers=list(frames.triggers),
        redactions=frames.n_redactions.tolist(),
    )


@dataclass(frozen=True, slots=True)
class First:
    """The earliest frame."""

    frame_id: int
    t_us: int
    screen: int


def first(reader: SessionReader) -> First | None:
    """Reads no more segments than it has to. None: there is no frame, or none that can be read."""
    for entry in reader.manifest.segments:
        for part in reader.segments("frames", ["frame_id", "t_us", "screen", "sha256"], damaged=[], among=[entry]):
            rows = part.filter(pc.is_valid(part["sha256"])).sort_by("t_us").slice(0, 1).to_pylist()
            for row in rows:
                return First(row["frame_id"], row["t_us"], row["screen"])
    return None


def _steps(numbers: Numbers) -> list[int]:
    steps: list[int] = np.diff(numbers, prepend=0).tolist()
    return steps
