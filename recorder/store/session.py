"""Sessions as their owner reads them, row by row. Decrypts in memory only.

What is staged for deletion is left out of every read: what is shown, searched, approved and exported is what will be
left. Where it can't be told what is staged, nothing is read at all.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from PIL import Image

from recorder.errors import DamagedError, UsageError
from recorder.format import image, parquet
from recorder.format.manifest import FileEntry, SegmentEntry
from recorder.format.names import SegmentName
from recorder.format.schema import arrow_schema, granted_columns
from recorder.model.consent import Category
from recorder.model.tables import STORED
from recorder.store import showing
from recorder.store.listing import SessionSummary as SessionSummary
from recorder.store.listing import list_sessions as list_sessions
from recorder.store.listing import shown_ids as shown_ids
from recorder.store.manifest_file import SEGMENTS
from recorder.store.merging import MERGE_COLUMNS, MERGES
from recorder.store.opened import STAGED as STAGED
from recorder.store.opened import OpenSession
from recorder.store.pictures import Pictures
from recorder.store.segment import open_source
from recorder.store.staged_file import Staged
from recorder.store.vault import UnlockedVault

Damage = list[DamagedError]


def new_session_id(now_us: int) -> str:
    """UUIDv7 (RFC 9562, section 5.7) for a Unix time in microseconds: ids sort by time."""
    value = (now_us // 1000) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    digits = f"{value:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


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


class SessionReader(OpenSession):
    """One session with its rows. Every read verifies what it reads; a table is read column by column."""

    def __init__(self, home: Path, session_id: str, unlocked: UnlockedVault, *, staged: Staged | bool = True) -> None:
        """As `OpenSession`."""
        super().__init__(home, session_id, unlocked, staged=staged)
        self._held_columns: Mapping[str, dict[str, None]] = {}  # sets that keep their order
        self._held: dict[str, pa.Table] = {}
        self._pictures = Pictures(self.manifest.segments, self._overlay)

    # Rows

    def table(self, name: str, columns: Sequence[str] | None = None, *, damaged: Damage | None = None) -> pa.Table:
        """Rows of the whole session: events by seq, frames and contexts with their continuations merged.

        `columns` that no segment has (their category was not granted) are left out. Damaged segments raise
        DamagedError, or with `damaged` are added to that list and left out.
        """
        keys = MERGE_COLUMNS.get(name, ["seq"])
        wanted = None if columns is None else list(dict.fromkeys([*columns, *keys]))
        parts = list(self.segments(name, wanted, damaged=damaged))
        if not parts:
            return arrow_schema(name, self.empty_columns(name, columns)).empty_table()
        rows = MERGES[name](pa.concat_tables(parts, promote_options="default"))
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
        needed = showing.needed(name, columns)
        files = [file for file in entry.files if file.table == name]
        parts = [part for file in files for part in self._read(entry, file, needed, damaged)]
        if files and not parts:
            return
        granted = arrow_schema(name, self.empty_columns(name))
        shown = showing.shown(self._overlay, name, entry.segment, parts[0] if parts else None, columns, granted)
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
        return image.decode(self.encoded(frame_id))

    def pixels(self, frame_id: int) -> npt.NDArray[np.uint8]:
        """The same as (height, width, 3) uint8: half the time. Raises: as `frame`."""
        return image.pixels(self.encoded(frame_id))

    def encoded(self, frame_id: int) -> bytes:
        """The same as it is stored: QOI, WebP or PNG. Raises: as `frame`."""
        found = self._pictures.encoded(frame_id, self)
        if found is None:
            raise UsageError(f"session {self.session_id} has no frame {frame_id}")
        return found

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

    def tables_of(self, entry: SegmentEntry, columns: Mapping[str, Sequence[str]] | None = None) -> dict[str, pa.Table]:
        """All tables of one segment as stored, or of each these columns. Raises: DamagedError."""
        wanted = columns or {}
        return {f.table: part for f in entry.files for part in self._read(entry, f, wanted.get(f.table), None)}

    def hold(self, columns: Mapping[str, Sequence[str]]) -> None:
        """From now on read these columns of a file once, and hold them: for a plan that looks at the same numbers again
        and again. Opening a file takes longer than reading its numbers."""
        self._held_columns, self._held = {table: dict.fromkeys(names) for table, names in columns.items()}, {}

    def _held_part(self, entry: SegmentEntry, file: FileEntry, columns: Sequence[str] | None) -> pa.Table | None:
        """None for columns that are not held. Raises: DamagedError."""
        held = self._held_columns.get(file.table)
        if columns is None or held is None or not held.keys() >= set(columns):
            return None
        if file.name not in self._held:
            opened, name = self.open_table(entry, file)
            self._held[file.name] = parquet.read(opened, name, list(held))
        part = self._held[file.name]
        return part.select([name for name in part.column_names if name in columns])

    def open_table(self, entry: SegmentEntry, file: FileEntry) -> tuple[Any, SegmentName]:
        """One table of a segment, its footer verified. Raises: DamagedError."""
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
                opened, name = self.open_table(entry, file)
                part = parquet.read(opened, name, columns)
        except DamagedError as error:
            if damaged is None:
                raise
            damaged.append(error)
        else:
            yield part

    def frame_bounds(self, entry: SegmentEntry) -> tuple[int, int] | None:
        """The smallest and the largest id of the pictures in a segment. Raises: DamagedError."""
        return self.secret(entry).frames

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
