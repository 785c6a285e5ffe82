"""What a brush does to the tables of a segment: which rows it changes, and the changed rows. Pure: tables in and out.

A picture is decoded, filled and encoded anew, so that nothing of the old one is left in it. What was done already, by
an earlier brush or before a crash, is not done or counted again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from recorder.format import image
from recorder.model.geometry import Rect
from recorder.model.redacted import KeyClass, RedactionMethod
from recorder.store.brushed import Brushed, Note, Notes, boxes_of
from recorder.store.rows import Tables

GREY = 128  # what the guard fills with, too: `guard.pixels.GREY`
DETECTOR, CATEGORY = "person", "brushed"
UNTOLD_SHA256 = "0" * 64  # of a picture that is filled only when it is looked at
TITLES = ("window_title", "url_host", "url_path")
SPELT = [one.value for one in (KeyClass.LETTER, KeyClass.DIGIT, KeyClass.SPACE, KeyClass.PUNCTUATION)]
# All that has to be read to know what a brush changes; the pictures themselves are not among it.
COLUMNS = {
    "events": ["seq", "t_us", "kind", "run", "text", "char", "key_class", "target_name"],
    "frames": ["frame_id", "t_us", "width", "height", "sha256"],
    "contexts": ["context_id", "t_us", *TITLES],
    "redactions": ["t_us", "target", "ref_id", "field", "rect", "detector"],
}
# And to show one table without it.
SHOWN = {"events": ["seq", "run"], "frames": ["frame_id"], "contexts": ["context_id"], "redactions": []}


def notes_of(brushed: Iterable[Brushed], tables: Tables) -> Notes:
    """What is still to be done in a segment. `tables` need `COLUMNS`, as far as they were granted."""
    found: dict[Note, None] = {}
    done = _done(tables)
    for one in brushed:
        pictures = _frame_notes(one, tables)
        notes = (*pictures, *_name_notes(one, tables), *_run_notes(one, tables), *_title_notes(one, tables))
        found |= dict.fromkeys(note for note in notes if (note.ref_id, note.rect) not in done)
    return tuple(found)


def emptied(notes: Iterable[Note]) -> set[Note]:
    """The texts that go, each once: a run or a context that goes on in the next segment is one."""
    texts = (note for note in notes if note.table != "frames")
    return {note if note.seq is not None else _of_all_segments(note) for note in texts}


def counts(notes: Iterable[Note]) -> Counter[str]:
    """How many pictures are filled and how many texts are emptied; nothing for nothing."""
    told = list(notes)
    found = {"brushed": len(boxes_of(told)), "texts": len(emptied(told))}
    return Counter({name: count for name, count in found.items() if count})


def _of_all_segments(note: Note) -> Note:
    return note._replace(t_us=0, field="text" if note.table == "events" else note.field)


def left_of(brushed: Iterable[Brushed], notes: Notes, table: str, rows: pa.Table) -> pa.Table:
    """One table of a segment as it is left. `rows` need `SHOWN`, as far as they were granted."""
    if table == "redactions":
        return with_notes(rows, notes)
    if table == "frames":
        return filled(rows, notes)
    for one in brushed:
        rows = _without_text(one, rows) if table == "events" else _without_titles(one, rows)
    return rows


def painted(brushed: Iterable[Brushed], notes: Notes, tables: Tables, redactions: pa.Schema) -> Tables:
    """All tables of a segment as they are left. `redactions`: that table's schema, for where there is none yet."""
    several = tuple(brushed)
    if not notes:
        return tables
    found = {"redactions": redactions.empty_table()} | tables
    return {name: left_of(several, notes, name, rows) for name, rows in found.items()}


def with_notes(rows: pa.Table, notes: Iterable[Note]) -> pa.Table:
    """The redactions with rows behind them that say what a person took out; never what it was."""
    added = [_row(note, rows.schema.names) for note in notes]
    if not added:
        return rows
    return pa.concat_tables([rows, pa.Table.from_pylist(added, schema=rows.schema)]).combine_chunks()


