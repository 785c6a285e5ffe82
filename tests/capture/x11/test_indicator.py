# ruff: noqa: F401, F811 -- fixtures are imported by name and then named as arguments
"""The badge on a real screen: seen, above everything, and gone when anything is wrong."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest

from recorder.capture.backends.x11 import badge
from recorder.capture.backends.x11.badge_picture import pictures
from recorder.capture.backends.x11.connection import open_display
from recorder.capture.backends.x11.indicator import X11Indicator
from recorder.capture.contract import IndicatorSignal, IndicatorState
from recorder.errors import PlatformError
from tests.capture.x11.paint import RED, Painter
from tests.desktop import VirtualDesktop, bare_desktop


@pytest.fixture
def indicator(bare_desktop: VirtualDesktop) -> Iterator[X11Indicator]:
    one = X11Indicator()
    one.open(IndicatorState.RECORDING)
    yield one
    one.close()


def on_screen() -> bytes:
    """The pixels where the badge is, BGRX, whatever is on top there."""
    picture = pictures(1.0)[IndicatorState.RECORDING]
    display = open_display()
    try:
        root = display.screen().root
        x, y = (1920 - picture.width) // 2, badge._TOP_MARGIN_PX
        return bytes(root.get_image(x, y, picture.width, picture.height, 2, 0xFFFFFFFF).data)
    finally:
        display.close()


def shows(state: IndicatorState) -> bool:
    """Whether the whole picture of the state is on the screen (the fourth byte of a pixel means nothing)."""
    seen, wanted = (np.frombuffer(data, dtype="<u4") & 0xFFFFFF for data in (on_screen(), pictures(1.0)[state].bgrx))
    return bool((seen == wanted).all())


def until_shown(indicator: X11Indicator, state: IndicatorState) -> bool:
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        if shows(state):
            return True
        assert indicator.wait(0.02) is None
    return False


def gone_after_s(indicator: X11Indicator) -> float:
    started = time.monotonic()
    while time.monotonic() - started < 5:
        if indicator.wait(0.1) is IndicatorSignal.GONE:
            return time.monotonic() - started
    raise AssertionError("the badge's end was not noticed")


def test_every_state_is_on_the_screen_and_looks_different(indicator: X11Indicator) -> None:
    assert shows(IndicatorState.RECORDING)
    for state in (IndicatorState.WITHHOLDING, IndicatorState.PAUSED, IndicatorState.RECORDING):
        indicator.show(state)

        assert until_shown(indicator, state)

    assert len({picture.bgrx for picture in pictures(1.0).values()}) == 3


def test_states_differ_without_their_colours(indicator: X11Indicator) -> None:
    greys = [
        np.frombuffer(p.bgrx, dtype=np.uint8).reshape(-1, 4)[:, :3].max(axis=1) > 90 for p in pictures(1.0).values()
    ]

    assert all((one != other).any() for i, one in enumerate(greys) for other in greys[:i])


def test_it_stays_above_a_full_screen_window(
    indicator: X11Indicator,
    bare_desktop: VirtualDesktop,
) -> None:
    with Painter() as painter:
        cover = painter.window(RED, 0, 0, 1920, 1080)
        assert until_shown(indicator, IndicatorState.RECORDING)
        painter.lift(cover)
        assert until_shown(indicator, IndicatorState.RECORDING)
    bare_desktop.spawn(["xterm", "-fullscreen"])
    bare_desktop.window("xterm")

    assert until_shown(indicator, IndicatorState.RECORDING)
    assert indicator.wait(1.2) is None


def test_it_stays_above_a_full_screen_window_with_a_compositor(monkeypatch: pytest.MonkeyPatch) -> None:
    with VirtualDesktop(session_bus=False, compositor="xcompmgr") as desktop:
        monkeypatch.setenv("DISPLAY", desktop.display)
        indicator = X11Indicator()
        indicator.open(IndicatorState.PAUSED)
        with Painter() as painter:
            painter.window(RED, 0, 0, 1920, 1080)

            assert until_shown(indicator, IndicatorState.PAUSED)
        indicator.close()


def test_a_click_toggles_once_and_a_drag_moves_it_instead(
    indicator: X11Indicator,
    bare_desktop: VirtualDesktop,
) -> None:
    bare_desktop.xdotool("mousemove", 960, 24, "click", 1)
    assert indicator.wait(2) is IndicatorSignal.TOGGLE_PAUSE
    assert indicator.wait(0.2) is None

    bare_desktop.xdotool("mousemove", 960, 24, "mousedown", 1, "mousemove", 700, 400, "mousemove", 600, 500)
    bare_desktop.xdotool("mouseup", 1)

    assert indicator.wait(0.3) is None
    assert not shows(IndicatorState.RECORDING)


@pytest.mark.parametrize("lock", [None, "Caps_Lock", "Num_Lock"])
@pytest.mark.parametrize("hotkey", ["ctrl+alt+shift+p", "Pause"])
def test_the_hotkeys_work_whatever_is_locked(
    indicator: X11Indicator,
    bare_desktop: VirtualDesktop,
    hotkey: str,
    lock: str | None,
) -> None:
    if lock:
        bare_desktop.xdotool("key", lock)

    bare_desktop.xdotool("key", hotkey)

    assert indicator.missing_hotkeys == ()
    assert indicator.wait(2) is IndicatorSignal.TOGGLE_PAUSE
    assert indicator.wait(0.2) is None


def test_holding_the_hotkey_toggles_once(indicator: X11Indicator, bare_desktop: VirtualDesktop) -> None:
    bare_desktop.xdotool("keydown", "Pause")

    assert indicator.wait(2) is IndicatorSignal.TOGGLE_PAUSE
    assert indicator.wait(1.2) is None
    bare_desktop.xdotool("keyup", "Pause")


def test_a_hotkey_that_another_program_holds_is_named(bare_desktop: VirtualDesktop) -> None:
    with Painter() as other:
        keycode = other.display.keysym_to_keycode(0xFF13)  # Pause
        other.root.grab_key(keycode, 0, 0, 1, 1)
        other.display.sync()
        indicator = X11Indicator()
        indicator.open(IndicatorState.RECORDING)

        assert indicator.wait(0.1) is None
        assert indicator.missing_hotkeys == ("Pause",)
        indicator.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
def test_a_badge_that_is_killed_or_hangs_is_gone_within_a_moment(indicator: X11Indicator, number: int) -> None:
    assert indicator._process is not None
    os.kill(indicator._process.pid, number)

    assert gone_after_s(indicator) <= 1.5
    assert indicator.wait(0) is IndicatorSignal.GONE
    assert indicator._process.wait(1) is not None


def test_a_badge_that_somebody_hides_is_gone(
    indicator: X11Indicator,
    bare_desktop: VirtualDesktop,
) -> None:
    bare_desktop.xdotool("search", "--class", "^Recorder$", "windowunmap")

    assert gone_after_s(indicator) <= 1.5


def test_the_badge_ends_when_its_recorder_is_killed(bare_desktop: VirtualDesktop) -> None:
    program = (
        "from recorder.capture.backends.x11.indicator import X11Indicator as I\n"
        "from recorder.capture.contract import IndicatorState as S\n"
        "i = I(); i.open(S.RECORDING); print(i._process.pid, flush=True)\n"
        "while True: i.wait(1)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": "."}, stdout=-1)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    started = time.monotonic()

    while time.monotonic() - started < 1.5 and _is_running(pid):
        time.sleep(0.01)

    assert not _is_running(pid)


def test_the_badge_ends_when_its_recorder_hangs(indicator: X11Indicator) -> None:
    assert indicator._process is not None

    assert indicator._process.wait(badge.PARENT_SILENCE_S + 1) is not None


def test_close_takes_it_away_and_no_display_is_a_clear_refusal(
    indicator: X11Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    indicator.close()
    assert not shows(IndicatorState.RECORDING)
    monkeypatch.delenv("DISPLAY")

    with pytest.raises(PlatformError, match="no X display"):
        X11Indicator().open(IndicatorState.RECORDING)


def test_idle_costs_next_to_nothing(indicator: X11Indicator) -> None:
    assert indicator._process is not None
    before, own = _ticks(indicator._process.pid), time.process_time()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        assert indicator.wait(1) is None

    assert _ticks(indicator._process.pid) - before <= 5  # of 10 ms
    assert time.process_time() - own < 0.03


def _ticks(pid: int) -> int:
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
        fields = stat.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def _is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
