"""Every distinct text of a session with the rows it stands in, held while a person searches: a search reads no file.

The hits are those of `search.py`, in the same order. Texts are in memory alone, with about 25 bytes an event, and go
with the reader that they were read by: a deletion gives a session another one.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recorder.review.search import NUMBER, SEARCHED, Fits, Hit, fold, found_in_task, found_typed, joined
from recorder.store.session import SessionReader

MOST_BYTES = 128 * 1024 * 1024

Rows = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]
_NOBODY = -1  # stands for null in an array of numbers
_TABLES = sorted([*SEARCHED, "sessions"])


@dataclass(frozen=True, slots=True)
class _Column:
    """`rows` of the table by value: those of `values[n]` are `rows[starts[n]:starts[n + 1]]`."""

    table: str
    name: str
    values: list[str]
    folded: list[str]
    starts: Longs
    rows: Rows
    numbers: npt.NDArray[Any]  # of the table, shared by its columns
    t_us: Longs

    @property
    def nbytes(self) -> int:
        return self.rows.nbytes + self.starts.nbytes + sum(map(len, self.values)) + sum(map(len, self.folded))

    def matching(self, fits: Fits) -> tuple[Rows, Rows]:
        """Rows with a value that fits, in order, and which value that is."""
        found = [at for at, folded in enumerate(self.folded) if fits(folded)]
        parts = [self.rows[self.starts[at] : self.starts[at + 1]] for at in found]
        if not parts:
            return np.zeros(0, np.int32), np.zeros(0, np.int32)
        rows, codes = np.concatenate(parts), np.repeat(np.array(found, np.int32), [len(part) for part in parts])
        order = np.argsort(rows, kind="stable")
        return rows[order], codes[order]


class Hits(Sequence[Hit]):
    """Hits by time, each made when it is asked for: a word may stand in a million rows."""

    def __init__(self, session_id: str, columns: Sequence[_Column], fits: Fits, others: Sequence[Hit]) -> None:
        self._session_id, self._columns, self._others = session_id, columns, others
        found = [column.matching(fits) for column in columns]
        sizes = [*(len(rows) for rows, _ in found), len(others)]
        of = np.repeat(np.arange(len(sizes), dtype=np.int8), sizes)
        row = np.concatenate([*(rows for rows, _ in found), np.arange(len(others), dtype=np.int32)])
        code = np.concatenate([*(codes for _, codes in found), np.zeros(len(others), np.int32)])
        order = np.lexsort(_keys(columns, [rows for rows, _ in found], others))
        self._of, self._row, self._code = of[order], row[order], _small(code[order])

    def __len__(self) -> int:
        return len(self._row)

    @overload
    def __getitem__(self, at: int) -> Hit: ...

    @overload
    def __getitem__(self, at: slice) -> list[Hit]: ...

    def __getitem__(self, at: int | slice) -> Hit | list[Hit]:
        if isinstance(at, slice):
            return [self._hit(one) for one in range(*at.indices(len(self)))]
        return self._hit(range(len(self))[at])

    def __iter__(self) -> Iterator[Hit]:
        return map(self._hit, range(len(self)))

    def numbers(self) -> dict[str, list[int]]:
        """The numbers of all rows that were hit, by table, each once and in order; what has no number is left out."""
        found: dict[str, set[int]] = {}
        for hit in self._others:
            if hit.number is not None:
                found.setdefault(hit.table, set()).add(hit.number)
        parts: dict[str, list[Longs]] = {}
        for place, column in enumerate(self._columns):
            parts.setdefault(column.table, []).append(column.numbers[self._row[self._of == place]])
        for table, some in parts.items():
            known = np.unique(np.concatenate(some))
            found[table] = found.get(table, set()) | set(known[known != _NOBODY].tolist())
        return {table: sorted(numbers) for table, numbers in found.items()}

    @property
    def session_id(self) -> str:
        return self._session_id

    @property
    def in_task(self) -> bool:
        return any(hit.table == "sessions" for hit in self._others)

    def _hit(self, at: int) -> Hit:
        of, row = int(self._of[at]), int(self._row[at])
        if of == len(self._columns):
            return self._others[row]
        column = self._columns[of]
        number = int(column.numbers[row])
        return Hit(
            session_id=self._session_id,
            table=column.table,
            column=column.name,
            number=None if number == _NOBODY else number,
            t_us=int(column.t_us[row]),
            text=column.values[self._code[at]],
        )


class Remembered:
    """One session. Raises DamagedError when something of it can't be read."""

    def __init__(self, reader: SessionReader) -> None:
        self.session_id = reader.session_id
        self._columns = [column for table in SEARCHED for column in _columns(reader, table)]
        self._task = reader.start.task
        self._typed = _typed(reader)

    @property
    def nbytes(self) -> int:
        tables = {column.table: column.numbers.nbytes + column.t_us.nbytes for column in self._columns}
        return sum(tables.values()) + sum(column.nbytes for column in self._columns)

    def search(self, text: str) -> Hits:
        """As `search.search`."""
        needle = fold(text)
        return self.search_by(lambda folded: bool(needle) and needle in folded)

    def search_by(self, fits: Fits) -> Hits:
        """As `search.search_by`."""
        others = [hit for folded, hit in self._typed if fits(folded)]
        others += found_in_task(self.session_id, self._task, fits)
        return Hits(self.session_id, self._columns, fits, others)


