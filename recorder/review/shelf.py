"""Sessions of one home, kept open while a person looks at them; for any thread.

A reader is kept until what it reads was changed: its manifest, what is staged, or the key. What was read by it goes
with it.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from recorder.errors import UsageError
from recorder.format.memory import give_back
from recorder.review.held import Held
from recorder.store.audit import Action, Actor, AuditLog
from recorder.store.home import session_folder, session_ids
from recorder.store.segment import MANIFEST
from recorder.store.session import SessionReader, SessionSummary, list_sessions, shown_ids
from recorder.store.staged_file import FILE_NAME as STAGED
from recorder.store.vault import UnlockedVault

_KEPT_OPEN = 8
_KEPT_HELD = 3  # whose rows are held, too
_Stamp = tuple[tuple[int, int, int], ...]


@dataclass(slots=True)
class _Open:
    stamp: _Stamp
    reader: SessionReader
    held: Held | None = None


class Shelf:
    """`home` and `unlocked` are for the engine's functions; readers come from here."""

    def __init__(self, home: Path, unlocked: UnlockedVault) -> None:
        self.home, self.unlocked = home, unlocked
        self._open: OrderedDict[str, _Open] = OrderedDict()  # the one that was asked for last is the last
        self._lock = threading.Lock()

    def sessions(self) -> list[SessionSummary]:
        """Raises: DamagedError when it can't be told what is staged."""
        return list_sessions(self.home, self.unlocked)

    def ids(self) -> list[str]:
        """Those that are not staged for deletion whole, oldest first. Raises: as `sessions`."""
        return shown_ids(self.home, self.unlocked)

    def reader(self, session_id: str) -> SessionReader:
        """Raises: UsageError when there is no such session; DamagedError."""
        with self._lock:
            return self._opened(session_id).reader

    def held(self, session_id: str) -> Held:
        """What was read of a session by its `reader`. Raises: as `reader`."""
        with self._lock:
            found = self._opened(session_id)
            found.held = found.held or Held(found.reader)
            for other in [one for one in self._open.values() if one.held][:-_KEPT_HELD]:
                other.held = None
            return found.held

    def _opened(self, session_id: str) -> _Open:
        if session_id not in session_ids(self.home):
            raise UsageError("there is no such session")
        stamp = self.stamp(session_id)
        found = self._open.pop(session_id, None)
        if found is None or found.stamp != stamp:
            found = _Open(stamp, SessionReader(self.home, session_id, self.unlocked))
        self._open[session_id] = found
        while len(self._open) > _KEPT_OPEN:
            self._open.popitem(last=False)
        return found

    def stamp(self, session_id: str) -> _Stamp:
        """Equal as long as nothing of the session changed; what is worked out of it may be kept by that."""
        files = (session_folder(self.home, session_id) / MANIFEST, self.home / STAGED, self.home / "vault.json")
        return tuple(_looks_of(file) for file in files)

    def let_go(self) -> None:
        """Of the rows that are held, for what needs the memory itself: they are read again when they are asked for."""
        with self._lock:
            for found in self._open.values():
                found.held = None
        give_back()

    def changed(self) -> None:
        """Forget what is open: something was staged, undone or purged."""
        with self._lock:
            self._open.clear()

    def note(self, action: Action, *, actor: Actor = Actor.REVIEW, object_id: str = "", count: int = 0) -> None:
        """A line of the history. Raises: DamagedError, PlatformError."""
        log = AuditLog(self.home, self.unlocked)
        log.append(actor, action, at_us=time.time_ns() // 1000, object_id=object_id, count=count)


def _looks_of(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except FileNotFoundError:
        return 0, 0, 0
    return found.st_ino, found.st_mtime_ns, found.st_size
