"""Approval: bound to the bytes, taken away by any change, minted here alone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import DamagedError, PolicyError
from recorder.model.session import SessionState
from recorder.review.decide import approve, approved, is_approved, ready, reject, shown
from recorder.store import delete, staged
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, Story, home

__all__ = ["home"]


def _reader(home: RecordedHome, session_id: str) -> SessionReader:
    return SessionReader(home.path, session_id, home.unlocked)


def _segments(home: RecordedHome, session_id: str) -> list[Path]:
    return sorted((home.path / "sessions" / session_id / "segments").iterdir())


def test_nothing_is_approved_before_somebody_approves_it(home: RecordedHome) -> None:
    reader = _reader(home, home.record())

    with pytest.raises(PolicyError):
        approved(home.unlocked, reader)
    assert reader.state is SessionState.UNREVIEWED


def test_an_approval_names_every_file_and_its_hash(home: RecordedHome) -> None:
    session_id = home.record()

    reviewed = approve(home.unlocked, _reader(home, session_id))
    assert set(reviewed.files) == {"manifest.json", *(path.name for path in _segments(home, session_id))}
    again = approved(home.unlocked, _reader(home, session_id))
    assert (again.files, again.approved_at_us) == (reviewed.files, reviewed.approved_at_us)


def test_a_rejection_takes_an_approval_back(home: RecordedHome) -> None:
    reader = _reader(home, home.record())
    approve(home.unlocked, reader)

    reject(home.unlocked, reader)
    assert not is_approved(home.unlocked, reader)
    assert reader.state is SessionState.WITHHELD


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_bit_anywhere_ends_the_approval(home: RecordedHome, data: st.DataObject) -> None:
    session_id = _once(home)
    file = data.draw(st.sampled_from(_segments(home, session_id)))
    content = file.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    try:
        file.write_bytes(content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :])

        assert not is_approved(home.unlocked, _reader(home, session_id))
    finally:
        file.write_bytes(content)
    assert is_approved(home.unlocked, _reader(home, session_id))


def _once(home: RecordedHome) -> str:
    """The home's one approved session."""
    found = sorted((home.path / "sessions").iterdir())
    session_id = found[0].name if found else home.record()
    if not found:
        approve(home.unlocked, _reader(home, session_id))
    return session_id


def test_a_file_less_ends_the_approval(home: RecordedHome) -> None:
    session_id = home.record()
    approve(home.unlocked, _reader(home, session_id))
    _segments(home, session_id)[0].unlink()

    assert not is_approved(home.unlocked, _reader(home, session_id))


def test_an_approval_cannot_be_written_by_hand_or_moved(home: RecordedHome) -> None:
    first, second = home.record(), home.record(Story(task="another"))
    approve(home.unlocked, _reader(home, first))
    note = home.path / "sessions" / first / "review.json"

    forged = json.loads(note.read_text())
    forged["files"] = _reader(home, second).files()
    (note.parent.parent / second / "review.json").write_text(json.dumps(forged))
    assert not is_approved(home.unlocked, _reader(home, second))
    note.write_text(note.read_text().replace("approved", "partly"))
    assert not is_approved(home.unlocked, _reader(home, first))


def test_what_does_not_verify_can_not_be_approved(home: RecordedHome) -> None:
    session_id = home.record()
    file = _segments(home, session_id)[0]
    file.write_bytes(file.read_bytes()[:-30] + bytes(30))

    with pytest.raises(DamagedError):
        approve(home.unlocked, _reader(home, session_id))
    assert not (home.path / "sessions" / session_id / "review.json").exists()


# What was displayed


def test_what_was_displayed_is_what_is_approved(home: RecordedHome) -> None:
    session_id = home.record()
    reader = _reader(home, session_id)
    displayed = shown(reader)

    assert shown(_reader(home, session_id)) == displayed
    assert approve(home.unlocked, reader, as_shown=displayed).files == reader.files()
    assert shown(_reader(home, session_id)) == displayed  # a decision changes nothing that is displayed


def _stage_one(home: RecordedHome, session_id: str) -> None:
    staged.stage(home.path, home.unlocked, Selector(what=What.FRAMES, session_id=session_id, frame_ids=(1,)))


def _purge_one(home: RecordedHome, session_id: str) -> None:
    delete.delete_frames(home.path, home.unlocked, session_id, [1])


@pytest.mark.parametrize("change", [_stage_one, _purge_one])
def test_what_changed_since_it_was_displayed_is_not_approved(
    home: RecordedHome, change: Callable[[RecordedHome, str], None]
) -> None:
    session_id = home.record()
    displayed = shown(_reader(home, session_id))
    change(home, session_id)

    with pytest.raises(PolicyError, match="changed since you looked"):
        approve(home.unlocked, _reader(home, session_id), as_shown=displayed)
    with pytest.raises(PolicyError, match="changed since you looked"):
        ready(_reader(home, session_id), as_shown=displayed)
    assert not is_approved(home.unlocked, _reader(home, session_id))
    now = _reader(home, session_id)
    assert approve(home.unlocked, now, as_shown=shown(now))


def test_what_was_displayed_before_an_undo_is_not_what_is_there_after_it(home: RecordedHome) -> None:
    session_id = home.record()
    whole = shown(_reader(home, session_id))
    _stage_one(home, session_id)
    part = shown(_reader(home, session_id))
    staged.undo(home.path, home.unlocked)

    with pytest.raises(PolicyError, match="changed since you looked"):
        approve(home.unlocked, _reader(home, session_id), as_shown=part)
    assert approve(home.unlocked, _reader(home, session_id), as_shown=whole)


def test_what_another_session_displays_approves_nothing(home: RecordedHome) -> None:
    one, other = home.record(), home.record(Story(task="another"))

    with pytest.raises(PolicyError, match="changed since you looked"):
        approve(home.unlocked, _reader(home, one), as_shown=shown(_reader(home, other)))


def test_trying_to_approve_reads_everything_and_decides_nothing(home: RecordedHome) -> None:
    session_id = home.record()
    reader = _reader(home, session_id)

    assert ready(reader) == reader.files()
    assert reader.state is SessionState.UNREVIEWED
    file = _segments(home, session_id)[0]
    file.write_bytes(file.read_bytes()[:-30] + bytes(30))
    with pytest.raises(DamagedError):
        ready(_reader(home, session_id))
