"""Stored tables in, the same tables as they leave out: fewer columns, new numbers, nothing about pauses and deletions.

Rules that must not be weakened:
- A column leaves only if it is named here. A column whose category the consent no longer covers leaves empty.
- Row numbers are dense: a hole in `seq` or `frame_id` would tell how much the person deleted.
- What the person chose not to share is one reason. Pausing, deleting and blocking an app can't be told apart.
- The keys of a text run leave only where the consent covers typing; numbers of runs are dense as well.
- A session id of version 7 contains the clock time; a derived one leaves instead.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recorder.format.schema import arrow_schema, granted_columns
from recorder.model.consent import Category
from recorder.model.redacted import EventKind, GapReason
from recorder.model.session import SessionStart
from recorder.model.tables import KEPT_HOME, KIND_NEEDS

CHOICES = frozenset(
    {
        GapReason.APP_NOT_ALLOWED,
        GapReason.PRIVATE_WINDOW,
        GapReason.SCREEN_LOCKED,
        GapReason.PAUSED,
        GapReason.FORGOTTEN,
        GapReason.CONSENT_ENDED,
        GapReason.CATEGORY_OFF,
    }
)

TENTH_US = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """One session's small tables; `frames` without its pictures."""

    events: pa.Table
    frames: pa.Table
    contexts: pa.Table
    redactions: pa.Table


def leaving(stored: Tables, categories: frozenset[Category]) -> Tables:
    """What of one session leaves under `categories`, still with its stored numbers. Events are put in order."""
    return Tables(
        events=_in_order(_without_choices(_allowed_kinds(_typed(stored.events, categories), categories))),
        frames=_fill(stored.frames, "frames", categories),
        contexts=_fill(stored.contexts, "contexts", categories),
        redactions=_fill(stored.redactions, "redactions", categories),
    )


def frame_numbers(frames: pa.Table) -> dict[int, int]:
    """From a stored frame's number to the one that `renumber` gives it."""
    return {stored: new for new, stored in enumerate(_dense(frames["frame_id"]).to_pylist())}


def renumber(tables: Tables, steps: pa.Table) -> tuple[Tables, pa.Table]:
    """Give events, frames and contexts dense numbers from 0 and move every reference along. A reference to something
    that does not leave becomes null."""
    seq = tables.events["seq"].combine_chunks()  # in order already; a gap without a number gets one by its place
    frame = _dense(tables.frames["frame_id"])
    context = _dense(tables.contexts["context_id"])
    run = _dense(tables.events["run"])
    by_column = {"first_seq": seq, "last_seq": seq, "frame_id": frame, "obs_frame_id": frame, "run": run}
    by_column |= {"next_frame_id": frame, "context_id": context}
    moved = replace(
        tables,
        events=_counted(_moved(tables.events, by_column)),
        frames=_moved(tables.frames, by_column),
        contexts=_moved(tables.contexts, by_column),
        redactions=_moved_targets(tables.redactions, {"frames": frame, "contexts": context, "events": run}),
    )
    return moved, _moved(steps, by_column)


