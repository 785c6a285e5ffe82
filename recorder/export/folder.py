"""Approved sessions in, one plain folder out: written beside its place and renamed when it is whole."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from recorder import __version__
from recorder.errors import PlatformError, PolicyError
from recorder.export import allowed
from recorder.export.card import card
from recorder.export.leaving import exported_id
from recorder.export.picture import draw
from recorder.export.place import Entry, Folder, Nowhere, Place
from recorder.export.reader import Reader
from recorder.export.report import Report
from recorder.export.session_files import SessionFiles, schemas
from recorder.model.consent import Category, ConsentGrant
from recorder.model.session import ReviewedSession
from recorder.store.folders import everything_in
from recorder.store.outside import check_new_folder
from recorder.store.steps import Step, step
from recorder.store.unfinished import partial_of, remove_abandoned

# 1980-01-01, the earliest time that every archive format can hold: a file's time would say when it was exported.
FIXED_TIME_S = 315_532_800
_PICTURES = re.compile(r"-frames-[^/]*$")  # the files that are as large as all others together, a thousand times

Progress = Callable[[str, int, int], None]  # session id, pictures done, pictures in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written. `manifest_sha256` names this very export: the manifest has the hash of every other file."""

    path: Path
    sessions: int
    rows: Mapping[str, int]
    size_bytes: int
    manifest_sha256: str


