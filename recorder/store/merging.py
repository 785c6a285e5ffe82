"""A table of a whole session from its segments': what was carried over from one to the next is one row again."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc


def _merge_frames(rows: pa.Table) -> pa.Table:
    """Rows without a picture (no hash) give their end to the frame that they continue, and go."""
    whole = rows.filter(pc.is_valid(rows["sha256"]))
    ends = rows.group_by("frame_id").aggregate([("t_end_us", "max")])
    last = dict(zip(ends["frame_id"].to_pylist(), ends["t_end_us_max"].to_pylist(), strict=True))
    return _with_times(whole, [last[one] for one in whole["frame_id"].to_pylist()]).sort_by(
        [("screen", "ascending"), ("t_us", "ascending")]
    )


def _merge_contexts(rows: pa.Table) -> pa.Table:
    """One row a context: its first, with its last end."""
    rows = rows.sort_by([("context_id", "ascending"), ("t_us", "ascending")])
    ids = rows["context_id"].to_pylist()
    last: dict[int, int] = {}
    for one, end in zip(ids, rows["t_end_us"].to_pylist(), strict=True):
        last[one] = max(end, last.get(one, end))
    firsts = [n == 0 or ids[n - 1] != one for n, one in enumerate(ids)]
    rows = rows.filter(pa.array(firsts, pa.bool_()))
    return _with_times(rows, [last[one] for one in rows["context_id"].to_pylist()])


def _with_times(rows: pa.Table, ends: list[int]) -> pa.Table:
    index = rows.schema.get_field_index("t_end_us")
    return rows.set_column(index, rows.schema.field(index), pa.array(ends, pa.int64()))


def _is_in_order(numbers: pa.ChunkedArray) -> bool:
    """Segments mostly are: sorting would make one more copy of all rows."""
    return not numbers.null_count and bool(pc.all(pc.greater(numbers[1:], numbers[:-1]), min_count=0).as_py())


MERGE_COLUMNS = {
    "frames": ["frame_id", "t_us", "t_end_us", "screen", "sha256"],
    "contexts": ["context_id", "t_us", "t_end_us"],
    "redactions": ["t_us"],
}
MERGES: dict[str, Callable[[pa.Table], pa.Table]] = {
    "events": lambda rows: rows if _is_in_order(rows["seq"]) else rows.sort_by("seq"),
    "frames": _merge_frames,
    "contexts": _merge_contexts,
    "redactions": lambda rows: rows,
}
