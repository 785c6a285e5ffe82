"""The ledger of unproven pixels, against a screen simulated pixel by pixel."""

import numpy as np
import numpy.typing as npt
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recorder.capture.backends.x11.painted import DOUBT_NS, PaintLedger, subtract
from recorder.model.geometry import Rect

A, B = 1, 2
WIDE, SMALL = Rect(0, 0, 100, 100), Rect(20, 20, 30, 30)


def area(rects: list[Rect]) -> int:
    return sum(rect.area for rect in rects)


def test_what_is_visible_at_the_start_is_trusted() -> None:
    assert PaintLedger([(A, WIDE), (B, SMALL)]).suspect == []


def test_an_uncovered_part_is_suspect_until_its_window_draws_there() -> None:
    ledger = PaintLedger([(A, WIDE), (B, SMALL)])
    ledger.update([(A, WIDE)])
    assert ledger.suspect == [SMALL]
    ledger.drawn(A, [Rect(0, 0, 10, 10)], 0)
    assert ledger.suspect == [SMALL]

    ledger.drawn(A, [SMALL], 0)

    assert ledger.suspect == []


def test_damage_from_before_a_part_was_covered_proves_nothing_at_once() -> None:
    ledger = PaintLedger([(A, WIDE)])
    ledger.update([(A, WIDE), (B, SMALL)])
    ledger.update([(A, WIDE)])

    ledger.drawn(A, [WIDE], 0)

    assert ledger.suspect == [SMALL]
    assert ledger.expire(DOUBT_NS - 1) == []
    assert area(ledger.expire(DOUBT_NS)) == SMALL.area
    assert ledger.suspect == []


def test_a_doubt_ends_for_nothing_that_was_covered_again_meanwhile() -> None:
    ledger = PaintLedger([(A, WIDE)])
    for layout in ([(A, WIDE), (B, SMALL)], [(A, WIDE)]):
        ledger.update(layout)
    ledger.drawn(A, [WIDE], 0)
    for layout in ([(A, WIDE), (B, SMALL)], [(A, WIDE)]):
        ledger.update(layout)

    ledger.expire(DOUBT_NS)

    assert ledger.suspect == [SMALL]


def test_moving_a_window_proves_nothing_about_it() -> None:
    ledger = PaintLedger([(A, WIDE), (B, SMALL)])
    ledger.update([(A, WIDE)])
    moved = Rect(5, 0, 100, 100)
    ledger.update([(A, moved)])

    ledger.drawn(A, [moved], 0)

    assert area(subtract([SMALL, Rect(25, 20, 30, 30)], ledger.suspect)) == 0


def test_a_window_watched_late_is_trusted_only_some_time_after_it_was_seen_to_draw() -> None:
    ledger = PaintLedger([])
    ledger.watched_late(A)
    ledger.update([(A, WIDE)])
    assert ledger.expire(10 * DOUBT_NS) == []

    ledger.drawn(A, [SMALL], 10 * DOUBT_NS)

    assert area(ledger.suspect) == WIDE.area - SMALL.area
    ledger.expire(11 * DOUBT_NS)
    assert ledger.suspect == []


rects = st.builds(Rect, st.integers(0, 12), st.integers(0, 12), st.integers(1, 10), st.integers(1, 10))


@given(st.lists(rects, max_size=5), st.lists(rects, max_size=5))
def test_subtract_leaves_exactly_the_pixels_outside_every_hole(some: list[Rect], holes: list[Rect]) -> None:
    left = {p for rect in subtract(some, holes) for p in _pixels(rect)}

    assert left == {p for r in some for p in _pixels(r)} - {p for r in holes for p in _pixels(r)}


SIDE = 14
WHOLE = Rect(0, 0, SIDE, SIDE)


class Screen:
    """What an X server does with windows that have no background: it copies on moves, and else leaves what is there.

    Another size shows more or less of the same memory."""

    def __init__(self) -> None:
        self.pixels = np.zeros((SIDE, SIDE), dtype=int)
        self.stack: list[tuple[int, Rect]] = []
        self.bounds = WHOLE

    def owner(self) -> npt.NDArray[np.int_]:
        owners = np.zeros_like(self.pixels)
        for window, rect in self.stack:
            owners[self.shown(rect)] = window
        return owners

    def shown(self, rect: Rect) -> tuple[slice, slice]:
        part = rect.intersect(self.bounds) or Rect(0, 0, 0, 0)
        return slice(part.y, part.bottom), slice(part.x, part.right)

    def move(self, window: int, x: int, y: int) -> list[Rect]:
        """Returns the damage: what was copied."""
        old = dict(self.stack)[window]
        before, content = self.owner(), self.pixels.copy()
        new = Rect(x, y, old.width, old.height)
        self.stack = [(w, new if w == window else r) for w, r in self.stack]
        after, copied = self.owner(), []
        for py in range(SIDE):
            for px in range(SIDE):
                sx, sy = px - x + old.x, py - y + old.y
                if after[py, px] == window and 0 <= sx < SIDE and 0 <= sy < SIDE and before[sy, sx] == window:
                    self.pixels[py, px] = content[sy, sx]
                    copied.append(Rect(px, py, 1, 1))
        return copied if (x, y) != (old.x, old.y) else []

    def draw(self, window: int, rect: Rect) -> list[Rect]:
        """Returns the damage: what was visible of it."""
        rows, columns = self.shown(rect)
        mine = self.owner()[rows, columns] == window
        self.pixels[rows, columns][mine] = window
        return [Rect(columns.start + int(x), rows.start + int(y), 1, 1) for y, x in np.argwhere(mine)]


