"""kill -9 at any moment: at most the last second is lost, nothing is damaged, nobody is left behind."""

import random
import time
from pathlib import Path

import pytest

from recorder.demo.desktop import VirtualDesktop
from recorder.demo.volunteer import Volunteer
from tests.e2e.conftest import OpenWindow
from tests.e2e.processes import orphans

GREEN = 0x00C800


def record_until_killed(desktop: VirtualDesktop, volunteer: Volunteer, after_s: float) -> int:
    """Clicks once every 20 ms until the recorder is killed; how many clicks were made more than a second before."""
    made: list[float] = []
    with volunteer.recording() as process:
        until = time.monotonic() + after_s
        while time.monotonic() < until:
            desktop.xdotool("click", 1)
            made.append(time.monotonic())
        process.kill()
        killed = time.monotonic()
        process.wait()
    return sum(1 for when in made if when < killed - 1.0)


def check_one_kill(desktop: VirtualDesktop, volunteer: Volunteer, after_s: float) -> None:
    before = {session["id"] for session in volunteer.ask("list")}
    expected = record_until_killed(desktop, volunteer, after_s)
    wait_until_gone(volunteer.home)
    said = volunteer.run("record", "--seconds", "0.3").stderr
    sessions = [session for session in volunteer.ask("list") if session["id"] not in before]
    recovered = [session for session in sessions if f"recovered session {session['id']}" in said]

    assert "recovered" in said
    assert len(recovered) == 1
    stored = volunteer.ask("show", recovered[0]["id"], "--events")
    assert sum(1 for event in stored if event["kind"] == "button" and event["pressed"]) >= expected


def wait_until_gone(home: Path) -> None:
    until = time.monotonic() + 3
    while orphans(home):
        assert time.monotonic() < until, "a process outlived the recorder"
        time.sleep(0.05)


@pytest.mark.desktop
def test_a_killed_recorder_loses_at_most_its_last_second(
    keyring_desktop: VirtualDesktop, volunteer: Volunteer, plain_window: OpenWindow
) -> None:
    plain_window("Green", GREEN, 100, 100, 800, 600)
    keyring_desktop.xdotool("mousemove", 300, 300)
    volunteer.do("allow", "Green")
    moments = random.Random(20).sample(range(0, 4000), 5)

    for moment in moments:
        check_one_kill(keyring_desktop, volunteer, moment / 1000)


@pytest.mark.desktop
@pytest.mark.soak
def test_fifty_kills_in_a_row(keyring_desktop: VirtualDesktop, volunteer: Volunteer, plain_window: OpenWindow) -> None:
    plain_window("Green", GREEN, 100, 100, 800, 600)
    keyring_desktop.xdotool("mousemove", 300, 300)
    volunteer.do("allow", "Green")
    generator = random.Random(50)

    for _ in range(50):
        check_one_kill(keyring_desktop, volunteer, generator.uniform(0, 6))
