"""A guard with the real detector, an editor whose rule allows words, and fields that are known to be harmless."""

from collections.abc import Iterable
from functools import cache

from recorder.guard import Guard
from recorder.guard.text import Detector, Masker, Memory
from recorder.model.consent import Category
from recorder.model.policy import AppRule, Policy, TextLevel
from recorder.model.raw import Mods, RawCaret, RawEvent, RawKey, Role
from recorder.model.redacted import EventKind, Redacted, RedactedEvent
from tests.guard.scene import ALL, MS, events, focus, key, play, windows

LATER = 100_000  # ms: after every hold


@cache
def detector() -> Detector:
    return Detector(lambda: 0.0)


def policy(level: TextLevel) -> Policy:
    return Policy(apps=(AppRule(name="My editor", executable="/usr/bin/editor", text=level),))


def writing(
    level: TextLevel = TextLevel.WORDS, categories: frozenset[Category] = ALL, *, role: Role = Role.TEXT
) -> Guard:
    """The editor has the keyboard, and what is focused there has said what it is."""
    made = Guard(
        policy=policy(level),
        categories=categories,
        t0_ns=0,
        source="fake",
        text=Masker(detector(), Memory(bytes(32))),
    )
    play(made, [windows(), focus(1, role, "field")])
    return made


def letters(t: float, text: str, *, every: float = 50) -> list[RawEvent]:
    """Characters with their real keysyms, as far as they matter."""
    made: list[RawEvent] = []
    for index, char in enumerate(text):
        at = t + index * every
        made += [_char(at, char, down=True), _char(at + 20, char, down=False)]
    return made


def _char(t: float, char: str, *, down: bool) -> RawKey:
    return RawKey(
        t_ns=round(t * MS),
        keycode=1000 + ord(char),
        keysym=f"U{ord(char):04X}",
        text=char,
        pressed=down,
        mods=Mods.NONE,
        injected=False,
    )


def taken(t: float, element: str, before: int, after: int) -> list[RawEvent]:
    """The element's caret went on, and it said once more that it is harmless: no key of before is in doubt."""
    carets = [RawCaret(t_ns=round(t * MS), element=element, offset=offset) for offset in (before, after)]
    return [*carets, focus(t + 1, Role.TEXT, element)]


def press(t: float, name: str, mods: Mods = Mods.NONE) -> list[RawEvent]:
    """An action or an edit: a key that makes no text."""
    down, up = key(t, name, mods=mods), key(t + 10, name, down=False, mods=mods)
    return [down, up]


def runs(rows: Iterable[Redacted]) -> list[RedactedEvent]:
    return events(rows, EventKind.TEXT_RUN)


def texts(rows: Iterable[Redacted]) -> list[str | None]:
    return [run.text for run in runs(rows)]


def keys_of(rows: Iterable[Redacted]) -> list[RedactedEvent]:
    """The rows of the keys of runs."""
    return [row for row in events(rows, EventKind.KEY) if row.run is not None]


def shown(rows: Iterable[Redacted]) -> str:
    """Every character that any row tells, in order."""
    return "".join(row.char for row in keys_of(rows) if row.char is not None)
