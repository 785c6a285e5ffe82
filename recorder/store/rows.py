"""The rows of one open segment, in memory: what the journal's operations add up to, and their Arrow tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from recorder.format.parquet import table_of
from recorder.format.schema import granted_columns
from recorder.model.consent import Category
from recorder.model.tables import STORED

Tables = dict[str, pa.Table]


def columns_for(categories: frozenset[Category]) -> dict[str, list[str]]:
    """Per table, the columns that may be written."""
    return {table: granted_columns(table, categories) for table in STORED}


def journal_columns(columns: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The order of values in journal rows: all but the picture, which follows its row as bytes."""
    return {table: [name for name in names if name != "image"] for table, names in columns.items()}


class SegmentRows:
    """Operations in, tables out. The writer feeds it as things happen; recovery feeds it from the journal."""

    def __init__(self, columns: Mapping[str, Sequence[str]]) -> None:
        """`columns`: per table, the order of values, without `image`."""
        self.columns = {table: list(names) for table, names in columns.items()}
        self.events: list[Sequence[Any]] = []
        self.redactions: list[Sequence[Any]] = []
        self.contexts: dict[int, list[Any]] = {}
        self.frames: dict[int, list[Any]] = {}
        self.pictures: dict[int, bytes] = {}
        self.picture_bytes = 0
        self._open_context: list[Any] | None = None
        self._ends = {table: names.index("t_end_us") for table, names in self.columns.items() if "t_end_us" in names}

    def __len__(self) -> int:
        return len(self.events) + len(self.redactions) + len(self.contexts) + len(self.frames)

    def apply(self, kind: str, values: Sequence[Any], blob: bytes | None = None) -> None:
        """One operation of `format.journal.Op`."""
        match kind:
            case "e":
                self.events.append(values)
            case "r":
                self.redactions.append(values)
            case "c":
                self._context(list(values))
            case "f":
                self._frame(list(values), blob)
            case "s":
                self._seen(*values)
            case _:
                raise ValueError("no such operation")

    def _context(self, row: list[Any]) -> None:
        if self._open_context is not None:
            self._open_context[self._ends["contexts"]] = row[self.columns["contexts"].index("t_us")]
        self.contexts[row[0]] = self._open_context = row

    def _frame(self, row: list[Any], blob: bytes | None) -> None:
        self.frames[row[0]] = row
        if blob is not None:
            self.pictures[row[0]] = blob
            self.picture_bytes += len(blob)

    def _seen(self, frame_id: int, t_us: int) -> None:
        row = self.frames[frame_id]
        row[self._ends["frames"]] = max(row[self._ends["frames"]], t_us)

    def tables(self) -> Tables:
        """The tables that have rows. A context that is still in force ends, as far as known, with the last row."""
        rows: dict[str, Sequence[Sequence[Any]]] = {
            "events": self.events,
            "redactions": self.redactions,
            "contexts": list(self.contexts.values()),
            "frames": [[*row, self._image(row)] for row in self.frames.values()],
        }
        names = self.columns | {"frames": [*self.columns["frames"], "image"]}
        found = {table: table_of(table, names[table], rows[table]) for table in STORED if rows[table]}
        return close_open_context(found)

    def _image(self, row: list[Any]) -> dict[str, Any] | None:
        picture = self.pictures.get(row[0])
        if picture is None:
            return None
        codec = row[self.columns["frames"].index("codec")]
        return {"bytes": picture, "path": f"{row[0]:08d}.{codec}"}


def bounds(tables: Tables) -> tuple[int, int]:
    """The first and the last microsecond that any row speaks of. At least one table has rows."""
    starts = [pa.compute.min(table["t_us"]).as_py() for table in tables.values()]
    ends = [pa.compute.max(table["t_us"]).as_py() for table in tables.values()]
    ends += [pa.compute.max(t["t_end_us"]).as_py() for t in tables.values() if "t_end_us" in t.column_names]
    return min(starts), max(end for end in ends if end is not None)


def close_open_context(tables: Tables) -> Tables:
    """Give contexts without an end the last microsecond of the segment."""
    contexts = tables.get("contexts")
    if contexts is None or not contexts["t_end_us"].null_count:
        return tables
    index = contexts.schema.get_field_index("t_end_us")
    ends = pa.compute.fill_null(contexts["t_end_us"], bounds(tables)[1])
    return tables | {"contexts": contexts.set_column(index, contexts.schema.field(index), ends)}
