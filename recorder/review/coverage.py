"""What of a session its owner has really looked at: pictures that were shown long enough, rows that were scrolled past.

It says how far a review has come, never what may leave: an approval is about bytes, whoever looked at them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recorder.errors import DamagedError
from recorder.store import seen
from recorder.store.numbers import Numbers
from recorder.store.seen import Seen, both
from recorder.store.segment import read_manifest
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault

LOOKED_MS = 400  # a picture that was on the page for less was not looked at: what is passed over in fast play is not
_FRAMES = ["frame_id", "t_us", "t_end_us", "screen"]


class Part(NamedTuple):
    """How many there are of a kind, and how many of them were looked at."""

    looked: int
    there: int

    @property
    def whole(self) -> bool:
        return self.looked == self.there


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture of a session, and whether it was looked at."""

    frame_id: int
    t_us: int
    t_end_us: int
    screen: int
    looked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How far the review of one session has come. `texts`: events that hold words; `pictures` by time."""

    frames: Part
    events: Part
    texts: Part
    pictures: tuple[Picture, ...]

    @property
    def unseen(self) -> tuple[int, ...]:
        """Pictures that nobody looked at, by time."""
        return tuple(one.frame_id for one in self.pictures if not one.looked)

    @property
    def complete(self) -> bool:
        """Every picture and every text was looked at. Rows without words (a pointer that moved) need no eye."""
        return self.frames.whole and self.texts.whole


class There:
    """What a session shows that can be looked at: read once, and held while somebody looks. Damage is left out: what
    can't be shown can't be approved."""

    def __init__(self, reader: SessionReader) -> None:
        self.reader = reader

    @cached_property
    def all(self) -> Seen:
        return Seen(Numbers(row["frame_id"] for row in self._rows), self._events[0])

    def coverage(self) -> Coverage:
        looked = self.reader.seen() & self.all
        pictures = tuple(Picture(looked=row["frame_id"] in looked.frames, **row) for row in self._rows)
        texts = self._events[1]
        return Coverage(
            frames=Part(len(looked.frames), len(self.all.frames)),
            events=Part(len(looked.events), len(self.all.events)),
            texts=Part(len(both(looked.events, texts)), len(texts)),
            pictures=pictures,
        )

    @cached_property
    def _rows(self) -> list[dict[str, int]]:
        table = self.reader.table("frames", _FRAMES, damaged=[])
        rows: list[dict[str, int]] = table.select(_FRAMES).to_pylist() if table.num_rows else []
        return sorted(rows, key=lambda row: (row["t_us"], row["screen"]))

    @cached_property
    def _events(self) -> tuple[Numbers, Numbers]:
        """All events, and those that hold words."""
        parts = self.reader.segments("events", ["seq"], damaged=[])
        every = [part["seq"].drop_null().to_numpy() for part in parts]
        return _numbers(every), _numbers([part["seq"].to_numpy() for part in self._worded])

    @cached_property
    def _worded(self) -> list[pa.Table]:
        parts = self.reader.segments("events", ["seq", "t_us", "text", "target_name"], damaged=[])
        return [part.filter(pc.and_(pc.is_valid(part["seq"]), _has_words(part))) for part in parts]

    def holding(self, column: str, t_us: int) -> Numbers:
        """Events that hold the same words in this column as those of a time do: one line of a list stands for all."""
        parts = [part for part in self._worded if column in part.column_names]
        here = [part.filter(pc.equal(part["t_us"], t_us))[column].drop_null() for part in parts]
        texts = pa.array({text for one in here for text in one.to_pylist()}, pa.string())
        found = [part.filter(pc.is_in(part[column], value_set=texts))["seq"].to_numpy() for part in parts]
        return _numbers(found if len(texts) else [])


def look(unlocked: UnlockedVault, there: There, new: Seen) -> bool:
    """Keep that these were looked at; what the session does not show is left out. Whether anything was new.

    A session that was rewritten meanwhile is left as it is: the numbers may not mean the same any more.
    """
    reader = there.reader
    before = reader.seen()
    now = before | (new & there.all)
    if now == before or not _is_current(reader):
        return False
    seen.save(reader.folder, reader.identity.recipient, unlocked, now)
    return True


def long_enough(shown_ms: Iterable[tuple[int, int]]) -> Numbers:
    """Of (frame_id, milliseconds on the page) the pictures that count as looked at."""
    return Numbers(frame_id for frame_id, ms in shown_ms if ms >= LOOKED_MS)


def _is_current(reader: SessionReader) -> bool:
    try:
        return read_manifest(reader.folder).key_id == reader.manifest.key_id
    except DamagedError:
        return False


def _has_words(part: pa.Table) -> pa.Array:
    found = pa.repeat(pa.scalar(False), part.num_rows)
    for name in ("text", "target_name"):
        if name in part.column_names:
            found = pc.or_(found, pc.fill_null(pc.greater(pc.utf8_length(part[name]), 0), False))
    return found


def _numbers(parts: list[npt.NDArray[np.int64]]) -> Numbers:
    """As runs, without a Python value for each: there may be a million."""
    values = np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)
    if not len(values):
        return Numbers()
    breaks = np.flatnonzero(np.diff(values) != 1)
    firsts, lasts = values[np.concatenate(([0], breaks + 1))], values[np.concatenate((breaks, [len(values) - 1]))]
    return Numbers.of_edges(np.column_stack((firsts, lasts)).ravel().tolist())
