"""What a deletion takes out of a segment's tables. Pure: tables in, tables and counts out.

A range is half-open, [start, end), in microseconds since the session's start. A picture goes when the screen looked
like it at any moment of the range, whenever it was taken; so does a text run that reaches into it, with all its rows.
Gaps and pauses hold nothing, so one that reaches over an edge is shortened; one that reaches over both stays. Likewise
contexts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recorder.model.redacted import EventKind, GapReason
from recorder.model.tables import STORED
from recorder.store.numbers import Numbers
from recorder.store.rows import Tables
from recorder.store.taken import EMPTY_KINDS, Cut, ForgottenGap, Range, merge

Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.int64]
COLUMNS_OF_RUNS = ["seq", "t_us", "t_end_us", "kind", "run", "context_id", "app"]
# What a cut looks at and changes, per table: all that has to be read to know what it takes.
COLUMNS = {
    "events": [*COLUMNS_OF_RUNS, "reason"],
    "frames": ["frame_id", "t_us", "t_end_us", "context_id", "sha256"],
    "contexts": ["context_id", "t_us", "t_end_us"],
    "redactions": ["t_us", "target", "ref_id"],
}


class Result(NamedTuple):
    """What is left, how many rows went per table, and per event kind; `first_seq` of the events that went. `touched`:
    something went, if only a row that continued a picture of another segment (which is counted there)."""

    touched: bool
    tables: Tables
    gone: Counter[str]
    kinds: Counter[str]
    first_seq: int | None
    spans: tuple[Range, ...]  # of events that went by seq


def apply(cut: Cut, tables: Tables) -> Result:
    """Take out what `cut` names. Where nothing was found the tables are the ones given."""
    if "events" in tables:
        cut = replace(cut, runs=Numbers.union([cut.runs, runs_of(cut, tables["events"])]))
    return _applied(cut, tables, {table: mask_of(cut, table, rows) for table, rows in tables.items()})


def apply_each(
    cut: Cut, several: Sequence[Tables], kept: Mapping[str, Sequence[str]] | None = None
) -> Iterator[Result]:
    """The same for the tables of some segments, which are looked at together: it takes a third of the time. `cut.runs`
    has to be whole. `kept`: of what is left only these columns."""
    masks: list[dict[str, Mask]] = [{} for _ in several]
    for table in STORED:
        having = [at for at, tables in enumerate(several) if table in tables]
        parts = [several[at][table] for at in having]
        if parts:
            mask = mask_of(cut, table, pa.concat_tables(parts, promote_options="default"))
            ends = np.cumsum([part.num_rows for part in parts])
            for at, one in zip(having, np.split(mask, ends[:-1]), strict=True):
                masks[at][table] = one
    for tables, own in zip(several, masks, strict=True):
        yield _applied(cut, tables if kept is None else _narrow(tables, kept), own)


def _narrow(tables: Tables, kept: Mapping[str, Sequence[str]]) -> Tables:
    return {table: rows.select([c for c in kept[table] if c in rows.column_names]) for table, rows in tables.items()}


def _applied(cut: Cut, tables: Tables, masks: dict[str, Mask]) -> Result:
    found = {table: _finds(table, tables[table], mask) for table, mask in masks.items()}
    if not any(mask.any() for mask in found.values()):
        return Result(False, tables, Counter(), Counter(), None, ())
    gone = Counter({table: count for table, mask in found.items() if (count := _counted(table, tables[table], mask))})
    left = {table: _without(cut, table, rows, masks[table]) for table, rows in tables.items()}
    lost = tables["events"].filter(pa.array(masks["events"])) if "events" in tables else None
    kept = {table: rows for table, rows in left.items() if rows.num_rows}
    if lost is None or not lost.num_rows:
        return Result(True, kept, gone, Counter(), None, ())
    kinds = Counter(lost["kind"].to_pylist())
    spans = tuple(zip(_times(lost, "t_us").tolist(), _ends(lost).tolist(), strict=True)) if cut.seqs else ()
    return Result(True, kept, gone, kinds, pc.min(lost["seq"]).as_py(), spans)


def mask_of(cut: Cut, table: str, rows: pa.Table) -> Mask:
    """Which rows of a table go. `rows` needs `COLUMNS`, as far as they were granted."""
    return _MASKS[table](cut, rows)


def left_of(cut: Cut, table: str, rows: pa.Table) -> pa.Table:
    """One table of a segment of which something goes, without that. `cut.runs` has to be whole."""
    return _without(cut, table, rows, mask_of(cut, table, rows))


def runs_of(cut: Cut, events: pa.Table) -> frozenset[int]:
    """The text runs of which some row goes. `events` needs `COLUMNS_OF_RUNS`, as far as they were granted."""
    if "run" not in events.column_names:
        return frozenset()
    typed = events.filter(pc.is_valid(events["run"]))
    return frozenset(typed["run"].filter(pa.array(_event_mask(cut, typed))).to_pylist())


def with_gaps(tables: Tables, gaps: Iterable[ForgottenGap], schema: pa.Schema) -> Tables:
    """Add the rows that say where something was deleted. `schema`: of the events table, when there is none left."""
    rows = [gap_row(gap, schema.names) for gap in gaps if not _has(tables, gap)]
    if not rows:
        return tables
    added = pa.Table.from_pylist(rows, schema=schema)
    events = pa.concat_tables([tables["events"], added]) if "events" in tables else added
    return tables | {"events": events.sort_by("seq").combine_chunks()}


def _has(tables: Tables, gap: ForgottenGap) -> bool:
    """Whether the gap is there already: a deletion that a crash cut short is done again."""
    if "events" not in tables:
        return False
    rows = tables["events"]
    same = _one_of(rows, "reason", [GapReason.FORGOTTEN]) & (_times(rows, "t_us") == gap.span[0])
    return bool((same & (_ends(rows) == gap.span[1])).any())


def gap_row(gap: ForgottenGap, names: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(names)
    return row | {
        "seq": gap.seq,
        "t_us": gap.span[0],
        "t_end_us": gap.span[1],
        "kind": EventKind.GAP.value,
        "reason": GapReason.FORGOTTEN.value,
        "channel": gap.channel.value,
    }


def _without(cut: Cut, table: str, rows: pa.Table, mask: Mask) -> pa.Table:
    left = rows.filter(pa.array(~mask))
    if table in _SHORTENED:
        left = _shorten(cut, left)
    return _unbound(cut, left) if table in _BOUND else left


def _times(rows: pa.Table, name: str) -> Times:
    found: Times = rows[name].to_numpy().astype(np.int64)
    return found


def _ends(rows: pa.Table) -> Times:
    found: Times = pc.coalesce(rows["t_end_us"], rows["t_us"]).to_numpy().astype(np.int64)
    return found


def _one_of(rows: pa.Table, name: str, wanted: Iterable[Any]) -> Mask:
    column = rows[name]
    found: Mask = pc.is_in(column, value_set=pa.array(list(wanted), column.type)).to_numpy().astype(np.bool_)
    return found


def _numbered(rows: pa.Table, name: str, wanted: Set[int]) -> Mask:
    """As `_one_of`, for numbers. None is none of them."""
    if not wanted:
        return np.zeros(rows.num_rows, np.bool_)
    edges = np.frombuffer(Numbers.of(wanted).edges, np.int64)
    values = rows[name].to_numpy()  # with a null in it: floats, and NaN lies behind every edge
    place = np.searchsorted(edges, values, side="right")
    found: Mask = (place % 2 == 1) | (edges[place - 1] == values)
    return found


def _reaches_into(start: Times, end: Times, ranges: Iterable[Range]) -> Mask:
    edges = np.array(merge(ranges), np.int64).reshape(-1, 2)
    if not len(edges):
        return np.zeros(len(start), np.bool_)
    at = np.searchsorted(edges[:, 1], start, side="right")  # the first range that is not over when it begins
    found: Mask = (at < len(edges)) & (edges[np.minimum(at, len(edges) - 1), 0] <= end)
    return found


def _lies_in(start: Times, end: Times, ranges: Iterable[Range]) -> Mask:
    mask = np.zeros(len(start), np.bool_)
    for first, last in ranges:
        mask |= (start >= first) & (start < last) & (end <= last)
    return mask


def _event_mask(cut: Cut, rows: pa.Table) -> Mask:
    start, end = _times(rows, "t_us"), _ends(rows)
    empty = _one_of(rows, "kind", EMPTY_KINDS)
    mask = np.where(empty, _lies_in(start, end, cut.ranges), _reaches_into(start, end, cut.ranges))
    mask |= _numbered(rows, "seq", cut.events)
    if cut.runs and "run" in rows.column_names:
        mask |= _numbered(rows, "run", cut.runs)
    unclaimed = ~empty & _nobodys(rows) & _reaches_into(start, end, cut.unclaimed)
    seqs = pc.fill_null(rows["seq"], -1).to_numpy()
    for first, last in cut.seqs:
        mask |= (seqs >= first) & (seqs <= last)
    return np.asarray(mask | unclaimed, np.bool_)


def _nobodys(rows: pa.Table) -> Mask:
    names = [name for name in ("context_id", "app") if name in rows.column_names]
    found: Mask = np.logical_and.reduce([rows[name].is_null().to_numpy() for name in names])
    return found


def _frame_mask(cut: Cut, rows: pa.Table) -> Mask:
    reaches = _reaches_into(_times(rows, "t_us"), _ends(rows), cut.ranges)
    return reaches | _numbered(rows, "frame_id", cut.frames)


def _context_mask(cut: Cut, rows: pa.Table) -> Mask:
    return _lies_in(_times(rows, "t_us"), _ends(rows), cut.ranges) | _numbered(rows, "context_id", cut.contexts)


def _redaction_mask(cut: Cut, rows: pa.Table) -> Mask:
    start = _times(rows, "t_us")
    mask = _reaches_into(start, start, cut.ranges)
    for target, ids in (("frames", cut.frames), ("contexts", cut.contexts), ("events", cut.runs)):
        mask |= _one_of(rows, "target", [target]) & _numbered(rows, "ref_id", ids)
    return mask


def _finds(table: str, rows: pa.Table, mask: Mask) -> Mask:
    """Without the gaps that an earlier deletion left: those are no find."""
    return mask & ~_one_of(rows, "reason", [GapReason.FORGOTTEN]) if table == "events" else mask


def _counted(table: str, rows: pa.Table, mask: Mask) -> int:
    """Of frames, pictures are counted, not the rows that continue them."""
    if table == "frames":
        mask = mask & rows["sha256"].is_valid().to_numpy()
    return int(np.count_nonzero(mask))


def _shorten(cut: Cut, rows: pa.Table) -> pa.Table:
    """Take the ranges off the ends of gaps, pauses and contexts that reach into them from one side."""
    if not cut.ranges:
        return rows
    start, end = _times(rows, "t_us").copy(), _ends(rows).copy()
    spans = _one_of(rows, "kind", EMPTY_KINDS) if "kind" in rows.column_names else np.ones(len(start), np.bool_)
    before = (start, end)
    for first, last in cut.ranges:
        tail = spans & (start < first) & (end > first) & (end <= last)
        head = spans & (start >= first) & (start < last) & (end > last)
        start, end = np.where(head, last, start), np.where(tail, first, end)
    changed = (start != before[0]) | (end != before[1])
    if not changed.any():
        return rows
    given = rows["t_end_us"]
    ends = pc.if_else(pa.array(changed), pa.array(end), given.combine_chunks())
    rows = rows.set_column(rows.schema.get_field_index("t_us"), rows.schema.field("t_us"), pa.array(start))
    return rows.set_column(rows.schema.get_field_index("t_end_us"), rows.schema.field("t_end_us"), ends)


def _unbound(cut: Cut, rows: pa.Table) -> pa.Table:
    """Take the reference to a context that goes from what stays."""
    index = rows.schema.get_field_index("context_id")
    if not cut.contexts or index < 0:
        return rows
    found = pa.array(_numbered(rows, "context_id", cut.contexts))
    column = pc.if_else(found, pa.scalar(None, rows.schema.field(index).type), rows["context_id"].combine_chunks())
    return rows.set_column(index, rows.schema.field(index), column)


_MASKS = {"events": _event_mask, "frames": _frame_mask, "contexts": _context_mask, "redactions": _redaction_mask}
_SHORTENED = {"events", "contexts"}
_BOUND = {"events", "frames"}
