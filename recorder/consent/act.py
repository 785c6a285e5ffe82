"""What a person does to a consent: give, narrow, renew, withdraw. Each act signs one event and moves the trusted head.

The order is always: files on the disk, then the head in the vault. A crash between the two leaves a narrowing in force
(it counts without the head) and a giving void (it does not).
"""

import contextlib
import dataclasses
import json
import uuid
from dataclasses import dataclass
from pathlib import Path

from recorder.consent import files
from recorder.consent.clock import Clock, SystemClock
from recorder.consent.dsse import Signer, key_id, seal
from recorder.consent.events import ConsentEvent, origin, read_chain, seal_event
from recorder.consent.gate import GIVE, ConsentGate, refusal
from recorder.consent.keeper import Keeper
from recorder.consent.notice import LONGEST_DAYS, Offer, render
from recorder.consent.record import DAY_US, PAYLOAD_TYPE, Choices, compose, sha256
from recorder.consent.state import Standing, TrustedHead, expired
from recorder.consent.verify import verify
from recorder.errors import DamagedError, UsageError
from recorder.model.consent import Category, ConsentState, Purpose


def read_head(keeper: Keeper) -> TrustedHead:
    """The head that the vault keeps. Raises: DamagedError when it holds something else."""
    text = keeper.get_head()
    if text is None:
        return TrustedHead(n=0, sha256="", high_water_us=0, verify_key=keeper.verify_key)
    try:
        kept = json.loads(text)
        return TrustedHead(
            n=int(kept["n"]),
            sha256=str(kept["sha256"]),
            high_water_us=int(kept["high_water_us"]),
            verify_key=keeper.verify_key,
        )
    except (ValueError, KeyError, TypeError):
        raise DamagedError("what the vault keeps about your consent is not understood", hint=GIVE) from None


def write_head(keeper: Keeper, head: TrustedHead) -> None:
    keeper.set_head(json.dumps({"n": head.n, "sha256": head.sha256, "high_water_us": head.high_water_us}))


def note_time(home: Path, keeper: Keeper, clock: Clock | None = None) -> TrustedHead:
    """The trusted head, after the vault was told what time it is: a clock set back later gains nothing."""
    now_us = (clock or SystemClock()).wall_us()
    with files.exclusive(home):
        head = read_head(keeper)
        if now_us <= head.high_water_us:
            return head
        head = dataclasses.replace(head, high_water_us=now_us)
        write_head(keeper, head)
    return head


