"""Homes in which something is about to be done, and how each is opened: by any of the passphrases of these tests."""

from pathlib import Path

from recorder.cli.passphrase import BACKUP_VARIABLE, COMMAND_VARIABLE, NEW_VARIABLE
from recorder.errors import UsageError
from recorder.model.geometry import Rect
from recorder.model.redacted import EventKind
from recorder.review.decide import approve
from recorder.store import backup, moving, staged, unfinished
from recorder.store.home import write_private
from recorder.store.rotate import ask_for_rotation
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault, Vault, VaultKind
from tests.crash import chest
from tests.recorded import PASSPHRASE, STARTED_US, S, Story, event, make_home
from tests.store.synthetic import Clock, context, frame, make_writer, pointer, session_start

CANARY = "CANARY-3f9d1c7e"
NEW = "four other random words"
OF_BACKUP = "the passphrase of the backup"
NOBODY = f"99999999-{'0' * 16}"  # as a process would be named whose number no system gives
OTHER = STARTED_US + 3600 * S
_given = {COMMAND_VARIABLE: PASSPHRASE, NEW_VARIABLE: NEW, BACKUP_VARIABLE: OF_BACKUP}


def passphrases() -> dict[str, str]:
    """What a person would answer, by the variable that would give it."""
    return _given


def unlock(root: Path) -> UnlockedVault:
    return Vault.open(root / "home").unlock(lambda: PASSPHRASE)


def opens(root: Path) -> UnlockedVault:
    """With the passphrase or, where it was changed, the new one, which is given from then on. Raises: UsageError,
    PlatformError when there is no key where it should be."""
    try:
        return unlock(root)
    except UsageError:
        _given[COMMAND_VARIABLE] = NEW
        return Vault.open(root / "home").unlock(lambda: NEW)


def two_sessions(root: Path) -> None:
    """One with two apps (the second holds the canary) in three segments, one beside it, approved."""
    home = make_home(root / "home")
    home.record(Story(apps=("Editor", CANARY), titles=("notes", CANARY), seconds=150, frames=6, moves=6))
    other = home.record(Story(seconds=20, frames=2, moves=4), started_us=OTHER)
    approve(home.unlocked, SessionReader(home.path, other, home.unlocked))


def with_a_dead_recorder(root: Path) -> None:
    """A recorder was killed: two sealed segments, a journal, the lock let go."""
    home = make_home(root / "home")
    clock = Clock()
    start = session_start(started_at_us=STARTED_US)
    writer = make_writer(home.path, home.unlocked.recipient, start, clock)
    for minute in range(3):
        writer.append(context(minute, minute * 60 * S, "Editor", "notes"))
        for second in range(4):
            t_us = minute * 60 * S + second * S
            clock.now_ns = t_us * 1000
            writer.append(frame(minute * 10 + second, t_us))
            writer.append(pointer(t_us, context_id=minute))
        if minute < 2:
            writer.roll()
    assert writer._open is not None
    writer._open.journal.sync()  # nothing is closed: this process ends now


def with_a_staged_app(root: Path) -> None:
    two_sessions(root)
    home, unlocked = root / "home", unlock(root)
    staged.stage(home, unlocked, Selector(what=What.APP, app=CANARY))


def with_a_name_in_a_picture(root: Path) -> None:
    """The canary is the name of an element that was clicked; pictures show the place where it stood."""
    home = make_home(root / "home")
    clicked = event(2 * S, EventKind.TARGET, target_name=CANARY, target_rect=Rect(20, 20, 30, 10), context_id=0)
    home.record(Story(seconds=150, frames=4, moves=4, extra=[clicked]))


def with_a_rotation_asked(root: Path) -> None:
    two_sessions(root)
    ask_for_rotation(root / "home")


def with_a_word_about_keeping(root: Path) -> None:
    two_sessions(root)
    write_private(root / "home" / "policy.toml", b"version = 1\n\n[keep]\ndays = 1\n")


def with_a_killed_export(root: Path) -> None:
    """Half an export lies open, and nobody writes it any more."""
    two_sessions(root)
    half = root / f".out.{NOBODY}.partial"
    half.mkdir(mode=0o700)
    for name in ("one.parquet", "two.parquet"):
        (half / name).write_bytes(b"synthetic")
    with unfinished.noted(root / "home", unlock(root), root / "out"):
        (note,) = (root / "home").glob("outside-*")
        note.rename(note.with_name(f"outside-{NOBODY}.json"))


def in_the_keyring(root: Path) -> None:
    two_sessions(root)
    moving.change(root / "home", unlock(root), VaultKind.KEYRING)


def with_a_backup(root: Path) -> None:
    """Of a key under a passphrase that is forgotten."""
    two_sessions(root)
    backup.write(root / "backup.key", unlock(root), OF_BACKUP, now_us=OTHER)


def with_a_backup_and_no_keyring(root: Path) -> None:
    in_the_keyring(root)
    backup.write(root / "backup.key", unlock(root), OF_BACKUP, now_us=OTHER)
    chest.empty(root)


def only_a_home(root: Path) -> None:
    make_home(root / "home")


def nothing(root: Path) -> None:
    (root / "home").mkdir(mode=0o700)
