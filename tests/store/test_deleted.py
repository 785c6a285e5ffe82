"""The history's line of a deletion: exactly one, wherever a crash cuts it short."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.store import delete, keyholder, steps
from recorder.store.audit import Action, AuditLog
from recorder.store.selector import Selector, What
from recorder.store.steps import Step
from recorder.store.vault import UnlockedVault, Vault
from tests.store.synthetic import PASSPHRASE, two_apps

CANARY = "CANARY-7f3a"
APP = Selector(what=What.APP, app=CANARY)


class Crash(BaseException):
    """The process is gone: nothing catches it."""


@pytest.fixture(autouse=True)
def _nobody_watches_and_passphrases_are_cheap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(keyholder, "ARGON2", {"memory_cost": 64, "iterations": 1, "lanes": 1})
    yield
    steps.watch(None)


def lines(home: Path) -> list[tuple[str, str, int]]:
    return [(row.action, row.object_id, row.count) for row in AuditLog(home).rows()]


def crash_at(number: int) -> list[Step]:
    """From now on; the list grows by each step that is passed."""
    passed: list[Step] = []

    def watch(name: Step) -> None:
        passed.append(name)
        if len(passed) > number:
            raise Crash

    steps.watch(watch)
    return passed


def begun_and_finished(home: Path, unlocked: UnlockedVault, first: int, second: int) -> bool:
    """Cut short at one step, and again while it is finished; then it goes through. Whether it was cut at all."""
    crash_at(first)
    cut = False
    try:
        delete.delete(home, unlocked, APP)
    except Crash:
        cut = True
        again = Vault.open(home).unlock(lambda: PASSPHRASE)
        crash_at(second)
        try:
            delete.resume(home, again)
        except Crash:
            steps.watch(None)
            delete.resume(home, Vault.open(home).unlock(lambda: PASSPHRASE))
    steps.watch(None)
    return cut


def test_a_deletion_leaves_one_line_with_its_session_and_its_rows(home: Path, unlocked: UnlockedVault) -> None:
    start = two_apps(home, unlocked.recipient, canary=CANARY)

    done = delete.delete(home, unlocked, APP)

    assert lines(home) == [(Action.DELETED, start.session_id, done.events + done.frames)]
    assert AuditLog(home, unlocked).verify().unanchored == 0


def test_a_deletion_that_finds_nothing_leaves_no_line(home: Path, unlocked: UnlockedVault) -> None:
    two_apps(home, unlocked.recipient)

    delete.delete(home, unlocked, Selector(what=What.APP, app="never seen"))

    assert lines(home) == []


def test_wherever_it_is_cut_short_and_cut_short_again_there_is_one_line(tmp_path: Path) -> None:
    number = 0
    while True:
        home = tmp_path / f"home-{number}"
        unlocked = Vault.create(home, passphrase=PASSPHRASE).unlock(lambda: PASSPHRASE)
        start = two_apps(home, unlocked.recipient, canary=CANARY)
        cut = begun_and_finished(home, unlocked, number, number * 7 % 60)
        if not delete.pending(home) and lines(home) == []:
            assert cut  # before it was begun: nothing is deleted, and nothing is said
            delete.delete(home, unlocked, APP)
        assert [line[:2] for line in lines(home)] == [(Action.DELETED, start.session_id)]
        assert AuditLog(home, Vault.open(home).unlock(lambda: PASSPHRASE)).check().findings == ()
        if not cut:
            break
        number += 7 if number < 40 else 1

    assert number > 40
