"""A disk that refuses, at any call: the command says so with its exit code, nothing is damaged, a later run works."""

import errno
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.errors import ExitCode
from recorder.store.session import SessionReader
from tests.crash.disk import Call, How
from tests.crash.harness import Order, Runner, runner, some
from tests.crash.scenarios import ALL, CANARY
from tests.recorded import PASSPHRASE, RecordedHome, Story, make_home

COMMANDS = [
    scenario.name for scenario in ALL if scenario.name in ("delete-app", "delete-session", "delete-all", "export")
]
OTHERS = [scenario.name for scenario in ALL if scenario.name not in COMMANDS]
SHARE = 6
SMALL_DISK_BYTES = 4 << 20


def allowed(order: Order, call: Call) -> set[int]:
    """Done, or the machine refused. What can't be read may also be no consent, no approval or a damaged file: unknown
    is closed, and each of these has a code of its own."""
    reading = call is Call.READ or (order["how"] is How.FROM_THEN_ON and order["error"] == errno.EIO)
    closed = {ExitCode.USAGE, ExitCode.NO_CONSENT, ExitCode.POLICY} if reading else set[ExitCode]()
    return {ExitCode.GOOD, ExitCode.ENVIRONMENT} | closed


def wrong(cut: Runner, orders: list[Order]) -> list[str]:
    found = []
    for order in orders:
        answer, call = cut.ask(order), cut.calls[order["at"]]
        if answer["problems"] or answer["code"] not in allowed(order, call[0]):
            found.append(f"{order} at {call}: {answer['code']} {answer['problems']} {answer.get('said', '')[-300:]}")
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_on_a_failing_disk_ends_with_its_exit_code_and_can_be_run_again(name: str, tmp_path: Path) -> None:
    with runner(name, tmp_path) as cut:
        orders = some(cut.faults(), SHARE, random.Random(f"fault {name}"))
        assert wrong(cut, orders) == []


@pytest.mark.soak
@pytest.mark.parametrize("name", COMMANDS)
def test_every_error_at_every_call_of_a_command(name: str, tmp_path: Path) -> None:
    with runner(name, tmp_path) as cut:
        assert wrong(cut, cut.faults()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of a few megabytes. It takes root to mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES},mode=0700", "tmpfs", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


def fill(disk: Path, free_bytes: int) -> Path:
    """Take all but this much."""
    filler = disk / "filler"
    left = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    filler.write_bytes(bytes(max(left - free_bytes, 0)))
    return filler


def run(home: Path, *arguments: str, largest_bytes: int | None = None) -> "subprocess.CompletedProcess[str]":
    env = os.environ | {"RECORDER_HOME": str(home), "RECORDER_PASSPHRASE_COMMAND": f"echo '{PASSPHRASE}'"}
    command = [sys.executable, "-m", "recorder", *arguments]
    if largest_bytes is not None:
        command = ["prlimit", f"--fsize={largest_bytes}", *command]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_a_file_that_may_not_grow_ends_a_deletion_with_its_exit_code_and_it_goes_on_later(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    home.record(Story(apps=("Editor", CANARY), titles=("notes", CANARY), seconds=150, frames=6, moves=6))

    codes = [run(home.path, "delete", "--app", CANARY, "--yes", largest_bytes=n).returncode for n in (64, 2048, 6000)]
    assert codes[0] == ExitCode.ENVIRONMENT
    assert set(codes) <= {ExitCode.GOOD, ExitCode.ENVIRONMENT}
    assert run(home.path, "delete", "--app", CANARY, "--yes").returncode == ExitCode.GOOD
    assert not list(home.path.rglob(".tmp-*"))


def sessions(home: RecordedHome) -> list[str]:
    return sorted(path.name for path in (home.path / "sessions").iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="it takes root to mount a small disk")
def test_on_a_disk_that_is_really_full_a_deletion_ends_with_its_exit_code_and_goes_on_later(small_disk: Path) -> None:
    home = make_home(small_disk / "home")
    home.record(Story(apps=("Editor", CANARY), titles=("notes", CANARY), seconds=150, frames=6, moves=6))
    codes = []
    for free_bytes in (0, 8 << 10, 24 << 10, 48 << 10):
        filler = fill(small_disk, free_bytes)
        codes.append(run(home.path, "delete", "--app", CANARY, "--yes").returncode)
        filler.unlink()

    assert codes[0] == ExitCode.ENVIRONMENT
    assert set(codes) <= {ExitCode.GOOD, ExitCode.ENVIRONMENT}
    assert run(home.path, "delete", "--app", CANARY, "--yes").returncode == ExitCode.GOOD
    unlocked = home.unlocked.vault.open(home.path).unlock(lambda: PASSPHRASE)
    reader = SessionReader(home.path, sessions(home)[0], unlocked)
    assert reader.check() == []
    assert CANARY not in repr(reader.table("contexts").to_pylist())
    assert not list(home.path.rglob(".tmp-*"))
