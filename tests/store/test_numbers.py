"""Sets of numbers as runs are sets."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.store.numbers import NONE, Numbers

SETS = st.frozensets(st.integers(-3, 40), max_size=25)


@given(SETS, SETS, st.integers(-5, 45))
def test_runs_are_the_set_that_they_are_made_of(some: frozenset[int], others: frozenset[int], one: int) -> None:
    made = Numbers(some)

    assert set(made) == some
    assert list(made) == sorted(some)
    assert made == some == made
    assert (len(made), bool(made), one in made) == (len(some), bool(some), one in some)
    assert Numbers.union([made, others, NONE]) == some | others == made | others
    assert (made == Numbers(others)) == (some == others)
    assert hash(made) == hash(Numbers(list(some)))


@given(SETS)
def test_what_is_kept_comes_back_as_it_was(some: frozenset[int]) -> None:
    made = Numbers(some)

    assert Numbers.of_steps(json.loads(json.dumps(made.steps()))) == made
    assert Numbers.of_edges(made.edges) == made


@pytest.mark.parametrize("steps", [[1], [5, -1], [1, 1, 1, 1], [1, 1, -4, 1], [1, 1, 0, 0]])
def test_what_is_no_run_or_out_of_order_is_refused(steps: list[int]) -> None:
    with pytest.raises(ValueError, match=r"runs? of numbers"):
        Numbers.of_steps(steps)


def test_a_million_neighbours_take_no_more_room_than_two() -> None:
    assert len(Numbers(range(1_000_000)).edges) == 2
    assert len(json.dumps(Numbers.union([range(500_000), Numbers(range(500_000, 10**6))]).steps())) < 20  # type: ignore[list-item]
