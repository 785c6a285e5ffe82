"""The history: what was changed, cut or put in is noticed; content never gets in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from recorder.errors import DamagedError
from recorder.store.audit import Action, Actor, AuditLog
from recorder.store.vault import UnlockedVault


def _filled(home: Path, keeper: UnlockedVault | None, lines: int = 4) -> AuditLog:
    log = AuditLog(home, keeper)
    for n in range(lines):
        log.append(Actor.DELETE, Action.DELETED, at_us=n, object_id="01890000-0000", count=n)
    return log


def test_lines_come_back_in_order_and_verify(home: Path, unlocked: UnlockedVault) -> None:
    log = _filled(home, unlocked)

    assert [(row.seq, row.action, row.count) for row in log.rows()] == [(n, "deleted", n) for n in range(4)]
    assert (log.verify().lines, log.verify().unanchored) == (4, 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[:-1],
        lambda lines: lines[1:],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [*lines[:2], lines[1], *lines[2:]],
        lambda lines: [lines[0].replace(b'"count":0', b'"count":9'), *lines[1:]],
        lambda lines: [b"{}", *lines[1:]],
        lambda lines: [],
    ],
)
def test_any_change_is_noticed(
    home: Path, unlocked: UnlockedVault, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    log = _filled(home, unlocked)
    path = home / "audit.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in change(path.read_bytes().splitlines())))

    with pytest.raises(DamagedError):
        log.verify()


def test_lines_without_the_vault_are_chained_and_counted(home: Path, unlocked: UnlockedVault) -> None:
    _filled(home, unlocked, 2)
    _filled(home, None, 3)

    assert AuditLog(home, unlocked).verify().unanchored == 3
    _filled(home, unlocked, 1)
    assert AuditLog(home, unlocked).verify().unanchored == 0


def test_a_line_torn_by_a_crash_goes(home: Path, unlocked: UnlockedVault) -> None:
    _filled(home, unlocked, 2)
    path = home / "audit.jsonl"
    path.write_bytes(path.read_bytes() + b'{"seq": 2, "at')

    _filled(home, unlocked, 1)

    assert AuditLog(home, unlocked).verify().lines == 3


@pytest.mark.parametrize("name", ["My bank - statement", "a/b", "ä", "x" * 101, "-x", "a\n"])
def test_only_ids_are_taken(home: Path, name: str) -> None:
    with pytest.raises(ValueError, match="ids only"):
        AuditLog(home).append(Actor.DELETE, Action.DELETED, at_us=0, object_id=name)
