"""What reads a line: the seam between the guard's judgement and an engine for optical character recognition."""

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]  # (height, width): dark text on white


class ReadWord(NamedTuple):
    """A word as an engine read it: columns `left` to `right` (half open) of the picture, `confidence` 0 to 1."""

    text: str
    left: int
    right: int
    confidence: float


class LineReader(Protocol):
    """Reads one line of text. No thread, no file, no network."""

    version: str

    def read(self, line: Grey) -> list[ReadWord]:
        """The words of a line from left to right; an empty list when there are none. Never raises for a picture."""
        ...
