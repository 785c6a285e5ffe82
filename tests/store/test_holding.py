"""A plan reads each file's numbers once, and what it finds with many numbers is what it finds with few."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import DamagedError
from recorder.format import parquet
from recorder.store import cut, delete, rewrite, staged
from recorder.store.rewrite import PLANNED
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault
from tests.noting import noting
from tests.store.synthetic import two_apps


def opened_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    opened: list[str] = []
    whole = parquet.open_file

    def counted(source: object, name: parquet.SegmentName, dek: bytes) -> object:
        opened.append(str(name))
        return whole(source, name, dek)

    monkeypatch.setattr(parquet, "open_file", counted)
    return opened


def test_a_plan_for_an_app_opens_each_file_once(
    home: Path, unlocked: UnlockedVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_apps(home, unlocked.recipient)
    opened = opened_files(monkeypatch)

    assert delete.delete_app(home, unlocked, "CANARY-7f3a", dry_run=True).events > 0
    assert len(opened) == len(set(opened)) > 0


def test_what_is_held_is_what_would_be_read(home: Path, unlocked: UnlockedVault) -> None:
    session_id = two_apps(home, unlocked.recipient).session_id
    plain, holding = (SessionReader(home, session_id, unlocked, staged=False) for _ in range(2))
    holding.hold(PLANNED)

    for table, columns in PLANNED.items():
        for some in (columns, columns[:2], ["t_us"]):
            assert list(holding.segments(table, some)) == list(plain.segments(table, some))
    assert holding.table("frames").equals(plain.table("frames"))  # with the pictures, which are never held


def test_a_damaged_file_is_refused_and_never_held(home: Path, unlocked: UnlockedVault) -> None:
    session_id = two_apps(home, unlocked.recipient).session_id
    reader = SessionReader(home, session_id, unlocked, staged=False)
    reader.hold(PLANNED)
    path = next((reader.folder / "segments").glob("0001-events*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    for _ in range(2):
        with pytest.raises(DamagedError):
            list(reader.segments("events", ["t_us", "kind", "app"]))


@given(
    numbers=st.frozensets(st.integers(-5, 60)),
    stored=st.lists(st.one_of(st.none(), st.integers(-5, 60)), max_size=30),
)
def test_numbers_near_the_rows_are_enough(numbers: frozenset[int], stored: list[int | None]) -> None:
    rows = pa.table({"seq": pa.array(stored, pa.int64())})

    assert cut._numbered(rows, "seq", numbers).tolist() == [one in numbers for one in stored]


@given(
    spans=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)).map(sorted).map(tuple), max_size=8),
    rows=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=20),
)
def test_ranges_near_the_rows_are_enough(spans: list[tuple[int, int]], rows: list[tuple[int, int]]) -> None:
    start = np.array([one for one, _ in rows], np.int64)
    end = start + np.array([length for _, length in rows], np.int64)
    expected = [any(a < last and b >= first for first, last in spans) for a, b in zip(start, end, strict=True)]

    assert cut._reaches_into(start, end, spans).tolist() == expected


def test_a_purge_plans_once(home: Path, unlocked: UnlockedVault, monkeypatch: pytest.MonkeyPatch) -> None:
    two_apps(home, unlocked.recipient)
    staged.stage(home, unlocked, Selector(what=What.APP, app="CANARY-7f3a"))
    planned: list[str] = []
    monkeypatch.setattr(rewrite, "plan", noting(planned, lambda reader, _: reader.session_id, rewrite.plan))

    done = staged.purge(home, unlocked)

    assert done.verified
    assert len(planned) == 1
    assert staged.listed(home, unlocked) == ()
