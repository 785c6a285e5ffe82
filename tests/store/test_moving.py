"""The vault's secrets move: at every moment some holder opens the vault, and nothing of the old one is left behind."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from keyring.errors import PasswordDeleteError

from recorder.errors import BusyError, DamagedError, PlatformError, RecorderError, UsageError
from recorder.store import holders, keyholder, steps
from recorder.store.delete import pending, resume
from recorder.store.lock import FileLock
from recorder.store.moving import change
from recorder.store.rotate import rotate
from recorder.store.session import SessionReader
from recorder.store.vault import IDENTITY, ITEMS, UnlockedVault, Vault, VaultKind
from tests.store.synthetic import PASSPHRASE, make_vault, two_apps

NEW = "another synthetic passphrase"


class Crash(BaseException):
    """The process is gone: nothing catches it."""


class Chest:
    """A keyring in memory, in place of the desktop's: what it does at each call can be chosen. The real one is tried in
    tests/cli/test_key.py."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}
        self.called: Callable[[], None] = lambda: None

    def get_password(self, service: str, user: str) -> str | None:
        self.called()
        return self.items.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        self.called()
        self.items[service, user] = password
        self.called()

    def delete_password(self, service: str, user: str) -> None:
        self.called()
        if self.items.pop((service, user), None) is None:
            raise PasswordDeleteError
        self.called()


