"""What is cut short: each scenario builds a home once and then does one thing to a copy of it, as a person would."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recorder import cli
from recorder.model.redacted import RedactedEvent
from recorder.review.decide import approve
from recorder.store import delete, staged
from recorder.store.audit import Action, Actor, AuditLog
from recorder.store.recover import recover
from recorder.store.rotate import ask_for_rotation
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault, Vault
from tests.crash.progress import Progress
from tests.recorded import PASSPHRASE, STARTED_US, RecordedHome, S, Story, make_home
from tests.store.synthetic import Clock, context, frame, make_writer, pointer, seen, session_start, shortcut

CANARY = "CANARY-3f9d1c7e"
OTHER = STARTED_US + 3600 * S
STEP_US = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`build` makes `root/home`; `act` returns an exit code. `gone`: what holds `CANARY` has to be gone after it.
    `again`: doing it once more afterwards works and changes nothing."""

    name: str
    build: Callable[[Path], None]
    act: Callable[[Path, Progress], int]
    gone: bool = False
    again: bool = True


def unlock(root: Path) -> UnlockedVault:
    return Vault.open(root / "home").unlock(lambda: PASSPHRASE)


def command(root: Path, *arguments: str) -> int:
    """The real command line, in this process."""
    os.environ["RECORDER_HOME"] = str(root / "home")
    os.environ["RECORDER_PASSPHRASE_COMMAND"] = f"echo '{PASSPHRASE}'"
    return cli.main(list(arguments))


# Homes


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


def with_a_rotation_asked(root: Path) -> None:
    two_sessions(root)
    ask_for_rotation(root / "home")


def only_a_home(root: Path) -> None:
    make_home(root / "home")


def nothing(root: Path) -> None:
    (root / "home").mkdir(mode=0o700)


# Acts


def record(root: Path, progress: Progress) -> int:
    """Three short segments under a clock of its own; the canary is forgotten in the middle; then it is closed."""
    clock = Clock()
    home = root / "home"
    recipient = Vault.open(home).recipient
    writer = make_writer(home, recipient, session_start(started_at_us=STARTED_US), clock)
    t_us = 0
    for segment in range(3):
        writer.append(context(segment, t_us, "Editor", "notes"))
        for number in range(36):
            t_us += STEP_US
            clock.now_ns = t_us * 1000
            secret = segment == 1 and number >= 20
            item: RedactedEvent = shortcut(t_us, f"ctrl+{CANARY}") if secret else pointer(t_us, x=number)
            writer.append(item)
            if number % 12 == 0:
                writer.append(frame(segment * 100 + number, t_us))
            elif number % 12 == 5:
                writer.append(seen(segment * 100 + number - 5, t_us))
            writer.tick()
            progress.appended(t_us)
        if segment == 1:
            progress.forgetting(t_us - 900_000, t_us + 1)
            writer.forget(t_us - 900_000, t_us + 1)
            progress.forgotten()
            t_us += 1
        elif segment == 0:
            writer.roll()
    writer.close({})
    progress.closed()
    return 0


def recover_it(root: Path, progress: Progress) -> int:
    recover(root / "home", unlock(root))
    return 0


def delete_app(root: Path, progress: Progress) -> int:
    return command(root, "delete", "--app", CANARY, "--yes")


def delete_range(root: Path, progress: Progress) -> int:
    home, unlocked = root / "home", unlock(root)
    delete.delete_between(home, unlocked, STARTED_US + 70 * S, STARTED_US + 200 * S)
    return 0


def delete_session(root: Path, progress: Progress) -> int:
    first = min(path.name for path in (root / "home" / "sessions").iterdir())
    return command(root, "delete", "--session", first, "--yes")


def delete_everything(root: Path, progress: Progress) -> int:
    return command(root, "delete", "--all", "--yes")


def stage_it(root: Path, progress: Progress) -> int:
    return command(root, "delete", "--app", CANARY, "--stage", "--yes")


def undo_it(root: Path, progress: Progress) -> int:
    return command(root, "delete", "--undo", "last")


def purge_it(root: Path, progress: Progress) -> int:
    return command(root, "delete", "--purge", "--yes")


def rotate_it(root: Path, progress: Progress) -> int:
    delete.resume(root / "home", unlock(root))
    return 0


def export(root: Path, progress: Progress) -> int:
    shutil.rmtree(root / "again", ignore_errors=True)
    return command(root, "export", "--approved", "--out", str(root / "out"))


def approve_it(root: Path, progress: Progress) -> int:
    home = root / "home"
    unlocked = unlock(root)
    first = min(path.name for path in (home / "sessions").iterdir())
    approve(unlocked, SessionReader(home, first, unlocked))
    return 0


def write_history(root: Path, progress: Progress) -> int:
    keeper = unlock(root)
    for number in range(3):
        AuditLog(root / "home", keeper).append(Actor.REVIEW, Action.AUDITED, at_us=number, count=number)
    return 0


def make_vault(root: Path, progress: Progress) -> int:
    Vault.create(root / "home", passphrase=PASSPHRASE)
    return 0


ALL = (
    Scenario(name="record", build=only_a_home, act=record, again=False),
    Scenario(name="recover", build=with_a_dead_recorder, act=recover_it),
    Scenario(name="delete-app", build=two_sessions, act=delete_app, gone=True),
    Scenario(name="delete-range", build=two_sessions, act=delete_range, gone=True),
    Scenario(name="delete-session", build=two_sessions, act=delete_session, gone=True, again=False),
    Scenario(name="delete-all", build=two_sessions, act=delete_everything, gone=True),
    Scenario(name="stage", build=two_sessions, act=stage_it),
    Scenario(name="undo", build=with_a_staged_app, act=undo_it, again=False),
    Scenario(name="purge", build=with_a_staged_app, act=purge_it, gone=True),
    Scenario(name="rotate", build=with_a_rotation_asked, act=rotate_it),
    Scenario(name="export", build=two_sessions, act=export, again=False),
    Scenario(name="approve", build=two_sessions, act=approve_it),
    Scenario(name="history", build=only_a_home, act=write_history, again=False),
    Scenario(name="vault", build=nothing, act=make_vault, again=False),
)
BY_NAME = {one.name: one for one in ALL}

__all__ = ["ALL", "BY_NAME", "CANARY", "RecordedHome", "Scenario", "unlock"]
