"""Whatever is done to a file of the home: it is refused by name, and all that it does not touch stays readable.

A table of damages, each tried against every way to read; positions by hypothesis. What a damage may never do: change a
row, a picture, a task or a number without a word.
"""

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import RecorderError
from recorder.store import approval, delete, keyholder
from recorder.store.home import ensure
from recorder.store.recover import needs_recovery, recover
from recorder.store.reveal import reveal
from recorder.store.segment import read_manifest
from recorder.store.session import SessionReader, list_sessions
from recorder.store.vault import UnlockedVault, Vault
from recorder.store.verify import Damaged, verify_session
from tests.store.synthetic import PASSPHRASE, make_vault, make_writer, pointer, session_start, two_apps

DEEP = b"[" * 20_000  # deeper than the interpreter's stack


@dataclasses.dataclass(slots=True)
class Two:
    """A home with two sessions of three segments; `whole` is everything that can be read of each."""

    home: Path
    unlocked: UnlockedVault
    ids: tuple[str, str]
    whole: dict[str, dict[str, Any]]

    def folder(self, which: int = 0) -> Path:
        return self.home / "sessions" / self.ids[which]

    def segment(self, name: str, which: int = 0) -> Path:
        return self.folder(which) / "segments" / name


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyholder, "ARGON2", {"memory_cost": 64, "iterations": 1, "lanes": 1})
        home = ensure(tmp_path_factory.mktemp("integrity") / "home")
        unlocked = make_vault(home)[1]
        ids = tuple(two_apps(home, unlocked.recipient).session_id for _ in range(2))
        yield Two(home, unlocked, (ids[0], ids[1]), {one: everything(home, unlocked, one) for one in ids})


@pytest.fixture
def two(original: Two, tmp_path: Path) -> Two:
    """A copy to break."""
    home = tmp_path / "home"
    shutil.copytree(original.home, home)
    home.chmod(0o700)
    return dataclasses.replace(original, home=home, unlocked=Vault.open(home).unlock(lambda: PASSPHRASE))


def everything(home: Path, unlocked: UnlockedVault, session_id: str) -> dict[str, Any]:
    """All that any reader gives of a session. Raises: whatever a reader raises."""
    reader = SessionReader(home, session_id, unlocked)
    tables = {name: reader.table(name) for name in ("events", "frames", "contexts", "redactions")}
    pictures = {frame.frame_id: frame.encoded for frame in reader.frames()}
    singles = {number: reader.frame(number).tobytes() for number in pictures}
    said = (reader.start, reader.counters, reader.duration_us, reader.apps, reader.gaps, reader.count("events"))
    return {"tables": tables, "pictures": pictures, "singles": singles, "said": said}


def _flip(path: Path, at: int = -40) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def _cut(path: Path, keep: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])


def _swap(one: Path, two: Path) -> None:
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def _link(path: Path, target: Path) -> None:
    path.unlink()
    path.symlink_to(target)


def _edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    fields = json.loads(path.read_bytes())
    change(fields)
    path.write_text(json.dumps(fields))


def _manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[Two], object]:
    return lambda two: _edit(two.folder() / "manifest.json", change)


def _exchange_sealed(fields: dict[str, Any]) -> None:
    first, second = fields["segments"][:2]
    first["sealed"], second["sealed"] = second["sealed"], first["sealed"]


def _exchange_files(fields: dict[str, Any]) -> None:
    first, second = fields["segments"][:2]
    first["files"], second["files"] = second["files"], first["files"]


def _key_file(two: Two, which: int = 0) -> Path:
    (path,) = (two.folder(which) / "keys").glob("*.json")
    return path


def _theirs(name: str) -> Callable[[Two], object]:
    """A sealed value of the other session."""

    def change(two: Two) -> None:
        other = json.loads((two.folder(1) / "manifest.json").read_bytes())
        _edit(two.folder() / "manifest.json", lambda fields: fields.update({name: other[name]}))

    return change


