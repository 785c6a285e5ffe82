# ruff: noqa: F401, F811 -- fixtures are imported by name and then named as arguments
"""Real windows in known colours: what a plan does not keep is in no frame that calls itself steady."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from recorder.capture.backends.x11.grabber import X11Grabber
from recorder.capture.backends.x11.painted import subtract
from recorder.model.geometry import Rect
from recorder.model.raw import RawFrame, RawWindows
from tests.capture.x11.paint import BLUE, GREEN, RED, YELLOW, Background, Painter
from tests.desktop import VirtualDesktop, add_mode, bare_desktop, server_of, set_mode

SCREEN = Rect(0, 0, 1920, 1080)


@pytest.fixture
def grabber(bare_desktop: VirtualDesktop) -> Iterator[X11Grabber]:
    camera = X11Grabber()
    camera.open()
    yield camera
    camera.close()


@pytest.fixture
def painter(grabber: X11Grabber) -> Iterator[Painter]:
    with Painter(lambda: grabber.rest(0.02)) as client:
        yield client


def only(colour: int) -> "Plan":
    return Plan(f"{colour:06x}")


class Plan:
    """Keeps what is visible of the windows of one instance name."""

    def __init__(self, instance: str) -> None:
        self.instance = instance

    def __call__(self, windows: RawWindows) -> list[Rect]:
        kept: list[Rect] = []
        for i, window in enumerate(windows.stack):
            if window.app is not None and window.app.wm_instance == self.instance:
                kept += subtract([window.rect], [above.rect for above in windows.stack[i + 1 :]])
        return kept


def colours(frame: RawFrame) -> set[int]:
    """Every colour in the patches."""
    found: set[int] = set()
    for patch in frame.patches:
        pixels = np.frombuffer(patch.bgrx, dtype="<u4") & 0xFFFFFF
        assert pixels.size == patch.rect.area
        found |= set(np.unique(pixels).tolist())
    return found


def area(frame: RawFrame) -> int:
    return sum(patch.rect.area for patch in frame.patches)


def grab(grabber: X11Grabber, plan: Plan) -> RawFrame:
    frame = grabber.grab(plan)
    assert frame is not None
    return frame


def test_only_the_visible_part_of_a_kept_window_is_read(painter: Painter, grabber: X11Grabber) -> None:
    painter.window(RED, 100, 100, 400, 300)
    painter.window(BLUE, 300, 200, 400, 300)  # overlaps
    painter.window(GREEN, 900, 100, 200, 200)  # beside

    frame = grab(grabber, only(RED))

    assert frame.steady
    assert frame.full
    assert colours(frame) == {RED}
    assert area(frame) == 400 * 300 - 200 * 200


def test_a_menu_and_a_toast_on_top_are_never_read(painter: Painter, grabber: X11Grabber) -> None:
    painter.window(RED, 100, 100, 800, 600)
    painter.window(YELLOW, 150, 150, 120, 300)
    painter.window(BLUE, 700, 500, 300, 100)

    frame = grab(grabber, only(RED))

    assert colours(frame) == {RED}
    assert area(frame) == 800 * 600 - 120 * 300 - 200 * 100


def test_an_unchanged_screen_gives_no_patches_and_no_wake_up(painter: Painter, grabber: X11Grabber) -> None:
    painter.window(RED, 100, 100, 400, 300)
    grab(grabber, only(RED))
    grab(grabber, only(RED))

    assert grabber.wait(0.3) is None
    frame = grab(grabber, only(RED))

    assert (frame.full, frame.patches) == (False, ())


def test_a_change_is_announced_with_its_time_and_read_alone(painter: Painter, grabber: X11Grabber) -> None:
    window = painter.window(RED, 100, 100, 400, 300)
    grab(grabber, only(RED))
    before_ns = time.monotonic_ns()
    context = window.create_gc(foreground=GREEN)
    window.fill_rectangle(context, 200, 100, 10, 10)
    painter.display.sync()

    changed_ns = grabber.wait(5)
    frame = grab(grabber, only(RED))

    assert changed_ns is not None
    assert before_ns - 20_000_000 <= changed_ns <= time.monotonic_ns()
    assert not frame.full
    assert colours(frame) == {RED, GREEN}
    assert area(frame) <= 64 * 64


def test_drawing_in_a_window_that_is_not_kept_wakes_nobody(painter: Painter, grabber: X11Grabber) -> None:
    painter.window(RED, 100, 100, 400, 300)
    other = painter.window(BLUE, 800, 100, 400, 300)
    grab(grabber, only(RED))
    painter.fill(other, GREEN)

    assert grabber.wait(0.3) is None


def test_idle_costs_next_to_nothing(painter: Painter, grabber: X11Grabber) -> None:
    painter.window(RED, 100, 100, 400, 300)
    grab(grabber, only(RED))
    started_s = time.process_time()

    assert grabber.wait(5) is None

    assert time.process_time() - started_s < 0.02


def test_a_window_change_between_the_two_looks_makes_a_frame_unsteady(painter: Painter, grabber: X11Grabber) -> None:
    red = painter.window(RED, 100, 100, 400, 300)
    painter.window(BLUE, 100, 100, 400, 300)
    painter.lift(red)
    keep = only(RED)
    grab(grabber, keep)

    def covers_it_meanwhile(windows: RawWindows) -> list[Rect]:
        kept = keep(windows)
        painter.appeared = lambda: None
        painter.window(GREEN, 150, 150, 100, 100)
        return kept

    frame = grabber.grab(covers_it_meanwhile)

    # The order of a naive recorder (look, then read) would have stored the green pixels as red's.
    assert frame is not None
    assert not frame.steady
    assert GREEN not in colours(grab(grabber, keep))


def test_a_raised_window_that_has_not_drawn_yet_shows_nothing_of_what_was_there(
    painter: Painter, grabber: X11Grabber
) -> None:
    hollow = painter.window(RED, 100, 100, 400, 300, hollow=True)
    painter.fill(hollow, RED)
    grabber.grab(only(RED))
    painter.window(BLUE, 150, 150, 100, 100)
    painter.lift(hollow)  # its application hangs

    hanging = grab(grabber, only(RED))
    time.sleep(1.2)
    still_hanging = grab(grabber, only(RED))
    painter.fill(hollow, RED)
    drawn = grab(grabber, only(RED))

    assert hanging.steady
    assert BLUE not in colours(hanging) | colours(still_hanging) | colours(drawn)
    assert area(hanging) == 400 * 300
    assert 0 in colours(hanging)  # withheld as black
    assert colours(drawn) == {RED}


def test_a_new_window_that_has_not_drawn_yet_shows_nothing_of_what_was_there(
    painter: Painter, grabber: X11Grabber
) -> None:
    painter.window(BLUE, 100, 100, 400, 300)
    grab(grabber, only(RED))
    hollow = painter.window(RED, 50, 50, 600, 400, hollow=True)

    waiting = grab(grabber, only(RED))
    time.sleep(1.2)
    still_waiting = grab(grabber, only(RED))
    painter.fill(hollow, RED)
    grabber.wait(1)
    time.sleep(1.2)
    drawn = grab(grabber, only(RED))

    assert BLUE not in colours(waiting) | colours(still_waiting) | colours(drawn)
    assert colours(drawn) == {RED}


def test_dragging_a_window_that_has_not_drawn_does_not_launder_what_it_shows(
    painter: Painter, grabber: X11Grabber
) -> None:
    hollow = painter.window(RED, 100, 100, 400, 300, hollow=True)
    painter.fill(hollow, RED)
    grab(grabber, only(RED))
    painter.window(BLUE, 150, 150, 100, 100)
    painter.lift(hollow)
    grab(grabber, only(RED))

    seen: set[int] = set()
    for step in range(1, 20):
        painter.move(hollow, 100 + 7 * step, 100 + 5 * step)
        seen |= colours(grab(grabber, only(RED)))

    assert BLUE not in seen


def test_what_comes_into_sight_from_beyond_the_edge_is_withheld_until_it_is_drawn(
    painter: Painter, grabber: X11Grabber
) -> None:
    painter.window(BLUE, 0, 100, 700, 300)
    hollow = painter.window(RED, 0, 100, 400, 300, hollow=True)
    painter.fill(hollow, RED)
    grabber.rest(1.2)
    before = grab(grabber, only(RED))
    painter.move(hollow, -200, 100)
    grab(grabber, only(RED))
    painter.move(hollow, 200, 100)  # its left half, which no screen ever had, shows what was there: blue

    hanging = grab(grabber, only(RED))
    painter.fill(hollow, RED)
    drawn = grab(grabber, only(RED))

    assert colours(before) == {RED}
    assert hanging.steady
    assert colours(hanging) <= {RED, 0}
    assert colours(drawn) == {RED}


@pytest.mark.parametrize("hollow", [False, True], ids=["with_background", "without_background"])
def test_no_foreign_pixel_in_any_steady_frame_while_windows_switch_at_speed(
    painter: Painter, grabber: X11Grabber, hollow: bool
) -> None:
    red = painter.window(RED, 100, 100, 500, 400, hollow=hollow)
    others = [painter.window(colour, 300, 200, 500, 400) for colour in (BLUE, GREEN)]
    painter.fill(red, RED)

    def switch(step: int) -> None:
        painter.lift((red, *others)[step % 3])
        if step % 5 == 0:
            painter.move(red, 100 + step % 37, 100 + step % 23)
        if step % 7 == 0:
            painter.window(YELLOW, 200, 150, 80, 200).destroy()
        if hollow and step % 2:
            painter.fill(red, RED)
        time.sleep(0.002 * (step % 4))

    steady, leaked, read_px = 0, set(), 0
    with Background(switch) as switching:
        while switching.rounds < 400:
            frame = grab(grabber, only(RED))
            if frame.steady:
                steady += 1
                leaked |= colours(frame) - {RED, 0}
                read_px += area(frame)

    assert leaked == set()
    assert steady >= 20
    assert read_px > 0


def test_managed_windows_switching_under_a_window_manager_leak_nothing(
    painter: Painter,
    grabber: X11Grabber,
    bare_desktop: VirtualDesktop,
) -> None:
    windows = [
        painter.window(colour, 200 + 80 * i, 200 + 60 * i, 400, 300, managed=True)
        for i, colour in enumerate((RED, BLUE, GREEN))
    ]
    bare_desktop.window("^00ff00$")

    def inside_red(windows: RawWindows) -> list[Rect]:
        kept: list[Rect] = []
        for i, window in enumerate(windows.stack):
            if window.app is not None and window.app.wm_instance == f"{RED:06x}":
                inner = Rect(window.rect.x + 5, window.rect.y + 25, window.rect.width - 10, window.rect.height - 35)
                kept += subtract([inner], [above.rect for above in windows.stack[i + 1 :]])
        return kept

    def switch(step: int) -> None:
        painter.lift(windows[step % 3])
        time.sleep(0.01)

    leaked: set[int] = set()
    with Background(switch) as switching:
        while switching.rounds < 60:
            frame = grabber.grab(inside_red)
            if frame is not None and frame.steady:
                leaked |= colours(frame) - {RED, 0}

    assert leaked == set()


def test_close_from_another_thread_ends_a_wait_at_once(grabber: X11Grabber) -> None:
    threading.Timer(0.2, grabber.close).start()
    started_s = time.monotonic()

    grabber.wait(10)

    assert time.monotonic() - started_s < 0.4 or grabber.wait(10) is None
    assert grabber.grab(only(RED)) is None


def test_a_dead_x_server_gives_no_frame_and_no_exception(bare_desktop: VirtualDesktop) -> None:
    grabber = X11Grabber()
    grabber.open()
    server = next(p for p in bare_desktop._processes if "Xvfb" in str(p.args))
    os.kill(server.pid, signal.SIGKILL)
    server.wait()

    assert grabber.grab(only(RED)) is None
    assert grabber.wait(0.1) is None
    grabber.close()


def test_what_a_larger_screen_brings_into_sight_is_withheld_until_it_is_drawn(
    painter: Painter, grabber: X11Grabber, bare_desktop: VirtualDesktop
) -> None:
    blue = painter.window(BLUE, 900, 100, 400, 300)
    add_mode(bare_desktop, 1024, 768)
    set_mode(bare_desktop, 1024, 768)
    blue.destroy()
    hollow = painter.window(RED, 800, 100, 400, 300, hollow=True)
    painter.fill(hollow, RED)
    grabber.rest(1.2)
    small = grab(grabber, only(RED))
    set_mode(bare_desktop, 1920, 1080)  # the memory beyond 1024 still holds blue

    hanging = grab(grabber, only(RED))
    grabber.rest(1.2)
    still_hanging = grab(grabber, only(RED))
    painter.fill(hollow, RED)
    drawn = grab(grabber, only(RED))

    assert small.windows.monitors[0].rect == Rect(0, 0, 1024, 768)
    assert hanging.windows.monitors[0].rect == SCREEN
    assert hanging.steady
    assert BLUE not in colours(hanging) | colours(still_hanging)
    assert colours(drawn) == {RED}
    assert area(drawn) == 400 * 300


def test_closing_does_not_wait_for_a_server_that_hangs_in_the_middle_of_a_grab(bare_desktop: VirtualDesktop) -> None:
    server, frames = server_of(bare_desktop), []
    grabber = X11Grabber()
    grabber.open()

    def stop_the_server(_: RawWindows) -> Sequence[Rect]:
        os.kill(server, signal.SIGSTOP)
        return [Rect(0, 0, 100, 100)]

    grabbing = threading.Thread(target=lambda: frames.append(grabber.grab(stop_the_server)))
    grabbing.start()
    grabbing.join(0.3)
    assert grabbing.is_alive()
    began = time.monotonic()
    grabber.close()
    took_s = time.monotonic() - began
    os.kill(server, signal.SIGCONT)
    grabbing.join(5)

    assert took_s < 0.5
    assert frames == [None]  # though the server goes on: what it said around its pause counts for nothing
