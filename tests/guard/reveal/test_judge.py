"""What may be shown of a line, from made-up ink and made-up readings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.reveal.ink import Ink, Run
from recorder.guard.reveal.judge import GRID_PX, Place, columns, judge, without_risky_neighbours
from recorder.guard.reveal.reader import ReadWord
from recorder.guard.text import Span

WIDE, GAP, HIGH = 30, 6, 20


def ink(count: int, *, odd: tuple[int, ...] = (), gap: int = GAP) -> Ink:
    """`count` words of 30 px with gaps between them; the strokes of those in `odd` are not all there is."""
    runs = tuple(Run(at * (WIDE + gap), at * (WIDE + gap) + WIDE, at not in odd) for at in range(count))
    width = count * (WIDE + gap) + 40
    return Ink(np.zeros((HIGH, width), np.uint8), np.zeros((HIGH, width), np.bool_), runs)


def reading(*words: str, sure: float = 0.97, gap: int = GAP) -> list[ReadWord]:
    return [ReadWord(word, at * (WIDE + gap), at * (WIDE + gap) + WIDE, sure) for at, word in enumerate(words) if word]


def nothing(_text: str) -> list[Span]:
    return []


def names(text: str) -> list[Span]:
    at = text.find("Anna")
    return [] if at < 0 else [Span(at, at + 4, "name", "test")]


def shown(line: Ink, *readings: list[ReadWord], detect: object = nothing) -> list[bool]:
    return [place.shown for place in judge(line, readings, detect)[1]]  # type: ignore[arg-type]


def test_words_on_which_both_readings_agree_are_shown() -> None:
    both = reading("the", "green", "house")

    assert shown(ink(3), both, both) == [True, True, True]


def test_a_word_that_the_readings_read_differently_is_masked() -> None:
    assert shown(ink(3), reading("the", "green", "house"), reading("the", "greed", "house")) == [True, False, True]


def test_a_word_of_which_one_reading_is_not_sure_is_masked() -> None:
    sure, unsure = reading("green", "house"), reading("green", "house")
    unsure[1] = unsure[1]._replace(confidence=0.9)

    assert shown(ink(2), sure, unsure) == [True, False]
    assert shown(ink(2), unsure, sure) == [True, False]


def test_what_the_detector_takes_is_masked_in_whichever_reading_it_stands() -> None:
    assert shown(ink(3), reading("ask", "Anna", "today"), reading("ask", "Anna", "today"), detect=names) == [
        True,
        False,
        True,
    ]


def test_ink_that_nobody_read_is_masked() -> None:
    both = reading("green", "", "house")

    assert shown(ink(3), both, both) == [True, False, True]


def test_a_word_with_more_ink_than_its_strokes_is_masked() -> None:
    both = reading("green", "house", "again")

    assert shown(ink(3, odd=(1,)), both, both) == [True, False, True]


@pytest.mark.parametrize("text", ["4539", "a1b2c3d4", "héllo", "•••••", "|", "©", "密码", ""])
def test_long_numbers_and_strange_letters_are_masked(text: str) -> None:
    both = reading("green", text, "house")

    assert shown(ink(3), both, both)[1] is False


@pytest.mark.parametrize("short", ["a", "of", "12", "-", "Cliff"])
def test_short_words_numbers_and_capitals_are_masked_beside_something_masked(short: str) -> None:
    alone, beside = reading("green", short, "house"), reading("green", short, "Anna")

    assert shown(ink(3), alone, alone, detect=names) == [True, True, True]
    assert shown(ink(3), beside, beside, detect=names) == [True, False, False]


def test_numbers_side_by_side_are_masked() -> None:
    both, apart = reading("406", "162", "today"), reading("today", "12", "times")

    assert shown(ink(3), both, both) == [False, False, True]
    assert shown(ink(3), apart, apart) == [True, True, True]


@pytest.mark.parametrize("text", ["weatherandmuchmore" * 4, "we"])
def test_a_word_that_is_too_long_or_too_short_for_its_ink_is_masked(text: str) -> None:
    line = Ink(np.zeros((HIGH, 200), np.uint8), np.zeros((HIGH, 200), np.bool_), (Run(0, 120, True),))
    both = [ReadWord(text, 0, 120, 0.97)]

    assert shown(line, both, both) == [False]


def test_words_without_a_clear_gap_between_them_are_masked() -> None:
    both = reading("green", "house", gap=2)

    assert shown(ink(2, gap=2), both, both) == [False, False]


@pytest.mark.parametrize(
    "words", [("Anna.", "letter"), ("letter", ".Anna"), ("Anna1", "letter"), ("\\Anna\\", "letter")]
)
def test_a_word_that_a_mark_but_no_blank_parts_from_something_masked_is_masked(words: tuple[str, str]) -> None:
    near, apart = reading(*words, gap=3), reading(*words)

    assert shown(ink(2, gap=3), near, near, detect=names) == [False, False]
    assert sum(shown(ink(2), apart, apart, detect=names)) == 1


def test_letters_stand_nearer_to_a_blank_than_marks_do() -> None:
    both = reading("Anna", "letter", gap=3)

    assert shown(ink(2, gap=3), both, both, detect=names) == [False, True]


def test_a_masked_stretch_is_as_wide_as_a_multiple_of_32_px_whatever_is_in_it() -> None:
    for name_px in range(20, 90):
        line = [Place(0, 40, True, False), Place(46, 46 + name_px, False, False)]
        line.append(Place(46 + name_px + 5, 46 + name_px + 165, True, False))

        start = columns(line, 400)[-1][0]
        assert (start - 46) % GRID_PX == 0 or start == 46 + name_px + 4  # no grid line within the gap


def test_a_word_of_which_less_than_half_would_be_left_is_masked_whole() -> None:
    line = [Place(0, 34, False, False), Place(40, 70, True, False), Place(76, 200, True, False)]

    assert columns(line, 240) == ((96, 201),)


spots = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 12), st.booleans(), st.booleans()), max_size=12)


@given(spots)
def test_no_column_of_a_masked_word_is_ever_shown(drawn: list[tuple[int, int, bool, bool]]) -> None:
    places, at = [], 0
    for width, gap, seen, short in drawn:
        places.append(Place(at, at + width, seen, short))
        at += width + gap + 1
    judged = without_risky_neighbours(places, HIGH)

    plane = np.zeros(at + 40, np.bool_)
    for left, right in columns(judged, at + 40):
        assert left < right
        plane[left:right] = True
    assert all(not after.shown or before.shown for before, after in zip(places, judged, strict=True))
    assert not any(plane[place.left : place.right].any() for place in judged if not place.shown)
