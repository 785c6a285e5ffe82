# ruff: noqa: F401, F811 -- fixtures are imported by name and then named as arguments
"""Real compositors with fades, real windows in known colours: no steady frame shows a pixel of another window.

The same places are read from the root window in the same moment, as a recorder without this would: that does show
foreign pixels, so these tests can fail.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from Xlib import X
from Xlib.ext import shape

from recorder.capture.backends.x11.connection import open_display
from recorder.capture.backends.x11.grabber import X11Grabber
from recorder.capture.backends.x11.pixmap_camera import PixmapCamera
from recorder.capture.backends.x11.pixmaps import WindowPixmaps
from recorder.capture.contract import KeepPlan
from recorder.model.geometry import Rect
from recorder.model.raw import RawFrame, RawWindows
from tests.capture.x11.paint import BLUE, GREEN, RED, Painter
from tests.capture.x11.storm import SETTLED_S, Naive, Sight, run_storm, settle
from tests.capture.x11.test_grabber import area, colours, only
from tests.desktop import FADES, VirtualDesktop, await_compositor, bare_desktop, enter, start_fading


@pytest.fixture(params=sorted(FADES))
def compositor(request: pytest.FixtureRequest, bare_desktop: VirtualDesktop) -> str:
    start_fading(bare_desktop, str(request.param))
    return str(request.param)


@pytest.fixture
def grabber(bare_desktop: VirtualDesktop, compositor: str) -> Iterator[X11Grabber]:
    camera = X11Grabber()
    camera.open()
    yield camera
    camera.close()


@pytest.fixture
def painter(grabber: X11Grabber) -> Iterator[Painter]:
    with Painter(lambda: grabber.rest(0.02)) as client:
        yield client


def everything(grabber: X11Grabber, plan: KeepPlan) -> RawFrame:
    """A frame with all that is kept, whatever was read before."""
    variants = count(1)
    for _ in range(20):
        step = next(variants)

        def recut(windows: RawWindows, step: int = step) -> Sequence[Rect]:
            first, *rest = plan(windows)
            upper = Rect(first.x, first.y, first.width, step)
            return [upper, Rect(first.x, first.y + step, first.width, first.height - step), *rest]

        frame = grabber.grab(recut)
        if frame is not None and frame.steady and frame.full:
            return frame
        grabber.rest(0.05)
    pytest.fail("the windows never stood still")


@pytest.mark.parametrize("hollow", [False, True], ids=["with_background", "without_background"])
@pytest.mark.parametrize("per_second", [10, 30])
def test_no_foreign_pixel_in_any_steady_frame_while_windows_fade_and_switch(
    painter: Painter, grabber: X11Grabber, per_second: float, hollow: bool
) -> None:
    sight = run_storm(painter, grabber, hollow=hollow, per_second=per_second, seconds=4)

    assert sight.colours <= {RED, 0}
    assert sight.steady >= 30
    assert sight.read >= 10
    assert sight.naive_leaks >= 1  # the root window showed what was hidden, in moments that looked just as steady


def test_a_window_that_fades_out_over_an_allowed_one_is_in_no_picture(painter: Painter, grabber: X11Grabber) -> None:
    painter.window(RED, 100, 100, 500, 400)
    blue = painter.window(BLUE, 200, 150, 300, 200)
    settle(grabber)
    plan, sight = Naive(only(RED)), Sight()
    blue.unmap()
    painter.display.sync()

    while sight.steady < 5:
        sight.look(grabber, plan)
    whole = everything(grabber, only(RED))

    assert sight.naive_leaks >= 3
    assert sight.colours <= {RED}
    assert (colours(whole), area(whole), whole.per_window) == ({RED}, 500 * 400, True)


def test_only_the_visible_part_of_a_kept_window_is_read(painter: Painter, grabber: X11Grabber) -> None:
    painter.window(RED, 100, 100, 400, 300)
    painter.window(BLUE, 300, 200, 400, 300)
    settle(grabber)

    frame = everything(grabber, only(RED))

    assert (colours(frame), area(frame)) == ({RED}, 400 * 300 - 200 * 200)


def test_a_new_pixmap_does_hold_what_was_on_the_screen_and_is_not_read_until_drawn(
    painter: Painter, grabber: X11Grabber
) -> None:
    painter.window(BLUE, 100, 100, 500, 400)
    settle(grabber)
    hollow = painter.window(RED, 150, 150, 300, 200, hollow=True)
    settle(grabber)

    waiting = everything(grabber, only(RED))
    seeded = set(np.unique(pixmap_of(hollow, Rect(0, 0, 300, 200))).tolist())
    painter.fill(hollow, RED)
    drawn = everything(grabber, only(RED))

    assert BLUE in seeded
    assert colours(waiting) == {0}
    assert colours(drawn) == {RED}


def test_an_enlarged_window_is_not_read_until_it_has_drawn_again(painter: Painter, grabber: X11Grabber) -> None:
    painter.window(BLUE, 100, 100, 700, 600)
    hollow = painter.window(RED, 150, 150, 300, 200, hollow=True)
    painter.fill(hollow, RED)
    settle(grabber)
    assert colours(everything(grabber, only(RED))) == {RED}
    hollow.configure(width=500, height=400)
    painter.display.sync()

    grabber.rest(0.1)
    young = everything(grabber, only(RED))
    settle(grabber)
    hanging = everything(grabber, only(RED))
    painter.fill(hollow, RED)
    settle(grabber)
    drawn = everything(grabber, only(RED))

    assert colours(young) | colours(hanging) == {0}
    assert (colours(drawn), area(drawn)) == ({RED}, 500 * 400)


def test_what_an_allowed_translucent_window_lets_through_is_only_what_is_allowed(
    painter: Painter, grabber: X11Grabber
) -> None:
    painter.window(BLUE, 50, 50, 700, 600)
    painter.window(RED, 100, 100, 400, 300)
    glass(painter, 150, 150, 100, 100, 0x80008000)  # half of a green, premultiplied
    settle(grabber)

    frame = everything(grabber, only(RED))

    # The glass is nobody's: its place is not even read.
    assert (colours(frame), area(frame)) == ({RED}, 400 * 300 - 100 * 100)

    frame = everything(grabber, under_glass)

    assert (colours(frame), area(frame)) == ({RED, 0x7F8000}, 400 * 300)


def test_a_shaped_window_of_an_allowed_app_is_black(painter: Painter, grabber: X11Grabber) -> None:
    painter.window(RED, 100, 100, 400, 300)
    pane = glass(painter, 150, 150, 100, 100, 0x80008000)
    pane.shape_rectangles(shape.SO.Set, shape.SK.Bounding, 0, 0, 0, [(0, 0, 50, 50)])
    painter.display.sync()
    settle(grabber)

    frame = everything(grabber, under_glass)

    assert (colours(frame), area(frame)) == ({RED, 0}, 400 * 300)


def under_glass(windows: RawWindows) -> list[Rect]:
    """Keeps all of the red window, as where what lies over it is allowed too."""
    return [window.rect for window in windows.stack if window.app and window.app.wm_instance == f"{RED:06x}"]


def glass(painter: Painter, x: int, y: int, width: int, height: int, argb: int) -> Any:
    """A window with an alpha channel."""
    depth = next(one for one in painter.display.screen().allowed_depths if one.depth == 32 and one.visuals)
    visual = depth.visuals[0].visual_id
    colormap = painter.root.create_colormap(visual, X.AllocNone)
    window = painter.root.create_window(
        x, y, width, height, 0, 32, X.InputOutput, visual,
        colormap=colormap, border_pixel=0, background_pixel=argb, override_redirect=1,
    )  # fmt: skip
    window.set_wm_class("glass", "Painter")
    window.map()
    painter.display.sync()
    painter.appeared()
    context = window.create_gc(foreground=argb)
    window.fill_rectangle(context, 0, 0, width, height)
    painter.display.sync()
    return window


def pixmap_of(window: Any, part: Rect) -> npt.NDArray[np.uint32]:
    """What the window's pixmap holds, without any rule."""
    display = open_display()
    pixmaps, camera = WindowPixmaps(display), PixmapCamera(None)
    pixmaps.pin([window.id])
    named = pixmaps.name(window.id)
    assert named is not None
    pixels = np.frombuffer(camera.read(named.pixmap.id, part), np.uint32) & np.uint32(0xFFFFFF)
    camera.close()
    display.close()
    return pixels