# What is done, and what has to be named: a segment and table, or the session and what of it.
SEGMENTS: dict[str, tuple[Callable[[Two], object], str]] = {
    "a bit": (lambda two: _flip(two.segment("0001-events.parquet")), "segment 0001 (events)"),
    "a bit of the footer": (lambda two: _flip(two.segment("0001-events.parquet"), -9), "segment 0001 (events)"),
    "the first byte": (lambda two: _flip(two.segment("0002-frames.parquet"), 0), "segment 0002 (frames)"),
    "cut in half": (lambda two: _cut(two.segment("0002-events.parquet"), 0.5), "segment 0002 (events)"),
    "emptied": (lambda two: _cut(two.segment("0003-contexts.parquet"), 0), "segment 0003 (contexts)"),
    "longer": (lambda two: two.segment("0001-events.parquet").open("ab").write(b"PARE"), "segment 0001 (events)"),
    "gone": (lambda two: two.segment("0001-redactions.parquet").unlink(), "segment 0001 (redactions)"),
    "two segments swapped": (
        lambda two: _swap(two.segment("0001-events.parquet"), two.segment("0003-events.parquet")),
        "segment 0001 (events)",
    ),
    "two tables swapped": (
        lambda two: _swap(two.segment("0001-contexts.parquet"), two.segment("0001-redactions.parquet")),
        "segment 0001 (contexts)",
    ),
    "two sessions swapped": (
        lambda two: _swap(two.segment("0001-events.parquet"), two.segment("0001-events.parquet", 1)),
        "segment 0001 (events)",
    ),
    "a link": (
        lambda two: _link(two.segment("0001-events.parquet"), two.segment("0001-events.parquet", 1)),
        "(events)",
    ),
}
WHOLE: dict[str, tuple[Callable[[Two], object], str]] = {
    "a segment taken out": (_manifest(lambda f: f["segments"].pop()), "manifest was changed"),
    "the first taken out": (_manifest(lambda f: f["segments"].pop(0)), "manifest was changed"),
    "a file taken out": (
        _manifest(lambda f: f["segments"][0].update(files=f["segments"][0]["files"][1:])),
        "was changed",
    ),
    "another hash": (_manifest(lambda f: f["segments"][0]["files"][0].update(sha256="0" * 64)), "was changed"),
    "another time": (_manifest(lambda f: f.update(started_at_us=f["started_at_us"] + 1)), "was changed"),
    "another end": (_manifest(lambda f: f.update(ended_at_us=f["ended_at_us"] - 1)), "was changed"),
    "another consent": (_manifest(lambda f: f.update(consent_id="consent-2")), "was changed"),
    "no end": (_manifest(lambda f: f.update(end=None)), "was changed"),
    "their start": (_theirs("start"), "its start does not open"),
    "their end": (_theirs("end"), "its books do not open"),
    "their segments": (_theirs("segments"), "was changed"),
    "sealed keys swapped": (_manifest(_exchange_sealed), "was changed"),
    "files swapped": (_manifest(_exchange_files), "was changed"),
    "no manifest's version": (_manifest(lambda f: f.update(version=2)), "unknown version"),
    "a path": (_manifest(lambda f: f["segments"][0]["files"][0].update(name="../../vault.key")), "no segment"),
    "half a manifest": (lambda two: _cut(two.folder() / "manifest.json", 0.5), "does not parse"),
    "their manifest": (
        lambda two: shutil.copy(two.folder(1) / "manifest.json", two.folder() / "manifest.json"),
        "another session's manifest",
    ),
    "half a key file": (lambda two: _cut(_key_file(two), 0.5), "its key does not open"),
    "no key file": (lambda two: _key_file(two).unlink(), "its key does not open"),
    "their key file": (lambda two: shutil.copy(_key_file(two, 1), _key_file(two)), "its key does not open"),
    "another epoch": (lambda two: _edit(_key_file(two), lambda f: f.update(epoch=7)), "its key does not open"),
}


@pytest.mark.parametrize("name", SEGMENTS)
def test_a_damaged_segment_is_named_and_every_other_file_is_read(two: Two, name: str) -> None:
    damage, named = SEGMENTS[name]
    damage(two)

    found = verify_session(two.home, two.ids[0], two.unlocked)
    assert any(named in one.message for one in found)
    assert all(two.ids[0] in one.message for one in found)
    reader = SessionReader(two.home, two.ids[0], two.unlocked)
    _rest_is_as_it_was(two, reader, found)
    if name != "the first byte":  # which says nothing: what follows it is read as it was, and only the hash tells
        with pytest.raises(RecorderError, match=two.ids[0]):
            everything(two.home, two.unlocked, two.ids[0])
    if "sessions" not in name:
        assert _same(everything(two.home, two.unlocked, two.ids[1]), two.whole[two.ids[1]])


def _rest_is_as_it_was(two: Two, reader: SessionReader, found: list[Damaged]) -> None:
    """With damage allowed every table gives exactly the rows of the segments that are whole."""
    bad = {one.message for one in found}
    for name in ("events", "contexts", "redactions", "frames"):
        rows = reader.table(name, damaged=[])
        whole = two.whole[two.ids[0]]["tables"][name]
        assert {str(row) for row in rows.to_pylist()} <= {str(row) for row in whole.to_pylist()}
        if not any(f"({name})" in message for message in bad):
            assert rows.equals(whole)


@pytest.mark.parametrize("name", WHOLE)
def test_a_damaged_manifest_or_key_file_costs_its_session_and_no_other(two: Two, name: str) -> None:
    damage, named = WHOLE[name]
    damage(two)

    with pytest.raises(RecorderError, match=two.ids[0]) as refused:
        everything(two.home, two.unlocked, two.ids[0])
    assert named in refused.value.message
    assert [named in one.message for one in verify_session(two.home, two.ids[0], two.unlocked)] == [True]
    listed = {one.session_id: one for one in list_sessions(two.home, two.unlocked)}
    assert listed[two.ids[0]].damaged is not None
    assert listed[two.ids[1]].damaged is None
    assert _same(everything(two.home, two.unlocked, two.ids[1]), two.whole[two.ids[1]])
    assert verify_session(two.home, two.ids[1], two.unlocked) == []


