"""Where the consent lies in a home, and how it is read and written: only plain files of this user, whole or not at all.

consent/events.jsonl                  the chain of signed events
consent/<consent id>/record.json      the record's exact bytes
                     record.dsse.json the same, signed
                     notice.<lang>.md what the person read
consent/answer.json                   an unsigned no ("refused", "withdrawn"): it can only narrow
consent/withdrawn-<time>.dsse.json    the notice of a withdrawal
"""

import contextlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from recorder.errors import DamagedError
from recorder.model.consent import ConsentState
from recorder.store.home import DISK_FAILS, DISK_FULL, ensure, private_folder, write_private
from recorder.store.lock import FileLock

LARGEST_BYTES: Final = 4_000_000
Stamp = tuple[int, ...]


def folder(home: Path) -> Path:
    return home / "consent"


def events_path(home: Path) -> Path:
    return folder(home) / "events.jsonl"


def answer_path(home: Path) -> Path:
    return folder(home) / "answer.json"


def record_folder(home: Path, consent_id: str) -> Path:
    return folder(home) / consent_id


def stamp(home: Path) -> Stamp:
    """What changes when somebody touches the files that the state is folded from. Two stat calls."""
    parts: list[int] = []
    for path in (events_path(home), answer_path(home)):
        try:
            status = path.lstat()
        except OSError:
            parts.append(-1)
        else:
            # ctime too: it can't be set back, so an edit that restores size and mtime still shows.
            parts += [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    return tuple(parts)


class RefusedError(DamagedError):
    """The machine does not let a file be read: what is in it is not known, and may be as it was written."""


def read(path: Path) -> bytes | None:
    """The file's bytes; None when there is no file.

    Raises: DamagedError when it is not a plain file that this user owns and only this user can write; RefusedError.
    """
    try:
        # Without waiting: a pipe in its place has nobody at the other end.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError as failure:
        raise _unread(path, failure) from None
    with os.fdopen(descriptor, "rb") as file:
        _require_own(os.fstat(file.fileno()), path)
        try:
            content = file.read(LARGEST_BYTES + 1)
        except OSError as failure:
            raise _unread(path, failure) from None
    if len(content) > LARGEST_BYTES:
        raise DamagedError(f"{path.name} is larger than {LARGEST_BYTES} bytes")
    return content


def _unread(path: Path, failure: OSError) -> DamagedError:
    if failure.errno in DISK_FAILS | DISK_FULL:
        return RefusedError(f"{path.name}: {os.strerror(failure.errno)}")
    return DamagedError(f"{path.name} can't be opened")  # a link or a pipe in its place, say


def require_own_home(home: Path) -> None:
    """Raises: DamagedError when the home or its consent folder belongs to someone else, or others can write there."""
    for path in (home, folder(home)):
        try:
            status = path.lstat()
        except OSError:
            continue
        if not stat.S_ISDIR(status.st_mode) and path != home:
            raise DamagedError(f"{path.name} is not a folder")
        _require_own(path.stat(), path, folder=True)


def _require_own(status: os.stat_result, path: Path, *, folder: bool = False) -> None:
    right_kind = stat.S_ISDIR(status.st_mode) if folder else stat.S_ISREG(status.st_mode)
    if not right_kind or status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise DamagedError(f"{path.name} is not yours alone")


def write(path: Path, content: bytes) -> None:
    """Replace the file at once, 0600 from its creation, and have it on the disk before returning."""
    private_folder(path.parent)
    write_private(path, content)


def write_answer(home: Path, state: ConsentState) -> None:
    """Write down a no, without any key."""
    write(answer_path(home), json.dumps({"answer": state}).encode() + b"\n")


def read_answer(home: Path) -> ConsentState | None:
    """The unsigned no; `unknown` when there is one that can't be read. None: there is none."""
    content = read(answer_path(home))
    if content is None:
        return None
    try:
        state = ConsentState(json.loads(content)["answer"])
    except (ValueError, KeyError, TypeError):
        return ConsentState.UNKNOWN
    return state if state in (ConsentState.REFUSED, ConsentState.WITHDRAWN) else ConsentState.UNKNOWN


@contextlib.contextmanager
def exclusive(home: Path) -> Iterator[None]:
    """One act of consent at a time; the next one waits. Nobody is asked anything while it is held."""
    lock = FileLock(private_folder(folder(ensure(home))) / ".lock")
    lock.take(wait=True)
    try:
        yield
    finally:
        lock.release()
