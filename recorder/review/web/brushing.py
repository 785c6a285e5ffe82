"""Filling a box from the page: counted first, then filled everywhere at once, until it is undone."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from recorder.model.geometry import Rect
from recorder.page.calls import Call, Number, Px
from recorder.review import brushing
from recorder.review.brushing import Box
from recorder.review.undoing import Undoing, values
from recorder.store.brush import Reach

Length = Annotated[int, Meta(ge=1, le=2**30)]


class Drawn(Struct, kw_only=True, forbid_unknown_fields=True):
    """A box in the picture's own pixels. `reach`: that picture; while the window stays in place; wherever the app is
    seen."""

    frame: Number
    x: Px
    y: Px
    width: Length
    height: Length
    reach: Literal["picture", "window", "app"] = "picture"


def calls(undoing: Undoing) -> list[Call]:
    def preview(session_id: str, body: Drawn) -> dict[str, Any]:
        found = brushing.preview(undoing, session_id, _box(body))
        return {"pictures": found.brushed, "texts": found.texts, "bytes": found.size_bytes, "nothing": found.nothing}

    def fill(session_id: str, body: Drawn) -> dict[str, Any]:
        return {"stage": values(brushing.fill(undoing, session_id, _box(body)))}

    here = "/api/sessions/{session_id}/brush"
    told = "In how many pictures it would be filled, and how many texts would go."
    return [
        Call(method="POST", path=f"{here}/preview", does=told, run=preview, body=Drawn),
        Call(
            method="POST",
            path=here,
            does="Fill a box in pictures, until it is undone.",
            run=fill,
            body=Drawn,
            changes=True,
        ),
    ]


def _box(drawn: Drawn) -> Box:
    return Box(drawn.frame, Rect(drawn.x, drawn.y, drawn.width, drawn.height), Reach(drawn.reach))
