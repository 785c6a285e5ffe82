"""Rewriting one session without some of its rows: which segments, what is left of each, and the switch to new files.

Planning reads numbers and times, never a picture; what it finds is also what the view of a staged deletion is made of.
Rewriting holds one segment at a time.
"""

import base64
import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice

import pyarrow as pa
import pyarrow.compute as pc

from recorder.errors import DamagedError
from recorder.format.manifest import Manifest, SegmentEntry, SegmentSecret, seal_json
from recorder.format.parquet import SegmentName
from recorder.format.schema import arrow_schema
from recorder.format.seal import Recipient
from recorder.model.redacted import Channel, GapReason
from recorder.store import cut, keys, painting, seen, segment, showing, theirs
from recorder.store.books import after_deletion, kind_counts
from recorder.store.brushed import Notes
from recorder.store.chosen import Chosen, Stretch
from recorder.store.cut import COLUMNS_OF_RUNS, Result, apply, apply_each, runs_of, with_gaps
from recorder.store.home import remove_file
from recorder.store.lock import keys_lock
from recorder.store.numbers import Numbers
from recorder.store.overlay import Left
from recorder.store.rows import Tables
from recorder.store.sealed_json import closed, end_fields, start_fields
from recorder.store.seen import Seen
from recorder.store.session import SessionReader
from recorder.store.steps import Step, step
from recorder.store.taken import Cut, ForgottenGap, Range, merge
from recorder.store.vault import UnlockedVault

# All that planning reads of a session: choosing, cutting, and what is left.
PLANNED = {
    table: list(dict.fromkeys([*names, *theirs.COLUMNS, "app", "apps", *(["screen"] if table == "frames" else [])]))
    for table, names in cut.COLUMNS.items()
}
_BRUSHED = {table: list(dict.fromkeys([*names, *painting.COLUMNS[table]])) for table, names in PLANNED.items()}
# What is counted of the rows that stay.
_COUNTED = {
    "events": ["seq", "t_us", "t_end_us", "kind", "reason", "app"],
    "frames": ["t_us", "sha256", "apps"],
    "contexts": ["t_us", "t_end_us", "app"],
    "redactions": ["t_us"],
}
_PICTURES = ["frame_id", "sha256"]
_TOGETHER = 60  # segments, of which the numbers are in memory at once


@dataclass(slots=True)
class Changes:
    """What becomes of a session. `left`: per touched segment what its rows come to; `gaps`: the rows that say so;
    `stretches`: the same for the whole session; `notes`: the rows about what is brushed. `task`: the session does
    not say any more what it was for. `counts` is empty when nothing was found."""

    cut: Cut
    left: dict[int, Left] = field(default_factory=dict)
    gaps: dict[int, tuple[ForgottenGap, ...]] = field(default_factory=dict)
    notes: dict[int, Notes] = field(default_factory=dict)
    stretches: tuple[Stretch, ...] = ()
    old_entries: list[SegmentEntry] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    task: bool = False

    @property
    def old_bytes(self) -> int:
        return sum(file.size_bytes for entry in self.old_entries for file in entry.files)


def plan(reader: SessionReader, chosen: Chosen) -> Changes:
    """Find out what a cut takes, segment by segment. Raises: DamagedError when what has to be read does not verify."""
    changes = Changes(_with_whole_runs(reader, chosen.cut), task=chosen.task and reader.start.task is not None)
    spans: list[Range] = []
    first_seqs: dict[int, int | None] = {}
    there: set[tuple[int, Range]] = set()
    for entry, result in _results(reader, changes.cut):
        notes = painting.notes_of(changes.cut.brushed, result.tables)
        if result.touched or notes:
            changes.left[entry.segment] = showing.what_is_left(result.tables).with_notes(len(notes))
            changes.notes |= {entry.segment: notes} if notes else {}
            changes.old_entries.append(entry)
            changes.counts.update(result.gone)
            changes.kinds.update(kind_counts(result.kinds, result.gone["frames"]))
            spans += result.spans
            first_seqs[entry.segment] = result.first_seq
            there.update((entry.segment, span) for span in _forgotten(result.tables))
    changes.counts.update(painting.counts(chain.from_iterable(changes.notes.values())))
    if changes.task:
        changes.counts["tasks"] = 1
    if changes.counts and changes.left:
        changes.counts.update({"segments": len(changes.old_entries), "size_bytes": changes.old_bytes})
        changes.stretches = chosen.gaps or tuple(Stretch(span, Channel.ALL) for span in merge(spans))
        _place_gaps(changes, first_seqs, there)
    return changes


