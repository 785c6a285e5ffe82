"""`recorder delete` and `recorder forget`: what they list, what they ask, and that nothing is left."""

import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from recorder.control import ControlServer, Request
from recorder.demo.scan import scan
from recorder.model.consent import Category
from recorder.model.redacted import EventKind
from recorder.store.audit import AuditLog
from recorder.store.lock import RunLock
from recorder.store.session import SessionReader
from recorder.store.vault import Vault
from tests.recorded import PASSPHRASE, STARTED_US, RecordedHome, S, Story, event, home, make_home
from tests.review.planted import context

__all__ = ["home"]

CANARIES = ("Q7-canary-editor-title", "Z4-canary-browser-title")
STORY = Story(titles=CANARIES, seconds=60, frames=6)


def _everything(home: RecordedHome) -> str:
    """All that anyone with the key can still read."""
    unlocked = Vault.open(home.path).unlock(lambda: PASSPHRASE)
    found = []
    for folder in sorted((home.path / "sessions").iterdir()):
        reader = SessionReader(home.path, folder.name, unlocked)
        found += [str(reader.table(name).to_pylist()) for name in ("events", "contexts", "frames", "redactions")]
    return "\n".join(found)


def _deleted(home: RecordedHome, *arguments: str) -> dict[str, Any]:
    """Delete for real after a dry run whose counts must be the same."""
    planned = home.json("delete", *arguments, "--dry-run")
    before = {path: path.read_bytes() for path in (home.path / "sessions").rglob("*.parquet")}
    assert {path: path.read_bytes() for path in (home.path / "sessions").rglob("*.parquet")} == before
    receipt: dict[str, Any] = home.json("delete", *arguments, "--yes")
    different = {"dry_run": False, "verified": True}
    assert receipt == planned | different
    return receipt


def test_a_session_goes_whole(home: RecordedHome) -> None:
    session_id, other = home.record(STORY), home.record(started_us=STARTED_US + 86_400 * S)

    receipt = _deleted(home, "--session", session_id)
    assert (receipt["sessions"], receipt["sessions_gone"], receipt["frames"]) == ([session_id], 1, 6)
    assert (receipt["events"], receipt["seconds"]) == (52, 60.0)
    assert [path.name for path in (home.path / "sessions").iterdir()] == [other]
    assert scan([home.path], CANARIES) == []


def test_the_history_says_that_something_went_and_never_what(home: RecordedHome) -> None:
    session_id = home.record(STORY)
    home.run("delete", "--app", "Browser", "--yes")

    (line,) = list(AuditLog(home.path, home.unlocked).rows())
    assert (line.actor, line.action, line.object_id, line.count) == ("delete", "deleted", session_id, 28)
    assert "Browser" not in (home.path / "audit.jsonl").read_text()


def test_an_app_goes_from_every_table_and_every_picture(home: RecordedHome) -> None:
    session_id = home.record(STORY)

    receipt = _deleted(home, "--app", "Browser")
    assert (receipt["sessions_gone"], receipt["frames"]) == (0, 3)
    assert receipt["seconds"] == pytest.approx(30, abs=0.5)
    left = _everything(home)
    assert CANARIES[0] in left
    assert CANARIES[1] not in left
    assert "Browser" not in left
    assert home.json("show", session_id)["apps"] == ["Editor"]
    assert scan([home.path], CANARIES) == []


def test_a_range_goes_and_leaves_a_gap(home: RecordedHome) -> None:
    home.record(STORY)

    receipt = _deleted(home, "--between", "2025-10-09T08:53:50Z", "2025-10-09T10:54:30+02:00")
    assert (receipt["seconds"], receipt["frames"]) == (30.0, 3)
    left = _everything(home)
    assert CANARIES[1] not in left
    assert "forgotten" in left


def test_all_is_all(home: RecordedHome) -> None:
    home.record(STORY)
    home.record(started_us=STARTED_US + 86_400 * S)

    receipt = _deleted(home, "--all")
    assert (receipt["sessions_gone"], receipt["seconds"]) == (2, 120.0)
    assert list((home.path / "sessions").iterdir()) == []
    assert home.json("review", "list") == []


