"""The control socket: a closed list of requests, for the same user, and no caller can keep the next one waiting."""

import contextlib
import json
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recorder.control import ControlServer, Request, _short_path, ask, is_listening, socket_path
from recorder.errors import ExitCode, PlatformError, UsageError

NOT_KNOWN = "not a request that this recorder knows"


class Recorder:
    """What a running recorder answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[Request, dict[str, Any]]] = []
        self.error: Exception | None = None

    def answer(self, request: Request, fields: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((request, fields))
        if self.error is not None:
            raise self.error
        return {"ok": True, "state": "recording"}


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def home(tmp_path: Path, recorder: Recorder) -> Iterator[Path]:
    with serving(tmp_path / "home", recorder) as path:
        yield path


class serving:
    """A server in a thread, for the time of the block."""

    def __init__(self, home: Path, recorder: Recorder) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._home = home
        self._server = ControlServer(home, recorder.answer)
        self._thread = threading.Thread(target=self._server.serve, daemon=True)

    def __enter__(self) -> Path:
        self._thread.start()
        return self._home

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._thread.join(2)
        assert not self._thread.is_alive()


def connected(home: Path) -> socket.socket:
    caller = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    caller.settimeout(5)
    with _short_path(socket_path(home)) as address:
        caller.connect(address)
    return caller


def said(home: Path, line: bytes) -> dict[str, Any]:
    with connected(home) as caller:
        caller.sendall(line + b"\n")
        answer: dict[str, Any] = json.loads(caller.makefile("rb").readline())
        return answer


@pytest.mark.parametrize("request_", list(Request))
def test_every_request_of_the_list_arrives_with_its_fields(home: Path, recorder: Recorder, request_: Request) -> None:
    assert ask(home, request_, seconds=2.5)["ok"] is True
    assert recorder.asked == [(request_, {"do": request_, "seconds": 2.5})]


@pytest.mark.parametrize(
    "line",
    [
        b'{"do": "record"}',
        b'{"do": "PAUSE"}',
        b'{"do": null}',
        b'{"do": ["stop"]}',
        b'{"do": {"stop": 1}}',
        b"{}",
        b"[]",
        b"7",
        b'"stop"',
        b"stop",
        b"",
        b"\x00\xff\xfe",
        b"[" * 60_000,
        b'{"do": ' * 9_000,
    ],
)
def test_anything_else_is_answered_with_an_error(home: Path, recorder: Recorder, line: bytes) -> None:
    assert said(home, line) == {"ok": False, "error": NOT_KNOWN}
    assert recorder.asked == []
    assert ask(home, Request.STATUS)["ok"] is True


@pytest.mark.parametrize("error", [RuntimeError("Canary"), PlatformError("Canary"), AttributeError("Canary")])
def test_a_request_that_fails_is_answered_without_its_message_and_the_next_one_is_heard(
    home: Path, recorder: Recorder, error: Exception
) -> None:
    recorder.error = error
    answer = ask(home, Request.PAUSE)
    recorder.error = None

    assert answer == {"ok": False, "error": f"the recorder could not do it ({type(error).__name__})"}
    assert ask(home, Request.STATUS)["ok"] is True


def test_a_caller_that_says_nothing_is_dropped_after_a_second(home: Path) -> None:
    with connected(home):
        began = time.monotonic()
        assert ask(home, Request.STATUS)["ok"] is True

    assert time.monotonic() - began < 1.6


def test_a_caller_that_never_comes_to_the_end_is_dropped_after_a_second(home: Path) -> None:
    with connected(home) as slow:
        done = threading.Event()

        def drip() -> None:
            while not done.wait(0.05):
                try:
                    slow.send(b"x")
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        began = time.monotonic()
        assert ask(home, Request.STATUS)["ok"] is True
        took = time.monotonic() - began
        done.set()
        dripping.join()

    assert took < 1.6


def test_a_megabyte_is_not_read_to_its_end(home: Path, recorder: Recorder) -> None:
    with connected(home) as loud:
        with pytest.raises(OSError, match=r"Broken pipe|reset"):  # noqa: PT012 - which of the two sends meets it is open
            loud.sendall(b'{"do": "' + b"x" * 1_000_000)
            loud.sendall(b"x" * 1_000_000)
        assert ask(home, Request.STATUS)["ok"] is True
    assert [request for request, _ in recorder.asked] == [Request.STATUS]


def test_callers_that_leave_early_do_no_harm(home: Path) -> None:
    for said_so_far in (b"", b'{"do": "sta', b'{"do": "status"}\n'):
        with connected(home) as caller:
            caller.sendall(said_so_far)
    assert ask(home, Request.STATUS)["ok"] is True


def test_many_at_once_are_all_answered(home: Path) -> None:
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(home, Request.STATUS))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert [answer["ok"] for answer in answers] == [True] * 12


def test_a_home_of_any_depth_works(tmp_path: Path, recorder: Recorder) -> None:
    deep = tmp_path / ("long-" * 12) / ("deep-" * 12) / "hömé"
    assert len(os.fsencode(socket_path(deep))) > 108

    with serving(deep, recorder) as home:
        assert ask(home, Request.STATUS)["ok"] is True
        assert socket_path(home).is_socket()
    assert not socket_path(home).exists()


def test_the_socket_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path, recorder: Recorder) -> None:
    before = os.umask(0)
    try:
        with serving(tmp_path / "home", recorder) as home:
            path = socket_path(home)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert os.umask(0) == 0  # and the umask is as it was
    finally:
        os.umask(before)


def test_a_socket_that_a_killed_recorder_left_is_nobody(tmp_path: Path, recorder: Recorder) -> None:
    path = socket_path(tmp_path)
    path.parent.mkdir()
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(path))
    left.close()

    with pytest.raises(UsageError, match="no recording is running"):
        ask(tmp_path, Request.STATUS)
    with serving(tmp_path, recorder) as home:
        assert ask(home, Request.STATUS)["ok"] is True


def test_nobody_running_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as nobody:
        ask(tmp_path, Request.STOP)

    assert nobody.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize("answer", [b"", b"nonsense\n", b"[1]\n", b"x" * 100_000])
def test_an_answer_that_makes_no_sense_is_said(tmp_path: Path, answer: bytes) -> None:
    path = socket_path(tmp_path)
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as odd:
        odd.bind(str(path))
        odd.listen(1)

        def reply() -> None:
            caller, _ = odd.accept()
            with caller:
                caller.recv(4096)
                caller.sendall(answer)

        replying = threading.Thread(target=reply)
        replying.start()
        with pytest.raises(PlatformError):
            ask(tmp_path, Request.STATUS)
        replying.join(2)


def test_a_socket_that_cannot_be_made_is_a_platform_error(tmp_path: Path, recorder: Recorder) -> None:
    (tmp_path / "run" / "control.sock").mkdir(parents=True)

    with pytest.raises(PlatformError):
        ControlServer(tmp_path, recorder.answer)


def test_a_recorder_that_answers_nobody_is_never_taken_for_none(tmp_path: Path, recorder: Recorder) -> None:
    """Its queue is full of callers that were not answered: the next one can't even connect."""
    (tmp_path / "home").mkdir(mode=0o700)
    server = ControlServer(tmp_path / "home", recorder.answer)  # nobody serves
    waiting = [socket.socket(socket.AF_UNIX) for _ in range(40)]
    try:
        for caller in waiting:
            caller.setblocking(False)
            with contextlib.suppress(BlockingIOError), _short_path(socket_path(tmp_path / "home")) as address:
                caller.connect(address)
        assert is_listening(tmp_path / "home")
        with pytest.raises(PlatformError, match="does not answer"):
            ask(tmp_path / "home", Request.STATUS)
    finally:
        for caller in waiting:
            caller.close()
        server.close()
    assert not is_listening(tmp_path / "home")


def test_a_socket_that_was_left_behind_listens_to_nobody(tmp_path: Path, recorder: Recorder) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    server = ControlServer(tmp_path / "home", recorder.answer)
    server._socket.close()

    assert socket_path(tmp_path / "home").exists()
    assert not is_listening(tmp_path / "home")
