"""A box in a picture: what is in it is one colour, what is not is as it was, to the bit; and the rows that say so."""

import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from recorder.format import image
from recorder.format.schema import arrow_schema
from recorder.guard import pixels
from recorder.model.geometry import Rect
from recorder.model.tables import Codec
from recorder.store import painting
from recorder.store.brushed import Brushed, Note, as_json, boxes_of, from_json, note_as_json, note_from_json
from recorder.store.numbers import Numbers

SCREEN = Rect(100, 50, 40, 30)
RECTS = st.builds(Rect, st.integers(-60, 60), st.integers(-60, 60), st.integers(0, 90), st.integers(0, 90))


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def encoded(picture: Image.Image) -> image.Encoded:
    return image.encode(picture.tobytes(), picture.width, picture.height)


def frames(*sizes: tuple[int, int]) -> pa.Table:
    rows = []
    for number, (width, height) in enumerate(sizes):
        made = encoded(noise(width, height, number))
        row = dict.fromkeys(arrow_schema("frames").names) | {
            **{"frame_id": number, "t_us": number * 10, "t_end_us": number * 10 + 5, "screen": 0, "scale": 1.0},
            **{"width": width, "height": height, "trigger": "idle", "n_redactions": 2, "masked_px": 3},
            **{"withheld_px": 4, "sha256": made.sha256, "codec": made.codec},
            "image": {"bytes": made.data, "path": f"{number:08d}.{made.codec}"},
        }
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=arrow_schema("frames"))


def pixels_of(rows: pa.Table) -> list[np.ndarray]:
    return [np.array(image.decode(one["bytes"])) for one in rows["image"].to_pylist()]


def test_the_colour_is_the_one_that_the_guard_fills_with() -> None:
    assert painting.GREY == pixels.GREY


@settings(max_examples=200, deadline=None)
@given(rects=st.lists(RECTS, max_size=3), width=st.integers(1, 40), height=st.integers(1, 40))
def test_pixels_in_a_box_are_filled_and_all_others_are_as_they_were(rects: list[Rect], width: int, height: int) -> None:
    before = noise(width, height)

    after = np.array(image.decode(painting.refill(encoded(before).data, rects).data))

    y, x = np.mgrid[:height, :width]
    inside = np.zeros((height, width), bool)
    for rect in rects:
        inside |= (x >= rect.x) & (x < rect.right) & (y >= rect.y) & (y < rect.bottom)
    assert (after[inside] == painting.GREY).all()
    assert (after[~inside] == np.array(before)[~inside]).all()


