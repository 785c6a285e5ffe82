"""`audit.jsonl`: append-only, hash-chained, its head kept with the vault's secrets. Ids and counts, never content.

A history that was cut is never healed by the next line: whoever appends looks first whether the last line that they
know of is still there. If it is not, a gap line is written, which every check names from then on. A process without
the vault's secrets knows the line that was the last when it began, and its own since.
"""

import dataclasses
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from recorder.errors import DamagedError, PlatformError
from recorder.model.tables import AuditRow
from recorder.store.chain import (
    FIRST_PREV,
    GAP,
    Checked,
    Head,
    canonical,
    examine,
    link,
    lost_lines,
    missing,
    parsed,
    row_hash,
)
from recorder.store.home import disk_errors, ensure, sync_folder, write_all_and_close
from recorder.store.lock import FileLock
from recorder.store.vault import HeadKeeper

FILE_NAME = "audit.jsonl"
HEAD = "audit"
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
    DELETION_STAGED = "deletion_staged"
    DELETION_UNDONE = "deletion_undone"
    FORGOTTEN = "forgotten"
    EXPORTED = "exported"
    VAULT_MADE = "vault_made"
    VAULT_DESTROYED = "vault_destroyed"
    KEY_CHANGED = "key_changed"
    KEY_BACKED_UP = "key_backed_up"
    KEY_RESTORED = "key_restored"
    KEY_REVEALED = "key_revealed"
    HISTORY_GAP = GAP


class AuditLog:
    """The history of one home. Several processes may append."""

    def __init__(self, home: Path, keeper: HeadKeeper | None = None) -> None:
        """Without `keeper` lines are chained but the head stays where it is until someone who has it appends."""
        self._path = ensure(home) / FILE_NAME
        self._lock_path = home / "audit.lock"
        self._keeper = keeper
        self._known = None if keeper is not None else self._end()

    def append(self, actor: Actor, action: Action, *, at_us: int, object_id: str = "", count: int = 0) -> AuditRow:
        """Add a line, on disk when this returns; before it a gap line, if the last known line is not there any more.
        `object_id`: an id, never a name. Raises: ValueError for anything else (a programming error), PlatformError."""
        if not ID.fullmatch(object_id):
            raise ValueError("an audit line names ids only")
        with self._alone():
            self._note_a_cut(Actor(actor), at_us)
            row = self._write(Actor(actor), Action(action), at_us, object_id, count)
            self._remember(Head(row.hash, row.seq + 1))
        return row

    def anchor(self, actor: Actor, *, at_us: int) -> None:
        """Vouch for all lines there are, and write a gap line first if one is missing that the vault vouched for.
        Raises: PlatformError; ValueError without the vault's secrets (a programming error)."""
        if self._keeper is None:
            raise ValueError("only the vault vouches for lines")
        with self._alone():
            self._note_a_cut(Actor(actor), at_us)
            end = self._end()
            if end is not None and end != self._head():
                self._remember(end)

    def rows(self) -> Iterator[AuditRow]:
        """All lines, oldest first, not verified. Raises: DamagedError for a line that does not parse."""
        for number, line in enumerate(self._lines()):
            yield _row(line, number)

    def check(self) -> Checked:
        """What is wrong with the history, in words; nothing is changed. Without the vault's secrets a cut end is not
        noticed. Raises: PlatformError; DamagedError for a head that does not parse."""
        return examine(self._lines(), None if self._keeper is None else self._head(), _is_listed)

    def verify(self) -> Checked:
        """Raises: DamagedError, in words, when a line was changed, taken out, put in, or the end was ever cut off."""
        checked = self.check()
        if checked.findings:
            raise DamagedError(f"the history is damaged: {checked.findings[0].words}")
        return checked

    def readable(self) -> list[AuditRow]:
        """The lines that parse, for display beside what `check` found."""
        return [row for row in map(parsed, self._lines()) if row is not None and _is_listed(row)]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = FileLock(self._lock_path)
        lock.take(wait=True)
        try:
            yield
        finally:
            lock.release()

    def _note_a_cut(self, actor: Actor, at_us: int) -> None:
        self._drop_torn_line()
        head = self._head()
        if head is not None and missing(self._content(), head):
            lost = lost_lines(len(self._lines()), head)
            self._write(actor, Action.HISTORY_GAP, at_us, head.hash, lost)

    def _head(self) -> Head | None:
        """The last line that is known: to the vault, or to a process without it from its own memory."""
        if self._keeper is None:
            return self._known
        kept = self._keeper.head(HEAD)
        return None if kept is None else Head.parse(kept)

    def _remember(self, head: Head) -> None:
        if self._keeper is not None:
            self._keeper.set_head(HEAD, str(head))
        else:
            self._known = head

    def _end(self) -> Head | None:
        lines = self._lines()
        return Head(link(lines[-1]), len(lines)) if lines else None

    def _content(self) -> bytes:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError:
            hint = f"{FILE_NAME} in the recorder's folder must be a plain file that you may read"
            raise PlatformError("the history can't be read", hint=hint) from None

    def _lines(self) -> list[bytes]:
        """Whole lines: one that a crash tore in mid-append never counted."""
        return self._content().split(b"\n")[:-1]

    def _drop_torn_line(self) -> None:
        content = self._content()
        if content and not content.endswith(b"\n"):
            os.truncate(self._path, content.rfind(b"\n") + 1)

    def _write(self, actor: Actor, action: Action, at_us: int, object_id: str, count: int) -> AuditRow:
        lines = self._lines()
        row = AuditRow(
            seq=len(lines),
            at_us=at_us,
            actor=actor,
            action=action,
            object_id=object_id,
            count=count,
            prev_hash=link(lines[-1]) if lines else FIRST_PREV,
            hash="",
        )
        row = dataclasses.replace(row, hash=row_hash(row))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        with disk_errors():
            write_all_and_close(os.open(self._path, flags, 0o600), canonical(dataclasses.asdict(row)) + b"\n")
            if not lines:
                sync_folder(self._path.parent)  # with its first line the file's name has to last
        return row


def _row(line: bytes, number: int) -> AuditRow:
    row = parsed(line)
    if row is None or not _is_listed(row):
        raise DamagedError(f"the history does not parse at line {number + 1}")
    return row


def _is_listed(row: AuditRow) -> bool:
    return row.action in set(Action) and row.actor in set(Actor)