class Memory:
    """What was remembered last, bounded by bytes. Any thread may ask."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._lock = most_bytes, threading.Lock()
        self._kept: WeakKeyDictionary[SessionReader, Remembered] = WeakKeyDictionary()

    def of(self, reader: SessionReader) -> Remembered:
        """Raises: DamagedError when something of the session can't be read."""
        with self._lock:
            found = self._kept.pop(reader, None) or Remembered(reader)
            self._kept[reader] = found  # the last one now
            while len(self._kept) > 1 and sum(one.nbytes for one in self._kept.values()) > self._most:
                del self._kept[next(iter(self._kept))]
            return found


def _keys(columns: Sequence[_Column], rows: Sequence[Rows], others: Sequence[Hit]) -> tuple[Longs | Bytes, ...]:
    """What hits are sorted by, the last first: time, table, number, column."""
    names = sorted({*(column.name for column in columns), *(hit.column for hit in others)})
    pairs = list(zip(columns, rows, strict=True))
    t_us = [column.t_us[found] for column, found in pairs]
    number = np.concatenate(
        [*(column.numbers[found] for column, found in pairs), _longs(h.number or 0 for h in others)]
    )
    tables = [_same(_TABLES.index(column.table), found) for column, found in pairs]
    of = [_same(names.index(column.name), found) for column, found in pairs]
    return (
        np.concatenate([*of, _bytes(names.index(hit.column) for hit in others)]),
        np.where(number == _NOBODY, 0, number),
        np.concatenate([*tables, _bytes(_TABLES.index(hit.table) for hit in others)]),
        np.concatenate([*t_us, _longs(hit.t_us for hit in others)]),
    )


def _bytes(numbers: Iterable[int]) -> Bytes:
    return np.fromiter(numbers, np.int8)


def _longs(numbers: Iterable[int]) -> Longs:
    return np.fromiter(numbers, np.int64)


def _same(value: int, rows: Rows) -> Bytes:
    return np.full(len(rows), value, np.int8)


def _columns(reader: SessionReader, table: str) -> Iterator[_Column]:
    number = NUMBER[table]
    names = SEARCHED[table]
    known: dict[str, dict[str, int]] = {name: {} for name in names}
    found: dict[str, list[tuple[Rows, Rows]]] = {name: [] for name in names}
    times: list[Longs] = [np.zeros(0, np.int64)]
    numbers: list[Longs] = [np.zeros(0, np.int64)]
    at = 0
    for part in _parts(reader, table, [number, "t_us", *names]):
        times.append(part["t_us"].to_numpy().astype(np.int64))
        numbers.append(pc.fill_null(part[number].cast(pa.int64()), _NOBODY).to_numpy())
        for name in (name for name in names if name in part.column_names):
            found[name].append(_coded(part[name], known[name], at))
        at += part.num_rows
    shared = (_small(np.concatenate(numbers)), np.concatenate(times))
    for name in names:
        if known[name]:
            yield _column(table, name, list(known.pop(name)), found.pop(name), *shared)


def _small(numbers: Rows | Longs) -> npt.NDArray[Any]:
    """In as few bytes as hold all of them."""
    largest = int(numbers.max()) if len(numbers) else 0
    return numbers.astype(next(of for of in (np.int16, np.int32, np.int64) if largest <= np.iinfo(of).max))


def _parts(reader: SessionReader, table: str, columns: list[str]) -> Iterator[pa.Table]:
    """Of the largest table one segment after the other, so that little of it is in memory at once."""
    if table == "events":
        return reader.segments(table, columns)
    return iter([reader.table(table, columns)])


def _coded(texts: pa.ChunkedArray, known: dict[str, int], first: int) -> tuple[Rows, Rows]:
    """Rows that have a text, counted from `first`, and the number of that text in `known`, which grows."""
    coded = joined(texts).combine_chunks().dictionary_encode()
    codes = np.array([known.setdefault(one, len(known)) for one in coded.dictionary.to_pylist()], np.int32)
    rows = np.flatnonzero(coded.indices.is_valid().to_numpy(zero_copy_only=False))
    if not len(rows):
        return rows.astype(np.int32), rows.astype(np.int32)
    return (rows + first).astype(np.int32), codes[coded.indices.drop_null().to_numpy()]


def _column(
    table: str,
    name: str,
    values: list[str],
    found: Sequence[tuple[Rows, Rows]],
    numbers: npt.NDArray[Any],
    t_us: Longs,
) -> _Column:
    rows, codes = (np.concatenate(some) for some in zip(*found, strict=True))
    starts = np.concatenate(([0], np.cumsum(np.bincount(codes, minlength=len(values)))))
    folded = [fold(value) for value in values]
    return _Column(table, name, values, folded, starts, rows[np.argsort(codes, kind="stable")], numbers, t_us)


def _typed(reader: SessionReader) -> list[tuple[str, Hit]]:
    """Every run of keys as it is compared, with its hit."""
    compared: list[str] = []

    def keep(folded: str) -> bool:
        compared.append(folded)
        return True

    return list(zip(compared, list(found_typed(reader, keep)), strict=False))
