"""A session that a person looks at: what is read of it once, and held in memory until they look at others.

Of an eight-hour session that is about twenty bytes an event, and whole rows only of what is rare. No picture.
Everything is as the reader shows it: what is staged for deletion is not there.
"""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from recorder.errors import DamagedError
from recorder.review import columns
from recorder.review.columns import Events, Frames, Gap, Numbers
from recorder.store.session import SessionReader


class Held:
    """One session. Every part is read when it is first asked for; any thread may ask. `damaged`: what could not be read
    of the parts that were asked for."""

    def __init__(self, reader: SessionReader) -> None:
        self.reader = reader
        self.damaged: list[DamagedError] = []
        self._lock = threading.RLock()

    @property
    def duration_us(self) -> int:
        return max(self.reader.duration_us, 1)

    @property
    def frames(self) -> Frames:
        with self._lock:
            return self._frames

    @property
    def contexts(self) -> pa.Table:
        """See `columns.contexts`."""
        with self._lock:
            return self._contexts

    @property
    def events(self) -> Events:
        with self._lock:
            return self._events[0]

    @property
    def rare(self) -> pa.Table:
        """See `columns.events`."""
        with self._lock:
            return self._events[1]

    @property
    def gaps(self) -> list[Gap]:
        """See `columns.gaps`."""
        with self._lock:
            return self._gaps

    @property
    def redactions(self) -> pa.Table:
        with self._lock:
            return self._redactions

    @cached_property
    def _frames(self) -> Frames:
        return columns.frames(self.reader, self.damaged, self.duration_us)

    @cached_property
    def _contexts(self) -> pa.Table:
        return columns.contexts(self.reader, self.damaged)

    @cached_property
    def _events(self) -> tuple[Events, pa.Table]:
        return columns.events(self.reader, self.damaged)

    @cached_property
    def _gaps(self) -> list[Gap]:
        return columns.gaps(self._events[1])

    @cached_property
    def _redactions(self) -> pa.Table:
        return self.reader.table("redactions", damaged=self.damaged)

    def rows(self, positions: Sequence[int]) -> list[dict[str, Any]]:
        """Whole rows of the events table, without their empty columns, by their positions in `events`. Reads the
        segments that they are in. Raises: DamagedError."""
        events = self.events
        found: dict[int, dict[str, Any]] = {}
        places: Numbers = events.place[np.asarray(positions, np.int64)].astype(np.int64)
        segments = np.searchsorted(events.starts, places, side="right") - 1
        for number in np.unique(segments).tolist():
            wanted = places[segments == number]
            entry = self.reader.manifest.segments[number]
            for part in self.reader.segments("events", among=[entry]):
                taken = part.take(pa.array(wanted - events.starts[number]))
                found |= dict(zip(wanted.tolist(), map(_filled, taken.to_pylist()), strict=True))
        return [found[place] for place in places.tolist()]


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
