"""A dead recorder's journal becomes a sealed segment, and its session is closed. At most the last second is lost."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recorder.errors import DamagedError
from recorder.format import journal as journal_format
from recorder.format.manifest import Manifest, Stage
from recorder.format.schema import arrow_schema
from recorder.model.redacted import Channel
from recorder.store import cut, segment
from recorder.store.folders import listed
from recorder.store.home import ensure, remove_all_temporaries, remove_file, session_ids, sync_folder
from recorder.store.journal import JOURNAL, open_key
from recorder.store.keys import open_identity
from recorder.store.lock import session_lock
from recorder.store.past import INTENT, Doomed, parse_intent
from recorder.store.rotate import remove_session
from recorder.store.rows import SegmentRows, Tables
from recorder.store.sealed_json import closed, end_fields
from recorder.store.steps import Step, step
from recorder.store.taken import ForgottenGap
from recorder.store.vault import UnlockedVault


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What became of one session whose recorder died. `until_us`: the last row, since the session's start;
    `lost_bytes`: journal bytes after the last whole record; `problem`: why it could not be recovered."""

    session_id: str
    events: int = 0
    frames: int = 0
    until_us: int = 0
    lost_bytes: int = 0
    problem: str | None = None


def recover(home: Path, unlocked: UnlockedVault) -> list[Recovered]:
    """Recover every session that nobody writes any more. One that can't be is named and hides none of the others."""
    remove_all_temporaries(ensure(home))
    found = [recover_session(home / "sessions" / session_id, unlocked) for session_id in session_ids(home)]
    return [one for one in found if one is not None]


def needs_recovery(home: Path) -> list[str]:
    """Sessions whose recorder died; looks at clear files only, so no key is needed."""
    return [session_id for session_id in session_ids(home) if _is_unfinished(home / "sessions" / session_id)]


def recover_session(folder: Path, unlocked: UnlockedVault) -> Recovered | None:
    """None: nothing to do, or its recorder lives."""
    if not _is_unfinished(folder):
        return None
    lock = session_lock(folder)
    if not lock.take():
        return None
    try:
        return _recover(folder, unlocked)
    except DamagedError as error:
        return Recovered(session_id=folder.name, problem=error.message)
    finally:
        lock.release()


def _is_unfinished(folder: Path) -> bool:
    if not (folder / segment.MANIFEST).exists():
        return True
    try:
        return segment.read_manifest(folder).stage is Stage.RECORDING
    except DamagedError:
        return False  # reading it says what is wrong; there is nothing to bring back without it


def _recover(folder: Path, unlocked: UnlockedVault) -> Recovered | None:
    if not (folder / segment.MANIFEST).exists():
        # Died before the first manifest: no row was ever taken.
        remove_session(folder)
        return None
    manifest = segment.read_manifest(folder)
    doomed = parse_intent(folder)
    if doomed is not None:
        manifest = _without(folder, manifest, doomed)
    done = Recovered(session_id=folder.name)
    for path in listed(folder / JOURNAL, ending=".rlog"):
        manifest, done = _recover_journal(folder, path, manifest, done, unlocked, doomed)
    segment.remove_files(folder, segment.orphans(folder, manifest))
    step(Step.RECOVER_ORPHANS)
    until_us = _close(folder, manifest)
    step(Step.RECOVER_CLOSED)
    remove_file(folder / INTENT)
    step(Step.RECOVER_DONE)
    return dataclasses.replace(done, until_us=until_us)


def _without(folder: Path, manifest: Manifest, doomed: Doomed) -> Manifest:
    """Finish what a `forget` began: the files go as orphans."""
    kept = tuple(entry for entry in manifest.segments if entry.segment not in doomed.segments)
    if kept != manifest.segments:
        manifest = dataclasses.replace(manifest, segments=kept)
        segment.write_manifest(folder, manifest)
    return manifest


def _recover_journal(
    folder: Path, path: Path, manifest: Manifest, done: Recovered, unlocked: UnlockedVault, doomed: Doomed | None
) -> tuple[Manifest, Recovered]:
    number = int(path.stem)
    if all(entry.segment != number for entry in manifest.segments):
        tables, lost_bytes, columns = _replay(folder, path, manifest, unlocked)
        if doomed is not None:
            tables = _forget(tables, doomed, columns)
        if tables:
            manifest = _seal(folder, manifest, number, tables)
            step(Step.RECOVER_SEALED)
        done = _add(done, tables, lost_bytes)
    remove_file(path)
    sync_folder(path.parent)
    step(Step.RECOVER_JOURNAL)
    return manifest, done


def _replay(
    folder: Path, path: Path, manifest: Manifest, unlocked: UnlockedVault
) -> tuple[Tables, int, dict[str, list[str]]]:
    content = path.read_bytes()
    try:
        header, _ = journal_format.decode_header(content)
    except DamagedError:
        return {}, len(content), {}  # died while it wrote the header: no row was ever in it
    if (header.session_id, header.segment) != (folder.name, int(path.stem)):
        raise DamagedError(f"session {folder.name}: journal {path.stem} belongs elsewhere")
    identity = open_identity(folder, manifest.key_id, unlocked)
    try:
        found = journal_format.decode(content, open_key(header, identity), torn_tail=True)
    except DamagedError:
        raise DamagedError(f"session {folder.name}: the key of journal {path.stem} does not open") from None
    rows = SegmentRows(header.columns)
    for op in found.ops:
        rows.apply(*op)
    return rows.tables(), found.lost_bytes, header.columns


def _forget(tables: Tables, doomed: Doomed, columns: dict[str, list[str]]) -> Tables:
    result = cut.apply(doomed.cut, tables)
    gaps = [ForgottenGap(span, Channel.ALL, None) for span in doomed.ranges]
    return cut.with_gaps(result.tables, gaps, arrow_schema("events", columns["events"])) if columns else tables


def _seal(folder: Path, manifest: Manifest, number: int, tables: Tables) -> Manifest:
    sealed = segment.seal(tables, folder.name, number, manifest.recipient)
    segment.write_files(folder, sealed)
    manifest = dataclasses.replace(manifest, segments=(*manifest.segments, sealed.entry))
    segment.write_manifest(folder, manifest)
    return manifest


def _add(done: Recovered, tables: Tables, lost_bytes: int) -> Recovered:
    counts = segment.row_counts(tables)
    return dataclasses.replace(
        done,
        events=done.events + counts.get("events", 0),
        frames=done.frames + counts.get("frames", 0),
        lost_bytes=done.lost_bytes + lost_bytes,
    )


def _close(folder: Path, manifest: Manifest) -> int:
    until_us = max((entry.t_end_us for entry in manifest.segments), default=0)
    fields: dict[str, Any] = end_fields({}, until_us, recovered=True)
    ended_at_us = manifest.started_at_us + until_us
    manifest = closed(dataclasses.replace(manifest, stage=Stage.CLOSED, ended_at_us=ended_at_us), fields)
    segment.write_manifest(folder, manifest)
    return until_us
