"""The lines of one canvas and what may be shown of each; only those in what changed are looked at again."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recorder.guard.mask import Box, Boxes, Bytes
from recorder.guard.reveal.cache import Seen
from recorder.guard.reveal.judge import columns
from recorder.guard.reveal.lines import Segments, segments
from recorder.guard.reveal.revealer import Revealer

# Around a line: above and below, so that its smoothing is in the picture; beside, so that what touches its first or
# last word is.
_ABOVE_PX, _LEFT_PX, _RIGHT_PX = 1, 2, 3  # a mark stands one pixel to the left of its ink
_BESIDE_PX = 480  # how far to the right of a label its value may stand
_STAYS_TURNS = 2  # the look between pictures that follows its own picture at once is no time
_ASIDES_A_TURN = 8  # looks between pictures, a tenth of a second apart, after which a line counts as staying
_BELOW = 2.0  # and how far below it, in heights of the label


@dataclass(slots=True)
class _Line:
    box: Box
    name: bytes
    foreign: npt.NDArray[np.bool_] | None  # until it is read
    seen: Seen | None
    found: int  # in which turn
    restless: bool  # it took the place of one that had only just come

    def waits(self, turn: int) -> bool:
        """Whether it is still to be seen if it stays: a line that is being typed is another one in every picture."""
        return self.restless and turn - self.found < _STAYS_TURNS


class Page:
    """Coordinates are the canvas'."""

    def __init__(self, revealer: Revealer) -> None:
        self._revealer = revealer
        self._lines: list[_Line] = []
        self._generation = revealer.generation
        self._rects: list[Box] = []
        self._fresh = False  # lines were read since it was last worked out what is shown
        self._forgotten: list[_Line] = []  # what stood there: only to tell what stays from what changes
        self._turn = 0  # counts pictures, and every few looks between them
        self._asides = 0

    @property
    def unread(self) -> bool:
        """Lines are waiting to be read, or to be shown."""
        return self._fresh or any(line.seen is None for line in self._lines)

    @property
    def rects(self) -> list[Box]:
        """What may be shown although it is text-like."""
        return self._rects

    @property
    def boxes(self) -> Boxes:
        """Where lines stand, whether anything of them is shown or not."""
        return np.array([line.box for line in self._lines], np.int32).reshape(-1, 4)

    def forget(self) -> None:
        """Nothing may be shown."""
        self._forgotten = self._lines or self._forgotten
        self._lines, self._rects, self._fresh = [], [], False

    def look(self, pixels: Bytes, inside: Bytes, area: Box) -> None:
        """Something changed in `area`: find its lines. `inside`: 255 where words may be shown.

        No line may cross the border of the area.
        """
        x0, y0, x1, y1 = area
        gone = [line for line in (*self._lines, *self._forgotten) if _meet(line.box, area)]
        self._lines = [line for line in self._lines if not _meet(line.box, area)]
        found = segments(pixels[y0:y1, x0:x1], inside[y0:y1, x0:x1])
        for (left, top, right, bottom), numbers in zip(found.boxes.tolist(), found.numbers, strict=True):
            box = (
                max(x0, x0 + left - _LEFT_PX),
                max(y0, y0 + top - _ABOVE_PX),
                min(x1, x0 + right + _RIGHT_PX),
                min(y1, y0 + bottom + _ABOVE_PX),
            )
            self._lines.append(self._line(pixels, box, _foreign(found, numbers, inside, box, (x0, y0)), gone))

    def _line(self, pixels: Bytes, box: Box, foreign: npt.NDArray[np.bool_], gone: list[_Line]) -> _Line:
        name = self._revealer.name_of(_crop(pixels, box), foreign.view(np.uint8))
        seen = self._revealer.known(name)
        if seen is not None:
            return _Line(box, name, None, seen, self._turn, False)
        here = [line for line in gone if _meet(line.box, box)]
        stayed = next((line for line in here if line.name == name), None)
        if stayed is not None:
            return _Line(box, name, foreign, None, stayed.found, stayed.restless)
        restless = any(line.found >= self._turn - 1 for line in here)
        return _Line(box, name, foreign, None, self._turn, restless)

    def read(self, pixels: Bytes) -> list[Box]:
        """Read what is waiting, as far as the budget goes. Returns where something else is shown than before."""
        self._read_waiting(pixels)
        self._turn, self._asides, self._forgotten = self._turn + 1, 0, []
        # What was read may have told of a value that is in a line that was read before.
        self._recheck()
        self._fresh = False
        before, self._rects = self._rects, self._shown()
        return sorted(set(before) ^ set(self._rects))

    def read_ahead(self, pixels: Bytes) -> None:
        """Read what is waiting, as far as the budget goes. Every change of `pixels` must have been looked at."""
        self._asides += 1
        if self._asides == _ASIDES_A_TURN:
            self._turn, self._asides = self._turn + 1, 0
        self._read_waiting(pixels)

    def _read_waiting(self, pixels: Bytes) -> None:
        for line in self._lines:
            if line.seen is None and line.foreign is not None and not line.waits(self._turn):
                line.seen = self._revealer.read(line.name, _crop(pixels, line.box), line.foreign)
                if line.seen is None:
                    break
                line.foreign, self._fresh = None, True

    def _recheck(self) -> None:
        if self._generation != self._revealer.generation:
            self._generation = self._revealer.generation
            for line in self._lines:
                line.seen = line.seen and self._revealer.again(line.seen)

    def _shown(self) -> list[Box]:
        labels = [line.box for line in self._lines if line.seen is not None and line.seen.asks]
        return [
            (line.box[0] + left, line.box[1], line.box[0] + right, line.box[3])
            for line in self._lines
            if line.seen is not None and not any(_answers(line.box, label) for label in labels)
            for left, right in columns(line.seen.places, line.seen.width)
        ]


def _foreign(
    found: Segments, numbers: list[int], inside: Bytes, box: Box, origin: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    x0, y0, x1, y1 = box
    labels = found.labels[y0 - origin[1] : y1 - origin[1], x0 - origin[0] : x1 - origin[0]]
    others = (labels != 0) & np.isin(labels, numbers, invert=True)
    foreign: npt.NDArray[np.bool_] = others | (inside[y0:y1, x0:x1] == 0)
    return foreign


def _crop(pixels: Bytes, box: Box) -> Bytes:
    return np.ascontiguousarray(pixels[box[1] : box[3], box[0] : box[2], :3])


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _answers(box: Box, label: Box) -> bool:
    """Whether a line stands where the value of a label would: to the right of it, or right below."""
    if box == label:
        return False
    height = label[3] - label[1]
    beside = box[1] < label[3] and label[1] < box[3] and -height <= box[0] - label[2] <= _BESIDE_PX
    below = 0 <= box[1] - label[1] - height // 2 <= _BELOW * height and box[0] < label[2] and label[0] < box[2]
    return beside or below
