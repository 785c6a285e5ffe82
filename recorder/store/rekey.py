"""A session that forgot something while it was recorded gets a new identity, and the old one is destroyed.

The recorder holds public keys only: what it unlinks is sealed to an identity that still opens the rest of the session.
So it leaves a mark, and whoever next holds the vault's key seals the rest to another identity before anything is shown.
"""

from pathlib import Path

from recorder.errors import DamagedError
from recorder.store import rewrite
from recorder.store.folders import listed
from recorder.store.home import ensure, remove_file, session_ids, sync_folder, write_private
from recorder.store.lock import session_lock
from recorder.store.rotate import ask_for_rotation
from recorder.store.session import SessionReader
from recorder.store.taken import Cut
from recorder.store.vault import UnlockedVault

_MARK = "rekey-"


def ask_for_rekey(home: Path, session_id: str) -> None:
    """Said by the recorder before it destroys anything. The vault's key has to change as well, after the session's."""
    write_private(ensure(home) / "pending" / f"{_MARK}{session_id}", b"")
    ask_for_rotation(home)


def rekey(home: Path, unlocked: UnlockedVault) -> None:
    """Do it for every session that asks and is not being recorded; a rotation is asked for. What a crash cuts short is
    done again. Sessions have to be recovered first: a journal opens with the old identity alone."""
    for mark in listed(home / "pending", _MARK):
        session_id = mark.name.removeprefix(_MARK)
        if session_id not in session_ids(home) or _rekeyed(home, session_id, unlocked):
            remove_file(mark)
            sync_folder(mark.parent)


def _rekeyed(home: Path, session_id: str, unlocked: UnlockedVault) -> bool:
    lock = session_lock(home / "sessions" / session_id)
    if not lock.take():
        return False
    try:
        reader = SessionReader(home, session_id, unlocked, staged=False)
        if reader.recording:
            return False
        ask_for_rotation(home)
        rewrite.act(reader, rewrite.Changes(Cut()), unlocked)
        return True
    except DamagedError:
        return False  # reading it says what is wrong; it must not keep the other sessions from moving on
    finally:
        lock.release()
