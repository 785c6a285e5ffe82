"""Where a consent stands: folded from its events and the head that the vault vouches for. Pure.

Which event can follow which (everything else is `unknown`):

    from                          event      rules
    any                           given      new consent id, revision 1, exactly the record's choices, nothing blocked
    given narrowed renewed        narrowed   same consent; revision + 1; nothing added, nothing unblocked, no later end
    given narrowed renewed        renewed    same consent; revision + 1; same choices; ends within a year of the act
    given narrowed renewed        withdrawn  same consent; revision + 1; nothing is left

An event after the trusted head may narrow, renew or withdraw, never give: giving counts once the vault says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from recorder.consent.events import ConsentEvent
from recorder.consent.notice import LONGEST_DAYS
from recorder.consent.record import DAY_US, ConsentRecord
from recorder.errors import DamagedError
from recorder.model.consent import Category, ConsentState, Purpose

RecordOf = Callable[[ConsentEvent], ConsentRecord]
NOWHERE: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedHead:
    """What the vault vouches for: the last event's number and hash, the latest time seen, the key that signs.

    `n` 0 and an empty hash: nothing was ever given here. No secret in it.
    """

    n: int
    sha256: str
    high_water_us: int
    verify_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The present state. Everything after `state` describes the last consent, and is empty where there is none."""

    state: ConsentState
    study_id: str = NOWHERE
    consent_id: str = NOWHERE
    revision: int = 0
    record_sha256: str = NOWHERE
    categories: frozenset[Category] = frozenset()
    purposes: frozenset[Purpose] = frozenset()
    offered_purposes: frozenset[Purpose] = frozenset()  # what was given at first, before any narrowing
    blocked_apps: frozenset[str] = frozenset()
    given_at_us: int = 0
    expires_at_us: int = 0


NONE: Final = Standing(state=ConsentState.NONE)
UNKNOWN: Final = Standing(state=ConsentState.UNKNOWN)


def fold(chain: Sequence[tuple[ConsentEvent, str]], head: TrustedHead, record_of: RecordOf) -> Standing:
    """The state after all events, expiry aside.

    Raises: DamagedError when the chain is not the one that the head vouches for, or a step is not allowed.
    """
    if len(chain) < head.n or (head.n and chain[head.n - 1][1] != head.sha256):
        raise DamagedError("the consent events are not those that the vault vouches for")
    standing, seen = NONE, set[str]()
    for event, _ in chain:
        if event.kind is ConsentState.GIVEN:
            _require(event.n <= head.n and event.consent_id not in seen)
            standing = _given(event, record_of(event))
            seen.add(event.consent_id)
        else:
            standing = _next(standing, event)
    return standing


def expired(standing: Standing, now_us: int) -> bool:
    return standing.state.permits and now_us >= standing.expires_at_us


def _given(event: ConsentEvent, record: ConsentRecord) -> Standing:
    _require(event.revision == 1 and not event.blocked_apps and bool(event.categories))
    _require((event.consent_id, event.study_id) == (record.consent_id, record.study_id))
    _require((event.categories, event.purposes) == (record.categories, record.purposes))
    _require((event.at_us, event.expires_at_us) == (record.given_at_us, record.expires_at_us))
    return _standing(event, given_at_us=event.at_us, offered_purposes=event.purposes)


def _next(before: Standing, event: ConsentEvent) -> Standing:
    _require(before.state.permits and event.revision == before.revision + 1)
    _require(event.record_sha256 == before.record_sha256)
    _require((event.consent_id, event.study_id) == (before.consent_id, before.study_id))
    _require(event.categories <= before.categories and event.purposes <= before.purposes)
    _require(event.blocked_apps >= before.blocked_apps)
    if event.kind is ConsentState.RENEWED:
        _require((event.categories, event.purposes) == (before.categories, before.purposes))
        _require(event.blocked_apps == before.blocked_apps)
        _require(event.expires_at_us <= event.at_us + LONGEST_DAYS * DAY_US)
    else:
        _require(event.expires_at_us <= before.expires_at_us)
    if event.kind is ConsentState.WITHDRAWN:
        _require(not event.categories and not event.purposes)
    return _standing(event, given_at_us=before.given_at_us, offered_purposes=before.offered_purposes)


def _standing(event: ConsentEvent, *, given_at_us: int, offered_purposes: frozenset[Purpose]) -> Standing:
    return Standing(
        state=event.kind,
        study_id=event.study_id,
        consent_id=event.consent_id,
        revision=event.revision,
        record_sha256=event.record_sha256,
        categories=event.categories,
        purposes=event.purposes,
        offered_purposes=offered_purposes,
        blocked_apps=event.blocked_apps,
        given_at_us=given_at_us,
        expires_at_us=event.expires_at_us,
    )


def _require(holds: bool) -> None:
    if not holds:
        raise DamagedError("a consent event does what its kind may not do")
