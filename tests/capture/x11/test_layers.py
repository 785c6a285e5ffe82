"""Who can be seen where, and what two windows look like together."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recorder.capture.backends.x11.layers import Part, over, parts
from recorder.model.geometry import Rect
from recorder.model.raw import RawWindow

WIDE, LEFT, SMALL = Rect(0, 0, 100, 100), Rect(0, 0, 50, 100), Rect(20, 20, 10, 10)


def window(number: int, rect: Rect, *, see_through: bool = False) -> RawWindow:
    return RawWindow(
        window=number, rect=rect, app=None, title="", see_through=see_through, own=False, override_redirect=False
    )


def test_an_opaque_window_hides_all_that_is_below() -> None:
    assert parts([LEFT], [window(1, WIDE), window(2, WIDE)]) == [Part(LEFT, (2,))]


def test_a_translucent_window_shows_with_what_lies_under_it() -> None:
    found = parts([WIDE], [window(1, WIDE), window(2, SMALL, see_through=True)])

    assert {part for part in found if 2 in part.windows} == {Part(SMALL, (2, 1))}
    assert sum(part.rect.area for part in found) == WIDE.area


def test_where_nothing_opaque_lies_there_is_nobody_to_ask() -> None:
    assert parts([WIDE], []) == [Part(WIDE, ())]
    # Half a window over the desktop: the rest of what shows is not in any pixmap, so the part ends with no opaque one.
    assert parts([SMALL], [window(1, SMALL, see_through=True)]) == [Part(SMALL, ())]


RECTS = st.builds(Rect, st.integers(0, 12), st.integers(0, 12), st.integers(1, 12), st.integers(1, 12))


@given(kept=RECTS, stack=st.lists(st.tuples(RECTS, st.booleans()), max_size=6))
def test_every_pixel_gets_the_windows_that_show_there(kept: Rect, stack: list[tuple[Rect, bool]]) -> None:
    windows = [window(number, rect, see_through=clear) for number, (rect, clear) in enumerate(stack, 1)]
    found = parts([kept], windows)

    assert sum(part.rect.area for part in found) == kept.area
    for x in range(kept.x, kept.right):
        for y in range(kept.y, kept.bottom):
            (part,) = [part for part in found if part.rect.contains(x, y)]
            assert part.windows == visible_at(windows, x, y)


def visible_at(windows: list[RawWindow], x: int, y: int) -> tuple[int, ...]:
    seen: list[int] = []
    for one in reversed(windows):
        if one.rect.contains(x, y):
            seen.append(one.window)
            if not one.see_through:
                return tuple(seen)
    return ()


def test_over_lets_through_what_alpha_leaves() -> None:
    lower = np.full((1, 3, 4), (10, 20, 250, 0), np.uint8)
    upper = np.array([[(0, 0, 0, 0), (0, 128, 0, 128), (1, 2, 3, 255)]], np.uint8)

    assert over(upper, lower)[0, :, :3].tolist() == [[10, 20, 250], [5, 138, 125], [1, 2, 3]]
