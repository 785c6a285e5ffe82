"""The page of what is kept: how much, how long, and what is older."""

from typing import Annotated, Any

from msgspec import Meta, Struct
from starlette.responses import Response

from recorder.errors import UsageError
from recorder.page.calls import Call
from recorder.page.frame import Frame
from recorder.review.keeping import Storage, older_than, storage
from recorder.review.shelf import Shelf
from recorder.review.undoing import Undoing, values
from recorder.review.web.sessions import iso
from recorder.store.tidy import Stored, Tidying


class Older(Struct, kw_only=True, forbid_unknown_fields=True):
    """Sessions that ended more than `days` ago. `also_approved`: also what waits to be exported."""

    days: Annotated[int, Meta(ge=0, le=36_500)]
    also_approved: bool = False


def calls(shelf: Shelf, undoing: Undoing) -> list[Call]:
    def told() -> dict[str, Any]:
        return _storage(storage(shelf))

    def preview(body: Older) -> dict[str, Any]:
        return _tidying(older_than(shelf, body.days, also_approved=body.also_approved))

    def stage(body: Older) -> dict[str, Any]:
        found = older_than(shelf, body.days, also_approved=body.also_approved)
        if not found.goes:
            raise UsageError("no recording is that old")
        return {"stage": values(undoing.stage(found.selector))}

    return [
        Call(method="GET", path="/api/storage", does="What the recordings take.", run=told),
        Call(method="POST", path="/api/older/preview", does="What is older.", run=preview, body=Older),
        Call(method="POST", path="/api/older", does="Take out what is older.", run=stage, body=Older, changes=True),
    ]


def page(frame: Frame, shelf: Shelf) -> Response:
    return frame.page("storage.html", page="storage", told=_storage(storage(shelf)))


def _storage(found: Storage) -> dict[str, Any]:
    return {
        "used_bytes": found.used_bytes,
        "free_bytes": found.free_bytes,
        "sessions": found.sessions,
        "oldest": None if found.oldest_at_us is None else iso(found.oldest_at_us),
        "days": found.keep.days,
        "cap_bytes": found.keep.max_bytes,
        "due": _tidying(found.due),
        "trouble": found.trouble,
    }


def _tidying(found: Tidying) -> dict[str, Any]:
    return {
        "goes": [_one(one) for one in found.goes],
        "spared": [_one(one) for one in found.spared],
        "bytes": sum(one.size_bytes for one in found.goes),
        "left_bytes": found.left_bytes,
    }


def _one(one: Stored) -> dict[str, Any]:
    return {"id": one.session_id, "ended": iso(one.ended_at_us), "bytes": one.size_bytes}
