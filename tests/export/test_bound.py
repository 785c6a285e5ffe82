"""An approval is about all that leaves: after any change of any file, nothing leaves, or exactly the same bytes do."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import PolicyError, RecorderError
from recorder.export import folder
from recorder.format import manifest as manifest_format
from recorder.format.manifest import Manifest, open_json, seal_json
from recorder.model.session import SessionStart, SessionState
from recorder.review.decide import approve, approved
from recorder.store.home import write_private
from recorder.store.sealed_json import closed, start_fields
from recorder.store.segment import read_manifest, write_manifest
from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, Story, home

__all__ = ["home"]


def _reader(home: RecordedHome, session_id: str) -> SessionReader:
    return SessionReader(home.path, session_id, home.unlocked)


def _export(home: RecordedHome, session_id: str, out: Path) -> dict[str, bytes]:
    """As the command does it: the approval is looked up anew. Raises: PolicyError, DamagedError."""
    reader = _reader(home, session_id)
    reviewed = approved(home.unlocked, reader)
    folder.write(home.grant(), [reviewed], {session_id: reader}, out)
    try:
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    finally:
        shutil.rmtree(out)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_byte_in_any_file_and_nothing_leaves_or_the_very_same(
    home: RecordedHome, tmp_path: Path, data: st.DataObject
) -> None:
    session_id, before = _once(home, tmp_path)
    files = sorted(path for path in home.path.joinpath("sessions").rglob("*") if path.is_file() and path.stat().st_size)
    file = data.draw(st.sampled_from(files), label="file")
    content = file.read_bytes()
    at, by = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(1, 255))
    file.write_bytes(content[:at] + bytes([content[at] ^ by]) + content[at + 1 :])
    try:
        try:
            after = _export(home, session_id, tmp_path / "out")
        except RecorderError:
            return
        assert file.name not in ("manifest.json", *(path.name for path in files if path.suffix == ".parquet"))
        assert after == before
    finally:
        file.write_bytes(content)


_KEPT: dict[Path, tuple[str, dict[str, bytes]]] = {}


def _once(home: RecordedHome, tmp_path: Path) -> tuple[str, dict[str, bytes]]:
    """The home's one approved session, and what leaves of it. One picture: each example may encode it."""
    if home.path not in _KEPT:
        session_id = home.record(Story(frames=1, moves=3))
        approve(home.unlocked, _reader(home, session_id))
        _KEPT[home.path] = session_id, _export(home, session_id, tmp_path / "first")
        assert _export(home, session_id, tmp_path / "again") == _KEPT[home.path][1]
    return _KEPT[home.path]


FORGED: dict[str, Callable[[SessionStart], SessionStart]] = {
    "task": lambda start: dataclasses.replace(start, task="another task"),
    "purpose": lambda start: dataclasses.replace(start, purpose="hci_research"),
    "consent": lambda start: dataclasses.replace(start, consent_id="another", consent_sha256="0" * 64),
    "revision": lambda start: dataclasses.replace(start, consent_revision=9),
    "study": lambda start: dataclasses.replace(start, study_id="self", recorder_version="9"),
    "categories": lambda start: dataclasses.replace(start, categories=frozenset(sorted(start.categories)[:-1])),
}


@pytest.mark.parametrize("what", FORGED)
@pytest.mark.parametrize("when", ["between", "while it is open"])
def test_a_start_that_was_sealed_anew_after_the_approval_leaves_not(
    home: RecordedHome, tmp_path: Path, what: str, when: str
) -> None:
    """Whoever may write the home can seal to its public keys, so that it opens and the manifest is whole in itself."""
    session_id = home.record()
    reader = _reader(home, session_id)
    reviewed = approve(home.unlocked, reader)
    _forge(reader, FORGED[what](reader.start))

    now = _reader(home, session_id)
    assert now.start != reader.start  # it does open
    assert now.state is SessionState.UNREVIEWED
    opened = now if when == "between" else reader
    with pytest.raises(RecorderError, match=session_id):
        folder.write(home.grant(), [reviewed], {session_id: opened}, tmp_path / "out")
    with pytest.raises(PolicyError, match="changed after it was approved"):
        approved(home.unlocked, now)
    assert not (tmp_path / "out").exists()


def _forge(reader: SessionReader, start: SessionStart) -> None:
    sealed = seal_json(start_fields(start), reader.manifest.recipient, f"start|{reader.session_id}")
    end = open_json(reader.manifest.end or "", reader.identity, f"end|{reader.session_id}")
    write_manifest(reader.folder, closed(dataclasses.replace(reader.manifest, start=sealed, end=None), end))


def test_a_whole_session_in_the_place_of_an_approved_one_leaves_not(home: RecordedHome, tmp_path: Path) -> None:
    first, second = home.record(), home.record(Story(task="another"))
    approve(home.unlocked, _reader(home, first))
    target = home.path / "sessions" / first
    for name in ("segments", "keys"):
        shutil.rmtree(target / name)
        shutil.copytree(home.path / "sessions" / second / name, target / name)
    other = read_manifest(home.path / "sessions" / second)
    write_private(target / "manifest.json", manifest_format.encode(_renamed(other, first)))

    with pytest.raises(RecorderError, match=first):
        _export(home, first, tmp_path / "out")


def _renamed(manifest: Manifest, session_id: str) -> Manifest:
    return dataclasses.replace(manifest, session_id=session_id)


def test_the_key_may_change_after_the_approval(home: RecordedHome, tmp_path: Path) -> None:
    """A deletion elsewhere rotates the vault's key; what was approved is still what it was."""
    from recorder.store import delete

    session_id, other = home.record(Story(frames=1)), home.record()
    approve(home.unlocked, _reader(home, session_id))
    before = _export(home, session_id, tmp_path / "before")
    delete.delete_session(home.path, home.unlocked, other)

    assert _export(home, session_id, tmp_path / "after") == before
