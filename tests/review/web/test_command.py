"""`recorder review` as a process: when it listens, to whom it tells its address, what it reaches, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from recorder.store.lock import RunLock, is_page_open
from tests.e2e import other_user
from tests.recorded import PASSPHRASE, RecordedHome, Story
from tests.recorded import home as home
from tests.review.web.calling import Caller

COMMAND = [sys.executable, "-m", "recorder", "review"]
BUSY = 6
# Only a loopback interface.
WITHOUT_NETWORK = [
    *("unshare", *([] if os.getuid() == 0 else ["-r"]), "-n"),
    *("sh", "-c", 'ip link set lo up && exec "$@"', "sh"),
]
# A browser that writes down what it was started with and, after a while, ends.
FAKE_BROWSER = """#!/bin/sh
tr '\\0' '\\n' </proc/$$/cmdline >"$TOLD"
tr '\\0' '\\n' </proc/$$/environ >>"$TOLD"
"""
KNOCK = r"""
import json, socket, sys
host, wanted = sys.argv[1], json.loads(sys.argv[2])
told = []
for method, path in wanted:
    with socket.socket() as caller:
        caller.settimeout(10)
        caller.connect((b"127.0.0.1", int(host.split(":")[1])))
        body = "Content-Length: 2\r\n\r\n{}" if method == "POST" else "\r\n"
        caller.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{body}".encode())
        said = b""
        while part := caller.recv(65536):
            said += part
    head, _, rest = said.partition(b"\r\n\r\n")
    told.append([method, path, int(head.split()[1]), len(rest)])
