"""Makes input happen on a virtual display through XTEST, as fast as asked, and waits until the server has seen it."""

from types import TracebackType
from typing import Any, Self

import Xlib.display
from Xlib import XK, X
from Xlib.ext import xtest


class Injector:
    """One X connection. Every method returns after the server has processed what it sent."""

    def __init__(self, display_name: str) -> None:
        self.display: Any = Xlib.display.Display(display_name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.display.close()

    def move(self, x: int, y: int) -> None:
        self._fake(X.MotionNotify, 0, x=x, y=y)

    def press(self, button: int) -> None:
        self._fake(X.ButtonPress, button)

    def release(self, button: int) -> None:
        self._fake(X.ButtonRelease, button)

    def click(self, button: int) -> None:
        self.press(button)
        self.release(button)

    def key_down(self, key: str | int) -> None:
        self._fake(X.KeyPress, self._keycode(key))

    def key_up(self, key: str | int) -> None:
        self._fake(X.KeyRelease, self._keycode(key))

    def key(self, *chord: str | int) -> None:
        """Press them in order, release them backwards: names of keysyms in the first layout, or X keycodes."""
        for key in chord:
            self.key_down(key)
        for key in reversed(chord):
            self.key_up(key)

    def _keycode(self, key: str | int) -> int:
        return key if isinstance(key, int) else int(self.display.keysym_to_keycode(XK.string_to_keysym(key)))

    def _fake(self, kind: int, detail: int, **position: int) -> None:
        xtest.fake_input(self.display, kind, detail, **position)
        self.display.sync()
