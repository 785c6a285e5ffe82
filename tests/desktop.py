"""Virtual desktops for tests: `pytest_plugins = ["tests.desktop"]`, or import the fixtures by name."""

from collections.abc import Iterator

import pytest

from recorder.demo.desktop import Compositor, VirtualDesktop

__all__ = ["Compositor", "VirtualDesktop", "bare_desktop", "desktop", "enter", "shared_desktop"]


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