print(json.dumps(told))
"""


def environment(home: RecordedHome, **more: str) -> dict[str, str]:
    said = {"RECORDER_HOME": str(home.path), "RECORDER_PASSPHRASE_COMMAND": f"echo '{PASSPHRASE}'"}
    return os.environ | said | more


@contextmanager
def reviewing(
    home: RecordedHome, *arguments: str, before: Sequence[str] = (), **more: str
) -> Iterator[tuple[subprocess.Popen[str], Caller]]:
    """The command, from the moment it tells its address until it is killed at the end of the block, if it lives."""
    command = [*before, *COMMAND, *(arguments or ("--no-browser",))]
    process = subprocess.Popen(
        command, env=environment(home, **more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), process.communicate()[1]
        yield process, Caller(url)
    finally:
        process.kill()
        process.communicate()


def listeners() -> set[str]:
    listed = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
    return set(listed.splitlines())


def of_process(pid: int) -> list[str]:
    return [line.split()[3] for line in listeners() if f"pid={pid}," in line]


def test_b1_it_listens_while_it_is_open_on_one_loopback_port_and_on_none_afterwards(home: RecordedHome) -> None:
    home.record(Story(size_px=(320, 200)))
    with reviewing(home) as (process, person):
        assert of_process(process.pid) == [person.host]

        person.let_in().post("/api/close")

        assert process.wait(15) == 0
        port = person.host.split(":")[1]
        assert not [line for line in listeners() if line.split()[3].endswith(f":{port}")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_kill_and_a_closed_terminal_end_it_in_order(home: RecordedHome, number: signal.Signals) -> None:
    home.record(Story(size_px=(320, 200)))
    with reviewing(home) as (process, _):
        process.send_signal(number)

        assert process.wait(15) == 0
        assert not is_page_open(home.path)
        assert not (home.path / "open-page.html").exists()


def test_b1_there_is_no_page_while_it_records_and_no_recording_while_the_page_is_open(home: RecordedHome) -> None:
    home.record(Story(size_px=(320, 200)))
    with RunLock(home.path):
        refused = home.run("review", "--no-browser", code=BUSY)
        assert "a recorder is running" in refused.stderr
    with reviewing(home):
        with pytest.raises(Exception, match="review page is open"), RunLock(home.path):
            pass
        second = home.run("review", "--no-browser", code=BUSY)
        assert "the page is open already" in second.stderr


def test_b2_no_option_makes_it_listen_wider(home: RecordedHome) -> None:
    told = home.run("review", "--help").stdout
    assert not any(word in told for word in ("--host", "--bind", "--port", "--listen", "0.0.0.0"))
    for name in ("HOST", "PORT", "UVICORN_HOST", "UVICORN_PORT", "FORWARDED_ALLOW_IPS", "WEB_CONCURRENCY"):
        os.environ[name] = "0.0.0.0" if "HOST" in name else "1"
    try:
        with reviewing(home) as (process, person):
            assert of_process(process.pid) == [person.host]
            assert person.host.startswith("127.0.0.1:")
    finally:
        for name in ("HOST", "PORT", "UVICORN_HOST", "UVICORN_PORT", "FORWARDED_ALLOW_IPS", "WEB_CONCURRENCY"):
            del os.environ[name]


def test_b3_another_account_gets_an_empty_401_from_every_route(home: RecordedHome) -> None:
    session_id = home.record(Story(size_px=(320, 200)))
    with reviewing(home) as (_, person):
        described = json.loads(person.let_in().get("/api/openapi.json").body)
        calls = [(method.upper(), path) for path, of in described["paths"].items() for method in of]
        wanted = [(m, person.prefix + path.replace("{session_id}", session_id)) for m, path in calls]
        wanted += [("GET", "/"), ("GET", person.prefix + "/"), ("GET", person.prefix + "/open?code=guess")]
        wanted += [("GET", person.prefix + "/static/page/style.css"), ("POST", "/")]
        wanted = [(method, path.replace("{", "").replace("}", "")) for method, path in wanted]

        assert other_user.second_uid() is not None
        told = other_user.as_other(KNOCK, person.host, json.dumps(wanted))

        assert len(told) == len(wanted) > 25
        assert [one for one in told if one[2:] != [401, 0]] == []


def test_b11_the_browsers_command_line_and_environment_hold_no_code(home: RecordedHome, tmp_path: Path) -> None:
    home.record(Story(size_px=(320, 200)))
    told = tmp_path / "told"
    browser = tmp_path / "browser"
    browser.write_text(FAKE_BROWSER)
    browser.chmod(0o700)
    with reviewing(home, "last", BROWSER=f"{browser} %s &", TOLD=str(told)) as (process, person):
        deadline = time.monotonic() + 10
        while not (told.exists() and told.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.05)
        code = person.url.split("code=")[1]
        step = home.path / "open-page.html"

        started_with = told.read_text()
        assert str(step) in started_with
        assert code not in started_with
        assert person.prefix not in started_with
        assert code in step.read_text()
        assert step.stat().st_mode & 0o777 == 0o600
        cmdline = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        assert code.encode() not in cmdline


def visits(person: Caller, session_id: str) -> list[tuple[str, int, int]]:
    paths = ("/", f"/s/{session_id}", "/leaving", "/storage", "/history", "/api/sessions", "/api/cuts", "/api/storage")
    return [(path, answer.status, len(answer.body) > 0) for path in paths for answer in [person.get(path)]]


def test_b10_it_connects_to_nothing_and_needs_no_network(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record(Story(size_px=(320, 200)))
    trace = tmp_path / "trace"
    with reviewing(home, before=("strace", "-f", "-qq", "-e", "trace=connect,bind", "-o", str(trace))) as (_, person):
        told = visits(person.let_in(), session_id)
        person.post("/api/search", b'{"text": "notes"}')
        person.post("/api/close")
        time.sleep(1)
    calls = trace.read_text().splitlines()
    assert [line for line in calls if "connect(" in line and "AF_INET" in line] == []
    assert len([line for line in calls if "bind(" in line and "AF_INET" in line]) == 1
    assert all(status == 200 for _, status, _ in told)

    alone = subprocess.run(
        [*WITHOUT_NETWORK, sys.executable, "-m", "tests.review.web.alone", session_id],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert alone.returncode == 0, alone.stderr
    assert json.loads(alone.stdout) == [list(one) for one in told]


def test_nothing_to_review_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND],
        env=os.environ | {"RECORDER_HOME": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "there is nothing to review here" in done.stderr


def test_the_address_leads_to_the_session_that_was_named(home: RecordedHome) -> None:
    session_id = home.record(Story(size_px=(320, 200)))
    with reviewing(home, "last", "--no-browser") as (_, person):
        answer = person.ask("GET", f"{person.prefix}/open?code={person.url.split('code=')[1]}")

        assert f"url={person.prefix}/s/{session_id}".encode() in answer.body
