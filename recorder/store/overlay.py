"""What staged deletions hide of one session: rows as they are stored in, the rows that a deletion would leave out.

Pure: tables in, tables out. It is the cut that the deletion will make, so what is shown is what will be left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from recorder.store import cut
from recorder.store.cut import Cut, ForgottenGap, with_gaps
from recorder.store.rows import Tables
from recorder.store.segment import apps_in, gaps_in, row_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What the rows of a touched segment come to, as its secret says it of what is stored."""

    rows: Mapping[str, int]
    apps: tuple[str, ...]
    gaps: int

    @classmethod
    def of(cls, tables: Tables) -> "Left":
        return cls(rows=row_counts(tables), apps=apps_in(tables), gaps=gaps_in(tables))

    def with_gaps(self, count: int) -> "Left":
        return replace(self, rows={**self.rows, "events": self.rows.get("events", 0) + count}, gaps=self.gaps + count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Of one session. `whole`: all of it is hidden; `task`: what it was for is. `left`: the segments of which something
    is. `mark` stands for all of this in what is approved."""

    whole: bool = False
    cut: Cut = field(default_factory=Cut)
    left: Mapping[int, Left] = field(default_factory=dict)
    gaps: Mapping[int, tuple[ForgottenGap, ...]] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    mark: str = ""
    task: bool = False

    def needed(self, table: str, columns: Sequence[str] | None) -> list[str] | None:
        """The columns that have to be read to show these."""
        return None if columns is None else list(dict.fromkeys([*columns, *cut.COLUMNS[table]]))

    def shown(
        self, table: str, number: int, rows: pa.Table | None, columns: Sequence[str] | None, granted: pa.Schema
    ) -> pa.Table | None:
        """What is left of a table of a touched segment; None when that is nothing. `rows`: None when the segment has no
        such table. `granted`: the columns of gap rows where no other row is left."""
        left = granted.empty_table() if rows is None else cut.left_of(self.cut, table, rows)
        tables = {table: left} if left.num_rows else {}
        if table == "events":
            tables = with_gaps(tables, self.gaps.get(number, ()), left.schema if tables else granted)
        found = tables.get(table)
        if found is None or columns is None:
            return found
        return found.select([name for name in columns if name in found.column_names])

    def hidden_frames(self, rows: pa.Table) -> frozenset[int]:
        """`rows`: some of the frames table, with the columns of `cut.COLUMNS`."""
        mask = cut.mask_of(self.cut, "frames", rows)
        return frozenset(rows["frame_id"].filter(pa.array(mask)).to_pylist())
