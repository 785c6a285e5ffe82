"""The lines of the history in, what is wrong with them out, in words: changed, taken out, put in, cut off, and gaps.

Pure: lines and the trusted head are arguments. A line is chained to the one before it by hash; the hash of a line that
is none is that of its bytes, so that even behind such a line the chain goes on, and the damage stays in it for ever.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from recorder.errors import DamagedError
from recorder.model.tables import AuditRow

FIRST_PREV = "0" * 64
GAP = "history_gap"
LARGEST = 253_402_300_800 * 1_000_000  # the year 10000 in microseconds: no time, number or count of a line is larger


class Problem(StrEnum):
    """What can be wrong with a history. A closed list."""

    UNREADABLE = "unreadable"
    CHANGED = "changed"
    TAKEN_OUT = "taken_out"
    PUT_IN = "put_in"
    REPLACED = "replaced"
    CUT_OFF = "cut_off"
    REWRITTEN = "rewritten"
    GAP = "gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong. `line` counts from 1, by the line's own number where it has one."""

    problem: Problem
    line: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`unanchored`: lines behind the last one that the key vouches for, written by a process without it: chained, but
    their removal could not be noticed. `findings`: empty for a history that is as it was written."""

    lines: int
    unanchored: int
    findings: tuple[Finding, ...]


class Head(NamedTuple):
    """The last line that is known to have been written. `lines`: how many there were with it; None: not known."""

    hash: str
    lines: int | None

    def __str__(self) -> str:
        return self.hash if self.lines is None else f"{self.hash} {self.lines}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Raises: DamagedError."""
        first, _, count = text.partition(" ")
        if len(first) != len(FIRST_PREV) or (count and not count.isdecimal()):
            raise DamagedError("the history's head does not parse")
        return cls(first, int(count) if count else None)


def canonical(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def row_hash(row: AuditRow) -> str:
    """SHA-256 (hex) of a line without its hash."""
    fields = dataclasses.asdict(row)
    del fields["hash"]
    return hashlib.sha256(canonical(fields)).hexdigest()


def link(line: bytes) -> str:
    """What the next line names as the one before it."""
    row = parsed(line)
    return hashlib.sha256(line).hexdigest() if row is None else row.hash


def parsed(line: bytes) -> AuditRow | None:
    """None for what is no line of a history. Values are checked for their types; what they mean is not judged here."""
    try:
        row = AuditRow(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    numbers, texts = (row.seq, row.at_us, row.count), (row.actor, row.action, row.object_id, row.prev_hash, row.hash)
    whole = all(type(n) is int and 0 <= n < LARGEST for n in numbers) and all(isinstance(text, str) for text in texts)
    return row if whole else None


def missing(content: bytes, head: Head | None) -> bool:
    """Whether the known head is neither a line of this history nor named by a gap line of it."""
    if head is None:
        return False
    return all(f'"{key}":"{head.hash}"'.encode() not in content for key in ("hash", "object_id"))


def examine(lines: Sequence[bytes], head: Head | None, listed: Callable[[AuditRow], bool]) -> Checked:
    """Every line against the one before it, and all of them against the head. `listed`: whether a recorder may write
    such a line at all."""
    rows = [row if row is not None and listed(row) else None for row in map(parsed, lines)]
    findings = list(_chain(rows, [link(line) for line in lines]))
    true_hashes = {row_hash(row): index for index, row in enumerate(rows, start=1) if row is not None}
    named = {row.object_id: n for n, row in enumerate(rows, start=1) if row is not None and row.action == GAP}
    anchor = 0
    if head is not None:
        anchor = true_hashes.get(head.hash) or named.get(head.hash) or 0
        claimed = any(
            row is not None and row.hash == head.hash for row in rows
        )  # then it was changed, and that is said
        if not anchor and not claimed:
            findings.append(_without_head(len(lines), head))
    return Checked(lines=len(lines), unanchored=len(lines) - anchor, findings=tuple(findings))


def _chain(rows: Sequence[AuditRow | None], links: Sequence[str]) -> Iterator[Finding]:
    """Follow the lines as they were written. A line that was put in is not followed; behind any other damage the chain
    is taken up again where it goes on."""
    expected, previous = 0, FIRST_PREV
    for index, row in enumerate(rows):
        if row is None:
            yield _finding(Problem.UNREADABLE, index + 1, "is no line of a history")
            expected, previous = index + 1, links[index]
            continue
        number = row.seq + 1
        if row.hash != row_hash(row):
            yield _finding(Problem.CHANGED, number, "was changed")
        behind = (index, links[index - 1] if index else FIRST_PREV)
        if (row.seq, row.prev_hash) not in ((expected, previous), behind):
            yield _misplaced(row, expected)
            if row.seq < expected:
                continue
        if row.action == GAP:
            yield _gap(row)
        expected, previous = number, row.hash


def _misplaced(row: AuditRow, expected: int) -> Finding:
    number = row.seq + 1
    if row.seq < expected:
        return Finding(
            problem=Problem.PUT_IN, line=number, words=f"a line was put in or moved behind line {expected}: {number}"
        )
    if row.seq == expected:
        return _finding(
            Problem.REPLACED, number, "does not follow from the line before it: one of the two was replaced"
        )
    if row.seq == expected + 1:
        return _finding(Problem.TAKEN_OUT, expected + 1, "was taken out")
    words = f"lines {expected + 1} to {row.seq} were taken out"
    return Finding(problem=Problem.TAKEN_OUT, line=expected + 1, words=words)


def _without_head(lines: int, head: Head) -> Finding:
    if head.lines is not None and lines >= head.lines:
        words = f"line {head.lines} is not the one that the key vouches for: lines up to it were rewritten"
        return Finding(problem=Problem.REWRITTEN, line=head.lines, words=words)
    return Finding(
        problem=Problem.CUT_OFF, line=lines + 1, words=f"{_from(lines + 1, head, lines)}: the end was cut off"
    )


def _gap(row: AuditRow) -> Finding:
    when = datetime.fromtimestamp(row.at_us / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    number = row.seq + 1
    if row.count:
        words = f"{_lines_missing(number, row.count)}: the end was cut off before {when}"
    else:
        words = f"lines before line {number} are missing or were rewritten before {when}"
    return Finding(problem=Problem.GAP, line=number, words=words)


def lost_lines(lines: int, head: Head) -> int:
    """How many lines are known to be missing at the end; 0: not known."""
    return max(0, (head.lines or 0) - lines)


def _from(number: int, head: Head, lines: int) -> str:
    lost = lost_lines(lines, head)
    return _lines_missing(number, lost) if lost else f"lines from line {number} on are missing"


def _lines_missing(number: int, lost: int) -> str:
    if lost == 1:
        return f"line {number} (and whatever followed) is missing"
    return f"lines {number} to {number + lost - 1} (and whatever followed) are missing"


def _finding(problem: Problem, number: int, words: str) -> Finding:
    return Finding(problem=problem, line=number, words=f"line {number} {words}")