def give(home: Path, keeper: Keeper, offer: Offer, choices: Choices, clock: Clock | None = None) -> Standing:
    """A new consent with a new id; whatever stood before ends with it.

    Raises: UsageError when nothing or too much was chosen; OSError from the disk, and then nothing was given.
    """
    _check(choices)
    clock = clock or SystemClock()
    now_us = clock.wall_us()  # the person is here: a wrong high-water mark of an earlier consent ends with that consent
    consent_id = str(uuid.uuid4())
    content = compose(offer, choices, consent_id=consent_id, principal_id=key_id(keeper.verify_key), given_at_us=now_us)
    with files.exclusive(home):
        _write_record(home, consent_id, content, offer, keeper)
        head = _usable_head(home, keeper)
        event = ConsentEvent(
            n=head.n + 1,
            prev=head.sha256 or origin(keeper.verify_key),
            at_us=now_us,
            kind=ConsentState.GIVEN,
            study_id=offer.study_id,
            consent_id=consent_id,
            revision=1,
            record_sha256=sha256(content),
            categories=choices.categories,
            purposes=choices.purposes,
            blocked_apps=frozenset(),
            expires_at_us=now_us + choices.days * DAY_US,
        )
        head = _append(home, keeper, event, high_water_us=now_us)
        files.answer_path(home).unlink(missing_ok=True)
    return ConsentGate.open(home, head, clock).standing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What is taken out. `apps` are exact identities; an app is out when any of its identities is among them."""

    categories: frozenset[Category] = frozenset()
    purposes: frozenset[Purpose] = frozenset()
    apps: frozenset[str] = frozenset()


def narrow(home: Path, keeper: Keeper, out: Narrowing, clock: Clock | None = None) -> Standing:
    """Take this out of the consent in force; a running recorder follows within its next look.

    Raises: NoConsentError when there is none in force.
    """
    with files.exclusive(home):
        before, head, at_us = _in_force(home, keeper, clock)
        after = dataclasses.replace(
            before,
            state=ConsentState.NARROWED,
            categories=before.categories - out.categories,
            purposes=before.purposes - out.purposes,
            blocked_apps=before.blocked_apps | out.apps,
        )
        if dataclasses.replace(after, state=before.state) != before:
            head = _append(home, keeper, _event_after(after, head, at_us), high_water_us=at_us)
    return ConsentGate.open(home, head, clock).standing()


def renew(home: Path, keeper: Keeper, days: int, clock: Clock | None = None) -> Standing:
    """The same choices for `days` from now. Raises: NoConsentError; UsageError for more than a year."""
    if not 1 <= days <= LONGEST_DAYS:
        raise UsageError(f"a consent is for 1 to {LONGEST_DAYS} days")
    with files.exclusive(home):
        before, head, at_us = _in_force(home, keeper, clock)
        after = dataclasses.replace(before, state=ConsentState.RENEWED, expires_at_us=at_us + days * DAY_US)
        head = _append(home, keeper, _event_after(after, head, at_us), high_water_us=at_us)
    return ConsentGate.open(home, head, clock).standing()


def end(home: Path, keeper: Keeper, clock: Clock | None = None) -> Standing:
    """Sign the withdrawal of the consent in force. Raises: NoConsentError when there is none."""
    with files.exclusive(home):
        before, head, at_us = _in_force(home, keeper, clock, despite_answer=True)
        after = dataclasses.replace(before, state=ConsentState.WITHDRAWN, categories=frozenset(), purposes=frozenset())
        _append(home, keeper, _event_after(after, head, at_us), high_water_us=at_us)
    return after


def _check(choices: Choices) -> None:
    if not choices.categories:
        raise UsageError("nothing is chosen, so nothing would be recorded", hint="choose at least one line, or say no")
    if not 1 <= choices.days <= LONGEST_DAYS:
        raise UsageError(f"a consent is for 1 to {LONGEST_DAYS} days")


def _in_force(
    home: Path, keeper: Keeper, clock: Clock | None, *, despite_answer: bool = False
) -> tuple[Standing, TrustedHead, int]:
    """The standing that permits, the head of the whole chain, and now. Raises: NoConsentError."""
    trusted = read_head(keeper)
    try:
        verified = verify(home, trusted)
    except DamagedError:
        raise refusal(ConsentState.UNKNOWN) from None
    now_us = max((clock or SystemClock()).wall_us(), verified.latest_us)
    standing = verified.standing
    answer = None if despite_answer else files.read_answer(home)
    state = ConsentState.EXPIRED if expired(standing, now_us) else answer or standing.state
    if not state.permits:
        raise refusal(state)
    return standing, verified.head, now_us


def _event_after(after: Standing, head: TrustedHead, at_us: int) -> ConsentEvent:
    return ConsentEvent(
        n=head.n + 1,
        prev=head.sha256,
        at_us=at_us,
        kind=after.state,
        study_id=after.study_id,
        consent_id=after.consent_id,
        revision=after.revision + 1,
        record_sha256=after.record_sha256,
        categories=after.categories,
        purposes=after.purposes,
        blocked_apps=after.blocked_apps,
        expires_at_us=after.expires_at_us,
    )


def _append(home: Path, keeper: Keeper, event: ConsentEvent, *, high_water_us: int) -> TrustedHead:
    path = files.events_path(home)
    line = seal_event(event, keeper)
    # The whole file is replaced, so that a power cut leaves the old chain or the new one, never half a line.
    files.write(path, (files.read(path) or b"") + line + b"\n")
    payload_sha256 = read_chain(files.read(path) or b"", keeper.verify_key)[-1][1]
    head = TrustedHead(n=event.n, sha256=payload_sha256, high_water_us=high_water_us, verify_key=keeper.verify_key)
    write_head(keeper, head)
    return head


def _usable_head(home: Path, keeper: Keeper) -> TrustedHead:
    """The end of the chain to go on with. A chain that does not verify is put aside, and a new one begins."""
    trusted = read_head(keeper)
    with contextlib.suppress(DamagedError):
        return verify(home, trusted).head
    path = files.events_path(home)
    if path.is_symlink() or path.exists():
        path.replace(path.with_name(f"events-ended-{uuid.uuid4().hex[:8]}.jsonl"))
    return TrustedHead(n=0, sha256="", high_water_us=0, verify_key=trusted.verify_key)


def _write_record(home: Path, consent_id: str, content: bytes, offer: Offer, signer: Signer) -> None:
    place = files.record_folder(home, consent_id)
    files.write(place / f"notice.{offer.language}.md", render(offer).encode())
    files.write(place / "record.json", content)
    files.write(place / "record.dsse.json", seal(content, PAYLOAD_TYPE, signer))
