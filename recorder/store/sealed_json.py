"""What is fixed at a session's start and known at its end, as the JSON that the manifest carries sealed."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from recorder.errors import DamagedError
from recorder.model.geometry import Monitor, Rect
from recorder.model.redacted import Tally
from recorder.model.session import SessionStart


def start_fields(start: SessionStart) -> dict[str, Any]:
    fields = dataclasses.asdict(start)
    return fields | {"categories": sorted(start.categories)}


def parse_start(fields: dict[str, Any]) -> SessionStart:
    """Raises: DamagedError."""
    try:
        screens = tuple(Monitor(**one | {"rect": Rect(**one["rect"])}) for one in fields["screens"])
        return SessionStart(**fields | {"screens": screens, "categories": frozenset(fields["categories"])})
    except (TypeError, KeyError, AttributeError):
        raise DamagedError("a session's start does not parse") from None


def end_fields(counters: Mapping[str, Tally], duration_us: int, *, recovered: bool = False) -> dict[str, Any]:
    books = {kind: dataclasses.asdict(tally) for kind, tally in counters.items()}
    return {"counters": books, "duration_us": duration_us, "recovered": recovered}


def parse_counters(fields: dict[str, Any]) -> dict[str, Tally]:
    """Raises: DamagedError."""
    try:
        return {kind: Tally(**tally) for kind, tally in fields["counters"].items()}
    except (TypeError, KeyError, AttributeError):
        raise DamagedError("a session's books do not parse") from None
