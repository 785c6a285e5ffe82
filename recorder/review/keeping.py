"""How much the recordings take, how long they are kept, and which are older than a person wants to keep."""

import shutil
import time
from dataclasses import dataclass

from recorder.errors import RecorderError
from recorder.model.policy import Keep
from recorder.review.shelf import Shelf
from recorder.store.audit import Action, AuditLog
from recorder.store.policy_file import load_policy
from recorder.store.tidy import Tidying, plan, recorded_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """`keep`: what policy.toml says. `due`: what that asks for now. `trouble`: why nobody knows what was exported, so
    that everything counts as not exported."""

    used_bytes: int
    free_bytes: int
    sessions: int
    oldest_at_us: int | None
    keep: Keep
    due: Tidying
    trouble: str | None


def storage(shelf: Shelf) -> Storage:
    """Raises: PolicyError for a policy file that makes no sense."""
    keep = load_policy(shelf.home).keep
    gone, trouble = exported(shelf)
    started = [one.started_at_us for one in shelf.sessions() if one.started_at_us is not None]
    return Storage(
        used_bytes=recorded_bytes(shelf.home),
        free_bytes=shutil.disk_usage(shelf.home).free,
        sessions=len(started),
        oldest_at_us=min(started, default=None),
        keep=keep,
        due=_plan(shelf, keep, gone, also_approved=False),
        trouble=trouble,
    )


def older_than(shelf: Shelf, days: int, *, also_approved: bool = False) -> Tidying:
    """The sessions that ended longer ago than this; what is approved and was never exported only if that is said."""
    gone, _ = exported(shelf)
    return _plan(shelf, Keep(days=days), gone, also_approved=also_approved)


def exported(shelf: Shelf) -> tuple[frozenset[str], str | None]:
    """Sessions that have left once, by the history; and what is wrong with a history that proves nothing."""
    history = AuditLog(shelf.home, shelf.unlocked)
    try:
        history.verify()
        return frozenset(row.object_id for row in history.rows() if row.action == Action.EXPORTED), None
    except RecorderError as error:
        return frozenset(), error.message


def _plan(shelf: Shelf, keep: Keep, gone: frozenset[str], *, also_approved: bool) -> Tidying:
    return plan(shelf.home, shelf.unlocked, keep, time.time_ns() // 1000, gone, also_approved=also_approved)