def write(
    grant: ConsentGrant,
    reviewed: Sequence[ReviewedSession],
    readers: Mapping[str, Reader],
    out: Path,
    *,
    blocked: frozenset[str] = frozenset(),
    progress: Progress = lambda session_id, done, total: None,
    as_shown: str | None = None,
) -> Exported:
    """Write the approved sessions to the new folder `out`, 0700 with files 0600. `readers` by session id;
    `blocked`: rule names of apps that the grant blocks by another identity; `as_shown`: the manifest's SHA-256 (hex)
    that `measure` told, where a person was shown what would leave.

    Raises: PolicyError when a session is not exactly as it was approved, or when what was written is not what was
    shown; NoConsentError; UsageError when `out` holds something; PlatformError when it can't be written. Whatever is
    raised, `out` is as it was before.
    """
    check_new_folder(out)
    pairs = sorted(((item, readers[item.session_id]) for item in reviewed), key=lambda pair: _public_id(pair[1]))
    for item, reader in pairs:
        allowed.check_approved(item, reader)
        allowed.check_consent(reader.start, _apps(reader), grant, blocked)
    remove_abandoned(out)
    partial = partial_of(out)
    try:
        partial.mkdir(mode=0o700)
        step(Step.EXPORT_FOLDER)
        (partial / "data").mkdir(mode=0o700)
        exported = _Export(Folder(partial), grant, [reader for _, reader in pairs]).write(progress)
        _refuse_unless_shown(exported["manifest_sha256"], as_shown)
        for item, reader in pairs:  # nothing may have changed while it was read
            allowed.check_approved(item, reader)
        _put_in_place(partial, out)
    except OSError as failure:
        raise PlatformError(f"{out} can't be written: {failure.strerror}", hint="is the disk full?") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Exported(path=out, **exported)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What an export would be, to the byte, though nothing was written: `files` with path, sha256 and size_bytes, by
    path; `place` holds those that can be shown."""

    sessions: int
    rows: Mapping[str, int]
    size_bytes: int
    manifest_sha256: str
    files: Sequence[Entry]
    place: Nowhere


def measure(
    grant: ConsentGrant,
    readers: Sequence[Reader],
    *,
    blocked: frozenset[str] = frozenset(),
    progress: Progress = lambda session_id, done, total: None,
) -> Measured:
    """What `write` would write of these sessions as they are now, approved or not: by the same code, in memory, with
    every picture encoded. Raises: NoConsentError; DamagedError; whatever `progress` raises to end it."""
    ordered = sorted(readers, key=_public_id)
    for reader in ordered:
        allowed.check_consent(reader.start, _apps(reader), grant, blocked)
    place = Nowhere(lambda path: not _PICTURES.search(path))
    told = _Export(place, grant, ordered).write(progress)
    return Measured(files=place.entries(), place=place, **told)


@dataclass(slots=True)
class _Export:
    """An export while it is being written."""

    place: Place
    grant: ConsentGrant
    readers: Sequence[Reader]
    rows: dict[str, int] = field(default_factory=dict)
    report: Report = field(default_factory=Report)

    def write(self, progress: Progress) -> dict[str, Any]:
        covered = [allowed.granted(reader.start, self.grant) for reader in self.readers]
        schema = schemas(frozenset[Category]().union(*covered))
        for reader, categories in zip(self.readers, covered, strict=True):
            self._write_session(reader, categories, schema, progress)
        self._put("README.md", self._card().encode())
        self._put("redaction-report.json", as_text(self.report.as_json()))
        self._put("redaction-report.png", draw(self.report))
        listed = self.place.entries()
        manifest = as_text(self._manifest(listed))
        self._put("export-manifest.json", manifest)
        step(Step.EXPORT_MANIFEST)
        size_bytes = sum(entry["size_bytes"] for entry in listed) + len(manifest)
        found = {"sessions": len(self.readers), "rows": dict(self.rows), "size_bytes": size_bytes}
        return found | {"manifest_sha256": hashlib.sha256(manifest).hexdigest()}

    def _write_session(
        self, reader: Reader, categories: frozenset[Category], schema: Mapping[str, pa.Schema], progress: Progress
    ) -> None:
        def pictures(done: int, total: int) -> None:
            progress(reader.start.session_id, done, total)

        for name, count in SessionFiles(self.place, reader, categories, schema).write(self.report, pictures).items():
            self.rows[name] = self.rows.get(name, 0) + count

    def _card(self) -> str:
        purposes = sorted({reader.start.purpose for reader in self.readers if reader.start.purpose})
        return card(self.rows, purposes, sorted({reader.start.consent_id for reader in self.readers}))

    def _manifest(self, files: Sequence[Entry]) -> dict[str, Any]:
        sessions = [
            {
                "session_id": _public_id(reader),
                "consent_id": reader.start.consent_id,
                "consent_revision": reader.start.consent_revision,
                "purpose": reader.start.purpose,
                "categories": sorted(allowed.granted(reader.start, self.grant)),
            }
            for reader in self.readers
        ]
        made_by = {"format": "recorder-export/1", "recorder_version": __version__}
        return made_by | {"sessions": sessions, "rows": dict(sorted(self.rows.items())), "files": list(files)}

    def _put(self, name: str, content: bytes) -> None:
        with self.place.create(name) as file:
            file.write(content)
            self.place.close(file)
        step(Step.EXPORT_FILE)


def as_text(value: Any) -> bytes:
    """JSON as it lies in an export: sorted keys, ASCII, ends with a newline."""
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()


def _refuse_unless_shown(manifest_sha256: str, as_shown: str | None) -> None:
    if as_shown is not None and manifest_sha256 != as_shown:
        raise PolicyError(
            "what would leave is not what you were shown: it changed since", hint="look at the preview again"
        )


def _public_id(reader: Reader) -> str:
    return exported_id(reader.start.session_id)


def _apps(reader: Reader) -> frozenset[str]:
    """Every app that the session names: in front, or visible in a picture."""
    contexts = reader.table("contexts", ["app"])
    in_front = set(contexts["app"].to_pylist()) if "app" in contexts.column_names else set()
    frames = reader.table("frames", ["apps"])
    visible = (
        {app for row in frames["apps"].to_pylist() for app in row or ()} if "apps" in frames.column_names else set()
    )
    return frozenset((in_front | visible) - {None})


def _put_in_place(partial: Path, out: Path) -> None:
    """Fix all times, then one rename. An empty folder that lies there is replaced."""
    for path in (*everything_in(partial), partial):
        os.utime(path, (FIXED_TIME_S, FIXED_TIME_S))
    step(Step.EXPORT_TIMES)
    if out.is_dir():
        out.rmdir()
    partial.rename(out)
    step(Step.EXPORT_RENAMED)
    handle = os.open(out.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    step(Step.EXPORT_DONE)
