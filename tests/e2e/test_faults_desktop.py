"""What a desktop does to a recorder that runs on it: its server dies or hangs, screens come, go and change their size,
the window manager, the compositor and the buses are restarted. It ends loudly or goes on rightly, keeps nothing that
is not allowed, and what it says of itself is so."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from recorder.demo.desktop import VirtualDesktop, find
from recorder.demo.volunteer import Volunteer, session_of
from tests.conftest import SOAK
from tests.desktop import add_mode, processes_of, server_of, set_mode, start_fading, wait_until_ended
from tests.e2e.conftest import KEYRING_PASSWORD
from tests.e2e.processes import orphans
from tests.e2e.windows import count_near, pixels, spawn_busy_window

pytestmark = [pytest.mark.desktop]

Recorder = subprocess.Popen[str]

GREEN, RED = 0x00C800, 0xC80000
LARGE, SMALL = (1280, 800), (640, 480)
ENVIRONMENT = 5  # the exit code for what the desktop does
STALL_S = 0.6  # shorter than what a badge may be silent
ENOUGH_S = 20.0


@contextmanager
def volunteer_on(folder: Path, *, size: tuple[int, int] = LARGE) -> Iterator[tuple[VirtualDesktop, Volunteer]]:
    """A desktop of one's own, to be broken, and somebody who has allowed Green."""
    with VirtualDesktop(size=size, keyring_password=KEYRING_PASSWORD) as desktop:
        volunteer = Volunteer(desktop.env, folder / "home")
        volunteer.opt_in()
        volunteer.do("allow", "Green")
        yield desktop, volunteer


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[VirtualDesktop, Volunteer]]:
    """A desktop for the faults that leave it whole."""
    with volunteer_on(tmp_path_factory.mktemp("place")) as both:
        yield both


@contextmanager
def recording(volunteer: Volunteer) -> Iterator[Recorder]:
    """As `Volunteer.recording`; what ended a recorder too early is in the failure."""
    with volunteer.recording() as process:
        try:
            await_state(volunteer, "recording")
            yield process
        except (AssertionError, KeyError) as failure:
            if process.poll() is None or process.stderr is None:
                raise
            raise AssertionError(f"{failure}; the recorder said: {process.stderr.read()}") from failure


def click(desktop: VirtualDesktop, x: int, y: int) -> None:
    desktop.xdotool("mousemove", x, y, "click", 1)


def await_more(volunteer: Volunteer, what: str, than: int) -> int:
    """Until a count of the status is above `than`; the count."""
    until = time.monotonic() + ENOUGH_S
    while (now := int(volunteer.ask("status")[what])) <= than:
        assert time.monotonic() < until, f"no more {what}"
        time.sleep(0.05)
    return now


def await_state(volunteer: Volunteer, state: str) -> None:
    until = time.monotonic() + ENOUGH_S
    while (now := volunteer.ask("status")["state"]) != state:
        assert time.monotonic() < until, f"{now} instead of {state}"
        time.sleep(0.05)


def click_until_pictured(desktop: VirtualDesktop, volunteer: Volunteer, x: int, y: int) -> None:
    """A click that is kept, and the picture after it."""
    before = volunteer.ask("status")
    click(desktop, x, y)
    await_more(volunteer, "events", before["events"])
    await_more(volunteer, "frames", before["frames"])


def pictures(volunteer: Volunteer, session: str, folder: Path) -> list[Any]:
    volunteer.do("show", session, "--frames", str(folder))
    return [pixels(picture) for picture in sorted(folder.glob("*.png"))]


def events(volunteer: Volunteer, session: str) -> list[dict[str, Any]]:
    stored: list[dict[str, Any]] = volunteer.ask("show", session, "--events")
    return stored


def shows_green_alone(images: Sequence[Any]) -> bool:
    return all(count_near(image, RED) == 0 for image in images) and any(count_near(image, GREEN) for image in images)


def ended_loudly(process: Recorder, words: str, *, within_s: float) -> None:
    """With the exit code for the desktop, and a message that has these words."""
    began = time.monotonic()
    process.wait(60)
    took_s = time.monotonic() - began
    assert process.stderr is not None
    said = process.stderr.read()

    assert (process.returncode, words in said) == (ENVIRONMENT, True), said
    assert took_s < within_s


def is_over(volunteer: Volunteer) -> None:
    """Nobody records, nobody says so, and nobody is left."""
    assert volunteer.ask("status")["state"] == "stopped"
    assert not orphans(volunteer.home)


