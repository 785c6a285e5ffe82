"""Retention: which sessions are too old or too much, oldest first. Says so; deletes nothing by itself.

What is approved and was never exported is spared unless that is said in so many words: somebody looked at it and wants
it to leave.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from recorder.errors import RecorderError
from recorder.model.policy import Keep
from recorder.model.session import SessionState
from recorder.store.folders import files_in
from recorder.store.home import session_ids
from recorder.store.lock import is_being_written
from recorder.store.segment import read_manifest
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault

DAY_US = 86_400_000_000
NEAR = 0.9


class Why(StrEnum):
    """Why a session goes."""

    OLD = "old"
    CAP = "cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One session as far as retention asks. `why` None: it may stay. `waiting`: approved, and never exported."""

    session_id: str
    ended_at_us: int
    size_bytes: int
    waiting: bool
    why: Why | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidying:
    """`goes`: what is deleted; `spared`: what would be, were it not approved and unexported. `left_bytes`: of all
    recordings, afterwards."""

    goes: tuple[Stored, ...]
    spared: tuple[Stored, ...]
    left_bytes: int

    @property
    def selector(self) -> Selector:
        return Selector(what=What.SESSIONS, session_ids=tuple(one.session_id for one in self.goes))


def plan(
    home: Path, unlocked: UnlockedVault, keep: Keep, now_us: int, exported: Set[str], *, also_approved: bool = False
) -> Tidying:
    """What `keep` asks for now. `exported`: ids of sessions that have left once. What is being recorded, and what does
    not say when it ended, stays."""
    found = list(_stored(home, unlocked, exported))
    judged: list[Stored] = []
    left = recorded_bytes(home)
    for one in found:
        why = _why(one, keep, now_us, left)
        judged.append(replace(one, why=why))
        if why is not None and (also_approved or not one.waiting):
            left -= one.size_bytes
    due = [one for one in judged if one.why is not None]
    goes = tuple(one for one in due if also_approved or not one.waiting)
    return Tidying(goes=goes, spared=tuple(one for one in due if one not in goes), left_bytes=left)


def recorded_bytes(home: Path) -> int:
    """What all recordings take on the disk."""
    return sum(_size(home / "sessions" / session_id) for session_id in session_ids(home))


def near_cap(home: Path, keep: Keep) -> bool:
    """Whether the recordings take nearly as much as they may, or more."""
    return keep.max_bytes is not None and recorded_bytes(home) >= NEAR * keep.max_bytes


def _why(one: Stored, keep: Keep, now_us: int, left_bytes: int) -> Why | None:
    if keep.days is not None and one.ended_at_us < now_us - keep.days * DAY_US:
        return Why.OLD
    return Why.CAP if keep.max_bytes is not None and left_bytes > keep.max_bytes else None


def _stored(home: Path, unlocked: UnlockedVault, exported: Set[str]) -> Iterator[Stored]:
    """Oldest first."""
    for session_id in session_ids(home):
        folder = home / "sessions" / session_id
        if is_being_written(folder):
            continue
        try:
            ended_at_us = read_manifest(folder).ended_at_us
        except RecorderError:
            continue  # its manifest does not say anything; `recorder list` names it
        if ended_at_us is not None:
            waiting = session_id not in exported and _is_approved(home, session_id, unlocked)
            yield Stored(session_id=session_id, ended_at_us=ended_at_us, size_bytes=_size(folder), waiting=waiting)


def _is_approved(home: Path, session_id: str, unlocked: UnlockedVault) -> bool:
    try:
        return SessionReader(home, session_id, unlocked).state is SessionState.APPROVED
    except RecorderError:
        return False  # staged whole, or damaged: nobody can export it


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in files_in(folder))
