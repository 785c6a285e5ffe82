"""What a deletion must not leave nor claim, and what begins by itself: nothing. Each is named after its row."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.control import Request, ask
from recorder.demo.scan import scan
from recorder.errors import ExitCode, PlatformError, UsageError
from recorder.model.policy import Keep, Policy
from recorder.store.home import FLOOR_BYTES, check_room
from recorder.store.lock import is_being_written, is_running
from recorder.store.policy_file import save_policy
from recorder.store.session import SessionReader
from recorder.store.vault import Vault
from tests.e2e.other_user import without_privileges
from tests.recorded import PASSPHRASE, STARTED_US, RecordedHome, S, Story, home
from tests.store.synthetic import Clock, make_writer, pointer, session_start

__all__ = ["home"]

CANARIES = ("Q7-canary-editor-title", "Z4-canary-browser-title")
STORY = Story(titles=CANARIES, seconds=60, frames=6)
OURS = re.compile(
    r"(policy\.toml|vault\.json|vault\.key|audit\.jsonl|staged\.json|decisions\.json|manifest\.json|review\.json|lock"
    r"|[a-z]+\.lock|\.lock|[0-9a-f-]+\.json|\d{4}-\w+(\.r\d+)?\.parquet|looked\.json|seen\.json"
    r"|events\.jsonl|record(\.dsse)?\.json|notice\.\w+\.md)"
)


def run(home: Path, *arguments: str, outside: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """As an ordinary user: root without its privileges is held to the rights of files, too."""
    env = os.environ | {"RECORDER_HOME": str(home), "RECORDER_PASSPHRASE_COMMAND": f"echo '{PASSPHRASE}'"}
    if outside is not None:
        env |= {"HOME": str(outside), "TMPDIR": str(outside), "XDG_DATA_HOME": str(outside / "share")}
    command = [*without_privileges(), sys.executable, "-m", "recorder", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def locked(home: RecordedHome) -> Iterator[tuple[RecordedHome, str, Path]]:
    """An approved session whose files nobody can take out of their folder."""
    session_id = home.record(STORY)
    home.run("review", "approve", session_id)
    segments = home.path / "sessions" / session_id / "segments"
    segments.chmod(0o500)
    try:
        yield home, session_id, segments
    finally:
        if segments.exists():
            segments.chmod(0o700)


@pytest.mark.parametrize("chosen", [("--session", "last"), ("--app", "Browser"), ("--hits", CANARIES[1])])
def test_d5_what_can_not_be_unlinked_is_reported_does_not_leave_and_goes_with_the_next_command(
    locked: tuple[RecordedHome, str, Path], chosen: tuple[str, str], tmp_path: Path
) -> None:
    home, session_id, segments = locked

    done = run(home.path, "delete", *chosen, "--yes")
    assert done.returncode == ExitCode.ENVIRONMENT, (done.stdout, done.stderr)
    assert "gone for good" not in done.stdout
    assert list((home.path / "pending").iterdir())
    export = run(home.path, "export", session_id, "--out", str(tmp_path / "out"))
    assert export.returncode in (ExitCode.USAGE, ExitCode.POLICY, ExitCode.ENVIRONMENT)
    assert not (tmp_path / "out").exists()

    segments.chmod(0o700)
    assert run(home.path, "delete", "--staged").returncode == ExitCode.GOOD
    assert list((home.path / "pending").iterdir()) == []
    assert scan([home.path], [CANARIES[1]]) == []
    left = run(home.path, "review", "search", CANARIES[1], "--json")
    assert left.stdout.strip() == "[]"


def test_d6_no_deletion_leaves_a_copy_a_temporary_or_anything_outside(home: RecordedHome, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    first, second = home.record(STORY), home.record(STORY, started_us=STARTED_US + 86_400 * S)
    for arguments in (
        ("delete", "--app", "Browser", "--stage"),
        ("delete", "--undo"),
        ("delete", "--between", "2025-10-09T08:53:50Z", "2025-10-09T08:54:00Z", "--stage"),
        ("delete", "--purge", "--yes"),
        ("delete", "--hits", "note", "--yes"),
        ("delete", "--window", CANARIES[0], "--yes"),
        ("delete", "--session", first, "--yes"),
        ("review", "approve", second),
        ("review", "reject", second),
    ):
        done = run(home.path, *arguments, outside=outside)
        assert done.returncode == ExitCode.GOOD, (arguments, done.stderr)

    files = [path for path in home.path.rglob("*") if path.is_file()]
    assert [str(path.relative_to(home.path)) for path in files if not OURS.fullmatch(path.name)] == []
    assert len(list((home.path / "sessions" / second / "keys").iterdir())) == 1
    assert list(outside.rglob("*")) == []
    assert scan([home.path, outside], [CANARIES[0]]) == []


def test_d6_the_list_of_our_files_would_notice_a_copy() -> None:
    for name in ("manifest.json~", "staged.json.bak", ".tmp-12-ab", "0001-events.parquet.old", "#vault.json#", "Trash"):
        assert not OURS.fullmatch(name)


def test_d9_tidying_frees_what_it_says_oldest_first(home: RecordedHome) -> None:
    ids = [home.record(STORY, started_us=STARTED_US + n * 3600 * S) for n in range(3)]
    save_policy(home.path, Policy(keep=Keep(days=30)))
    before = taken(home.path)

    done = home.json("tidy", "--yes")
    assert [one["id"] for one in done["sessions"]] == ids
    assert before - taken(home.path) >= sum(one["bytes"] for one in done["sessions"]) > 0


def taken(folder: Path) -> int:
    """Bytes of the disk that its files really take."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def test_d9_a_recording_ends_below_the_floor_and_keeps_what_it_has(tmp_path: Path, home: RecordedHome) -> None:
    clock, start = Clock(), session_start()
    writer = make_writer(home.path, home.unlocked.recipient, start, clock)
    writer._floor_bytes = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize - (64 << 20)
    writer.append(pointer(1))
    writer.roll()
    writer.append(pointer(2))
    clock.seconds(2)
    filler = tmp_path / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 512 << 20)

    with pytest.raises(PlatformError, match=r"nearly full.*1 sealed segments are kept"):
        writer.tick()
    filler.unlink()
    writer.close({})
    assert SessionReader(home.path, start.session_id, home.unlocked).table("events")["t_us"].to_pylist() == [1]
    assert FLOOR_BYTES >= 256 << 20
    with pytest.raises(PlatformError, match="nearly full"):
        check_room(home.path, floor_bytes=1 << 62)  # nor does one begin


