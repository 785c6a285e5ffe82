"""What the capture of a real desktop says about what surrounds the focus, for tests to wait for."""

import http.server
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from recorder.capture.backends.x11.backend import X11Backend
from recorder.capture.backends.x11.bus import Bus
from recorder.model.consent import Category
from recorder.model.policy import AppRule, Policy
from recorder.model.raw import RawEvent, RawWindow, RawWindows
from recorder.pipeline.inbox import Inbox
from recorder.pipeline.sources import Sources

T = TypeVar("T")
APPS = ("chromium", "firefox-esr", "gtk sights", "qt sights")
CHROMIUM = ("chromium", "--no-sandbox", "--no-first-run", "--disable-gpu", "--force-renderer-accessibility")


class Onlooker:
    """Runs the capture threads of a recorder that is allowed `apps` and `categories`, and keeps what they say."""

    def __init__(self, categories: frozenset[Category], apps: tuple[str, ...] = APPS) -> None:
        self.inbox = Inbox(100_000)
        self.sources = Sources(X11Backend(), self.inbox, lambda _: (), min_gap_s=1.0, frames=False)
        self.follow(categories, apps)
        self.heard: list[RawEvent] = []

    def follow(self, categories: frozenset[Category], apps: tuple[str, ...] = APPS) -> None:
        rules = tuple(AppRule(name=app, wm_class=app) for app in apps)
        self.sources.follow(Policy(apps=rules), categories, frozenset())

    def listen(self) -> list[RawEvent]:
        while (item := self.inbox.get(0)) is not None:
            self.heard.append(item)  # type: ignore[arg-type]
        return self.heard

    def all(self, kind: type[T]) -> list[T]:
        return [event for event in self.listen() if isinstance(event, kind)]

    def wait(self, kind: type[T], holds: Callable[[T], bool] = lambda _: True, timeout_s: float = 20.0) -> T:
        """The first one like that from now on, or among what was heard and not cleared."""
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            found = next((event for event in self.all(kind) if holds(event)), None)
            if found is not None:
                return found
            time.sleep(0.005)
        raise AssertionError(f"no such {kind.__name__} came; heard {sorted({type(e).__name__ for e in self.heard})}")

    def window(self, title: str) -> RawWindow:
        """The newest look at the window with this text in its title."""

        def find(windows: RawWindows) -> bool:
            return any(title in window.title for window in windows.stack)

        self.wait(RawWindows, find)
        newest = [windows for windows in self.all(RawWindows) if find(windows)][-1]
        return next(window for window in newest.stack if title in window.title)

    def clear(self) -> None:
        self.listen()
        self.heard.clear()


@contextmanager
def looking(categories: frozenset[Category], apps: tuple[str, ...] = APPS) -> Iterator[Onlooker]:
    onlooker = Onlooker(categories, apps)
    onlooker.sources.open()
    try:
        yield onlooker
    finally:
        onlooker.sources.close()
    assert onlooker.sources.died is None


@contextmanager
def serving(pages: Mapping[str, str]) -> Iterator[int]:
    """A web server on this machine with these pages by path; its port. `PORT` in a page stands for it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path)
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((page or "").replace("PORT", str(server.server_port)).encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(5)


@contextmanager
def recorded_calls() -> Iterator[list[tuple[str, str]]]:
    """Destination and method of every question that goes to a bus meanwhile."""
    calls: list[tuple[str, str]] = []
    real = Bus.call_all

    def spy(self: Bus, messages, *, deadline_s: float):  # type: ignore[no-untyped-def]
        for message in messages:
            fields = {field.name: value for field, value in message.header.fields.items()}
            calls.append((fields.get("destination", ""), fields.get("member", "")))
        return real(self, messages, deadline_s=deadline_s)

    Bus.call_all = spy  # type: ignore[method-assign]
    try:
        yield calls
    finally:
        Bus.call_all = real  # type: ignore[method-assign]
