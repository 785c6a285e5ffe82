"""No stored pixel belongs to a window that is not allowed: overlapping, beside, menus and toasts on top, at speed."""

import time
from pathlib import Path

import pytest

from recorder.demo.desktop import VirtualDesktop
from recorder.demo.volunteer import Volunteer, session_of
from tests.e2e.conftest import OpenWindow
from tests.e2e.windows import count_near, pixels

pytestmark = [pytest.mark.desktop]

GREEN, RED, BLUE, YELLOW = 0x00C800, 0xC80000, 0x0000C8, 0xC8C800
FOREIGN = (RED, BLUE, YELLOW)
ROUNDS, CALM_ROUNDS = 20, 4


def stored_pictures(volunteer: Volunteer, session: str, folder: Path) -> list[Path]:
    volunteer.do("show", session, "--frames", str(folder))
    return sorted(folder.glob("*.png"))


def test_windows_that_are_not_allowed_leave_no_pixel_while_they_move_and_switch(
    keyring_desktop: VirtualDesktop, volunteer: Volunteer, plain_window: OpenWindow, tmp_path: Path
) -> None:
    green = plain_window("Green", GREEN, 100, 100, 900, 600)
    red = plain_window("Red", RED, 500, 300, 700, 500)  # over it
    plain_window("Blue", BLUE, 1250, 100, 500, 500)  # beside it
    volunteer.do("allow", "Green")
    desktop = keyring_desktop
    with volunteer.recording() as process:
        for i in range(ROUNDS):
            desktop.xdotool("windowraise", green, "windowraise", red)
            desktop.xdotool("windowmove", red, 300 + 23 * i, 200 + 11 * i)
            desktop.xdotool("windowactivate", green, "mousemove", 150 + i, 150, "click", 1)
        time.sleep(1.0)
        for i in range(CALM_ROUNDS):  # slow enough that pictures of the overlap itself are taken
            desktop.xdotool("mousemove", 150, 160 + i, "click", 1)
            desktop.xdotool("windowmove", red, 400 + 90 * i, 250, "windowraise", red)
            time.sleep(1.5)
        desktop.xdotool("windowraise", red)
        time.sleep(1.2)  # the screen is still: frames of the overlap are taken
        desktop.xdotool("mousemove", 140, 140, "click", 1)
        plain_window("Yellow", YELLOW, 120, 400, 300, 80, popup=True)  # a toast
        time.sleep(1.2)
        desktop.xdotool("mousemove", 145, 145, "click", 1)
        time.sleep(1.0)
    pictures = stored_pictures(volunteer, session_of(process), tmp_path / "pictures")

    assert len(pictures) >= 2 + CALM_ROUNDS
    images = [pixels(picture) for picture in pictures]
    assert [[count_near(image, colour) for colour in FOREIGN] for image in images] == [[0, 0, 0]] * len(images)
    assert max(count_near(image, GREEN) for image in images) > 100_000


def test_both_monitors_are_held_to_the_same_rule(tmp_path: Path) -> None:
    with VirtualDesktop(second_monitor=True, size=(1280, 720), keyring_password="only-for-this-test") as desktop:
        volunteer = Volunteer(desktop.env, tmp_path / "home")
        volunteer.opt_in()
        volunteer.do("allow", "Green")
        pictures = _record_two_monitors(desktop, volunteer, tmp_path / "pictures")

    images = [pixels(picture) for picture in pictures]
    assert {image.shape for image in images} == {(720, 1280, 3)}
    assert all(count_near(image, RED) == 0 for image in images)
    assert any(count_near(image, GREEN) > 50_000 for image in images)


def _record_two_monitors(desktop: VirtualDesktop, volunteer: Volunteer, folder: Path) -> list[Path]:
    from tests.e2e.windows import spawn_plain_window

    with (
        spawn_plain_window(desktop, "Green", GREEN, (1200, 100, 600, 400)),  # lies on both
        spawn_plain_window(desktop, "Red", RED, (1500, 50, 500, 300)),  # covers it on the second
        volunteer.recording() as process,
    ):
        time.sleep(0.8)
        desktop.xdotool("mousemove", 1220, 200, "click", 1)
        time.sleep(0.8)
        desktop.xdotool("mousemove", 1230, 450, "click", 1)
        time.sleep(0.8)
    return stored_pictures(volunteer, session_of(process), folder)
