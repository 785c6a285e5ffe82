"""One picture of a session by its number: few segments are looked into, and neighbours are unpacked together.

Pictures are packed twenty at a time, because successive ones share most of their bytes. What was unpacked last is kept,
in memory alone and bounded by bytes. Any thread may ask.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from recorder.errors import DamagedError
from recorder.format import parquet
from recorder.format.manifest import FileEntry, SegmentEntry
from recorder.format.names import SegmentName
from recorder.store import cut, showing
from recorder.store.overlay import Overlay

KEPT_BYTES = 4 * 1024 * 1024

Bounds = tuple[int, int] | None


class Source(Protocol):
    """What opens a session's segments."""

    def frame_bounds(self, entry: SegmentEntry) -> Bounds:
        """The ids of the pictures in a segment, by its own word. Raises: DamagedError."""
        ...

    def open_table(self, entry: SegmentEntry, file: FileEntry) -> tuple[pq.ParquetFile, SegmentName]:
        """Raises: DamagedError."""
        ...


class Place(NamedTuple):
    """Where a picture is: a row of a row group of a file. `hidden`: it is staged for deletion."""

    entry: SegmentEntry
    file: FileEntry
    group: int
    row: int
    hidden: bool


class Pictures:
    """Of one session as its manifest and `overlay` say."""

    def __init__(self, segments: Sequence[SegmentEntry], overlay: Overlay, *, kept_bytes: int = KEPT_BYTES) -> None:
        self._files = [(entry, file) for entry in segments for file in entry.files if file.table == "frames"]
        self._overlay, self._limit = overlay, kept_bytes
        self._places: dict[int, Place] = {}
        self._looked: set[str] = set()
        self._kept: OrderedDict[tuple[str, int], pa.ChunkedArray] = OrderedDict()
        self._lock = threading.RLock()

    @property
    def kept_bytes(self) -> int:
        return sum(group.nbytes for group in self._kept.values())

    def encoded(self, frame_id: int, source: Source) -> bytes | None:
        """As it is stored, with what is staged to be filled filled; None: there is none (any more).

        Raises: DamagedError when it can't be read, or may be where nothing can be.
        """
        with self._lock:
            place = self._places.get(frame_id) or self._find(frame_id, source)
            if place is None or place.hidden:
                return None
            picture = self._group(place, source)[place.row].as_py()
            return showing.filled(self._overlay, place.entry.segment, frame_id, bytes(picture["bytes"]))

    def _find(self, frame_id: int, source: Source) -> Place | None:
        damage: DamagedError | None = None
        for at in self._candidates(frame_id, source):
            entry, file = self._files[at]
            try:
                bounds = source.frame_bounds(entry)
                if bounds is not None and bounds[0] <= frame_id <= bounds[1]:
                    self._look_into(entry, file, source)
            except DamagedError as error:
                damage = damage or error
            if frame_id in self._places:
                return self._places[frame_id]
        if damage is not None:
            raise damage
        return None

    def _candidates(self, frame_id: int, source: Source) -> Iterator[int]:
        """Where it is if numbers grow from segment to segment, as they do; then everywhere else."""
        likely = self._likely(frame_id, source)
        if likely is not None:
            yield likely
        yield from range(len(self._files))

    def _likely(self, frame_id: int, source: Source) -> int | None:
        low, high = 0, len(self._files)
        while low < high:
            middle = (low + high) // 2
            at, bounds = self._next_bounds(middle, high, source)
            if bounds is None or frame_id < bounds[0]:
                high = middle
            elif frame_id > bounds[1]:
                low = at + 1
            else:
                return at
        return None

    def _next_bounds(self, at: int, end: int, source: Source) -> tuple[int, Bounds]:
        """Of the first segment from `at` on that has pictures and can be opened."""
        while at < end:
            try:
                bounds = source.frame_bounds(self._files[at][0])
            except DamagedError:
                bounds = None
            if bounds is not None:
                return at, bounds
            at += 1
        return at, None

    def _look_into(self, entry: SegmentEntry, file: FileEntry, source: Source) -> None:
        if file.name in self._looked:
            return
        opened, name = source.open_table(entry, file)
        at = 0
        rows = parquet.read(opened, name, cut.COLUMNS["frames"])
        hidden = showing.hidden_frames(self._overlay, rows) if entry.segment in self._overlay.left else frozenset()
        ids, pictures = rows["frame_id"].to_pylist(), rows["sha256"].is_valid().to_pylist()
        for group in range(opened.num_row_groups):
            for row in range(opened.metadata.row_group(group).num_rows):
                if pictures[at]:
                    self._places[ids[at]] = Place(entry, file, group, row, ids[at] in hidden)
                at += 1
        self._looked.add(file.name)

    def _group(self, place: Place, source: Source) -> pa.ChunkedArray:
        key = (place.file.name, place.group)
        if key not in self._kept:
            opened, name = source.open_table(place.entry, place.file)
            self._kept[key] = parquet.read(opened, name, ["image"], [place.group])["image"]
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and self.kept_bytes > self._limit:
            self._kept.popitem(last=False)
        return self._kept[key]
