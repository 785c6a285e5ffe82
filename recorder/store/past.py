"""What a writer still knows of the segments it has sealed and can't read: enough to destroy the right ones."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.compute as pc

from recorder.errors import DamagedError
from recorder.format.manifest import SegmentEntry
from recorder.store.books import kind_counts
from recorder.store.rows import Tables
from recorder.store.segment import row_counts, write_note
from recorder.store.taken import Cut, Range, merge

INTENT = "forget.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSegment:
    """A sealed segment. `owned`: frames whose picture is in it; `continued`: frames whose picture is in an earlier."""

    span: Range
    rows: dict[str, int]
    kinds: Counter[str]
    owned: frozenset[int]
    continued: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doomed:
    """What a `forget` destroys: rows in the ranges, whole segments, and frames by id."""

    ranges: tuple[Range, ...]
    segments: frozenset[int]
    frames: frozenset[int]

    @property
    def cut(self) -> Cut:
        return Cut(ranges=self.ranges, frames=self.frames)

    def write(self, folder: Path) -> None:
        """Times and numbers only: what recovery must finish after a crash."""
        flat = [edge for one in self.ranges for edge in one]
        write_note(folder / INTENT, {"ranges": flat, "segments": sorted(self.segments), "frames": sorted(self.frames)})


def parse_intent(folder: Path) -> Doomed | None:
    """A `forget` that a crash cut short. Raises: DamagedError."""
    try:
        fields = json.loads((folder / INTENT).read_bytes())
        edges = [int(edge) for edge in fields["ranges"]]
        ranges = tuple(zip(edges[::2], edges[1::2], strict=True))
        return Doomed(ranges=ranges, segments=frozenset(fields["segments"]), frames=frozenset(fields["frames"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise DamagedError(f"session {folder.name}: an unfinished deletion does not parse") from None


@dataclass(slots=True)
class Past:
    """Sealed segments by number."""

    segments: dict[int, PastSegment] = field(default_factory=dict)

    def add(self, entry: SegmentEntry, tables: Tables) -> None:
        rows = row_counts(tables)
        kinds = Counter(tables["events"]["kind"].to_pylist()) if "events" in tables else Counter()
        self.segments[entry.segment] = PastSegment(
            span=(entry.t_us, entry.t_end_us),
            rows=rows,
            kinds=kind_counts(kinds, rows.get("frames", 0)),
            owned=frozenset(frame_ids(tables, pictures=True)),
            continued=frozenset(frame_ids(tables, pictures=False)),
        )

    def doomed(self, span: Range, open_tables: Tables) -> Doomed:
        """Everything that must go with a range: segments that reach into it, the pictures still on the screen in it,
        the segments that hold those, and so on."""
        numbers = {n for n, one in self.segments.items() if one.span[0] < span[1] and one.span[1] >= span[0]}
        frames = _seen_in(span, open_tables)
        while True:
            frames |= {frame for n in numbers for frame in self.segments[n].owned | self.segments[n].continued}
            more = {n for n, one in self.segments.items() if one.owned & frames} | numbers
            if more == numbers:
                break
            numbers = more
        spans = merge([span, *((self.segments[n].span[0], self.segments[n].span[1] + 1) for n in numbers)])
        return Doomed(ranges=spans, segments=frozenset(numbers), frames=frozenset(frames))

    def drop(self, numbers: Iterable[int]) -> tuple[Counter[str], Counter[str]]:
        """Forget destroyed segments. Returns their rows per table and their rows per kind of the books."""
        rows: Counter[str] = Counter()
        kinds: Counter[str] = Counter()
        for number in numbers:
            gone = self.segments.pop(number)
            rows.update(gone.rows)
            kinds.update(gone.kinds)
        return rows, kinds


def frame_ids(tables: Tables, *, pictures: bool) -> list[int]:
    """Ids of the frames that have their picture here, or of those that only continue one."""
    if "frames" not in tables:
        return []
    frames = tables["frames"]
    mask = pc.is_valid(frames["image"]) if pictures else pc.is_null(frames["image"])
    ids: list[int] = frames["frame_id"].filter(mask).to_pylist()
    return ids


def _seen_in(span: Range, tables: Tables) -> set[int]:
    if "frames" not in tables:
        return set()
    frames = tables["frames"]
    reaches = pc.and_(pc.less(frames["t_us"], span[1]), pc.greater_equal(frames["t_end_us"], span[0]))
    return set(frames["frame_id"].filter(reaches).to_pylist())
