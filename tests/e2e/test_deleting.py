"""Deleted is gone from every byte; what is not approved does not leave; pausing and forgetting work while recording."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recorder.demo.desktop import VirtualDesktop
from recorder.demo.scan import scan
from recorder.demo.volunteer import Volunteer, session_of
from tests.desktop import FADES, start_fading
from tests.e2e.conftest import KEYRING_PASSWORD, OpenWindow
from tests.e2e.windows import count_near, pixels, spawn_plain_window

pytestmark = [pytest.mark.desktop]

GREEN, BLUE = 0x00C800, 0x0000C8
TASK = "kzvqxwjh-task-2207"
POLICY = 4


def clicks(desktop: VirtualDesktop, x: int, y: int, count: int) -> None:
    for _ in range(count):
        desktop.xdotool("mousemove", x, y, "click", 1)
        time.sleep(0.05)


def events(volunteer: Volunteer, session: str) -> list[dict[str, Any]]:
    rows = volunteer.ask("show", session, "--events")
    assert isinstance(rows, list)
    return rows


def presses_at(rows: list[dict[str, Any]], x: int) -> int:
    return sum(1 for row in rows if row["kind"] == "button" and row.get("pressed") and row.get("x") == x)


@pytest.fixture
def two_apps(
    keyring_desktop: VirtualDesktop, volunteer: Volunteer, plain_window: OpenWindow
) -> tuple[VirtualDesktop, Volunteer]:
    plain_window("Green", GREEN, 100, 100, 500, 500)
    plain_window("Blue", BLUE, 900, 100, 500, 500)
    volunteer.do("allow", "Green", "Blue")
    return keyring_desktop, volunteer


def test_nothing_leaves_that_is_not_approved(two_apps: tuple[VirtualDesktop, Volunteer], tmp_path: Path) -> None:
    desktop, volunteer = two_apps
    with volunteer.recording() as process:
        clicks(desktop, 300, 300, 2)
    session = session_of(process)
    refused = volunteer.run("export", session, "--out", str(tmp_path / "out"))
    assert refused.returncode == POLICY
    assert not (tmp_path / "out").exists()
    volunteer.do("review", "approve", session)
    volunteer.do("delete", "--app", "Blue", "--yes")  # touches nothing of this session's Green
    volunteer.do("review", "approve", session)
    volunteer.do("export", session, "--out", str(tmp_path / "out"))

    assert (tmp_path / "out" / "README.md").exists()


def test_a_deleted_app_is_gone_and_the_other_stays(two_apps: tuple[VirtualDesktop, Volunteer]) -> None:
    desktop, volunteer = two_apps
    with volunteer.recording() as process:
        clicks(desktop, 300, 300, 4)
        clicks(desktop, 1100, 300, 5)
        time.sleep(0.5)
    session = session_of(process)
    assert presses_at(events(volunteer, session), 1100) == 5
    volunteer.do("delete", "--app", "Blue", "--yes")
    left = events(volunteer, session)

    assert presses_at(left, 1100) == 0
    assert presses_at(left, 300) == 4
    assert volunteer.ask("show", session)["apps"] == ["Green"]


def test_a_deleted_session_leaves_no_byte(two_apps: tuple[VirtualDesktop, Volunteer]) -> None:
    desktop, volunteer = two_apps
    with volunteer.recording("--task", TASK) as process:
        clicks(desktop, 300, 300, 2)
    session = session_of(process)
    assert volunteer.ask("show", session)["task"] == TASK
    before = {path: path.read_bytes() for path in (volunteer.home / "sessions" / session).rglob("*") if path.is_file()}
    volunteer.do("delete", "--session", session, "--yes")
    left = b"".join(path.read_bytes() for path in volunteer.home.rglob("*") if path.is_file())

    assert not (volunteer.home / "sessions" / session).exists()
    assert not [path for path, content in before.items() if content and content[:64] in left]
    assert scan([volunteer.home], [TASK]) == []


def test_forgetting_while_recording_takes_the_last_minutes_and_goes_on(
    two_apps: tuple[VirtualDesktop, Volunteer],
) -> None:
    desktop, volunteer = two_apps
    with volunteer.recording() as process:
        clicks(desktop, 300, 300, 3)
        time.sleep(0.4)
        volunteer.do("forget", "1m")
        clicks(desktop, 310, 310, 2)
        time.sleep(0.4)
    rows = events(volunteer, session_of(process))

    assert presses_at(rows, 300) == 0
    assert presses_at(rows, 310) == 2
    assert "forgotten" in {row.get("reason") for row in rows}


def test_what_happens_while_paused_is_not_kept(two_apps: tuple[VirtualDesktop, Volunteer]) -> None:
    desktop, volunteer = two_apps
    with volunteer.recording() as process:
        clicks(desktop, 300, 300, 2)
        volunteer.do("pause")
        assert volunteer.ask("status")["state"] == "paused"
        clicks(desktop, 310, 310, 3)
        volunteer.do("resume")
        time.sleep(0.5)
        clicks(desktop, 320, 320, 2)
        time.sleep(0.3)
    rows = events(volunteer, session_of(process))

    assert [presses_at(rows, x) for x in (300, 310, 320)] == [2, 0, 2]
    assert [row["kind"] for row in rows].count("pause") == 1


def test_the_hotkey_pauses(two_apps: tuple[VirtualDesktop, Volunteer]) -> None:
    desktop, volunteer = two_apps
    with volunteer.recording():
        desktop.xdotool("key", "ctrl+alt+shift+p")
        until = time.monotonic() + 3
        while volunteer.ask("status")["state"] != "paused":
            assert time.monotonic() < until, "the hotkey does not pause"


@pytest.mark.parametrize("compositor", sorted(FADES))
def test_under_a_compositor_frames_are_kept_without_a_foreign_pixel(compositor: str, tmp_path: Path) -> None:
    with VirtualDesktop(keyring_password=KEYRING_PASSWORD) as desktop, ExitStack() as stack:
        start_fading(desktop, compositor)
        volunteer = Volunteer(desktop.env, tmp_path / "home")
        volunteer.opt_in()
        volunteer.do("allow", "Green")
        green = stack.enter_context(spawn_plain_window(desktop, "Green", GREEN, (100, 100, 700, 500)))
        blue = stack.enter_context(spawn_plain_window(desktop, "Blue", BLUE, (400, 200, 500, 500)))
        with volunteer.recording() as process:
            for x in range(300, 304):
                desktop.xdotool("windowactivate", green)
                time.sleep(1.2)
                desktop.xdotool("windowraise", blue, "mousemove", x, 300, "click", 1)
                time.sleep(0.8)
                desktop.xdotool("windowunmap", blue, "mousemove", x, 310, "click", 1)  # it fades for half a second
                time.sleep(0.8)
                desktop.xdotool("windowmap", blue)
        session = session_of(process)
        rows = events(volunteer, session)
        volunteer.do("show", session, "--frames", str(tmp_path / "pictures"))
    images = [pixels(picture) for picture in sorted((tmp_path / "pictures").glob("*.png"))]

    assert [presses_at(rows, x) for x in range(300, 304)] == [2] * 4
    assert "composited" not in {row.get("reason") for row in rows}
    assert len(images) >= 3
    assert max(count_near(image, GREEN) for image in images) > 100_000
    # Without the title bar of the green window, which openbox paints blue.
    assert [bluish(image[140:]) for image in images] == [0] * len(images)


def bluish(image: NDArray[np.uint8]) -> int:
    """Pixels with any blue in them, as the faintest fade leaves it, where nothing allowed has any."""
    red, green, blue = np.moveaxis(image.astype(np.int16), 2, 0)
    return int((blue - np.maximum(red, green) > 8).sum())
