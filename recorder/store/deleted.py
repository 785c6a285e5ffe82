"""The history's line of a deletion: settled before its first change, written once it is verified, exactly once.

It bears the moment at which the deletion was begun. That names it, so whoever finishes after a crash can tell whether
it was written: no two deletions of a home begin at once.
"""

from pathlib import Path
from typing import Any, NamedTuple

from recorder.store.audit import Action, Actor, AuditLog
from recorder.store.steps import Step, step
from recorder.store.vault import HeadKeeper


class Line(NamedTuple):
    """How many rows went, and of which session if it was one; never which app or which minutes. `at_us`: Unix time."""

    action: Action
    at_us: int
    session_id: str
    rows: int

    @classmethod
    def parse(cls, fields: Any) -> "Line | None":
        """Raises: ValueError, TypeError."""
        if fields is None:
            return None
        action, at_us, session_id, rows = fields
        return cls(Action(action), int(at_us), str(session_id), int(rows))


def write(home: Path, keeper: HeadKeeper, line: Line) -> None:
    """Unless it is there. Under the lock of deletions. Raises: as `AuditLog.append`."""
    log = AuditLog(home, keeper)
    if all((row.action, row.at_us) != (line.action, line.at_us) for row in log.readable()):
        log.append(Actor.DELETE, line.action, at_us=line.at_us, object_id=line.session_id, count=line.rows)
        step(Step.DELETE_LOGGED)
