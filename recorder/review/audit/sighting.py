"""What the audit points at: where it stands in a session, by which rule, and what was found there (memory only)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from recorder.model.geometry import Rect

_ENDS = 2  # characters that a veiled text shows at either end


class Where(StrEnum):
    """Which stream of a session it stands in."""

    FRAME = "frame"
    TITLE = "title"
    TYPED = "typed"
    URL = "url"
    TARGET = "target"
    KEY = "key"
    TASK = "task"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One thing to look at. `ref_id`: the frame_id, context_id, run or seq of the first place; `times` how many places
    there are like it. `start`, `end`: characters of the stored text; `rect`: pixels of the stored picture."""

    where: Where
    t_us: int
    ref_id: int | None
    rule: str
    text: str
    start: int | None = None
    end: int | None = None
    rect: Rect | None = None
    times: int = 1


def gather(sightings: Iterable[Sighting]) -> list[Sighting]:
    """By time; the same text by the same rule in the same stream once, at its first place."""
    first: dict[tuple[Where, str, str], Sighting] = {}
    for one in sorted(sightings, key=lambda one: (one.t_us, one.where, one.ref_id or 0, one.start or 0)):
        key = one.where, one.rule, " ".join(one.text.split()).casefold()
        known = first.get(key)
        first[key] = one if known is None else replace(known, times=known.times + one.times)
    return list(first.values())


def veil(text: str) -> str:
    """`text` for a screen that others may see: its ends alone, and never more than half of it."""
    shown = min(_ENDS, len(text) // 4)
    return f"{text[:shown]}…{text[len(text) - shown :]}"
