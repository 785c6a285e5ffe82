"""The search for what a deletion left: every byte that may hold it, and no file that nobody changed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.errors import PlatformError
from recorder.store import delete, probes
from recorder.store.vault import UnlockedVault
from tests.noting import noting
from tests.store.synthetic import STARTED_AT_US, two_apps

DAY_US = 86_400_000_000


@pytest.fixture
def homes(home: Path, unlocked: UnlockedVault) -> tuple[Path, Path]:
    """The folders of two sessions; the first is what a deletion touches."""
    first, other = (
        two_apps(home, unlocked.recipient, started_at_us=STARTED_AT_US + day * DAY_US).session_id for day in (0, 1)
    )
    _is_written_anew(home / "sessions" / other / "manifest.json")
    return home / "sessions" / first, home / "sessions" / other


def _is_written_anew(manifest: Path) -> None:
    """As a deletion in that session does it: a later time than that of any of its files."""
    latest = max(path.stat().st_ctime_ns for path in (manifest.parent / "segments").iterdir())
    while manifest.stat().st_ctime_ns <= latest:
        manifest.touch()


def pieces(folder: Path) -> list[probes.Probe]:
    return [one for path in (folder / "segments").iterdir() for one in probes.of_file(path)]


def read_whole(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    read: list[Path] = []
    monkeypatch.setattr(probes._Search, "is_in", noting(read, lambda _, path: path, probes._Search.is_in))
    return read


def leftovers(old: Path, touched: Path, other: Path, home: Path) -> Iterator[Path]:
    """Copies of a file, or of a part of it, where a crash, a backup or a person may have put them."""
    content = old.read_bytes()
    for place in (home, home / "pending", touched, touched / "segments", other, other / "keys", other / "segments"):
        yield place / "copy"
    named = sorted((other / "segments").glob("*events*"))[0]
    for changed in (content, content[: len(content) // 2 + 64], b"x" * 77 + content + b"y"):
        named.write_bytes(changed)
        yield named


def test_only_what_nobody_changed_is_not_read_whole(
    home: Path, homes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    touched, other = homes
    read = read_whole(monkeypatch)
    there = {path for path in home.rglob("*") if path.is_file()}

    assert probes.find(home, [probes.Probe(b"8 bytes.", b"no such digest")], {touched.name}) is None

    assert there - set(read) == set((other / "segments").iterdir())
    read.clear()
    assert probes.find(home, [probes.Probe(b"8 bytes.", b"no such digest")]) is None
    assert set(read) == there


def test_a_copy_is_found_wherever_it_is(home: Path, homes: tuple[Path, Path]) -> None:
    touched, other = homes
    found, old = pieces(touched), sorted((touched / "segments").glob("*events*"))[1]
    kept = home.parent / "kept"
    shutil.move(touched / "segments", kept)  # they are unlinked by now
    (touched / "segments").mkdir()
    assert probes.find(home, found, {touched.name}) is None

    for place in leftovers(kept / old.name, touched, other, home):
        if not place.exists():
            place.write_bytes((kept / old.name).read_bytes())
        assert probes.find(home, found, {touched.name}) == place
        if place.name == "copy":
            place.unlink()


def test_a_whole_copy_is_found_though_its_session_was_written_since(home: Path, homes: tuple[Path, Path]) -> None:
    touched, other = homes
    pairs = [(one, other / "segments" / one.name) for one in sorted((touched / "segments").glob("*.parquet"))]
    # The same size, as the manifest names it: else it is read whole anyway.
    old, named = next(((a, b) for a, b in pairs if a.stat().st_size == b.stat().st_size), pairs[0])
    found = pieces(touched)
    old.replace(named)
    shutil.rmtree(touched / "segments")
    _is_written_anew(other / "manifest.json")

    assert probes.find(home, found, {touched.name}) == named


def test_a_deletion_that_leaves_a_copy_in_another_session_fails(
    home: Path, homes: tuple[Path, Path], unlocked: UnlockedVault
) -> None:
    touched, other = homes
    old = sorted((touched / "segments").glob("*frames*"))[0]
    named = sorted((other / "segments").glob("*frames*"))[0]
    named.write_bytes(b"-" * 1000 + old.read_bytes())

    with pytest.raises(PlatformError, match=f"{named.name} still holds a piece"):
        delete.delete_session(home, unlocked, touched.name)


def test_a_file_that_can_not_be_read_is_no_proof(
    home: Path, homes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    touched, other = homes
    named = sorted((other / "segments").iterdir())[0]
    whole = Path.open

    def refuses(path: Path, *args: object, **more: object) -> object:
        if path == named:
            raise PermissionError(13, "refused")
        return whole(path, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuses)
    with pytest.raises(PlatformError, match=f"{named.name} can't be read"):
        probes.find(home, [probes.Probe(b"8 bytes.", b"no such digest")], {touched.name})
