"""Role numbers: each has one kind, and what may say its name holds nothing."""

from hypothesis import given
from hypothesis import strategies as st

from recorder.capture.backends.x11 import roles
from recorder.capture.backends.x11.atspi import STATE_EDITABLE
from recorder.capture.backends.x11.elements import own_name
from recorder.model.element import ElementRole


def test_no_number_stands_in_two_rows_and_no_kind_has_none() -> None:
    numbers = [number for row in roles._NUMBERS.values() for number in row]

    assert len(numbers) == len(set(numbers))
    assert set(roles._NUMBERS) == set(ElementRole) - {ElementRole.OTHER}


@given(st.integers(-5, 2**32))
def test_every_number_has_a_kind(number: int) -> None:
    assert isinstance(roles.kind_of(number), ElementRole)


def test_the_numbers_that_matter_most() -> None:
    kinds = {40: "password", 79: "textbox", 61: "textbox", 43: "button", 88: "link", 7: "checkbox", 60: "terminal"}

    assert {number: roles.kind_of(number).value for number in kinds} == kinds
    assert roles.kind_of(67) is ElementRole.OTHER  # "unknown"


EXPLICIT = {"explicit-name": "true"}


@given(st.sampled_from(sorted(ElementRole)), st.text(min_size=1).filter(str.strip), st.integers(0, 2**44))
def test_what_holds_text_is_never_called_by_what_may_be_its_content(kind: ElementRole, name: str, states: int) -> None:
    assert kind in roles.NAMED or own_name(kind, states, {}, name) is None
    assert own_name(kind, states | STATE_EDITABLE, {}, name) is None
    for source in ("contents", "value", "something new"):
        if kind not in roles.NAMED:
            assert own_name(kind, states, EXPLICIT | {"name-from": source}, name) is None


def test_an_explicit_label_is_a_name_and_has_an_end() -> None:
    assert own_name(ElementRole.TEXTBOX, STATE_EDITABLE, EXPLICIT, " Your \n town ") == "Your town"
    assert own_name(ElementRole.TEXTBOX, 0, EXPLICIT | {"name-from": "related-element"}, "Mail") == "Mail"
    assert own_name(ElementRole.BUTTON, 0, {"name-from": "contents"}, "push me") == "push me"
    assert len(own_name(ElementRole.BUTTON, 0, {}, "x" * 999) or "") == 200
    assert own_name(ElementRole.PARAGRAPH, 0, EXPLICIT, "said in a letter") is None
    assert own_name(ElementRole.CELL, 0, EXPLICIT, "12,50") is None
    assert own_name(ElementRole.BUTTON, 0, {}, None) is None
