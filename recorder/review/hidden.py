"""What was taken out of a session or never got into it, by which rule: how often and for how long, never what."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from recorder.model.redacted import EventKind
from recorder.review.held import Held
from recorder.review.words import PLACES, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOut:
    """`count` things of one category, out of `rows` places, by one rule."""

    place: str
    category: str
    rule: str
    method: str
    count: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stayed:
    """What one reason withheld of one channel: `count` stretches, `us` long together (what overlaps, counted once)."""

    reason: str
    words: str
    channel: str
    count: int
    us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """`seen`: per kind, how many came in and how many of these were withheld, by reason: the session's own books."""

    taken_out: list[TakenOut]
    withheld: list[Stayed]
    secret_entries: int
    books: dict[str, dict[str, Any]]


def hidden(held: Held) -> Hidden:
    """The most first."""
    return Hidden(
        taken_out=_taken_out(held),
        withheld=_withheld(held),
        secret_entries=int(held.events.of(EventKind.SECRET_ENTRY).sum()),
        books={
            kind: {"seen": tally.seen, "stored": tally.stored, "withheld": dict(tally.withheld or {})}
            for kind, tally in sorted(held.reader.counters.items())
        },
    )


def _taken_out(held: Held) -> list[TakenOut]:
    keys = ["target", "field", "category", "detector", "method"]
    sums = held.redactions.group_by(keys).aggregate([("count", "sum"), ("count", "count")])
    found = [
        TakenOut(
            place=PLACES.get(f"{row['target']}.{row['field']}", f"{row['target']}: {row['field']}"),
            category=row["category"],
            rule=row["detector"],
            method=row["method"],
            count=row["count_sum"],
            rows=row["count_count"],
        )
        for row in sums.to_pylist()
    ]
    return sorted(found, key=lambda one: (-one.count, one.place, one.category, one.rule))


def _withheld(held: Held) -> list[Stayed]:
    count: Counter[tuple[str, str]] = Counter()
    length: Counter[tuple[str, str]] = Counter()
    reached: dict[tuple[str, str], int] = {}
    for gap in held.gaps:  # by channel and reason, then by time
        key = (gap.channel, gap.reason)
        count[key] += 1
        length[key] += max(0, gap.t_end_us - max(gap.t_us, reached.get(key, 0)))
        reached[key] = max(gap.t_end_us, reached.get(key, 0))
    found = [
        Stayed(reason=why, words=reason(why), channel=channel, count=times, us=length[channel, why])
        for (channel, why), times in count.items()
    ]
    return sorted(found, key=lambda one: (-one.us, one.reason, one.channel))


def redacted_frames(held: Held) -> int:
    """How many pictures have something filled."""
    return int((held.frames.n_redactions > 0).sum())
