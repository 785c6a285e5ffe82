"""The vault's key changes after every deletion: an old copy of a wrapped key then opens nothing.

Deleted blocks stay on the raw disk, and with them the keys that were wrapped to the old identity; only the end of that
identity makes them unreadable. What remains: an old copy of the keyring (or passphrase file) with its password.
"""

import shutil
from pathlib import Path

from recorder.errors import DamagedError
from recorder.store import holders, keys, staged_file, unfinished
from recorder.store.folders import listed
from recorder.store.home import ensure, remove_file, remove_temporaries, session_ids, sync_folder, write_private
from recorder.store.lock import is_being_written, keys_lock
from recorder.store.segment import MANIFEST, orphans, read_manifest, remove_files
from recorder.store.steps import Step, step
from recorder.store.vault import UnlockedVault

MARK = "rotate"


def ask_for_rotation(home: Path) -> None:
    """Said by those who destroy without holding the vault's key; done at the next unlock."""
    path = ensure(home) / "pending" / MARK
    if not path.exists():
        write_private(path, b"")


def rotation_asked(home: Path, unlocked: UnlockedVault) -> bool:
    return (home / "pending" / MARK).exists() or len(unlocked.epochs) > 1


def rotate(home: Path, unlocked: UnlockedVault) -> None:
    """Wrap every session's identity to a new vault identity and destroy the old one. A crash anywhere leaves both
    identities in place, and every session readable; the next call finishes. Raises: PlatformError, DamagedError."""
    sweep(home)
    step(Step.ROTATE_SWEPT)
    with keys_lock(home):
        unlocked.refresh()
        unlocked.add_epoch()
        step(Step.ROTATE_ADDED)
        for session_id in session_ids(home):
            _rewrap_or_leave(home / "sessions" / session_id, unlocked)
            step(Step.ROTATE_REWRAPPED)
        staged_file.reseal(home, unlocked)
        unfinished.reseal(home, unlocked)
        unlocked.drop_old_epochs()
        step(Step.ROTATE_DROPPED)
        holders.tidy(home)
    remove_file(home / "pending" / MARK)
    sync_folder(home / "pending")
    step(Step.ROTATE_DONE)


def _rewrap_or_leave(folder: Path, unlocked: UnlockedVault) -> None:
    """A session whose key file is damaged can't be read with any key: that must not keep the others from moving on."""
    try:
        keys.rewrap(folder, unlocked)
    except DamagedError:
        return


def sweep(home: Path) -> None:
    """Remove what no manifest names: old keys and files of a deletion or write that was cut short. Sessions that are
    being written are left alone."""
    for session_id in session_ids(home):
        folder = home / "sessions" / session_id
        if is_being_written(folder):
            continue
        try:
            manifest = read_manifest(folder)
        except DamagedError:
            continue  # nothing can be told apart in there; reading it says so
        remove_temporaries(folder)
        remove_files(folder, orphans(folder, manifest))
        _remove_keys_but(folder, manifest.key_id)


def _remove_keys_but(folder: Path, key_id: str) -> None:
    for path in listed(folder / "keys"):
        if path.stem != key_id:
            remove_file(path)
    sync_folder(folder / "keys")


def remove_session(folder: Path) -> None:
    """The keys first: whatever a crash leaves after that opens with nothing."""
    for path in listed(folder / "keys"):
        remove_file(path)
    step(Step.DELETE_SESSION_KEYS)
    # A session without a manifest is known to be none: whoever comes next takes the rest of it away.
    remove_file(folder / MANIFEST)
    sync_folder(folder)
    shutil.rmtree(folder)
    sync_folder(folder.parent)
    step(Step.DELETE_SESSION)
