"""The budget, the cache, and values that are masked elsewhere later."""

import copy
import itertools
import json
import pickle

import numpy as np
import pytest

from recorder.guard.reveal.cache import CAPACITY, Cache, Seen
from recorder.guard.reveal.reader import Grey, ReadWord
from recorder.guard.reveal.revealer import BUDGET_S, MOST_LINES
from recorder.model.geometry import Rect
from tests.guard.reveal.pages import Sheet, Shown, is_shown, masker, revealer, share_shown, tesseract

TEXT = "The weather was cold"
NOUNS, STATES = ("weather", "road", "house", "table", "window"), ("cold", "closed", "small", "clean")


class Slow:
    """Reads like Tesseract, and says how long that took."""

    version = "slow"

    def __init__(self, seconds: float = 0.05) -> None:
        self.now, self.seconds, self.count = 0.0, seconds, 0

    def read(self, line: Grey) -> list[ReadWord]:
        self.now += self.seconds
        self.count += 1
        return tesseract().read(line)

    def clock(self) -> float:
        return self.now


def lines(count: int) -> Sheet:
    sheet = Sheet()
    for row in range(count):
        sheet.write(40, 20 + row * 30, f"The {NOUNS[row % 5]} was {STATES[row // 5]}")
    return sheet


def test_what_there_is_no_time_to_read_stays_masked_and_shows_in_a_later_frame() -> None:
    reader, sheet = Slow(), lines(8)
    made = Shown(revealer(reader=reader, clock=reader.clock))
    made.paint(sheet.pixels)
    shares, taken = [], []
    for _ in range(10):
        before = reader.now
        shares.append(share_shown(sheet, made.look()))
        taken.append(reader.now - before)

    assert 0 < shares[0] < 1
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert not made.canvas.unread
    # The time is looked at before each line, and a line is read twice.
    assert max(taken) <= BUDGET_S + 2 * reader.seconds


def test_no_more_than_so_many_lines_are_read_for_a_frame() -> None:
    reader, sheet = Slow(0.0), lines(20)
    made = Shown(revealer(reader=reader, most_lines=6))
    made.paint(sheet.pixels)
    made.look()

    assert reader.count <= 12
    assert MOST_LINES == 25


def test_a_line_that_was_read_is_not_read_again_wherever_it_stands() -> None:
    reader = Slow(0.0)
    made = Shown(revealer(reader=reader))
    sheet, moved = Sheet(), Sheet()
    sheet.write(40, 60, TEXT)
    moved.write(211, 345, TEXT)
    made.paint(sheet.pixels)
    made.look()
    count = reader.count
    made.paint(moved.pixels)

    assert share_shown(moved, made.look()) == 1
    assert reader.count == count


def test_the_same_line_in_several_places_is_read_once() -> None:
    reader, sheet = Slow(0.0), Sheet()
    for row in range(5):
        sheet.write(40, 20 + row * 30, TEXT)
    made = Shown(revealer(reader=reader, most_lines=1))
    made.paint(sheet.pixels)

    assert share_shown(sheet, made.look()) == 1
    assert reader.count == 2


def test_a_value_that_is_masked_elsewhere_later_is_masked_in_what_was_shown() -> None:
    text = masker()
    made = Shown(revealer(text=text))
    sheet = Sheet()
    sheet.write(40, 60, "The weather was cold and the garden was green")
    made.paint(sheet.pixels)
    assert share_shown(sheet, made.look()) == 1
    text.keep_in_mind("garden")

    picture = made.look()
    assert next(word.word for word in sheet.words if not is_shown(sheet, picture, word, 0.5)) == "garden"
    text.keep_in_mind("weather was")
    assert not is_shown(sheet, made.look(), sheet.words[1], 0.1)


def test_the_cache_tells_lines_apart_by_every_pixel_and_by_its_key() -> None:
    crop, foreign = np.zeros((12, 40, 3), np.uint8), np.zeros((12, 40), np.uint8)
    cache = Cache(b"k" * 32)
    name = cache.name_of(crop, foreign)
    other = crop.copy()
    other[3, 4, 1] = 1

    names = {name, cache.name_of(other, foreign), cache.name_of(crop.reshape(40, 12, 3), foreign)}
    names |= {Cache(b"l" * 32).name_of(crop, foreign), cache.name_of(crop, np.ones_like(foreign))}
    assert len(names) == 5


def test_the_cache_drops_the_oldest_and_never_grows_beyond_its_bound() -> None:
    cache = Cache(b"k" * 32)
    for number in range(CAPACITY + 10):
        cache.put(number.to_bytes(16), Seen((), (), False, 1, 1))

    assert len(cache) == CAPACITY
    assert cache.get((3).to_bytes(16)) is None
    assert cache.get((CAPACITY + 9).to_bytes(16)) is not None


