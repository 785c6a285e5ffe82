"""A session opened with the vault: what its manifest and its segments say of themselves, and no row of it.

What is staged for deletion is left out of all of it. Where it can't be told what is staged, nothing is said at all.
"""

import dataclasses
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from recorder.errors import DamagedError, UsageError
from recorder.format.manifest import FileEntry, SegmentEntry, SegmentSecret, Stage, open_json
from recorder.format.names import SegmentName
from recorder.model.redacted import Tally
from recorder.model.session import SessionStart, SessionState
from recorder.store import approval, seen, staged_file
from recorder.store.books import after_deletion
from recorder.store.home import session_folder
from recorder.store.keys import open_identity
from recorder.store.manifest_file import MANIFEST, SEGMENTS, read_manifest
from recorder.store.overlay import Left
from recorder.store.sealed_json import is_as_closed, parse_counters, parse_start
from recorder.store.seen import Seen
from recorder.store.staged_file import Staged
from recorder.store.vault import UnlockedVault

STAGED = "staged"  # the name of what is staged, among the files of a decision


class OpenSession:
    """One session, opened. A table of it is read by `SessionReader`, which is slower to start."""

    def __init__(self, home: Path, session_id: str, unlocked: UnlockedVault, *, staged: Staged | bool = True) -> None:
        """`staged` False: the raw view, as if nothing were staged, for deletion itself and for nothing else.
        A `Staged`: what `staged_file.load` has just said.

        Raises: UsageError when there is no such session, or all of it is staged for deletion; DamagedError when its
        manifest or key does not open, or when it can't be told what is staged.
        """
        self._home, self._unlocked = home, unlocked
        self.folder = self.folder_of(home, session_id)
        self.session_id = session_id
        self._raw = staged is False
        known = staged if isinstance(staged, Staged) else self._staged_now()
        self._overlay = known.overlay(session_id)
        if self._overlay.whole:
            raise UsageError(
                f"session {session_id} is staged for deletion", hint="recorder delete --undo brings it back"
            )
        self.manifest = read_manifest(self.folder)
        self.identity = open_identity(self.folder, self.manifest.key_id, unlocked)
        try:
            self.start: SessionStart = parse_start(open_json(self.manifest.start, self.identity, f"start|{session_id}"))
        except DamagedError:
            raise DamagedError(f"session {session_id}: its start does not open") from None
        if self._overlay.task:
            self.start = dataclasses.replace(self.start, task=None)
        self._secrets: dict[int, SegmentSecret] = {}
        self._check_closed()

    def _check_closed(self) -> None:
        """Raises: DamagedError when the manifest is not as it was when the session was closed."""
        fields = self.end_fields()
        whole = self.recording if fields is None else is_as_closed(self.manifest, fields)
        if not whole:
            raise DamagedError(f"session {self.session_id}: its manifest was changed after the session was closed")

    @staticmethod
    def folder_of(home: Path, session_id: str) -> Path:
        """Raises: UsageError when there is no such session."""
        folder = session_folder(home, session_id)
        if not folder.is_dir():
            raise UsageError(f"there is no session {session_id}", hint="`recorder list` shows them")
        return folder

    # What is known without reading rows

    @property
    def recording(self) -> bool:
        return self.manifest.stage is Stage.RECORDING

    def end_fields(self) -> dict[str, Any] | None:
        """What was sealed at the end; None while recording or before recovery. Raises: DamagedError."""
        if self.manifest.end is None:
            return None
        try:
            fields: dict[str, Any] = open_json(self.manifest.end, self.identity, f"end|{self.session_id}")
        except DamagedError:
            raise DamagedError(f"session {self.session_id}: its books do not open") from None
        return fields

    @property
    def counters(self) -> dict[str, Tally]:
        """The books; empty when the recorder died before it could close them."""
        fields = self.end_fields()
        return {} if fields is None else after_deletion(parse_counters(fields), self._overlay.kinds)

    @property
    def recovered(self) -> bool:
        fields = self.end_fields()
        return fields is not None and bool(fields["recovered"])

    @property
    def duration_us(self) -> int:
        """To the end, or to the last row of a session that has none."""
        if self.manifest.ended_at_us is not None:
            return self.manifest.ended_at_us - self.manifest.started_at_us
        return max((entry.t_end_us for entry in self.manifest.segments), default=0)

    @property
    def apps(self) -> tuple[str, ...]:
        """Rule names, as far as their keys open."""
        return tuple(sorted({app for part in self._readable() for app in part.apps}))

    @property
    def gaps(self) -> int:
        return sum(part.gaps for part in self._readable())

    def count(self, table: str) -> int:
        """Rows by the segments' own word (frames: pictures; contexts: one for each segment they reach into)."""
        return sum(part.rows.get(table, 0) for part in self._readable())

    @property
    def hidden(self) -> bool:
        """Whether a part of it is staged for deletion."""
        return bool(self._overlay.mark)

    @property
    def state(self) -> SessionState:
        """By the stored decision, if it is about exactly the files that the manifest names, and what of them is
        shown."""
        found = self._decided() if approval.is_decided(self._home, self.session_id) else SessionState.UNREVIEWED
        return SessionState.PARTLY if found is SessionState.UNREVIEWED and self.seen() else found

    def _decided(self) -> SessionState:
        recorded = {file.name: file.sha256 for entry in self.manifest.segments for file in entry.files}
        with suppress(DamagedError):
            recorded[MANIFEST] = self._manifest_sha256()
        return approval.state(self._home, self._unlocked, self.session_id, recorded | _mark(self._overlay.mark))

    def seen(self) -> Seen:
        """What of it its owner has looked at, as far as that is known; it may name what is staged for deletion."""
        return seen.load(self.folder, self.identity, self._unlocked)

    def files(self) -> dict[str, str]:
        """SHA-256 (hex) of the bytes as they are now of each segment file, and of the manifest: it carries the sealed
        task, purpose and consent. Under `staged` what stands for all that is staged of the session at this moment.

        Raises: DamagedError for a file that is gone, and for another manifest than was read.
        """
        found = {file.name: self.sha256_of(entry, file) for entry in self.manifest.segments for file in entry.files}
        found[MANIFEST] = self._manifest_sha256()
        return found | _mark(self._staged_now().overlay(self.session_id).mark)

    def displayed(self) -> dict[str, str]:
        """Of `files` the two that stand for all that this reader shows: no segment file is read for it.

        Raises: DamagedError for another manifest than was read.
        """
        return {MANIFEST: self._manifest_sha256()} | _mark(self._overlay.mark)

    def _manifest_sha256(self) -> str:
        if read_manifest(self.folder) != self.manifest:
            raise DamagedError(f"session {self.session_id}: its manifest changed while it was read")
        return hashlib.sha256((self.folder / MANIFEST).read_bytes()).hexdigest()

    def secret(self, entry: SegmentEntry) -> SegmentSecret:
        """Raises: DamagedError."""
        if entry.segment not in self._secrets:
            self._secrets[entry.segment] = SegmentSecret.open(
                entry.sealed, self.identity, self.session_id, entry.segment
            )
        return self._secrets[entry.segment]

    def sha256_of(self, entry: SegmentEntry, file: FileEntry) -> str:
        """Hex, of a segment file's bytes as they are now. Raises: DamagedError when it is gone."""
        try:
            with (self.folder / SEGMENTS / file.name).open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError:
            raise DamagedError(f"{SegmentName(self.session_id, entry.segment, file.table)} is gone") from None

    def _staged_now(self) -> Staged:
        return Staged() if self._raw else staged_file.load(self._home, self._unlocked)

    def _readable(self) -> Iterator[SegmentSecret | Left]:
        """What each segment says of itself, or what it will say."""
        for entry in self.manifest.segments:
            try:
                yield self._overlay.left.get(entry.segment) or self.secret(entry)
            except DamagedError:
                continue


def _mark(mark: str) -> dict[str, str]:
    return {STAGED: mark} if mark else {}
