"""What has the keyboard, as far as a text run needs to know it."""

from typing import NamedTuple

from recorder.model.element import ElementRole
from recorder.model.geometry import Rect
from recorder.model.policy import TextLevel

Place = tuple[int, str | None]


class Field(NamedTuple):
    """A focused element that is known to be harmless, and how closely its typing may be kept (never `NONE`)."""

    window: int
    element: str | None
    level: TextLevel
    kind: ElementRole | None = None
    name: str | None = None
    rect: Rect | None = None

    @property
    def place(self) -> Place:
        """What tells it from other fields while both live."""
        return (self.window, self.element)
