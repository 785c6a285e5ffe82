"""Rows as they are stored in, the rows that a staged deletion leaves out of view out.

Pure: tables in, tables out. It is the cut that the deletion will make, so what is shown is what will be left.
"""

from collections.abc import Sequence

import pyarrow as pa

from recorder.store import cut, painting
from recorder.store.brushed import boxes_of
from recorder.store.overlay import Left, Overlay
from recorder.store.rows import Tables
from recorder.store.segment import apps_in, gaps_in, row_counts


def what_is_left(tables: Tables) -> Left:
    """What these tables of a segment come to."""
    return Left(rows=row_counts(tables), apps=apps_in(tables), gaps=gaps_in(tables))


def needed(table: str, columns: Sequence[str] | None) -> list[str] | None:
    """The columns that have to be read to show these."""
    return None if columns is None else list(dict.fromkeys([*columns, *cut.COLUMNS[table], *painting.SHOWN[table]]))


def shown(
    overlay: Overlay,
    table: str,
    number: int,
    rows: pa.Table | None,
    columns: Sequence[str] | None,
    granted: pa.Schema,
) -> pa.Table | None:
    """What is left of a table of a touched segment; None when that is nothing. `rows`: None when the segment has no
    such table. `granted`: the columns of gap rows where no other row is left."""
    left = granted.empty_table() if rows is None else cut.left_of(overlay.cut, table, rows)
    left = painting.left_of(overlay.cut.brushed, overlay.notes.get(number, ()), table, left)
    tables = {table: left} if left.num_rows else {}
    if table == "events":
        tables = cut.with_gaps(tables, overlay.gaps.get(number, ()), left.schema if tables else granted)
    found = tables.get(table)
    if found is None or columns is None:
        return found
    return found.select([name for name in columns if name in found.column_names])


def filled(overlay: Overlay, number: int, frame_id: int, picture: bytes) -> bytes:
    """An encoded picture of a touched segment as it is shown. Raises: DamagedError."""
    boxes = boxes_of(overlay.notes.get(number, ())).get(frame_id)
    return painting.refill(picture, boxes).data if boxes else picture


def hidden_frames(overlay: Overlay, rows: pa.Table) -> frozenset[int]:
    """`rows`: some of the frames table, with the columns of `cut.COLUMNS`."""
    mask = cut.mask_of(overlay.cut, "frames", rows)
    return frozenset(rows["frame_id"].filter(pa.array(mask)).to_pylist())
