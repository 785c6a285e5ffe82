"""What is cut short outside of the home is found again by its note, and removed by whoever next holds the key."""

import os
from pathlib import Path

import pytest

from recorder.errors import DamagedError
from recorder.store import unfinished
from recorder.store.rotate import rotate
from recorder.store.unfinished import clean, count, noted, partial_of, remove_abandoned
from recorder.store.vault import UnlockedVault

NOBODY = f"99999999-{'0' * 16}"


def killed(home: Path, unlocked: UnlockedVault, place: Path) -> Path:
    """As a process leaves it that is killed while it writes to `place`. Returns what it was writing."""
    with noted(home, unlocked, place):
        (note,) = home.glob("outside-*")
        note.rename(note.with_name(f"outside-{NOBODY}.json"))
    half = place.with_name(f".{place.name}.{NOBODY}.partial")
    half.mkdir()
    (half / "one.parquet").write_bytes(b"synthetic")
    return half


def test_the_place_is_noted_while_it_is_written_and_named_to_nobody(home: Path, unlocked: UnlockedVault) -> None:
    place = home.parent / "very-private-name"

    with noted(home, unlocked, place):
        (note,) = home.glob("outside-*")
        assert b"very-private-name" not in note.read_bytes()
        assert note.stat().st_mode & 0o777 == 0o600
        assert count(home) == 0  # somebody is at work
        assert clean(home, unlocked) == []
        assert note.exists()

    assert not note.exists()


def test_what_a_killed_process_left_goes_with_its_note(home: Path, unlocked: UnlockedVault, tmp_path: Path) -> None:
    half = killed(home, unlocked, tmp_path / "out")
    others = [tmp_path / ".out.notes.partial", tmp_path / f".out.{os.getpid()}-{'0' * 16}.partial", tmp_path / "out"]
    for other in others:
        other.mkdir()
    assert count(home) == 1

    assert clean(home, unlocked) == []

    assert count(home) == 0
    assert not half.exists()
    assert all(other.exists() for other in others)


def test_a_key_that_was_changed_meanwhile_reads_the_note(home: Path, unlocked: UnlockedVault, tmp_path: Path) -> None:
    half = killed(home, unlocked, tmp_path / "out")

    rotate(home, unlocked)

    assert clean(home, unlocked) == []
    assert not half.exists()


def test_a_disk_that_is_not_there_is_looked_at_again(home: Path, unlocked: UnlockedVault, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    half = killed(home, unlocked, stick / "out")
    stick.rename(tmp_path / "elsewhere")

    (said,) = clean(home, unlocked)
    assert str(stick / "out") in said
    assert count(home) == 1

    (tmp_path / "elsewhere").rename(stick)
    assert clean(home, unlocked) == []
    assert not half.exists()


def test_a_note_that_does_not_open_is_said_and_keeps_nobody_busy(home: Path, unlocked: UnlockedVault) -> None:
    (home / f"outside-{NOBODY}.json").write_bytes(b"{}")

    (said,) = clean(home, unlocked)

    assert ".partial" in said
    assert clean(home, unlocked) == []
    with pytest.raises(DamagedError):
        unfinished._open(home / f"outside-{NOBODY}.json", unlocked)


def test_what_could_not_be_removed_keeps_its_note(home: Path, unlocked: UnlockedVault, tmp_path: Path) -> None:
    place = tmp_path / "out"

    with noted(home, unlocked, place):
        partial_of(place).mkdir()

    assert len(list(home.glob("outside-*"))) == 1


def test_a_link_and_what_bears_another_name_stay(tmp_path: Path) -> None:
    place, target = tmp_path / "out", tmp_path / "target"
    target.mkdir()
    link = tmp_path / f".out.{NOBODY}.partial"
    link.symlink_to(target)
    other = tmp_path / f".out2.{NOBODY}.partial"
    other.mkdir()

    remove_abandoned(place)

    assert link.is_symlink()
    assert target.exists()
    assert other.exists()