@pytest.mark.parametrize("put_back", ["segment", "segment and manifest", "the whole folder"])
def test_an_older_state_of_a_session_is_refused_after_a_rewrite(two: Two, tmp_path: Path, put_back: str) -> None:
    old = tmp_path / "old"
    shutil.copytree(two.folder(), old)
    delete.delete_app(two.home, two.unlocked, "Editor")
    again = Vault.open(two.home).unlock(lambda: PASSPHRASE)
    if put_back == "segment":
        (new,) = two.folder().glob("segments/0001-events*")
        shutil.copy(old / "segments" / "0001-events.parquet", new)
    elif put_back == "segment and manifest":
        shutil.copytree(old / "segments", two.folder() / "segments", dirs_exist_ok=True)
        shutil.copy(old / "manifest.json", two.folder() / "manifest.json")
    else:
        shutil.rmtree(two.folder())
        shutil.copytree(old, two.folder())

    found = verify_session(two.home, two.ids[0], again)
    assert found
    assert all(two.ids[0] in one.message for one in found)
    assert verify_session(two.home, two.ids[1], again) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_byte_anywhere_in_a_session_is_named_or_changes_nothing(two: Two, data: st.DataObject) -> None:
    files = sorted(path for path in two.folder().rglob("*") if path.is_file() and path.stat().st_size)
    file = data.draw(st.sampled_from(files))
    content = file.read_bytes()
    at, by = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(1, 255))
    file.write_bytes(content[:at] + bytes([content[at] ^ by]) + content[at + 1 :])
    try:
        found = verify_session(two.home, two.ids[0], two.unlocked)
        assert all(two.ids[0] in one.message for one in found)
        if not found:
            assert _same(everything(two.home, two.unlocked, two.ids[0]), two.whole[two.ids[0]])
        assert verify_session(two.home, two.ids[1], two.unlocked) == []
    finally:
        file.write_bytes(content)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_content_of_a_small_file_is_an_error_that_says_which(two: Two, data: st.DataObject) -> None:
    """vault.json, vault.key, the manifest and the key file: never anything but a RecorderError."""
    file = data.draw(
        st.sampled_from(
            [two.home / "vault.json", two.home / "vault.key", two.folder() / "manifest.json", _key_file(two)]
        )
    )
    before = file.read_bytes()
    rubbish = st.binary(max_size=80) | st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(lambda value: json.dumps(value).encode())
    cut = st.integers(0, len(before) - 2).map(lambda n: before[:n])
    file.write_bytes(data.draw(rubbish | cut | st.just(DEEP)))
    try:
        with pytest.raises(RecorderError):
            everything(two.home, Vault.open(two.home).unlock(lambda: PASSPHRASE), two.ids[0])
    finally:
        file.write_bytes(before)


@pytest.mark.parametrize("what", ["a bit", "their journal", "another number"])
def test_a_journal_that_does_not_verify_gives_no_row_that_was_not_written(two: Two, what: str, home: Path) -> None:
    """The journal of a session whose recorder died. What follows the damage is lost, and that is said."""
    ids = []
    for _ in range(2):
        start = session_start()
        writer = make_writer(two.home, two.unlocked.recipient, start)
        for n in range(20):
            writer.append(pointer(n * 1000, x=n))
        writer._open.journal.sync()  # type: ignore[union-attr]
        writer._lock.release()
        ids.append(start.session_id)
    journals = [two.home / "sessions" / one / "journal" / "0001.rlog" for one in ids]
    if what == "a bit":
        _flip(journals[0], -30)
    elif what == "their journal":
        _swap(*journals)
    else:
        journals[0].rename(journals[0].with_name("0002.rlog"))

    assert set(needs_recovery(two.home)) == set(ids)
    found = {one.session_id: one for one in recover(two.home, two.unlocked)}
    said = found[ids[0]]
    assert said.problem is not None or said.lost_bytes > 0
    assert said.events == 0
    assert ids[0] in (said.problem or ids[0])
    assert _same(everything(two.home, two.unlocked, two.ids[0]), two.whole[two.ids[0]])


def test_what_is_damaged_is_neither_approved_nor_revealed(two: Two) -> None:
    damage, _ = WHOLE["sealed keys swapped"]
    reader = SessionReader(two.home, two.ids[0], two.unlocked)
    damage(two)

    with pytest.raises(RecorderError):
        reader.files()
    assert approval.load(two.home, two.unlocked, two.ids[0]) is None
    assert read_manifest(two.folder()).session_id == two.ids[0]
    assert all(one.path.parent.parent == two.folder(1) for one in reveal(_other(two))[0])


def _other(two: Two) -> SessionReader:
    return SessionReader(two.home, two.ids[1], two.unlocked)


def _same(one: dict[str, Any], two: dict[str, Any]) -> bool:
    tables: dict[str, pa.Table] = two["tables"]
    return all(one["tables"][name].equals(rows) for name, rows in tables.items()) and all(
        one[name] == two[name] for name in ("pictures", "singles", "said")
    )
