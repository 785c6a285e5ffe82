"""The JSON Schema (2020-12) of a consent record, made from the closed sets that the gate enforces.

`consent-record.schema.json` beside this file is its printed form, for readers in other languages; a test compares them.
"""

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final

from recorder.consent.words import MEDIA, SENTENCE
from recorder.model.consent import Category, Prohibition, Purpose

SCHEMA_VERSION: Final = "recorder-consent-record/1"
Schema = dict[str, Any]
TEXT: Final[Schema] = {"type": "string", "minLength": 1}
TEXTS: Final[Schema] = {"type": "array", "items": TEXT}
HEX_64: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
# P1D to P365D (ISO 8601): a consent is for at most a year.
DAYS: Final = "^P([1-9][0-9]?|[12][0-9][0-9]|3[0-5][0-9]|36[0-5])D$"
SECONDS: Final[Schema] = {"type": "number", "minimum": 0}
MOMENT_US: Final[Schema] = {"type": "integer", "minimum": 0}


def record_schema() -> Schema:
    """The whole schema, ready for `json.dumps(…, indent=1)`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Consent record, fields after ISO/IEC TS 27560:2023",
        **_object(
            {
                "schema_version": {"const": SCHEMA_VERSION},
                "record_id": TEXT,
                "pii_principal_id": HEX_64,
                "privacy_notice": _object({"sha256": HEX_64, "language": TEXT}),
                "study_id": TEXT,
                "lawful_basis": {"const": "dpv:Consent"},
                "purposes": _toggles("purpose", Purpose),
                "pii_information": _toggles("pii_type", Category),
                "prohibitions": {"const": list(Prohibition)},
                "pii_controllers": {"type": "array", "minItems": 1, "items": _controller()},
                "authority_party": {"type": ["string", "null"]},
                "recipient_third_parties": TEXTS,
                "jurisdictions": TEXTS,
                "storage_locations": TEXTS,
                "compensation": TEXT,
                "risks": TEXTS,
                "other_people": TEXT,
                "withdrawal_method": TEXT,
                "after_withdrawal": TEXT,
                "complaint": TEXT,
                "events": {"type": "array", "minItems": 1, "maxItems": 1, "items": _given()},
            }
        ),
    }


def _toggles(name: str, kind: Iterable[StrEnum]) -> Schema:
    """Each is off to begin with: a record of anything else is not a record."""
    one: dict[str, Schema] = {name: {"enum": list(kind)}, "initial": {"const": False}, "chosen": {"type": "boolean"}}
    return {"type": "array", "items": _object(one)}


def _controller() -> Schema:
    return _object({"party_name": TEXT, "party_contact": TEXT, "funding": TEXT})


def _given() -> Schema:
    act: dict[str, Schema] = {
        "sentence": {"const": SENTENCE},
        "medium": {"enum": list(MEDIA)},
        "shown_s": {"type": "number", "minimum": 0},
    }
    return _object(
        {
            "event_time_us": MOMENT_US,
            "event_type": {"const": "dpv:ConsentGiven"},
            "event_state": {"const": "given"},
            "validity_duration": {"type": "string", "pattern": DAYS},
            "entity_id": HEX_64,
            "affirmative_act": _object(act),
        }
    )


def _object(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def follows(value: object, schema: Schema) -> bool:
    """Whether `value` follows `schema`, for the keywords that are used above. Never laxer than JSON Schema: `False` is
    not 0, and 1.0 is no integer.
    """
    return all(_KEYWORDS[keyword](value, wanted) for keyword, wanted in schema.items() if keyword in _KEYWORDS)


_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


def _is_type(value: object, wanted: str | list[str]) -> bool:
    return any(type(value) in _TYPES[name] for name in ([wanted] if isinstance(wanted, str) else wanted))


def _has_properties(value: object, wanted: dict[str, Schema]) -> bool:
    # Every object above requires all of its properties and allows no others.
    return (
        isinstance(value, dict) and value.keys() == wanted.keys() and all(follows(value[k], wanted[k]) for k in wanted)
    )


def _is_same(value: object, wanted: object) -> bool:
    return type(value) is type(wanted) and value == wanted


_KEYWORDS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "type": _is_type,
    "const": _is_same,
    "enum": lambda value, wanted: isinstance(value, str) and value in wanted,
    "properties": _has_properties,
    "items": lambda value, wanted: isinstance(value, list) and all(follows(one, wanted) for one in value),
    "minItems": lambda value, wanted: isinstance(value, list) and len(value) >= wanted,
    "maxItems": lambda value, wanted: isinstance(value, list) and len(value) <= wanted,
    "minLength": lambda value, wanted: isinstance(value, str) and len(value) >= wanted,
    "minimum": lambda value, wanted: type(value) in (int, float) and value >= wanted,
    "pattern": lambda value, wanted: isinstance(value, str) and re.fullmatch(wanted, value) is not None,
}