def exported_id(session_id: str) -> str:
    """A session id that says nothing about when: the same for every export of the session, not reversible, because a
    version 7 UUID has 74 random bits. Form: UUID version 8 (RFC 9562, section 5.8)."""
    digest = bytearray(hashlib.sha256(b"recorder exported session id\0" + session_id.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def with_origin(table: pa.Table, start: SessionStart) -> pa.Table:
    """Put the session's exported id first and the consent that covers the rows last, on every row."""
    count = table.num_rows
    table = table.add_column(0, "session_id", pa.repeat(pa.scalar(exported_id(start.session_id)), count))
    table = table.append_column("consent_id", pa.repeat(pa.scalar(start.consent_id), count))
    table = table.append_column("consent_revision", pa.repeat(pa.scalar(start.consent_revision, pa.int32()), count))
    return table.append_column("purpose", pa.repeat(pa.scalar(start.purpose, pa.string()), count))


def columns(name: str, categories: frozenset[Category]) -> list[str]:
    """The columns of a table that may leave under `categories`, pictures aside, in the order of `model/tables.py`."""
    return [column for column in granted_columns(name, categories) if column not in KEPT_HOME]


def _fill(table: pa.Table, name: str, categories: frozenset[Category]) -> pa.Table:
    """Every column of the model: granted and stored ones with their values, the others empty. A table of which nothing
    is granted has no rows."""
    granted = columns(name, categories)
    rows = table.num_rows if granted else 0
    filled = {}
    for field in arrow_schema(name):
        if field.name not in KEPT_HOME:
            known = field.name in granted and field.name in table.column_names
            filled[field.name] = table[field.name].cast(field.type) if known else pa.nulls(rows, field.type)
    return pa.table(filled)


def _typed(stored: pa.Table, categories: frozenset[Category]) -> pa.Table:
    """The events' columns. Keys of text runs leave only where typing does, and no more precise than what else does."""
    events = _fill(stored, "events", categories)
    if "run" not in stored.column_names:
        return events
    keys = pc.and_(pc.is_valid(stored["run"]), pc.equal(stored["kind"], EventKind.KEY.value))
    if Category.KEY_SHAPE not in categories:
        return events.filter(pc.invert(keys))
    if {Category.KEY_TIMING, Category.TEXT_CONTENT} <= categories:
        return events
    coarse = pc.multiply(pc.divide(events["t_us"], TENTH_US), TENTH_US)
    return events.set_column(events.column_names.index("t_us"), "t_us", pc.if_else(keys, coarse, events["t_us"]))


def _allowed_kinds(events: pa.Table, categories: frozenset[Category]) -> pa.Table:
    """Only kinds that the model lists; of those only what the categories cover."""
    allowed = [kind.value for kind, any_of in KIND_NEEDS.items() if not any_of or not categories.isdisjoint(any_of)]
    return events.filter(pc.is_in(events["kind"], value_set=pa.array(allowed, pa.string())))


def _without_choices(events: pa.Table) -> pa.Table:
    """Pauses become gaps, and every gap that the person chose has the same reason."""
    paused = pc.equal(events["kind"], EventKind.PAUSE.value)
    chosen = pc.is_in(events["reason"], value_set=pa.array(sorted(CHOICES), pa.string()))
    reason = pc.if_else(pc.or_(paused, pc.fill_null(chosen, False)), GapReason.NOT_SHARED.value, events["reason"])
    kind = pc.if_else(paused, EventKind.GAP.value, events["kind"])
    events = events.set_column(events.column_names.index("reason"), "reason", reason)
    return events.set_column(events.column_names.index("kind"), "kind", kind)


def _in_order(events: pa.Table) -> pa.Table:
    """By `seq`. A gap that a deletion left has none: it goes behind the last event that began at or before it."""
    seq = events["seq"].to_numpy(zero_copy_only=False).astype(np.float64)
    t_us = events["t_us"].to_numpy(zero_copy_only=False)
    unknown = np.isnan(seq)
    if unknown.any():
        by_time = np.argsort(t_us[~unknown], kind="stable")
        times, latest = t_us[~unknown][by_time], np.maximum.accumulate(seq[~unknown][by_time])
        before = np.searchsorted(times, t_us[unknown], side="right")
        seq[unknown] = np.concatenate(([-1.0], latest))[before] + 0.5
    return events.take(pa.array(np.lexsort((t_us, seq))))


def _dense(column: pa.ChunkedArray) -> pa.Array:
    """The stored numbers in rising order: a number's position is its new number."""
    return pc.unique(column.drop_null()).sort()


def _new_numbers(column: pa.ChunkedArray, known: pa.Array) -> pa.ChunkedArray:
    return pc.cast(pc.index_in(pc.cast(column, known.type), value_set=known, skip_nulls=True), column.type)


def _moved(table: pa.Table, by_column: Mapping[str, pa.Array]) -> pa.Table:
    for index, name in enumerate(table.column_names):
        if name in by_column:
            table = table.set_column(index, name, _new_numbers(table[name], by_column[name]))
    return table


def _counted(events: pa.Table) -> pa.Table:
    numbers = pa.array(np.arange(events.num_rows))
    return events.set_column(events.column_names.index("seq"), "seq", numbers)


def _moved_targets(redactions: pa.Table, by_target: Mapping[str, pa.Array]) -> pa.Table:
    """`ref_id` counts in whichever table `target` names."""
    moved = pa.nulls(redactions.num_rows, redactions["ref_id"].type)
    for target, known in by_target.items():
        numbers = _new_numbers(redactions["ref_id"], known)
        moved = pc.if_else(pc.equal(redactions["target"], target), numbers, moved)
    return redactions.set_column(redactions.column_names.index("ref_id"), "ref_id", moved)
