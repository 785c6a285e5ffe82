"""The review page as one application: its pages and its calls."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route

from recorder import __version__
from recorder.format.memory import use_the_systems
from recorder.page.calls import Call, Turn, openapi, routes
from recorder.page.door import Keys
from recorder.page.frame import Frame, page
from recorder.review import decide
from recorder.review.finding import Searches
from recorder.review.leaving import Outlets
from recorder.review.shelf import Shelf
from recorder.review.undoing import Undoing
from recorder.review.web import (
    approving,
    brushing,
    cutting,
    finding,
    histories,
    keeping,
    leaving,
    pictures,
    rules,
    sessions,
    timeline,
)

PACKAGE = "recorder.review.web"


def review_app(
    keys: Keys, shelf: Shelf, outlets: Outlets, close: Callable[[], None], first: str | None = None
) -> Starlette:
    """`first`: the session to which the one-time address leads.
    `close` ends the page. `outlets`: the one way in which anything leaves."""
    use_the_systems()
    keys.landing = "" if first is None else f"s/{first}"
    frame = Frame(keys, PACKAGE)
    calls = calls_of(shelf, outlets, close)
    described = openapi(calls, "recorder review", __version__)
    calls.append(Call(method="GET", path="/api/openapi.json", does="This description.", run=lambda: described))
    pages = [
        Route("/", page(frame, lambda: _overview(frame, shelf))),
        Route("/leaving", page(frame, lambda: _leaving(frame, shelf))),
        Route("/storage", page(frame, lambda: keeping.page(frame, shelf))),
        Route("/history", page(frame, lambda: histories.page(frame, shelf))),
        Route("/s/{session_id}", page(frame, lambda session_id: _session(frame, shelf, session_id))),
    ]
    return Starlette(routes=[*frame.static(), Mount(keys.prefix, routes=[*pages, *routes(calls)])])


def calls_of(shelf: Shelf, outlets: Outlets, close: Callable[[], None]) -> list[Call]:
    """Everything that the page's scripts can ask for, but for the description of it."""

    def end() -> dict[str, str]:
        close()
        return {}

    searches, undoing = Searches(), Undoing(shelf)
    return [
        Call(method="POST", path="/api/close", does="End the page.", run=end, turn=Turn.BESIDE),
        *sessions.calls(shelf),
        *timeline.calls(shelf),
        *pictures.calls(shelf),
        *finding.calls(shelf, searches),
        *cutting.calls(shelf, searches, undoing),
        *brushing.calls(undoing),
        *rules.calls(undoing),
        *keeping.calls(shelf, undoing),
        *histories.calls(shelf),
        *approving.calls(shelf),
        *leaving.calls(shelf, outlets),
    ]


def _overview(frame: Frame, shelf: Shelf) -> Response:
    lines = [sessions.line(one) for one in reversed(shelf.sessions())]
    return frame.page("overview.html", page="overview", sessions=lines)


def _leaving(frame: Frame, shelf: Shelf) -> Response:
    lines = [sessions.line(one) for one in reversed(shelf.sessions()) if not one.recording]
    return frame.page("leaving.html", page="leaving", sessions=lines)


def _session(frame: Frame, shelf: Shelf, session_id: str) -> Response:
    reader = shelf.reader(session_id)
    started, shown = sessions.iso(reader.manifest.started_at_us), decide.shown(reader)
    return frame.page("session.html", page="session", session_id=session_id, started=started, shown=shown)
