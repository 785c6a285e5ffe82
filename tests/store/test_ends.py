""" "The last five minutes" holds whatever somebody does to the clock: at least that much goes, and mostly no more."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.store import ends
from recorder.store.ends import FAR_US, Reach, Stored, reach

S = 1_000_000
WALL_US = 1_760_000_000 * S
FIVE_MINUTES = 300 * S


@dataclass
class Machine:
    """A machine with sessions: `now` by the clock that nobody sets, and the time of day that somebody does."""

    home: Path
    boot_us: int = 1000 * S
    wall_us: int = WALL_US
    slept_us: int = 0

    def __post_init__(self) -> None:
        self.sessions: list[Stored] = []
        self.ended_at: list[int] = []
        (self.home / "sessions").mkdir(parents=True)

    def passes(self, seconds: float) -> None:
        self.boot_us += round(seconds * S)
        self.wall_us += round(seconds * S)

    def sleep(self, seconds: float) -> None:
        self.passes(seconds)
        self.slept_us += round(seconds * S)

    def set_clock(self, seconds: float) -> None:
        self.wall_us += round(seconds * S)

    def record(self, seconds: float, *, asleep: float = 0.0, killed: bool = False) -> None:
        name = f"{len(self.sessions):08x}"
        (self.home / "sessions" / name).mkdir()
        ends.began(self.home, name, self.boot_us * 1000, self.slept_us * 1000)
        started_us = self.wall_us
        self.passes(seconds)
        self.sleep(asleep)
        if not killed:
            ends.ended(self.home, name, self.boot_us * 1000)
        self.sessions.append(Stored(name, started_us, started_us + round(seconds * S)))
        self.ended_at.append(self.boot_us)

    def reach(self, length_us: int = FIVE_MINUTES, before_us: int = FAR_US) -> Reach:
        clocks = {"now_us": self.wall_us, "boot_ns": self.boot_us * 1000, "slept_ns": self.slept_us * 1000}
        return reach(self.home, self.sessions, length_us, **clocks, before_us=before_us)

    def left(self, found: Reach) -> list[int]:
        """Of each session, how many microseconds at its end stay that were recorded in the last five minutes."""
        return [self._left(number, found) for number in range(len(self.sessions))]

    def _left(self, number: int, found: Reach) -> int:
        one = self.sessions[number]
        wanted = FIVE_MINUTES - (self.boot_us - self.ended_at[number])
        first_us = max(one.started_us, one.ended_us - wanted)
        if wanted <= 0 or one.session_id in found.whole or first_us >= one.ended_us:
            return 0
        taken = min(one.ended_us, found.until_us) - max(first_us, found.since_us)
        return one.ended_us - first_us - max(0, taken)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "home")


def test_with_a_clock_that_nobody_set_exactly_the_last_minutes_go(machine: Machine) -> None:
    machine.record(600)
    machine.passes(60)

    assert machine.reach() == Reach(machine.wall_us - FIVE_MINUTES, machine.wall_us + 1, is_wider=False, whole=())


def test_an_earlier_session_of_long_ago_changes_nothing(machine: Machine) -> None:
    machine.record(600, killed=True)
    machine.passes(3600)
    machine.record(60)

    assert not machine.reach().is_wider


@pytest.mark.parametrize("jump_s", [3600, -3600, 86_400 * 400, -86_400 * 400])
def test_after_a_jump_the_last_minutes_go_all_the_same_and_it_is_said(machine: Machine, jump_s: int) -> None:
    machine.record(600)
    machine.passes(60)
    machine.set_clock(jump_s)
    found = machine.reach()

    assert machine.left(found) == [0]
    assert found.is_wider
    assert found.until_us - found.since_us < FIVE_MINUTES + abs(jump_s) * S + 10 * S


@pytest.mark.parametrize("killed", [False, True])
def test_a_sleep_within_a_session_does_not_make_its_end_older(machine: Machine, killed: bool) -> None:
    machine.record(600, asleep=7200, killed=killed)
    machine.passes(60)

    assert machine.left(machine.reach()) == [0]


def test_behind_a_recording_that_goes_on_what_no_time_can_name_goes_whole(machine: Machine) -> None:
    machine.record(600)
    machine.set_clock(-3600)
    found = machine.reach(before_us=machine.wall_us)

    assert found.whole == (machine.sessions[0].session_id,)
    assert found.until_us <= machine.wall_us


def test_after_another_start_of_the_machine_the_time_of_day_decides(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine.record(600)
    other = tmp_path / "boot_id"
    other.write_text("another\n")
    monkeypatch.setattr(ends, "BOOT_ID", other)

    assert not machine.reach().is_wider
    machine.set_clock(-3600)  # the session lies in the future
    assert machine.left(machine.reach()) == [0]


def test_sessions_that_are_gone_are_not_kept_in_mind(machine: Machine) -> None:
    machine.record(10)
    machine.record(10)
    (machine.home / "sessions" / machine.sessions[0].session_id).rmdir()
    machine.record(10)
    kept = json.loads((machine.home / "run" / "ends.json").read_text())

    assert list(kept["times"]) == [one.session_id for one in machine.sessions[1:]]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"boot": 1, "times": 2}', b"\xff", b'{"boot":"x","times":{"a":1}}']
)
def test_a_file_that_makes_no_sense_is_as_good_as_none(machine: Machine, content: bytes) -> None:
    machine.record(600)
    (machine.home / "run" / "ends.json").write_bytes(content)

    assert machine.reach() == Reach(machine.wall_us - FIVE_MINUTES, machine.wall_us + 1, is_wider=False, whole=())


STEPS = st.one_of(
    st.tuples(st.just("passes"), st.floats(0, 400)),
    st.tuples(st.just("sleep"), st.floats(0, 4000)),
    st.tuples(st.just("set_clock"), st.floats(-4000, 4000)),
    st.tuples(st.just("record"), st.floats(1, 700)),
)


@given(st.lists(STEPS, max_size=6), st.booleans(), st.floats(0, 400), st.lists(STEPS, max_size=2))
def test_whatever_happens_nothing_of_the_last_minutes_stays(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[tuple[str, float]],
    is_killed: bool,
    asleep: float,
    after: list[tuple[str, float]],
) -> None:
    machine = Machine(tmp_path_factory.mktemp("machine") / "home")
    for name, seconds in before:
        getattr(machine, name)(seconds)
    machine.record(400, killed=is_killed, asleep=asleep)
    for name, seconds in after:
        getattr(machine, name)(seconds)

    assert set(machine.left(machine.reach())) == {0}
