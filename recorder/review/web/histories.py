"""The page of what was done here: pauses, consents, reviews, deletions, exports; ids and counts, never content."""

from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from recorder.model.tables import AuditRow
from recorder.page.calls import Call
from recorder.page.frame import Frame
from recorder.review.shelf import Shelf
from recorder.review.web.sessions import iso
from recorder.store.audit import Action, AuditLog

SHOWN = 1000
GROUPS: dict[str, frozenset[Action]] = {
    "pauses": frozenset({Action.RECORDING_PAUSED, Action.RECORDING_RESUMED, Action.FORGOTTEN}),
    "consent": frozenset(action for action in Action if action.startswith("consent_")),
}


def calls(shelf: Shelf) -> list[Call]:
    def history() -> dict[str, Any]:
        return told(shelf)

    return [Call(method="GET", path="/api/history", does="What was done here, newest first.", run=history)]


def page(frame: Frame, shelf: Shelf) -> Response:
    return frame.page("history.html", page="history", told=told(shelf))


def told(shelf: Shelf) -> dict[str, Any]:
    """The newest lines, of each group too, and in words what is wrong with them. A damaged line is left out."""
    log = AuditLog(shelf.home, shelf.unlocked)
    found, rows = log.check(), log.readable()
    groups = {name: _newest(row for row in rows if row.action in actions) for name, actions in GROUPS.items()}
    return {"lines": found.lines, "damage": [one.words for one in found.findings], "all": _newest(rows)} | groups


def _newest(rows: Iterable[AuditRow]) -> list[dict[str, Any]]:
    kept = list(rows)[-SHOWN:]
    return [
        {
            "at": iso(row.at_us),
            "by": row.actor,
            "what": row.action.replace("_", " "),
            "id": row.object_id or None,
            "count": row.count,
        }
        for row in reversed(kept)
    ]
