"""What a deletion chooses, as a person says it; `choose.py` finds out what that means in one session."""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from recorder.errors import DamagedError
from recorder.model.geometry import Rect
from recorder.store.taken import Range


class What(StrEnum):
    """By what a deletion chooses."""

    SESSION = "session"
    SESSIONS = "sessions"
    BETWEEN = "between"
    APP = "app"
    FRAMES = "frames"
    EVENTS = "events"
    WINDOW = "window"
    SITE = "site"
    HITS = "hits"
    BRUSH = "brush"
    ALL = "all"
    STAGED = "staged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """Rows of one session by number: contexts with all that belongs to them, pictures, events by seq. `task`: what
    the person said that the session was for."""

    session_id: str
    contexts: tuple[int, ...] = ()
    frames: tuple[int, ...] = ()
    events: tuple[int, ...] = ()
    task: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """What to delete. `span`: Unix microseconds [from, to) for BETWEEN, first and last seq for EVENTS. `picked`: for
    WINDOW and HITS, what was found. `site`: for SITE, as a rule spells it. `session_ids`: for SESSIONS. `stages`: for
    STAGED, their ids. `rect` on the virtual desktop and `reach` (a `brush.Reach`): for BRUSH, from the frame named."""

    what: What
    session_id: str | None = None
    span: Range | None = None
    app: str | None = None
    site: str | None = None
    frame_ids: tuple[int, ...] = ()
    picked: tuple[Picked, ...] = ()
    session_ids: tuple[str, ...] = ()
    stages: tuple[int, ...] = ()
    rect: Rect | None = None
    reach: str | None = None

    def may_reach(self, session_id: str) -> bool:
        """Whether anything of this session may be chosen, as far as its id tells."""
        if self.what in (What.WINDOW, What.HITS):
            return any(one.session_id == session_id for one in self.picked)
        if self.what is What.SESSIONS:
            return session_id in self.session_ids
        return self.session_id in (None, session_id)

    @property
    def whole(self) -> bool:
        """Whether it takes every session that it reaches whole."""
        return self.what in (What.SESSION, What.SESSIONS, What.ALL)

    def picked_in(self, session_id: str) -> Picked | None:
        return next((one for one in self.picked if one.session_id == session_id), None)

    def fields(self) -> dict[str, Any]:
        """As JSON takes it."""
        return dataclasses.asdict(self)


def parse_selector(fields: dict[str, Any]) -> Selector:
    """Raises: DamagedError."""
    try:
        span = None if fields["span"] is None else (int(fields["span"][0]), int(fields["span"][1]))
        picked = tuple(_picked(one) for one in fields["picked"])
        numbers = {name: tuple(int(one) for one in fields[name]) for name in ("frame_ids", "stages")}
        ids = tuple(str(one) for one in fields["session_ids"])
        rect = fields.get("rect")
        box = None if rect is None else Rect(**{name: int(value) for name, value in rect.items()})
        changes = {"what": What(fields["what"]), "span": span, "picked": picked, "session_ids": ids, "rect": box}
        return Selector(**fields | changes | numbers)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise DamagedError("what a deletion chose does not parse") from None


def _picked(fields: dict[str, Any]) -> Picked:
    rows = {name: tuple(int(one) for one in fields[name]) for name in ("contexts", "frames", "events")}
    return Picked(session_id=str(fields["session_id"]), task=bool(fields.get("task", False)), **rows)
