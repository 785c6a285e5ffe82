"""One picture by its number: found by what the segments say of themselves, whatever order the numbers are in."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import DamagedError, UsageError
from recorder.format import parquet
from recorder.store import staged
from recorder.store.pictures import Pictures
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault
from tests.noting import noting
from tests.store.synthetic import SECOND, frame, pointer, record, seen, session_start, two_apps


def session(home: Path, unlocked: UnlockedVault, minutes: list[list[int]]) -> SessionReader:
    """A segment for each list, with pictures of these numbers; an empty one has only an event and goes on with the last
    picture."""
    made: list[list[Any]] = []
    last = None
    for minute, numbers in enumerate(minutes):
        t_us = minute * 60 * SECOND
        items = [frame(number, t_us + at * SECOND) for at, number in enumerate(numbers)]
        more = [pointer(t_us + 50 * SECOND), *([seen(last, t_us + 51 * SECOND)] if last is not None else [])]
        made.append([*items, *more] if numbers else more)
        last = numbers[-1] if numbers else last
    start = record(home, unlocked.recipient, made, session_start())
    return SessionReader(home, start.session_id, unlocked)


def opened_by(reader: SessionReader, monkeypatch: pytest.MonkeyPatch, frame_id: int) -> list[str]:
    opened: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(parquet, "open_file", noting(opened, lambda _, name, key: str(name), parquet.open_file))
        reader.frame(frame_id)
    return opened


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.permutations(range(9)), st.sets(st.integers(0, 4)))
def test_every_picture_is_found_and_no_other_whatever_the_order_of_numbers(
    home: Path, unlocked: UnlockedVault, numbers: list[int], empty: set[int]
) -> None:
    minutes = [[] if minute in empty else numbers[minute * 2 : minute * 2 + 2] for minute in range(5)]
    reader = session(home, unlocked, minutes)
    there = {number for minute in minutes for number in minute}

    for number in range(-1, 11):
        if number in there:
            assert reader.frame(number).getpixel((0, 0)) == (number, number, number)
            assert (reader.pixels(number) == np.asarray(reader.frame(number))).all()
        else:
            with pytest.raises(UsageError, match=f"no frame {number}"):
                reader.frame(number)
    assert {one.frame_id: one.encoded for one in reader.frames()} == {one: reader.encoded(one) for one in there}


def test_one_file_is_opened_for_a_picture_and_none_for_its_neighbours(
    home: Path, unlocked: UnlockedVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = session(home, unlocked, [[minute * 10 + at for at in range(5)] for minute in range(9)])

    assert set(opened_by(reader, monkeypatch, 52)) == {f"session {reader.session_id}, segment 0006 (frames)"}
    assert opened_by(reader, monkeypatch, 53) == []


def test_no_more_is_kept_than_was_allowed_but_for_the_last(home: Path, unlocked: UnlockedVault) -> None:
    reader = session(home, unlocked, [[minute] for minute in range(6)])
    pictures = Pictures(reader.manifest.segments, reader._overlay, kept_bytes=1)

    assert [pictures.encoded(number, reader) for number in range(6)] == [reader.encoded(n) for n in range(6)]
    assert 0 < pictures.kept_bytes < sum(len(reader.encoded(number)) for number in range(6))


def test_what_is_damaged_hides_no_other_picture_and_is_said_where_it_may_hide_one(
    home: Path, unlocked: UnlockedVault
) -> None:
    reader = session(home, unlocked, [[minute] for minute in range(5)])
    sealed = reader.manifest.segments[2].sealed
    broken = [
        dataclasses.replace(one, sealed=sealed[:-8] + "AAAAAAA=") if at == 2 else one
        for at, one in enumerate(reader.manifest.segments)
    ]
    pictures = Pictures(broken, reader._overlay)
    reader._secrets.clear()

    assert all(pictures.encoded(number, reader) for number in (0, 1, 3, 4))
    with pytest.raises(DamagedError, match="segment 0003"):
        pictures.encoded(2, reader)


def test_a_file_that_was_changed_is_refused_by_name(home: Path, unlocked: UnlockedVault) -> None:
    reader = session(home, unlocked, [[1], [2]])
    path = reader.folder / "segments" / "0002-frames.parquet"
    path.write_bytes(path.read_bytes()[:-40])

    assert reader.frame(1).size == (64, 48)
    with pytest.raises(DamagedError, match=r"segment 0002 \(frames\)"):
        reader.frame(2)


def test_what_is_staged_is_not_there(home: Path, unlocked: UnlockedVault) -> None:
    start = two_apps(home, unlocked.recipient)
    staged.stage(home, unlocked, Selector(what=What.FRAMES, session_id=start.session_id, frame_ids=(2,)))
    reader = SessionReader(home, start.session_id, unlocked)

    assert {number: reader.frame(number).size for number in (1, 3)} == {1: (64, 48), 3: (64, 48)}
    with pytest.raises(UsageError, match="no frame 2"):
        reader.frame(2)


def test_the_length_of_a_segments_secret_does_not_tell_which_pictures_are_in_it(
    home: Path, unlocked: UnlockedVault
) -> None:
    few, many = (session(home, unlocked, [[number]]) for number in (1, 1_234_567))

    assert len(few.manifest.segments[0].sealed) == len(many.manifest.segments[0].sealed)
    assert (few.frame_bounds(few.manifest.segments[0]), many.frame_bounds(many.manifest.segments[0])) == (
        (1, 1),
        (1_234_567, 1_234_567),
    )
