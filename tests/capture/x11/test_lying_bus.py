"""A bus that lies, breaks off or speaks no D-Bus at all: nothing becomes known by it, and nothing crashes."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.capture.backends.x11.focus_oracle import X11FocusOracle
from recorder.capture.contract import Ask
from recorder.errors import PlatformError
from recorder.model.geometry import Rect
from recorder.model.raw import (
    RawApp,
    RawDocument,
    RawEvent,
    RawFields,
    RawFocus,
    RawPrivacy,
    RawTarget,
    RawWindow,
    Role,
)
from tests.capture.x11.liar import LyingBus
from tests.desktop import VirtualDesktop, enter

pytestmark = pytest.mark.desktop
LONG_ENOUGH_S = 1.5
SEEDS = range(40 if os.environ.get("RECORDER_SOAK") == "1" else 4)


@pytest.fixture(scope="module")
def place() -> Iterator[VirtualDesktop]:
    with VirtualDesktop(size=(640, 480), session_bus=False) as virtual:
        yield virtual


class Run:
    """An oracle that is asked for everything, in a thread whose failure is kept."""

    def __init__(self) -> None:
        self.oracle = X11FocusOracle()
        self.heard: list[RawEvent] = []
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.oracle.run(self.heard.append)
        except BaseException as failure:  # noqa: BLE001 - the test says what it was
            self.failure = failure

    def everything(self) -> PlatformError | None:
        """Open, ask, focus, press, type, close; what kept it from being opened."""
        try:
            self.oracle.open()
        except PlatformError as refused:
            return refused
        self.thread.start()
        self.oracle.ask(frozenset(Ask))
        browser = RawApp(pid=os.getpid(), executable=None, wm_class="Chromium", wm_instance=None, browser=True)
        stack = [_window(number, browser) for number in (1, 2, 3)]
        until = time.monotonic() + LONG_ENOUGH_S
        window = 1
        while time.monotonic() < until and self.thread.is_alive():
            window = window % 3 + 1
            self.oracle.windows_shown(stack)
            self.oracle.window_focused(window, browser)
            self.oracle.painted()
            self.oracle.pressed(time.monotonic_ns(), 5, 5, window)
            self.oracle.nudge()
            self.thread.join(0.3)  # time for a walk through an application
        died = not self.thread.is_alive()
        self.oracle.close()
        self.thread.join(5)
        if self.failure is not None:
            raise self.failure
        assert not died, "the oracle ended by itself"
        assert not self.thread.is_alive()
        return None

    def learnt(self) -> list[str]:
        """What was taken for known, by kind: there must be nothing."""
        return [type(event).__name__ for event in self.heard if _is_known(event)]


def _window(number: int, app: RawApp) -> RawWindow:
    return RawWindow(
        window=number,
        rect=Rect(0, 0, 300, 200),
        app=app,
        title="page - Chromium",
        see_through=False,
        own=False,
        override_redirect=False,
    )


def _is_known(event: RawEvent) -> bool:
    match event:
        case RawFocus():
            return event.role is Role.TEXT
        case RawPrivacy():
            return event.private is False
        case RawDocument():
            return event.url is not None
        case RawFields():
            return event.rects is not None
        case RawTarget():
            return event.name is not None
        case _:
            return False


@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_becomes_known_by_nonsense(
    place: VirtualDesktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int, *, breaks: bool
) -> None:
    enter(place, monkeypatch)
    with LyingBus(tmp_path / "bus", seed=seed, breaks=breaks) as liar:
        for name in ("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS"):
            monkeypatch.setenv(name, liar.address)
        run = Run()
        refused = run.everything()

        assert refused is None or (refused.hint and "nonsense" not in str(refused))
        assert sum(liar.asked.values()) > 0
    assert run.learnt() == []
    assert not [event for event in run.heard if "nonsense" in repr(event)]


def test_a_bus_that_lies_and_then_is_gone_leaves_nothing_known(
    place: VirtualDesktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    enter(place, monkeypatch)
    with LyingBus(tmp_path / "bus", seed=99, breaks=False) as liar:
        for name in ("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS"):
            monkeypatch.setenv(name, liar.address)
        run = Run()
        threading.Timer(0.5, liar.__exit__, (None, None, None)).start()
        refused = run.everything()
    assert refused is None or refused.hint
    assert run.learnt() == []
