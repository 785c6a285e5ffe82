"""Which window and which element have the keyboard, and whether that element is secret. Once secret, always secret."""

from dataclasses import dataclass

from recorder.model.element import ElementRole
from recorder.model.geometry import Rect
from recorder.model.raw import RawFocus, RawWindow, RawWindows, Role

_NEVER_TEXT = (ElementRole.TERMINAL, ElementRole.PASSWORD)
PAD_PX = 8  # around a secret field: its border, its reveal button's edge, rounding of scaled coordinates


@dataclass(frozen=True, slots=True)
class _Field:
    """A secret element: where it stands in its window, None when unknown."""

    window: int | None
    offset: Rect | None


class Focus:
    """What accessibility last said, per window: coming back to a window must not forget that its field is secret."""

    def __init__(self) -> None:
        self._last: dict[int | None, RawFocus] = {}
        self._secret: dict[str, _Field] = {}

    def told(self, focus: RawFocus, windows: RawWindows | None) -> RawFocus | None:
        """Take an answer in. Returns it, or None when it says less than what is known already and is ignored.

        An answer about a window that is not in the stack counts for the focused one: it may be the same window under
        another name, and must not be lost when it says "secret".
        """
        window = focus.window
        if windows is not None and all(window != other.window for other in windows.stack):
            window = windows.focused
        if focus.element is None and focus.role is not Role.SECRET and self.secret_in(window):
            return None  # silence about a window whose field was secret: it still is
        known = focus.element in self._secret and focus.rect is not None  # it may have moved
        if focus.element is not None and (focus.role is Role.SECRET or known):
            self._remember(focus.element, window, focus.rect, windows)
        self._last[window] = focus
        return focus

    def secret_in(self, window: int | None) -> bool:
        """Whether what is typed into the window goes to a secret element."""
        focus = self._last.get(window)
        return focus is not None and (focus.role is Role.SECRET or focus.element in self._secret)

    def element_in(self, window: int | None) -> str | None:
        """The element that has the keyboard within the window, as far as is known."""
        focus = self._last.get(window)
        return None if focus is None else focus.element

    def text_in(self, window: int | None) -> RawFocus | None:
        """What was last said of the element that has the keyboard within the window, if that is known to take text, to
        be harmless, and to be no terminal: what is typed there may go to a program that asks for a password."""
        focus = self._last.get(window)
        if focus is None or focus.element is None or focus.role is not Role.TEXT or focus.kind in _NEVER_TEXT:
            return None
        return None if focus.element in self._secret else focus

    def left(self, window: int | None) -> None:
        """The keyboard went to another window: what was known to be harmless there may have changed when it returns."""
        if not self.secret_in(window):
            self._last.pop(window, None)

    def forget_harmless(self) -> None:
        """Accessibility is lost: only secrets stay known."""
        self._last = {window: focus for window, focus in self._last.items() if self.secret_in(window)}

    def prune(self, windows: RawWindows) -> None:
        """Windows that are gone take their fields with them."""
        alive = {window.window for window in windows.stack} | {None}
        if self._last.keys() - alive:
            self._last = {window: focus for window, focus in self._last.items() if window in alive}
            for field in [name for name, at in self._secret.items() if at.window not in alive]:
                self._secret[field] = _Field(None, None)  # the name stays secret, the place is gone

    def covers(self, windows: RawWindows) -> tuple[Rect, ...]:
        """The rectangles of all secret fields in sight. A focused field of unknown place covers its whole window."""
        by_id = {window.window: window for window in windows.stack}
        rects = [
            _place(by_id[at.window], at.offset) for at in self._secret.values() if at.offset and at.window in by_id
        ]
        for window_id in self._last:
            if window_id in by_id and self.secret_in(window_id) and not self._placed(window_id):
                rects.append(by_id[window_id].rect)
        return tuple(rects)

    def _placed(self, window: int | None) -> bool:
        field = self._secret.get(self.element_in(window) or "")
        return field is not None and field.offset is not None and field.window == window

    def _remember(self, element: str, window: int | None, rect: Rect | None, windows: RawWindows | None) -> None:
        home = next((other for other in windows.stack if other.window == window), None) if windows else None
        known = self._secret.get(element)
        if rect is None or rect.area == 0 or home is None:
            # Without a rectangle now, an earlier one is stale: the field may have moved.
            self._secret[element] = _Field(window, None) if known is None or known.window != window else known
        else:
            offset = Rect(rect.x - home.rect.x, rect.y - home.rect.y, rect.width, rect.height)
            self._secret[element] = _Field(window, offset)


def _place(window: RawWindow, offset: Rect) -> Rect:
    return Rect(
        window.rect.x + offset.x - PAD_PX,
        window.rect.y + offset.y - PAD_PX,
        offset.width + 2 * PAD_PX,
        offset.height + 2 * PAD_PX,
    )
