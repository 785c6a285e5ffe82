"""A stream in, what the guard lets out of it: each row with the moment at which it came out."""

from functools import cache
from typing import NamedTuple

from recorder.guard import Guard
from recorder.guard.text import Detector, Masker, Memory
from recorder.model.consent import Category
from recorder.model.policy import AppRule, Policy, TextLevel
from recorder.model.redacted import Redacted, Tally
from tests.guard.keyfuzz.person import Stream

TICK_US = 250_000
CATEGORIES = frozenset(
    (
        *(Category.KEY_SHAPE, Category.TEXT_CONTENT, Category.KEY_TIMING, Category.SHORTCUTS),
        *(Category.APP_NAMES, Category.ACCESSIBILITY_TEXT),
    )
)


class Row(NamedTuple):
    """`out_us`: when it came out of the guard."""

    out_us: int
    row: Redacted


class Played(NamedTuple):
    """What became of a stream."""

    rows: list[Row]
    keys: Tally


@cache
def _detector() -> Detector:
    # A clock that stands still: what is masked must not hang on how busy the machine is.
    return Detector(lambda: 0.0)


def masker() -> Masker:
    """As a recording makes one: a memory of its own, the detector shared because making it reads the lists."""
    return Masker(_detector(), Memory(bytes(32)))


def guard_at(level: TextLevel, categories: frozenset[Category] = CATEGORIES) -> Guard:
    """A guard for the desk's editor at a level."""
    rule = AppRule(name="My editor", executable="/usr/bin/editor", text=level)
    return Guard(policy=Policy(apps=(rule,)), categories=categories, t0_ns=0, source="fake", text=masker())


def play(stream: Stream, level: TextLevel = TextLevel.WORDS) -> Played:
    """Everything that comes out, with ticks in between as a recording has them."""
    guard = guard_at(level)
    rows: list[Row] = []
    now_us = 0
    for happening in stream.happenings:
        t_us = happening.raw.t_ns // 1000
        while now_us + TICK_US < t_us:
            now_us += TICK_US
            rows += (Row(now_us, row) for row in guard.tick(now_us * 1000))
        rows += (Row(t_us, row) for row in guard.step(happening.raw))
        now_us = max(now_us, t_us)
    while now_us + TICK_US < stream.end_us:
        now_us += TICK_US
        rows += (Row(now_us, row) for row in guard.tick(now_us * 1000))
    rows += (Row(stream.end_us, row) for row in guard.close(stream.end_us * 1000))
    return Played(rows, guard.counters["key"])
