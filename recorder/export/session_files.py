"""One approved session in, its Parquet shards out."""

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from recorder.export.leaving import (
    Tables,
    columns,
    exported_id,
    frame_numbers,
    leaving,
    renumber,
    with_origin,
)
from recorder.export.place import Place
from recorder.export.reader import Picture, Reader
from recorder.export.report import Report
from recorder.export.shards import IMAGE, IMAGE_GROUP_ROWS, Shards, image_metadata
from recorder.export.steps import derive
from recorder.format.schema import arrow_schema
from recorder.model.consent import Category
from recorder.model.geometry import Rect
from recorder.model.session import SessionStart
from recorder.model.tables import SCHEMA_VERSION, STORED

NAMES = ("steps", "frames", "events", "contexts", "redactions", "sessions")
Progress = Callable[[int, int], None]  # pictures done, pictures in all

_FIRST = [pa.field("session_id", pa.string())]
_LAST = [
    pa.field("consent_id", pa.string()),
    pa.field("consent_revision", pa.int32()),
    pa.field("purpose", pa.string()),
]


def schemas(categories: frozenset[Category]) -> dict[str, pa.Schema]:
    """The exported schema of each table: no category, no column; the session in front, the consent behind."""
    return {name: _schema(name, categories) for name in NAMES}


class SessionFiles:
    """Writes one session. `schema` is that of the whole export: it may have columns that this session stays without."""

    def __init__(self, place: Place, reader: Reader, categories: frozenset[Category], schema: Mapping[str, pa.Schema]):
        self._place, self._reader, self._categories, self._schema = place, reader, categories, schema
        self._rows: dict[str, int] = {}

    def write(self, report: Report, progress: Progress) -> Mapping[str, int]:
        """All tables, pictures last; how many rows of each there are. What is written is also counted in `report`."""
        stored = Tables(**{name: self._reader.table(name, _wanted(name)) for name in STORED})
        kept = leaving(stored, self._categories)
        tables, steps = renumber(kept, derive(kept.events, kept.contexts, kept.frames))
        report.add(events=tables.events, redactions=tables.redactions, frames=tables.frames.num_rows)
        small = {"steps": steps, "events": tables.events, "contexts": tables.contexts, "redactions": tables.redactions}
        for name, table in (small | {"sessions": _session(self._reader.start, tables)}).items():
            self._write_table(name, table)
        self._write_pictures(tables.frames, frame_numbers(kept.frames), progress)
        return self._rows

    def _write_table(self, name: str, table: pa.Table) -> None:
        shards = self._shards(name)
        shards.write(_shaped(with_origin(table, self._reader.start), self._schema[name]))
        self._close(name, shards)

    def _write_pictures(self, frames: pa.Table, numbers: Mapping[int, int], progress: Progress) -> None:
        """Pictures one after the other, a row group at a time: memory holds at most one group of encoded ones."""
        shards = self._shards("frames")
        group: dict[int, bytes] = {}
        for done, picture in enumerate(self._pictures(numbers), start=1):
            group[numbers[picture.frame_id]] = webp(picture.image())
            progress(done, frames.num_rows)
            if len(group) == IMAGE_GROUP_ROWS:
                self._write_group(shards, frames, group)
                group = {}
        self._write_group(shards, frames, group)
        self._close("frames", shards)

    def _pictures(self, numbers: Mapping[int, int]) -> Iterator[Picture]:
        if numbers:
            yield from (picture for picture in self._reader.frames() if picture.frame_id in numbers)

    def _write_group(self, shards: Shards, frames: pa.Table, group: Mapping[int, bytes]) -> None:
        if not group:
            return
        rows = frames.filter(pc.is_in(frames["frame_id"], value_set=pa.array(group, frames["frame_id"].type)))
        images = [{"bytes": group[number], "path": f"{number:08d}.webp"} for number in rows["frame_id"].to_pylist()]
        rows = rows.append_column("image", pa.array(images, IMAGE))
        rows = _shaped(with_origin(rows, self._reader.start), self._schema["frames"])
        shards.write(rows, group_rows=IMAGE_GROUP_ROWS)

    def _shards(self, name: str) -> Shards:
        return Shards(self._place, f"data/{exported_id(self._reader.start.session_id)}-{name}", self._schema[name])

    def _close(self, name: str, shards: Shards) -> None:
        shards.close()
        self._rows[name] = shards.rows


def webp(picture: Image.Image) -> bytes:
    """Lossless WebP of mode RGB without metadata; nothing follows the picture's end."""
    with BytesIO() as encoded:
        picture.convert("RGB").save(encoded, "WEBP", lossless=True, quality=100, method=0)
        return encoded.getvalue()


def _wanted(name: str) -> list[str]:
    """Stored columns to read: never the pictures, they are read one by one."""
    return [column for column in arrow_schema(name).names if column != "image"]


def _schema(name: str, categories: frozenset[Category]) -> pa.Schema:
    names = columns(name, categories)
    fields = [field.with_nullable(True) for field in arrow_schema(name, names)]
    fields = [field for field in fields if field.name not in ("session_id", "consent_id")]
    if name == "frames" and fields:
        fields.append(pa.field("image", IMAGE))
    metadata = image_metadata("image") if name == "frames" else None
    return pa.schema([*_FIRST, *fields, *_LAST], metadata=metadata)


def _shaped(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of `schema`; those that the table lacks are empty."""
    have = set(table.column_names)
    return pa.table(
        [table[f.name].cast(f.type) if f.name in have else pa.nulls(table.num_rows, f.type) for f in schema],
        schema=schema,
    )


def _session(start: SessionStart, tables: Tables) -> pa.Table:
    """The one row of the sessions table, without calendar time and without the books: they would count deletions."""
    screens = [{"index": s.index, **_rect(s.rect), "scale": s.scale} for s in start.screens]
    row = {
        "schema_version": SCHEMA_VERSION,
        "consent_sha256": start.consent_sha256,
        "duration_us": _last_us(tables),
        "os_family": start.os_family,
        "screens": screens,
        "task": start.task,
        "task_outcome": None,
        "recorder_version": start.recorder_version,
    }
    return pa.Table.from_pylist([row], schema=arrow_schema("sessions", list(row)))


def _rect(rect: Rect) -> dict[str, int]:
    return {"x": rect.x, "y": rect.y, "width": rect.width, "height": rect.height}


def _last_us(tables: Tables) -> int:
    """The latest time that any row names."""
    ends = [pc.max(table[name]).as_py() for table in (tables.events, tables.frames) for name in ("t_us", "t_end_us")]
    return max((end for end in ends if end is not None), default=0)
