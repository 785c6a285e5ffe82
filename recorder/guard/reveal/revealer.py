"""Lines in, what may be shown of them out: from the cache, or read within the budget of the frame."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.guard.mask import Bytes, cv2
from recorder.guard.reveal.cache import Cache, Seen
from recorder.guard.reveal.ink import Ink, ink_of
from recorder.guard.reveal.judge import Place, Word, judge, without_risky_neighbours
from recorder.guard.reveal.reader import LineReader, ReadWord
from recorder.guard.text import Masker

DETECTOR = "words/1"
MOST_LINES = 25  # that are read for one frame
_ASIDE_LINES = 2
BUDGET_S = 0.15  # after which no further line is begun
# Two pictures of one line: what the reader makes of both is what stands there.
_HEIGHTS_PX = (34, 26)
_MARGIN_PX = 8
_LONGEST_PX = 2600  # of a line as the reader gets it
_APART = 4  # heights of the line: words nearer than this are read together


class Revealer:
    """One for all monitors of a recording. Not thread-safe."""

    def __init__(
        self,
        reader: LineReader,
        masker: Masker,
        *,
        key: bytes,
        clock: Callable[[], float],
        budget_s: float = BUDGET_S,
        most_lines: int = MOST_LINES,
    ) -> None:
        """`key`: random bytes of this process, for the hashes of lines. `clock` gives seconds."""
        self._reader, self._masker, self._clock = reader, masker, clock
        self._cache = Cache(key)
        self._budget_s, self._most_lines = budget_s, most_lines
        self.version = f"{DETECTOR} {reader.version}"
        self.begin()

    @property
    def generation(self) -> int:
        """Another number: another word may be masked now."""
        return self._masker.memory.generation

    def begin(self, *, aside: bool = False) -> None:
        """A new frame: its budget is whole. `aside`: nobody waits for a frame, but events do: a line or two."""
        self._left = _ASIDE_LINES if aside else self._most_lines
        self._until = self._clock() + self._budget_s

    def name_of(self, crop: Bytes, foreign: Bytes) -> bytes:
        """What a line's result is kept under."""
        return self._cache.name_of(crop, foreign)

    def known(self, name: bytes) -> Seen | None:
        """What was found out about a line with this name, as of now."""
        seen = self._cache.get(name)
        return None if seen is None else self.again(seen)

    def again(self, seen: Seen) -> Seen:
        """The same line without what was masked elsewhere in the meantime."""
        holds = self._masker.memory.holds
        gone = {at for first, last, trace in seen.traces if holds(trace) for at in range(first, last + 1)}
        if not any(seen.places[at].shown for at in gone):
            return seen
        places = [place._replace(shown=place.shown and at not in gone) for at, place in enumerate(seen.places)]
        return seen._replace(places=tuple(without_risky_neighbours(places, seen.height)))

    def read(self, name: bytes, crop: Bytes, foreign: npt.NDArray[np.bool_]) -> Seen | None:
        """Find out about a line; None when the frame's budget is used up.

        `crop` (height, width, 3) uint8; `foreign` (height, width): pixels in it that are not of this line.
        """
        known = self.known(name)  # the same line may stand in several places
        if known is not None:
            return known
        if self._left <= 0 or self._clock() > self._until:
            return None
        self._left -= 1
        seen = self._judged(crop, foreign)
        self._cache.put(name, seen)
        return seen

    def _judged(self, crop: Bytes, foreign: npt.NDArray[np.bool_]) -> Seen:
        height, width = foreign.shape
        nothing = Seen((), (), False, height, width)
        ink = ink_of(crop, foreign)
        if ink is None:
            return nothing
        first = self._read_at(ink, _HEIGHTS_PX[0])
        if not first:
            return nothing
        text = " ".join(word.text for word in first)
        asks = self._masker.asks(text)
        # Reading again costs as much as reading: only where something would be shown.
        stretches = _shown_stretches(judge(ink, [first], self._masker.detect)[1], height, width)
        if not stretches:
            return nothing._replace(asks=asks)
        second = [word for left, right in stretches for word in self._read_at(ink, _HEIGHTS_PX[1], left, right)]
        words, places = judge(ink, [first, second], self._masker.detect)
        return Seen(tuple(places), self._traces(words), asks, height, width)

    def _read_at(self, ink: Ink, height_px: int, start: int = 0, end: int | None = None) -> list[ReadWord]:
        """Read the columns `start` to `end` of a line at a height; the answer is in columns of the line."""
        part = ink.grey[:, start:end]
        height, width = part.shape
        scale = min(max(1.0, height_px / height), max(1.0, _LONGEST_PX / width))
        size = (round(width * scale), round(height * scale))
        large: Any = cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)
        edge = _MARGIN_PX
        framed = cv2.copyMakeBorder(large, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=255)
        across = size[0] / width
        return [
            word._replace(
                left=start + round((word.left - edge) / across), right=start + round((word.right - edge) / across)
            )
            for word in self._reader.read(framed)
        ]

    def _traces(self, words: list[Word]) -> tuple[tuple[int, int, bytes], ...]:
        """Which places each stretch of words lies on, with its hash."""
        text, starts = "", []
        for word in words:
            starts.append(len(text))
            text += f"{word.text} "
        found = self._masker.memory.traces(text)
        return tuple((_at(starts, start), _at(starts, end - 1), trace) for start, end, trace in found)


def _shown_stretches(places: Sequence[Place], height: int, width: int) -> list[tuple[int, int]]:
    """The columns to read again: from the first of words that would be shown to the last, with what is between words
    that are near each other. Each begins and ends in a gap, so that nothing is cut through."""
    stretches: list[tuple[int, int]] = []
    for at, place in enumerate(places):
        if not place.shown:
            continue
        before = places[at - 1].right if at else 0
        after = places[at + 1].left if at + 1 < len(places) else width
        left, right = (before + place.left) // 2, (place.right + after + 1) // 2
        if stretches and left - stretches[-1][1] < _APART * height:
            stretches[-1] = stretches[-1][0], right
        else:
            stretches.append((left, right))
    return stretches


def _at(starts: list[int], character: int) -> int:
    return int(np.searchsorted(np.array(starts), character, side="right")) - 1
