"""Boxes that a person fills in pictures: counted first, then filled in every view at once, until they are undone."""

from dataclasses import dataclass

from recorder.model.geometry import Rect
from recorder.review.undoing import Amount, Undoing
from recorder.store import brush
from recorder.store.brush import Reach
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from recorder.store.staged import Stage


@dataclass(frozen=True, slots=True)
class Box:
    """A box in the pixels of one picture, and in which pictures it is filled."""

    frame_id: int
    rect: Rect
    reach: Reach = Reach.PICTURE


def selector(reader: SessionReader, box: Box) -> Selector:
    """What fills it. Raises: UsageError saying why nothing would be; DamagedError."""
    rect = brush.placed(reader, box.frame_id, box.rect, box.reach)
    return Selector(
        what=What.BRUSH, session_id=reader.session_id, frame_ids=(box.frame_id,), rect=rect, reach=box.reach.value
    )


def preview(undoing: Undoing, session_id: str, box: Box) -> Amount:
    """How many pictures change, and how many texts go with what is under it. Raises: as `selector`."""
    return undoing.preview(selector(undoing.shelf.reader(session_id), box))


def fill(undoing: Undoing, session_id: str, box: Box) -> Stage:
    """Raises: as `selector`; UsageError when all of it is filled already."""
    return undoing.stage(selector(undoing.shelf.reader(session_id), box))
