"""Retention: what is too old or too much, oldest first, and never what waits to leave unless that is said."""

from pathlib import Path

import pytest

from recorder.format.seal import Recipient
from recorder.model.policy import Keep
from recorder.model.session import SessionState
from recorder.store import approval, delete, tidy
from recorder.store.home import session_ids
from recorder.store.session import SessionReader
from recorder.store.tidy import Why
from recorder.store.vault import UnlockedVault
from tests.store.synthetic import STARTED_AT_US, Clock, make_writer, pointer, session_start, two_apps

DAY = tidy.DAY_US


@pytest.fixture
def five(home: Path, recipient: Recipient) -> list[str]:
    """Five sessions, a day apart."""
    return [two_apps(home, recipient, started_at_us=STARTED_AT_US + n * DAY).session_id for n in range(5)]


def approve(home: Path, unlocked: UnlockedVault, session_id: str) -> None:
    files = SessionReader(home, session_id, unlocked).files()
    decision = approval.Decision(session_id=session_id, state=SessionState.APPROVED, at_us=1, files=files)
    approval.save(home, unlocked, decision)


def at(days: float) -> int:
    return STARTED_AT_US + round(days * DAY)


def test_without_a_word_about_keeping_everything_stays(home: Path, unlocked: UnlockedVault, five: list[str]) -> None:
    assert tidy.plan(home, unlocked, Keep(), at(10_000), frozenset()).goes == ()


def test_what_is_older_goes_oldest_first(home: Path, unlocked: UnlockedVault, five: list[str]) -> None:
    planned = tidy.plan(home, unlocked, Keep(days=2), at(4.5), frozenset())

    assert [(one.session_id, one.why) for one in planned.goes] == [(one, Why.OLD) for one in five[:3]]


def test_over_the_cap_the_oldest_go_until_it_holds_and_the_preview_is_the_result(
    home: Path, unlocked: UnlockedVault, five: list[str]
) -> None:
    before = tidy.recorded_bytes(home)
    keep = Keep(max_bytes=before // 2)

    planned = tidy.plan(home, unlocked, keep, at(5), frozenset())
    receipt = delete.delete(home, unlocked, planned.selector)

    assert [one.session_id for one in planned.goes] == five[:3]
    assert {one.why for one in planned.goes} == {Why.CAP}
    assert (session_ids(home), receipt.sessions, receipt.verified) == (five[3:], 3, True)
    assert tidy.recorded_bytes(home) == planned.left_bytes <= keep.max_bytes  # type: ignore[operator]
    assert before - planned.left_bytes == sum(one.size_bytes for one in planned.goes)
    assert tidy.plan(home, unlocked, keep, at(5), frozenset()).goes == ()


def test_what_is_approved_and_not_exported_is_spared_and_said(
    home: Path, unlocked: UnlockedVault, five: list[str]
) -> None:
    approve(home, unlocked, five[0])
    approve(home, unlocked, five[1])

    planned = tidy.plan(home, unlocked, Keep(days=2), at(4.5), frozenset({five[1]}))
    assert [one.session_id for one in planned.goes] == five[1:3]
    assert [one.session_id for one in planned.spared] == five[:1]
    asked = tidy.plan(home, unlocked, Keep(days=2), at(4.5), frozenset({five[1]}), also_approved=True)
    assert ([one.session_id for one in asked.goes], asked.spared) == (five[:3], ())


def test_under_a_cap_what_is_spared_makes_a_younger_one_go(
    home: Path, unlocked: UnlockedVault, five: list[str]
) -> None:
    approve(home, unlocked, five[0])
    keep = Keep(max_bytes=tidy.recorded_bytes(home) // 2)

    planned = tidy.plan(home, unlocked, keep, at(5), frozenset())

    assert [one.session_id for one in planned.spared] == five[:1]
    assert [one.session_id for one in planned.goes] == five[1:4]


def test_what_is_being_recorded_stays(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    writer = make_writer(home, recipient, session_start(), Clock())
    writer.append(pointer(1))

    assert tidy.plan(home, unlocked, Keep(days=1, max_bytes=1), at(100), frozenset()).goes == ()
    writer.close({})


def test_the_cap_is_near_from_nine_tenths_on(home: Path, unlocked: UnlockedVault, five: list[str]) -> None:
    used = tidy.recorded_bytes(home)

    assert tidy.near_cap(home, Keep(max_bytes=round(used / 0.95)))
    assert not tidy.near_cap(home, Keep(max_bytes=round(used / 0.85)))
    assert not tidy.near_cap(home, Keep())