def filled(rows: pa.Table, notes: Iterable[Note]) -> pa.Table:
    """Frames with their boxes filled. Where the pictures were not read, their hashes are not told."""
    boxes = boxes_of(notes)
    ids = rows["frame_id"].to_pylist() if boxes else []
    touched = [number for number, frame_id in enumerate(ids) if frame_id in boxes]
    if not touched:
        return rows
    if "n_redactions" in rows.column_names:
        counts = rows["n_redactions"].to_pylist()
        for number in touched:
            counts[number] += len(boxes[ids[number]])
        rows = _with(rows, "n_redactions", counts)
    if "image" in rows.column_names:
        return _with_pictures(rows, {number: boxes[ids[number]] for number in touched})
    if "sha256" in rows.column_names:
        hashes = rows["sha256"].to_pylist()
        for number in touched:
            hashes[number] = None if hashes[number] is None else UNTOLD_SHA256
        rows = _with(rows, "sha256", hashes)
    return rows


def fill(picture: Image.Image, boxes: Iterable[Rect]) -> Image.Image:
    """The picture with the boxes (in its own pixels; what lies outside it is nothing) filled solidly."""
    pixels = np.array(picture.convert("RGB"))
    for box in boxes:
        pixels[max(0, box.y) : max(0, box.bottom), max(0, box.x) : max(0, box.right)] = GREY
    return Image.fromarray(pixels)


def refill(data: bytes, boxes: Iterable[Rect]) -> image.Encoded:
    """An encoded picture decoded, filled, and encoded anew: only pixels are carried over. Raises: DamagedError."""
    picture = fill(image.decode(data), boxes)
    return image.encode(picture.tobytes(), picture.width, picture.height)


# What is to be done


def _done(tables: Tables) -> set[tuple[int | None, Rect]]:
    """Pictures and the boxes that a person filled in them already."""
    rows = tables.get("redactions")
    if rows is None or "rect" not in rows.column_names:
        return set()
    mine = rows.filter(pc.and_(pc.equal(rows["detector"], DETECTOR), pc.is_valid(rows["rect"])))
    return {(one["ref_id"], Rect(**one["rect"])) for one in mine.select(["ref_id", "rect"]).to_pylist()}


def _frame_notes(one: Brushed, tables: Tables) -> Iterator[Note]:
    if not one.frames or "frames" not in tables:
        return
    rows = tables["frames"]
    rows = rows.filter(pc.and_(_in(rows, "frame_id", one.frames), pc.is_valid(rows["sha256"])))
    origin = (one.screen.x, one.screen.y)
    for row in rows.select(["frame_id", "t_us", "width", "height"]).to_pylist():
        rect = one.inside(row["width"], row["height"])
        if rect is not None:
            yield Note("frames", "image", row["t_us"], row["frame_id"], rect, origin)


def _name_notes(one: Brushed, tables: Tables) -> Iterator[Note]:
    rows = tables.get("events")
    if rows is None or not one.names or "target_name" not in rows.column_names:
        return
    named = rows.filter(pc.and_(_in(rows, "seq", one.names), pc.is_valid(rows["target_name"])))
    runs = named["run"].to_pylist() if "run" in named.column_names else [None] * named.num_rows
    for seq, t_us, run in zip(named["seq"].to_pylist(), named["t_us"].to_pylist(), runs, strict=True):
        yield Note("events", "target_name", t_us, run, seq=seq)


def _run_notes(one: Brushed, tables: Tables) -> Iterator[Note]:
    """One a run, by the column that says most."""
    rows = tables.get("events")
    if rows is None or not one.runs or "run" not in rows.column_names:
        return
    typed = rows.filter(_in(rows, "run", one.runs))
    told: dict[int, Note] = {}
    for field in ("text", "char", "key_class"):
        if field in typed.column_names:
            says = _in(typed, field, SPELT) if field == "key_class" else pc.is_valid(typed[field])
            for row in typed.filter(says).select(["run", "t_us"]).to_pylist():
                told.setdefault(row["run"], Note("events", field, row["t_us"], row["run"]))
    yield from told.values()


