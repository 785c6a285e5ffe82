"""The nouns of the steps table, before they are a table: a stored event's row, and one thing that the person did."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recorder.model.redacted import EventKind
from recorder.model.tables import StepAction


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """The columns of a stored event that steps are made from. Field names are column names."""

    seq: int
    t_us: int
    kind: str
    t_end_us: int | None = None
    x: int | None = None
    y: int | None = None
    button: int | None = None
    pressed: bool | None = None
    scroll_dx: float | None = None
    scroll_dy: float | None = None
    key: str | None = None
    mods: int | None = None
    run: int | None = None
    text: str | None = None
    count_bucket: str | None = None
    target_role: str | None = None
    target_name: str | None = None
    target_rect: dict[str, int] | None = None
    reason: str | None = None
    channel: str | None = None
    context_id: int | None = None
    app: str | None = None
    frame_id: int | None = None
    frame_age_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that the person did. `keys` of a press follow one another, those of a hotkey are held together."""

    kind: StepAction
    t_start_us: int
    t_end_us: int
    first_seq: int | None
    last_seq: int | None
    x: int | None = None
    y: int | None = None
    x2: int | None = None
    y2: int | None = None
    button: int | None = None
    clicks: int | None = None
    keys: tuple[str, ...] = ()
    text: str | None = None
    count_bucket: str | None = None
    scroll_dx: float | None = None
    scroll_dy: float | None = None
    target: dict[str, Any] | None = None  # what it acted on, with the fields of `TargetValue`
    context_id: int | None = None
    app: str | None = None  # the one that it went to; None also for what follows from no event
    frame_id: int | None = None
    frame_age_us: int | None = None


def rows(events: pa.Table) -> Iterator[EventRow]:
    """The rows of the events table that matter for steps, in stored order. Pointer moves are left out: a drag's ends
    stand in its button rows."""
    kept = events.filter(pc.not_equal(events["kind"], EventKind.POINTERMOVE.value))
    names = [field.name for field in fields(EventRow) if field.name in kept.column_names]
    for values in zip(*(kept[name].to_pylist() for name in names), strict=True):
        known: dict[str, Any] = dict(zip(names, values, strict=True))
        yield EventRow(**known)
