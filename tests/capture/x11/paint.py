"""A small X client for tests: windows in flat colours, with or without a background, drawn when the test says so."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import Xlib.display
from Xlib import X

RED, GREEN, BLUE, YELLOW = 0xFF0000, 0x00FF00, 0x0000FF, 0xFFFF00


class Painter:
    """One client. Windows are `override_redirect` unless `managed`; every call returns after the server has done it.

    `appeared` is called between mapping a window and drawing it: real applications draw when they are told to.
    """

    def __init__(self, appeared: Callable[[], None] = lambda: None) -> None:
        self.appeared = appeared
        self.display = Xlib.display.Display()
        self.display.set_error_handler(lambda *_: 1)
        self.root = self.display.screen().root

    def __enter__(self) -> "Painter":
        return self

    def __exit__(self, *_: object) -> None:
        self.display.close()

    def window(
        self, colour: int, x: int, y: int, width: int, height: int, *, hollow: bool = False, managed: bool = False
    ) -> Any:
        """A mapped window, filled unless `hollow`: that one has no background and shows what was there before."""
        background = {"background_pixmap": X.NONE} if hollow else {"background_pixel": colour}
        window = self.root.create_window(
            x, y, width, height, 0, X.CopyFromParent, override_redirect=int(not managed), **background
        )
        window.set_wm_name(f"{colour:06x}")
        window.set_wm_class(f"{colour:06x}", "Painter")
        window.map()
        self.display.sync()
        self.appeared()
        if not hollow:
            self.fill(window, colour)
        return window

    def fill(self, window: Any, colour: int) -> None:
        """Draw the whole window."""
        geometry = window.get_geometry()
        context = window.create_gc(foreground=colour)
        window.fill_rectangle(context, 0, 0, geometry.width, geometry.height)
        context.free()
        self.display.sync()

    def lift(self, window: Any) -> None:
        window.configure(stack_mode=X.Above)
        self.display.sync()

    def move(self, window: Any, x: int, y: int) -> None:
        window.configure(x=x, y=y)
        self.display.sync()


class Background:
    """Calls `step` over and over in a thread of its own until the block ends; an exception fails the test."""

    def __init__(self, step: Any) -> None:
        self._step = step
        self._stop = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self.rounds = 0

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._step(self.rounds)
                self.rounds += 1
        except BaseException as error:  # noqa: BLE001  # handed to the test's own thread
            self._failed = error

    def __enter__(self) -> "Background":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with contextlib.suppress(RuntimeError):
            self._thread.join()
        if self._failed is not None:
            raise self._failed
