"""Taking out from the page: what is chosen is counted, staged, undone, done again, purged."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from recorder.errors import RecorderError, UsageError
from recorder.page.calls import Call, Number, Text, Turn, Us
from recorder.review import pick
from recorder.review.finding import Searches
from recorder.review.shelf import Shelf
from recorder.review.undoing import Undoing, amount_values, receipt_values, values
from recorder.store.selector import Selector, What

Name = Annotated[str, Meta(max_length=1000)]


class Chosen(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a person chose. `what` says which of the other fields count; without `session` all of them are meant."""

    what: Literal["frames", "range", "app", "window", "site", "session", "hits"]
    session: str | None = None
    frames: Annotated[list[Number], Meta(max_length=10_000)] = []
    from_us: Us = 0
    to_us: Us = 0
    app: Name = ""
    site: Name = ""
    title: Text = ""
    search: str = ""
    hits: Annotated[list[Number], Meta(max_length=100_000)] | None = None


class Undone(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which staged deletion; without one the last."""

    id: Number | None = None


class Purging:
    """The purge of this page: under way, done with its receipt, or failed with why."""

    def __init__(self, undoing: Undoing) -> None:
        self._undoing = undoing
        self._state: dict[str, Any] = {"state": "none"}

    def run(self) -> dict[str, Any]:
        """Returns when it is done. Meanwhile `told` says that it is pending."""
        self._state = {"state": "pending"}
        try:
            receipt = self._undoing.purge()
        except RecorderError as error:
            self._state = {"state": "failed", "error": error.message, "hint": error.hint}
            raise
        except BaseException:
            self._state = {"state": "failed", "error": "it stopped in the middle; the next start finishes it"}
            raise
        self._state = {"state": "done", "receipt": receipt_values(receipt)}
        return self._state

    def told(self) -> dict[str, Any]:
        return self._state


def calls(shelf: Shelf, searches: Searches, undoing: Undoing) -> list[Call]:
    purging = Purging(undoing)

    def stack() -> dict[str, Any]:
        return {"staged": [values(one) for one in undoing.listed()], "again": len(undoing.again)}

    def and_stack(made: Any) -> dict[str, Any]:
        return {"stage": values(made)} | stack()

    def preview(body: Chosen) -> dict[str, Any]:
        return amount_values(undoing.preview(_selector(body, shelf, searches)))

    def stage(body: Chosen) -> dict[str, Any]:
        return and_stack(undoing.stage(_selector(body, shelf, searches)))

    def undo(body: Undone) -> dict[str, Any]:
        return and_stack(undoing.undo(body.id))

    def redo() -> dict[str, Any]:
        return and_stack(undoing.redo())

    made = (
        ("/api/cuts", "Take it out of every view and export, until it is undone.", stage, Chosen),
        ("/api/cuts/undo", "Show it again, bit for bit as it was.", undo, Undone),
        ("/api/cuts/redo", "Take it out again.", redo, None),
        ("/api/purge", "Destroy for good all that is staged.", purging.run, None),
    )
    staged = "What is staged for deletion, and how much could be done again."
    return [
        Call(method="GET", path="/api/cuts", does=staged, run=stack),
        Call(method="POST", path="/api/cuts/preview", does="Exactly what would go.", run=preview, body=Chosen),
        Call(method="GET", path="/api/purge", does="What became of that.", run=purging.told, turn=Turn.BESIDE),
        *(
            Call(method="POST", path=path, does=does, run=run, body=body, changes=True)
            for path, does, run, body in made
        ),
    ]


def _selector(chosen: Chosen, shelf: Shelf, searches: Searches) -> Selector:
    """Raises: UsageError."""
    return _MADE[chosen.what](chosen, shelf, searches)


def _frames(chosen: Chosen, shelf: Shelf, _: Searches) -> Selector:
    return Selector(what=What.FRAMES, session_id=_one(chosen), frame_ids=tuple(sorted(set(chosen.frames))))


def _range(chosen: Chosen, shelf: Shelf, _: Searches) -> Selector:
    """A range of the page is in the session's own time."""
    if chosen.from_us >= chosen.to_us:
        raise UsageError("that range is empty")
    origin = shelf.reader(_one(chosen)).manifest.started_at_us
    span = (origin + chosen.from_us, origin + chosen.to_us)
    return Selector(what=What.BETWEEN, session_id=chosen.session, span=span)


def _app(chosen: Chosen, shelf: Shelf, _: Searches) -> Selector:
    return Selector(what=What.APP, session_id=chosen.session, app=_named(chosen.app))


def _site(chosen: Chosen, shelf: Shelf, _: Searches) -> Selector:
    return Selector(what=What.SITE, session_id=chosen.session, site=_named(chosen.site))


def _window(chosen: Chosen, shelf: Shelf, _: Searches) -> Selector:
    ids = shelf.ids() if chosen.session is None else [chosen.session]
    found = (pick.window(shelf.reader(one), _named(chosen.title)) for one in ids)
    return Selector(what=What.WINDOW, picked=tuple(one for one in found if one is not None))


def _session(chosen: Chosen, shelf: Shelf, _: Searches) -> Selector:
    return Selector(what=What.SESSION, session_id=_one(chosen))


def _hits(chosen: Chosen, shelf: Shelf, searches: Searches) -> Selector:
    return searches.selector(chosen.search, chosen.hits)


_MADE: dict[str, Callable[[Chosen, Shelf, Searches], Selector]] = {
    "frames": _frames,
    "range": _range,
    "app": _app,
    "window": _window,
    "site": _site,
    "session": _session,
    "hits": _hits,
}


def _one(chosen: Chosen) -> str:
    if chosen.session is None:
        raise UsageError("say of which session")
    return chosen.session


def _named(text: str) -> str:
    if not text.strip():
        raise UsageError("an empty name chooses nothing")
    return text
