"""What happened to a consent, one signed event per line of `consent/events.jsonl`, each holding the hash of the last.

An event carries the whole state after it, so that narrowing can be checked by comparing two sets. An event's hash is
the SHA-256 of its payload; the first event's `prev` is derived from the device's key, so a chain belongs to one vault.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from recorder.consent.dsse import Signer, seal, unseal
from recorder.consent.record import canonical, sha256
from recorder.errors import DamagedError
from recorder.model.consent import Category, ConsentState, Purpose

PAYLOAD_TYPE: Final = "application/vnd.recorder.consent-event+json"
KINDS: Final = (ConsentState.GIVEN, ConsentState.NARROWED, ConsentState.RENEWED, ConsentState.WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent:
    """One step. `n` counts from 1; `at_us` and `expires_at_us` are Unix microseconds UTC."""

    n: int
    prev: str
    at_us: int
    kind: ConsentState
    study_id: str
    consent_id: str
    revision: int
    record_sha256: str
    categories: frozenset[Category]
    purposes: frozenset[Purpose]
    blocked_apps: frozenset[str]
    expires_at_us: int


def origin(verify_key: bytes) -> str:
    """What stands as `prev` in a chain's first event."""
    return hashlib.sha256(b"recorder consent events v1" + verify_key).hexdigest()


def encode(event: ConsentEvent) -> bytes:
    """The payload of an event."""
    return canonical(
        {
            "v": 1,
            "n": event.n,
            "prev": event.prev,
            "at_us": event.at_us,
            "event_state": event.kind,
            "study_id": event.study_id,
            "consent_id": event.consent_id,
            "revision": event.revision,
            "record_sha256": event.record_sha256,
            "categories": sorted(event.categories),
            "purposes": sorted(event.purposes),
            "blocked_apps": sorted(event.blocked_apps),
            "expires_at_us": event.expires_at_us,
        }
    )


def decode(payload: bytes) -> ConsentEvent:
    """Raises: DamagedError. Exact: `encode(decode(payload)) == payload` for every payload that is accepted."""
    try:
        fields: dict[str, Any] = json.loads(payload)
        event = ConsentEvent(
            kind=ConsentState(fields.pop("event_state")),
            categories=frozenset(map(Category, fields.pop("categories"))),
            purposes=frozenset(map(Purpose, fields.pop("purposes"))),
            blocked_apps=frozenset(fields.pop("blocked_apps")),
            **{key: value for key, value in fields.items() if key != "v"},
        )
        exact = encode(event) == payload and event.kind in KINDS and _typed(event)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DamagedError("a consent event is not understood") from None
    if not exact:
        raise DamagedError("a consent event is not understood")
    return event


def _typed(event: ConsentEvent) -> bool:
    numbers = (event.n, event.at_us, event.revision, event.expires_at_us)
    texts = (event.prev, event.study_id, event.consent_id, event.record_sha256, *event.blocked_apps)
    return all(type(one) is int and one >= 0 for one in numbers) and all(isinstance(one, str) for one in texts)


def seal_event(event: ConsentEvent, signer: Signer) -> bytes:
    """The event's line, without its line end."""
    return seal(encode(event), PAYLOAD_TYPE, signer)


def read_chain(content: bytes, verify_key: bytes) -> list[tuple[ConsentEvent, str]]:
    """All events with their hashes, once every signature, number and `prev` is right.

    Raises: DamagedError for anything else: an edited, swapped or half-written line, or one signed by another device.
    """
    if content and not content.endswith(b"\n"):
        raise DamagedError("the last consent event is cut off")
    chain: list[tuple[ConsentEvent, str]] = []
    prev = origin(verify_key)
    for number, line in enumerate(content.splitlines(), start=1):
        payload = unseal(line, PAYLOAD_TYPE, verify_key)
        event = decode(payload)
        if event.n != number or event.prev != prev:
            raise DamagedError("the consent events are not in one unbroken chain")
        prev = sha256(payload)
        chain.append((event, prev))
    return chain
