"""What is cut short: each scenario builds a home once and then does one thing to a copy of it, as a person would."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recorder import cli
from recorder.cli.opened import open_home
from recorder.errors import ExitCode, PlatformError, RecorderError
from recorder.model.redacted import RedactedEvent
from recorder.review.decide import approve
from recorder.store import delete
from recorder.store.audit import Action, Actor, AuditLog
from recorder.store.recover import recover
from recorder.store.session import SessionReader
from recorder.store.vault import Vault
from recorder.store.writer import Writer
from tests.crash.disk import real
from tests.crash.homes import (
    CANARY,
    in_the_keyring,
    nothing,
    only_a_home,
    two_sessions,
    unlock,
    with_a_backup,
    with_a_backup_and_no_keyring,
    with_a_dead_recorder,
    with_a_killed_export,
    with_a_name_in_a_picture,
    with_a_rotation_asked,
    with_a_staged_app,
    with_a_word_about_keeping,
)
from tests.crash.progress import Progress
from tests.recorded import PASSPHRASE, STARTED_US, S
from tests.store.synthetic import Clock, context, frame, make_writer, pointer, seen, session_start, shortcut

STEP_US = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`build` makes `root/home`; `act` returns an exit code. `gone`: what holds `CANARY` has to be gone after it.
    `again`: doing it once more afterwards works and changes nothing. `lost`: before it, no key opens the home.
    `backup`: it writes one."""

    name: str
    build: Callable[[Path], None]
    act: Callable[[Path, Progress], int]
    gone: bool = False
    again: bool = True
    lost: bool = False
    backup: bool = False


def command(root: Path, *arguments: str) -> int:
    """The real command line, in this process."""
    os.environ["RECORDER_HOME"] = str(root / "home")
    return cli.main(list(arguments))


def as_command(act: Callable[[Path, Progress], None]) -> Callable[[Path, Progress], int]:
    """What a command would make of it, where there is none."""

    def run(root: Path, progress: Progress) -> int:
        try:
            act(root, progress)
        except RecorderError as error:
            return int(error.exit_code)
        except OSError:
            return int(ExitCode.ENVIRONMENT)
        return int(ExitCode.GOOD)

    return run


# Acts


def first_session(root: Path) -> str:
    """Looked up past what is watched: it is no part of what is tried."""
    return str(min(real["listdir"](root / "home" / "sessions")))


def record(root: Path, progress: Progress) -> None:
    """Three short segments under a clock of its own; the canary is forgotten in the middle; then it is closed. What
    fails lets go, as the pipeline does."""
    clock = Clock()
    home = root / "home"
    recipient = Vault.open(home).recipient
    writer = make_writer(home, recipient, session_start(started_at_us=STARTED_US), clock)
    try:
        _fill(writer, clock, progress)
    finally:
        writer.close({})
    progress.closed()


def _fill(writer: Writer, clock: Clock, progress: Progress) -> None:
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


def recover_it(root: Path, progress: Progress) -> None:
    problems = [one.problem for one in recover(root / "home", unlock(root)) if one.problem]
    if problems:
        raise PlatformError(problems[0])


def delete_app(root: Path, progress: Progress) -> int:
    return command(root, "delete", "--app", CANARY, "--yes")


def delete_range(root: Path, progress: Progress) -> None:
    home, unlocked = root / "home", unlock(root)
    delete.delete_between(home, unlocked, STARTED_US + 70 * S, STARTED_US + 200 * S)


def delete_session(root: Path, progress: Progress) -> int:
    return command(root, "delete", "--session", first_session(root), "--yes")


def delete_everything(root: Path, progress: Progress) -> int:
    return command(root, "delete", "--all", "--yes")


def stage_it(root: Path, progress: Progress) -> int:
    return command(root, "delete", "--app", CANARY, "--stage", "--yes")


def undo_it(root: Path, progress: Progress) -> int:
    return command(root, "delete", "--undo", "last")


def purge_it(root: Path, progress: Progress) -> int:
    return command(root, "delete", "--purge", "--yes")


