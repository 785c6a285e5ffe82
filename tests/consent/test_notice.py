"""The notice says everything that the gate enforces, in the agreed order, in plain words."""

import re

import pytest

from recorder.cli.dialogue import Screen
from recorder.consent.notice import SELF, WIDTH, notice_sha256, render
from recorder.consent.words import (
    CATEGORY_NUMBERS,
    CATEGORY_WORDS,
    NEVER_RECORDED,
    PROHIBITION_WORDS,
    PURPOSE_WORDS,
    SENTENCE,
)
from recorder.model.consent import Category, Prohibition, Purpose

TEXT = render(SELF)
FLAT = re.sub(r"\s+", " ", TEXT)


def test_the_sections_come_in_the_agreed_order() -> None:
    titles = [line.split(" (")[0] for line in TEXT.splitlines() if line and line == line.upper() and line[0] != " "]

    assert titles == [
        "WHO ASKS",
        "WHO PAYS",
        "WHAT FOR",
        "WHAT IT IS NEVER USED FOR",
        "WHAT IS RECORDED, AND ONLY WHERE",
        "OTHER PEOPLE",
        "WHO GETS IT",
        "HOW LONG",
        "WHAT YOU GET",
        "WHAT CAN GO WRONG",
        "HOW TO STOP, AND WHAT STOPPING UNDOES",
        "IF YOU SAY NO",
        "TO COMPLAIN",
        "TO AGREE",
    ]


def test_every_toggle_promise_and_exclusion_is_in_the_text() -> None:
    assert set(CATEGORY_WORDS) == set(Category)
    assert set(PURPOSE_WORDS) == set(Purpose)
    assert set(PROHIBITION_WORDS) == set(Prohibition)
    for words in [*CATEGORY_WORDS.values(), *PURPOSE_WORDS.values(), *PROHIBITION_WORDS.values(), *NEVER_RECORDED]:
        assert words in FLAT


@pytest.mark.parametrize("words", ["anonym", r"\bmay\b", "value your privacy", "some data", "we care", "trust us"])
def test_words_that_promise_or_blur_are_not_used(words: str) -> None:
    for text in (TEXT, Screen(SELF).text()):
        assert not re.search(words, text, re.IGNORECASE)


def test_it_fits_a_terminal() -> None:
    assert max(map(len, TEXT.splitlines())) <= WIDTH
    assert max(map(len, Screen(SELF).text().splitlines())) <= 80
    assert len(Screen(SELF).text().splitlines()) < 24


def test_the_hash_is_of_the_text() -> None:
    import dataclasses

    assert notice_sha256(SELF) != notice_sha256(dataclasses.replace(SELF, risks=()))


def test_the_sentence_to_type_is_shown() -> None:
    assert SENTENCE in FLAT


def test_what_needs_a_second_choice_per_app_says_so() -> None:
    for category, option in ((Category.TEXT_CONTENT, "--text words"), (Category.KEY_SHAPE, "--text classes")):
        assert f"recorder allow APP {option}" in CATEGORY_NUMBERS[category]


def test_no_toggle_promises_a_choice_of_sites_that_the_gate_does_not_ask_for() -> None:
    assert not any("chosen sites" in words for words in CATEGORY_WORDS.values())
    assert all("redact" in CATEGORY_WORDS[one] for one in (Category.URL_HOST, Category.URL_PATH))
