"""What was measured in, every part of it as values out: files, tables and columns, and any row as it would leave."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from recorder.export.folder import Measured
from recorder.export.session_files import NAMES

REPORT = "redaction-report.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One table: `filled` has for each column in how many rows it says anything. `size_bytes`: of all its files."""

    name: str
    rows: int
    filled: dict[str, int]
    size_bytes: int


class Shown:
    """An export that was measured, and nothing of it written. A picture leaves as it is seen, so it is not in it."""

    def __init__(self, measured: Measured) -> None:
        self.measured = measured
        self.shapes = tuple(self._shape(name) for name in NAMES)

    @property
    def report(self) -> bytes:
        """PNG."""
        return self.measured.place.small[REPORT]

    def text(self, path: str) -> str | None:
        """All of a file that is text; None for any other."""
        content = self.measured.place.small.get(path)
        return content.decode() if content is not None and path.endswith((".md", ".json")) else None

    def rows(self, name: str, offset: int, count: int) -> list[dict[str, Any]]:
        """`count` rows of a table from `offset` on, in the order of the files. Of a picture stands how large it is."""
        found: list[dict[str, Any]] = []
        for size, read in self._parts(name):
            if offset < size and count > len(found):
                part = read().slice(offset, count - len(found))
                found += part.to_pylist()
            offset = max(0, offset - size)
        return found

    def _shape(self, name: str) -> Shape:
        rows, filled = 0, dict[str, int]()
        for size, read in self._parts(name):
            part = read()
            rows += size
            for column in part.column_names:
                filled[column] = filled.get(column, 0) + size - part[column].null_count
        size_bytes = sum(entry["size_bytes"] for entry in self.measured.files if f"-{name}-" in entry["path"])
        return Shape(name=name, rows=rows, filled=filled, size_bytes=size_bytes)

    def _parts(self, name: str) -> Iterator[tuple[int, Callable[[], pa.Table]]]:
        """How many rows each part of a table has, and how to get them: a million are not held open."""
        for entry in self.measured.files:
            content = self.measured.place.small.get(entry["path"])
            if content is not None and f"-{name}-" in entry["path"]:
                file = pq.ParquetFile(BytesIO(content))
                for group in range(file.num_row_groups):
                    yield file.metadata.row_group(group).num_rows, _reading(file, group)
        for stem, tables in sorted(self.measured.place.rows.items()):
            if stem.endswith(f"-{name}"):
                for table in tables:
                    yield table.num_rows, _itself(table)


def _reading(file: pq.ParquetFile, group: int) -> Callable[[], pa.Table]:
    return lambda: file.read_row_group(group)


def _itself(table: pa.Table) -> Callable[[], pa.Table]:
    return lambda: table
