"""A person's brush and one session in, what it changes there out: the pictures, and the text that may stand under it.

How far it reaches is a choice of the person's: one picture; the same place for as long as the same window is in front
and stays where it is, before this picture and after it; the same place in all pictures that may show the same app.
"""

import functools
from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from recorder.errors import UsageError
from recorder.format.schema import arrow_schema
from recorder.model.geometry import Monitor, Rect
from recorder.store.brushed import Brushed
from recorder.store.numbers import Numbers
from recorder.store.under import CONTEXTS, EVENTS, FRAMES, Row, under

if TYPE_CHECKING:
    from recorder.store.session import SessionReader


class Reach(StrEnum):
    """In which pictures a box is filled."""

    PICTURE = "picture"
    WINDOW = "window"
    APP = "app"


def placed(reader: "SessionReader", frame_id: int, box: Rect, reach: Reach) -> Rect:
    """A box in the pixels of a picture, as the virtual desktop has it.

    Raises: UsageError saying why a brush would do nothing at all; DamagedError.
    """
    pictures = _pictures(reader)
    picture = _one(pictures, frame_id)
    if picture is None:
        raise UsageError(f"session {reader.session_id} has no frame {frame_id}")
    screen = _screen(reader, picture)
    if screen is None:
        raise UsageError("where this picture's screen was is not known", hint="recorder delete can delete the picture")
    part = box.intersect(Rect(0, 0, picture["width"], picture["height"]))
    if part is None:
        raise UsageError("the box lies outside of the picture")
    if reach is Reach.APP and _app_of(picture, _contexts(reader)) is None:
        raise UsageError("which app this picture is of is not known", hint="choose this picture, or this window")
    return Rect(part.x + screen.rect.x, part.y + screen.rect.y, part.width, part.height)


def choose(reader: "SessionReader", frame_id: int, rect: Rect, reach: Reach) -> Brushed | None:
    """None where there is nothing to fill. Raises: DamagedError."""
    pictures = _pictures(reader)
    picture = _one(pictures, frame_id)
    screen = None if picture is None else _screen(reader, picture)
    if picture is None or screen is None:
        return None
    front = _contexts(reader)
    of_screen = [one for one in pictures if one["screen"] == picture["screen"]]
    chosen = _reached(of_screen, picture, front, reach)
    if not chosen:
        return None
    ids = frozenset(one["frame_id"] for one in chosen)
    spans = [(one["t_us"], one["t_end_us"]) for one in chosen]
    found = under(rect, screen.scale, of_screen, ids, front)
    texts = found.texts(_events(reader, found.since_us, found.hull[1]), front, spans)
    return Brushed(
        rect=rect,
        screen=screen.rect,
        frames=Numbers(ids),
        names=Numbers(texts.names),
        runs=Numbers(texts.runs),
        titles=Numbers(texts.titles),
        span=texts.span,
    )


def _reached(of_screen: Sequence[Row], picture: Row, front: Sequence[Row], reach: Reach) -> list[Row]:
    if reach is Reach.PICTURE:
        return [picture]
    if reach is Reach.WINDOW:
        first, end = _while_in_place(picture, front)
        return [one for one in of_screen if first <= one["t_us"] < end or one is picture]
    app = _app_of(picture, front)
    shows = [one for one in of_screen if one.get("apps") is None or app in one["apps"] or one is picture]
    return [] if app is None else shows


def _while_in_place(picture: Row, front: Sequence[Row]) -> tuple[int, int]:
    """From when to when the window that is in front in the picture was, at the same place. A new title changes nothing:
    rather too many pictures than too few."""
    at = _context_at(picture, front)
    if at is None:
        return picture["t_us"], picture["t_us"] + 1
    first = last = at
    while first > 0 and _place(front[first - 1]) == _place(front[at]):
        first -= 1
    while last + 1 < len(front) and _place(front[last + 1]) == _place(front[at]):
        last += 1
    end: int = front[last + 1]["t_us"] if last + 1 < len(front) else 1 << 62
    return front[first]["t_us"], end


def _place(context: Row) -> tuple[Any, ...]:
    """Where nothing says which window it is, it is one of its own."""
    app, rect = context.get("app"), context.get("window_rect")
    known = None if rect is None else tuple(rect.values())
    return (app, known) if known is not None else (app, context["context_id"])


def _context_at(picture: Row, front: Sequence[Row]) -> int | None:
    numbers = [row["context_id"] for row in front]
    if picture.get("context_id") in numbers:
        return numbers.index(picture["context_id"])
    place = bisect_right([row["t_us"] for row in front], picture["t_us"]) - 1
    return place if place >= 0 else None


def _app_of(picture: Row, front: Sequence[Row]) -> str | None:
    """The app in front if the picture may show it, else the only one that it shows."""
    apps = picture.get("apps")
    at = _context_at(picture, front)
    app: str | None = None if at is None else front[at].get("app")
    if app is not None and (apps is None or app in apps):
        return app
    return apps[0] if apps is not None and len(apps) == 1 else None


def _screen(reader: "SessionReader", picture: Row) -> Monitor | None:
    return next((one for one in reader.start.screens if one.index == picture["screen"]), None)


def _one(pictures: Sequence[Row], frame_id: int) -> Row | None:
    return next((one for one in pictures if one["frame_id"] == frame_id), None)


def _pictures(reader: "SessionReader") -> list[Row]:
    rows: list[Row] = reader.table("frames", FRAMES).to_pylist()
    return rows


def _contexts(reader: "SessionReader") -> list[Row]:
    rows: list[Row] = reader.table("contexts", CONTEXTS).to_pylist()
    return rows


def _events(reader: "SessionReader", from_us: int, to_us: int) -> pa.Table:
    """Those of this time, and of its surroundings, that hold text or belong to some."""
    near = [one for one in reader.manifest.segments if one.t_us <= to_us and one.t_end_us >= from_us]
    parts = [_with_text(part) for part in reader.segments("events", EVENTS, among=near)]
    if not parts:
        return arrow_schema("events", reader.empty_columns("events", EVENTS)).empty_table()
    return pa.concat_tables(parts, promote_options="default")


def _with_text(rows: pa.Table) -> pa.Table:
    says = [pc.is_valid(rows[name]) for name in ("run", "target_name") if name in rows.column_names]
    return rows.filter(functools.reduce(pc.or_, says)) if says else rows.slice(0, 0)
