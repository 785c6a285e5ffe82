"""What was masked once is masked everywhere; the memory of it cannot leave the process."""

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.text import Masker, Memory
from recorder.guard.text.memory import CAPACITY
from tests.guard.text.made import detector

KEY = bytes(range(32))


def masker() -> Masker:
    return Masker(detector(), Memory(KEY))


def test_a_value_masked_in_one_place_is_masked_where_nothing_says_what_it_is() -> None:
    made = masker()
    assert made.mask("open the correct window").text == "open the correct window"

    made.mask("password: correct window")

    assert made.mask("open the Correct  Window").text == "open the [value]"
    assert made.mask("a window").text == "a window"


def test_digits_are_the_same_value_however_they_are_grouped() -> None:
    made = masker()
    made.mask("pin: 123")

    assert made.mask("1-2-3 and 12 3 and ١٢٣").counts == {("value", "masked_before"): 3}


def test_a_name_that_was_seen_in_capitals_is_known_in_small_letters() -> None:
    made = masker()
    assert "king" in made.mask("the king is here").text

    made.mask("we met King")

    assert "king" not in made.mask("the king is here").text


def test_words_without_which_there_is_no_sentence_are_not_hidden_for_ever() -> None:
    made = masker()
    made.mask("password: the")

    assert made.mask("the file").text == "the file"


def test_what_nobody_knows_needs_no_memory() -> None:
    made = masker()
    made.mask("Zbigniew 4111 1111 1111 1111")

    assert len(made.memory) == 0


def test_forgetting_leaves_nothing() -> None:
    made = masker()
    made.mask("password: window")
    made.memory.forget()

    assert made.mask("window").text == "window"
    assert len(made.memory) == 0


def test_another_key_gives_other_hashes() -> None:
    one, other = Memory(KEY), Memory(bytes(32))
    one.add("window")
    other.add("window")

    assert set(one._hashes) != set(other._hashes)
    assert b"window" not in b"".join(one._hashes)


def test_the_key_must_be_long_enough() -> None:
    with pytest.raises(ValueError, match="16 to 64"):
        Memory(b"short")


def test_a_memory_lives_in_memory_only() -> None:
    memory = Memory(KEY)
    memory.add("window")

    for leave in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            leave(memory)
    assert repr(memory) == str(memory) == "<Memory: memory only>"


def test_a_full_memory_drops_the_oldest_and_says_so() -> None:
    memory = Memory(KEY)
    for number in range(CAPACITY):
        memory.add(f"value{number}")
    assert not memory.has_dropped

    memory.add("one more")

    assert memory.has_dropped
    assert len(memory) == CAPACITY
    assert not list(memory.find("value0"))
    assert list(memory.find("one more"))


@given(st.lists(st.sampled_from(["window", "file", "open", "page", "12"]), min_size=1, max_size=6))
def test_any_value_is_found_again_with_other_separators(words: list[str]) -> None:
    memory = Memory(KEY)
    memory.add(" ".join(words))
    text = "-".join(words).upper()

    found = list(memory.find(f"so {text} so"))
    assert len("".join(words)) < 3 or any(span.start <= 3 and span.end >= 3 + len(text) for span in found)
