"""Which visible pixels may still be another window's: exposed, but not yet drawn by the window that they now belong to.

A window without a background (every GTK window) that is mapped, raised or uncovered shows what was on the screen
before, another window's pixels, until its application draws. The stacking order alone can't tell. What can: DAMAGE of
the window itself, which the server reports only for visible parts, so that damage in a part that was hidden before
proves that it was drawn since. Until then that part is *suspect*. Pure: no server, no clock.
"""

from collections.abc import Iterable, Sequence

from recorder.model.geometry import Rect

Layout = Sequence[tuple[int, Rect]]  # visible top-levels with their rectangles, lowest first
# Where damage can't be told from what was drawn before the part was hidden and uncovered again (all within one look),
# or began to be watched only after the window was mapped, it counts after this long without a new exposure.
DOUBT_NS = 1_000_000_000
_EVERYTHING = Rect(-(1 << 16), -(1 << 16), 1 << 17, 1 << 17)
_NOWHERE = Rect(0, 0, 0, 0)
_MOST_PARTS = 64  # more than these are taken as the box around them


class PaintLedger:
    """Call `update` with the layout after every change of the stack, `drawn` with every window's damage."""

    def __init__(self, layout: Layout, bounds: Rect = _EVERYTHING) -> None:
        """What is visible in `layout` on a screen of these `bounds` counts as drawn: it was there before."""
        self._bounds = bounds
        self._layout = dict(layout)
        self._visible = self._shown(layout)
        self._suspect: dict[int, list[Rect]] = {}
        self._hidden: dict[int, list[Rect]] = {}  # parts that were covered since the window's damage was last read
        self._moved: set[int] = set()  # since its damage was last read
        self._late: set[int] = set()
        self._doubtful: dict[int, tuple[int, list[Rect]]] = {}  # since when, and what

    def watched_late(self, window: int) -> None:
        """The window was mapped before its damage was watched: what it drew until then was not seen."""
        self._late.add(window)

    def rested(self, window: int) -> None:
        """The damage of an unmapped window was taken while it was unmapped: all that comes is new."""
        self._hidden.pop(window, None)

    def gone(self, window: int) -> None:
        """The window was destroyed."""
        for ledger in (self._suspect, self._doubtful, self._hidden):
            ledger.pop(window, None)
        self._late.discard(window)
        self._moved.discard(window)

    def distrust(self) -> None:
        """Another regime began: all that shows may be anybody's until its window draws, and for a while after."""
        for window, rects in self._visible.items():
            self._late.add(window)
            self._set(window, list(rects))

    def resized(self, bounds: Rect, t_ns: int = 0) -> None:
        """The screen has another size. Nobody says what its memory holds now, so everything is exposed anew; and every
        window is told to draw again. `update` is to follow."""
        layout = list(self._layout.items())
        self._bounds = _NOWHERE
        PaintLedger.update(self, layout, t_ns)
        self._bounds = bounds
        PaintLedger.update(self, layout, t_ns)

    def update(self, layout: Layout, t_ns: int = 0) -> list[int]:
        """The stack changed to `layout`; the windows that lost visible parts by it."""
        visible = self._shown(layout)
        rects = dict(layout)
        for window in self._visible.keys() - visible.keys():
            self._hide(window)
        for window, now in visible.items():
            before = self._visible.get(window, [])
            if now != before or rects[window] != self._layout.get(window):
                self._expose(window, before, now, self._layout.get(window), rects[window])
        self._layout, self._visible = rects, visible
        return [window for window in visible if self._hidden.get(window)]

    def drawn(self, window: int, damage: Sequence[Rect], t_ns: int) -> None:
        """The window's own damage (screen coordinates) since the last call for it."""
        hidden, moved = self._hidden.pop(window, []), window in self._moved
        self._moved.discard(window)
        suspect = self._suspect.get(window)
        if not suspect or not damage or moved:
            return  # moving copies pixels, suspect ones too, and that is damage as well
        left = subtract(suspect, subtract(damage, hidden))
        if window in self._late:
            self._late.discard(window)
            self._doubtful[window] = (t_ns, left)
        elif hidden and left:
            self._doubtful[window] = (t_ns, intersect(left, damage))
        self._set(window, left)

    def doubt(self, window: int, damage: Sequence[Rect], t_ns: int) -> None:
        """Damage that `drawn` has had already, but that may belong to a change which `update` learned of after it."""
        touched = intersect(self._suspect.get(window, []), damage)
        if touched and window not in self._doubtful:
            self._doubtful[window] = (t_ns, touched)

    def expire(self, t_ns: int) -> list[Rect]:
        """Doubts that have lasted long enough: these parts are trusted from now on."""
        due = [window for window, (since_ns, _) in self._doubtful.items() if t_ns - since_ns >= DOUBT_NS]
        trusted: list[Rect] = []
        for window in due:
            _, rects = self._doubtful.pop(window)
            trusted += rects
            self._set(window, subtract(self._suspect.get(window, []), rects))
        return trusted

    @property
    def next_expiry_ns(self) -> int | None:
        return min((since_ns + DOUBT_NS for since_ns, _ in self._doubtful.values()), default=None)

    @property
    def suspect(self) -> list[Rect]:
        """Everything that must not be read."""
        return [rect for rects in self._suspect.values() for rect in rects]

    def has_suspects(self, window: int) -> bool:
        return window in self._suspect

    def _shown(self, layout: Layout) -> dict[int, list[Rect]]:
        """What each window owns of the screen. Beyond the screen nothing was ever drawn."""
        return {window: intersect(rects, [self._bounds]) for window, rects in _visible(layout).items()}

    def _expose(self, window: int, before: list[Rect], now: list[Rect], old: Rect | None, new: Rect) -> None:
        """What a window owned before and owns still shows its own pixels. So does what a move (not a resize: bit
        gravity is not known) brought along."""
        own, suspect = before, self._suspect.get(window, [])
        if old is not None and (old.x, old.y) != (new.x, new.y):
            dx, dy = new.x - old.x, new.y - old.y
            suspect = suspect + subtract(_shift(suspect, dx, dy), suspect)
            self._moved.add(window)
            if (old.width, old.height) == (new.width, new.height):
                own = own + _shift(own, dx, dy)
        hidden = self._hidden.setdefault(window, [])
        hidden += subtract(before, now)
        if len(hidden) > _MOST_PARTS:  # a window that is never read: its parts add up
            self._hidden[window] = [_around(hidden)]
        if window in self._doubtful:
            since_ns, rects = self._doubtful[window]
            self._doubtful[window] = (since_ns, intersect(intersect(rects, before), now))
        exposed = subtract(now, own)
        self._set(window, exposed + subtract(intersect(suspect, now), exposed))

    def _set(self, window: int, rects: list[Rect]) -> None:
        if rects:
            self._suspect[window] = rects if len(rects) <= _MOST_PARTS else [_around(rects)]
        else:
            self._suspect.pop(window, None)
            self._doubtful.pop(window, None)

    def _hide(self, window: int) -> None:
        """Unmapped. What it drew until now may still be reported after it is mapped again."""
        self._suspect.pop(window, None)
        self._doubtful.pop(window, None)
        self._hidden.setdefault(window, []).append(_EVERYTHING)


