"""Server milliseconds become monotonic nanoseconds: by the least delay, over the wrap, never backwards."""

from hypothesis import given
from hypothesis import strategies as st

from recorder.capture.backends.x11.clock import WINDOW_NS, ServerClock

MS = 1_000_000
WRAP_MS = 1 << 32
stamps = st.integers(0, WRAP_MS - 1)
steps = st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 50 * MS)), min_size=1, max_size=50)


@given(stamps, steps)
def test_no_event_is_placed_after_its_arrival_nor_before_an_earlier_one(
    start_ms: int, later: list[tuple[int, int]]
) -> None:
    clock, elapsed_ms, last_ns = ServerClock(), 0, 0
    for step_ms, delay_ns in later:
        elapsed_ms += step_ms
        arrival_ns = (elapsed_ms + 1_000) * MS + delay_ns
        stamp_ms = (start_ms + elapsed_ms) % WRAP_MS
        clock.arrived(stamp_ms, arrival_ns)

        t_ns = clock.to_ns(stamp_ms)
        assert last_ns <= t_ns <= max(arrival_ns, last_ns)
        last_ns = t_ns


@given(stamps, st.integers(1, 1 << 20))
def test_the_least_delay_decides(start_ms: int, apart_ms: int) -> None:
    clock = ServerClock()
    clock.arrived(start_ms, 1_000 * MS + 7 * MS)  # came 7 ms late
    clock.arrived((start_ms + apart_ms) % WRAP_MS, (1_000 + apart_ms) * MS)  # came at once

    assert clock.to_ns((start_ms + apart_ms) % WRAP_MS) == (1_000 + apart_ms) * MS


def test_a_stamp_before_the_wrap_is_older_than_one_after_it() -> None:
    clock = ServerClock()
    clock.arrived(WRAP_MS - 10, 5_000 * MS)
    clock.arrived(5, 5_015 * MS)

    assert clock.to_ns(WRAP_MS - 5) == 5_005 * MS
    assert clock.to_ns(5) == 5_015 * MS


def test_a_lucky_delay_is_forgotten_after_two_windows() -> None:
    clock = ServerClock()
    clock.arrived(0, 0)
    drift_ns, window_ms = 3 * MS, WINDOW_NS // MS + 1
    for n in range(1, 4):
        clock.arrived(n * window_ms, n * window_ms * MS + drift_ns)

    assert clock.to_ns(3 * window_ms) == 3 * window_ms * MS + drift_ns


def test_nothing_is_placed_before_the_start() -> None:
    clock = ServerClock()
    clock.arrived(10, 10 * MS)
    clock.order(12 * MS)

    assert clock.to_ns(10) == 12 * MS
