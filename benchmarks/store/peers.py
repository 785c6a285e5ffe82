"""The same rows in JSON lines and in SQLite, made safe as often as the store does it: once a (recorded) second.

Nothing in them is encrypted; what they can do is what every tool can do that writes such files.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]  # one event: column name to value, no nulls, `t_us` in it
S = 1_000_000


def seconds(rows: Iterable[Row], write: Callable[[list[Row]], None]) -> None:
    """Hands the rows over second by second."""
    batch: list[Row] = []
    for row in rows:
        if batch and row["t_us"] // S != batch[0]["t_us"] // S:
            write(batch)
            batch = []
        batch.append(row)
    if batch:
        write(batch)


def write_jsonl(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w") as file:

        def write(batch: list[Row]) -> None:
            file.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in batch)
            file.flush()
            os.fdatasync(file.fileno())

        seconds(rows, write)


def read_jsonl(path: Path, columns: list[str] | None) -> int:
    with path.open() as file:
        rows = [json.loads(line) for line in file]
    return len(rows if columns is None else [[row.get(name) for name in columns] for row in rows])


def write_sqlite(path: Path, rows: Iterable[Row], columns: dict[str, str]) -> None:
    """Write-ahead log, a transaction a second, synced. `columns`: name to SQL type."""
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
    connection.execute(f"create table events ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
    insert = f"insert into events values ({', '.join('?' * len(columns))})"

    def write(batch: list[Row]) -> None:
        with connection:
            connection.executemany(insert, [[row.get(name) for name in columns] for row in batch])

    seconds(rows, write)
    connection.close()


def read_sqlite(path: Path, columns: list[str] | None) -> int:
    with sqlite3.connect(path) as connection:
        return len(connection.execute(f"select {', '.join(columns or ['*'])} from events").fetchall())


def write_pictures_sqlite(path: Path, pictures: list[bytes]) -> None:
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode=wal")
    connection.execute("create table frames (frame_id integer primary key, image blob)")
    for number, picture in enumerate(pictures):
        with connection:
            connection.execute("insert into frames values (?, ?)", (number, picture))
    connection.close()


def write_pictures_jsonl(folder: Path, pictures: list[bytes]) -> None:
    """A file for each, as logs in JSON do it."""
    folder.mkdir()
    for number, picture in enumerate(pictures):
        with (folder / f"{number:08d}.qoi").open("wb") as file:
            file.write(picture)
            file.flush()
            os.fdatasync(file.fileno())