def test_the_cache_holds_neither_pixels_nor_text_and_leaves_memory_by_no_door() -> None:
    made = Shown()
    sheet = Sheet()
    sheet.write(40, 60, "The weather was cold and Annelise Bergstrom was late")
    made.paint(sheet.pixels)
    made.look()
    cache = made.revealer._cache

    assert len(cache) == 1
    kinds, texts = _inside([cache._seen])
    assert kinds <= {"OrderedDict", "bytes", "Seen", "Place", "tuple", "bool", "int"}
    assert not any(word.encode() in text for text in texts for word in ("weather", "Bergstrom", "late"))
    assert {len(text) for text in texts} == {16}
    for door in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            door(cache)
    assert "memory only" in repr(cache)


def _inside(values: list[object]) -> tuple[set[str], list[bytes]]:
    kinds: set[str] = set()
    texts: list[bytes] = []
    while values:
        value = values.pop()
        kinds.add(type(value).__name__)
        if isinstance(value, bytes):
            texts.append(value)
        elif isinstance(value, dict):
            values += list(itertools.chain(*value.items()))
        elif isinstance(value, tuple):
            values += value
    return kinds, texts


def test_a_reader_that_finds_nothing_shows_nothing() -> None:
    class Blind:
        version = "blind"

        def read(self, _line: Grey) -> list[ReadWord]:
            return []

    sheet = lines(2)
    made = Shown(revealer(reader=Blind()))
    made.paint(sheet.pixels)

    assert share_shown(sheet, made.look()) == 0


@pytest.mark.parametrize("left", [-1000, -3, 5000])
def test_a_reader_that_lies_about_places_shows_nothing_of_a_secret(left: int) -> None:
    class Liar:
        version = "liar"

        def read(self, line: Grey) -> list[ReadWord]:
            return [ReadWord("weather", left, left + line.shape[1], 1.0), ReadWord("cold", left, left, 1.0)]

    sheet = Sheet()
    sheet.write(40, 60, "Annelise Bergstrom 4539148803436467")
    made = Shown(revealer(reader=Liar()))
    made.paint(sheet.pixels)

    picture = made.look()
    assert not any(is_shown(sheet, picture, word, 0.3) for word in sheet.words[1:])


def test_lines_that_wait_are_read_between_frames_but_not_while_something_changed() -> None:
    reader, sheet = Slow(0.0), lines(4)
    made = Shown(revealer(reader=reader, most_lines=1))
    made.paint(sheet.pixels)
    made.look()
    other = Sheet()
    other.write(41, 50, "Annelise Bergstrom 4539148803436467")
    made.paint(other.pixels, Rect(0, 45, 960, 30))
    count = reader.count
    made.revealer.begin(aside=True)
    made.canvas.read_ahead()
    assert reader.count == count  # the pixels may be others than those of the lines that wait

    made.look()
    made.revealer.begin(aside=True)
    made.canvas.read_ahead()
    assert reader.count > count
    assert made.canvas.unread
    picture = made.look()
    assert not any(is_shown(other, picture, word, 0.2) for word in other.words)
    assert any(is_shown(sheet, picture, word) for word in sheet.words)


def test_a_line_that_is_being_typed_is_read_when_it_stays() -> None:
    reader = Slow(0.0)
    made = Shown(revealer(reader=reader))
    counts = []
    for length in range(8, len(TEXT) + 1, 4):
        sheet = Sheet()
        sheet.write(40, 60, TEXT[:length])
        made.paint(sheet.pixels)
        made.look()
        counts.append(reader.count)
    shares = [share_shown(sheet, made.look()) for _ in range(3)]

    assert counts == [counts[0]] * len(counts)  # the first was there before anything moved
    assert shares[-1] == 1


class Counting:
    """Notes how wide the pictures are that it gets."""

    version = "counting"

    def __init__(self) -> None:
        self.widths: list[int] = []

    def read(self, line: Grey) -> list[ReadWord]:
        self.widths.append(line.shape[1] * 26 // (line.shape[0] - 16))
        return tesseract().read(line)


def test_only_what_would_be_shown_is_read_again() -> None:
    reader, sheet = Counting(), Sheet()
    sheet.write(40, 60, "The road was closed Zbigniewowicz Wojciechowska-Krzyzanowska Brzeczyszczykiewicz")
    made = Shown(revealer(reader=reader))
    made.paint(sheet.pixels)
    shown = made.look()

    assert len(reader.widths) == 2
    assert reader.widths[1] < reader.widths[0] / 2
    assert [is_shown(sheet, shown, word) for word in sheet.words] == [True, True, True, True, False, False, False]
