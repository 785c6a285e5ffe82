"""What a person types for a time or a length of time in, numbers out. An unclear time is refused, never guessed."""

import re
from datetime import datetime, time, timedelta, tzinfo

from recorder.errors import UsageError

_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|m|min|h|d)", re.ASCII | re.IGNORECASE)
_SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
LONGEST_S = 366 * 86_400


def seconds(typed: str) -> float:
    """`30s`, `5m`, `1.5h`, `2d` as seconds. Raises: UsageError for anything else, zero, or more than a year."""
    found = _LENGTH.fullmatch(typed.strip())
    length = float(found[1]) * _SECONDS[found[2].lower()] if found else 0.0
    if not 0 < length <= LONGEST_S:
        raise UsageError("that is not a length of time", hint="such as 30s, 5m or 1h")
    return length


def span_us(first: str, last: str, now: datetime) -> tuple[int, int]:
    """A range as Unix microseconds. `now` has a time zone, that of clock times: the first is the latest that has
    passed, the second the next one after the first.

    Raises: UsageError for a date without a zone, or a range that ends before it begins.
    """
    start = _clock(first, now.tzinfo) or _date(first)
    end = _clock(last, now.tzinfo) or _date(last)
    begin = _before(start, now if isinstance(end, time) else end) if isinstance(start, time) else start
    finish = _after(end, begin) if isinstance(end, time) else end
    if begin >= finish:
        raise UsageError("the range ends before it begins", hint="recorder delete --between FROM TO")
    return _unix_us(begin), _unix_us(finish)


def _clock(typed: str, zone: tzinfo | None) -> time | None:
    found = _CLOCK.fullmatch(typed.strip())
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    return time(hour, minute, second, tzinfo=zone)


def _date(typed: str) -> datetime:
    try:
        moment = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise UsageError("that is not a time", hint="such as 14:30 or 2026-01-31T14:30:00Z") from None
    if moment.tzinfo is None:
        raise UsageError("a date needs its time zone", hint="put Z behind it for UTC, or your offset such as +02:00")
    return moment


def _before(clock: time, latest: datetime) -> datetime:
    moment = datetime.combine(latest.astimezone(clock.tzinfo), clock)
    return moment if moment <= latest else moment - timedelta(days=1)


def _after(clock: time, earliest: datetime) -> datetime:
    moment = datetime.combine(earliest.astimezone(clock.tzinfo), clock)
    return moment if moment > earliest else moment + timedelta(days=1)


def _unix_us(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)