def test_without_a_compositor_no_window_is_ever_redirected(bare_desktop: VirtualDesktop) -> None:
    with Painter() as painter:
        window = painter.window(RED, 100, 100, 400, 300)
        display = open_display()
        pixmaps = WindowPixmaps(display)

        assert pixmaps.pin([window.id]) == []
        assert pixmaps.name(window.id) is None
        display.close()


@pytest.mark.parametrize("name", sorted(FADES))
def test_a_compositor_that_starts_and_stops_changes_the_regime_and_leaks_nothing(
    bare_desktop: VirtualDesktop, name: str
) -> None:
    grabber, plan = X11Grabber(), only(RED)
    grabber.open()
    with Painter(lambda: grabber.rest(0.02)) as painter:
        painter.window(BLUE, 50, 50, 700, 600)
        red = painter.window(RED, 100, 100, 500, 400, hollow=True)
        over = painter.window(GREEN, 300, 200, 500, 400)
        painter.fill(red, RED)
        seen: list[tuple[bool, bool, set[int]]] = []

        def watch(seconds: float) -> set[int]:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                grabber.wait(0.02)
                painter.lift(over if len(seen) % 2 else red)
                painter.fill(red, RED)
                frame = grabber.grab(plan)
                if frame is not None and frame.steady:
                    seen.append((frame.per_window, frame.windows.composited, colours(frame)))
            return {colour for _, _, found in seen for colour in found}

        for _ in range(2):
            watch(0.5)
            process = start_fading(bare_desktop, name)
            watch(SETTLED_S)
            process.terminate()
            await_compositor(bare_desktop, owns=False)
            found = watch(SETTLED_S)
        grabber.close()

    assert found <= {RED, 0}
    assert {(per_window, composited) for per_window, composited, _ in seen} == {(True, True), (False, False)}
    assert {per_window for per_window, _, shown in seen if RED in shown} == {True, False}


def test_both_monitors_are_read_window_by_window(monkeypatch: pytest.MonkeyPatch) -> None:
    with VirtualDesktop(session_bus=False, second_monitor=True, size=(1280, 720)) as desktop:
        enter(desktop, monkeypatch)
        start_fading(desktop, "picom")
        grabber = X11Grabber()
        grabber.open()
        with Painter(lambda: grabber.rest(0.02)) as painter:
            painter.window(RED, 1200, 100, 500, 400)  # lies on both
            blue = painter.window(BLUE, 1500, 150, 300, 200)
            settle(grabber)
            blue.unmap()
            painter.display.sync()
            frames = [everything(grabber, only(RED)) for _ in range(3)]
        grabber.close()

    assert [len(frame.windows.monitors) for frame in frames] == [2, 2, 2]
    assert [(colours(frame), area(frame)) for frame in frames] == [({RED}, 500 * 400)] * 3
