"""Where the input fields of windows are, as applications said it: kept relative to the window, since when it is known.

A window that moves takes its fields with it. One whose size changes lays itself out anew, and what was said about the
moment of a move may mean either place: then nothing is known until the next answer, and the old boxes stay.
"""

from dataclasses import dataclass, replace

from recorder.model.geometry import Rect
from recorder.model.raw import RawFields, RawWindow, RawWindows

PAD_PX = 4  # a field's border, and the rounding of scaled coordinates


@dataclass(frozen=True, slots=True)
class _Told:
    """One window's fields: offsets from its corner. `known_ns`: the question was sent then; None: not known now."""

    offsets: tuple[Rect, ...]
    known_ns: int | None


class Fields:
    """The last answer about each window."""

    def __init__(self) -> None:
        self._told: dict[int, _Told] = {}
        self._rects: dict[int, Rect] = {}  # where the windows stand
        self._moved_ns: dict[int, int] = {}

    def told(self, raw: RawFields) -> None:
        """Take an answer in. One about a window that is not in the stack says nothing."""
        home = self._rects.get(raw.window)
        if home is None:
            return
        before = self._told.get(raw.window)
        if before is not None and before.known_ns is not None and raw.t_ns < before.known_ns:
            return
        if raw.rects is None or raw.t_ns <= self._moved_ns[raw.window]:
            self._told[raw.window] = _Told(before.offsets if before is not None else (), None)
        else:
            offsets = tuple(Rect(r.x - home.x, r.y - home.y, r.width, r.height) for r in raw.rects if r.area > 0)
            self._told[raw.window] = _Told(offsets, raw.t_ns)

    def stack(self, windows: RawWindows) -> None:
        """The windows that there are now, and where."""
        rects = {window.window: window.rect for window in windows.stack}
        for number, rect in rects.items():
            before = self._rects.get(number)
            if rect != before:
                self._moved_ns[number] = windows.t_ns
                self._unsettle(number, windows.t_ns, resized=before is None or _size(before) != _size(rect))
        self._rects = rects
        for number in [number for number in self._moved_ns if number not in rects]:
            del self._moved_ns[number]
            self._told.pop(number, None)

    def known_ns(self, window: int) -> int | None:
        """Since when the window's fields are known: `boxes` are all that it had at that time. None: they are not."""
        told = self._told.get(window)
        return None if told is None else told.known_ns

    def boxes(self, window: RawWindow) -> tuple[Rect, ...]:
        """The boxes to fill, on the virtual desktop, where the window stands now; also old ones while not known."""
        told = self._told.get(window.window)
        if told is None:
            return ()
        found = (_placed(window.rect, offset) for offset in told.offsets)
        return tuple(box for rect in found if (box := rect.intersect(window.rect)) is not None)

    def reset(self) -> None:
        """Windows may have come and gone unseen: nothing is known of any."""
        self._told, self._rects, self._moved_ns = {}, {}, {}

    def forget(self) -> None:
        """Nobody says any more where fields are: the old boxes stay, nothing is known."""
        self._told = {number: replace(told, known_ns=None) for number, told in self._told.items()}

    def _unsettle(self, number: int, t_ns: int, *, resized: bool) -> None:
        told = self._told.get(number)
        if told is not None and told.known_ns is not None and (resized or told.known_ns >= t_ns):
            self._told[number] = replace(told, known_ns=None)


def _size(rect: Rect) -> tuple[int, int]:
    return rect.width, rect.height


def _placed(home: Rect, offset: Rect) -> Rect:
    return Rect(
        home.x + offset.x - PAD_PX,
        home.y + offset.y - PAD_PX,
        offset.width + 2 * PAD_PX,
        offset.height + 2 * PAD_PX,
    )
