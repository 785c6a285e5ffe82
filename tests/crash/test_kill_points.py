"""Killed at any moment: 0 corrupt, at most a second lost, nothing that was deleted comes back, exports whole or absent.

`make test` takes a share of the moments that `make soak` takes all of; which share changes with the seed.
"""

import random
from pathlib import Path

import pytest

from recorder.store.steps import Step
from tests.crash.harness import Runner, runner, some
from tests.crash.scenarios import ALL

NAMES = [scenario.name for scenario in ALL]
SHARE = 5
MOMENTS = 25


def told(steps: Runner, order: dict[str, object], answer: dict[str, object]) -> str:
    """Where it was, for the person who has to find out why."""
    at = order.get("at", -1)
    assert isinstance(at, int)
    where = steps.steps[at] if order.get("how") == "step" else steps.calls[at] if "how" in order else order
    return f"{order} at {where}: {answer['problems']}"


def survived(cut: Runner, orders: list[dict[str, object]]) -> list[str]:
    answers = [(order, cut.ask(order)) for order in orders]
    return [told(cut, order, answer) for order, answer in answers if answer["problems"]]


@pytest.mark.parametrize("name", NAMES)
def test_a_kill_at_a_share_of_all_moments_leaves_nothing_wrong(name: str, tmp_path: Path) -> None:
    chance = random.Random(f"kill {name}")
    with runner(name, tmp_path) as cut:
        assert survived(cut, some(cut.kills(), SHARE, chance) + cut.moments(1, chance)) == []


@pytest.mark.soak
@pytest.mark.parametrize("name", NAMES)
def test_a_kill_at_every_step_and_call_leaves_nothing_wrong(name: str, tmp_path: Path) -> None:
    with runner(name, tmp_path) as cut:
        orders = cut.kills() + cut.moments(MOMENTS, random.Random(name))
        assert survived(cut, orders) == []


@pytest.mark.soak
@pytest.mark.parametrize("name", NAMES)
def test_a_power_cut_at_every_step_leaves_nothing_wrong(name: str, tmp_path: Path) -> None:
    with runner(name, tmp_path) as cut:
        assert survived(cut, cut.power_cuts()) == []


@pytest.mark.soak
def test_there_are_five_hundred_moments_and_every_step_is_passed(tmp_path: Path) -> None:
    moments, passed = 0, set[str]()
    for name in NAMES:
        (tmp_path / name).mkdir()
        with runner(name, tmp_path / name) as cut:
            moments += len(cut.kills()) + len(cut.power_cuts()) + MOMENTS
            passed |= set(cut.steps)

    assert moments >= 500
    assert {str(step) for step in Step} - passed == set()
