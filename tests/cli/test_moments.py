"""Times and lengths of time as people type them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from recorder.cli.moments import seconds, span_us
from recorder.errors import UsageError

NOW = datetime(2026, 3, 5, 15, 0, tzinfo=timezone(timedelta(hours=2)))


def _us(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1_000_000)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("typed", "expected"), [("30s", 30), ("5m", 300), ("1.5h", 5400), ("2 d", 172_800), ("1M", 60)]
)
def test_a_length_of_time_has_a_unit(typed: str, expected: float) -> None:
    assert seconds(typed) == expected


@pytest.mark.parametrize("typed", ["", "5", "m", "-5m", "0s", "5 parsecs", "9999d", "1e9s", "٥m"])
def test_anything_else_is_no_length_of_time(typed: str) -> None:
    with pytest.raises(UsageError):
        seconds(typed)


def test_a_clock_time_is_the_persons_own_and_the_latest_that_has_passed() -> None:
    assert span_us("13:00", "14:30", NOW) == (_us(2026, 3, 5, 11), _us(2026, 3, 5, 12, 30))
    assert span_us("23:30", "23:45", NOW) == (_us(2026, 3, 4, 21, 30), _us(2026, 3, 4, 21, 45))


def test_a_range_of_clock_times_may_cross_midnight() -> None:
    assert span_us("23:00", "01:00", NOW) == (_us(2026, 3, 4, 21), _us(2026, 3, 4, 23))


def test_a_range_that_has_begun_may_end_in_the_future() -> None:
    assert span_us("14:50", "23:59", NOW) == (_us(2026, 3, 5, 12, 50), _us(2026, 3, 5, 21, 59))


def test_a_date_and_a_clock_time_may_be_mixed() -> None:
    assert span_us("2026-01-02T03:00:00Z", "06:00", NOW) == (_us(2026, 1, 2, 3), _us(2026, 1, 2, 4))
    assert span_us("05:00", "2026-01-02T04:00:00Z", NOW) == (_us(2026, 1, 2, 3), _us(2026, 1, 2, 4))


def test_dates_are_utc_or_have_an_offset() -> None:
    expected = (_us(2026, 1, 2, 3), _us(2026, 1, 2, 4))

    assert span_us("2026-01-02T03:00:00Z", "2026-01-02T04:00Z", NOW) == expected
    assert span_us("2026-01-02T05:00:00+02:00", "2026-01-02 04:00+00:00", NOW) == expected


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-01-02T03:00:00", "2026-01-02T04:00:00Z"),
        ("2026-01-02T04:00:00Z", "2026-01-02T03:00:00Z"),
        ("2026-01-02T04:00:00Z", "2026-01-02T04:00:00Z"),
        ("25:00", "14:00"),
        ("yesterday", "14:00"),
    ],
)
def test_an_unclear_or_backward_range_is_refused(first: str, last: str) -> None:
    with pytest.raises(UsageError):
        span_us(first, last, NOW)
