"""The history: what was changed, cut or put in is noticed; content never gets in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import DamagedError
from recorder.store.audit import Action, Actor, AuditLog
from recorder.store.chain import Problem
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


def test_a_cut_log_is_not_healed_by_the_next_line_and_the_gap_is_named_for_ever(
    home: Path, unlocked: UnlockedVault
) -> None:
    log = _filled(home, unlocked, 5)
    _cut(home, 2)

    log.append(Actor.DELETE, Action.DELETED, at_us=1_790_000_000_000_000)
    _filled(home, unlocked, 3)

    checked = AuditLog(home, unlocked).check()
    assert [(one.problem, one.line) for one in checked.findings] == [(Problem.GAP, 4)]
    assert checked.findings[0].words.startswith("lines 4 to 5 (and whatever followed) are missing: the end was cut off")
    assert "2026-09-21" in checked.findings[0].words
    assert checked.unanchored == 0
    with pytest.raises(DamagedError, match="lines 4 to 5"):
        log.verify()


def test_a_gap_is_noted_once(home: Path, unlocked: UnlockedVault) -> None:
    log = _filled(home, unlocked, 5)
    _cut(home, 5)

    for _ in range(3):
        log.append(Actor.DELETE, Action.DELETED, at_us=0)
    assert [row.action for row in log.rows()].count(Action.HISTORY_GAP) == 1


def test_a_gap_line_that_is_cut_off_is_missed_in_turn(home: Path, unlocked: UnlockedVault) -> None:
    log = _filled(home, unlocked, 3)
    _cut(home, 1)
    log.append(Actor.DELETE, Action.DELETED, at_us=0)
    _cut(home, 2)

    log.append(Actor.DELETE, Action.DELETED, at_us=0)
    assert [one.problem for one in log.check().findings] == [Problem.GAP]


def test_a_process_without_the_key_misses_the_lines_that_it_saw_and_its_own(
    home: Path, unlocked: UnlockedVault
) -> None:
    _filled(home, unlocked, 2)
    recorder = AuditLog(home)
    _cut(home, 1)
    recorder.append(Actor.RECORD, Action.RECORDING_STARTED, at_us=0)
    recorder.append(Actor.RECORD, Action.RECORDING_PAUSED, at_us=0)
    _cut(home, 1)
    recorder.append(Actor.RECORD, Action.RECORDING_STOPPED, at_us=0)

    AuditLog(home, unlocked).append(Actor.REVIEW, Action.REVIEW_APPROVED, at_us=0)
    assert [one.problem for one in AuditLog(home, unlocked).check().findings] == [Problem.GAP, Problem.GAP]


def test_lines_without_the_key_are_anchored_by_whoever_has_it_next(home: Path, unlocked: UnlockedVault) -> None:
    _filled(home, unlocked, 2)
    _filled(home, None, 3)
    AuditLog(home, unlocked).anchor(Actor.RECORD, at_us=0)
    assert AuditLog(home, unlocked).check().unanchored == 0

    _cut(home, 1)
    AuditLog(home, unlocked).anchor(Actor.RECORD, at_us=0)
    assert [one.problem for one in AuditLog(home, unlocked).check().findings] == [Problem.GAP]


def test_a_history_that_was_written_anew_is_noticed_though_its_chain_is_whole(
    home: Path, unlocked: UnlockedVault
) -> None:
    _filled(home, unlocked, 3)
    (home / "audit.jsonl").unlink()
    for n in range(4):
        AuditLog(home).append(Actor.DELETE, Action.EXPORTED, at_us=n)

    (found,) = AuditLog(home, unlocked).check().findings
    assert (found.problem, found.line) == (Problem.REWRITTEN, 3)
    _filled(home, unlocked, 1)
    assert [one.problem for one in AuditLog(home, unlocked).check().findings] == [Problem.GAP]


WORDS: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "changed": (lambda lines: [lines[0].replace(b'"count":0', b'"count":9'), *lines[1:]], "line 1 was changed"),
    "out": (lambda lines: [*lines[:2], lines[3]], "line 3 was taken out"),
    "two out": (lambda lines: [lines[0], lines[3]], "lines 2 to 3 were taken out"),
    "in": (lambda lines: [*lines[:3], lines[1], lines[3]], "a line was put in or moved behind line 3: 2"),
    "cut": (lambda lines: lines[:2], "lines 3 to 4 (and whatever followed) are missing: the end was cut off"),
    "none": (lambda lines: [*lines[:3], b"hello"], "line 4 is no line of a history"),
    "deep": (lambda lines: [*lines[:3], b"[" * 100_000], "line 4 is no line of a history"),
    "foreign": (
        lambda lines: [lines[0].replace(b'"deleted"', b'"danced"'), *lines[1:]],
        "line 1 is no line of a history",
    ),
}


@pytest.mark.parametrize("name", WORDS)
def test_what_is_wrong_is_said_in_words(home: Path, unlocked: UnlockedVault, name: str) -> None:
    change, words = WORDS[name]
    log = _filled(home, unlocked)
    _change(home, change)

    assert words in [one.words for one in log.check().findings]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_done_to_it_is_found_and_stays_found_when_it_goes_on(
    home: Path, unlocked: UnlockedVault, data: st.DataObject
) -> None:
    path = home / "audit.jsonl"
    path.unlink(missing_ok=True)
    unlocked._holder.clear(["head-audit"])
    log = _filled(home, unlocked, 4)
    before = path.read_bytes()
    changed = data.draw(_damaged(before))
    if changed == before or (changed.startswith(before) and b"\n" not in changed[len(before) :]):
        return  # nothing, or the torn line of a crash
    path.write_bytes(changed)

    assert log.check().findings
    for _ in range(2):
        log.append(Actor.DELETE, Action.DELETED, at_us=0)
    assert AuditLog(home, unlocked).check().findings
    assert all(one.words for one in log.check().findings)


def _damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """Lines in another order, some twice, some not at all; or a byte changed, or the end cut."""
    lines = content.splitlines(keepends=True)
    at = st.integers(0, len(content) - 1)
    return (
        st.lists(st.sampled_from(lines), max_size=6).map(b"".join)
        | st.permutations(lines).map(b"".join)
        | at.map(lambda n: content[:n])
        | st.tuples(at, st.integers(1, 255)).map(
            lambda t: content[: t[0]] + bytes([content[t[0]] ^ t[1]]) + content[t[0] + 1 :]
        )
    )


def test_a_crash_between_line_and_head_is_no_damage(home: Path, unlocked: UnlockedVault) -> None:
    log = _filled(home, unlocked, 2)
    AuditLog(home).append(Actor.DELETE, Action.DELETED, at_us=0)  # as if the head had not been reached

    log.append(Actor.DELETE, Action.DELETED, at_us=0)
    assert log.verify().unanchored == 0


def test_behind_a_line_that_does_not_parse_the_history_goes_on_and_says_so(home: Path, unlocked: UnlockedVault) -> None:
    log = _filled(home, unlocked, 2)
    path = home / "audit.jsonl"
    path.write_bytes(path.read_bytes() + b"hello\n")

    log.append(Actor.DELETE, Action.DELETED, at_us=0)
    assert [(one.problem, one.line) for one in log.check().findings] == [(Problem.UNREADABLE, 3)]
    assert len(log.readable()) == 3


def _cut(home: Path, lines: int) -> None:
    _change(home, lambda found: found[:-lines])


def _change(home: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path = home / "audit.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in change(path.read_bytes().splitlines())))