def _results(reader: SessionReader, wanted: Cut) -> Iterator[tuple[SegmentEntry, Result]]:
    columns, kept = (_BRUSHED, None) if wanted.brushed else (PLANNED, _COUNTED)
    entries = iter([entry for entry in reader.manifest.segments if _may_touch(wanted, entry)])
    while some := list(islice(entries, _TOGETHER)):
        tables = [reader.tables_of(entry, columns) for entry in some]
        yield from zip(some, apply_each(wanted, tables, kept), strict=True)


def check_old(reader: SessionReader, changes: Changes) -> None:
    """Every file that is to be rewritten is as it was written: nothing may turn out damaged half-way.

    Raises: DamagedError naming the first that is not.
    """
    for entry in changes.old_entries:
        for file in entry.files:
            if reader.sha256_of(entry, file) != file.sha256:
                raise DamagedError(f"{SegmentName(reader.session_id, entry.segment, file.table)} does not verify")


def act(reader: SessionReader, changes: Changes, unlocked: UnlockedVault) -> None:
    """Write the new files, switch to a manifest under a new session identity, destroy the old key, unlink."""
    with keys_lock(reader.folder.parent.parent, shared=True):
        made = keys.make(reader.folder, unlocked.recipient)
    recipient = made.identity.recipient
    entries = [_carried(reader, entry, recipient, changes) for entry in reader.manifest.segments]
    manifest = _manifest(reader, made.key_id, recipient, tuple(e for e in entries if e is not None), changes)
    step(Step.DELETE_REWRITTEN)
    segment.write_manifest(reader.folder, manifest)
    step(Step.DELETE_SWITCHED)
    remove_file(reader.folder / "keys" / f"{reader.manifest.key_id}.json")
    step(Step.DELETE_KEY)
    remove_file(reader.folder / "review.json")
    _carry_seen(reader, unlocked)
    segment.remove_files(reader.folder, segment.orphans(reader.folder, manifest))
    step(Step.DELETE_UNLINKED)


def _carry_seen(reader: SessionReader, unlocked: UnlockedVault) -> None:
    """What was looked at, as far as it is still there, under the new identity. `reader`: of what there was."""
    looked = reader.seen()
    seen.discard(reader.folder)
    if looked:
        with suppress(DamagedError):  # a deletion does not fail over this; then nothing counts as looked at
            now = SessionReader(reader.folder.parent.parent, reader.session_id, unlocked, staged=False)
            seen.save(now.folder, now.identity.recipient, unlocked, looked & _numbers(now))


def _numbers(reader: SessionReader) -> Seen:
    """Every picture and event that can be read."""
    rows = (part.filter(pc.is_valid(part["sha256"])) for part in reader.segments("frames", _PICTURES, damaged=[]))
    frames = Numbers(number for part in rows for number in part["frame_id"].to_pylist())
    seqs = (part["seq"].drop_null().to_pylist() for part in reader.segments("events", ["seq"], damaged=[]))
    return Seen(frames, Numbers(chain.from_iterable(seqs)))


def _with_whole_runs(reader: SessionReader, wanted: Cut) -> Cut:
    """A text run goes whole, though its rows may be in several segments: its placeholder is older than the rest."""
    if wanted == Cut(brushed=wanted.brushed):
        return wanted
    parts, runs = reader.segments("events", COLUMNS_OF_RUNS), wanted.runs
    while some := list(islice(parts, _TOGETHER)):
        runs = Numbers.union([runs, runs_of(wanted, pa.concat_tables(some, promote_options="default"))])
    return dataclasses.replace(wanted, runs=runs)


