"""Whatever the text: spans are sound, nothing in them is left, and nothing takes longer than its budget."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.guard.text import Detector
from recorder.guard.text.detector import LONGEST
from tests.guard.text.made import detector, masked, rules

ANY = st.text(max_size=700)
# Letters, digits and marks in the mixtures that the rules look for, in several scripts and directions.
LIKELY = st.lists(
    st.sampled_from(
        [
            *("password:", "٤", "１", "é", "e\u0301", "\u200b", "\u202e", "אב", "street ", "May ", "John ", "http://"),
            *("Oak ", "4111", "\U0001f1e9", "\ue000", "\ud800", "the ", "file ", *"aA1 .,-@:/\\=#'()\n"),
        ]
    ),
    max_size=120,
).map("".join)


def positions(text: str) -> set[int]:
    return {at for span in detector().detect(text) for at in range(span.start, span.end)}


@given(ANY | LIKELY)
def test_spans_are_inside_the_text_sorted_disjoint_and_not_empty(text: str) -> None:
    spans = detector().detect(text)

    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


@given(ANY | LIKELY)
def test_masking_leaves_what_is_outside_the_spans_and_a_constant_for_each(text: str) -> None:
    spans = detector().detect(text)
    result = detector().mask(text)

    rest = result.text
    at = 0
    for span in spans:
        kept = text[at : span.start]
        assert rest.startswith(f"{kept}[{span.category}]")
        rest, at = rest[len(kept) + len(span.category) + 2 :], span.end
    assert rest == text[at:]
    assert sum(result.counts.values()) == len(spans)


@given(LIKELY, LIKELY)
def test_what_is_masked_alone_is_masked_beside_other_lines(one: str, other: str) -> None:
    after = len(one) + 1

    both = positions(f"{one}\n{other}")

    assert positions(one) <= both
    assert {at + after for at in positions(other)} <= both


@given(st.text(st.characters(categories=["Nd", "No"]), min_size=5, max_size=40))
def test_five_digits_of_any_script_are_masked(digits: str) -> None:
    assert positions(f"see {digits} there") >= set(range(4, 4 + len(digits)))


@given(st.integers(10_000, 10**18), st.text("\u200b\u200c\u200d\u2060\ufeff\u00ad\u0301\u20e3", min_size=1, max_size=3))
def test_invisible_characters_between_digits_hide_nothing(number: int, invisible: str) -> None:
    text = invisible.join(str(number))

    assert {at for at, character in enumerate(text) if character.isdigit()} <= positions(text)


@given(st.text(st.characters(categories=["Co", "Cn", "Cs"]), min_size=1, max_size=10))
def test_characters_that_mean_nothing_to_anybody_are_masked(text: str) -> None:
    assert positions(text) == set(range(len(text)))


def test_letters_that_look_like_others_make_no_known_word() -> None:
    assert masked("the fіle") == "the [word]"  # a Cyrillic і
    assert masked("the ｆｉｌｅ") == "the ｆｉｌｅ"  # the same letters, wide


def test_a_value_is_found_wherever_a_long_line_is_cut() -> None:
    for before in range(300, 700, 7):
        text = "and so on " * (before // 10) + "x" * 0 + "4111 1111 1111 1111" + " and so on" * 80
        assert "4111" not in masked(text), before
        assert "1111" not in masked(text), before


def test_a_secret_on_the_line_below_its_label_is_one() -> None:
    assert masked("Password:\n  open the window\nback") == "Password:\n  [secret]\nback"


class Slow:
    """A clock on which a tenth of a second passes between two looks."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.1
        return self.now


def test_a_text_that_takes_too_long_is_masked_as_a_whole() -> None:
    made = Detector(Slow(), budget_s=0.25)

    assert made.mask("the file\n" * 200).text == "[closed]"
    assert made.mask("the file").text == "the file"


NASTY = ["a", "1", "1 ", "A ", "Ab ", "a.", "1.", "1:", ":", "@", "a@", "/", "-", "= ", "name:", "é", "\u0301", "a1 "]
NASTY += [
    "12 Oak ",
    "via ",
    "5 May ",
    "(1)",
    "://",
    "x x ",
    "AB 12 ",
    "password:\n",
    "-----BEGIN ",
    "a$",
    "[a",
    "\n",
    "١",
]


@pytest.mark.parametrize("part", NASTY, ids=ascii)
def test_no_text_takes_longer_than_its_budget(part: str) -> None:
    made = Detector(time.perf_counter, budget_s=0.1)
    for size in (LONGEST, 1_000_000):
        text = (part * size)[:size]
        begun = time.process_time()
        made.detect(text)

        # Folding the text comes before the first look at the clock, and the last piece after the last but one.
        assert time.process_time() - begun < 0.5, size


def test_hosts_are_kept_on_request_alone() -> None:
    text = "see https://www.example.org/people/7?q=1 and https://john@example.org/ and http://10.1.2.3/x"
    kept = detector().mask(text, keep_hosts=True).text

    assert kept == "see https://www.example.org[url] and [url] and [url]"
    assert masked(text) == "see [url] and [url] and [url]"


def test_the_empty_text_has_nothing_to_mask() -> None:
    assert detector().detect("") == []
    assert detector().mask("").is_whole


def test_a_very_long_word_is_not_looked_at() -> None:
    assert rules("file" * 20) == {"blob"}


@settings(max_examples=30)
@given(st.text("bcdfghjklmnpqrstvwxz", min_size=6, max_size=20))
def test_a_random_word_never_stays(word: str) -> None:
    assert word not in masked(f"the file {word} is open")
