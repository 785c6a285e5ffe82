"""Talking to the one running recorder of a home: a Unix socket, one JSON line each way, same user only.

The socket lies in a 0700 folder, so another user can't reach it; where the kernel tells who is calling, that is checked
as well. Nothing that is captured ever travels here: the closed list of requests is `Request`.
"""

import contextlib
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from recorder.errors import PlatformError, UsageError

ANSWER_TIMEOUT_S = 5.0
CALLER_TIMEOUT_S = 1.0  # for all of what a caller sends
RETRY_S = 0.1
BACKLOG = 16
LINE_LIMIT_BYTES = 65_536
NOBODY = (FileNotFoundError, ConnectionRefusedError, NotADirectoryError)  # connect(2): nobody listens there

Json = dict[str, Any]
Handler = Callable[["Request", Json], Json]


class Request(StrEnum):
    """What a running recorder can be asked."""

    STATUS = "status"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    FORGET = "forget"  # {"seconds": float}


def socket_path(home: Path) -> Path:
    return home / "run" / "control.sock"


class ControlServer:
    """The listening end. Thread: `serve` runs in one of the pipeline's threads until `close`."""

    def __init__(self, home: Path, handler: Handler) -> None:
        self._path = socket_path(home)
        self._handler = handler
        self._closing = threading.Event()
        self._busy_since: float | None = None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._bind()
        except OSError:
            self._socket.close()
            raise PlatformError("the control socket can't be made", hint=f"look at {self._path.parent}") from None

    def _bind(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)  # left by a recorder that was killed; the run lock says that it is dead
        with _short_path(self._path) as address:
            old_umask = os.umask(0o177)
            try:
                self._socket.bind(address)
            finally:
                os.umask(old_umask)
        self._socket.listen(BACKLOG)

    def serve(self) -> None:
        """Answer one caller after the other. A caller that misbehaves is dropped, never waited for."""
        while not self._closing.is_set():
            try:
                caller, _ = self._socket.accept()
            except OSError:  # closed, or out of descriptors for a while
                self._closing.wait(RETRY_S)
                continue
            with caller, contextlib.suppress(OSError):
                if _same_user(caller):
                    self._answer(caller)

    @property
    def busy_s(self) -> float:
        """For how long the present request has been worked on. Any thread."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def _answer(self, caller: socket.socket) -> None:
        self._busy_since = time.monotonic()
        try:
            self._answer_now(caller)
        finally:
            self._busy_since = None

    def _answer_now(self, caller: socket.socket) -> None:
        try:
            asked = json.loads(_read_line(caller, time.monotonic() + CALLER_TIMEOUT_S))
            answer = self._handler(Request(asked["do"]), asked)
        except OSError:
            raise
        except (ValueError, KeyError, TypeError, RecursionError):
            answer = {"ok": False, "error": "not a request that this recorder knows"}
        except Exception as failure:  # noqa: BLE001 - whatever one request meets, the next one finds somebody listening
            answer = {"ok": False, "error": f"the recorder could not do it ({type(failure).__name__})"}
        caller.settimeout(CALLER_TIMEOUT_S)
        caller.sendall(json.dumps(answer).encode() + b"\n")

    def close(self) -> None:
        self._closing.set()
        # A listening socket's accept() is woken by shutdown on Linux; closing alone leaves it asleep.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with contextlib.suppress(OSError):  # a disk that can't be written any more; nobody listens at it
            self._path.unlink(missing_ok=True)


def is_listening(home: Path) -> bool:
    """Whether a recorder of this home takes requests, or would if it were not stuck."""
    if not socket_path(home).exists():
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.setblocking(False)
        try:
            with _short_path(socket_path(home)) as address:
                caller.connect(address)
        except NOBODY:
            return False
        except OSError:
            return True
    return True


def ask(home: Path, request: Request, **fields: Any) -> Json:
    """Send one request to the running recorder and return its answer.

    Raises: UsageError when no recorder is running here; PlatformError when it does not answer.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(ANSWER_TIMEOUT_S)
        try:
            with _short_path(socket_path(home)) as address:
                caller.connect(address)
        except NOBODY:
            raise UsageError("no recording is running", hint="start one with: recorder record") from None
        except OSError:  # somebody listens: its queue is full, because it answers nobody
            raise PlatformError("the running recorder does not answer", hint="look at its terminal") from None
        try:
            caller.sendall(json.dumps({"do": request, **fields}).encode() + b"\n")
            answer = json.loads(_read_line(caller, time.monotonic() + ANSWER_TIMEOUT_S))
        except (OSError, ValueError):
            raise PlatformError("the running recorder does not answer", hint="look at its terminal") from None
    if not isinstance(answer, dict):
        raise PlatformError("the running recorder gave an answer that makes no sense")
    return answer


@contextlib.contextmanager
def _short_path(path: Path) -> Iterator[str]:
    """An address for `path` that fits into the 108 bytes of sockaddr_un, however deep the home is (unix(7))."""
    if len(os.fsencode(path)) < 100:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _same_user(caller: socket.socket) -> bool:
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True  # the folder's 0700 is the check here
    _pid, uid, _gid = struct.unpack("3i", caller.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))
    return bool(uid == os.getuid())


def _read_line(caller: socket.socket, until: float) -> bytes:
    """One line. Raises: ValueError when it has no end, TimeoutError when the end is not there at `until` (monotonic
    seconds), however busily the other side sends."""
    line = b""
    while not line.endswith(b"\n"):
        caller.settimeout(max(0.001, until - time.monotonic()))
        part = caller.recv(4096)
        if not part or len(line) > LINE_LIMIT_BYTES:
            raise ValueError("the line does not end")
        line += part
    return line
