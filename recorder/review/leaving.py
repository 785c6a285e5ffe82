"""What would leave, as values that can be shown: every file, every column, every row. Where it comes from is not known
here: `Outlets` is made by whoever may export, and does it with the code that exports.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from recorder.errors import BusyError, PolicyError, UsageError

Progress = Callable[[str, int, int], None]  # session id, pictures done, pictures in all


class StoppedError(UsageError):
    """The person did not want to wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`filled`: in how many rows it says anything."""

    name: str
    does: str
    filled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table as it would leave, over all sessions."""

    name: str
    rows: int
    columns: tuple[Column, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file as it would leave. `text`: all of it, where it is one that a person can read."""

    path: str
    size_bytes: int
    sha256: str
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What an export of these sessions would be, to the byte. `manifest_sha256` stands for all of it: an export that
    comes to another one is refused."""

    session_ids: tuple[str, ...]
    tables: tuple[Table, ...]
    files: tuple[File, ...]
    size_bytes: int
    manifest_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written, and where."""

    path: Path
    size_bytes: int
    manifest_sha256: str
    rows: Mapping[str, int]


class Preview(Protocol):
    """`told` says what would leave; `rows` shows any of it: of a table the rows from `offset` on, as they would leave.
    `report`: the redaction report's picture, PNG."""

    @property
    def told(self) -> Leaving: ...
    def rows(self, table: str, offset: int, count: int) -> Sequence[Mapping[str, Any]]: ...
    @property
    def report(self) -> bytes: ...


class Outlets(Protocol):
    """How anything leaves. `preview` writes nothing anywhere, and needs no approval; `write` makes one new folder, and
    refuses what is not approved, or not as it was `as_shown`.

    Raises: NoConsentError, PolicyError, UsageError, DamagedError, PlatformError.
    """

    def preview(self, session_ids: Sequence[str], progress: Progress) -> Preview: ...
    def write(self, session_ids: Sequence[str], folder: Path, as_shown: str, progress: Progress) -> Written: ...
    def folder(self) -> Path: ...


class Exit:
    """One preview or export at a time, for one page: how far it is, and the way to end it."""

    def __init__(self, outlets: Outlets) -> None:
        self._outlets = outlets
        self._one = threading.Lock()
        self._stop = False
        self._told = ("", 0, 0)
        self.preview: Preview | None = None

    def look(self, session_ids: Sequence[str]) -> Preview:
        """Work out what would leave. Raises: BusyError, StoppedError; as `Outlets.preview`."""
        with self._alone():
            self.preview = None
            self.preview = self._outlets.preview(session_ids, self._progress)
            return self.preview

    def write(self, session_ids: Sequence[str], folder: Path, as_shown: str) -> Written:
        """Export what was shown last. Raises: PolicyError for anything else; as `Outlets.write`."""
        shown = None if self.preview is None else self.preview.told
        if shown is None or shown.manifest_sha256 != as_shown or set(shown.session_ids) != set(session_ids):
            raise PolicyError("that is not what you were shown", hint="look at the preview again")
        with self._alone():
            return self._outlets.write(session_ids, folder, as_shown, self._progress)

    def folder(self) -> Path:
        """One that is not there yet, to be written to unless the person names another."""
        return self._outlets.folder()

    def stop(self) -> None:
        self._stop = True

    def told(self) -> dict[str, Any]:
        """How far it is."""
        session_id, done, total = self._told
        return {"working": self._one.locked(), "session": session_id, "done": done, "total": total}

    def _progress(self, session_id: str, done: int, total: int) -> None:
        self._told = session_id, done, total
        if self._stop:
            raise StoppedError("it was stopped, and nothing was written")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._one.acquire(blocking=False):
            raise BusyError("an export or its preview is being made", hint="wait for it, or stop it")
        try:
            self._stop, self._told = False, ("", 0, 0)
            yield
        finally:
            self._one.release()