def test_a_server_that_dies_ends_a_recording_that_is_whole_to_its_last_second(tmp_path: Path) -> None:
    with volunteer_on(tmp_path) as (desktop, volunteer), spawn_busy_window(desktop, "Green", GREEN, (50, 50, 500, 400)):
        with recording(volunteer) as process:
            made: list[float] = []
            until = time.monotonic() + 1.5
            while time.monotonic() < until:
                click(desktop, 200, 200)
                made.append(time.monotonic())
            os.kill(server_of(desktop), signal.SIGKILL)
            killed = time.monotonic()
            ended_loudly(process, f"the X display {desktop.display} is gone", within_s=3.0)
        is_over(volunteer)
        session = session_of(process)
        stored = events(volunteer, session)

    assert sum(bool(event.get("pressed")) for event in stored) >= sum(when < killed - 1.0 for when in made) > 0
    assert stored[-1]["reason"] == "display_lost"


def test_a_server_that_hangs_keeps_nothing_of_what_follows_and_is_not_recorded_for_ever(tmp_path: Path) -> None:
    rounds = 20 if SOAK else 2
    with (
        volunteer_on(tmp_path) as (desktop, volunteer),
        spawn_busy_window(desktop, "Red", RED, (300, 200, 700, 500), "--still"),
        spawn_busy_window(desktop, "Green", GREEN, (50, 50, 500, 400), "--hollow"),
    ):
        server, red, green = server_of(desktop), desktop.window("^Red$"), desktop.window("^Green$")
        with recording(volunteer) as process:
            for _ in range(rounds):
                desktop.xdotool("windowactivate", "--sync", green)
                click_until_pictured(desktop, volunteer, 100, 100)
                os.kill(server, signal.SIGSTOP)
                raising = desktop.spawn(["xdotool", "windowactivate", str(red)])  # over green, the moment it goes on
                time.sleep(STALL_S)
                os.kill(server, signal.SIGCONT)
                raising.wait(10)
            desktop.xdotool("windowactivate", "--sync", green)
            click_until_pictured(desktop, volunteer, 110, 110)
            os.kill(server, signal.SIGSTOP)  # for good
            ended_loudly(process, f"the X display {desktop.display} does not answer", within_s=3.0)
            is_over(volunteer)  # before anybody lets it go on
            os.kill(server, signal.SIGCONT)
        images = pictures(volunteer, session_of(process), tmp_path / "pictures")

    assert len(images) > rounds
    assert shows_green_alone(images)


def test_a_screen_of_another_size_is_recorded_in_that_size_and_brings_nothing_foreign_into_sight(
    place: tuple[VirtualDesktop, Volunteer], tmp_path: Path
) -> None:
    """Green has no background and hangs while the screen grows: on its right half shows what stood there before."""
    desktop, volunteer = place
    add_mode(desktop, *SMALL)
    with (
        spawn_busy_window(desktop, "Red", RED, (660, 50, 500, 600), "--still"),
        spawn_busy_window(desktop, "Green", GREEN, (50, 50, 500, 300), "--hollow") as green,
    ):
        red, window = desktop.window("^Red$"), desktop.window("^Green$")
        desktop.xdotool("windowactivate", "--sync", window)
        with recording(volunteer) as process:
            click_until_pictured(desktop, volunteer, 100, 100)
            set_mode(desktop, *SMALL)
            click_until_pictured(desktop, volunteer, 110, 110)
            desktop.xdotool("windowunmap", "--sync", red, "windowsize", "--sync", window, 900, 300)
            click_until_pictured(desktop, volunteer, 120, 120)
            os.kill(green.pid, signal.SIGSTOP)
            set_mode(desktop, *LARGE)
            click(desktop, 700, 100)  # into the part that only the larger screen shows
            time.sleep(2.0)
            on_screen = pixels(desktop.screenshot(tmp_path / "screen.png"))
            click(desktop, 710, 110)
            os.kill(green.pid, signal.SIGCONT)
            desktop.xdotool("windowmap", "--sync", red, "windowactivate", "--sync", window)
            click_until_pictured(desktop, volunteer, 720, 120)
        session = session_of(process)
        images = pictures(volunteer, session, tmp_path / "pictures")

    assert process.returncode == 0
    assert count_near(on_screen[60:340, 660:940], RED) > 10_000  # it was there to be taken
    assert shows_green_alone(images)
    assert {image.shape[:2] for image in images} == {(800, 1280), (480, 640)}
    assert images[-1].shape[:2] == (800, 1280)
    assert count_near(images[-1][60:340, 560:940], GREEN) > 10_000
    presses = [(event["x"], event["y"]) for event in events(volunteer, session) if event.get("pressed")]
    assert presses == [(100, 100), (110, 110), (120, 120), (700, 100), (710, 110), (720, 120)]


