"""What of a session its owner has really looked at: pictures that were shown long enough, rows that were scrolled past.

It says how far a review has come, never what may leave: an approval is about bytes, whoever looked at them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from recorder.errors import DamagedError
from recorder.review.columns import numbers_of
from recorder.review.held import Held
from recorder.store import seen
from recorder.store.numbers import Numbers
from recorder.store.seen import Seen, both
from recorder.store.segment import read_manifest
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault

LOOKED_MS = 400  # a picture that was on the page for less was not looked at: what is passed over in fast play is not


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
    """What a session shows that can be looked at. Damage is left out: what can't be shown can't be approved."""

    def __init__(self, held: Held) -> None:
        self.held = held

    @cached_property
    def all(self) -> Seen:
        return Seen(numbers_of([self.held.frames.frame_id]), self.held.events.seqs)

    def coverage(self) -> Coverage:
        looked = self.held.reader.seen() & self.all
        frames = self.held.frames
        places = (one.tolist() for one in (frames.frame_id, frames.t_us, frames.t_end_us, frames.screen))
        pictures = tuple(
            Picture(frame_id=frame_id, t_us=t_us, t_end_us=t_end_us, screen=screen, looked=frame_id in looked.frames)
            for frame_id, t_us, t_end_us, screen in zip(*places, strict=True)
        )
        return Coverage(
            frames=Part(len(looked.frames), len(self.all.frames)),
            events=Part(len(looked.events), len(self.all.events)),
            texts=Part(len(both(looked.events, self._texts)), len(self._texts)),
            pictures=pictures,
        )

    @cached_property
    def _worded(self) -> pa.Table:
        """Events that hold words."""
        rare = self.held.rare
        return rare.filter(pc.and_(pc.is_valid(rare["seq"]), _has_words(rare)))

    @cached_property
    def _texts(self) -> Numbers:
        return numbers_of([self._worded["seq"].to_numpy()])

    def holding(self, column: str, t_us: int) -> Numbers:
        """Events that hold the same words in this column as those of a time do: one line of a list stands for all."""
        rows = self._worded
        texts = rows.filter(pc.equal(rows["t_us"], t_us))[column].drop_null().unique()
        same = pc.is_in(rows[column], value_set=texts.cast(pa.string()))
        return numbers_of([rows.filter(pc.and_(same, pc.is_valid(rows[column])))["seq"].to_numpy()])


def look(unlocked: UnlockedVault, there: There, new: Seen) -> bool:
    """Keep that these were looked at; what the session does not show is left out. Whether anything was new.

    A session that was rewritten meanwhile is left as it is: the numbers may not mean the same any more.
    """
    reader = there.held.reader
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


def _has_words(rows: pa.Table) -> pa.ChunkedArray:
    return pc.or_(*(pc.fill_null(pc.greater(pc.utf8_length(rows[name]), 0), False) for name in ("text", "target_name")))
