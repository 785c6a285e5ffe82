"""Every byte of the store read and checked: what is damaged, by name. Repairs nothing, changes nothing."""

from collections.abc import Callable
from pathlib import Path

from recorder.errors import DamagedError, UsageError
from recorder.format import image
from recorder.store.home import session_ids
from recorder.store.segment import read_manifest
from recorder.store.session import SessionReader, StoredFrame
from recorder.store.vault import UnlockedVault

Damaged = DamagedError
Progress = Callable[[str, int, int], None]  # session id, sessions done, sessions in all


def verify_home(
    home: Path, unlocked: UnlockedVault, progress: Progress = lambda session_id, done, total: None
) -> dict[str, list[Damaged]]:
    """What is damaged, by session; an empty list for one that is as it was written. One that is staged for deletion is
    read, too: until it is purged, undoing must bring it back whole."""
    ids = session_ids(home)
    found = {}
    for done, session_id in enumerate(ids):
        progress(session_id, done, len(ids))
        found[session_id] = verify_session(home, session_id, unlocked)
    return found


def verify_session(home: Path, session_id: str, unlocked: UnlockedVault) -> list[Damaged]:
    """Manifest, key, books, every page of every file, every picture, every hash. One error a file, each names it."""
    try:
        reader = SessionReader(home, session_id, unlocked, staged=False)
        _ = reader.counters
    except DamagedError as error:
        return [error]
    except UsageError:
        return []  # it was deleted meanwhile
    damaged = reader.check()
    if not damaged:
        damaged = _pictures(reader)
    if damaged and _changed(reader):
        return []  # a deletion came in between; what there is now is for the next check
    return damaged


def _pictures(reader: SessionReader) -> list[Damaged]:
    """Pictures that verify and still can't be shown."""
    found: list[Damaged] = []
    for frame in reader.frames(damaged=found):
        _decode(reader, frame, found)
    return found


def _decode(reader: SessionReader, frame: StoredFrame, found: list[Damaged]) -> None:
    try:
        image.decode(frame.encoded)
    except DamagedError:
        found.append(DamagedError(f"session {reader.session_id}: picture {frame.frame_id} can't be decoded"))


def _changed(reader: SessionReader) -> bool:
    try:
        return read_manifest(reader.folder) != reader.manifest
    except DamagedError:
        return not reader.folder.exists()