sizes = st.sampled_from([WHOLE, Rect(0, 0, 6, 6), Rect(0, 0, 4, 12), Rect(0, 0, 12, 5)])
places = st.sampled_from([Rect(0, 0, 8, 8), Rect(2, 2, 4, 4), Rect(0, 4, 8, 3), Rect(5, 0, 3, 8)])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("map"), st.integers(1, 2), places),
        st.tuples(st.just("unmap"), st.integers(1, 2)),
        st.tuples(st.just("raise"), st.integers(1, 2)),
        st.tuples(st.just("move"), st.integers(1, 2), st.integers(-6, 12), st.integers(-6, 12)),
        st.tuples(st.just("resize"), st.just(0), sizes),
        st.tuples(st.just("draw"), st.integers(1, 2), places),
        st.tuples(st.just("look"), st.integers(1, 2)),
    ),
    max_size=25,
)


@settings(max_examples=400, deadline=None)
@given(steps)
@example([("map", 1, Rect(0, 0, 8, 8)), ("move", 1, -6, 12), ("map", 2, Rect(5, 0, 3, 8))])
@example(  # half of it comes into sight only when it is moved
    [
        ("map", 2, Rect(0, 0, 8, 8)),
        ("draw", 2, Rect(0, 0, 8, 8)),
        ("map", 1, Rect(0, 0, 8, 8)),
        ("draw", 1, Rect(0, 0, 8, 8)),
        ("look", 1),
        ("move", 1, -4, 0),
        ("draw", 2, Rect(0, 0, 8, 8)),
        ("look", 1),
        ("move", 1, 4, 0),
    ]
)
@example(  # what is left of a window beyond the edge of a screen shows when that grows
    [
        ("map", 2, Rect(0, 0, 8, 8)),
        ("draw", 2, Rect(0, 0, 8, 8)),
        ("resize", 0, Rect(0, 0, 6, 6)),
        ("unmap", 2),
        ("map", 1, Rect(0, 0, 8, 8)),
        ("draw", 1, Rect(0, 0, 8, 8)),
        ("look", 1),
        ("resize", 0, WHOLE),
    ]
)
@example(
    [
        ("map", 2, Rect(0, 0, 8, 8)),
        ("draw", 2, Rect(0, 0, 8, 8)),
        ("map", 1, Rect(0, 0, 8, 8)),
        ("draw", 1, Rect(0, 0, 8, 8)),
        ("unmap", 1),
        ("draw", 2, Rect(0, 0, 8, 8)),
        ("map", 1, Rect(0, 0, 8, 8)),
        ("look", 1),
    ]
)
def test_no_trusted_pixel_is_ever_another_windows(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    screen, ledger = Screen(), PaintLedger([], WHOLE)
    damage: dict[int, list[Rect]] = {1: [], 2: [], 3: []}
    for name, window, *rest in steps:
        mapped = dict(screen.stack)
        match name:
            case "map" if window not in mapped:
                screen.stack.append((window, rest[0]))
            case "unmap":
                screen.stack = [entry for entry in screen.stack if entry[0] != window]
            case "raise" if window in mapped:
                screen.stack = [e for e in screen.stack if e[0] != window] + [(window, mapped[window])]
            case "move" if window in mapped:
                damage[window] += screen.move(window, *rest)
            case "draw" if window in mapped:
                damage[window] += screen.draw(window, rest[0])
            case "resize" if rest[0] != screen.bounds:
                screen.bounds = rest[0]
                ledger.resized(rest[0])
            case "look":
                ledger.drawn(window, damage[window], 0)
                damage[window] = []
        if name not in ("draw", "look"):
            ledger.update(screen.stack)

        owner = screen.owner()
        for rect in ledger.suspect:
            owner[screen.shown(rect)] = 0
        assert ((owner == 0) | (owner == screen.pixels)).all()


def _pixels(rect: Rect) -> set[tuple[int, int]]:
    return {(x, y) for x in range(rect.x, rect.right) for y in range(rect.y, rect.bottom)}
