"""Starts the badge process, tells it what to show, and listens whether it is still there."""

import contextlib
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock

import recorder
from recorder.capture.backends.x11 import badge
from recorder.capture.backends.x11.badge_picture import pictures
from recorder.capture.backends.x11.connection import open_display
from recorder.capture.contract import Indicator, IndicatorSignal, IndicatorState
from recorder.errors import PlatformError

_COMMANDS = {
    IndicatorState.RECORDING: badge.RECORDING,
    IndicatorState.WITHHOLDING: badge.WITHHOLDING,
    IndicatorState.PAUSED: badge.PAUSED,
}
_START_TIMEOUT_S = 5.0
_PASSED_ON = ("DISPLAY", "XAUTHORITY", "HOME", "PATH", "LANG", "LD_LIBRARY_PATH")


class X11Indicator(Indicator):
    """The badge. `open` in a thread that lives as long as the recording: the badge dies with the thread that made it.

    `wait` also sends the recorder's own heartbeat, so it has to be called at least once a second; a recorder that
    does not is taken for dead, and the badge goes.
    """

    def __init__(self, display_name: str | None = None) -> None:
        self._name = display_name
        self._process: subprocess.Popen[bytes] | None = None
        self._writing = Lock()
        self._waiting = Lock()
        self._closed = False
        self._gone = False
        self._toggles = 0
        self._heard_at = self._beaten_at = 0.0
        self._shown = False
        self._unread = b""
        self.missing_hotkeys: tuple[str, ...] = ()  # those that another program holds

    def open(self, state: IndicatorState) -> None:
        """See the contract; at most five seconds. Raises: PlatformError."""
        scale = _scale(self._name)
        self._process = self._spawn()
        with contextlib.suppress(BrokenPipeError):
            self._send_pictures(scale, state)
        os.set_blocking(self._stdin(), False)
        self._heard_at = time.monotonic()
        deadline = self._heard_at + _START_TIMEOUT_S
        while not self._shown and self._listen(deadline - time.monotonic()):
            self._beat()
        if not self._shown:
            self.close()
            raise PlatformError("the recording badge can't be shown", hint="nothing is recorded without it")

    def show(self, state: IndicatorState) -> None:
        """See the contract. Any thread."""
        self._send(_COMMANDS[state])

    def wait(self, timeout_s: float) -> IndicatorSignal | None:
        """See the contract. `GONE` at most 1.25 s after the last sign of life."""
        deadline = time.monotonic() + timeout_s
        with self._waiting:
            while True:
                if not self._gone:
                    self._gone = self._closed or not self._listen(0) or self._is_silent()
                if self._gone:
                    self._end()
                    return IndicatorSignal.GONE
                if self._toggles:
                    self._toggles -= 1
                    return IndicatorSignal.TOGGLE_PAUSE
                self._beat()
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    return None
                self._gone = not self._listen(min(left_s, badge.BEAT_S))

    def close(self) -> None:
        """See the contract. Any thread, more than once."""
        self._closed = True
        self._end()
        process = self._process
        if process is None:
            return
        process.wait()
        with self._waiting, self._writing:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()

    def _spawn(self) -> subprocess.Popen[bytes]:
        env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        if self._name:
            env["DISPLAY"] = self._name
        env["PYTHONPATH"] = str(Path(recorder.__file__).parents[1])
        command = [sys.executable, "-m", badge.__name__, str(os.getpid())]
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        return subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, stderr=null, bufsize=0)

    def _send_pictures(self, scale: float, state: IndicatorState) -> None:
        drawn = pictures(scale)
        first = drawn[state]
        pixels = b"".join(drawn[shown].bgrx for shown in _COMMANDS)
        data = memoryview(badge.HEADER.pack(first.width, first.height) + pixels + _COMMANDS[state])
        while data:
            data = data[os.write(self._stdin(), data) :]

    def _stdin(self) -> int:
        assert self._process is not None
        assert self._process.stdin is not None
        return self._process.stdin.fileno()

    def _send(self, command: bytes) -> None:
        with self._writing, contextlib.suppress(OSError, ValueError):
            if self._process is not None and not self._closed:
                # A full pipe means that the badge hangs; its silence is noticed.
                os.write(self._stdin(), command)

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._beaten_at >= badge.BEAT_S * 0.9:
            self._beaten_at = now
            self._send(badge.BEAT)

    def _is_silent(self) -> bool:
        return time.monotonic() - self._heard_at > badge.SILENCE_S

    def _listen(self, timeout_s: float) -> bool:
        """Take in what the badge reports, waiting for it at most `timeout_s`; False when it has ended."""
        assert self._process is not None
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, timeout_s))
        if not ready:
            return timeout_s >= 0
        reports = os.read(self._process.stdout.fileno(), 4096)
        self._heard_at = time.monotonic()
        self._take(self._unread + reports)
        return bool(reports)

    def _take(self, reports: bytes) -> None:
        while reports:
            if reports[:1] == badge.NO_HOTKEY:
                if len(reports) < 2:
                    break
                self.missing_hotkeys += (badge.HOTKEYS[reports[1]][0],)
                reports = reports[1:]
            elif reports[:1] == badge.TOGGLED:
                self._toggles += 1
            elif reports[:1] == badge.SHOWN:
                self._shown = True
            reports = reports[1:]
        self._unread = reports

    def _end(self) -> None:
        """A badge that is given up must not go on saying that something is recorded."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()


def _scale(display_name: str | None) -> float:
    """How large the desktop wants its text, from the Xft.dpi resource. Raises: PlatformError without a display."""
    display = open_display(display_name)
    try:
        resources = display.screen().root.get_full_property(display.intern_atom("RESOURCE_MANAGER"), 0)
    finally:
        display.close()
    lines = (bytes(resources.value) if resources else b"").split(b"\n")
    found = [line.partition(b":")[2].strip() for line in lines if line.startswith(b"Xft.dpi:")]
    try:
        return min(4.0, max(1.0, float(found[0]) / 96)) if found else 1.0
    except ValueError:
        return 1.0
