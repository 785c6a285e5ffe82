"""Stored pictures in, sightings out: what a reader makes out in them, judged by the second detector.

Where every text-like region was masked, anything that can be read at all is a sighting.
"""

import hashlib
import struct
from collections.abc import Iterator, Sequence

import numpy as np

from recorder.model.geometry import Rect
from recorder.review.audit import second
from recorder.review.audit.legible import Page, Pixels, legible, pages
from recorder.review.audit.reader import Line, LineReader
from recorder.review.audit.sighting import Sighting, Where
from recorder.store.session import StoredFrame

_SURE = 0.6
_LEAST_CHARACTERS = 3  # icons are read as one or two


class Pictures:
    """Reads frame after frame. Identical frames and identical parts of frames are read once. `looked`: frames seen;
    `read`: those of them that were not identical to another; `shown_px` how many pixels the reader was shown."""

    def __init__(self, reader: LineReader) -> None:
        self.reader = reader
        self.looked = self.read = self.shown_px = 0
        self._frames: dict[str, list[Line]] = {}
        self._parts: dict[bytes, list[Line]] = {}

    def look(self, frame: StoredFrame, *, words_shown: bool) -> Iterator[Sighting]:
        """`words_shown`: some words of this frame were revealed on purpose; else none may be readable.

        Raises: DamagedError, PlatformError.
        """
        self.looked += 1
        digest = hashlib.sha256(frame.encoded).hexdigest()
        if digest not in self._frames:
            self.read += 1
            self._frames[digest] = self.lines(np.asarray(frame.image()))
        for line in self._frames[digest]:
            for rule, text in judged(line, words_shown=words_shown):
                yield Sighting(
                    where=Where.FRAME, t_us=frame.t_us, ref_id=frame.frame_id, rule=rule, text=text, rect=line.rect
                )

    def lines(self, pixels: Pixels) -> list[Line]:
        """All lines that the reader finds in a picture, (height, width, 3) uint8."""
        found: list[Line] = []
        unread: list[tuple[bytes, Rect, Pixels]] = []
        for rect in legible(pixels):
            crop = pixels[rect.y : rect.y + rect.height, rect.x : rect.x + rect.width]
            key = hashlib.blake2b(crop.tobytes(), digest_size=16, salt=_shape(crop)).digest()
            if key in self._parts:
                found += [_moved(line, rect.x, rect.y) for line in self._parts[key]]
            else:
                unread.append((key, rect, crop))
        for (key, rect, _), lines in zip(unread, self._read([crop for *_, crop in unread]), strict=True):
            self._parts[key] = lines
            found += [_moved(line, rect.x, rect.y) for line in lines]
        return found

    def _read(self, crops: Sequence[Pixels]) -> list[list[Line]]:
        """The lines of each crop, relative to it."""
        lines: list[list[Line]] = [[] for _ in crops]
        for page in pages(crops):
            self.shown_px += page.pixels.shape[0] * page.pixels.shape[1]
            for line in self.reader.read(page.pixels):
                number, x, y = _crop_under(page, crops, line.rect)
                lines[number].append(_moved(line, -x, -y))
        return lines


def judged(line: Line, *, words_shown: bool) -> Iterator[tuple[str, str]]:
    """Rule and text of what is to be looked at in a line."""
    found = second.look(line.text)
    yield from ((rule, line.text[start:end]) for start, end, rule in found)
    readable = line.score >= _SURE and sum(character.isalnum() for character in line.text) >= _LEAST_CHARACTERS
    if not found and readable and not words_shown:
        yield "readable_though_masked", line.text


def _crop_under(page: Page, crops: Sequence[Pixels], rect: Rect) -> tuple[int, int, int]:
    """The crop in which the middle of a line lies, or that is nearest to it."""
    x, y = rect.x + rect.width / 2, rect.y + rect.height / 2

    def distance(placed: tuple[int, int, int]) -> float:
        number, left, top = placed
        height, width = map(int, crops[number].shape[:2])
        return max(left - x, x - left - width, 0.0) + max(top - y, y - top - height, 0.0)

    return min(page.placed, key=distance)


def _moved(line: Line, x: int, y: int) -> Line:
    return line._replace(rect=Rect(line.rect.x + x, line.rect.y + y, line.rect.width, line.rect.height))


def _shape(crop: Pixels) -> bytes:
    """Two crops may have the same bytes in different shapes."""
    return struct.pack("=II", *crop.shape[:2])
