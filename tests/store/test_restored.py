"""A restored backup is an older state of the vault: it revives nothing, and what it can't know is closed, not open."""

from collections.abc import Callable
from pathlib import Path

import pytest

from recorder.errors import DamagedError, PolicyError, RecorderError, UsageError
from recorder.format.seal import Recipient
from recorder.review.decide import approve, approved
from recorder.store import backup, keyholder, staged, steps
from recorder.store.home import write_private
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader, shown_ids
from recorder.store.staged_file import FILE_NAME
from recorder.store.steps import Step
from recorder.store.vault import UnlockedVault, Vault, VaultKind
from tests.store.synthetic import PASSPHRASE, STARTED_AT_US, every_byte, two_apps

OWN = "the passphrase of the backup"
NEW = "the passphrase after it"
CANARY = "CANARY-7f3a"
Change = Callable[[Path, bytes], None]


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = {"memory_cost": 64, "iterations": 1, "lanes": 1}
    monkeypatch.setattr(keyholder, "ARGON2", cheap)
    monkeypatch.setattr(backup, "ARGON2", cheap)


@pytest.fixture
def sessions(home: Path, recipient: Recipient) -> list[str]:
    return [
        two_apps(home, recipient, canary=CANARY, started_at_us=STARTED_AT_US + n * 10**9).session_id for n in range(3)
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recorder.key"


def restored(home: Path, file: Path) -> UnlockedVault:
    return backup.restore(home, backup.read(file, OWN), VaultKind.PASSPHRASE, NEW)


def stage(home: Path, unlocked: UnlockedVault, session_id: str) -> None:
    staged.stage(home, unlocked, Selector(what=What.SESSION, session_id=session_id))


def shown(home: Path, unlocked: UnlockedVault) -> list[str] | None:
    """None: nothing is shown at all."""
    try:
        return shown_ids(home, unlocked)
    except DamagedError:
        return None


def leaves(home: Path, unlocked: UnlockedVault, session_id: str) -> bool:
    """Whether an export would take it."""
    try:
        approved(unlocked, SessionReader(home, session_id, unlocked))
    except RecorderError:
        return False
    return True


def gone(home: Path, earlier: bytes) -> None:
    (home / FILE_NAME).unlink()


def put_back(home: Path, earlier: bytes) -> None:
    write_private(home / FILE_NAME, earlier)


def cut_off(home: Path, earlier: bytes) -> None:
    write_private(home / FILE_NAME, (home / FILE_NAME).read_bytes()[:-20])


def a_link(home: Path, earlier: bytes) -> None:
    kept = home / "kept"
    (home / FILE_NAME).rename(kept)
    (home / FILE_NAME).symlink_to(kept)


def as_it_was(home: Path, earlier: bytes) -> None:
    """Nothing happened to it."""


@pytest.mark.parametrize(
    ("change", "seen"), [(as_it_was, [2]), (put_back, [1, 2]), (gone, None), (cut_off, None), (a_link, None)]
)
def test_what_was_staged_after_the_backup_does_not_leave_whatever_became_of_the_file(
    home: Path, unlocked: UnlockedVault, sessions: list[str], file: Path, change: Change, seen: list[int] | None
) -> None:
    stage(home, unlocked, sessions[0])
    earlier = (home / FILE_NAME).read_bytes()
    for session_id in sessions[1:]:
        approve(unlocked, SessionReader(home, session_id, unlocked))
    backup.write(file, unlocked, OWN, now_us=7)
    stage(home, unlocked, sessions[1])
    change(home, earlier)

    again = restored(home, file)
    assert shown(home, again) == (None if seen is None else [sessions[n] for n in seen])
    assert not [one for one in sessions if leaves(home, again, one)]


def test_a_backup_from_before_anything_was_staged_lets_nothing_leave_either(
    home: Path, unlocked: UnlockedVault, sessions: list[str], file: Path
) -> None:
    """With the file gone as well nobody can know that something was staged: so nothing counts as approved."""
    approve(unlocked, SessionReader(home, sessions[1], unlocked))
    backup.write(file, unlocked, OWN, now_us=7)
    stage(home, unlocked, sessions[1])
    (home / FILE_NAME).unlink()

    again = restored(home, file)
    assert shown(home, again) == sessions
    with pytest.raises(PolicyError, match="it changed after it was decided"):
        approved(again, SessionReader(home, sessions[1], again))
    approve(again, SessionReader(home, sessions[1], again))
    assert leaves(home, Vault.open(home).unlock(lambda: NEW), sessions[1])


def test_what_is_staged_after_a_restore_is_undone_and_purged_as_ever(
    home: Path, unlocked: UnlockedVault, sessions: list[str], file: Path
) -> None:
    stage(home, unlocked, sessions[0])
    backup.write(file, unlocked, OWN, now_us=7)
    stage(home, unlocked, sessions[1])
    again = restored(home, file)

    staged.undo(home, again, 2)
    assert shown(home, again) == sessions[1:]
    assert staged.purge(home, again).session_ids == (sessions[0],)
    assert shown(home, again) == sessions[1:]


def test_a_restore_revives_nothing_that_was_purged(
    home: Path, unlocked: UnlockedVault, sessions: list[str], file: Path
) -> None:
    staged.stage(home, unlocked, Selector(what=What.APP, app=CANARY))
    stage(home, unlocked, sessions[0])
    earlier = (home / FILE_NAME).read_bytes()
    backup.write(file, unlocked, OWN, now_us=7)
    staged.purge(home, unlocked)

    for content in (None, earlier):
        if content is not None:
            write_private(home / FILE_NAME, content)
        with pytest.raises(UsageError, match="out of date"):
            restored(home, file)
    # Even by force: the old key opens nothing that is here.
    old = backup.read(file, OWN)
    (home / "vault.key").unlink()
    keyholder.PassphraseFile.create(home / "vault.key", NEW, old.secrets, old.secrets)
    with pytest.raises(DamagedError):
        Vault.open(home).unlock(lambda: NEW)
    assert CANARY.encode() not in every_byte(home)


class Cut(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", [Step.ROTATE_SWEPT, Step.ROTATE_ADDED, Step.ROTATE_REWRAPPED, Step.ROTATE_DROPPED])
def test_a_backup_that_is_restored_in_mid_purge_shows_nothing_of_it_and_the_purge_is_finished(
    home: Path, unlocked: UnlockedVault, sessions: list[str], file: Path, step: Step
) -> None:
    staged.stage(home, unlocked, Selector(what=What.APP, app=CANARY))
    backup.write(file, unlocked, OWN, now_us=7)

    def watch(passed: Step) -> None:
        if passed is step:
            raise Cut

    steps.watch(watch)
    try:
        with pytest.raises(Cut):
            staged.purge(home, unlocked)
    finally:
        steps.watch(None)

    try:
        again = restored(home, file)
    except UsageError:
        again = Vault.open(home).unlock(lambda: PASSPHRASE)
    staged.purge(home, again)
    assert shown(home, again) == sessions
    rows = [SessionReader(home, one, again).table("contexts").to_pylist() for one in sessions]
    assert CANARY not in str(rows)
    assert not list((home / "pending").iterdir())
