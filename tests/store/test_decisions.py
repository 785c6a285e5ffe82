"""Only the last decision about a session counts: whatever was decided before it, and is put back, is none."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import DamagedError
from recorder.format.seal import Recipient
from recorder.model.session import SessionState
from recorder.store import approval, decisions, steps
from recorder.store.approval import Decision
from recorder.store.delete import delete_session
from recorder.store.session import SessionReader, list_sessions
from recorder.store.steps import Step
from recorder.store.vault import UnlockedVault, Vault
from tests.store.synthetic import PASSPHRASE, every_byte, record, session_start, shortcut

APPROVED, WITHHELD, UNREVIEWED = SessionState.APPROVED, SessionState.WITHHELD, SessionState.UNREVIEWED


class Cut(BaseException):
    """The process ends here."""


@pytest.fixture
def two(home: Path, recipient: Recipient) -> tuple[str, str]:
    return tuple(  # type: ignore[return-value]
        record(home, recipient, [[shortcut(1, "a")]], session_start(started_at_us=(n + 1) * 10**15)).session_id
        for n in range(2)
    )


def decide(unlocked: UnlockedVault, session_id: str, state: SessionState) -> None:
    files = SessionReader(unlocked.home, session_id, unlocked).files()
    approval.save(unlocked.home, unlocked, Decision(session_id=session_id, state=state, at_us=7, files=files))


def states(home: Path) -> list[SessionState]:
    """As another process sees them."""
    unlocked = Vault.open(home).unlock(lambda: PASSPHRASE)
    return [one.state for one in list_sessions(home, unlocked)]


def note(home: Path, session_id: str) -> Path:
    return home / "sessions" / session_id / "review.json"


def cut_at(step: Step) -> Callable[[Step], None]:
    def watch(passed: Step) -> None:
        if passed is step:
            raise Cut

    return watch


@pytest.mark.parametrize("listed_too", [False, True])
def test_an_approval_that_was_taken_back_counts_no_more_when_it_is_put_back(
    home: Path, unlocked: UnlockedVault, two: tuple[str, str], listed_too: bool
) -> None:
    decide(unlocked, two[0], APPROVED)
    decide(unlocked, two[1], APPROVED)
    kept = {path: path.read_bytes() for path in (note(home, two[0]), home / decisions.FILE_NAME)}
    decide(unlocked, two[0], WITHHELD)

    for path, content in kept.items():
        if listed_too or path.name == "review.json":
            path.write_bytes(content)
    with pytest.raises(DamagedError, match="not the last one"):
        approval.load(home, unlocked, two[0])
    assert states(home) == [UNREVIEWED, UNREVIEWED if listed_too else APPROVED]
    decide(unlocked, two[0], APPROVED)
    assert states(home)[0] is APPROVED


def test_an_approval_from_before_a_change_that_was_undone_is_still_the_last_one(
    home: Path, unlocked: UnlockedVault, two: tuple[str, str]
) -> None:
    decide(unlocked, two[0], APPROVED)
    kept = note(home, two[0]).read_bytes()
    note(home, two[0]).unlink()

    assert states(home) == [UNREVIEWED, UNREVIEWED]
    note(home, two[0]).write_bytes(kept)
    assert states(home) == [APPROVED, UNREVIEWED]


@pytest.mark.parametrize("how", ["gone", "empty", "a folder", "of another vault", "of another version"])
def test_without_the_list_nothing_is_approved_and_all_can_be_decided_again(
    home: Path, unlocked: UnlockedVault, two: tuple[str, str], how: str
) -> None:
    for session_id in two:
        decide(unlocked, session_id, APPROVED)
    path = home / decisions.FILE_NAME
    fields = json.loads(path.read_bytes())
    path.unlink()
    if how == "empty":
        path.touch()
    elif how == "a folder":
        path.mkdir()
    elif how.startswith("of another"):
        path.write_text(json.dumps(fields | ({"mac": "0" * 64} if "vault" in how else {"version": 2, "macs": 3})))

    assert states(home) == [UNREVIEWED, UNREVIEWED]
    if how == "a folder":
        path.rmdir()
    decide(unlocked, two[1], APPROVED)
    assert states(home) == [UNREVIEWED, APPROVED]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_changed_byte_of_the_list_approves_anything(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, data: st.DataObject
) -> None:
    if not (home / decisions.FILE_NAME).exists():
        session_id = record(home, recipient, [[shortcut(1, "a")]]).session_id
        decide(unlocked, session_id, APPROVED)
        decide(unlocked, session_id, WITHHELD)
    path = home / decisions.FILE_NAME
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    path.write_bytes(content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :])

    (found,) = list_sessions(home, unlocked)
    path.write_bytes(content)
    assert found.state is not APPROVED
    assert found.damaged is None


@pytest.mark.parametrize("step", [Step.REVIEW_WRITTEN, Step.REVIEW_LISTED, Step.FILE_SYNCED, Step.FILE_RENAMED])
@pytest.mark.parametrize(("before", "wanted"), [(APPROVED, WITHHELD), (WITHHELD, APPROVED), (UNREVIEWED, APPROVED)])
def test_a_crash_in_mid_decision_leaves_it_unapproved_or_as_it_was_and_no_error(
    home: Path, unlocked: UnlockedVault, two: tuple[str, str], step: Step, before: SessionState, wanted: SessionState
) -> None:
    decide(unlocked, two[1], APPROVED)
    if before is not UNREVIEWED:
        decide(unlocked, two[0], before)
    steps.watch(cut_at(step))
    try:
        with pytest.raises(Cut):
            decide(unlocked, two[0], wanted)
    finally:
        steps.watch(None)

    found = states(home)
    assert found[0] in ([before] if step is Step.FILE_SYNCED else [UNREVIEWED])
    assert found[1] is APPROVED
    decide(unlocked, two[0], wanted)
    assert states(home) == [wanted, APPROVED]


def test_what_was_decided_when_the_power_went_never_counts_later(
    home: Path, unlocked: UnlockedVault, two: tuple[str, str]
) -> None:
    """The list of a decision that was never vouched for, kept and put back after others were made."""
    steps.watch(cut_at(Step.REVIEW_LISTED))
    try:
        with pytest.raises(Cut):
            decide(unlocked, two[0], APPROVED)
    finally:
        steps.watch(None)
    kept = {path: path.read_bytes() for path in (note(home, two[0]), home / decisions.FILE_NAME)}
    decide(unlocked, two[0], WITHHELD)
    decide(unlocked, two[1], APPROVED)

    for path, content in kept.items():
        path.write_bytes(content)
    assert states(home) == [UNREVIEWED, UNREVIEWED]


def test_two_processes_decide_at_once_and_both_count(home: Path, unlocked: UnlockedVault, two: tuple[str, str]) -> None:
    other = Vault.open(home).unlock(lambda: PASSPHRASE)
    for _ in range(3):
        decide(unlocked, two[0], APPROVED)
        decide(other, two[1], APPROVED)
        assert states(home) == [APPROVED, APPROVED]
        decide(other, two[0], WITHHELD)
        assert states(home) == [WITHHELD, APPROVED]


def test_the_list_names_no_session_and_forgets_those_that_are_gone(
    home: Path, unlocked: UnlockedVault, two: tuple[str, str]
) -> None:
    for session_id in two:
        decide(unlocked, session_id, APPROVED)
    assert two[0].encode() not in (home / decisions.FILE_NAME).read_bytes()
    delete_session(home, unlocked, two[0])

    decide(unlocked, two[1], WITHHELD)
    assert len(json.loads((home / decisions.FILE_NAME).read_bytes())["macs"]) == 1
    assert b'"mac"' in every_byte(home)


def test_five_decisions_a_second_are_possible(home: Path, unlocked: UnlockedVault, two: tuple[str, str]) -> None:
    began = time.perf_counter()
    for number in range(10):
        decide(unlocked, two[number % 2], APPROVED)
    assert time.perf_counter() - began < 2.0


def test_a_list_of_five_hundred_decided_sessions_asks_the_keyring_a_few_times(
    home: Path, unlocked: UnlockedVault, two: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(unlocked, two[0], APPROVED)
    asked: list[str] = []
    head = type(unlocked).head

    def counted(keeper: UnlockedVault, name: str) -> str | None:
        asked.append(name)
        return head(keeper, name)

    monkeypatch.setattr(type(unlocked), "head", counted)
    for _ in range(500):
        assert approval.load(home, unlocked, two[0]) is not None

    assert asked.count(decisions.HEAD) <= 20  # a keyring takes milliseconds to answer
