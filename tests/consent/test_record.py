"""The record holds every promise; what breaks one is no record, to our parser and to any JSON Schema validator."""

import copy
import importlib.resources
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.consent.notice import SELF, notice_sha256
from recorder.consent.record import Choices, compose, parse
from recorder.consent.schema import follows, record_schema
from recorder.errors import DamagedError
from recorder.model.consent import Category, Prohibition, Purpose
from tests.consent.people import DAY_US, NOON_US

choices = st.builds(
    Choices,
    categories=st.frozensets(st.sampled_from(Category)),
    purposes=st.frozensets(st.sampled_from(Purpose)),
    days=st.integers(1, 365),
    shown_s=st.floats(0, 1e6),
)


def composed(chosen: Choices | None = None) -> bytes:
    chosen = chosen or Choices(categories=frozenset({Category.SCREENSHOTS}), purposes=frozenset(), days=90, shown_s=3.0)
    return compose(SELF, chosen, consent_id="c-1", principal_id="0" * 64, given_at_us=NOON_US)


@given(choices)
def test_what_was_chosen_is_what_the_record_says(chosen: Choices) -> None:
    content = composed(chosen)
    record = parse(content)

    assert (record.categories, record.purposes) == (chosen.categories, chosen.purposes)
    assert record.expires_at_us == NOON_US + chosen.days * DAY_US
    assert record.notice_sha256 == notice_sha256(SELF)
    jsonschema.Draft202012Validator(record_schema()).validate(json.loads(content))


def test_every_record_holds_all_ten_prohibitions_and_every_toggle_off() -> None:
    record = json.loads(composed())

    assert record["prohibitions"] == [str(one) for one in Prohibition]
    assert len(record["prohibitions"]) == 10
    toggles = record["pii_information"] + record["purposes"]
    assert len(toggles) == len(Category) + len(Purpose)
    assert all(toggle["initial"] is False for toggle in toggles)


def test_a_category_that_was_not_offered_can_not_be_chosen() -> None:
    import dataclasses

    offer = dataclasses.replace(SELF, categories=(Category.POINTER_CLICKS,))
    chosen = Choices(categories=frozenset({Category.SCREENSHOTS}), purposes=frozenset(), days=1, shown_s=0)

    with pytest.raises(DamagedError):
        compose(offer, chosen, consent_id="c", principal_id="0" * 64, given_at_us=0)


def _change(record: Any, path: list[Any], value: object) -> Any:
    changed = copy.deepcopy(record)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["prohibitions"], [str(one) for one in Prohibition][:9]),
        (["prohibitions"], []),
        (["pii_information", 0, "initial"], True),
        (["pii_information", 0, "initial"], 0),
        (["pii_information", 0, "chosen"], "yes"),
        (["pii_information", 0, "pii_type"], "microphone"),
        (["purposes", 0, "purpose"], "advertising"),
        (["purposes", 0, "initial"], True),
        (["events", 0, "validity_duration"], "P366D"),
        (["events", 0, "validity_duration"], "P0D"),
        (["events", 0, "validity_duration"], "P1Y"),
        (["events", 0, "validity_duration"], "P9D\n"),
        (["events", 0, "affirmative_act", "sentence"], "yes"),
        (["events", 0, "affirmative_act", "medium"], "pipe"),
        (["events", 0, "event_state"], "renewed"),
        (["events"], []),
        (["schema_version"], "recorder-consent-record/2"),
        (["lawful_basis"], "dpv:LegitimateInterest"),
        (["privacy_notice", "sha256"], "0"),
        (["extra"], 1),
    ],
)
def test_a_record_that_breaks_a_promise_is_refused(path: list[Any], value: object) -> None:
    changed = _change(json.loads(composed()), path, value)

    with pytest.raises(DamagedError):
        parse(json.dumps(changed).encode())
    if value not in (0, "P9D\n"):  # JSON Schema's 0 is not false either, but its `$` and ours differ on line ends
        assert not jsonschema.Draft202012Validator(record_schema()).is_valid(changed)


@pytest.mark.parametrize("key", sorted(json.loads(composed())))
def test_every_field_is_needed(key: str) -> None:
    record = json.loads(composed())
    del record[key]

    with pytest.raises(DamagedError):
        parse(json.dumps(record).encode())


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 400) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(json.loads(composed()))), json_values)
def test_our_check_is_never_laxer_than_a_json_schema_validator(key: str, value: Any) -> None:
    changed = _change(json.loads(composed()), [key], value)

    if follows(changed, record_schema()):
        jsonschema.Draft202012Validator(record_schema()).validate(changed)


@given(st.binary(max_size=100))
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(DamagedError):
        parse(content)


def test_the_printed_schema_is_the_one_that_is_enforced() -> None:
    printed = importlib.resources.files("recorder.consent").joinpath("consent-record.schema.json").read_text()

    assert json.loads(printed) == json.loads(json.dumps(record_schema()))
    jsonschema.Draft202012Validator.check_schema(json.loads(printed))