def _forgotten(tables: Tables) -> Iterable[Range]:
    """The gap rows of earlier deletions."""
    if "events" not in tables:
        return []
    events = tables["events"].select(["t_us", "t_end_us", "reason"])
    rows = events.filter(pc.equal(events["reason"], GapReason.FORGOTTEN.value)).to_pylist()
    return [(row["t_us"], row["t_end_us"]) for row in rows]


def _carried(reader: SessionReader, entry: SegmentEntry, recipient: Recipient, changes: Changes) -> SegmentEntry | None:
    """A survivor: untouched files keep their bytes and data keys, only the seal on those keys is new."""
    if entry.segment not in changes.left:
        secret: SegmentSecret = reader.secret(entry)
        sealed = secret.seal(recipient, reader.session_id, entry.segment)
        return dataclasses.replace(entry, sealed=sealed)
    tables = _left(reader, entry, changes)
    if not tables:
        return None
    revision = segment.revision_of(entry) + 1
    made = segment.seal(tables, reader.session_id, entry.segment, recipient, revision=revision)
    segment.write_files(reader.folder, made)
    return made.entry


def _left(reader: SessionReader, entry: SegmentEntry, changes: Changes) -> Tables:
    tables = apply(changes.cut, reader.tables_of(entry)).tables
    schema = tables["events"].schema if "events" in tables else arrow_schema("events", reader.empty_columns("events"))
    tables = with_gaps(tables, changes.gaps.get(entry.segment, ()), schema)
    redactions = arrow_schema("redactions", reader.empty_columns("redactions"))
    return painting.painted(changes.cut.brushed, changes.notes.get(entry.segment, ()), tables, redactions)


def _manifest(
    reader: SessionReader,
    key_id: str,
    recipient: Recipient,
    entries: tuple[SegmentEntry, ...],
    changes: Changes,
) -> Manifest:
    told = dataclasses.replace(reader.start, task=None) if changes.task else reader.start
    start = seal_json(start_fields(told), recipient, f"start|{reader.session_id}")
    public = base64.b64encode(recipient.public).decode()
    manifest = dataclasses.replace(
        reader.manifest, key_id=key_id, public=public, start=start, end=None, segments=entries
    )
    fields = reader.end_fields()
    if fields is None:
        return manifest
    books = after_deletion(reader.counters, changes.kinds)
    return closed(manifest, end_fields(books, fields["duration_us"], recovered=fields["recovered"]))


def _may_touch(wanted: Cut, entry: SegmentEntry) -> bool:
    """Ranges alone leave most segments unread; ids and numbers can be anywhere."""
    if wanted.frames or wanted.contexts or wanted.events or wanted.seqs or wanted.runs:
        return True
    ranges = [*wanted.ranges, *(one.span for one in wanted.brushed)]
    return any(entry.t_us < last and entry.t_end_us >= first for first, last in ranges)


def _place_gaps(changes: Changes, first: dict[int, int | None], there: set[tuple[int, Range]]) -> None:
    """Each gap row goes into the last touched segment that begins before it (else the first touched)."""
    starts = {entry.segment: entry.t_us for entry in changes.old_entries}
    placed: dict[int, list[ForgottenGap]] = {}
    for span, channel in changes.stretches:
        before = [number for number, t_us in starts.items() if t_us <= span[0]]
        number = max(before) if before else min(starts)
        gap = ForgottenGap(span, channel, first.pop(number, None))
        if (number, span) not in there:
            placed.setdefault(number, []).append(gap)
    changes.gaps = {number: tuple(gaps) for number, gaps in placed.items()}
    changes.left |= {number: changes.left[number].with_gaps(len(gaps)) for number, gaps in placed.items()}
