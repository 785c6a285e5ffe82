"""Folding: even with the device's own signature no step after a giving can add anything, or replace what was said."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.consent import act, files
from recorder.consent.dsse import seal
from recorder.consent.events import PAYLOAD_TYPE, ConsentEvent, decode, encode, read_chain, seal_event
from recorder.consent.record import DAY_US
from recorder.consent.record import PAYLOAD_TYPE as RECORD_TYPE
from recorder.consent.state import NONE, Standing, TrustedHead, fold
from recorder.errors import DamagedError, NoConsentError
from recorder.model.consent import Category, ConsentState, Purpose
from tests.consent.people import CLICKS_AND_PICTURES, NOON_US, Device, Person


def forge(person: Person, **changes: Any) -> None:
    """Append a signed event that the commands would never write; the vault's head is not told."""
    content = person.events.read_bytes()
    last, sha256 = read_chain(content, person.device.verify_key)[-1]
    step: dict[str, Any] = {"n": last.n + 1, "prev": sha256, "revision": last.revision + 1}
    event = dataclasses.replace(last, **({"kind": ConsentState.NARROWED} | step | changes))
    person.events.write_bytes(content + seal_event(event, person.device) + b"\n")


def is_refused(person: Person) -> bool:
    try:
        person.gate().grant()
    except NoConsentError as no:
        return "verified" in no.message
    return False


@pytest.mark.parametrize(
    "changes",
    [
        {"categories": frozenset(Category)},
        {"purposes": frozenset(Purpose)},
        {"blocked_apps": frozenset({"/usr/bin/other"})},
        {"expires_at_us": NOON_US + 400 * DAY_US},
        {"kind": ConsentState.RENEWED, "expires_at_us": NOON_US + 366 * DAY_US},
        {"kind": ConsentState.RENEWED, "categories": frozenset(Category)},
        {"kind": ConsentState.RENEWED, "blocked_apps": frozenset()},
        {"kind": ConsentState.GIVEN, "revision": 1, "consent_id": "another"},
        {"kind": ConsentState.GIVEN, "revision": 1},
        {"kind": ConsentState.WITHDRAWN},
        {"consent_id": "another"},
        {"study_id": "another"},
        {"record_sha256": "0" * 64},
        {"revision": 7},
        {"n": 7},
        {"prev": "0" * 64},
    ],
)
def test_a_signed_step_that_is_not_in_the_table_is_unknown(person: Person, changes: dict[str, Any]) -> None:
    person.give()
    person.narrow(apps=frozenset({"/usr/bin/mail"}))
    forge(person)
    assert not is_refused(person)  # the same step without a change is one that may follow
    person.events.write_bytes(b"".join(person.events.read_bytes().splitlines(keepends=True)[:-1]))
    forge(person, **changes)

    assert is_refused(person)


def test_nothing_follows_a_withdrawal_but_a_new_giving(person: Person) -> None:
    person.give()
    act.end(person.home, person.device, person.clock)
    forge(person, kind=ConsentState.NARROWED)
    assert is_refused(person)
    assert person.give().state is ConsentState.GIVEN


def test_another_chain_of_the_same_device_is_not_the_one_the_vault_vouches_for(person: Person) -> None:
    """Rewritten from the first event on, all signatures right, the same length."""
    person.give()
    head = person.device.get_head()
    person.events.unlink()
    person.give(categories=frozenset(Category))
    assert head is not None
    person.device.set_head(head)

    assert is_refused(person)


def test_a_record_that_was_signed_anew_is_not_the_one_that_was_agreed_to(person: Person) -> None:
    standing = person.give()
    place = files.record_folder(person.home, standing.consent_id)
    record = json.loads((place / "record.json").read_bytes())
    changed = json.dumps(record | {"recipient_third_parties": ["somebody"]}).encode()
    (place / "record.json").write_bytes(changed)
    (place / "record.dsse.json").write_bytes(seal(changed, RECORD_TYPE, person.device))

    assert is_refused(person)


events = st.builds(
    ConsentEvent,
    n=st.integers(0, 2**60),
    prev=st.text(max_size=9),
    at_us=st.integers(0, 2**60),
    kind=st.sampled_from([ConsentState.GIVEN, ConsentState.NARROWED, ConsentState.RENEWED, ConsentState.WITHDRAWN]),
    study_id=st.text(max_size=9),
    consent_id=st.text(max_size=9),
    revision=st.integers(0, 99),
    record_sha256=st.text(max_size=9),
    categories=st.frozensets(st.sampled_from(Category)),
    purposes=st.frozensets(st.sampled_from(Purpose)),
    blocked_apps=st.frozensets(st.text(max_size=9)),
    expires_at_us=st.integers(0, 2**60),
)


@given(events)
def test_an_event_comes_back_as_it_was_written(event: ConsentEvent) -> None:
    assert decode(encode(event)) == event


@given(st.binary(max_size=200) | st.recursive(st.none() | st.integers(), st.lists).map(json.dumps).map(str.encode))
def test_other_bytes_are_no_event(content: bytes) -> None:
    with pytest.raises(DamagedError):
        decode(content)


def test_a_signed_payload_of_another_spelling_is_no_event(person: Person) -> None:
    """One event, one spelling: else two chains with different hashes would say the same."""
    person.give()
    event, _ = read_chain(person.events.read_bytes(), person.device.verify_key)[0]
    spaced = json.dumps(json.loads(encode(event))).encode()
    person.events.write_bytes(seal(spaced, PAYLOAD_TYPE, person.device) + b"\n")

    assert is_refused(person)


@given(st.lists(events, max_size=5))
def test_whatever_is_signed_nothing_is_granted_that_was_not_given(chain: list[ConsentEvent]) -> None:
    """Over any steps, with a head that vouches for the first giving alone: never more than that giving."""
    first = ConsentEvent(
        n=1, prev="", at_us=1, kind=ConsentState.GIVEN, study_id="s", consent_id="c", revision=1, record_sha256="r",
        categories=CLICKS_AND_PICTURES, purposes=frozenset(), blocked_apps=frozenset(), expires_at_us=DAY_US,
    )  # fmt: skip
    follow = [
        dataclasses.replace(step, n=at, study_id="s", consent_id="c", revision=at, record_sha256="r")
        for at, step in enumerate(chain, start=2)
    ]
    head = TrustedHead(n=1, sha256="1", high_water_us=0, verify_key=Device().verify_key)
    standing = _fold([first, *follow], head)

    assert standing.categories <= CLICKS_AND_PICTURES
    assert standing.purposes == frozenset()
    assert standing.given_at_us == (1 if standing is not NONE else 0)


def _fold(chain: list[ConsentEvent], head: TrustedHead) -> Standing:
    from recorder.consent.record import ConsentRecord

    def record_of(event: ConsentEvent) -> ConsentRecord:
        return ConsentRecord(
            consent_id=event.consent_id, study_id=event.study_id, categories=event.categories,
            purposes=event.purposes, given_at_us=event.at_us, expires_at_us=event.expires_at_us,
            notice_sha256="", language="en",
        )  # fmt: skip

    try:
        return fold([(event, str(event.n)) for event in chain], head, record_of)
    except DamagedError:
        return NONE
