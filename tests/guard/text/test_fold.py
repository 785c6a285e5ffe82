"""Folding keeps every position and makes digits of every script digits."""

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.text.fold import ODD, fold


@given(st.text())
def test_positions_stay(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_every_digit_of_unicode_becomes_an_ascii_digit() -> None:
    digits = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.digit(chr(code), None) is not None]

    assert len(digits) > 700
    assert all(fold(digit) == str(unicodedata.digit(digit)) for digit in digits)


def test_what_can_hide_between_letters_is_odd() -> None:
    assert fold("\u200b\u0301\u202e\ue000\U000e0041\U0001f1e9⠓") == ODD * 7


@given(st.text(st.characters(max_codepoint=126, min_codepoint=32)))
def test_plain_text_is_as_it_was(text: str) -> None:
    assert fold(text) == text
