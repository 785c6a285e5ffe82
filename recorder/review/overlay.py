"""What lies over a frame for the eyes of its owner: where they clicked, which keys they pressed, what is filled.

Positions are pixels of the frame. What is filled is read from the picture itself: the guard fills what may be text with
one grey and what is withheld with black, and its rows tell how many boxes there were and not where. An area that an app
itself painted in exactly these colours is marked too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pyarrow.compute as pc

from recorder.model.geometry import Rect
from recorder.model.redacted import EventKind
from recorder.review.held import Held
from recorder.review.shown import Pixels

MASKED, WITHHELD = 128, 0  # grey and black, in all three channels
LEAST_PX = 60  # smaller areas are no box of the guard's
MOST_EVENTS, MOST_SHAPES = 200, 2000
_SHOWN = (
    *(EventKind.BUTTON, EventKind.WHEEL, EventKind.KEY, EventKind.TEXT_RUN),
    *(EventKind.SECRET_ENTRY, EventKind.PASTE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A button went down at (x, y), or with `button` None the wheel turned there."""

    t_us: int
    x: int
    y: int
    button: int | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A shortcut or named key, or one typing run: never more of it than is stored."""

    t_us: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What happened while the frame was what a person saw, [t_us, until_us). `more` events are not in it."""

    frame_id: int
    t_us: int
    until_us: int
    clicks: list[Click]
    chips: list[Chip]
    more: int
    boxes: list[Rect]  # of redaction rows that say where


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Outlines of what is filled: each a closed line, x and y in turn."""

    masked: list[list[int]]
    withheld: list[list[int]]
    more: int  # outlines that are not in it


def overlay(held: Held, frame_id: int) -> Overlay | None:
    """None: there is no such frame. Raises: DamagedError."""
    frames, events = held.frames, held.events
    at = np.flatnonzero(frames.frame_id == frame_id)
    if not len(at):
        return None
    n = int(at[0])
    start, until = int(frames.t_us[n]), int(frames.until_us[n])
    first, after = np.searchsorted(events.t_us, [start, until]).tolist()
    shown = first + np.flatnonzero(events.of(*_SHOWN)[first:after])
    rows = held.rows(shown[:MOST_EVENTS].tolist())
    screen = _screen(held, int(frames.screen[n]))
    return Overlay(
        frame_id=frame_id,
        t_us=start,
        until_us=until,
        clicks=_clicks(rows, screen),
        chips=_chips(rows),
        more=max(0, len(shown) - MOST_EVENTS),
        boxes=_boxes(held, frame_id),
    )


def filled(pixels: Pixels) -> Filled:
    """What of a picture is filled."""
    masked, withheld = (_outlines(pixels, value) for value in (MASKED, WITHHELD))
    more = max(0, len(masked) - MOST_SHAPES) + max(0, len(withheld) - MOST_SHAPES)
    return Filled(masked=masked[:MOST_SHAPES], withheld=withheld[:MOST_SHAPES], more=more)


def _outlines(pixels: Pixels, value: int) -> list[list[int]]:
    same = cv2.inRange(pixels, (value,) * 3, (value,) * 3)
    found, _ = cv2.findContours(same, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [line.reshape(-1).tolist() for line in found if len(line) >= 3 and cv2.contourArea(line) >= LEAST_PX]


def _screen(held: Held, index: int) -> Rect | None:
    return next((one.rect for one in held.reader.start.screens if one.index == index), None)


def _clicks(rows: Sequence[dict[str, Any]], screen: Rect | None) -> list[Click]:
    """In the frame's own pixels; those on other screens are left out. Presses in a row at one place are one."""
    found: list[Click] = []
    for row in rows:
        if row["kind"] not in (EventKind.BUTTON, EventKind.WHEEL) or row.get("pressed") is False or "x" not in row:
            continue
        if screen is not None and not screen.contains(row["x"], row["y"]):
            continue
        x, y = row["x"] - (screen.x if screen else 0), row["y"] - (screen.y if screen else 0)
        last = found[-1] if found else None
        if last is not None and (last.x, last.y, last.button) == (x, y, row.get("button")):
            found[-1] = Click(t_us=last.t_us, x=x, y=y, button=last.button, count=last.count + 1)
            continue
        found.append(Click(t_us=row["t_us"], x=x, y=y, button=row.get("button"), count=1))
    return found


def _chips(rows: Sequence[dict[str, Any]]) -> list[Chip]:
    found = []
    for row in rows:
        text = _said(row)
        if text is not None:
            found.append(Chip(t_us=row["t_us"], kind=row["kind"], text=text))
    return found


def _said(row: dict[str, Any]) -> str | None:
    match row["kind"]:
        case EventKind.KEY.value if row.get("pressed") is not False and "key" in row:
            return str(row["key"])
        case EventKind.TEXT_RUN.value:
            return str(row["text"])[:200] if row.get("text") else f"typed {row.get('count_bucket', '?')} keys"
        case EventKind.SECRET_ENTRY.value:
            return "a secret: not kept"
        case EventKind.PASTE.value:
            return "pasted"
    return None


def _boxes(held: Held, frame_id: int) -> list[Rect]:
    rows = held.redactions
    if "rect" not in rows.column_names:
        return []
    mine = rows.filter(pc.and_(pc.equal(rows["target"], "frames"), pc.equal(rows["ref_id"], frame_id)))
    return [Rect(**rect) for rect in mine["rect"].to_pylist() if rect is not None]
