"""`recorder record` on a desktop in memory: exit codes, the last line, and what is left when it does not start."""

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from recorder.capture import chooser
from recorder.capture.backends.fake import FakeIndicator
from recorder.capture.contract import IndicatorState
from recorder.cli import main
from recorder.consent import act
from recorder.consent.keeper import VaultKeeper
from recorder.control import Request, ask, socket_path
from recorder.errors import ExitCode, PlatformError, RecorderError
from recorder.guard import Guard
from recorder.model.policy import Policy
from recorder.model.raw import RawEvent, RawKey
from recorder.store.lock import RunLock, is_running
from recorder.store.policy_file import policy_path, save_policy
from recorder.store.session import SessionReader
from tests.pipeline.rig import CANARY, RULE, Desk, bench, click, key, until, windows
from tests.recorded import PASSPHRASE, RecordedHome, home

__all__ = ["home"]

Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _process(monkeypatch: pytest.MonkeyPatch, home: RecordedHome) -> None:
    """What the command changes in its process for good is this test's alone."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setenv("RECORDER_HOME", str(home.path))
    monkeypatch.setenv("RECORDER_PASSPHRASE_COMMAND", f"echo '{PASSPHRASE}'")
    save_policy(home.path, Policy(apps=(RULE,)))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk()
    monkeypatch.setattr(chooser, "choose_backend", lambda: made)
    return made


def state(home: RecordedHome) -> str:
    try:
        return str(ask(home.path, Request.STATUS)["state"])
    except RecorderError:
        return "stopped"


@contextmanager
def meanwhile(home: RecordedHome, act: Callable[[], object]) -> Iterator[None]:
    """Do this as soon as the command records."""
    failed: list[BaseException] = []

    def wait_and_act() -> None:
        try:
            until(lambda: state(home) == "recording", 20)
            act()
        except BaseException as error:  # noqa: BLE001 - shown below
            failed.append(error)

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    yield
    thread.join(5)
    assert failed == []


def ends(home: RecordedHome, act: Callable[[], object]) -> int:
    with meanwhile(home, act):
        return main(["record", "--seconds", "15"])


def test_the_sessions_id_is_the_last_line(home: RecordedHome, desk: Desk, capsys: Said) -> None:
    assert main(["record", "--seconds", "0.3", "--task", "write a note"]) == ExitCode.GOOD

    session = capsys.readouterr().out.splitlines()[-1]
    assert SessionReader(home.path, session, home.unlocked).end_fields() is not None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(home: RecordedHome, desk: Desk, capsys: Said, number: int) -> None:
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]

    def work_and_end() -> None:
        desk.happen(click(), click(pressed=False))
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)  # an impatient person

    assert ends(home, work_and_end) == ExitCode.GOOD
    session = capsys.readouterr().out.split()[-1]
    assert SessionReader(home.path, session, home.unlocked).counters["button"].stored == 2
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_recorder_stop_ends_it(home: RecordedHome, desk: Desk, capsys: Said) -> None:
    assert ends(home, lambda: ask(home.path, Request.STOP)) == ExitCode.GOOD
    assert not is_running(home.path)


def test_a_guard_that_fails_is_exit_code_1_and_says_nothing_of_what_it_saw(
    home: RecordedHome, desk: Desk, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Guard.step

    def fail_on_keys(self: Guard, raw: RawEvent) -> Any:
        if isinstance(raw, RawKey):
            raise ValueError(CANARY)
        return step(self, raw)

    def break_it() -> None:
        monkeypatch.setattr(Guard, "step", fail_on_keys)
        desk.happen(windows(), key())

    assert ends(home, break_it) == ExitCode.BUG
    said = capsys.readouterr()
    assert "ValueError" in said.err
    assert CANARY not in said.err + said.out
    assert SessionReader(home.path, said.out.split()[-1], home.unlocked).end_fields() is not None


def test_a_full_disk_is_exit_code_5(
    home: RecordedHome, desk: Desk, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill() -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1000, 999, 1))
        desk.happen(click())

    assert ends(home, fill) == ExitCode.ENVIRONMENT
    assert "full" in capsys.readouterr().err


def test_a_withdrawn_consent_is_exit_code_3(home: RecordedHome, desk: Desk, capsys: Said) -> None:
    assert ends(home, lambda: act.end(home.path, VaultKeeper(home.unlocked))) == ExitCode.NO_CONSENT
    assert "withdrawn" in capsys.readouterr().err


def test_a_policy_that_makes_no_sense_is_exit_code_4(home: RecordedHome, desk: Desk, capsys: Said) -> None:
    assert ends(home, lambda: policy_path(home.path).write_text("apps = all")) == ExitCode.POLICY
    assert "policy.toml" in capsys.readouterr().err


def test_a_lost_badge_is_exit_code_5(home: RecordedHome, desk: Desk, capsys: Said) -> None:
    assert ends(home, desk.badge.lose) == ExitCode.ENVIRONMENT
    assert "the badge is gone" in capsys.readouterr().err


def test_what_can_not_start_leaves_nothing_and_prints_no_id(
    home: RecordedHome, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoBadge(FakeIndicator):
        def open(self, state: IndicatorState) -> None:
            raise PlatformError("the badge can't be shown")

    monkeypatch.setattr(chooser, "choose_backend", lambda: Desk(indicator=NoBadge()))

    assert main(["record"]) == ExitCode.ENVIRONMENT
    assert capsys.readouterr().out == ""
    assert list((home.path / "sessions").iterdir()) == []
    assert not is_running(home.path)
    assert not socket_path(home.path).exists()


def test_a_second_recorder_is_refused_before_it_touches_anything(
    home: RecordedHome, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chooser, "choose_backend", pytest.fail)
    with RunLock(home.path):
        assert main(["record"]) == ExitCode.BUSY
    assert "another recorder is running" in capsys.readouterr().err
    assert list((home.path / "sessions").iterdir()) == []


def test_without_consent_nothing_is_asked_of_the_platform(
    home: RecordedHome, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chooser, "choose_backend", pytest.fail)
    act.end(home.path, VaultKeeper(home.unlocked))

    assert main(["record"]) == ExitCode.NO_CONSENT
    assert not (home.path / "recording.lock").exists()


def test_a_session_that_was_cut_off_is_recovered_first_and_said(home: RecordedHome, desk: Desk, capsys: Said) -> None:
    made = bench(home)
    made.inbox.put(windows())
    made.inbox.put(click())
    made.worker.start()
    journal = home.path / "sessions" / made.session_id / "journal" / "0001.rlog"
    until(lambda: journal.exists() and journal.stat().st_size > 200)
    made.writer._lock.release()  # as the kernel does when a process dies

    assert main(["record", "--seconds", "0.2"]) == ExitCode.GOOD
    assert f"recovered session {made.session_id}" in capsys.readouterr().err
    assert SessionReader(home.path, made.session_id, home.unlocked).recovered


def test_no_time_at_all_is_a_usage_error(home: RecordedHome) -> None:
    assert main(["record", "--seconds", "0"]) == ExitCode.USAGE
