"""A segment on disk: its tables sealed under fresh keys, its files written so that a crash leaves all or nothing."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from recorder.format import parquet
from recorder.format.manifest import FileEntry, Manifest, SegmentEntry, SegmentSecret
from recorder.format.parquet import DEK_BYTES, SegmentName
from recorder.format.seal import Recipient
from recorder.store.home import remove_file, sync_folder, write_private
from recorder.store.manifest_file import MANIFEST as MANIFEST
from recorder.store.manifest_file import SEGMENTS as SEGMENTS
from recorder.store.manifest_file import read_manifest as read_manifest
from recorder.store.manifest_file import write_manifest as write_manifest
from recorder.store.rows import Tables, bounds
from recorder.store.steps import Step, step


class Sealed(NamedTuple):
    """A segment ready to be written. The data keys are inside `entry.sealed` only."""

    entry: SegmentEntry
    files: dict[str, bytes]


def seal(tables: Tables, session_id: str, segment: int, recipient: Recipient, *, revision: int = 0) -> Sealed:
    """Encrypt every table under a fresh key of its own and seal the keys to the session."""
    keys = {table: os.urandom(DEK_BYTES) for table in tables}
    files = {
        file_name(segment, table, revision): parquet.encode(rows, SegmentName(session_id, segment, table), keys[table])
        for table, rows in tables.items()
    }
    secret = SegmentSecret(
        keys=keys, rows=row_counts(tables), apps=apps_in(tables), gaps=gaps_in(tables), frames=frames_in(tables)
    )
    first, last = bounds(tables)
    entry = SegmentEntry(
        segment=segment,
        t_us=first,
        t_end_us=last,
        sealed=secret.seal(recipient, session_id, segment),
        files=tuple(_entry(name, table, files[name]) for name, table in zip(files, tables, strict=True)),
    )
    return Sealed(entry, files)


def file_name(segment: int, table: str, revision: int) -> str:
    """A rewritten segment gets a new name, so that the manifest switches from the old to the new at once."""
    return f"{segment:04d}-{table}.r{revision}.parquet" if revision else f"{segment:04d}-{table}.parquet"


def revision_of(entry: SegmentEntry) -> int:
    """How often a segment was rewritten."""
    parts = [file.name.split(".") for file in entry.files]
    return max((int(part[1][1:]) for part in parts if len(part) == 3), default=0)


def write_files(folder: Path, sealed: Sealed) -> None:
    """Raises: PlatformError when the disk is full; what was there before stays."""
    for name, content in sealed.files.items():
        write_private(folder / SEGMENTS / name, content)
        step(Step.SEGMENT_FILE)


def remove_files(folder: Path, names: Iterable[str]) -> None:
    """Unlink segment files and make that last."""
    for name in names:
        remove_file(folder / SEGMENTS / name)
        step(Step.SEGMENT_UNLINKED)
    sync_folder(folder / SEGMENTS)


def orphans(folder: Path, manifest: Manifest) -> list[str]:
    """Segment files that the manifest does not name: left by a crash in mid-write or mid-delete."""
    named = manifest.file_names
    return sorted(path.name for path in (folder / SEGMENTS).iterdir() if path.name not in named)


def row_counts(tables: Tables) -> dict[str, int]:
    """Rows per table; of frames only those with a picture (the others continue one)."""
    counts = {table: rows.num_rows for table, rows in tables.items()}
    if "frames" in tables:
        counts["frames"] -= tables["frames"]["sha256"].null_count
    return counts


def apps_in(tables: Tables) -> tuple[str, ...]:
    """Rule names of the apps that were in front, got an event, or are known to be visible in a picture."""
    found: set[str | None] = set()
    for table in ("contexts", "events"):
        if table in tables and "app" in tables[table].column_names:
            found.update(pc.unique(tables[table]["app"]).to_pylist())
    if "frames" in tables and "apps" in tables["frames"].column_names:
        found.update(pc.list_flatten(tables["frames"]["apps"]).to_pylist())
    return tuple(sorted(app for app in found if app))


def gaps_in(tables: Tables) -> int:
    events = tables.get("events")
    return 0 if events is None else int(pc.sum(pc.equal(events["kind"], "gap")).as_py() or 0)


def frames_in(tables: Tables) -> tuple[int, int] | None:
    """The smallest and the largest id of the pictures; rows that continue one have none."""
    frames = tables.get("frames")
    if frames is None:
        return None
    edges = pc.min_max(frames["frame_id"].filter(pc.is_valid(frames["sha256"]))).as_py()
    return None if edges["min"] is None else (edges["min"], edges["max"])


def _entry(name: str, table: str, content: bytes) -> FileEntry:
    digest = hashlib.sha256(content).hexdigest()
    return FileEntry(name=name, table=table, size_bytes=len(content), sha256=digest)


def open_source(path: Path) -> pa.NativeFile:
    """Read, never mapped: a file cut short meanwhile must be an error, not a signal. Raises: FileNotFoundError."""
    return pa.OSFile(str(path), "rb")


def write_note(path: Path, note: dict[str, int | list[int]]) -> None:
    """A small file of times and numbers, for what must be finished after a crash."""
    write_private(path, json.dumps(note, sort_keys=True).encode())
