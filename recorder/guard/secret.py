"""Whether what is typed now is secret: the focused element's role and the sensors together. One visit per field."""

from recorder.guard.focus import Focus
from recorder.model.geometry import Rect
from recorder.model.raw import RawSecret, RawWindows, SecretSource

# What tells one stay in a secret field from the next: the focused window, and the element or None for a sensor.
Visit = tuple[int | None, str | None]


class Secrecy:
    """The sensors' state, and what they and the focus mean together."""

    def __init__(self, focus: Focus) -> None:
        self._focus = focus
        self._active: set[SecretSource] = set()

    def told(self, secret: RawSecret) -> None:
        """A sensor switched."""
        if secret.active:
            self._active.add(secret.source)
        else:
            self._active.discard(secret.source)

    @property
    def locked(self) -> bool:
        """The screen is locked: nothing at all may be recorded."""
        return SecretSource.SCREEN_LOCKED in self._active

    def visit(self, windows: RawWindows | None) -> Visit | None:
        """The secret stay that the keyboard is in; None when it is in none."""
        window = windows.focused if windows is not None else None
        if self._focus.secret_in(window):
            return (window, self._focus.element_in(window))
        return (window, None) if self._active else None

    def covers(self, windows: RawWindows) -> tuple[Rect, ...]:
        """What must be filled in pictures: known secret fields; with a sensor on, the whole focused window."""
        rects = self._focus.covers(windows)
        if self._active:
            rects += tuple(window.rect for window in windows.stack if window.window == windows.focused)
        return rects
