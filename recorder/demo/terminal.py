"""A program at a terminal of its own, typed at by another program: what `expect` does, in a page. POSIX only."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from recorder.errors import RecorderError

CHUNK_BYTES = 65_536


class Terminal:
    """Runs `command` on a new pseudo-terminal (stdin, stdout and stderr); `output` is everything it printed so far.

    Raises: RecorderError from `expect` when the words do not come; its message names the words that were waited for.
    """

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], columns: int = 100) -> None:
        self._fd, child_fd = pty.openpty()
        self.output = ""
        self._read_to = 0
        self.process = subprocess.Popen(
            command,
            env=dict(env) | {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "60"},
            stdin=child_fd,
            stdout=child_fd,
            stderr=child_fd,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(child_fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        with contextlib.suppress(OSError):
            os.close(self._fd)

    def expect(self, words: str, *, timeout_s: float = 20.0) -> None:
        """Read until `words` have been printed after what earlier calls waited for."""
        until = time.monotonic() + timeout_s
        while (found := self.output.find(words, self._read_to)) < 0:
            if not self._read(until - time.monotonic()):
                raise RecorderError(f"the program at the terminal did not print {words!r}")
        self._read_to = found + len(words)

    def send(self, text: str) -> None:
        """Type; `\\n` is the Enter key, `\\x03` Ctrl+C."""
        os.write(self._fd, text.encode())

    def wait(self, *, timeout_s: float = 30.0) -> int:
        """Read on until the program ends; its exit code."""
        until = time.monotonic() + timeout_s
        while self._read(until - time.monotonic()):
            pass
        return self.process.wait(max(0.1, until - time.monotonic()))

    def _read(self, timeout_s: float) -> bool:
        """Take in what was printed; False when the program has closed its terminal or the time is over."""
        if not select.select([self._fd], [], [], max(0.0, timeout_s))[0]:
            return False
        try:
            part = os.read(self._fd, CHUNK_BYTES)
        except OSError:  # EIO: the last holder of the other side is gone (pty(7))
            return False
        self.output += part.decode(errors="replace")
        return bool(part)


def _take_terminal() -> None:
    """Make the pseudo-terminal the controlling one, so that /dev/tty works in the child (tty_ioctl(4), TIOCSCTTY)."""
    import fcntl
    import termios

    # Whoever was started in the background ignores Ctrl+C, and so would its children (sh(1), asynchronous lists).
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
