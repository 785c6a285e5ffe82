"""The sessions as the page lists them."""

from datetime import UTC, datetime
from typing import Any

from recorder.page.calls import Call
from recorder.review.shelf import Shelf
from recorder.store.session import SessionSummary


def calls(shelf: Shelf) -> list[Call]:
    def sessions() -> list[dict[str, Any]]:
        return [line(one) for one in shelf.sessions()]

    return [Call(method="GET", path="/api/sessions", does="All sessions, oldest first.", run=sessions)]


def line(one: SessionSummary) -> dict[str, Any]:
    """One session; the fields are those of `recorder list --json`, durations in seconds, sizes in bytes."""
    return {
        "id": one.session_id,
        "started": None if one.started_at_us is None else iso(one.started_at_us),
        "duration_s": None if one.duration_us is None else one.duration_us / 1_000_000,
        "task": one.task,
        "apps": list(one.apps or ()),
        "events": one.events,
        "frames": one.frames,
        "gaps": one.gaps,
        "bytes": one.size_bytes,
        "state": one.state.value,
        "staged": one.staged,
        "recording": one.recording,
        "damaged": one.damaged,
    }


def iso(unix_us: int) -> str:
    """ISO 8601, UTC, with milliseconds."""
    return datetime.fromtimestamp(unix_us / 1e6, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
