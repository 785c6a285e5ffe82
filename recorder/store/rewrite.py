"""Rewriting one session without some of its rows: which rows, which segments, and the switch from old to new."""

import base64
import dataclasses
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa

from recorder.format.manifest import Manifest, SegmentEntry, SegmentSecret, seal_json
from recorder.format.schema import arrow_schema
from recorder.format.seal import Recipient
from recorder.model.redacted import Channel
from recorder.store import keys, segment, theirs
from recorder.store.cut import (
    COLUMNS_OF_RUNS,
    EMPTY_KINDS,
    Cut,
    ForgottenGap,
    Range,
    apply,
    merge,
    runs_of,
    with_gaps,
)
from recorder.store.home import remove_file
from recorder.store.lock import keys_lock
from recorder.store.rowmaker import after_deletion, kind_counts
from recorder.store.rows import Tables
from recorder.store.sealed_json import end_fields, start_fields
from recorder.store.session import SessionReader
from recorder.store.steps import Step, step
from recorder.store.vault import UnlockedVault


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A deletion resolved for one session: the cut, and the stretches that get a gap row each."""

    cut: Cut
    gaps: tuple[Range, ...]
    channel: Channel


@dataclass(slots=True)
class Changes:
    """What becomes of a session: per touched segment its old entry and the tables that are left of it."""

    left: dict[int, Tables]
    old_entries: list[SegmentEntry]
    counts: Counter[str]
    kinds: Counter[str]

    @property
    def old_bytes(self) -> int:
        return sum(file.size_bytes for entry in self.old_entries for file in entry.files)


def covers(span: Range, reader: SessionReader) -> bool:
    """Whether a range takes the whole session: then not even a gap is left of it."""
    return span[0] <= 0 and span[1] > reader.duration_us


def resolve(
    reader: SessionReader,
    *,
    span: Range | None,
    app: str | None,
    frame_ids: tuple[int, ...],
    seqs: Range | None,
) -> Chosen:
    """Raises: DamagedError when something that has to be read for it does not verify."""
    if span is not None:
        inside = (max(span[0], 0), min(span[1], reader.duration_us + 1))
        cut = Cut(ranges=(inside,), frames=_frames_in(reader, inside))
        return Chosen(cut=cut, gaps=(inside,), channel=Channel.ALL)
    if app is not None:
        return _app(reader, app)
    if seqs is not None:
        return Chosen(cut=Cut(seqs=(seqs,)), gaps=(), channel=Channel.ALL)
    frames = _frame_spans(reader)
    gaps = merge(frames[one] for one in frame_ids if one in frames)
    return Chosen(cut=Cut(frames=frozenset(frame_ids)), gaps=gaps, channel=Channel.FRAMES)


def plan(reader: SessionReader, chosen: Chosen) -> Changes:
    """Cut every segment in memory. `counts` is empty when nothing was found."""
    changes = Changes({}, [], Counter(), Counter())
    chosen = _with_whole_runs(reader, chosen)
    spans: list[Range] = []
    first_seqs: dict[int, int | None] = {}
    for entry in reader.manifest.segments:
        if not _may_touch(chosen.cut, entry):
            continue
        result = apply(chosen.cut, reader.tables_of(entry))
        if result.touched:
            changes.left[entry.segment] = result.tables
            changes.old_entries.append(entry)
            changes.counts.update(result.gone)
            changes.kinds.update(kind_counts(result.kinds, result.gone["frames"]))
            spans += result.spans
            first_seqs[entry.segment] = result.first_seq
    if changes.counts:
        changes.counts.update({"segments": len(changes.old_entries), "size_bytes": changes.old_bytes})
        _place_gaps(reader, changes, chosen, chosen.gaps or merge(spans), first_seqs)
    return changes


def _with_whole_runs(reader: SessionReader, chosen: Chosen) -> Chosen:
    """A text run goes whole, though its rows may be in several segments: its placeholder is older than the rest."""
    parts = reader.segments("events", COLUMNS_OF_RUNS)
    runs = frozenset[int]().union(*(runs_of(chosen.cut, part) for part in parts))
    return dataclasses.replace(chosen, cut=dataclasses.replace(chosen.cut, runs=runs))


def act(reader: SessionReader, changes: Changes, unlocked: UnlockedVault) -> None:
    """Write the new files, switch to a manifest under a new session identity, destroy the old key, unlink."""
    with keys_lock(reader.folder.parent.parent, shared=True):
        made = keys.make(reader.folder, unlocked.recipient)
    recipient = made.identity.recipient
    entries = [_carried(reader, entry, recipient, changes) for entry in reader.manifest.segments]
    manifest = _manifest(reader, made.key_id, recipient, tuple(e for e in entries if e is not None), changes.kinds)
    step(Step.DELETE_REWRITTEN)
    segment.write_manifest(reader.folder, manifest)
    step(Step.DELETE_SWITCHED)
    remove_file(reader.folder / "keys" / f"{reader.manifest.key_id}.json")
    step(Step.DELETE_KEY)
    remove_file(reader.folder / "review.json")
    segment.remove_files(reader.folder, segment.orphans(reader.folder, manifest))
    step(Step.DELETE_UNLINKED)


def _carried(reader: SessionReader, entry: SegmentEntry, recipient: Recipient, changes: Changes) -> SegmentEntry | None:
    """A survivor: untouched files keep their bytes and data keys, only the seal on those keys is new."""
    if entry.segment not in changes.left:
        secret: SegmentSecret = reader.secret(entry)
        sealed = secret.seal(recipient, reader.session_id, entry.segment)
        return dataclasses.replace(entry, sealed=sealed)
    tables = changes.left[entry.segment]
    if not tables:
        return None
    revision = segment.revision_of(entry) + 1
    made = segment.seal(tables, reader.session_id, entry.segment, recipient, revision=revision)
    segment.write_files(reader.folder, made)
    return made.entry


def _manifest(
    reader: SessionReader,
    key_id: str,
    recipient: Recipient,
    entries: tuple[SegmentEntry, ...],
    kinds: Counter[str],
) -> Manifest:
    start = seal_json(start_fields(reader.start), recipient, f"start|{reader.session_id}")
    fields = reader.end_fields()
    end = None
    if fields is not None:
        books = after_deletion(reader.counters, kinds)
        fields = end_fields(books, fields["duration_us"], recovered=fields["recovered"])
        end = seal_json(fields, recipient, f"end|{reader.session_id}")
    public = base64.b64encode(recipient.public).decode()
    return dataclasses.replace(reader.manifest, key_id=key_id, public=public, start=start, end=end, segments=entries)


def names_apps(reader: SessionReader) -> bool:
    """Whether all that the session holds may say which app it is of, so that one app's part can be told apart. False
    where the consent had no names in it, from the start or from some moment on."""
    named = (("events", ["kind", "app"]), ("contexts", ["app"]), ("frames", ["frame_id", "apps"]))
    return all(
        columns[-1] in part.column_names or not _content(part)
        for name, columns in named
        for part in reader.segments(name, ["t_us", *columns])
    )


def _content(part: pa.Table) -> int:
    """How many rows hold something."""
    if "kind" not in part.column_names:
        return int(part.num_rows)
    return sum(kind not in EMPTY_KINDS for kind in part["kind"].to_pylist())


def _app(reader: SessionReader, app: str) -> Chosen:
    if app not in reader.apps:
        return Chosen(cut=Cut(), gaps=(), channel=Channel.ALL)
    rows = reader.table("contexts", ["context_id", "t_us", "t_end_us", "app"]).to_pylist()
    mine = frozenset(row["context_id"] for row in rows if row.get("app") == app)
    # A context lasts until the next one, though its own rows may have ended with an earlier segment.
    ends = [max(row["t_end_us"] + 1, after["t_us"]) for row, after in pairwise([*rows, *rows[-1:]])]
    front = [(row["t_us"], end) for row, end in zip(rows, ends, strict=True) if row["context_id"] in mine]
    events, beside = theirs.events_of(reader.table("events", theirs.COLUMNS), app, mine)
    frames = _frames_showing(reader, app)
    cut = Cut(frames=frames, contexts=mine, events=events, unclaimed=merge(front))
    gaps = merge([*front, *beside])
    if gaps:
        return Chosen(cut=cut, gaps=gaps, channel=Channel.ALL)
    spans_of = _frame_spans(reader)
    return Chosen(cut=cut, gaps=merge(spans_of[one] for one in frames), channel=Channel.FRAMES)


def _frames_showing(reader: SessionReader, app: str) -> frozenset[int]:
    """Pictures that show the app, and those of which nobody knows what they show."""
    frames = reader.table("frames", ["frame_id", "apps"])
    if "apps" not in frames.column_names:
        return frozenset(frames["frame_id"].to_pylist())
    return frozenset(row["frame_id"] for row in frames.to_pylist() if row["apps"] is None or app in row["apps"])


def _frame_spans(reader: SessionReader) -> dict[int, Range]:
    frames = reader.table("frames", ["frame_id", "t_us", "t_end_us"]).to_pylist()
    return {row["frame_id"]: (row["t_us"], row["t_end_us"] + 1) for row in frames}


def _frames_in(reader: SessionReader, span: Range) -> frozenset[int]:
    """Pictures that were on the screen in the range, in whichever segment they are."""
    spans = _frame_spans(reader)
    return frozenset(one for one, seen in spans.items() if seen[0] < span[1] and seen[1] > span[0])


def _may_touch(cut: Cut, entry: SegmentEntry) -> bool:
    """Ranges alone leave most segments unread; ids and numbers can be anywhere."""
    if cut.frames or cut.contexts or cut.events or cut.seqs or cut.runs:
        return True
    return any(entry.t_us < last and entry.t_end_us >= first for first, last in cut.ranges)


def _place_gaps(
    reader: SessionReader, changes: Changes, chosen: Chosen, gaps: tuple[Range, ...], first: dict[int, int | None]
) -> None:
    """Each gap row goes into the last touched segment that begins before it (else the first touched)."""
    granted = _event_schema(reader)
    starts = {entry.segment: entry.t_us for entry in changes.old_entries}
    for span in gaps:
        before = [number for number, t_us in starts.items() if t_us <= span[0]]
        number = max(before) if before else min(starts)
        gap = ForgottenGap(span, chosen.channel, first.pop(number, None))
        tables = changes.left[number]
        schema = tables["events"].schema if "events" in tables else granted
        changes.left[number] = with_gaps(tables, [gap], schema)


def _event_schema(reader: SessionReader) -> pa.Schema:
    """The columns that gap rows need whatever was granted."""
    return arrow_schema("events", reader.empty_columns("events"))
