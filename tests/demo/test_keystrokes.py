"""A secret typed key by key is found in decrypted tables, however its letters are spread over rows."""

from typing import Any

import pyarrow as pa
import pytest

from recorder.demo.keystrokes import EVDEV, scan_tables

CANARY = "Zk9-Quartz41"
KEYCODE = {char: code for code, char in reversed(EVDEV.items())}


def forms(columns: dict[str, list[Any]]) -> set[str]:
    return {hit.form for hit in scan_tables({"events": pa.table(columns)}, [CANARY])}


def test_innocent_events_hold_nothing() -> None:
    columns: dict[str, list[Any]] = {
        "kind": ["key", "button"] * 500,
        "key": ["ctrl+c", None] * 500,
        "keycode": [46, None] * 500,
        "x": [*range(1000)],
    }

    assert forms(columns) == set()


def test_a_canary_in_a_cell_is_found_with_its_row_and_column() -> None:
    table = pa.table({"window_title": ["Editor", f"Editor - {CANARY}"], "image": [b"", CANARY.encode("utf-16-le")]})

    hits = scan_tables({"contexts": table}, [CANARY])

    assert {(hit.path, hit.offset, hit.form) for hit in hits} == {
        ("contexts.window_title", 1, "utf-8"),
        ("contexts.window_title", -1, "joined"),
        ("contexts.image", 1, "utf-16le"),
    }


def test_a_canary_deep_inside_a_nested_cell_is_found() -> None:
    assert forms({"frames": [[{"path": f"/tmp/{CANARY}.webp", "bytes": b""}]]}) == {"utf-8"}


@pytest.mark.parametrize("separator", ["", " ", ","])
def test_letters_in_successive_rows_are_joined(separator: str) -> None:
    assert "joined" in forms({"key": [char + separator for char in CANARY]})


def test_keyups_between_the_letters_hide_nothing() -> None:
    keys = [char for char in CANARY for _ in "du"]

    assert "joined keydowns" in forms({"key": keys, "pressed": [True, False] * len(CANARY)})


def test_key_names_and_chords_are_read_as_their_characters() -> None:
    names = {"-": "minus"}
    keys = [f"shift+{char.lower()}" if char.isupper() else names.get(char, char) for char in CANARY]

    assert "joined, key names" in forms({"key": keys})


@pytest.mark.parametrize(("offset", "form"), [(0, "joined, evdev"), (8, "joined, X11 key codes")])
def test_key_codes_are_as_good_as_letters_to_a_thief(offset: int, form: str) -> None:
    codes = [KEYCODE[char.lower()] + offset for char in CANARY]

    assert form in forms({"keycode": [42, *codes, 28]})


def test_code_points_are_read_as_characters() -> None:
    assert "joined, code points" in forms({"value": [ord(char) for char in CANARY]})


def test_dictionary_columns_show_their_values() -> None:
    assert forms({"title": pa.array([CANARY, "x"]).dictionary_encode()}) >= {"utf-8"}
