"""Exported tables in, the redaction report out: how much was taken out or not recorded, by which rule; never what.

Every channel counts: pictures, titles, addresses, typed text and names of elements by their redaction rows, streams by
their gaps, secrets by their entries. No figure may describe one secret: how long somebody was in secret fields is told
on a grid that is coarser than any password is long.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recorder.model.redacted import EventKind, GapReason
from recorder.model.tables import PLACES

RedactionKey = tuple[str, str, str, str]  # detector, category, channel, method
GapKey = tuple[str, str]  # channel, reason
SECRET_GRID_S = 30
# What a reader of the report calls the columns that something is taken out of. A test holds this complete.
CHANNELS = PLACES


@dataclass(slots=True)
class Report:
    """Counts over all exported sessions; `add` takes one session's tables as they leave."""

    sessions: int = 0
    frames: int = 0
    events: Counter[str] = field(default_factory=Counter)
    redactions: Counter[RedactionKey] = field(default_factory=Counter)
    gap_count: Counter[GapKey] = field(default_factory=Counter)
    gap_us: Counter[GapKey] = field(default_factory=Counter)

    def add(self, *, events: pa.Table, redactions: pa.Table, frames: int) -> None:
        """Count one session. `events` and `redactions` have the exported columns."""
        self.sessions += 1
        self.frames += frames
        self.events.update(events["kind"].to_pylist())
        self._add_gaps(events.filter(pc.equal(events["kind"], EventKind.GAP.value)))
        for row in redactions.to_pylist():
            channel = f"{row['target']}.{row['field']}"
            key = (row["detector"], row["category"], channel, row["method"])
            self.redactions[key] += row["count"]

    def _add_gaps(self, gaps: pa.Table) -> None:
        columns = (gaps[name].to_pylist() for name in ("channel", "reason", "t_us", "t_end_us"))
        for channel, reason, start, end in zip(*columns, strict=True):
            key = (channel or "all", reason or "unknown")
            self.gap_count[key] += 1
            self.gap_us[key] += max(0, (end or start) - start)

    @property
    def secret_entries(self) -> int:
        """Visits to fields that take a secret: all that is kept of them."""
        return self.events[EventKind.SECRET_ENTRY.value]

    def left_out_s(self, channel: str, reason: str) -> float:
        """Seconds that the gaps of a channel and reason cover together; those of secrets rounded up to the grid."""
        left_out_us = self.gap_us[channel, reason]
        if reason == GapReason.SECRET_INPUT:
            return float(math.ceil(left_out_us / 1_000_000 / SECRET_GRID_S) * SECRET_GRID_S)
        return seconds(left_out_us)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values, in a fixed order. Seconds have one decimal."""
        return {
            "format": "recorder-redaction-report/1",
            "sessions": self.sessions,
            "frames": self.frames,
            "events": dict(sorted(self.events.items())),
            "taken_out": [
                {"rule": rule, "category": category, "channel": channel, "method": method, "count": count}
                for (rule, category, channel, method), count in sorted(self.redactions.items())
            ],
            "not_recorded": [
                {"channel": channel, "reason": reason, "times": times, "seconds": self.left_out_s(channel, reason)}
                for (channel, reason), times in sorted(self.gap_count.items())
            ],
            "secret_entries": self.secret_entries,
        }


def seconds(duration_us: int) -> float:
    """Microseconds as seconds with one decimal."""
    return round(duration_us / 1_000_000, 1)


def largest_first(rows: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """Bars for a chart, largest first, then by name."""
    return sorted(rows, key=lambda row: (-row[1], row[0]))
