"""Sessions as their owner reads them: listed without a key, opened with the vault. Decrypts in memory only.

What is staged for deletion is left out of every read: what is shown, searched, approved and exported is what will be
left. Where it can't be told what is staged, nothing is read at all.
"""

import dataclasses
import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from recorder.errors import DamagedError, RecorderError, UsageError
from recorder.format import image, parquet
from recorder.format.manifest import FileEntry, Manifest, SegmentEntry, SegmentSecret, Stage, open_json
from recorder.format.parquet import SegmentName
from recorder.format.schema import arrow_schema, granted_columns
from recorder.model.consent import Category
from recorder.model.redacted import Tally
from recorder.model.session import SessionStart, SessionState
from recorder.model.tables import STORED
from recorder.store import approval, cut, seen, staged_file
from recorder.store.home import session_folder, session_ids
from recorder.store.keys import open_identity
from recorder.store.overlay import Left
from recorder.store.rowmaker import after_deletion
from recorder.store.sealed_json import is_as_closed, parse_counters, parse_start
from recorder.store.seen import Seen
from recorder.store.segment import MANIFEST, SEGMENTS, open_source, read_manifest
from recorder.store.staged_file import Staged
from recorder.store.vault import UnlockedVault

Damage = list[DamagedError]


def new_session_id(now_us: int) -> str:
    """UUIDv7 (RFC 9562, section 5.7) for a Unix time in microseconds: ids sort by time."""
    value = (now_us // 1000) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    digits = f"{value:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """One line of `recorder list`. What is sealed is None without the vault; `damaged` says what does not verify."""

    session_id: str
    started_at_us: int | None = None
    duration_us: int | None = None
    size_bytes: int = 0
    recording: bool = False
    task: str | None = None
    study_id: str | None = None
    apps: tuple[str, ...] | None = None
    events: int | None = None
    frames: int | None = None
    gaps: int | None = None
    state: SessionState = SessionState.UNREVIEWED
    staged: bool = False  # a part of it is staged for deletion, and is not counted here
    damaged: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFrame:
    """One frame row with its encoded picture. `row`: every other column."""

    frame_id: int
    t_us: int
    t_end_us: int
    screen: int
    row: dict[str, Any]
    encoded: bytes

    def image(self) -> Image.Image:
        """Mode RGB. Raises: DamagedError."""
        return image.decode(self.encoded)


def list_sessions(home: Path, unlocked: UnlockedVault | None) -> list[SessionSummary]:
    """All sessions, oldest first, but those that are staged for deletion whole: without `unlocked` nobody knows which.
    A damaged one is listed as such and hides none of the others.

    Raises: DamagedError when it can't be told what is staged.
    """
    if unlocked is None:
        return [_summary(home, session_id, None, None) for session_id in session_ids(home)]
    staged = staged_file.load(home, unlocked)
    shown = (session_id for session_id in session_ids(home) if not staged.overlay(session_id).whole)
    return [_summary(home, session_id, unlocked, staged) for session_id in shown]


def shown_ids(home: Path, unlocked: UnlockedVault) -> list[str]:
    """Sessions that are not staged for deletion whole, oldest first. Raises: DamagedError."""
    staged = staged_file.load(home, unlocked)
    return [session_id for session_id in session_ids(home) if not staged.overlay(session_id).whole]


def _summary(home: Path, session_id: str, unlocked: UnlockedVault | None, staged: Staged | None) -> SessionSummary:
    try:
        manifest = read_manifest(session_folder(home, session_id))
        if unlocked is None or staged is None:
            return SessionSummary(session_id=session_id, **_clear_fields(manifest))
        reader = SessionReader(home, session_id, unlocked, staged=staged)
        return SessionSummary(session_id=session_id, **_clear_fields(manifest), **_sealed_fields(reader))
    except RecorderError as error:
        return SessionSummary(session_id=session_id, damaged=error.message)


def _clear_fields(manifest: Manifest) -> dict[str, Any]:
    end = manifest.ended_at_us
    return {
        "started_at_us": manifest.started_at_us,
        "duration_us": None if end is None else end - manifest.started_at_us,
        "size_bytes": manifest.size_bytes,
        "recording": manifest.stage is Stage.RECORDING,
    }


def _sealed_fields(reader: "SessionReader") -> dict[str, Any]:
    return {
        "task": reader.start.task,
        "study_id": reader.start.study_id,
        "apps": reader.apps,
        "events": reader.count("events"),
        "frames": reader.count("frames"),
        "gaps": reader.gaps,
        "state": reader.state,
        "staged": reader.hidden,
    }


class SessionReader:
    """One session, opened. Every read verifies what it reads; a table is read column by column."""

    def __init__(self, home: Path, session_id: str, unlocked: UnlockedVault, *, staged: Staged | bool = True) -> None:
        """`staged` False: the raw view, as if nothing were staged, for deletion itself and for nothing else.
        A `Staged`: what `staged_file.load` has just said.

        Raises: UsageError when there is no such session, or all of it is staged for deletion; DamagedError when its
        manifest or key does not open, or when it can't be told what is staged.
        """
        self._home, self._unlocked = home, unlocked
        self.folder = self.folder_of(home, session_id)
        self.session_id = session_id
        self._raw = staged is False
        known = staged if isinstance(staged, Staged) else self._staged_now()
        self._overlay = known.overlay(session_id)
        if self._overlay.whole:
            raise UsageError(
                f"session {session_id} is staged for deletion", hint="recorder delete --undo brings it back"
            )
        self.manifest = read_manifest(self.folder)
        self.identity = open_identity(self.folder, self.manifest.key_id, unlocked)
        try:
            self.start: SessionStart = parse_start(open_json(self.manifest.start, self.identity, f"start|{session_id}"))
        except DamagedError:
            raise DamagedError(f"session {session_id}: its start does not open") from None
        if self._overlay.task:
            self.start = dataclasses.replace(self.start, task=None)
        self._secrets: dict[int, SegmentSecret] = {}
        self._held_columns: Mapping[str, Sequence[str]] = {}
        self._held: dict[str, pa.Table] = {}
        self._check_closed()

    def _check_closed(self) -> None:
        """Raises: DamagedError when the manifest is not as it was when the session was closed."""
        fields = self.end_fields()
        whole = self.recording if fields is None else is_as_closed(self.manifest, fields)
        if not whole:
            raise DamagedError(f"session {self.session_id}: its manifest was changed after the session was closed")

    @staticmethod
    def folder_of(home: Path, session_id: str) -> Path:
        """Raises: UsageError when there is no such session."""
        folder = session_folder(home, session_id)
        if not folder.is_dir():
            raise UsageError(f"there is no session {session_id}", hint="`recorder list` shows them")
        return folder

    # What is known without reading rows

    @property
    def recording(self) -> bool:
        return self.manifest.stage is Stage.RECORDING

    def end_fields(self) -> dict[str, Any] | None:
        """What was sealed at the end; None while recording or before recovery. Raises: DamagedError."""
        if self.manifest.end is None:
            return None
        try:
            fields: dict[str, Any] = open_json(self.manifest.end, self.identity, f"end|{self.session_id}")
        except DamagedError:
            raise DamagedError(f"session {self.session_id}: its books do not open") from None
        return fields

    @property
    def counters(self) -> dict[str, Tally]:
        """The books; empty when the recorder died before it could close them."""
        fields = self.end_fields()
        return {} if fields is None else after_deletion(parse_counters(fields), self._overlay.kinds)

    @property
    def recovered(self) -> bool:
        fields = self.end_fields()
        return fields is not None and bool(fields["recovered"])

    @property
    def duration_us(self) -> int:
        """To the end, or to the last row of a session that has none."""
        if self.manifest.ended_at_us is not None:
            return self.manifest.ended_at_us - self.manifest.started_at_us
        return max((entry.t_end_us for entry in self.manifest.segments), default=0)

    @property
    def apps(self) -> tuple[str, ...]:
        """Rule names, as far as their keys open."""
        return tuple(sorted({app for part in self._readable() for app in part.apps}))

    @property
    def gaps(self) -> int:
        return sum(part.gaps for part in self._readable())

    def count(self, table: str) -> int:
        """Rows by the segments' own word (frames: pictures; contexts: one for each segment they reach into)."""
        return sum(part.rows.get(table, 0) for part in self._readable())

    @property
    def hidden(self) -> bool:
        """Whether a part of it is staged for deletion."""
        return bool(self._overlay.mark)

    @property
    def state(self) -> SessionState:
        """By the stored decision, if it is about exactly the files that the manifest names, and what of them is
        shown."""
        recorded = {file.name: file.sha256 for entry in self.manifest.segments for file in entry.files}
        with suppress(DamagedError):
            recorded[MANIFEST] = self._manifest_sha256()
        found = approval.state(self._home, self._unlocked, self.session_id, recorded | _mark(self._overlay.mark))
        return SessionState.PARTLY if found is SessionState.UNREVIEWED and self.seen() else found

    def seen(self) -> Seen:
        """What of it its owner has looked at, as far as that is known; it may name what is staged for deletion."""
        return seen.load(self.folder, self.identity, self._unlocked)

    def files(self) -> dict[str, str]:
        """SHA-256 (hex) of the bytes as they are now of each segment file, and of the manifest: it carries the sealed
        task, purpose and consent. Under `staged` what stands for all that is staged of the session at this moment.

        Raises: DamagedError for a file that is gone, and for another manifest than was read.
        """
        found = {file.name: self.sha256_of(entry, file) for entry in self.manifest.segments for file in entry.files}
        found[MANIFEST] = self._manifest_sha256()
        return found | _mark(self._staged_now().overlay(self.session_id).mark)

    def _manifest_sha256(self) -> str:
        if read_manifest(self.folder) != self.manifest:
            raise DamagedError(f"session {self.session_id}: its manifest changed while it was read")
        return hashlib.sha256((self.folder / MANIFEST).read_bytes()).hexdigest()

    # Rows

    def table(self, name: str, columns: Sequence[str] | None = None, *, damaged: Damage | None = None) -> pa.Table:
        """Rows of the whole session: events by seq, frames and contexts with their continuations merged.

        `columns` that no segment has (their category was not granted) are left out. Damaged segments raise
        DamagedError, or with `damaged` are added to that list and left out.
        """
        keys = _MERGE_COLUMNS.get(name, ["seq"])
        wanted = None if columns is None else list(dict.fromkeys([*columns, *keys]))
        parts = list(self.segments(name, wanted, damaged=damaged))
        if not parts:
            return arrow_schema(name, self.empty_columns(name, columns)).empty_table()
        rows = _MERGES[name](pa.concat_tables(parts, promote_options="default"))
        return rows if columns is None else rows.select([c for c in columns if c in rows.column_names])

    def segments(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        *,
        damaged: Damage | None = None,
        among: Sequence[SegmentEntry] | None = None,
    ) -> Iterator[pa.Table]:
        """The table segment by segment, as stored: nothing merged. `among`: only of these, which the manifest names."""
        if name not in STORED:
            raise UsageError(f"there is no table {name}")
        for entry in self.manifest.segments if among is None else among:
            if entry.segment in self._overlay.left:
                yield from self._left(entry, name, columns, damaged)
                continue
            for file in entry.files:
                if file.table == name:
                    yield from self._read(entry, file, columns, damaged)

    def _left(
        self, entry: SegmentEntry, name: str, columns: Sequence[str] | None, damaged: Damage | None
    ) -> Iterator[pa.Table]:
        """What is left of a table when what is staged has gone. A damaged file gives nothing, not even a gap."""
        needed = self._overlay.needed(name, columns)
        files = [file for file in entry.files if file.table == name]
        parts = [part for file in files for part in self._read(entry, file, needed, damaged)]
        if files and not parts:
            return
        granted = arrow_schema(name, self.empty_columns(name))
        shown = self._overlay.shown(name, entry.segment, parts[0] if parts else None, columns, granted)
        if shown is not None:
            yield shown

    def frames(self, *, damaged: Damage | None = None) -> Iterator[StoredFrame]:
        """Frames with their pictures, screen by screen in time; one segment's pictures in memory at a time."""
        ends = self._frame_ends(damaged)
        for rows in self.segments("frames", damaged=damaged):
            for group in rows.to_batches(max_chunksize=parquet.FRAMES_PER_PAGE):
                yield from (_stored(row, ends) for row in group.to_pylist() if row["image"] is not None)

    def frame(self, frame_id: int) -> Image.Image:
        """One picture. Raises: UsageError when it is not (or no more) there, DamagedError."""
        for entry in self.manifest.segments:
            for file in entry.files:
                found = self._find_frame(entry, file, frame_id) if file.table == "frames" else None
                if found is not None:
                    return image.decode(found)
        raise UsageError(f"session {self.session_id} has no frame {frame_id}")

    def check(self) -> Damage:
        """Read everything there is, staged or not; what does not verify, one error a file."""
        found: Damage = []
        for entry in self.manifest.segments:
            for file in entry.files:
                for _ in self._read(entry, file, None, found):
                    pass
        for entry in self.manifest.segments:
            for file in entry.files:
                self._note(found, entry, file)
        return list({error.message: error for error in found}.values())

    def secret(self, entry: SegmentEntry) -> SegmentSecret:
        """Raises: DamagedError."""
        if entry.segment not in self._secrets:
            self._secrets[entry.segment] = SegmentSecret.open(
                entry.sealed, self.identity, self.session_id, entry.segment
            )
        return self._secrets[entry.segment]

    def tables_of(self, entry: SegmentEntry, columns: Mapping[str, Sequence[str]] | None = None) -> dict[str, pa.Table]:
        """All tables of one segment as stored, or of each these columns. Raises: DamagedError."""
        wanted = columns or {}
        return {f.table: part for f in entry.files for part in self._read(entry, f, wanted.get(f.table), None)}

    def hold(self, columns: Mapping[str, Sequence[str]]) -> None:
        """From now on read these columns of a file once, and hold them: for a plan that looks at the same numbers again
        and again. Opening a file takes longer than reading its numbers."""
        self._held_columns, self._held = columns, {}

    def _held_part(self, entry: SegmentEntry, file: FileEntry, columns: Sequence[str] | None) -> pa.Table | None:
        """None for columns that are not held. Raises: DamagedError."""
        held = self._held_columns.get(file.table, ())
        if columns is None or not set(columns) <= set(held):
            return None
        if file.name not in self._held:
            opened, name = self._open(entry, file)
            self._held[file.name] = parquet.read(opened, name, held)
        part = self._held[file.name]
        return part.select([name for name in part.column_names if name in columns])

    def _staged_now(self) -> Staged:
        return Staged() if self._raw else staged_file.load(self._home, self._unlocked)

    def _readable(self) -> Iterator[SegmentSecret | Left]:
        """What each segment says of itself, or what it will say."""
        for entry in self.manifest.segments:
            try:
                yield self._overlay.left.get(entry.segment) or self.secret(entry)
            except DamagedError:
                continue

    def _open(self, entry: SegmentEntry, file: FileEntry) -> tuple[Any, SegmentName]:
        name = SegmentName(self.session_id, entry.segment, file.table)
        key = self.secret(entry).keys.get(file.table)
        path = self.folder / SEGMENTS / file.name
        if key is None or not path.is_file() or path.is_symlink():
            raise DamagedError(f"{name} is gone")
        return parquet.open_file(open_source(path), name, key), name

    def _read(
        self, entry: SegmentEntry, file: FileEntry, columns: Sequence[str] | None, damaged: Damage | None
    ) -> Iterator[pa.Table]:
        try:
            part = self._held_part(entry, file, columns)
            if part is None:
                opened, name = self._open(entry, file)
                part = parquet.read(opened, name, columns)
        except DamagedError as error:
            if damaged is None:
                raise
            damaged.append(error)
        else:
            yield part

    def _find_frame(self, entry: SegmentEntry, file: FileEntry, frame_id: int) -> bytes | None:
        opened, name = self._open(entry, file)
        staged = entry.segment in self._overlay.left
        for group in range(opened.num_row_groups):
            rows = parquet.read(opened, name, cut.COLUMNS["frames"] if staged else ["frame_id"], [group])
            ids = rows["frame_id"].to_pylist()
            if staged and frame_id in self._overlay.hidden_frames(rows):
                return None
            if frame_id in ids:
                picture = parquet.read(opened, name, ["image"], [group])["image"][ids.index(frame_id)].as_py()
                if picture is not None:
                    return bytes(picture["bytes"])
        return None

    def _frame_ends(self, damaged: Damage | None) -> dict[int, int]:
        rows = self.table("frames", ["frame_id", "t_end_us"], damaged=[] if damaged is not None else None)
        return dict(zip(rows["frame_id"].to_pylist(), rows["t_end_us"].to_pylist(), strict=True))

    def empty_columns(self, name: str, columns: Sequence[str] | None = None) -> list[str]:
        """What the session's categories allow of a table, for when it has no rows."""
        granted = granted_columns(name, frozenset(Category(one) for one in self.start.categories))
        return [column for column in granted if columns is None or column in columns]

    def _note(self, found: Damage, entry: SegmentEntry, file: FileEntry) -> None:
        name = SegmentName(self.session_id, entry.segment, file.table)
        try:
            if self.sha256_of(entry, file) != file.sha256:
                found.append(DamagedError(f"{name} does not verify"))
        except DamagedError as error:
            found.append(error)

    def sha256_of(self, entry: SegmentEntry, file: FileEntry) -> str:
        """Hex, of a segment file's bytes as they are now. Raises: DamagedError when it is gone."""
        try:
            with (self.folder / SEGMENTS / file.name).open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError:
            raise DamagedError(f"{SegmentName(self.session_id, entry.segment, file.table)} is gone") from None


def _mark(mark: str) -> dict[str, str]:
    return {"staged": mark} if mark else {}


def _stored(row: dict[str, Any], ends: dict[int, int]) -> StoredFrame:
    picture = row.pop("image")
    end = ends.get(row["frame_id"], row["t_end_us"])
    return StoredFrame(
        frame_id=row["frame_id"],
        t_us=row["t_us"],
        t_end_us=end,
        screen=row["screen"],
        row=row | {"t_end_us": end},
        encoded=picture["bytes"],
    )


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


_MERGE_COLUMNS = {
    "frames": ["frame_id", "t_us", "t_end_us", "screen", "sha256"],
    "contexts": ["context_id", "t_us", "t_end_us"],
    "redactions": ["t_us"],
}
_MERGES: dict[str, Callable[[pa.Table], pa.Table]] = {
    "events": lambda rows: rows if _is_in_order(rows["seq"]) else rows.sort_by("seq"),
    "frames": _merge_frames,
    "contexts": _merge_contexts,
    "redactions": lambda rows: rows,
}
