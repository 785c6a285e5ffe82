"""Virtual desktops for tests: `pytest_plugins = ["tests.desktop"]`, or import the fixtures by name."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.demo.desktop import Compositor, VirtualDesktop, find
from recorder.demo.xprobe import Probe

__all__ = [
    "FADES",
    "Compositor",
    "VirtualDesktop",
    "add_mode",
    "await_compositor",
    "bare_desktop",
    "desktop",
    "enter",
    "processes_of",
    "server_of",
    "set_mode",
    "shared_desktop",
    "start_fading",
    "wait_until_ended",
]

# Compositors with fades of half a second. No shadows: they darken what is allowed.
FADES = {
    "picom": ("picom", "--backend", "xrender", "--config", "/dev/null", "--fading", "-I", "0.02", "-O", "0.02"),
    "xcompmgr": ("xcompmgr", "-n", "-f", "-D", "10", "-I", "0.02", "-O", "0.02"),
}


def start_fading(desktop: VirtualDesktop, name: str) -> "subprocess.Popen[bytes]":
    """A compositor of `FADES`; returns once it owns the screen."""
    process = desktop.spawn(FADES[name])
    await_compositor(desktop, owns=True)
    return process


def await_compositor(desktop: VirtualDesktop, *, owns: bool) -> None:
    """Until some compositor owns the screen, or none does any more."""
    deadline = time.monotonic() + 20
    with Probe(desktop.display) as probe:
        while probe.selection_is_owned("_NET_WM_CM_S0") is not owns:
            assert time.monotonic() < deadline, "the compositor neither comes nor goes"
            time.sleep(0.01)


def server_of(desktop: VirtualDesktop) -> int:
    """The process of the desktop's X server, for tests that stop or kill it."""
    (server,) = processes_of(desktop, "Xvfb")
    return server


def processes_of(desktop: VirtualDesktop, program: str) -> list[int]:
    """The processes of a program on the desktop, oldest first, for tests that stop or kill them."""
    return sorted(int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _runs(folder, program, desktop))


def _runs(folder: Path, program: str, desktop: VirtualDesktop) -> bool:
    try:
        path = (folder / "cmdline").read_bytes().split(b"\0")[0].decode()
        return Path(path).name == program and str(desktop.root).encode() in (folder / "environ").read_bytes()
    except OSError:
        return False


def wait_until_ended(pid: int, timeout_s: float = 5.0) -> None:
    """Until a process has ended, reaped or not."""
    deadline = time.monotonic() + timeout_s
    while not _has_ended(pid):
        assert time.monotonic() < deadline, "a process does not end"
        time.sleep(0.01)


def _has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def add_mode(desktop: VirtualDesktop, width: int, height: int) -> None:
    """Let the screen have one more size, not larger than its first one: that is all that Xvfb can."""
    times = (25, width, width + 16, width + 112, width + 160, height, height + 10, height + 12, height + 45)
    _xrandr(desktop, "--newmode", f"{width}x{height}", *map(str, times))
    _xrandr(desktop, "--addmode", "screen", f"{width}x{height}")


def set_mode(desktop: VirtualDesktop, width: int, height: int) -> None:
    """Another size of the screen, as somebody chooses it in the settings."""
    _xrandr(desktop, "--output", "screen", "--mode", f"{width}x{height}")


def _xrandr(desktop: VirtualDesktop, *arguments: str) -> None:
    subprocess.run([find("xrandr"), *arguments], env=desktop.env, check=True, capture_output=True, timeout=30)


def enter(desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this process, and what it starts, live on the desktop: its environment replaces the test's."""
    for name in ("WAYLAND_DISPLAY", "XAUTHORITY", "RECORDER_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in desktop.env.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualDesktop]:
    """A fresh 1920x1080 desktop with window manager, D-Bus session and accessibility; the test lives on it."""
    with VirtualDesktop() as virtual:
        enter(virtual, monkeypatch)
        yield virtual


@pytest.fixture
def bare_desktop(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualDesktop]:
    """A fresh 1920x1080 screen with a window manager and nothing else; starts in a fraction of the time."""
    with VirtualDesktop(session_bus=False) as virtual:
        enter(virtual, monkeypatch)
        yield virtual


@pytest.fixture(scope="module")
def shared_desktop() -> Iterator[VirtualDesktop]:
    """One full desktop for all tests of a module; use `enter` or pass `env` on."""
    with VirtualDesktop() as virtual:
        yield virtual
