"""A figure among letters is as wide as a figure."""

import pytest
from PIL import ImageFont

from recorder.guard.reveal.widths import misfits
from tests.guard.reveal.pages import BOLD, FONTS, MONO, SANS, SERIF

WORDS = ["the", "quick", "report", "was", "sent", "to", "all", "members", "of", "the", "committee", "yesterday"]


def widths(words: list[str], font: str, size: int) -> list[int]:
    face = ImageFont.truetype(FONTS / font, size)
    return [round(face.getbbox(word)[2] - face.getbbox(word)[0]) for word in words]


@pytest.mark.parametrize("font", [SANS, MONO, SERIF, BOLD])
@pytest.mark.parametrize("size", [12, 14, 16, 20])
def test_words_fit_their_own_letters(font: str, size: int) -> None:
    off = misfits(list(zip(WORDS, widths(WORDS, font, size), strict=True)))

    assert sum(off) <= 2


@pytest.mark.parametrize(("stands", "read"), [("c1assic", "classic"), ("t1tle", "title"), ("usua11y", "usually")])
@pytest.mark.parametrize("font", [SANS, BOLD])
def test_a_word_that_stands_there_with_a_figure_in_it_does_not_fit(font: str, stands: str, read: str) -> None:
    drawn = widths([*WORDS, stands], font, 14)

    assert misfits(list(zip([*WORDS, read], drawn, strict=True)))[-1]


def test_a_word_that_was_cut_or_that_is_longer_than_was_read_does_not_fit() -> None:
    drawn = widths([*WORDS, "passwords"], SANS, 14)

    assert misfits(list(zip([*WORDS, "pass"], drawn, strict=True)))[-1]


def test_of_few_words_nothing_is_said() -> None:
    assert misfits([("classic", 900), ("a", 1)]) == [False, False]
    assert misfits([]) == []
