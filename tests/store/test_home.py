"""Nobody else can list, read or copy anything; what a crash leaves half-written is never taken for whole."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from recorder.errors import PlatformError, UsageError
from recorder.store.home import (
    TEMP_PREFIX,
    check_room,
    ensure,
    recorder_home,
    remove_all_temporaries,
    session_folder,
    write_private,
)
from tests.store.synthetic import make_vault, two_apps

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_folders_are_0700_and_files_0600_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        home = ensure(tmp_path / "new" / "home")
        vault, _ = make_vault(home)
        two_apps(home, vault.recipient)
    finally:
        os.umask(before)

    for path in (home, *home.rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.lstat().st_mode) == wanted, path.name


def test_another_user_gets_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    import shutil
    import tempfile

    outside = Path(tempfile.mkdtemp())
    try:
        outside.chmod(0o755)
        home = ensure(outside / "home")
        vault, _ = make_vault(home)
        two_apps(home, vault.recipient)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "find", str(home), "-print"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        files = [str(path) for path in home.rglob("*") if path.is_file()]
        reading = subprocess.run([*command[:4], "cat", *files], capture_output=True, timeout=30, check=False)
    finally:
        shutil.rmtree(outside)

    assert done.returncode != 0
    assert done.stdout.strip() in ("", str(home))
    assert reading.stdout == b""
    assert reading.stderr.count(b"Permission denied") == len(files)


def test_a_home_that_others_can_open_is_refused_unless_it_is_empty(tmp_path: Path) -> None:
    empty, used = tmp_path / "empty", tmp_path / "used"
    for folder in (empty, used):
        folder.mkdir()
        folder.chmod(0o755)
    (used / "something").touch()

    assert stat.S_IMODE(ensure(empty).stat().st_mode) == 0o700
    with pytest.raises(PlatformError, match="open to other users"):
        ensure(used)


def test_a_link_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "sessions").symlink_to(tmp_path)

    with pytest.raises(PlatformError):
        ensure(home)


@pytest.mark.parametrize("name", ["..", "a/b", "", "\0", "A", "x" * 65, "/etc"])
def test_what_is_no_session_id_never_becomes_a_path(home: Path, name: str) -> None:
    with pytest.raises(UsageError):
        session_folder(home, name)


def test_a_file_is_replaced_at_once_or_not_at_all(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home / "file"
    write_private(path, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("recorder.store.home.write_all", full)
    with pytest.raises(PlatformError, match="No space left"):
        write_private(path, b"new")

    assert path.read_bytes() == b"old"
    assert [one.name for one in home.iterdir() if one.name.startswith(".")] == []


def test_a_really_full_disk_is_said_and_keeps_what_is_sealed(tmp_path: Path) -> None:
    """A file system of 3 MB, filled by the journal of pictures that do not compress."""
    program = """
import os, sys
from pathlib import Path
from recorder.errors import PlatformError
from recorder.store.session import SessionReader
from tests.store.synthetic import Clock, frame, make_vault, make_writer, pointer, session_start
home = Path(sys.argv[1]) / "home"
vault, unlocked = make_vault(home)
start, n = session_start(), 0
writer = make_writer(home, vault.recipient, start, Clock())
try:
    for n in range(1000):
        writer.append(frame(n, n, rgb=os.urandom(64 * 48 * 3)))
        writer.append(pointer(n))
        if n == 19:
            writer.roll()
except PlatformError as error:
    print("refused:", error.message)
writer.close({})
reader = SessionReader(home, start.session_id, unlocked)
assert reader.check() == []
print("kept:", reader.table("events").num_rows == 20)
"""
    mount = f'mount -t tmpfs -o size=3m,mode=700 tmpfs {tmp_path} && exec "$0" "$@"'
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )

    assert "refused: the disk does not take more" in done.stdout, done.stderr
    assert "kept: True" in done.stdout, done.stderr


def test_the_floor_is_checked_before_anything_is_written(home: Path) -> None:
    check_room(home, floor_bytes=0)
    with pytest.raises(PlatformError, match="MB free"):
        check_room(home, floor_bytes=1 << 60)


def test_the_home_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RECORDER_HOME", str(tmp_path / "here"))
    assert recorder_home() == tmp_path / "here"
    monkeypatch.delenv("RECORDER_HOME")
    assert recorder_home().name == "recorder"


def test_a_temporary_of_a_dead_process_goes_and_that_of_a_living_one_stays(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    mine, dead, odd = (home / "pending" / f"{TEMP_PREFIX}{who}-00" for who in (os.getpid(), gone.pid, "x"))
    for path in (mine, dead, odd):
        path.write_bytes(b"")

    remove_all_temporaries(home)

    assert [path.exists() for path in (mine, dead, odd)] == [True, False, False]
