"""Which windows make up what may be kept, and their pixels laid over each other. Pure: no server."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recorder.capture.backends.x11.painted import subtract
from recorder.model.geometry import Rect
from recorder.model.raw import RawWindow

Pixels = npt.NDArray[np.uint8]  # (height, width, 4): blue, green, red, and alpha or nothing


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle that shows the same windows everywhere: topmost first, the last one opaque. Empty where none is:
    what shows there, alone or through others, is the bare desktop."""

    rect: Rect
    windows: tuple[int, ...]


def parts(rects: Iterable[Rect], stack: Sequence[RawWindow]) -> list[Part]:
    """Cut disjoint rectangles up by what can be seen in them; `stack` lowest first."""
    open_parts = [Part(rect, ()) for rect in rects]
    done: list[Part] = []
    for window in reversed(stack):
        left: list[Part] = []
        for part in open_parts:
            common = part.rect.intersect(window.rect)
            if common is None:
                left.append(part)
                continue
            left += [Part(rest, part.windows) for rest in subtract([part.rect], [common])]
            (left if window.see_through else done).append(Part(common, (*part.windows, window.window)))
        open_parts = left
    return done + [Part(part.rect, ()) for part in open_parts]


def over(upper: Pixels, lower: Pixels) -> Pixels:
    """Porter-Duff "over" with premultiplied alpha, as compositors do it."""
    lets_through = 255 - upper[:, :, 3:].astype(np.uint16)
    mixed = upper + (lower * lets_through + 127) // 255
    return np.minimum(mixed, 255).astype(np.uint8)