@pytest.fixture
def chest(monkeypatch: pytest.MonkeyPatch) -> Chest:
    made = Chest()
    monkeypatch.setattr(keyholder, "encrypting_backend", lambda: made)
    return made


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The cost of guessing is tried in test_vault.py; here hundreds of files are opened."""
    monkeypatch.setattr(keyholder, "ARGON2", {"memory_cost": 64, "iterations": 1, "lanes": 1})
    yield
    steps.watch(None)


def a_vault(home: Path, kind: VaultKind) -> UnlockedVault:
    if kind is VaultKind.PASSPHRASE:
        return make_vault(home)[1]
    return Vault.create(home, passphrase=None).unlock()


def opened(home: Path, passphrases: Iterable[str] = (PASSPHRASE, NEW)) -> UnlockedVault:
    """The vault by whichever holder opens it. Raises: what the last one said."""
    problem: RecorderError | None = None
    for passphrase in passphrases:
        try:
            return Vault.open(home).unlock(partial(str, passphrase))
        except (UsageError, PlatformError, DamagedError) as error:
            problem = error
    raise problem or AssertionError


WAYS = [
    (VaultKind.PASSPHRASE, VaultKind.PASSPHRASE),
    (VaultKind.KEYRING, VaultKind.PASSPHRASE),
    (VaultKind.PASSPHRASE, VaultKind.KEYRING),
    (VaultKind.KEYRING, VaultKind.KEYRING),
]


@pytest.mark.parametrize(("old", "new"), WAYS)
def test_everything_opens_in_the_new_place_and_nothing_in_the_old(
    home: Path, chest: Chest, old: VaultKind, new: VaultKind
) -> None:
    unlocked = a_vault(home, old)
    start = two_apps(home, unlocked.recipient)
    before = SessionReader(home, start.session_id, unlocked).table("events")
    unlocked.set_head("consent", "h1")

    changed = change(home, unlocked, new, NEW if new is VaultKind.PASSPHRASE else None)
    again = opened(home, [NEW])

    assert changed.left is None
    assert (again.vault.kind, again.epochs, again.head("consent")) == (new, [2], "h1")
    assert SessionReader(home, start.session_id, again).table("events").equals(before)
    assert (home / "vault.key").exists() == (new is VaultKind.PASSPHRASE)
    assert bool(chest.items) == (new is VaultKind.KEYRING)
    assert not holders.untidy(home)
    assert not pending(home)
    if new is VaultKind.PASSPHRASE:
        with pytest.raises(UsageError, match="not the vault's passphrase"):
            Vault.open(home).unlock(lambda: PASSPHRASE)


@pytest.mark.parametrize(("old", "new"), WAYS)
def test_a_crash_at_any_moment_leaves_a_vault_that_opens_and_the_next_unlock_finishes(
    tmp_path: Path, chest: Chest, old: VaultKind, new: VaultKind
) -> None:
    moments = 0
    while True:
        home = tmp_path / f"home-{moments}"
        chest.items.clear()
        unlocked = a_vault(home, old)
        start = two_apps(home, unlocked.recipient)
        before = SessionReader(home, start.session_id, unlocked).table("events")
        crashed = _crash_at(moments, chest, partial(change, home, unlocked, new, _for(new)))

        again = opened(home)
        assert SessionReader(home, start.session_id, again).table("events").equals(before)
        _finish(home, again)
        again = opened(home)
        assert SessionReader(home, start.session_id, again).table("events").equals(before)
        assert len(again.epochs) == 1
        _only_one_holder(home, chest, again)
        if not crashed:
            break
        moments += 1

    assert moments > 10  # it did crash at each of them
    assert again.vault.kind is new


def _for(kind: VaultKind) -> str | None:
    return NEW if kind is VaultKind.PASSPHRASE else None


def _crash_at(moment: int, chest: Chest, work: Callable[[], object]) -> bool:
    """Whether the work came as far as its `moment`-th step or call of the keyring; it ends there."""
    left = [moment]

    def count(_step: object = None) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Crash

    steps.watch(count)
    chest.called = count
    try:
        work()
    except Crash:
        return True
    finally:
        steps.watch(None)
        chest.called = lambda: None
    return False


def _finish(home: Path, unlocked: UnlockedVault) -> None:
    if pending(home):
        resume(home, unlocked)


def _only_one_holder(home: Path, chest: Chest, unlocked: UnlockedVault) -> None:
    in_file = unlocked.vault.kind is VaultKind.PASSPHRASE
    assert (home / "vault.key").exists() == in_file
    assert not (home / "vault.key.new").exists()
    assert bool(chest.items) != in_file


def test_a_keyring_that_vanishes_in_the_middle_changes_nothing(home: Path, chest: Chest) -> None:
    unlocked = make_vault(home)[1]
    calls = [0]

    def vanish() -> None:
        calls[0] += 1
        if calls[0] > 3:
            raise RuntimeError

    chest.called = vanish
    with pytest.raises(PlatformError, match="keyring does not answer"):
        change(home, unlocked, VaultKind.KEYRING)

    chest.called = lambda: None
    again = Vault.open(home).unlock(lambda: PASSPHRASE)
    assert (again.vault.kind, again.epochs) == (VaultKind.PASSPHRASE, [1])
    assert not pending(home)


def test_a_keyring_that_vanishes_before_it_was_emptied_keeps_a_dead_copy_until_the_next_change(
    home: Path, chest: Chest
) -> None:
    unlocked = a_vault(home, VaultKind.KEYRING)
    secret = chest.items["recorder", f"{unlocked.vault.vault_id}:{IDENTITY}"]

    def deletes_nothing(_service: str, _user: str) -> None:
        raise RuntimeError

    delete = chest.delete_password
    chest.delete_password = deletes_nothing  # type: ignore[method-assign,assignment]
    changed = change(home, unlocked, VaultKind.PASSPHRASE, NEW)

    assert changed.left is not None
    assert "still in the keyring" in changed.left
    assert (
        chest.items["recorder", f"{unlocked.vault.vault_id}:{IDENTITY}"] == secret
    )  # the key of an epoch that is gone
    chest.delete_password = delete  # type: ignore[method-assign]
    rotate(home, changed.unlocked)
    assert not chest.items
    assert not holders.untidy(home)


def test_a_keyring_that_forgets_what_it_was_given_is_not_switched_to(home: Path, chest: Chest) -> None:
    unlocked = make_vault(home)[1]
    chest.set_password = lambda service, user, password: None  # type: ignore[method-assign]

    with pytest.raises(PlatformError, match="does not give the key back"):
        change(home, unlocked, VaultKind.KEYRING)
    assert Vault.open(home).unlock(lambda: PASSPHRASE).epochs == [1]


def test_a_short_passphrase_changes_nothing(home: Path) -> None:
    unlocked = make_vault(home)[1]
    before = _files(home)

    with pytest.raises(UsageError, match="at least 8"):
        change(home, unlocked, VaultKind.PASSPHRASE, "short")
    assert _files(home) == before


def _files(home: Path) -> dict[str, bytes]:
    """Every file that holds something (locks hold nothing)."""
    return {path.name: path.read_bytes() for path in home.rglob("*") if path.is_file() and path.stat().st_size}


def test_who_held_the_old_passphrase_can_not_write_under_it_any_more(home: Path) -> None:
    unlocked = make_vault(home)[1]
    other = Vault.open(home).unlock(lambda: PASSPHRASE)
    change(home, unlocked, VaultKind.PASSPHRASE, NEW)

    with pytest.raises(PlatformError, match="changed meanwhile"):
        other.set_head("audit", "0" * 64)
    assert opened(home, [NEW]).head("audit") is None


def test_who_held_the_old_place_can_not_write_into_it_any_more(home: Path, chest: Chest) -> None:
    unlocked = a_vault(home, VaultKind.KEYRING)
    other = Vault.open(home).unlock()
    change(home, unlocked, VaultKind.PASSPHRASE, NEW)

    with pytest.raises(PlatformError, match="moved meanwhile"):
        other.set_head("audit", "0" * 64)
    assert not chest.items


def test_an_old_copy_of_the_passphrase_file_opens_nothing_that_is_here_now(home: Path, tmp_path: Path) -> None:
    unlocked = make_vault(home)[1]
    start = two_apps(home, unlocked.recipient)
    stolen = (home / "vault.key").read_bytes()
    change(home, unlocked, VaultKind.PASSPHRASE, NEW)
    (home / "vault.key").write_bytes(stolen)

    with pytest.raises(DamagedError):
        SessionReader(home, start.session_id, Vault.open(home).unlock(lambda: PASSPHRASE))
    holder = keyholder.PassphraseFile(home / "vault.key", PASSPHRASE, ITEMS)
    from recorder.store.vault import unpack_identities

    assert list(unpack_identities(holder.get(IDENTITY) or b"")) == [1]


def test_no_change_while_a_deletion_runs(home: Path) -> None:
    unlocked = make_vault(home)[1]
    lock = FileLock(home / "delete.lock")
    lock.take()

    with pytest.raises(BusyError):
        change(home, unlocked, VaultKind.PASSPHRASE, NEW)
    lock.release()
    with suppress(BusyError):
        change(home, unlocked, VaultKind.PASSPHRASE, NEW)
    assert opened(home, [NEW]).epochs == [2]


@pytest.mark.parametrize("moment", [8, 12, 16])
def test_destroying_the_vault_takes_what_a_move_left_behind(home: Path, chest: Chest, moment: int) -> None:
    unlocked = a_vault(home, VaultKind.KEYRING)
    assert _crash_at(moment, chest, partial(change, home, unlocked, VaultKind.PASSPHRASE, NEW))

    Vault.open(home).destroy()
    assert not chest.items
    assert not list(home.glob("vault.*"))
