"""`audit.jsonl`: append-only, hash-chained, its head kept with the vault's secrets. Ids and counts, never content."""

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from recorder.errors import DamagedError
from recorder.model.tables import AuditRow
from recorder.store.home import disk_errors, ensure, write_all_and_close
from recorder.store.lock import FileLock
from recorder.store.vault import HeadKeeper

FILE_NAME = "audit.jsonl"
HEAD = "audit"
FIRST_PREV = "0" * 64
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}|")


class Actor(StrEnum):
    """Which part of the program did it."""

    CONSENT = "consent"
    RECORD = "record"
    REVIEW = "review"
    EXPORT = "export"
    DELETE = "delete"
    POLICY = "policy"
    VAULT = "vault"


class Action(StrEnum):
    """What can be done. A closed list."""

    CONSENT_GIVEN = "consent_given"
    CONSENT_NARROWED = "consent_narrowed"
    CONSENT_RENEWED = "consent_renewed"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_EXPIRED = "consent_expired"
    RECORDING_STARTED = "recording_started"
    RECORDING_STOPPED = "recording_stopped"
    RECORDING_PAUSED = "recording_paused"
    RECORDING_RESUMED = "recording_resumed"
    RECORDING_RECOVERED = "recording_recovered"
    POLICY_CHANGED = "policy_changed"
    REVIEW_APPROVED = "review_approved"
    REVIEW_REJECTED = "review_rejected"
    AUDITED = "audited"
    DELETED = "deleted"
    FORGOTTEN = "forgotten"
    EXPORTED = "exported"
    VAULT_MADE = "vault_made"
    VAULT_DESTROYED = "vault_destroyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What `verify` found. `unanchored`: lines after the head, written by a process without the vault: chained, but
    their removal could not be noticed."""

    lines: int
    unanchored: int


class AuditLog:
    """The history of one home. Several processes may append."""

    def __init__(self, home: Path, keeper: HeadKeeper | None = None) -> None:
        """Without `keeper` lines are chained but the head stays where it is until someone who has it appends."""
        self._path = ensure(home) / FILE_NAME
        self._lock_path = home / "audit.lock"
        self._keeper = keeper

    def append(self, actor: Actor, action: Action, *, at_us: int, object_id: str = "", count: int = 0) -> AuditRow:
        """Add a line, on disk when this returns. `object_id`: an id, never a name. Raises: ValueError for anything else
        (a programming error), DamagedError when the log's end does not parse, PlatformError."""
        if not ID.fullmatch(object_id):
            raise ValueError("an audit line names ids only")
        lock = FileLock(self._lock_path)
        lock.take(wait=True)
        try:
            row = self._next(Actor(actor), Action(action), at_us, object_id, count)
            self._write(row)
            if self._keeper is not None:
                self._keeper.set_head(HEAD, row.hash)
        finally:
            lock.release()
        return row

    def rows(self) -> Iterator[AuditRow]:
        """All lines, oldest first, not verified. Raises: DamagedError for a line that does not parse."""
        if self._path.exists():
            for number, line in enumerate(self._path.read_bytes().splitlines()):
                yield _parse(line, number)

    def verify(self) -> Verified:
        """Raises: DamagedError when a line was changed, taken out, put in, or the end cut off."""
        previous, count, anchor = FIRST_PREV, 0, None
        head = self._keeper.head(HEAD) if self._keeper is not None else None
        for count, row in enumerate(self.rows(), start=1):
            if row.seq != count - 1 or row.prev_hash != previous or row.hash != _hash(row):
                raise DamagedError(f"the history was changed at line {count}")
            previous = row.hash
            anchor = count if row.hash == head else anchor
        if head is not None and anchor is None:
            raise DamagedError("the end of the history was cut off")
        return Verified(lines=count, unanchored=count - (anchor or 0))

    def _next(self, actor: Actor, action: Action, at_us: int, object_id: str, count: int) -> AuditRow:
        last = self._last()
        row = AuditRow(
            seq=0 if last is None else last.seq + 1,
            at_us=at_us,
            actor=actor,
            action=action,
            object_id=object_id,
            count=count,
            prev_hash=FIRST_PREV if last is None else last.hash,
            hash="",
        )
        return dataclasses.replace(row, hash=_hash(row))

    def _last(self) -> AuditRow | None:
        if not self._path.exists() or not self._path.stat().st_size:
            return None
        content = self._path.read_bytes()
        if not content.endswith(b"\n"):
            # Torn by a crash in mid-append: the line never counted, so it goes.
            os.truncate(self._path, content.rfind(b"\n") + 1)
            return self._last()
        lines = content.splitlines()
        return _parse(lines[-1], len(lines) - 1)

    def _write(self, row: AuditRow) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        with disk_errors():
            write_all_and_close(os.open(self._path, flags, 0o600), _canonical(dataclasses.asdict(row)) + b"\n")


def _canonical(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def _hash(row: AuditRow) -> str:
    fields = dataclasses.asdict(row)
    del fields["hash"]
    return hashlib.sha256(_canonical(fields)).hexdigest()


def _parse(line: bytes, number: int) -> AuditRow:
    try:
        row = AuditRow(**json.loads(line))
        if row.action not in set(Action) or row.actor not in set(Actor):
            raise ValueError
    except (ValueError, TypeError):
        raise DamagedError(f"the history does not parse at line {number + 1}") from None
    return row