def test_e3_after_a_crash_nothing_records_until_somebody_says_so(tmp_path: Path) -> None:
    """Also after a reboot or an update: whatever is run puts the session in order, and starts none."""
    die = "import sys; from pathlib import Path; from tests.crash.scenarios import with_a_dead_recorder as begin"
    ended = f"{die}; begin(Path(sys.argv[1])); import os; os._exit(9)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", ended, str(tmp_path)], cwd=root, check=False).returncode == 9
    home = tmp_path / "home"
    (session_id,) = [path.name for path in (home / "sessions").iterdir()]

    for arguments in (("list",), ("review", "list"), ("status",), ("doctor",), ("log",), ("show", session_id)):
        run(home, *arguments)
        assert not is_running(home)
    assert not is_being_written(home / "sessions" / session_id)
    assert [path.name for path in (home / "sessions").iterdir()] == [session_id]
    reader = SessionReader(home, session_id, Vault.open(home).unlock(lambda: PASSPHRASE))
    assert (reader.recording, reader.recovered) == (False, True)
    with pytest.raises(UsageError):
        ask(home, Request.STATUS)


def test_e3_nothing_in_the_program_asks_to_be_started_by_itself() -> None:
    """No unit, no autostart entry, no agent, no timetable: in no file of the program and in no script of its set-up."""
    root = Path(__file__).parents[2]
    ways = re.compile(
        r"autostart|\.config/systemd|systemctl|LaunchAgents|launchctl|crontab|CurrentVersion.Run|schtasks|\.xprofile",
        re.IGNORECASE,
    )
    files = [*root.glob("recorder/**/*.py"), *root.glob("tools/*"), root / "pyproject.toml", root / "Makefile"]
    assert len(files) > 200
    assert [path.name for path in files if path.is_file() and ways.search(path.read_text(errors="replace"))] == []
    assert not [path for path in root.glob("**/*.desktop") if ".venv" not in path.parts and "build" not in path.parts]
