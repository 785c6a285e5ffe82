"""Opening a page: the one-time URL is printed, and the browser gets it through a file that only its owner can read.

An address on a command line can be read by every account of the machine, so no browser is started with it.
"""

import contextlib
import html
import signal
import tempfile
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from recorder.cli import output
from recorder.store.home import remove_file, write_private

if TYPE_CHECKING:
    from recorder.page.server import Life, MakeApp

DOORSTEP = "open-page.html"


def open_page(home: Path, app: "MakeApp", life: "Life", *, browser: bool) -> None:
    """Serve until it is closed, left alone, or Ctrl+C. Raises: PlatformError when no port can be had."""
    from recorder.page.server import serve

    with _doorstep(home) as step:

        def opened(url: str) -> None:
            output.answer(url)
            output.note("the page is on this machine alone; the address works once, within 5 minutes")
            output.note("it ends when you close it there, with Ctrl+C, or after 15 minutes without use")
            if browser:
                _show(step, url)

        with _ended_by_signals(), contextlib.suppress(KeyboardInterrupt):
            serve(app, opened, life)
    output.note("the page is closed; nothing listens any more")


@contextlib.contextmanager
def _doorstep(home: Path) -> Iterator[Path]:
    if not home.is_dir():  # before a consent there is none, and saying no leaves none
        with tempfile.TemporaryDirectory(prefix="recorder-") as folder:
            yield Path(folder) / DOORSTEP
        return
    step = home / DOORSTEP
    try:
        yield step
    finally:
        remove_file(step)


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """`kill` and a closed terminal end the page in order, as Ctrl+C does."""
    numbers = [signal.SIGTERM] + ([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _show(step: Path, url: str) -> None:
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is webbrowser.GenericBrowser:  # one that would take over this terminal
        return
    write_private(step, f'<meta http-equiv="refresh" content="0; url={html.escape(url)}">\n'.encode())
    browser.open(step.as_uri())