def test_what_matches_nothing_deletes_nothing(home: RecordedHome) -> None:
    home.record(STORY)

    receipt = home.json("delete", "--app", "Brow", "--yes")
    assert (receipt["sessions"], receipt["events"], receipt["seconds"]) == ([], 0, 0.0)
    assert CANARIES[1] in _everything(home)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--all"],
        ["--all", "--json"],
        ["--all", "--app", "Editor", "--yes"],
        ["--session", "nothing", "--yes"],
        ["--between", "2025-10-09T08:53:50", "2025-10-09T08:54:00", "--yes"],
    ],
)
def test_nothing_goes_without_a_clear_word(home: RecordedHome, arguments: list[str]) -> None:
    home.record(STORY)

    home.run("delete", *arguments, code=2)
    assert all(canary in _everything(home) for canary in CANARIES)


@pytest.mark.parametrize(("answer", "code", "left"), [(b"y\n", 0, 0), (b"n\n", 2, 1), (b"\n", 2, 1)])
def test_at_a_terminal_it_lists_and_asks(home: RecordedHome, answer: bytes, code: int, left: int) -> None:
    session_id = home.record(STORY)

    returned, shown = _at_terminal(home, ["delete", "--session", "last"], answer)
    assert returned == code
    assert b"would go: 52 events, 6 pictures, 60 s of recording" in shown
    assert session_id.encode() in shown
    assert len(list((home.path / "sessions").iterdir())) == left


