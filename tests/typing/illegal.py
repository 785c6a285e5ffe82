"""Programs that must not type-check: each shows a way past a gate, and the error that mypy --strict stops it with.

Never imported, never run. `test_illegal.py` compares mypy's errors with the `# E: code` comments, line by line.
"""

from dataclasses import replace
from pathlib import Path

from recorder.capture.contract import Grabber, KeepPlan
from recorder.export.folder import write
from recorder.format.seal import Recipient
from recorder.guard import Guard
from recorder.model.consent import Category, ConsentGrant, Purpose
from recorder.model.policy import Policy, TextLevel
from recorder.model.raw import RawEvent, RawFrame, RawKey, RawWindows
from recorder.model.redacted import EventKind, FrameSeen, Redacted, RedactedContext, RedactedEvent, RedactedFrame
from recorder.model.seals.consent import ConsentSeal
from recorder.model.seals.guard import GuardSeal
from recorder.model.seals.review import ReviewSeal
from recorder.model.session import ReviewedSession, SessionStart
from recorder.store.writer import Writer


def raw_into_the_store(writer: Writer, key: RawKey, frame: RawFrame, event: RawEvent, windows: RawWindows) -> None:
    writer.append(key)  # E: arg-type
    writer.append(frame)  # E: arg-type
    writer.append(event)  # E: arg-type
    writer.append(windows)  # E: arg-type
    writer.append(key.text)  # E: arg-type
    writer.append(None)  # E: arg-type


def raw_called_redacted(key: RawKey, frame: RawFrame) -> list[Redacted]:
    kept: Redacted = key  # E: assignment
    picture: RedactedFrame = frame  # E: assignment
    print(kept, picture)
    return [key]  # E: list-item


def a_redacted_value_without_its_stamp(consent: ConsentSeal, review: ReviewSeal) -> None:
    RedactedEvent(t_us=0, kind=EventKind.KEY)  # E: call-arg
    RedactedEvent(t_us=0, kind=EventKind.KEY, seal=None)  # E: arg-type
    RedactedEvent(t_us=0, kind=EventKind.KEY, seal=object())  # E: arg-type
    RedactedEvent(t_us=0, kind=EventKind.KEY, seal=consent)  # E: arg-type
    FrameSeen(frame_id=0, t_us=0)  # E: call-arg
    FrameSeen(frame_id=0, t_us=0, seal=review)  # E: arg-type


def a_stamp_of_ones_own() -> None:
    class Forged(GuardSeal):  # E: misc
        pass

    class ForgedConsent(ConsentSeal):  # E: misc
        pass

    class ForgedReview(ReviewSeal):  # E: misc
        pass


def a_stamped_value_changed_afterwards(event: RedactedEvent, context: RedactedContext, grant: ConsentGrant) -> None:
    event.key = "h"  # E: misc
    context.window_title = "My bank"  # E: misc
    replace(event, key="h")  # E: call-arg
    replace(grant, revision=2)  # E: call-arg
    grant.categories.add(Category.TEXT_CONTENT)  # E: attr-defined


def a_grant_without_the_consent_gate(guard: GuardSeal) -> None:
    ConsentGrant(  # E: call-arg
        study_id="self",
        consent_id="c",
        revision=1,
        record_sha256="",
        categories=frozenset(Category),
        purposes=frozenset(Purpose),
        blocked_apps=frozenset(),
        valid_until_ns=1 << 62,
    )
    ConsentGrant(
        study_id="self",
        consent_id="c",
        revision=1,
        record_sha256="",
        categories=frozenset(Category),
        purposes=frozenset(Purpose),
        blocked_apps=frozenset(),
        valid_until_ns=1 << 62,
        seal=guard,  # E: arg-type
    )


def recording_without_a_grant(home: Path, start: SessionStart, recipient: Recipient) -> None:
    Writer(home, start, None, recipient)  # E: arg-type
    Writer(home, start, True, recipient)  # E: arg-type
    Writer(home, start, "granted", recipient)  # E: arg-type


def export_of_what_nobody_approved(
    grant: ConsentGrant, start: SessionStart, reviewed: ReviewedSession, out: Path
) -> None:
    ReviewedSession(session_id="s", approved_at_us=0, files={})  # E: call-arg
    ReviewedSession(session_id="s", approved_at_us=0, files={}, seal="approved")  # E: arg-type
    write(grant, [start], {}, out)  # E: list-item
    write(grant, ["s"], {}, out)  # E: list-item
    write(None, [reviewed], {}, out)  # E: arg-type


def the_guard_fed_backwards(guard: Guard, event: RedactedEvent) -> None:
    guard.step(event)  # E: arg-type
    guard.see_frame(event)  # E: arg-type


def pixels_without_a_plan(grabber: Grabber, plan: KeepPlan) -> None:
    grabber.grab(None)  # E: arg-type
    grabber.grab()  # E: call-arg


def a_raw_text_level(policy: Policy) -> None:
    print(TextLevel.RAW)  # E: attr-defined
    policy.apps = ()  # E: misc
