"""Five digits are masked, whatever lies between them and whatever their checksum says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.text.numbers import find_numbers, is_iban, is_luhn
from tests.guard.text.made import is_hidden, masked, rules

SEPARATORS = st.sampled_from(["", " ", "-", ".", "/", ":", ", ", ") ", " (", "\u00a0", "\u2013", "_", "#", "+"])


@given(st.lists(st.tuples(st.sampled_from("0123456789"), SEPARATORS), min_size=5, max_size=40))
def test_any_run_of_five_digits_is_masked(parts: list[tuple[str, str]]) -> None:
    assert is_hidden("".join(digit + separator for digit, separator in parts), "the number {} is new")


def test_a_mistyped_card_is_masked_like_a_right_one() -> None:
    assert rules("4111 1111 1111 1111") == {"card_luhn"}
    assert masked("4111 1111 1111 1112") == "[number]" or masked("4111 1111 1111 1112").startswith("[")
    assert is_hidden("4111 1111 1111 1112")


@pytest.mark.parametrize(
    "value",
    [
        "+1 (555) 123-4567",
        "+49 30 1234567",
        "555-0199x110",
        "DE89 3704 0044 0532 0130 00",
        "BR36 0922 5069 2100 2796 7814 458Y M",
        "GB82WEST12345698765432",
        "123-45-6789",
        "QQ 12 34 56 C",
        "RSSMRA85T10A562S",
        "X1234567L",
        "12345678Z",
        "12/05/1990",
        "1990-05-12",
        "M-AB 1234",
        "99X 186",
        "438-MET-15",
        "1234",
        "0150",
    ],
)
def test_a_number_that_says_who_somebody_is_is_masked(value: str) -> None:
    assert is_hidden(value)
    assert is_hidden(value, "please use {} for now")


def test_checksums() -> None:
    assert is_luhn("4111111111111111")
    assert not is_luhn("4111111111111112")
    assert is_iban("DE89 3704 0044 0532 0130 00")
    assert not is_iban("DE88 3704 0044 0532 0130 00")


def test_short_numbers_and_times_stay() -> None:
    assert masked("3 of 12 files, 100 lines, at 10:30") == "3 of 12 files, 100 lines, at 10:30"


def test_words_behind_a_number_are_no_account_even_if_they_begin_like_a_country() -> None:
    found = [span.category for span in find_numbers("Call at 555 0199 about the invoice, please")]

    assert "iban" not in found


def test_an_account_with_one_wrong_digit_is_masked_all_the_same() -> None:
    text = "GB29 NWBK 6016 1331 9268 18"

    assert ("iban", "iban_shape") in {(span.category, span.rule) for span in find_numbers(text)}