def _at_terminal(home: RecordedHome, arguments: Sequence[str], answer: bytes) -> tuple[int, bytes]:
    """Run at a pseudo-terminal; answers once it is asked. Returns the exit code and what was on the screen."""
    ours, theirs = pty.openpty()
    environment = {"RECORDER_HOME": str(home.path), "RECORDER_PASSPHRASE_COMMAND": f"echo '{PASSPHRASE}'"}
    command = [sys.executable, "-m", "recorder", *arguments]
    process = subprocess.Popen(command, env=os.environ | environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # Linux says so when the other end is closed
            break
        shown += part
        if b"[y/N]" in part:
            os.write(ours, answer)
    os.close(ours)
    return process.wait(timeout=60), shown


def test_forget_takes_the_last_minutes_of_what_is_stored(home: RecordedHome) -> None:
    now_us = time.time_ns() // 1000
    old, recent = home.record(STORY), home.record(STORY, started_us=now_us - 300 * S)

    receipt = home.json("forget", "10m")
    assert (receipt["sessions"], receipt["sessions_gone"], receipt["recording"]) == ([recent], 1, False)
    assert [path.name for path in (home.path / "sessions").iterdir()] == [old]


def test_forget_cuts_a_session_at_the_right_moment(home: RecordedHome) -> None:
    now_us = time.time_ns() // 1000
    home.record(STORY, started_us=now_us - 60 * S)

    receipt = home.json("forget", "38s")  # from second 22 on, or a little later
    assert (receipt["sessions_gone"], receipt["frames"]) == (0, 3)
    left = _everything(home)
    assert CANARIES[0] in left
    assert CANARIES[1] not in left


def test_forget_goes_through_the_running_recorder_and_to_what_is_stored_before_it(home: RecordedHome) -> None:
    """The recorder here is a real writer behind the real socket; only the desktop is missing."""
    now_us = time.time_ns() // 1000
    earlier = home.record(STORY, started_us=now_us - 180 * S)
    with home.recording(STORY, started_us=now_us - 60 * S) as (running, writer), RunLock(home.path):
        asked: list[float] = []

        def answer(request: Request, fields: dict[str, Any]) -> dict[str, Any]:
            asked.append(fields["seconds"])
            return {"ok": True, **writer.forget(max(0, (60 - int(fields["seconds"])) * S))}

        server = ControlServer(home.path, answer)
        serving = threading.Thread(target=server.serve)
        serving.start()
        try:
            receipt = home.json("forget", "10m")
        finally:
            server.close()
            serving.join(5)

    assert asked == [600.0]
    assert (receipt["recording"], receipt["sessions"], receipt["frames"]) == (True, [earlier], 12)
    assert [path.name for path in (home.path / "sessions").iterdir()] == [running]
    assert not any(canary in _everything(home) for canary in CANARIES)


def test_forget_with_nothing_there_asks_for_no_passphrase(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "recorder", "forget", "5m"]
    done = subprocess.run(command, env=os.environ | {"RECORDER_HOME": str(tmp_path / "new")}, capture_output=True)

    assert done.returncode == 0


@pytest.mark.parametrize("length", ["", "5", "soon", "-5m"])
def test_forget_refuses_what_is_no_length_of_time(home: RecordedHome, length: str) -> None:
    home.run("forget", "--", length, code=2)


def _browsed() -> Story:
    """The second app is a browser: ten seconds at a site whose title is a canary, then another one."""
    pages = (
        context(50, 31 * S, CANARIES[1], "bank.example.org", "/account"),
        context(51, 41 * S, "other page", "example.org", "/"),
    )
    keys = [event(t * S, EventKind.KEY, key="ctrl+f", context_id=c, app="Browser") for t, c in ((35, 50), (45, 51))]
    return Story(titles=(CANARIES[0], "start page"), extra=[*pages, *keys], moves=1)


def test_d2_a_site_goes_and_no_host_below_or_beside_it(home: RecordedHome) -> None:
    session_id = home.record(_browsed())

    receipt = _deleted(home, "--site", "Bank.example.org.")
    assert (receipt["sessions"], receipt["unnamed"]) == ([session_id], [])
    assert receipt["seconds"] == pytest.approx(11, abs=0.5)  # and what the browser showed before, without an address
    left = _everything(home)
    assert CANARIES[1] not in left
    assert "bank.example.org" not in left
    assert CANARIES[0] in left
    assert "'url_host': 'example.org'" in left
    assert scan([home.path], [CANARIES[1], "bank.example.org"]) == []


def test_a_host_is_said_to_be_that_host_alone(home: RecordedHome) -> None:
    home.record(_browsed())

    alone = home.run("delete", "--site", "example.org", "--dry-run").stderr
    assert "example.org alone, and no host below it: those are --site '*.example.org'" in alone
    assert "and not example.org itself" in home.run("delete", "--site", "*.example.org", "--dry-run").stderr
    assert home.json("delete", "--site", "*.example.org", "--yes")["sessions"] != []
    left = _everything(home)
    assert "bank.example.org" not in left
    assert "'url_host': 'example.org'" in left
    assert home.json("delete", "--site", "*.example.org", "--yes")["sessions"] == []


def test_a_staged_site_is_named_in_the_list_of_what_is_staged(home: RecordedHome) -> None:
    home.record(_browsed())

    home.run("delete", "--site", "bank.example.org", "--stage")
    assert CANARIES[1] not in _everything(home)
    assert home.json("delete", "--staged")[0]["site"] == "bank.example.org"
    assert "site bank.example.org" in home.run("delete", "--staged").stdout
    home.run("delete", "--undo")
    assert CANARIES[1] in _everything(home)


@pytest.mark.parametrize("site", ["", "https://example.org", "192.0.2.1", "localhost", "example.org/x", "*"])
def test_what_is_no_site_is_refused_before_anything_is_asked(home: RecordedHome, site: str) -> None:
    done = home.run("delete", "--site", site, "--yes", code=2)
    assert "a site " in done.stderr


def test_a_session_without_site_names_is_said_to_be_left(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", set(Category) - {Category.URL_HOST})
    session_id = home.record(_browsed())

    done = home.run("delete", "--site", "bank.example.org", "--yes")
    assert "1 session recorded without site names, or with masked ones" in done.stderr
    assert session_id in done.stderr
    assert _deleted(home, "--site", "bank.example.org")["unnamed"] == [session_id]


def test_a_session_without_app_names_is_said_to_be_left(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", set(Category) - {Category.APP_NAMES})
    session_id = home.record(STORY)

    done = home.run("delete", "--app", "Browser", "--yes")
    assert "1 session recorded without app names" in done.stderr
    assert session_id in done.stderr
    receipt = _deleted(home, "--app", "Browser")
    assert (receipt["unnamed"], receipt["events"], receipt["sessions"]) == ([session_id], 0, [])
