# ruff: noqa: F401, F811 -- fixtures are imported by name and then named as arguments
"""The window stack of a real X server with a real window manager, followed by events alone."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from Xlib import X

from recorder.capture.backends.x11.connection import drain, open_display
from recorder.capture.backends.x11.identity import OWN_PROPERTY
from recorder.capture.backends.x11.windows import WindowTracker
from recorder.model.geometry import Rect
from recorder.model.raw import RawWindow, RawWindows
from tests.capture.x11.paint import BLUE, GREEN, RED, Painter
from tests.desktop import VirtualDesktop, bare_desktop


class Follower:
    """A tracker on a connection of its own, fed with every event."""

    def __init__(self) -> None:
        self.display = open_display()
        self.tracker = WindowTracker(self.display)
        self.tracker.start()

    def look(self) -> RawWindows:
        drain(self.display, self.tracker.handle)
        drain(self.display, self.tracker.handle)  # the marks of a focus question come one round later
        return self.tracker.snapshot(time.monotonic_ns())

    def until(self, holds: Callable[[RawWindows], object], timeout_s: float = 10) -> RawWindows:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            windows = self.look()
            if holds(windows):
                return windows
            time.sleep(0.01)
        raise AssertionError("the windows never became as expected")


@pytest.fixture
def follower(bare_desktop: VirtualDesktop) -> Iterator[Follower]:
    one = Follower()
    yield one
    one.display.close()


@pytest.fixture
def painter(bare_desktop: VirtualDesktop) -> Iterator[Painter]:
    with Painter() as client:
        yield client


def painted(windows: RawWindows) -> list[str]:
    """Instance names of the painter's windows, lowest first."""
    return [w.app.wm_instance or "" for w in windows.stack if w.app is not None and w.app.wm_class == "Painter"]


def of(windows: RawWindows, instance: str) -> RawWindow:
    return next(w for w in windows.stack if w.app is not None and w.app.wm_instance == instance)


def test_a_framed_client_is_identified_by_what_the_server_vouches_for(
    follower: Follower,
    bare_desktop: VirtualDesktop,
) -> None:
    xterm = bare_desktop.spawn(["xterm", "-T", "hello"])

    windows = follower.until(lambda w: any(x.title == "hello" and x.app for x in w.stack))
    window = next(x for x in windows.stack if x.title == "hello")

    assert window.app is not None
    assert (window.app.pid, window.app.wm_class, window.app.wm_instance) == (xterm.pid, "XTerm", "xterm")
    assert window.app.executable == str(Path("/usr/bin/xterm").resolve())
    assert (window.see_through, window.own, window.override_redirect) == (False, False, False)
    assert follower.until(lambda w: w.focused == window.window)


def test_the_stack_is_the_true_order_after_mapping_raising_and_unmapping(follower: Follower, painter: Painter) -> None:
    red, blue, green = (painter.window(colour, 50, 50, 200, 200) for colour in (RED, BLUE, GREEN))
    assert painted(follower.look()) == ["ff0000", "0000ff", "00ff00"]

    painter.lift(red)
    assert painted(follower.look()) == ["0000ff", "00ff00", "ff0000"]

    green.unmap()
    blue.configure(sibling=red, stack_mode=X.Above)
    painter.display.sync()
    assert painted(follower.look()) == ["ff0000", "0000ff"]
    assert of(follower.look(), "ff0000").rect == Rect(50, 50, 200, 200)


