"""The review page as one application: its pages and its calls."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from recorder import __version__
from recorder.errors import RecorderError
from recorder.page.calls import Call, openapi, routes
from recorder.page.door import Keys
from recorder.page.frame import Frame
from recorder.review.shelf import Shelf
from recorder.review.web import sessions

PACKAGE = "recorder.review.web"


def review_app(keys: Keys, shelf: Shelf, close: Callable[[], None], first: str | None = None) -> Starlette:
    """`first`: the session to begin with. `close` ends the page."""

    def end() -> dict[str, str]:
        close()
        return {}

    frame = Frame(keys, PACKAGE)
    calls = [
        Call(method="POST", path="/api/close", does="End the page.", run=end, beside=True),
        *sessions.calls(shelf),
    ]
    described = openapi(calls, "recorder review", __version__)
    calls.append(Call(method="GET", path="/api/openapi.json", does="This description.", run=lambda: described))
    pages = [Route("/", _overview(frame, shelf, first)), Route("/s/{session_id}", _session(frame, shelf))]
    return Starlette(routes=[*frame.static(), Mount(keys.prefix, routes=[*pages, *routes(calls)])])


def _overview(frame: Frame, shelf: Shelf, first: str | None) -> Callable[[Request], Response]:
    def overview(request: Request) -> Response:
        return frame.page(
            "overview.html", sessions=[sessions.line(one) for one in reversed(shelf.sessions())], first=first
        )

    return overview


def _session(frame: Frame, shelf: Shelf) -> Callable[[Request], Response]:
    def session(request: Request) -> Response:
        session_id = request.path_params["session_id"]
        try:
            reader = shelf.reader(session_id)
        except RecorderError as error:
            return frame.page("trouble.html", 404, message=error.message, hint=error.hint)
        return frame.page("session.html", session_id=session_id, started=sessions.iso(reader.manifest.started_at_us))

    return session