def _title_notes(one: Brushed, tables: Tables) -> Iterator[Note]:
    rows = tables.get("contexts")
    if rows is None or not one.titles:
        return
    rows = rows.filter(_in(rows, "context_id", one.titles))
    for field in TITLES:
        if field in rows.column_names:
            for row in rows.filter(pc.is_valid(rows[field])).select(["context_id", "t_us"]).to_pylist():
                yield Note("contexts", field, row["t_us"], row["context_id"])


# What is left


def _without_text(one: Brushed, rows: pa.Table) -> pa.Table:
    if "run" in rows.column_names and one.runs:
        typed = _in(rows, "run", one.runs)
        rows = _emptied(_emptied(rows, "text", typed), "char", typed)
        if "key_class" in rows.column_names:
            spelt = pc.and_(typed, _in(rows, "key_class", SPELT))
            rows = _replaced(rows, "key_class", spelt, KeyClass.MASKED.value)
    return _emptied(rows, "target_name", _in(rows, "seq", one.names)) if one.names else rows


def _without_titles(one: Brushed, rows: pa.Table) -> pa.Table:
    if one.titles:
        mine = _in(rows, "context_id", one.titles)
        for field in TITLES:
            rows = _emptied(rows, field, mine)
    return rows


def _with_pictures(rows: pa.Table, boxes: Mapping[int, list[Rect]]) -> pa.Table:
    """`boxes`: by row number."""
    pictures = rows["image"].to_pylist()
    changed = {name: rows[name].to_pylist() for name in ("sha256", "codec") if name in rows.column_names}
    for number, places in boxes.items():
        if pictures[number] is None:
            continue  # it continues a picture of another segment
        made = refill(pictures[number]["bytes"], places)
        stem = pictures[number]["path"].rpartition(".")[0]
        pictures[number] = {"bytes": made.data, "path": f"{stem}.{made.codec}"}
        for name, value in (("sha256", made.sha256), ("codec", made.codec.value)):
            if name in changed:
                changed[name][number] = value
    for name, values in (changed | {"image": pictures}).items():
        rows = _with(rows, name, values)
    return rows


def _row(note: Note, names: Iterable[str]) -> dict[str, Any]:
    solid = note.table == "frames"
    row = {
        "t_us": note.t_us,
        "target": note.table,
        "ref_id": note.ref_id,
        "field": note.field,
        "rect": None if note.rect is None else asdict(note.rect),
        "category": CATEGORY,
        "detector": DETECTOR,
        "method": (RedactionMethod.SOLID if solid else RedactionMethod.DROP).value,
        "count": 1,
    }
    return {name: row[name] for name in names}


def _in(rows: pa.Table, name: str, wanted: Iterable[Any]) -> pa.ChunkedArray:
    column = rows[name]
    return pc.is_in(column, value_set=pa.array(list(wanted), column.type))


def _emptied(rows: pa.Table, name: str, where: pa.ChunkedArray) -> pa.Table:
    return _replaced(rows, name, where, None) if name in rows.column_names else rows


def _replaced(rows: pa.Table, name: str, where: pa.ChunkedArray, value: str | None) -> pa.Table:
    field = rows.schema.field(name)
    column = pc.if_else(where, pa.scalar(value, field.type), rows[name])
    return rows.set_column(rows.schema.get_field_index(name), field, column)


def _with(rows: pa.Table, name: str, values: list[Any]) -> pa.Table:
    field = rows.schema.field(name)
    return rows.set_column(rows.schema.get_field_index(name), field, pa.array(values, field.type))
