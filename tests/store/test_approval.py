"""A review decision is about exactly the bytes that were shown, by the holder of this vault."""

from pathlib import Path

import pytest

from recorder.errors import DamagedError
from recorder.format.seal import Recipient
from recorder.model.session import SessionState
from recorder.store import approval
from recorder.store.approval import Decision
from recorder.store.home import ensure, write_private
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault
from tests.store.synthetic import make_vault, two_apps


def _decide(home: Path, unlocked: UnlockedVault, session_id: str, state: SessionState) -> Decision:
    files = SessionReader(home, session_id, unlocked).files()
    decision = Decision(session_id=session_id, state=state, at_us=7, files=files)
    approval.save(home, unlocked, decision)
    return decision


def test_a_decision_comes_back_and_can_be_taken_back(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    start = two_apps(home, recipient)
    assert SessionReader(home, start.session_id, unlocked).state is SessionState.UNREVIEWED

    decision = _decide(home, unlocked, start.session_id, SessionState.APPROVED)
    assert approval.load(home, unlocked, start.session_id) == decision
    assert SessionReader(home, start.session_id, unlocked).state is SessionState.APPROVED

    approval.discard(home, start.session_id)
    assert SessionReader(home, start.session_id, unlocked).state is SessionState.UNREVIEWED


@pytest.mark.parametrize("change", [(b"withheld", b"approved"), (b'"at_us": 7', b'"at_us": 8'), (b"0001-", b"0009-")])
def test_a_forged_decision_counts_for_nothing(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, change: tuple[bytes, bytes]
) -> None:
    start = two_apps(home, recipient)
    _decide(home, unlocked, start.session_id, SessionState.WITHHELD)
    path = home / "sessions" / start.session_id / "review.json"
    path.write_bytes(path.read_bytes().replace(*change))

    with pytest.raises(DamagedError):
        approval.load(home, unlocked, start.session_id)
    assert SessionReader(home, start.session_id, unlocked).state is SessionState.UNREVIEWED


def test_a_decision_of_another_session_or_vault_counts_for_nothing(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, tmp_path: Path
) -> None:
    one, two = two_apps(home, recipient), two_apps(home, recipient)
    _decide(home, unlocked, one.session_id, SessionState.APPROVED)
    given = (home / "sessions" / one.session_id / "review.json").read_bytes()
    write_private(home / "sessions" / two.session_id / "review.json", given)
    stranger = make_vault(ensure(tmp_path / "other"))[1]

    assert SessionReader(home, two.session_id, unlocked).state is SessionState.UNREVIEWED
    with pytest.raises(DamagedError):
        approval.load(home, stranger, one.session_id)
