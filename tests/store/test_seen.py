"""What was looked at: kept sealed, worth nothing when it was touched, gone with what it names."""

import dataclasses
import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.model.session import SessionState
from recorder.review.decide import approve, is_approved, reject
from recorder.store import delete, rotate, seen, staged
from recorder.store.home import write_private
from recorder.store.numbers import Numbers
from recorder.store.seen import FILE_NAME, Seen, both
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader, list_sessions
from recorder.store.vault import Vault
from tests.recorded import PASSPHRASE, STARTED_US, RecordedHome, S, Story, home

__all__ = ["home"]

SOME = Seen(Numbers([0, 1, 3]), Numbers(range(5, 20)))


def _reader(home: RecordedHome, session_id: str) -> SessionReader:
    return SessionReader(home.path, session_id, home.unlocked)


def _look(home: RecordedHome, session_id: str, what: Seen = SOME) -> None:
    reader = _reader(home, session_id)
    seen.save(reader.folder, reader.identity.recipient, home.unlocked, what)


numbers = st.frozensets(st.integers(0, 60)).map(Numbers)


@given(numbers, numbers)
def test_what_is_in_both_sets_is_found_run_by_run(ours: Numbers, theirs: Numbers) -> None:
    assert set(both(ours, theirs)) == set(ours) & set(theirs)
    assert set((Seen(ours) | Seen(theirs)).frames) == set(ours) | set(theirs)
    assert set((Seen(events=ours) & Seen(events=theirs)).events) == set(ours) & set(theirs)


def test_what_was_looked_at_survives_a_restart_and_makes_a_session_partly_reviewed(home: RecordedHome) -> None:
    session_id = home.record()
    assert _reader(home, session_id).state is SessionState.UNREVIEWED

    _look(home, session_id)
    again = Vault.open(home.path).unlock(lambda: PASSPHRASE)
    assert SessionReader(home.path, session_id, again).seen() == SOME
    assert [one.state for one in list_sessions(home.path, again)] == [SessionState.PARTLY]
    assert home.json("list")[0]["state"] == "partly"


def test_looking_decides_nothing(home: RecordedHome) -> None:
    session_id = home.record()
    approve(home.unlocked, _reader(home, session_id))

    files = _reader(home, session_id).files()
    _look(home, session_id)
    assert _reader(home, session_id).files() == files
    assert is_approved(home.unlocked, _reader(home, session_id))
    reject(home.unlocked, _reader(home, session_id))
    assert _reader(home, session_id).state is SessionState.WITHHELD


def test_its_file_is_private_and_tells_nothing_without_the_key(home: RecordedHome) -> None:
    session_id = home.record()
    _look(home, session_id, Seen(Numbers([4_111_111]), Numbers([5_222_222])))

    path = home.path / "sessions" / session_id / FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(path.read_bytes())) == {"version", "mac", "sealed"}
    assert b"4111111" not in path.read_bytes()
    assert b"frames" not in path.read_bytes()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_byte_and_nothing_counts_as_looked_at(home: RecordedHome, data: st.DataObject) -> None:
    sessions = sorted((home.path / "sessions").iterdir())
    session_id = sessions[0].name if sessions else home.record()
    path = home.path / "sessions" / session_id / FILE_NAME
    if not path.exists():
        _look(home, session_id)
    content = path.read_bytes()
    at, by = data.draw(st.integers(0, len(content) - 2)), data.draw(st.integers(1, 255))
    try:
        path.write_bytes(content[:at] + bytes([content[at] ^ by]) + content[at + 1 :])

        assert _reader(home, session_id).seen() in (Seen(), SOME)  # SOME: the JSON's blanks may change
        if content[at : at + 1] not in b" \n":
            assert _reader(home, session_id).seen() == Seen()
    finally:
        path.write_bytes(content)
    assert _reader(home, session_id).seen() == SOME


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"version": 1}', b"[" * 100_000])
def test_what_is_no_such_file_says_nothing(home: RecordedHome, content: bytes) -> None:
    session_id = home.record()
    write_private(home.path / "sessions" / session_id / FILE_NAME, content)

    assert _reader(home, session_id).seen() == Seen()
    assert _reader(home, session_id).state is SessionState.UNREVIEWED


