"""What a person's brush takes out of one session: a box that is filled in pictures, and the text that may have stood
under it. Plain values: nothing here opens a table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from recorder.model.geometry import Rect
from recorder.store.numbers import NONE, Numbers

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brushed:
    """One box, resolved for one session. `rect` and `screen` (where the monitor lies): pixels of the virtual desktop.

    `frames`: pictures in which it is filled. `names`: events, by seq, whose element's name goes; `runs`: text runs that
    keep nothing but how much was typed; `titles`: contexts whose title and address go. `span`: [from, to), microseconds
    since the session's start, in which all of these rows are.
    """

    rect: Rect
    screen: Rect
    frames: Numbers = NONE
    names: Numbers = NONE
    runs: Numbers = NONE
    titles: Numbers = NONE
    span: Range = (0, 0)

    def inside(self, width: int, height: int) -> Rect | None:
        """The part that lies on a picture of this size, as the virtual desktop has it; None when nothing does."""
        return self.rect.intersect(Rect(self.screen.x, self.screen.y, width, height))


class Note(NamedTuple):
    """That something of one row went, as the row of the redactions table will say it. `rect`: the part of the box that
    lies on the picture; `origin`: where that picture's first pixel lies on the virtual desktop. `seq`: of an event
    whose element's name goes."""

    table: str
    field: str
    t_us: int
    ref_id: int | None
    rect: Rect | None = None
    origin: tuple[int, int] = (0, 0)
    seq: int | None = None

    @property
    def local(self) -> Rect | None:
        """Where the box lies in the picture itself."""
        x, y = self.origin
        return None if self.rect is None else Rect(self.rect.x - x, self.rect.y - y, self.rect.width, self.rect.height)


Notes = tuple[Note, ...]


def boxes_of(notes: Iterable[Note]) -> dict[int, list[Rect]]:
    """Per picture that is filled, where, in its own pixels."""
    found: dict[int, list[Rect]] = {}
    for note in notes:
        box = note.local
        if note.table == "frames" and note.ref_id is not None and box is not None:
            found.setdefault(note.ref_id, []).append(box)
    return found


def as_json(one: Brushed) -> list[Any]:
    sets = [numbers.steps() for numbers in (one.frames, one.names, one.runs, one.titles)]
    return [_four(one.rect), _four(one.screen), *sets, list(one.span)]


def from_json(fields: list[Any]) -> Brushed:
    """Raises: ValueError, TypeError."""
    rect, screen, frames, names, runs, titles, span = fields
    sets = [Numbers.of_steps(steps) for steps in (frames, names, runs, titles)]
    return Brushed(
        rect=_rect(rect),
        screen=_rect(screen),
        frames=sets[0],
        names=sets[1],
        runs=sets[2],
        titles=sets[3],
        span=(int(span[0]), int(span[1])),
    )


def note_as_json(note: Note) -> list[Any]:
    rect = None if note.rect is None else _four(note.rect)
    return [note.table, note.field, note.t_us, note.ref_id, rect, list(note.origin), note.seq]


def note_from_json(fields: list[Any]) -> Note:
    """Raises: ValueError, TypeError."""
    table, field, t_us, ref_id, rect, origin, seq = fields
    number, event = (None if one is None else int(one) for one in (ref_id, seq))
    place = None if rect is None else _rect(rect)
    return Note(str(table), str(field), int(t_us), number, place, (int(origin[0]), int(origin[1])), event)


def _four(rect: Rect) -> list[int]:
    return [rect.x, rect.y, rect.width, rect.height]


def _rect(fields: list[int]) -> Rect:
    x, y, width, height = (int(one) for one in fields)
    return Rect(x, y, width, height)