def brush_it(root: Path, progress: Progress) -> int:
    return command(root, "delete", "--brush", "last", "0", "10", "10", "40", "20", "--reach", "app", "--yes")


def rotate_it(root: Path, progress: Progress) -> None:
    delete.resume(root / "home", unlock(root))


def open_it(root: Path, progress: Progress) -> None:
    os.environ["RECORDER_HOME"] = str(root / "home")
    open_home()


def tidy_it(root: Path, progress: Progress) -> int:
    return command(root, "tidy", "--yes")


def change_key(root: Path, progress: Progress) -> int:
    return command(root, "key", "change")


def change_to_keyring(root: Path, progress: Progress) -> int:
    return command(root, "key", "change", "--to", "keyring")


def change_to_passphrase(root: Path, progress: Progress) -> int:
    return command(root, "key", "change", "--to", "passphrase")


def back_up_key(root: Path, progress: Progress) -> int:
    return command(root, "key", "backup", str(root / "backup.key"))


def restore_key(root: Path, progress: Progress) -> int:
    return command(root, "key", "restore", str(root / "backup.key"))


def export(root: Path, progress: Progress) -> int:
    return command(root, "export", "--approved", "--out", str(root / "out"))


def approve_it(root: Path, progress: Progress) -> None:
    home = root / "home"
    unlocked = unlock(root)
    approve(unlocked, SessionReader(home, first_session(root), unlocked))


def write_history(root: Path, progress: Progress) -> None:
    keeper = unlock(root)
    for number in range(3):
        AuditLog(root / "home", keeper).append(Actor.REVIEW, Action.AUDITED, at_us=number, count=number)


def make_vault(root: Path, progress: Progress) -> None:
    Vault.create(root / "home", passphrase=PASSPHRASE)


ALL = (
    Scenario(name="record", build=only_a_home, act=as_command(record), again=False),
    Scenario(name="recover", build=with_a_dead_recorder, act=as_command(recover_it)),
    Scenario(name="delete-app", build=two_sessions, act=delete_app, gone=True),
    Scenario(name="delete-range", build=two_sessions, act=as_command(delete_range), gone=True),
    Scenario(name="delete-session", build=two_sessions, act=delete_session, gone=True, again=False),
    Scenario(name="delete-all", build=two_sessions, act=delete_everything, gone=True),
    Scenario(name="stage", build=two_sessions, act=stage_it),
    Scenario(name="undo", build=with_a_staged_app, act=undo_it, again=False),
    Scenario(name="purge", build=with_a_staged_app, act=purge_it, gone=True),
    Scenario(name="brush", build=with_a_name_in_a_picture, act=brush_it, gone=True),
    Scenario(name="rotate", build=with_a_rotation_asked, act=as_command(rotate_it)),
    Scenario(name="export", build=two_sessions, act=export, again=False),
    Scenario(name="clean", build=with_a_killed_export, act=as_command(open_it)),
    Scenario(name="tidy", build=with_a_word_about_keeping, act=tidy_it, gone=True),
    Scenario(name="key-change", build=two_sessions, act=change_key),
    Scenario(name="key-to-keyring", build=two_sessions, act=change_to_keyring),
    Scenario(name="key-to-passphrase", build=in_the_keyring, act=change_to_passphrase),
    Scenario(name="key-backup", build=two_sessions, act=back_up_key, again=False, backup=True),
    Scenario(name="key-restore", build=with_a_backup, act=restore_key),
    Scenario(name="key-restore-lost", build=with_a_backup_and_no_keyring, act=restore_key, again=False, lost=True),
    Scenario(name="approve", build=two_sessions, act=as_command(approve_it)),
    Scenario(name="history", build=only_a_home, act=as_command(write_history), again=False),
    Scenario(name="vault", build=nothing, act=as_command(make_vault), again=False),
)
BY_NAME = {one.name: one for one in ALL}

__all__ = ["ALL", "BY_NAME", "STEP_US", "Scenario", "with_a_dead_recorder"]
