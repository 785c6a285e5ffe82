"""The real page over a synthetic home: served on the loopback address in a thread, looked at with a real Chromium."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from recorder.cli.opened import Opened
from recorder.cli.outlets import ExportOutlets
from recorder.page.server import Life, serve
from recorder.review.shelf import Shelf
from recorder.review.web.app import review_app
from tests.recorded import RecordedHome


@dataclass(slots=True)
class Served:
    """`url`: the one-time address. `base`: scheme, host, port and prefix, without a slash at the end."""

    url: str
    shelf: Shelf
    life: Life

    @property
    def base(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/open')}"


@contextmanager
def served(home: RecordedHome, *, idle_s: float = 120.0) -> Iterator[Served]:
    """Raises: TimeoutError when nothing listens within ten seconds."""
    shelf, life, told = Shelf(home.path, home.unlocked), Life(idle_s=idle_s), threading.Event()
    outlets = ExportOutlets(Opened(home.path, home.unlocked))
    url = []

    def opened(address: str) -> None:
        url.append(address)
        told.set()

    server = threading.Thread(
        target=serve, args=(lambda keys: review_app(keys, shelf, outlets, life.close), opened, life), daemon=True
    )
    server.start()
    if not told.wait(10):
        raise TimeoutError("the page did not begin to listen")
    try:
        yield Served(url[0], shelf, life)
    finally:
        life.close()
        server.join(10)
        assert not server.is_alive(), "the page goes on although it was closed"
