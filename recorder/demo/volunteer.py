"""The volunteer at the command line: runs `recorder` as a person would, in processes and at a terminal of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recorder.consent.words import SENTENCE
from recorder.demo.terminal import Terminal
from recorder.errors import PlatformError
from recorder.model.consent import Category, Purpose

COMMAND = (sys.executable, "-m", "recorder")
START_TIMEOUT_S = 30.0


class Volunteer:
    """One home folder and one environment. `env` is the desktop's; the home is created by the commands."""

    def __init__(self, env: Mapping[str, str], home: Path) -> None:
        self.home = home
        self.env = dict(env) | {"RECORDER_HOME": str(home)}

    def run(self, *arguments: str, timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
        """One command without a terminal; what it said and its exit code."""
        return subprocess.run(
            [*COMMAND, *arguments],
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def do(self, *arguments: str, timeout_s: float = 120.0) -> str:
        """One command that must succeed; its stdout. Raises: PlatformError with the command's own words."""
        done = self.run(*arguments, timeout_s=timeout_s)
        if done.returncode != 0:
            raise PlatformError(
                f"recorder {' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr.strip()}"
            )
        return done.stdout

    def ask(self, *arguments: str) -> Any:
        """One command's `--json` answer."""
        return json.loads(self.do(*arguments, "--json"))

    def terminal(self, *arguments: str) -> Terminal:
        """One command at a terminal."""
        return Terminal([*COMMAND, *arguments], env=self.env)

    def opt_in(self, *lines: int) -> str:
        """Agree at a terminal, with the numbered lines of the toggle screen switched on (none given: all of them).

        Returns what the terminal showed. Raises: RecorderError when it did not come to an agreement.
        """
        with self.terminal("consent", "--self") as terminal:
            terminal.expect("Enter: go on")
            terminal.send(" ".join(map(str, lines or range(1, len(Category) + len(Purpose) + 1))) + "\n")
            terminal.expect("Enter: go on")
            terminal.send("\n")
            terminal.expect(SENTENCE)
            terminal.send(SENTENCE + "\n")
            if terminal.wait() != 0:
                raise PlatformError("recorder consent did not end well", hint=terminal.output[-200:])
            return terminal.output

    @contextmanager
    def recording(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """`recorder record` in a process, from the moment it records until the end of the block, when it is stopped.

        Its last line of stdout is the session's id (see `session_of`).
        """
        process = subprocess.Popen(
            [*COMMAND, "record", *arguments],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            self._await_recording(process)
            yield process
            if process.poll() is None:
                self.do("stop")
                process.wait(60)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def _await_recording(self, process: subprocess.Popen[str]) -> None:
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            if process.poll() is not None:
                said = process.stderr.read().strip() if process.stderr else ""
                raise PlatformError(f"recorder record ended with {process.returncode}: {said}")
            answer = self.run("status", "--json")
            if answer.returncode == 0 and json.loads(answer.stdout)["state"] in ("recording", "withholding"):
                return
            time.sleep(0.05)
        raise PlatformError("recorder record did not start")


def session_of(process: subprocess.Popen[str]) -> str:
    """The session id that a finished `recorder record` printed last."""
    printed = process.stdout.read().split() if process.stdout else []
    if not printed:
        raise PlatformError("recorder record printed no session")
    return printed[-1]
