"""A recorder that is stopped, whose clock is set, whose disk is full, whose terminal hangs: safe, and never a lie."""

import os
import resource
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recorder.demo.desktop import VirtualDesktop
from recorder.demo.volunteer import Volunteer, session_of
from tests.e2e.conftest import OpenWindow

pytestmark = [pytest.mark.desktop]

GREEN = 0x00C800
NO_CONSENT, ENVIRONMENT = 3, 5
SOON_S = 3.0
DAY_S = 86_400


@pytest.fixture
def green(plain_window: OpenWindow, keyring_desktop: VirtualDesktop, volunteer: Volunteer) -> Volunteer:
    """A volunteer with an allowed window under the pointer."""
    plain_window("Green", GREEN, 100, 100, 800, 600)
    keyring_desktop.xdotool("mousemove", 300, 300)
    volunteer.do("allow", "Green")
    return volunteer


class SetTime:
    """The time of day of all commands of one volunteer; the monotonic clocks stay what they are."""

    def __init__(self, volunteer: Volunteer, folder: Path) -> None:
        self._file, library = folder / "time", folder / "set_time.so"
        self._file.write_bytes(bytes(8))
        source = Path(__file__).with_name("set_time.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        volunteer.env |= {"LD_PRELOAD": str(library), "SET_TIME_FILE": str(self._file)}

    def set(self, ahead_s: float) -> None:
        """So far ahead of the real time from now on (or behind it)."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", round(ahead_s)))


@pytest.fixture
def set_time(green: Volunteer, tmp_path: Path) -> SetTime:
    return SetTime(green, tmp_path)


@contextmanager
def recording(volunteer: Volunteer) -> Iterator[subprocess.Popen[str]]:
    """From the moment on at which the window in front is recorded."""
    with volunteer.recording() as process:
        until(lambda: volunteer.ask("status")["state"] == "recording", 10.0)
        yield process


@contextmanager
def stopped(process: subprocess.Popen[str]) -> Iterator[float]:
    """The recorder stands still for the time of the block; yields since when (monotonic seconds)."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield time.monotonic()
    finally:
        os.kill(process.pid, signal.SIGCONT)


def until(so: Callable[[], object], timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while not so():
        assert time.monotonic() < end, "it did not come to that in time"
        time.sleep(0.05)


def badge_is_shown(desktop: VirtualDesktop) -> bool:
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--class", "^Recorder$"],
        env=desktop.env,
        capture_output=True,
        check=False,
    )
    return bool(found.stdout.strip())


def presses(volunteer: Volunteer, session: str) -> list[dict[str, Any]]:
    rows = volunteer.ask("show", session, "--events")
    return [row for row in rows if row["kind"] == "button" and row["pressed"]]


def reasons(volunteer: Volunteer, session: str) -> set[str]:
    return {row["reason"] for row in volunteer.ask("show", session, "--events") if row["kind"] == "gap"}


def clicks(desktop: VirtualDesktop, count: int) -> None:
    desktop.xdotool("click", "--repeat", count, "--delay", 20, 1)


def settled(volunteer: Volunteer, events: int) -> None:
    until(lambda: volunteer.ask("status").get("events", 0) >= events, 5.0)


def said(process: subprocess.Popen[str]) -> str:
    return process.stderr.read() if process.stderr is not None else ""


# Stopped


def test_nothing_is_stored_once_the_consent_has_ended_while_the_recorder_was_stopped(
    keyring_desktop: VirtualDesktop, green: Volunteer, set_time: SetTime, tmp_path: Path
) -> None:
    desktop = keyring_desktop
    with recording(green) as process:
        clicks(desktop, 5)
        settled(green, 10)
        with stopped(process) as since:
            status = subprocess.Popen(["python3", "-c", ASK_MANY, str(green.home)], stdout=subprocess.PIPE, text=True)
            until(lambda: not badge_is_shown(desktop), SOON_S)
            assert time.monotonic() - since < SOON_S
            clicks(desktop, 5)
            told = green.run("status", "--json")
            assert (told.returncode, told.stdout) == (ENVIRONMENT, "")
            assert "does not answer" in told.stderr
            status.kill()
            status.wait()
            set_time.set(400 * DAY_S)
        clicks(desktop, 5)
        process.wait(10)
        assert process.returncode == NO_CONSENT
        assert "expired" in said(process)
        assert not badge_is_shown(desktop)
    session = session_of(process)
    set_time.set(0)
    assert len(presses(green, session)) == 5
    assert all(row["t_us"] < 30_000_000 for row in green.ask("show", session, "--events"))
    assert green.run("status").stdout.strip() == "not recording"


# Fills the socket's queue, as a panel that asks every second would. Whoever asks then must not hear "not recording".
ASK_MANY = """
import socket, sys, time
callers = []
for _ in range(40):
    caller = socket.socket(socket.AF_UNIX); caller.setblocking(False)
    try: caller.connect(sys.argv[1] + "/run/control.sock")
    except OSError: break
    callers.append(caller)
time.sleep(60)
"""


@pytest.mark.soak
def test_a_recorder_that_was_stopped_for_long_has_lost_its_badge_and_ends(
    keyring_desktop: VirtualDesktop, green: Volunteer
) -> None:
    desktop = keyring_desktop
    with recording(green) as process:
        clicks(desktop, 5)
        settled(green, 10)
        with stopped(process):
            until(lambda: not badge_is_shown(desktop), SOON_S)
            clicks(desktop, 5)
        clicks(desktop, 5)
        process.wait(10)
    assert process.returncode == ENVIRONMENT
    assert "badge is gone" in said(process)
    assert len(presses(green, session_of(process))) == 5


def test_a_recorder_that_was_stopped_for_a_moment_goes_on_and_has_lost_nothing(
    keyring_desktop: VirtualDesktop, green: Volunteer
) -> None:
    with recording(green) as process:
        clicking = keyring_desktop.spawn(["xdotool", "click", "--repeat", "40", "--delay", "25", "1"])
        with stopped(process):
            time.sleep(0.7)
        clicking.wait(20)
        settled(green, 80)
        assert badge_is_shown(keyring_desktop)
    assert process.returncode == 0
    assert len(presses(green, session_of(process))) == 40


def test_a_badge_that_hangs_ends_the_recording(keyring_desktop: VirtualDesktop, green: Volunteer) -> None:
    with recording(green) as process:
        (badge,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(badge), signal.SIGSTOP)
        process.wait(5)
    assert process.returncode == ENVIRONMENT
    assert "badge is gone" in said(process)
    assert not badge_is_shown(keyring_desktop)


def test_a_terminal_that_takes_nothing_holds_up_no_recorder(keyring_desktop: VirtualDesktop, green: Volunteer) -> None:
    """Ctrl+S: whatever is written to the terminal waits until Ctrl+Q."""
    with green.terminal("record") as terminal:
        terminal.expect("recording")
        until(lambda: green.ask("status")["state"] == "recording", 30)
        terminal.send("\x13")
        clicks(keyring_desktop, 5)
        time.sleep(SOON_S)
        assert green.ask("status")["state"] == "recording"
        assert badge_is_shown(keyring_desktop)
        clicks(keyring_desktop, 5)
        settled(green, 20)
        green.do("stop")
        terminal.send("\x11")
        assert terminal.wait() == 0


# Clocks


@pytest.mark.soak
def test_clocks_that_are_set_forward_and_back_disturb_neither_times_nor_the_order_of_sessions(
    keyring_desktop: VirtualDesktop, green: Volunteer, set_time: SetTime
) -> None:
    sessions = []
    for ahead_s in (3600, -3600, 0):
        with recording(green) as process:
            clicks(keyring_desktop, 2)
            settled(green, 4)
            set_time.set(ahead_s)
            clicks(keyring_desktop, 2)
            settled(green, 8)
        assert process.returncode == 0
        sessions.append(session_of(process))

    assert [one["id"] for one in green.ask("list")] == sessions == sorted(sessions)
    for session in sessions:
        times = [row["t_us"] for row in presses(green, session)]
        assert len(times) == 4
        assert times == sorted(times)
        assert times[-1] < 60_000_000


@pytest.mark.soak
def test_a_change_to_summer_time_in_the_middle_disturbs_nothing(
    keyring_desktop: VirtualDesktop, green: Volunteer
) -> None:
    green.env["TZ"] = zone_that_changes_in(4)
    with recording(green) as process:
        clicks(keyring_desktop, 2)
        changes = time.monotonic() + 4
        until(lambda: time.monotonic() > changes, 6)
        clicks(keyring_desktop, 2)
        settled(green, 8)
    times = [row["t_us"] for row in presses(green, session_of(process))]
    assert len(times) == 4
    assert times == sorted(times)
    assert 3_000_000 < times[-1] - times[0] < 60_000_000


def zone_that_changes_in(seconds: int) -> str:
    """A time zone whose summer time begins then (POSIX, "Environment Variables", TZ)."""
    then = datetime.now(UTC) + timedelta(seconds=seconds)
    day = then.timetuple().tm_yday - 1
    return f"WWW0SSS,{day}/{then:%H:%M:%S},{(day + 100) % 365}/0"


@pytest.mark.soak
def test_forgetting_under_a_clock_that_jumped_takes_what_was_recorded_in_the_last_minutes(
    keyring_desktop: VirtualDesktop, green: Volunteer, set_time: SetTime
) -> None:
    for ahead_s in (3600, -3600):
        set_time.set(0)
        with recording(green) as process:
            clicks(keyring_desktop, 2)
            settled(green, 4)
        session = session_of(process)
        assert len(presses(green, session)) == 2
        set_time.set(ahead_s)
        done = green.run("forget", "5m")
        assert "clock" in done.stderr
        left = [one for one in green.ask("list") if one["id"] == session]
        assert not left or presses(green, session) == []


# Disks


@contextmanager
def full_disk(process: subprocess.Popen[str], _home: Path) -> Iterator[None]:
    """No file of the recorder may grow any more (getrlimit(2), RLIMIT_FSIZE): EFBIG."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, 0))
    yield


@contextmanager
def read_only_home(_process: subprocess.Popen[str], home: Path) -> Iterator[None]:
    """Root may write everywhere, so for root the folder itself becomes read-only; what is open stays open."""
    if os.geteuid() != 0:
        folders = [path for path in (home, *home.rglob("*")) if path.is_dir()]
        for folder in folders:
            folder.chmod(0o500)
        yield
        for folder in folders:
            folder.chmod(0o700)
        return
    subprocess.run(["mount", "--bind", home, home], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", home], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", home], check=True)


@pytest.mark.parametrize("spoil", [full_disk, pytest.param(read_only_home, marks=pytest.mark.soak)])
def test_a_disk_that_takes_no_more_ends_it_and_keeps_what_is_safe(
    keyring_desktop: VirtualDesktop, green: Volunteer, spoil: Any
) -> None:
    with recording(green) as process:
        clicks(keyring_desktop, 5)
        settled(green, 10)
        time.sleep(1.5)  # what happened is on the disk after a second
        with spoil(process, green.home):
            if spoil is read_only_home:  # what is open can still be written: it ends at the next file
                began = time.monotonic()
                green.run("stop")
                assert time.monotonic() - began < 10
            else:
                clicks(keyring_desktop, 5)
            process.wait(15)
        words = said(process)
    assert process.returncode == ENVIRONMENT, words
    assert "the disk does not take more" in words
    assert "sealed segments are kept" in words
    assert "Traceback" not in words
    assert not badge_is_shown(keyring_desktop)
    green.run("record", "--seconds", "0.3")
    session = session_of(process)
    assert len(presses(green, session)) >= 5
