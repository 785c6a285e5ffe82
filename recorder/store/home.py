"""Where things are, and files that nobody else can open: 0700 and 0600 from the moment they exist, whatever the umask.

RECORDER_HOME/  policy.toml  vault.json  audit.jsonl  consent/  pending/
                sessions/<id>/  manifest.json  lock  keys/<key id>.json  segments/  journal/
"""

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from recorder.errors import PlatformError, UsageError
from recorder.format.manifest import ID
from recorder.store.folders import listed
from recorder.store.steps import Step, step

TEMP_PREFIX = ".tmp-"
# Below this much free disk nothing more is recorded: the person needs the rest.
FLOOR_BYTES = 256 * 1024 * 1024
DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}
DISK_FAILS = {
    errno.EIO,
    errno.EACCES,
    errno.EPERM,
    errno.EINTR,
    errno.ENODEV,
    errno.ENXIO,
    errno.ESTALE,
    errno.ETIMEDOUT,
}


def recorder_home() -> Path:
    """$RECORDER_HOME, else the platform's data folder. Says where things are, never what is allowed."""
    named = os.environ.get("RECORDER_HOME")
    return Path(named).expanduser().absolute() if named else Path(platformdirs.user_data_dir("recorder"))


def ensure(home: Path) -> Path:
    """Make the home folder and its first level, 0700. Raises: PlatformError when others could look inside."""
    home.parent.mkdir(parents=True, exist_ok=True)
    private_folder(home)
    _refuse_if_open_to_others(home)
    for name in ("consent", "sessions", "pending"):
        private_folder(home / name)
    return home


def private_folder(path: Path) -> Path:
    """Make one folder, 0700, if it is not there."""
    try:
        path.mkdir(mode=0o700)
        sync_folder(path.parent)  # what is synced in it is lost with its name
    except FileExistsError:
        if not path.is_dir() or path.is_symlink():
            raise PlatformError(f"{path.name} in the recorder's home is not a folder") from None
    return path


def _refuse_if_open_to_others(home: Path) -> None:
    found = home.stat()
    if found.st_uid != os.getuid():
        raise PlatformError(
            "the recorder's home belongs to another user", hint="set RECORDER_HOME to a folder of yours"
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        if any(home.iterdir()):
            raise PlatformError("the recorder's home is open to other users", hint=f"chmod 700 {home}")
        home.chmod(0o700)  # made empty by someone else's command: nothing was in it yet


def session_folder(home: Path, session_id: str) -> Path:
    """Raises: UsageError for what can't be a session id: ids come from the command line and become paths."""
    if not ID.fullmatch(session_id):
        raise UsageError("that is not a session id", hint="`recorder list` shows them")
    return home / "sessions" / session_id


def session_ids(home: Path) -> list[str]:
    """Sessions on disk, oldest first (ids are UUIDv7)."""
    folder = home / "sessions"
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and ID.fullmatch(p.name)) if folder.is_dir() else []


def create_private(path: Path) -> int:
    """A new file, 0600; never follows or reuses what is there. Returns its descriptor, open for writing."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)


def write_private(path: Path, data: bytes) -> None:
    """Replace `path` at once or not at all: temporary file, fsync, rename, fsync of the folder."""
    temporary = path.with_name(TEMP_PREFIX + temporary_name())
    with disk_errors():
        try:
            write_all_and_close(create_private(temporary), data)
            step(Step.FILE_SYNCED)
            temporary.replace(path)
            step(Step.FILE_RENAMED)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
        step(Step.FILE_LASTS)


def write_all_and_close(descriptor: int, data: bytes) -> None:
    """Write everything, fsync, close."""
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: Path) -> None:
    """Make renames and unlinks in it last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_file(path: Path) -> None:
    path.unlink(missing_ok=True)


def remove_temporaries(folder: Path) -> None:
    """What a crash in mid-write left behind in this folder. What a living process is writing is left to it."""
    for path in listed(folder, TEMP_PREFIX):
        if not writer_lives(path.name.removeprefix(TEMP_PREFIX)):
            remove_file(path)


def remove_all_temporaries(home: Path) -> None:
    """The same for the whole home. Segments are not looked through, for there may be very many: whatever their manifest
    does not name goes with the recovery or deletion that was cut short."""
    sessions = [home / "sessions" / session_id for session_id in session_ids(home)]
    for folder in (home, home / "consent", home / "pending", *sessions, *(one / "keys" for one in sessions)):
        remove_temporaries(folder)


def temporary_name() -> str:
    """Unique, and says which process writes it."""
    return f"{os.getpid()}-{secrets.token_hex(8)}"


def owner_is_me(path: Path) -> bool:
    return path.lstat().st_uid == os.getuid()


def writer_lives(name: str) -> bool:
    """Whether the process of a `temporary_name` is there (or another one that got its number since)."""
    try:
        os.kill(int(name.partition("-")[0]), 0)
    except (ValueError, ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def disk_errors() -> Iterator[None]:
    """A full or read-only disk is something the person can act on. The message holds no content."""
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_FULL | DISK_FAILS:
            raise
        what = "does not take more" if error.errno in DISK_FULL else "refuses"
        raise PlatformError(
            f"the disk {what}: {os.strerror(error.errno or 0)}",
            hint="what is sealed is kept; free some space, or `recorder delete` old sessions",
        ) from None


def check_room(home: Path, needed_bytes: int = 0, floor_bytes: int = FLOOR_BYTES) -> None:
    """Raises: PlatformError when less than the floor would be left."""
    free = shutil.disk_usage(home).free
    if free - needed_bytes < floor_bytes:
        raise PlatformError(
            f"the disk is nearly full: {free // 1_000_000} MB free",
            hint="what is sealed is kept; free some space, or `recorder delete` old sessions",
        )
