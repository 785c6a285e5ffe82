"""The vault's secrets under a new passphrase, into the keyring or out of it, and a new vault key with it.

The old holder opens the vault until the new one was read back, and the new one from then on. The vault's key is rotated
afterwards, in the new holder alone: an old copy of the old one opens nothing any more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from recorder.errors import BusyError, RecorderError
from recorder.store import holders
from recorder.store.home import ensure, remove_file
from recorder.store.lock import FileLock, keys_lock
from recorder.store.rotate import MARK, ask_for_rotation, rotate
from recorder.store.vault import UnlockedVault, Vault, VaultKind


class Changed(NamedTuple):
    """`left`: what of the old holder could not be emptied, in words."""

    unlocked: UnlockedVault
    left: str | None


def change(home: Path, unlocked: UnlockedVault, to: VaultKind, passphrase: str | None = None) -> Changed:
    """Move the vault's secrets (`passphrase`: the new one, for a file) and rotate its key. From keyring to keyring only
    the key changes. A crash anywhere leaves a vault that opens; the next unlock finishes the rest.

    Raises: BusyError while a deletion runs; PlatformError when the new holder does not keep them, UsageError for a
    short passphrase: nothing was changed then.
    """
    with no_deletion(home):
        _move(home, unlocked, to, passphrase)
        again = Vault.open(home).unlock(None if passphrase is None else lambda: passphrase)
        rotate(home, again)
    return Changed(again, holders.tidy(home))


def _move(home: Path, unlocked: UnlockedVault, to: VaultKind, passphrase: str | None) -> None:
    asked = (home / "pending" / MARK).exists()
    ask_for_rotation(home)
    if to is unlocked.vault.kind is VaultKind.KEYRING:
        return
    try:
        with keys_lock(home):
            unlocked.refresh()
            holders.move(home, unlocked.secrets(), to, passphrase)
    except RecorderError:
        if not asked:
            remove_file(home / "pending" / MARK)
        raise


@contextmanager
def no_deletion(home: Path) -> Iterator[None]:
    """Neither a deletion nor another change of the key at the same time. Raises: BusyError."""
    lock = FileLock(ensure(home) / "delete.lock")
    if not lock.take():
        raise BusyError("a deletion or another change of the key is running")
    try:
        yield
    finally:
        lock.release()
