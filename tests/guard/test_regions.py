"""What shows of allowed windows, checked pixel by pixel against a plain painter."""

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.allowlist import Allowlist
from recorder.guard.regions import (
    Region,
    apps_in,
    desktop,
    kept,
    recut,
    screen_at,
    screen_of,
    shares,
    subtract,
    topmost,
)
from recorder.model.geometry import Monitor, Rect
from recorder.model.raw import RawWindow, RawWindows
from tests.guard.scene import BANK, BOTH, EDITOR, POLICY, SCREEN, window, windows

RULES = Allowlist(POLICY, frozenset())
SMALL = (Monitor(index=0, rect=Rect(0, 0, 24, 20)), Monitor(index=1, rect=Rect(24, 4, 16, 12)))

rects = st.builds(Rect, st.integers(-8, 40), st.integers(-8, 24), st.integers(0, 30), st.integers(0, 30))
stacks = st.lists(
    st.builds(
        window,
        st.integers(1, 9),
        rects,
        st.sampled_from([EDITOR, BANK, None]),
        see_through=st.booleans(),
        own=st.booleans(),
        private=st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def clean(seen: RawWindows) -> Region:
    return kept(seen, RULES.allows)


def drawn(region: Region, width: int = 48, height: int = 32) -> npt.NDArray[np.int_]:
    """How many rectangles cover each pixel."""
    plane = np.zeros((height, width), np.int_)
    for rect in region:
        assert rect.x >= 0
        assert rect.y >= 0
        plane[rect.y : rect.bottom, rect.x : rect.right] += 1
    return plane


def painted(stack: list[RawWindow], monitors: tuple[Monitor, ...]) -> npt.NDArray[np.int_]:
    """1 where everything that can be seen is allowed, by looking down through the stack at each pixel."""
    plane = np.zeros((32, 48), np.int_)
    for y in range(32):
        for x in range(48):
            plane[y, x] = any(m.rect.contains(x, y) for m in monitors) and _all_allowed(stack, x, y)
    return plane


def _all_allowed(stack: list[RawWindow], x: int, y: int) -> bool:
    for below in reversed(stack):
        if not below.rect.contains(x, y):
            continue
        if not RULES.allows(below):
            return False
        if not below.see_through:
            return True
    return False  # the desktop shows


@given(stack=stacks)
def test_kept_pixels_are_exactly_those_where_all_that_shows_is_allowed(stack: list[RawWindow]) -> None:
    region = clean(windows(*stack, monitors=SMALL))

    assert (drawn(region) == painted(stack, SMALL)).all()  # also: no pixel twice


@given(rects=st.lists(rects, max_size=4), holes=st.lists(rects, max_size=4))
def test_subtracting_leaves_what_no_hole_covers(rects: list[Rect], holes: list[Rect]) -> None:
    area = desktop([Monitor(index=i, rect=rect) for i, rect in enumerate(rects)])
    left = subtract(area, holes)

    inside = {(x, y) for r in area for x in range(r.x, r.right) for y in range(r.y, r.bottom)}
    expected = {at for at in inside if not any(hole.contains(*at) for hole in holes)}
    cells = [(x, y) for r in left for x in range(r.x, r.right) for y in range(r.y, r.bottom)]
    assert sorted(cells) == sorted(expected)


def test_a_foreign_window_on_top_takes_its_rectangle_away() -> None:
    seen = windows(window(1, Rect(0, 0, 100, 100)), window(2, Rect(50, 50, 100, 100), BANK))

    assert sum(rect.area for rect in clean(seen)) == 100 * 100 - 50 * 50


def test_an_allowed_window_seen_through_is_kept_only_over_allowed_ones() -> None:
    over_desktop = windows(window(1, Rect(0, 0, 50, 50), see_through=True))
    over_foreign = windows(window(2, Rect(0, 0, 50, 50), BANK), window(1, Rect(0, 0, 50, 50), see_through=True))
    over_allowed = windows(window(3, Rect(0, 0, 50, 50)), window(1, Rect(0, 0, 50, 50), see_through=True))

    assert clean(over_desktop) == ()
    assert clean(over_foreign) == ()
    assert clean(over_allowed) == (Rect(0, 0, 50, 50),)


def test_mirrored_monitors_are_counted_once() -> None:
    twice = (SCREEN, Monitor(index=1, rect=SCREEN.rect))

    assert sum(rect.area for rect in clean(windows(window(1, SCREEN.rect), monitors=twice))) == SCREEN.rect.area


@given(stack=stacks, variant=st.integers(0, 100))
def test_a_recut_region_has_the_same_pixels(stack: list[RawWindow], variant: int) -> None:
    region = clean(windows(*stack, monitors=SMALL))

    assert (drawn(recut(region, variant)) == drawn(region)).all()


def test_recuts_differ_so_that_a_grabber_sees_a_new_plan() -> None:
    region = (Rect(0, 0, 50, 50), Rect(50, 0, 10, 10))

    assert len({recut(region, variant) for variant in range(5)}) == 5


def test_points_and_rectangles_find_their_window_and_screen() -> None:
    seen = windows(window(1, Rect(0, 0, 30, 30)), window(2, Rect(10, 10, 30, 30), BANK))
    two = (SCREEN, Monitor(index=1, rect=Rect(640, 0, 100, 100)))

    assert [getattr(topmost(seen, *at), "window", None) for at in ((5, 5), (15, 15), (600, 5))] == [1, 2, None]
    assert [screen_at(x, 5, two) for x in (0, 639, 640, 800)] == [0, 0, 1, None]
    assert [screen_of(Rect(x, 0, 50, 50), two) for x in (0, 630, 900)] == [0, 1, None]


def _apps_at(stack: list[RawWindow], rules: Allowlist, x: int, y: int) -> set[str | None]:
    """Whose windows show at a point, by looking down through the stack; None: something that is not allowed."""
    found: set[str | None] = set()
    for below in reversed(stack):
        if below.rect.contains(x, y):
            found.add(rules.name(below))
            if not below.see_through or None in found:
                return found
    return found | {None}


@given(stack=stacks)
def test_shares_say_of_every_kept_pixel_whose_it_is(stack: list[RawWindow]) -> None:
    rules = Allowlist(BOTH, frozenset())
    shown = shares(windows(*stack, monitors=SMALL), rules.name)

    for monitor in SMALL:
        area = [(x, y) for x in range(monitor.rect.x, 40) for y in range(monitor.rect.y, 20)]
        area = [at for at in area if monitor.rect.contains(*at)]
        found = [apps for at in area if None not in (apps := _apps_at(stack, rules, *at))]
        assert apps_in(shown, monitor.rect) == set().union(*found)


@given(stack=stacks)
def test_shares_are_together_what_is_kept(stack: list[RawWindow]) -> None:
    seen = windows(*stack, monitors=SMALL)
    shown = shares(seen, RULES.name)

    covered = drawn(tuple(rect for _, region in shown for rect in region)) > 0
    assert (covered == (drawn(clean(seen)) > 0)).all()
    assert {app for app, _ in shown} <= {"My editor"}
