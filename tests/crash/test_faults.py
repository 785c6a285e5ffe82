"""A disk that refuses, at any call: the command says so with its exit code, nothing is damaged, a later run works."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from recorder.errors import ExitCode
from recorder.store.session import SessionReader
from tests.crash.campaign import EVERYTHING, Report, Size, campaign, carry_out, chosen, new_seed
from tests.crash.harness import runner
from tests.crash.homes import CANARY
from tests.crash.scenarios import ALL
from tests.recorded import PASSPHRASE, RecordedHome, Story, make_home

NAMES = [scenario.name for scenario in ALL]
SHARE = Size(faults=2)
SOAK = Size(faults=1_000_000 if EVERYTHING else 60)
SMALL_DISK_BYTES = 4 << 20


@pytest.mark.parametrize("name", NAMES)
def test_a_command_on_a_failing_disk_ends_with_its_exit_code_and_can_be_run_again(name: str, tmp_path: Path) -> None:
    report = Report("share")
    with runner(name, tmp_path) as cut:
        carry_out(cut, chosen(cut, SHARE, Random(f"fault {name}")), report)

    assert report.wrong == []
    assert report.faults == SHARE.faults


@pytest.mark.soak
def test_errors_at_hundreds_of_calls_of_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        report = campaign(NAMES, SOAK, seed=new_seed(), say=lambda line: print(line, file=sys.stderr, flush=True))

    assert report.wrong == []
    assert (report.corrupt, report.canaries, report.resurrected) == (0, 0, 0)
    assert report.faults >= 1000


class SmallDisk:
    """A place under `path` that takes only so much more, for one command."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def delete(self, home: Path, free_bytes: int) -> int:
        """Exit code. Without root no file system can be mounted; then no file may grow beyond `free_bytes`."""
        return run(home, "delete", "--app", CANARY, "--yes", largest_bytes=free_bytes).returncode


class MountedDisk(SmallDisk):
    """A real file system of a few megabytes."""

    def delete(self, home: Path, free_bytes: int) -> int:
        filler = self.path / "filler"
        left = os.statvfs(self.path).f_bavail * os.statvfs(self.path).f_frsize
        filler.write_bytes(bytes(max(left - free_bytes, 0)))
        code = run(home, "delete", "--app", CANARY, "--yes").returncode
        filler.unlink()
        return code


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = tmp_path / "disk"
    disk.mkdir(mode=0o700)
    if os.geteuid() != 0:
        yield SmallDisk(disk)
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES},mode=0700", "tmpfs", disk], check=True)
    try:
        yield MountedDisk(disk)
    finally:
        subprocess.run(["umount", disk], check=True)


def run(home: Path, *arguments: str, largest_bytes: int | None = None) -> "subprocess.CompletedProcess[str]":
    env = os.environ | {"RECORDER_HOME": str(home), "RECORDER_PASSPHRASE_COMMAND": f"echo '{PASSPHRASE}'"}
    command = [sys.executable, "-m", "recorder", *arguments]
    if largest_bytes is not None:
        command = ["prlimit", f"--fsize={largest_bytes}", *command]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_a_file_that_may_not_grow_ends_a_deletion_with_its_exit_code_and_it_goes_on_later(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    home.record(Story(apps=("Editor", CANARY), titles=("notes", CANARY), seconds=150, frames=6, moves=6))

    codes = [run(home.path, "delete", "--app", CANARY, "--yes", largest_bytes=n).returncode for n in (64, 6000)]
    assert codes[0] == ExitCode.ENVIRONMENT
    assert set(codes) <= {ExitCode.GOOD, ExitCode.ENVIRONMENT}
    assert run(home.path, "delete", "--app", CANARY, "--yes").returncode == ExitCode.GOOD
    assert not list(home.path.rglob(".tmp-*"))


def sessions(home: RecordedHome) -> list[str]:
    return sorted(path.name for path in (home.path / "sessions").iterdir())


def test_on_a_disk_that_is_really_full_a_deletion_ends_with_its_exit_code_and_goes_on_later(
    small_disk: SmallDisk,
) -> None:
    home = make_home(small_disk.path / "home")
    home.record(Story(apps=("Editor", CANARY), titles=("notes", CANARY), seconds=150, frames=6, moves=6))
    codes = [small_disk.delete(home.path, free_bytes) for free_bytes in (0, 24 << 10)]

    assert codes[0] == ExitCode.ENVIRONMENT
    assert set(codes) <= {ExitCode.GOOD, ExitCode.ENVIRONMENT}
    assert run(home.path, "delete", "--app", CANARY, "--yes").returncode == ExitCode.GOOD
    unlocked = home.unlocked.vault.open(home.path).unlock(lambda: PASSPHRASE)
    reader = SessionReader(home.path, sessions(home)[0], unlocked)
    assert reader.check() == []
    assert CANARY not in repr(reader.table("contexts").to_pylist())
    assert not list(home.path.rglob(".tmp-*"))
