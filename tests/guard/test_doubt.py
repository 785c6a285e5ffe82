"""A key is safe once a harmless element's caret took it; all else can be taken back, or is nobody's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.doubt import ANSWERED_NS, UNANSWERED_NS, Doubt

MS = 1_000_000


def ready() -> Doubt:
    """A doubt that knows the field "plain", whose caret stands at its beginning."""
    doubt = Doubt()
    doubt.harmless("plain", 0)
    doubt.caret("plain", 0, 0)
    return doubt


def test_a_key_is_safe_when_it_was_taken_and_the_element_was_asked_afterwards() -> None:
    doubt = ready()
    doubt.typed(10 * MS)
    assert not doubt.settled(10 * MS)

    doubt.caret("plain", 1, 20 * MS)
    doubt.harmless("plain", 15 * MS)
    assert not doubt.settled(10 * MS)

    doubt.harmless("plain", 25 * MS)
    assert doubt.settled(10 * MS)


def test_a_secret_word_takes_back_what_no_other_element_took() -> None:
    doubt = ready()
    for t in (10, 20, 30):
        doubt.typed(t * MS)
    doubt.caret("plain", 1, 40 * MS)

    assert doubt.since(50 * MS, "password") == 20 * MS


def test_a_field_that_becomes_secret_gives_back_what_it_took_since_it_was_asked() -> None:
    doubt = ready()
    for number, t in enumerate((10, 20), 1):
        doubt.typed(t * MS)
        doubt.caret("plain", number, (t + 5) * MS)
        if number == 1:
            doubt.harmless("plain", 18 * MS)

    assert doubt.since(50 * MS, "plain") == 20 * MS


def test_keys_between_two_unanswered_causes_are_lost() -> None:
    doubt = ready()
    doubt.cause(10 * MS)
    doubt.typed(20 * MS)
    doubt.cause(30 * MS)
    doubt.typed(40 * MS)
    doubt.harmless("last", 50 * MS)
    doubt.caret("last", 0, 51 * MS)
    doubt.caret("last", 1, 52 * MS)

    assert doubt.lost() == [20 * MS]


def test_keys_under_way_when_a_script_moved_the_focus_are_nobodys_but_the_old_fields() -> None:
    for claimed, lost in (("plain", []), ("new", [10 * MS])):
        doubt = ready()
        doubt.typed(10 * MS)
        doubt.harmless("new", 20 * MS)
        doubt.caret("new", 0, 21 * MS)
        doubt.caret(claimed, 1, 30 * MS)

        assert doubt.lost() == lost


def test_what_an_element_took_that_never_says_what_it_is_is_lost() -> None:
    doubt = ready()
    doubt.cause(10 * MS)
    doubt.typed(20 * MS)
    doubt.caret("passing", 0, 30 * MS)
    doubt.caret("passing", 1, 31 * MS)
    doubt.expire(ANSWERED_NS + 21 * MS)

    assert doubt.lost() == [20 * MS]


def test_where_nothing_ever_answers_doubt_ends_after_two_seconds() -> None:
    doubt = Doubt()
    doubt.typed(10 * MS)
    doubt.expire(UNANSWERED_NS + 10 * MS)
    assert not doubt.settled(10 * MS)

    doubt.expire(UNANSWERED_NS + 11 * MS)
    assert doubt.settled(10 * MS)
    assert doubt.lost() == []


def test_a_prompt_gets_the_line_that_was_begun_before_it_came() -> None:
    doubt = Doubt()
    doubt.cause(10 * MS, enters=True)
    doubt.typed(5000 * MS)

    assert doubt.since_cause(9000 * MS, enters=True) == 10 * MS


@given(st.lists(st.sampled_from(["key", "cause", "caret"]), max_size=30), st.integers(0, 5))
def test_never_more_keys_are_taken_than_the_caret_advanced(steps: list[str], advance: int) -> None:
    doubt = ready()
    keys, offset, total = [], 0, 0
    for number, step in enumerate(steps, 1):
        t_ns = number * MS
        if step == "key":
            doubt.typed(t_ns)
            keys.append(t_ns)
        elif step == "cause":
            doubt.cause(t_ns)
        else:
            offset, total = offset + advance, total + advance
            doubt.caret("plain", offset, t_ns)
    end_ns = (len(steps) + 1) * MS
    doubt.harmless("plain", end_ns)

    assert sum(doubt.since(end_ns, "password") > t for t in keys) <= total


def test_what_was_typed_before_any_answer_is_nobodys_when_the_focus_turns_out_to_be_elsewhere() -> None:
    doubt = Doubt()
    doubt.elsewhere(5 * MS)
    doubt.typed(10 * MS)
    doubt.cause(20 * MS)
    doubt.typed(30 * MS)
    doubt.cause(40 * MS)
    doubt.harmless("last", 50 * MS)
    doubt.expire(60_000 * MS)

    assert doubt.lost() == [10 * MS, 30 * MS]


def test_a_caret_that_is_told_of_before_its_key_stands_for_it() -> None:
    doubt = ready()
    doubt.caret("plain", 1, 20 * MS)
    doubt.caret("plain", 2, 30 * MS)
    for t in (10, 25):
        doubt.typed(t * MS)
    doubt.harmless("plain", 40 * MS)

    assert doubt.settled(25 * MS)
    assert doubt.lost() == []


def test_a_caret_stands_for_no_key_that_was_pressed_after_it_moved() -> None:
    doubt = ready()
    doubt.caret("plain", 5, 20 * MS)
    doubt.typed(21 * MS)
    doubt.harmless("plain", 40 * MS)

    assert doubt.since(50 * MS, "password") == 21 * MS


@pytest.mark.parametrize("what", ["cause", "focus", "secret", "window"])
def test_what_happens_in_between_leaves_a_late_key_in_doubt(what: str) -> None:
    doubt = ready()
    doubt.caret("plain", 1, 20 * MS)
    match what:
        case "cause":
            doubt.cause(15 * MS)
        case "focus":
            doubt.harmless("other", 21 * MS)
        case "secret":
            doubt.secret("password")
        case _:
            doubt.elsewhere(21 * MS)
    doubt.typed(18 * MS)

    assert doubt.since(50 * MS, "third") <= 18 * MS


def test_a_late_key_that_moved_a_secret_caret_is_lost() -> None:
    doubt = ready()
    doubt.secret("password")
    doubt.caret("password", 0, 10 * MS)
    doubt.caret("password", 1, 20 * MS)
    doubt.typed(15 * MS)

    assert doubt.lost() == [15 * MS]
