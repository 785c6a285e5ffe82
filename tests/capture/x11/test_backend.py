# ruff: noqa: F401, F811 -- fixtures are imported by name and then named as arguments
"""What X11 refuses before anything is recorded."""

import os
import signal
import time

import pytest

from recorder.capture.backends.x11.backend import X11Backend
from recorder.errors import PlatformError
from recorder.model.geometry import Rect
from tests.desktop import VirtualDesktop, bare_desktop, server_of, wait_until_ended


def test_a_virtual_desktop_passes_the_check(bare_desktop: VirtualDesktop) -> None:
    backend = X11Backend()

    backend.check()

    assert [monitor.rect for monitor in backend.monitors()] == [Rect(0, 0, 1920, 1080)]
    assert not backend.windows().composited


def test_one_look_finds_the_focused_window(bare_desktop: VirtualDesktop) -> None:
    bare_desktop.spawn(["xterm", "-T", "here"])
    bare_desktop.xdotool("windowactivate", "--sync", bare_desktop.window("^here$"))

    windows = X11Backend().windows()

    assert next(window.title for window in windows.stack if window.window == windows.focused) == "here"


@pytest.mark.parametrize("part", ["check", "windows", "monitors"])
def test_no_display_is_a_refusal(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)

    with pytest.raises(PlatformError, match="no X display"):
        getattr(X11Backend(), part)()


def test_a_display_that_does_not_answer_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)

    with pytest.raises(PlatformError, match="can't be reached"):
        X11Backend(":65000").check()


def test_a_display_on_another_machine_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)

    with pytest.raises(PlatformError, match="another machine"):
        X11Backend("localhost:10.0").check()


@pytest.mark.parametrize(("name", "value"), [("XDG_SESSION_TYPE", "wayland"), ("WAYLAND_DISPLAY", "wayland-0")])
def test_a_wayland_session_is_a_refusal_even_with_an_x_display(
    bare_desktop: VirtualDesktop,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
) -> None:
    monkeypatch.setenv(name, value)
    backend = X11Backend()

    for part in (backend.check, backend.grabber().open):
        with pytest.raises(PlatformError, match="Wayland"):
            part()


def test_what_became_of_a_display_is_said_and_never_waited_for() -> None:
    with VirtualDesktop(session_bus=False, window_manager=False) as desktop:
        backend = X11Backend(desktop.display)
        server = server_of(desktop)

        assert backend.trouble() is None
        os.kill(server, signal.SIGSTOP)
        asked = time.monotonic()
        assert backend.trouble() == f"the X display {desktop.display} does not answer"
        assert time.monotonic() - asked < 0.5
        os.kill(server, signal.SIGCONT)
        assert backend.trouble() is None
        os.kill(server, signal.SIGKILL)
        wait_until_ended(server)
        assert backend.trouble() == f"the X display {desktop.display} is gone"