def test_neither_another_sessions_file_counts_nor_one_that_was_sealed_without_the_vault(home: RecordedHome) -> None:
    """Whoever may write the home can seal to a session's public key."""
    one, other = home.record(), home.record(started_us=STARTED_US + 3600 * S)
    _look(home, one)
    folders = home.path / "sessions"
    shutil.copy(folders / one / FILE_NAME, folders / other / FILE_NAME)
    assert _reader(home, other).seen() == Seen()

    class Nobody:
        def mac(self, purpose: str, message: bytes) -> str:
            return "00" * 32

    reader = _reader(home, one)
    seen.save(reader.folder, reader.manifest.recipient, Nobody(), SOME)  # type: ignore[arg-type]
    assert _reader(home, one).seen() == Seen()


def test_a_link_in_its_place_is_not_followed(home: RecordedHome) -> None:
    session_id = home.record()
    _look(home, session_id)
    path = home.path / "sessions" / session_id / FILE_NAME
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))

    assert _reader(home, session_id).seen() == Seen()


def test_a_deletion_takes_along_what_it_names_and_ends_the_key_of_the_old_file(home: RecordedHome) -> None:
    session_id = home.record(Story(frames=6))
    reader = _reader(home, session_id)
    seqs = reader.table("events")["seq"].to_pylist()
    _look(home, session_id, Seen(Numbers(range(6)), Numbers(seqs)))
    old = (reader.folder / FILE_NAME).read_bytes()

    delete.delete_frames(home.path, home.unlocked, session_id, [1, 2])
    assert list(_reader(home, session_id).seen().frames) == [0, 3, 4, 5]
    delete.delete_events(home.path, home.unlocked, session_id, seqs[3], seqs[5])
    left = _reader(home, session_id)
    assert set(left.seen().events) <= set(left.table("events")["seq"].drop_null().to_pylist())
    assert left.seen().events
    write_private(left.folder / FILE_NAME, old)
    assert _reader(home, session_id).seen() == Seen()


def test_what_is_staged_takes_nothing_along_until_it_is_purged(home: RecordedHome) -> None:
    session_id = home.record(Story(frames=6))
    _look(home, session_id, Seen(Numbers(range(6))))
    chosen = Selector(what=What.FRAMES, session_id=session_id, frame_ids=(2,))

    staged.stage(home.path, home.unlocked, chosen)
    assert list(_reader(home, session_id).seen().frames) == list(range(6))
    staged.undo(home.path, home.unlocked)
    assert list(_reader(home, session_id).seen().frames) == list(range(6))
    staged.stage(home.path, home.unlocked, chosen)
    staged.purge(home.path, home.unlocked)
    assert list(_reader(home, session_id).seen().frames) == [0, 1, 3, 4, 5]


def test_a_session_that_goes_takes_its_file_along_and_another_ones_stays_readable(home: RecordedHome) -> None:
    one, other = home.record(), home.record(started_us=STARTED_US + 3600 * S)
    _look(home, one)
    _look(home, other)

    assert delete.delete_session(home.path, home.unlocked, one).verified
    assert not (home.path / "sessions" / one).exists()
    assert _reader(home, other).seen() == SOME  # the vault's key was rotated
    rotate.rotate(home.path, home.unlocked)
    assert _reader(home, other).seen() == SOME


def test_nothing_looked_at_is_no_review() -> None:
    assert not Seen()
    assert dataclasses.replace(Seen(), frames=Numbers([0]))
    assert dataclasses.replace(Seen(), events=Numbers([0]))