@pytest.mark.parametrize("largest", [image.LARGEST_QOI_BYTES, 0])
def test_a_filled_picture_is_encoded_anew_and_nothing_stands_behind_its_end(
    largest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what a program hid behind the old picture's end nor a metadata chunk of it is carried over."""
    monkeypatch.setattr(image, "LARGEST_QOI_BYTES", largest)
    old = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "a thumbnail with CANARY-51c0"
    noise(64, 48).save(old, "WEBP", lossless=True, exif=exif)

    made = painting.refill(old.getvalue() + b"CANARY-51c0 behind the end", [Rect(0, 0, 64, 48)])

    assert b"CANARY" not in made.data
    assert np.unique(np.array(image.decode(made.data))).tolist() == [painting.GREY]
    if made.codec is Codec.QOI:
        assert made.data.endswith(b"\0\0\0\0\0\0\0\x01")
        assert made.data.count(b"\0\0\0\0\0\0\0\x01") == 1
        assert len(made.data) < 400  # one colour: nothing else is in it
    else:
        assert len(made.data) == int.from_bytes(made.data[4:8], "little") + 8
        assert set(Image.open(io.BytesIO(made.data)).info) <= {"loop", "background"}


@settings(max_examples=60, deadline=None)
@given(rect=RECTS)
def test_a_box_is_where_it_lies_on_the_virtual_desktop(rect: Rect) -> None:
    rect = Rect(rect.x + SCREEN.x, rect.y + SCREEN.y, rect.width, rect.height)
    one = Brushed(rect=rect, screen=SCREEN, frames=Numbers([1]))
    table = frames((40, 30), (40, 30))

    notes = painting.notes_of([one], {"frames": table})
    left = painting.filled(table, notes)

    before, after = pixels_of(table), pixels_of(left)
    assert (before[0] == after[0]).all()
    expected = np.array(
        painting.fill(noise(40, 30, 1), [Rect(rect.x - SCREEN.x, rect.y - SCREEN.y, rect.width, rect.height)])
    )
    assert (after[1] == expected).all()
    assert bool(notes) == (rect.intersect(SCREEN) is not None)


def test_the_row_of_a_filled_picture_says_what_is_in_the_file() -> None:
    table = frames((40, 30), (40, 30))
    one = Brushed(rect=Rect(100, 50, 10, 10), screen=SCREEN, frames=Numbers([0]))

    rows = painting.filled(table, painting.notes_of([one], {"frames": table})).to_pylist()

    assert rows[1] == table.to_pylist()[1]
    data = rows[0]["image"]["bytes"]
    codec = image.codec_of(data)
    assert (rows[0]["codec"], rows[0]["image"]["path"]) == (codec, f"00000000.{codec}")
    assert rows[0]["sha256"] == image.Encoded(data, codec).sha256 != table["sha256"][0].as_py()
    assert (rows[0]["n_redactions"], rows[0]["masked_px"], rows[0]["withheld_px"]) == (3, 3, 4)


def test_without_its_picture_a_filled_one_does_not_tell_the_hash_of_what_it_was() -> None:
    table = frames((40, 30))
    one = Brushed(rect=Rect(100, 50, 10, 10), screen=SCREEN, frames=Numbers([0]))

    left = painting.filled(table.drop_columns(["image"]), painting.notes_of([one], {"frames": table}))

    assert left["sha256"].to_pylist() == [painting.UNTOLD_SHA256]


def test_what_was_filled_already_is_neither_filled_nor_counted_again() -> None:
    table = frames((40, 30), (20, 20))
    one = Brushed(rect=Rect(90, 40, 30, 30), screen=SCREEN, frames=Numbers([0, 1]))
    schema = arrow_schema("redactions")
    notes = painting.notes_of([one, one], {"frames": table})

    once = painting.painted([one], notes, {"frames": table}, schema)
    again = painting.notes_of([one], once)

    assert len(notes) == 2
    assert again == ()
    assert painting.painted([one], again, once, schema) is once
    assert [row["rect"] for row in once["redactions"].to_pylist()] == [
        {"x": 100, "y": 50, "width": 20, "height": 20},
        {"x": 100, "y": 50, "width": 20, "height": 20},
    ]


def events(*rows: dict[str, object]) -> pa.Table:
    empty = dict.fromkeys(arrow_schema("events").names)
    return pa.Table.from_pylist(
        [empty | {"seq": seq, "t_us": seq} | row for seq, row in enumerate(rows)], schema=arrow_schema("events")
    )


def test_text_under_a_box_is_emptied_with_a_row_that_never_says_what_it_was() -> None:
    table = events(
        {"kind": "text_run", "run": 7, "text": "CANARY", "target_name": "CANARY"},
        {"kind": "key", "run": 7, "char": "C", "key_class": "letter", "pressed": True},
        {"kind": "key", "run": 7, "key_class": "delete", "pressed": True},
        {"kind": "text_run", "run": 8, "text": "stays"},
        {"kind": "target", "target_name": "CANARY", "target_role": "button"},
    )
    one = Brushed(rect=Rect(0, 0, 1, 1), screen=SCREEN, names=Numbers([0, 4]), runs=Numbers([7]))
    notes = painting.notes_of([one], {"events": table})

    left = painting.painted([one], notes, {"events": table}, arrow_schema("redactions"))

    rows = left["events"].to_pylist()
    assert "CANARY" not in str(left["events"].to_pylist()) + str(left["redactions"].to_pylist())
    assert [row["key_class"] for row in rows] == [None, "masked", "delete", None, None]
    assert [row["char"] for row in rows] == [None] * 5
    assert rows[3]["text"] == "stays"
    assert rows[4]["target_role"] == "button"
    told = [(row["target"], row["field"], row["ref_id"], row["method"]) for row in left["redactions"].to_pylist()]
    assert told == [
        ("events", "target_name", 7, "drop"),
        ("events", "target_name", None, "drop"),
        ("events", "text", 7, "drop"),
    ]
    assert len(painting.emptied(notes)) == 3
    assert painting.notes_of([one], left) == ()


def test_a_title_under_a_box_is_emptied_with_the_address() -> None:
    names = arrow_schema("contexts").names
    rows = [dict.fromkeys(names) | {"context_id": n, "t_us": n, "window_title": f"title {n}"} for n in (1, 2)]
    rows[0]["url_host"] = "example.org"
    for row in rows:
        row["source"] = "fake"
    table = pa.Table.from_pylist(rows, schema=arrow_schema("contexts"))
    one = Brushed(rect=Rect(0, 0, 1, 1), screen=SCREEN, titles=Numbers([1]))
    notes = painting.notes_of([one], {"contexts": table})

    left = painting.painted([one], notes, {"contexts": table}, arrow_schema("redactions"))["contexts"].to_pylist()

    assert [(row["window_title"], row["url_host"]) for row in left] == [(None, None), ("title 2", None)]
    assert [(note.field, note.ref_id) for note in notes] == [("window_title", 1), ("url_host", 1)]


def test_a_run_that_goes_on_in_the_next_segment_is_one_text() -> None:
    one = Note("events", "text", 5, 7)
    assert len(painting.emptied([one, one._replace(t_us=90, field="char")])) == 1
    name = Note("events", "target_name", 5, None, seq=1)
    assert len(painting.emptied([name, name._replace(seq=2)])) == 2


@given(rect=RECTS, numbers=st.frozensets(st.integers(0, 99)), seq=st.none() | st.integers(0, 9))
def test_a_brush_comes_back_from_json_as_it_was(rect: Rect, numbers: frozenset[int], seq: int | None) -> None:
    one = Brushed(rect=rect, screen=SCREEN, frames=Numbers(numbers), runs=Numbers([1]), span=(3, 4))
    note = Note("frames", "image", 5, None if seq is None else 4, rect if seq else None, (100, 50), seq)

    assert from_json(as_json(one)) == one
    assert note_from_json(note_as_json(note)) == note
    assert boxes_of([Note("frames", "image", 5, 4, rect, (100, 50))]) == {
        4: [Rect(rect.x - 100, rect.y - 50, rect.width, rect.height)]
    }