def test_monitors_that_come_and_go_are_held_to_the_same_rule_and_followed_by_the_badge(
    place: tuple[VirtualDesktop, Volunteer], tmp_path: Path
) -> None:
    desktop, volunteer = place
    monitor(desktop, "--setmonitor", "left", "640/170x800/210+0+0", "screen")
    with (
        spawn_busy_window(desktop, "Red", RED, (900, 100, 300, 500), "--still"),
        spawn_busy_window(desktop, "Green", GREEN, (400, 100, 600, 400)),
    ):
        desktop.xdotool("windowactivate", "--sync", desktop.window("^Green$"), "windowraise", desktop.window("^Red$"))
        with recording(volunteer) as process:
            click_until_pictured(desktop, volunteer, 450, 150)
            click(desktop, 800, 150)  # on no monitor
            monitor(desktop, "--setmonitor", "right", "640/170x800/210+640+0", "none")
            click_until_pictured(desktop, volunteer, 810, 150)
            monitor(desktop, "--delmonitor", "left")  # and with it the place of the badge
            monitor(desktop, "--setmonitor", "middle", "320/85x800/210+320+0", "screen")
            assert badge_place(desktop) >= 320  # where it was, no monitor is any more
            click_until_pictured(desktop, volunteer, 820, 150)
            monitor(desktop, "--delmonitor", "right")
            monitor(desktop, "--delmonitor", "middle")
            click_until_pictured(desktop, volunteer, 830, 150)
        session = session_of(process)
        images = pictures(volunteer, session, tmp_path / "pictures")

    assert process.returncode == 0
    assert shows_green_alone(images)
    presses = [event["x"] for event in events(volunteer, session) if event.get("pressed")]
    assert presses == [450, 810, 820, 830]


def monitor(desktop: VirtualDesktop, *arguments: str) -> None:
    subprocess.run([find("xrandr"), *arguments], env=desktop.env, check=True, capture_output=True, timeout=30)
    time.sleep(0.3)  # whoever has to hear of it has


def badge_place(desktop: VirtualDesktop) -> int:
    """Its left edge."""
    told = desktop.xdotool("search", "--class", "^recorder$", "getwindowgeometry", "--shell")
    return int(dict(line.split("=", 1) for line in told.splitlines() if "=" in line)["X"])


def test_without_a_window_manager_keys_are_nobodys_until_there_is_one_again(
    place: tuple[VirtualDesktop, Volunteer], tmp_path: Path
) -> None:
    desktop, volunteer = place
    with (
        spawn_busy_window(desktop, "Red", RED, (500, 50, 500, 600), "--still"),
        spawn_busy_window(desktop, "Green", GREEN, (100, 100, 500, 300), "--hollow"),
    ):
        red, green = desktop.window("^Red$"), desktop.window("^Green$")
        desktop.xdotool("windowactivate", "--sync", green)
        with recording(volunteer) as process:
            click_until_pictured(desktop, volunteer, 150, 150)
            (before,) = processes_of(desktop, "openbox")
            desktop.spawn([find("openbox"), "--sm-disable", "--replace"])
            wait_until_ended(before)
            await_manager(desktop)
            desktop.xdotool("windowactivate", "--sync", green)
            await_state(volunteer, "recording")
            click_until_pictured(desktop, volunteer, 160, 160)
            for manager in processes_of(desktop, "openbox"):
                os.kill(manager, signal.SIGKILL)
            await_state(volunteer, "withholding")  # the keyboard is nobody's
            kept = volunteer.ask("status")["events"]
            desktop.xdotool("key", "ctrl+a", "ctrl+b")
            desktop.xdotool("windowraise", red, "windowfocus", "--sync", red, "key", "ctrl+x", "ctrl+z")
            time.sleep(1.5)
            assert volunteer.ask("status")["events"] == kept
            desktop.spawn([find("openbox"), "--sm-disable"])
            await_manager(desktop)
            desktop.xdotool("windowactivate", "--sync", green)
            await_state(volunteer, "recording")
            desktop.xdotool("key", "ctrl+c")
            click_until_pictured(desktop, volunteer, 170, 170)
        session = session_of(process)
        images = pictures(volunteer, session, tmp_path / "pictures")

    assert process.returncode == 0
    assert shows_green_alone(images)
    keys = {event["key"] for event in events(volunteer, session) if event.get("key")}
    assert "ctrl+c" in keys
    assert not keys & {"ctrl+a", "ctrl+b", "ctrl+x", "ctrl+z"}


