"""Locks that die with their process: one recorder per home, one writer per session, one hand on the keys."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from recorder.errors import BusyError


class FileLock:
    """An exclusive or shared flock on a file that is made 0600. The kernel lets go when the process ends, however."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self, *, shared: bool = False, wait: bool = False) -> bool:
        """Whether it is ours now. Without `wait` an answer comes at once."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._path, flags, 0o600)
        how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(descriptor, how)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None


class RunLock:
    """One recorder per home. Raises: BusyError when another one runs. The lock file holds nothing."""

    def __init__(self, home: Path) -> None:
        self._home, self._lock = home, FileLock(home / "recording.lock")

    def acquire(self) -> "RunLock":
        if not self._lock.take():
            raise BusyError("another recorder is running", hint="`recorder status` shows it, `recorder stop` ends it")
        if is_page_open(self._home):
            self.release()
            raise BusyError("the review page is open", hint="close it there first: what you look at is never recorded")
        return self

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> "RunLock":
        return self if self._lock.held else self.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


class PageLock:
    """One page per home, and none while it records: what is looked at is not recorded, and nothing listens meanwhile.
    Raises: BusyError."""

    def __init__(self, home: Path) -> None:
        self._home, self._lock = home, FileLock(home / "page.lock")

    def __enter__(self) -> "PageLock":
        if not self._lock.take():
            raise BusyError("the page is open already", hint="use the tab that it opened, or close that one first")
        if is_running(self._home):
            self._lock.release()
            raise BusyError("a recorder is running", hint="recorder stop, then look at what it recorded")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._lock.release()


def is_page_open(home: Path) -> bool:
    """Whether some process serves a page of this home now."""
    return _is_held(home / "page.lock")


def is_running(home: Path) -> bool:
    """Whether some process holds the run lock now."""
    return _is_held(home / "recording.lock")


def session_lock(folder: Path) -> FileLock:
    """Held by the writer for as long as it lives; recovery and deletion touch a session only while they hold it."""
    return FileLock(folder / "lock")


def is_being_written(folder: Path) -> bool:
    return _is_held(folder / "lock")


@contextmanager
def keys_lock(home: Path, *, shared: bool = False) -> Iterator[None]:
    """Held shared while a new session's identity is wrapped, alone while the vault's key changes. Waits."""
    lock = FileLock(home / "keys.lock")
    lock.take(shared=shared, wait=True)
    try:
        yield
    finally:
        lock.release()


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    lock = FileLock(path)
    if not lock.take():
        return True
    lock.release()
    return False
