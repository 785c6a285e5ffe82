"""Times of rows: microseconds since the start, rounded where less is enough."""

from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.mint import Mint, ceil_to, floor_to

times = st.integers(-(10**12), 10**12)


@given(value=times, grid=st.integers(1, 10**6))
def test_rounding_goes_to_the_grid_points_around(value: int, grid: int) -> None:
    assert floor_to(value, grid) <= value <= ceil_to(value, grid)
    assert value - floor_to(value, grid) < grid > ceil_to(value, grid) - value
    assert floor_to(value, grid) % grid == ceil_to(value, grid) % grid == 0


@given(t0=times, t=times)
def test_no_time_is_before_the_start(t0: int, t: int) -> None:
    assert Mint(t0).t_us(t) == max(0, (t - t0) // 1000)
