"""The consent record: what was asked, what was chosen and how, as one signed JSON document.

Field names follow ISO/IEC TS 27560:2023 (header, PII processing, party, event); values from the W3C Data Privacy
Vocabulary are prefixed `dpv:`. `parse` is the only way in, and it checks every rule of the record's JSON Schema
(`consent-record.schema.json`): all ten prohibitions, every toggle initially off, at most a year.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from recorder.consent.notice import Offer, notice_sha256
from recorder.consent.schema import SCHEMA_VERSION, follows, record_schema
from recorder.consent.words import MEDIA, SENTENCE
from recorder.errors import DamagedError
from recorder.model.consent import Category, Prohibition, Purpose

PAYLOAD_TYPE: Final = "application/vnd.recorder.consent-record+json"
DAY_US: Final = 86_400_000_000
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person did at the screen: what they ticked, for how long, how long they had looked, and at which of
    `words.MEDIA` it was."""

    categories: frozenset[Category]
    purposes: frozenset[Purpose]
    days: int
    shown_s: float
    medium: str = MEDIA[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """What the gate needs of a record. Times are Unix microseconds UTC."""

    consent_id: str
    study_id: str
    categories: frozenset[Category]
    purposes: frozenset[Purpose]
    given_at_us: int
    expires_at_us: int
    notice_sha256: str
    language: str


def compose(offer: Offer, choices: Choices, *, consent_id: str, principal_id: str, given_at_us: int) -> bytes:
    """The record's exact bytes. Raises: DamagedError when the choices are not among what was offered."""
    record = {
        "schema_version": SCHEMA_VERSION,
        "record_id": consent_id,
        "pii_principal_id": principal_id,
        "privacy_notice": {"sha256": notice_sha256(offer), "language": offer.language},
        "study_id": offer.study_id,
        "lawful_basis": "dpv:Consent",
        "purposes": _toggles("purpose", offer.purposes, choices.purposes),
        "pii_information": _toggles("pii_type", offer.categories, choices.categories),
        "prohibitions": list(Prohibition),
        **_terms(offer),
        "events": [
            {
                "event_time_us": given_at_us,
                "event_type": "dpv:ConsentGiven",
                "event_state": "given",
                "validity_duration": f"P{choices.days}D",
                "entity_id": principal_id,
                "affirmative_act": {
                    "sentence": SENTENCE,
                    "medium": choices.medium,
                    "shown_s": round(choices.shown_s, 1),
                },
            }
        ],
    }
    content = canonical(record)
    parsed = parse(content)
    if parsed.categories != choices.categories or parsed.purposes != choices.purposes:
        raise DamagedError("the choices are not among what was offered")
    return content


def parse(content: bytes) -> ConsentRecord:
    """Raises: DamagedError for a record that breaks any rule of its schema."""
    try:
        record = json.loads(content)
        if not follows(record, record_schema()):
            raise ValueError
        return _parse(record)
    except (ValueError, RecursionError):
        raise DamagedError("the consent record does not follow its schema") from None


def canonical(value: object) -> bytes:
    """JSON with sorted keys, without spaces, ASCII only: the same bytes for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _terms(offer: Offer) -> dict[str, Any]:
    return {
        "pii_controllers": [{"party_name": offer.controller, "party_contact": offer.contact, "funding": offer.funding}],
        "authority_party": offer.ethics,
        "recipient_third_parties": list(offer.recipients),
        "jurisdictions": [] if offer.jurisdiction is None else [offer.jurisdiction],
        "storage_locations": [offer.storage],
        "compensation": offer.compensation,
        "risks": list(offer.risks),
        "other_people": offer.other_people,
        "withdrawal_method": "recorder withdraw",
        "after_withdrawal": offer.after_withdrawal,
        "complaint": offer.complaint,
    }


def _toggles(name: str, offered: Sequence[StrEnum], chosen: frozenset[Any]) -> list[dict[str, object]]:
    return [{name: str(one), "initial": False, "chosen": one in chosen} for one in offered]


def _parse(record: Mapping[str, Any]) -> ConsentRecord:
    (event,) = record["events"]
    given_at_us: int = event["event_time_us"]
    days = int(event["validity_duration"].removeprefix("P").removesuffix("D"))
    return ConsentRecord(
        consent_id=record["record_id"],
        study_id=record["study_id"],
        categories=_chosen(record["pii_information"], "pii_type", Category),
        purposes=_chosen(record["purposes"], "purpose", Purpose),
        given_at_us=given_at_us,
        expires_at_us=given_at_us + days * DAY_US,
        notice_sha256=record["privacy_notice"]["sha256"],
        language=record["privacy_notice"]["language"],
    )


def _chosen(toggles: Sequence[Mapping[str, Any]], name: str, kind: type[E]) -> frozenset[E]:
    names = [kind(toggle[name]) for toggle in toggles]
    if len(set(names)) != len(names):  # the one rule that the schema can't express
        raise ValueError
    return frozenset(one for one, toggle in zip(names, toggles, strict=True) if toggle["chosen"])