def test_what_is_followed_equals_a_fresh_scan_after_hundreds_of_changes(follower: Follower, painter: Painter) -> None:
    windows = [painter.window(RED + i, 10 * i, 10 * i, 100, 100) for i in range(8)]
    for step in range(400):
        one, other = windows[step * 7 % 8], windows[step * 5 % 8]
        match step % 6:
            case 0:
                one.configure(stack_mode=X.Above)
            case 1:
                one.configure(stack_mode=X.Below)
            case 2 if one is not other:
                one.configure(sibling=other, stack_mode=(X.Above, X.Below)[step % 2])
            case 3:
                one.configure(x=step, y=step // 2, width=50 + step % 90)
            case 4:
                one.unmap()
            case 5:
                one.map()
        if step % 50 == 0:
            painter.display.sync()
            follower.look()
    painter.display.sync()

    followed, fresh = follower.look(), Follower().look()

    assert [(w.window, w.rect, w.app) for w in followed.stack] == [(w.window, w.rect, w.app) for w in fresh.stack]


@pytest.mark.parametrize("change", ["map", "move", "raise", "unmap", "destroy"])
def test_every_change_that_can_move_pixels_changes_the_generation(
    follower: Follower, painter: Painter, change: str
) -> None:
    low, high = painter.window(RED, 0, 0, 100, 100), painter.window(BLUE, 50, 50, 100, 100)
    before = follower.look().generation

    steps: dict[str, Callable[[], Any]] = {
        "map": lambda: painter.window(GREEN, 0, 0, 10, 10),
        "move": lambda: painter.move(low, 5, 5),
        "raise": lambda: painter.lift(low),
        "unmap": high.unmap,
        "destroy": high.destroy,
    }
    steps[change]()
    painter.display.sync()

    assert follower.look().generation > before


def test_a_new_title_is_reported_without_a_new_generation(follower: Follower, painter: Painter) -> None:
    window = painter.window(RED, 0, 0, 100, 100)
    before = follower.look()
    window.set_wm_name("another")
    painter.display.sync()

    after = follower.look()

    assert of(after, "ff0000").title == "another"
    assert after.generation == before.generation


def test_a_title_or_a_class_that_lies_about_the_pid_makes_a_window_unknown(
    follower: Follower, painter: Painter
) -> None:
    window = painter.window(RED, 0, 0, 100, 100)
    assert of(follower.look(), "ff0000")
    window.change_property(painter.display.intern_atom("_NET_WM_PID"), painter.display.intern_atom("CARDINAL"), 32, [1])
    painter.display.sync()

    windows = follower.look()

    assert next(w for w in windows.stack if w.window == window.id).app is None


def test_shaped_translucent_and_argb_windows_are_see_through(follower: Follower, painter: Painter) -> None:
    shaped, translucent = painter.window(RED, 0, 0, 100, 100), painter.window(BLUE, 200, 0, 100, 100)
    plain = painter.window(GREEN, 400, 0, 100, 100)
    follower.look()
    shaped.shape_rectangles(0, 0, 0, 0, 0, [{"x": 0, "y": 0, "width": 50, "height": 50}])
    opacity = painter.display.intern_atom("_NET_WM_WINDOW_OPACITY")
    translucent.change_property(opacity, painter.display.intern_atom("CARDINAL"), 32, [0x7FFFFFFF])
    painter.display.sync()

    windows = follower.look()

    found = {w.window: w.see_through for w in windows.stack}
    assert (found[shaped.id], found[translucent.id], found[plain.id]) == (True, True, False)


def test_our_own_windows_are_marked(follower: Follower, painter: Painter) -> None:
    window = painter.window(RED, 0, 0, 100, 100)
    window.change_property(painter.display.intern_atom(OWN_PROPERTY), painter.display.intern_atom("CARDINAL"), 32, [1])
    painter.display.sync()

    assert of(follower.look(), "ff0000").own


def test_the_focus_is_followed_between_windows_and_to_nowhere(
    follower: Follower,
    painter: Painter,
    bare_desktop: VirtualDesktop,
) -> None:
    red = painter.window(RED, 0, 0, 100, 100, managed=True)
    blue = painter.window(BLUE, 300, 300, 100, 100, managed=True)
    bare_desktop.xdotool("windowactivate", "--sync", blue.id)
    assert follower.until(lambda w: "0000ff" in painted(w) and w.focused == of(w, "0000ff").window)

    red.set_input_focus(X.RevertToParent, X.CurrentTime)
    painter.display.sync()
    assert follower.until(lambda w: w.focused == of(w, "ff0000").window)

    red.destroy()
    painter.display.sync()
    assert follower.until(lambda w: painted(w) == ["0000ff"]).focused in (None, of(follower.look(), "0000ff").window)


def test_when_nothing_or_the_root_has_the_focus_no_window_has(monkeypatch: pytest.MonkeyPatch) -> None:
    with VirtualDesktop(session_bus=False, window_manager=False) as desktop:
        monkeypatch.setenv("DISPLAY", desktop.display)
        follower = Follower()
        with Painter() as painter:
            red = painter.window(RED, 0, 0, 100, 100)
            for nowhere in (X.NONE, X.PointerRoot, painter.root.id):
                painter.display.set_input_focus(red, X.RevertToNone, X.CurrentTime)
                painter.display.sync()
                assert follower.until(lambda w: w.focused == red.id)

                painter.display.set_input_focus(nowhere, X.RevertToNone, X.CurrentTime)
                painter.display.sync()
                assert follower.look().focused is None


def test_a_keyboard_grab_by_another_client_is_seen_and_its_end_too(follower: Follower, painter: Painter) -> None:
    window = painter.window(RED, 0, 0, 100, 100)
    assert follower.look()
    assert follower.tracker.keyboard_grab() is False

    window.grab_keyboard(0, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
    painter.display.sync()
    follower.look()
    assert follower.tracker.keyboard_grab() is True

    painter.display.ungrab_keyboard(X.CurrentTime)
    painter.display.sync()
    follower.look()
    assert follower.tracker.keyboard_grab() is False


def test_a_grab_on_the_very_window_that_has_the_focus_is_seen(follower: Follower, painter: Painter) -> None:
    window = painter.window(RED, 0, 0, 100, 100, managed=True)
    inner = window.create_window(0, 0, 50, 50, 0, X.CopyFromParent)
    inner.map()
    follower.until(lambda w: "ff0000" in painted(w))
    inner.set_input_focus(X.RevertToParent, X.CurrentTime)
    painter.display.sync()
    follower.until(lambda w: w.focused == of(w, "ff0000").window)

    inner.grab_keyboard(0, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
    painter.display.sync()
    follower.look()

    assert follower.tracker.keyboard_grab() is True


def test_a_grab_from_before_the_start_is_seen(bare_desktop: VirtualDesktop, painter: Painter) -> None:
    painter.window(RED, 0, 0, 100, 100).grab_keyboard(0, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
    painter.display.sync()

    assert Follower().tracker.keyboard_grab() is True


def test_a_compositor_coming_and_going_is_noticed(
    follower: Follower,
    bare_desktop: VirtualDesktop,
) -> None:
    assert not follower.look().composited
    compositor = bare_desktop.spawn(["xcompmgr"])
    assert follower.until(lambda w: w.composited)

    compositor.kill()

    assert follower.until(lambda w: not w.composited)


def test_windows_that_vanish_while_they_are_looked_at_raise_nothing(follower: Follower, painter: Painter) -> None:
    for _ in range(100):
        painter.root.create_window(0, 0, 9, 9, 0, X.CopyFromParent, override_redirect=1).map()
        window = painter.root.create_window(0, 0, 9, 9, 0, X.CopyFromParent, override_redirect=1)
        window.map()
        window.destroy()
    painter.display.sync()

    assert len([w for w in follower.look().stack if w.rect.width == 9]) == 100


def test_two_monitors_are_told_apart_and_a_change_makes_a_new_generation(monkeypatch: pytest.MonkeyPatch) -> None:
    with VirtualDesktop(size=(800, 600), second_monitor=True, session_bus=False) as desktop:
        for name, value in desktop.env.items():
            monkeypatch.setenv(name, value)
        follower = Follower()
        before = follower.look()
        subprocess.run(["xrandr", "--delmonitor", "right"], env=desktop.env, check=True)

        after = follower.until(lambda w: len(w.monitors) == 1)

        assert [m.rect for m in before.monitors] == [Rect(0, 0, 800, 600), Rect(800, 0, 800, 600)]
        assert after.generation > before.generation
        assert os.environ["DISPLAY"] == desktop.display
