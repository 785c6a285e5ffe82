"""Any edit after an approval makes an export refuse, whoever made it and however, until it is approved again."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import PolicyError, RecorderError
from recorder.export import folder
from recorder.model.geometry import Rect
from recorder.model.session import ReviewedSession
from recorder.review.decide import approve, approved, reject, shown
from recorder.store import delete, rekey, rotate, staged
from recorder.store.brush import Reach
from recorder.store.selector import Picked, Selector, What
from recorder.store.session import SessionReader
from recorder.store.taken import EMPTY_KINDS
from tests.recorded import RecordedHome, S, Story, home
from tests.review.looked import typed

__all__ = ["home"]

T = TypeVar("T")
_STROKES = count()
Edit = Callable[[RecordedHome, str, st.DataObject], None]


def _reader(home: RecordedHome, session_id: str) -> SessionReader:
    return SessionReader(home.path, session_id, home.unlocked)


def _export(home: RecordedHome, session_id: str, out: Path, reviewed: ReviewedSession | None = None) -> str:
    """As a command does it; or with an approval that somebody held on to. Raises: RecorderError."""
    reader = _reader(home, session_id)
    reviewed = reviewed or approved(home.unlocked, reader)
    try:
        return folder.write(home.grant(), [reviewed], {session_id: reader}, out).manifest_sha256
    finally:
        shutil.rmtree(out, ignore_errors=True)


def _one_of(data: st.DataObject, several: Sequence[T]) -> T:
    """What is drawn does not depend on how many there are: a session differs from one example to the next."""
    return several[data.draw(st.integers(0, 2**20)) % len(several)]


# Edits by somebody who may write the home


def _files(home: RecordedHome, session_id: str) -> list[Path]:
    """What an approval is about, and the approval itself."""
    at = home.path / "sessions" / session_id
    return [*sorted((at / "segments").iterdir()), at / "manifest.json", at / "review.json"]


@contextmanager
def _one_byte(home: RecordedHome, session_id: str, data: st.DataObject) -> Iterator[None]:
    file = _one_of(data, _files(home, session_id))
    content = file.read_bytes()
    at = _one_of(data, range(len(content)))
    other = data.draw(st.integers(1, 255)) ^ content[at]
    file.write_bytes(content[:at] + bytes([other]) + content[at + 1 :])
    if file.suffix == ".json" and _same_json(content, file.read_bytes()):
        file.write_bytes(content + b"x")  # a blank for another blank says the same: a byte more does not
    yield
    file.write_bytes(content)


@contextmanager
def _a_file_less(home: RecordedHome, session_id: str, data: st.DataObject) -> Iterator[None]:
    file = _one_of(data, _files(home, session_id))
    content = file.read_bytes()
    file.unlink()
    yield
    file.write_bytes(content)


@contextmanager
def _shortened(home: RecordedHome, session_id: str, data: st.DataObject) -> Iterator[None]:
    file = _one_of(data, _files(home, session_id))
    content = file.read_bytes()
    file.write_bytes(content[: _one_of(data, range(len(content) - 1))])
    yield
    file.write_bytes(content)


@contextmanager
def _two_files_exchanged(home: RecordedHome, session_id: str, data: st.DataObject) -> Iterator[None]:
    segments = _files(home, session_id)[:-2]
    one = _one_of(data, segments)
    other = _one_of(data, [segment for segment in segments if segment != one])
    contents = one.read_bytes(), other.read_bytes()
    one.write_bytes(contents[1])
    other.write_bytes(contents[0])
    yield
    one.write_bytes(contents[0])
    other.write_bytes(contents[1])


def _same_json(one: bytes, other: bytes) -> bool:
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


TAMPERING = [_one_byte, _a_file_less, _shortened, _two_files_exchanged]


# Edits by the person


def _frames(home: RecordedHome, session_id: str) -> list[int]:
    ids: list[int] = _reader(home, session_id).table("frames", ["frame_id"])["frame_id"].to_pylist()
    return ids


def _some_selector(home: RecordedHome, session_id: str, data: st.DataObject) -> Selector:
    """Something that is there."""
    reader = _reader(home, session_id)
    frame = _one_of(data, _frames(home, session_id))
    rows = reader.table("events", ["seq", "kind"]).to_pylist()
    # A gap says that something was deleted before: there is nothing more to delete of it.
    seq = _one_of(data, [row["seq"] for row in rows if row["kind"] not in EMPTY_KINDS])
    choices = [
        Selector(what=What.FRAMES, session_id=session_id, frame_ids=(frame,)),
        Selector(what=What.EVENTS, session_id=session_id, span=(seq, seq)),
        Selector(what=What.HITS, picked=(Picked(session_id=session_id, events=(seq,)),)),
        _stroke(session_id, frame),
    ]
    return _one_of(data, choices)


def _stroke(session_id: str, frame: int) -> Selector:
    """At another place each time: what is filled already is not changed by filling it again."""
    number = next(_STROKES)
    place = Rect(number * 11 % 120, number * 5 % 60, 30, 20)
    return Selector(what=What.BRUSH, session_id=session_id, frame_ids=(frame,), rect=place, reach=Reach.PICTURE.value)


def _stage(home: RecordedHome, session_id: str, data: st.DataObject) -> None:
    assert staged.stage(home.path, home.unlocked, _some_selector(home, session_id, data)).id


def _delete(home: RecordedHome, session_id: str, data: st.DataObject) -> None:
    assert delete.delete(home.path, home.unlocked, _some_selector(home, session_id, data)).verified


def _brush(home: RecordedHome, session_id: str, data: st.DataObject) -> None:
    frame = _one_of(data, _frames(home, session_id))
    assert staged.stage(home.path, home.unlocked, _stroke(session_id, frame)).id


def _reseal(home: RecordedHome, session_id: str, data: st.DataObject) -> None:
    """The same rows under a new key of the session."""
    rekey.ask_for_rekey(home.path, session_id)
    assert delete.resume(home.path, home.unlocked)


def _reject(home: RecordedHome, session_id: str, data: st.DataObject) -> None:
    reject(home.unlocked, _reader(home, session_id))


EDITS: list[Edit] = [_stage, _delete, _brush, _reseal, _reject]


def _approved_session(home: RecordedHome) -> tuple[str, ReviewedSession]:
    """The newest session, with enough left in it to be edited, just approved."""
    staged.undo_all(home.path, home.unlocked)
    there = sorted(path.name for path in (home.path / "sessions").iterdir())
    session_id = there[-1] if there else ""
    if not there or len(_frames(home, session_id)) < 2:
        if there:
            delete.delete_all(home.path, home.unlocked)
        session_id = home.record(Story(frames=4, moves=8, extra=[typed(12 * S, "words")]))
    return session_id, approve(home.unlocked, _reader(home, session_id))


several = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _assert_nothing_leaves(home: RecordedHome, session_id: str, out: Path, reviewed: ReviewedSession) -> None:
    for held in (None, reviewed):
        with pytest.raises(RecorderError):
            _export(home, session_id, out, held)
        assert not out.exists()


@several
@given(data=st.data())
def test_whatever_the_person_edits_nothing_leaves_until_it_is_approved_again(
    home: RecordedHome, tmp_path: Path, data: st.DataObject
) -> None:
    session_id, reviewed = _approved_session(home)
    displayed = shown(_reader(home, session_id))
    edit = data.draw(st.sampled_from(EDITS), label="edit")

    edit(home, session_id, data)
    with pytest.raises(PolicyError, match="not approved"):
        approved(home.unlocked, _reader(home, session_id))
    if edit is not _reject:  # that changes what was decided, not what is displayed
        _assert_nothing_leaves(home, session_id, tmp_path / "out", reviewed)
        with pytest.raises(PolicyError, match="changed since you looked"):
            approve(home.unlocked, _reader(home, session_id), as_shown=displayed)
    approve(home.unlocked, _reader(home, session_id), as_shown=shown(_reader(home, session_id)))
    assert _export(home, session_id, tmp_path / "out")


@several
@given(data=st.data())
def test_whatever_somebody_else_edits_nothing_leaves(home: RecordedHome, tmp_path: Path, data: st.DataObject) -> None:
    session_id, reviewed = _approved_session(home)
    tampering = data.draw(st.sampled_from(TAMPERING), label="how")

    with tampering(home, session_id, data):
        with pytest.raises(RecorderError):
            _export(home, session_id, tmp_path / "out")
        assert not (tmp_path / "out").exists()
    assert _export(home, session_id, tmp_path / "out", reviewed)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_undo_is_an_edit_as_well(home: RecordedHome, tmp_path: Path, data: st.DataObject) -> None:
    session_id, _ = _approved_session(home)
    staged.stage(home.path, home.unlocked, _some_selector(home, session_id, data))
    reviewed = approve(home.unlocked, _reader(home, session_id))
    assert _export(home, session_id, tmp_path / "out")

    staged.undo(home.path, home.unlocked)
    _assert_nothing_leaves(home, session_id, tmp_path / "out", reviewed)
    approve(home.unlocked, _reader(home, session_id))
    assert _export(home, session_id, tmp_path / "out")


def test_the_purge_of_what_was_staged_when_it_was_approved_is_an_edit(home: RecordedHome, tmp_path: Path) -> None:
    """What is displayed stays the same, but the bytes are others."""
    session_id, _ = _approved_session(home)
    staged.stage(home.path, home.unlocked, _stroke(session_id, _frames(home, session_id)[0]))
    reviewed = approve(home.unlocked, _reader(home, session_id))

    staged.purge(home.path, home.unlocked)
    _assert_nothing_leaves(home, session_id, tmp_path / "out", reviewed)


def test_an_earlier_approval_is_none_any_more_when_it_is_put_back(home: RecordedHome, tmp_path: Path) -> None:
    session_id, _ = _approved_session(home)
    given_ = (home.path / "sessions" / session_id / "review.json").read_bytes()
    reject(home.unlocked, _reader(home, session_id))
    (home.path / "sessions" / session_id / "review.json").write_bytes(given_)

    with pytest.raises(PolicyError):
        _export(home, session_id, tmp_path / "out")


def test_the_vaults_key_may_change_and_others_may_be_deleted(home: RecordedHome, tmp_path: Path) -> None:
    session_id, reviewed = _approved_session(home)
    other = home.record(started_us=1_750_000_000_000_000)
    before = _export(home, session_id, tmp_path / "out")

    delete.delete_session(home.path, home.unlocked, other)
    rotate.rotate(home.path, home.unlocked)
    assert _export(home, session_id, tmp_path / "out") == before
    assert _export(home, session_id, tmp_path / "out", reviewed) == before