def subtract(rects: Iterable[Rect], holes: Iterable[Rect]) -> list[Rect]:
    """What of `rects` no hole covers; disjoint where `rects` are."""
    left = list(rects)
    for hole in holes:
        if not left:
            break
        left = [part for rect in left for part in _cut(rect, hole)]
    return left


def intersect(rects: Iterable[Rect], others: Sequence[Rect]) -> list[Rect]:
    """The parts that both cover; may overlap where `others` do."""
    return [part for rect in rects for other in others if (part := rect.intersect(other))]


def _cut(rect: Rect, hole: Rect) -> list[Rect]:
    common = rect.intersect(hole)
    if common is None:
        return [rect]
    around = (
        Rect(rect.x, rect.y, rect.width, common.y - rect.y),
        Rect(rect.x, common.bottom, rect.width, rect.bottom - common.bottom),
        Rect(rect.x, common.y, common.x - rect.x, common.height),
        Rect(common.right, common.y, rect.right - common.right, common.height),
    )
    return [part for part in around if part.area]


def _around(rects: Sequence[Rect]) -> Rect:
    x, y = min(rect.x for rect in rects), min(rect.y for rect in rects)
    return Rect(x, y, max(rect.right for rect in rects) - x, max(rect.bottom for rect in rects) - y)


def _visible(layout: Layout) -> dict[int, list[Rect]]:
    """Each window's rectangle without those above it (shaped ones count as whole)."""
    return {
        window: subtract([rect], [above for _, above in layout[i + 1 :]]) for i, (window, rect) in enumerate(layout)
    }


def _shift(rects: Iterable[Rect], dx: int, dy: int) -> list[Rect]:
    return [Rect(rect.x + dx, rect.y + dy, rect.width, rect.height) for rect in rects]
