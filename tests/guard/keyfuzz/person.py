"""A seed in, an hour of somebody's typing out: raw events, and of each key event what it belongs to."""

import random
from dataclasses import dataclass

from recorder.model.raw import RawSecret, Role, SecretSource
from tests.guard.keyfuzz.desk import SECOND
from tests.guard.keyfuzz.echo import echo
from tests.guard.keyfuzz.habits import HABITS, Typist
from tests.guard.keyfuzz.hands import PACES, Happening
from tests.guard.keyfuzz.texts import CODE, LEADS, PROSE, Value, harmless_for, secret_of, value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What one person did. `habits`: how the value of each number was typed."""

    seed: int
    happenings: list[Happening]
    values: list[Value]
    habits: dict[int, str]
    end_us: int


def stream_of(seed: int, *, count: int = 10, habit: str | None = None, kind: str | None = None) -> Stream:
    """`count` values in prose, each typed in some way, and password fields. The same seed, the same stream."""
    draw = random.Random(seed)
    values = [value_of(number, draw, kind=kind) for number in range(count)]
    secrets = [secret_of(count + number, draw) for number in range(2)]
    who = Typist(draw)
    who.prose, who.code, who.leads = (harmless_for(values + secrets, lines) for lines in (PROSE, CODE, LEADS))
    habits: dict[int, str] = {}
    for value in values:
        who.hands.pace = draw.choice(PACES)
        habits[value.number] = habit or draw.choice(list(HABITS))
        _passage(who, value, habits[value.number])
        if draw.random() < 0.08 and secrets:
            _password(who, secrets.pop())
        if draw.random() < 0.04:
            _flood(who)
    echo(draw, who.hands, who.told)
    return Stream(
        seed=seed,
        happenings=(happenings := who.hands.happenings()),
        values=values,
        habits=habits,
        # Now and then the recording stops in the middle of things.
        end_us=happenings[-1].raw.t_ns // 1000 + (1 if draw.random() < 0.2 else 200_000_000),
    )


def _passage(who: Typist, value: Value, habit: str) -> None:
    if who.draw.random() < 0.85:
        who.say(who.line() + who.draw.choice((". ", " ", ", ", "; ")))
    who.say(who.draw.choice(who.leads))
    HABITS[habit](who, value)
    if who.draw.random() < 0.6:
        who.say(who.draw.choice((" ", ". ", ", ")) + who.line())
    _leave(who)


def _leave(who: Typist) -> None:
    """What people do between two things."""
    way = who.draw.random()
    if way < 0.3:
        who.hands.tap("Return", None, who.other)
    elif way < 0.45:
        who.hands.wait(who.draw.choice((3_000, 33_000, 40_000)))
    elif way < 0.6:
        who.switch(SECOND if who.where.window != SECOND else 1)
    elif way < 0.7:
        who.click()
    elif way < 0.8:
        who.hands.tap("Escape", None, who.other)
    else:
        who.say(" ")


def _password(who: Typist, secret: Value) -> None:
    """A password field, announced up to 900 ms after the keyboard went there; or a terminal that stops to echo."""
    way = who.draw.choice(("tab", "click", "script", "terminal"))
    late_ms = who.draw.choice((0, 1, 20, 100, 300, 600, 900))
    who.say(who.line())
    if way == "terminal":
        who.hands.tap("Return", None, who.other)
        _echo(who, active=True, after_us=min(late_ms, 100) * 1000)
        who.put(secret)
        who.hands.tap("Return", None, who.other)
        who.hands.wait(max(0, late_ms - 50))
        _echo(who, active=False, after_us=2_000)
        return who.hands.wait(1_000)
    if way == "tab":
        who.tab(role=Role.SECRET, late_ms=late_ms)
    elif way == "click":
        who.click()
        who.next_field(role=Role.SECRET, late_ms=late_ms)
    else:
        who.next_field(role=Role.SECRET, late_ms=late_ms)
    start_us = who.hands.t_us
    who.put(secret)
    if who.draw.random() < 0.6:
        who.hands.tap("Return", None, who.other)
    # The field stays until it was announced: nobody can know of one that was never told.
    who.hands.t_us = max(who.hands.t_us, start_us + 1_200_000)
    return who.home()


def _echo(who: Typist, *, active: bool, after_us: int) -> None:
    t_us = who.hands.at(who.hands.t_us + after_us)
    who.hands.put(t_us, RawSecret(t_ns=t_us * 1000, source=SecretSource.TERMINAL_ECHO_OFF, active=active))


def _flood(who: Typist) -> None:
    """More than 600 events or 120 s without a break."""
    who.hands.pace = PACES[1] if who.draw.random() < 0.7 else PACES[3]
    for _ in range(6):
        who.say(who.line() + ". ")