def await_manager(desktop: VirtualDesktop) -> None:
    from recorder.demo.xprobe import Probe

    until = time.monotonic() + ENOUGH_S
    with Probe(desktop.display) as probe:
        while not probe.manager_answers():
            assert time.monotonic() < until, "the window manager does not start"
            time.sleep(0.02)


def test_buses_that_die_leave_nothing_known_and_hold_nobody_up(tmp_path: Path) -> None:
    with (
        volunteer_on(tmp_path) as (desktop, volunteer),
        spawn_busy_window(desktop, "Green", GREEN, (50, 400, 500, 300)),
    ):
        volunteer.do("allow", "Zenity", "--text", "words")
        form = ["zenity", "--forms", "--title=Form", "--add-entry=Name", "--add-password=Secret"]
        desktop.spawn(form)
        desktop.xdotool("windowactivate", "--sync", desktop.window("^Form$"))
        with recording(volunteer) as process:
            desktop.xdotool("type", "--delay", 25, "the weather ")
            accessibility = processes_of(desktop, "dbus-daemon")[-1]
            os.kill(accessibility, signal.SIGKILL)
            time.sleep(0.5)
            desktop.xdotool("key", "Tab", "type", "--delay", 25, "green table ")  # as a password, which nobody says
            time.sleep(0.5)
            for bus in processes_of(desktop, "dbus-daemon"):
                os.kill(bus, signal.SIGKILL)
            desktop.xdotool("windowactivate", "--sync", desktop.window("^Green$"))
            click_until_pictured(desktop, volunteer, 100, 450)
            asked = time.monotonic()
            volunteer.do("stop")
            process.wait(20)
            assert time.monotonic() - asked < 10.0
        is_over(volunteer)
        revive_keyring(desktop, volunteer)
        stored = events(volunteer, session_of(process))

    assert process.returncode == 0
    assert any(event.get("x") == 100 for event in stored)
    assert not [event for event in stored if event.get("text") or event.get("char")]


def revive_keyring(desktop: VirtualDesktop, volunteer: Volunteer) -> None:
    """A session bus and a keyring again, on which the recordings are opened."""
    command = [find("dbus-daemon"), "--nofork", "--print-address=1", f"--config-file={desktop.root / 'session.conf'}"]
    bus = desktop.spawn(command, stdout=subprocess.PIPE)
    assert bus.stdout is not None
    address = bus.stdout.readline().strip().decode()
    volunteer.env["DBUS_SESSION_BUS_ADDRESS"] = address
    command = [find("gnome-keyring-daemon"), "--foreground", "--components=secrets", "--unlock"]
    keyring = desktop.spawn(command, env={"DBUS_SESSION_BUS_ADDRESS": address}, stdin=subprocess.PIPE)
    assert keyring.stdin is not None
    keyring.stdin.write(KEYRING_PASSWORD.encode())
    keyring.stdin.close()
    until = time.monotonic() + ENOUGH_S
    while volunteer.run("list", "--json").returncode != 0:
        assert time.monotonic() < until, "the keyring does not come back"
        time.sleep(0.2)


def test_compositors_that_come_and_go_bring_nothing_foreign_and_a_badge_that_is_killed_ends_it(
    place: tuple[VirtualDesktop, Volunteer], tmp_path: Path
) -> None:
    desktop, volunteer = place
    with (
        spawn_busy_window(desktop, "Red", RED, (300, 200, 600, 500), "--still"),
        spawn_busy_window(desktop, "Green", GREEN, (100, 100, 500, 300), "--hollow"),
    ):
        red, green = desktop.window("^Red$"), desktop.window("^Green$")
        desktop.xdotool("windowactivate", "--sync", green)
        with recording(volunteer) as process:
            for name in ("picom", "xcompmgr"):
                compositor = start_fading(desktop, name)
                desktop.xdotool("windowactivate", "--sync", red)
                desktop.xdotool("windowactivate", "--sync", green)
                click_until_pictured(desktop, volunteer, 150, 150)
                compositor.kill()
                compositor.wait()
                desktop.xdotool("windowactivate", "--sync", red)
                desktop.xdotool("windowactivate", "--sync", green)
                click_until_pictured(desktop, volunteer, 160, 160)
            os.kill(badge_process(process), signal.SIGKILL)
            ended_loudly(process, "the badge is gone", within_s=3.0)
        is_over(volunteer)
        images = pictures(volunteer, session_of(process), tmp_path / "pictures")

    assert shows_green_alone(images)


def badge_process(recorder: Recorder) -> int:
    children = Path(f"/proc/{recorder.pid}/task/{recorder.pid}/children").read_text().split()
    (badge,) = (int(child) for child in children if b"badge" in Path(f"/proc/{child}/cmdline").read_bytes())
    return badge
