"""One stored session in, what a person wants to know about it out: plain values, ready to be printed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recorder.model.redacted import EventKind
from recorder.model.session import SessionStart
from recorder.store.session import SessionReader


@dataclass(frozen=True, slots=True, kw_only=True)
class GapSum:
    """All gaps of one channel and reason together."""

    channel: str
    reason: str
    count: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionSum:
    """How many things one rule took out of one place."""

    category: str
    channel: str
    rule: str
    method: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a text run came to, masked stretches by their kind in brackets."""

    run: int
    t_us: int
    app: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a session holds, as stored. `counters`: per kind what was seen and what became of it; the books balance."""

    start: SessionStart
    duration_us: int
    apps: tuple[str, ...]
    sites: tuple[str, ...]
    events: Mapping[str, int]
    frames: int
    counters: Mapping[str, Mapping[str, Any]]
    gaps: tuple[GapSum, ...]
    redactions: tuple[RedactionSum, ...]
    typed: tuple[Typed, ...]

    @property
    def screens(self) -> list[dict[str, Any]]:
        return [{"index": s.index, **asdict(s.rect), "scale": s.scale} for s in self.start.screens]


def summarise(reader: SessionReader) -> Summary:
    """Reads the small tables; no picture is decoded. Raises: DamagedError naming the file that does not verify."""
    columns = ["t_us", "t_end_us", "kind", "reason", "channel"]
    events, frames = reader.table("events", columns), reader.table("frames", ["frame_id"])
    return Summary(
        start=reader.start,
        duration_us=reader.duration_us,
        apps=apps(reader),
        sites=sites(reader),
        events=dict(sorted(Counter(events["kind"].to_pylist()).items())),
        frames=frames.num_rows,
        counters={kind: _books(tally) for kind, tally in reader.counters.items()},
        gaps=tuple(_gaps(events)),
        redactions=tuple(_redactions(reader)),
        typed=tuple(_typed(reader)),
    )


def apps(reader: SessionReader) -> tuple[str, ...]:
    """Every app that the session names: in front, under the pointer or visible in a picture; by name."""
    names: set[str | None] = set()
    for table in (reader.table("contexts", ["app"]), reader.table("events", ["app"])):
        if "app" in table.column_names:
            names.update(pc.unique(table["app"]).to_pylist())
    frames = reader.table("frames", ["apps"])
    if "apps" in frames.column_names:
        names.update(name for row in frames["apps"].to_pylist() for name in row or ())
    return tuple(sorted(name for name in names if name is not None))


def sites(reader: SessionReader) -> tuple[str, ...]:
    """Every site that the session names, by name; masked parts as they are stored."""
    contexts = reader.table("contexts", ["url_host"])
    names = pc.unique(contexts["url_host"]).to_pylist() if "url_host" in contexts.column_names else []
    return tuple(sorted(name for name in names if name is not None))


def event_rows(reader: SessionReader) -> Iterator[dict[str, Any]]:
    """Every row of the events table as it is stored, without the columns that are empty in it."""
    for batch in reader.table("events").to_batches(max_chunksize=4096):
        for row in batch.to_pylist():
            yield {name: value for name, value in row.items() if value is not None}


def _books(tally: Any) -> dict[str, Any]:
    return {
        "seen": tally.seen,
        "stored": tally.stored,
        "aggregated": tally.aggregated,
        "withheld": dict(sorted((tally.withheld or {}).items())),
    }


def _gaps(events: Any) -> Iterator[GapSum]:
    gaps = events.filter(pc.is_in(events["kind"], value_set=pa.array([EventKind.GAP, EventKind.PAUSE], pa.string())))
    count: Counter[tuple[str, str]] = Counter()
    length_us: Counter[tuple[str, str]] = Counter()
    for row in gaps.to_pylist():
        key = (row["channel"] or "all", row["reason"] or row["kind"])
        count[key] += 1
        length_us[key] += max(0, (row["t_end_us"] or row["t_us"]) - row["t_us"])
    for (channel, reason), times in sorted(count.items()):
        seconds = length_us[channel, reason] / 1_000_000
        yield GapSum(channel=channel, reason=reason, count=times, seconds=round(seconds, 3))


def _typed(reader: SessionReader) -> Iterator[Typed]:
    """By time. An empty text (all of it was taken away again) is none."""
    events = reader.table("events", ["t_us", "kind", "app", "run", "text"])
    if "text" not in events.column_names:
        return
    rows = events.filter(pc.is_valid(events["text"])).sort_by([("t_us", "ascending"), ("run", "ascending")])
    for row in rows.to_pylist():
        if row["text"].strip():
            yield Typed(run=row["run"], t_us=row["t_us"], app=row.get("app"), text=row["text"])


def _redactions(reader: SessionReader) -> Iterator[RedactionSum]:
    count: Counter[tuple[str, str, str, str]] = Counter()
    columns = ["target", "field", "category", "detector", "method", "count"]
    for row in reader.table("redactions", columns).to_pylist():
        count[row["category"], f"{row['target']}.{row['field']}", row["detector"], row["method"]] += row["count"]
    for (category, channel, rule, method), times in sorted(count.items()):
        yield RedactionSum(category=category, channel=channel, rule=rule, method=method, count=times)
