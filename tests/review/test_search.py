"""Searching: literal, letter case aside, in every column that holds text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.format.schema import columns_of
from recorder.model.tables import STORED
from recorder.review.search import SEARCHED, fold, search
from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, Story, home, make_home

__all__ = ["home"]


def _reader(home: RecordedHome, **story: object) -> SessionReader:
    return SessionReader(home.path, home.record(Story(**story)), home.unlocked)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> SessionReader:
    titles = ("Call (555) 123 [x] \\d+ *", "Straße 1.2.3.4 — ＦＵＬＬ width")
    return _reader(make_home(tmp_path_factory.mktemp("search") / "home"), titles=titles, task="fill in C:\\temp")


def _columns(reader: SessionReader, text: str) -> list[str]:
    return sorted({f"{hit.table}.{hit.column}" for hit in search(reader, text)})


@pytest.mark.parametrize("text", ["(555) 123", "[x]", "\\d+", "*", "call (", "CALL"])
def test_a_text_is_itself_and_no_pattern(read: SessionReader, text: str) -> None:
    (hit,) = search(read, text)

    assert (hit.table, hit.column, hit.number, hit.t_us) == ("contexts", "window_title", 0, 0)
    assert hit.text == "Call (555) 123 [x] \\d+ *"


@pytest.mark.parametrize("text", ["strasse", "STRASSE", "1.2.3.4", "full WIDTH"])
def test_letter_case_and_compatible_forms_are_the_same(read: SessionReader, text: str) -> None:
    assert [hit.number for hit in search(read, text)] == [1]


@pytest.mark.parametrize("text", ["1x2", "", " 99", "\x00", "(?i)call", "a" * 100_000])
def test_what_is_not_there_is_not_found(read: SessionReader, text: str) -> None:
    assert search(read, text) == []


def test_keys_apps_and_the_task_are_searched(read: SessionReader) -> None:
    assert _columns(read, "CTRL+S") == ["events.key"]
    assert _columns(read, "browser") == ["contexts.app", "events.app", "frames.apps"]
    assert _columns(read, "c:\\TEMP") == ["sessions.task"]
    assert len([hit for hit in search(read, "ctrl+s") if hit.column == "key"]) == 4


@given(st.text(max_size=30))
def test_no_text_makes_a_search_fail_and_every_hit_contains_it(read: SessionReader, text: str) -> None:
    assert all(fold(text) in fold(hit.text) for hit in search(read, text))


def test_every_stored_column_with_text_in_it_is_searched() -> None:
    for table, row in STORED.items():
        texts = {c.name for c in columns_of(row) if c.hint is str or c.name == "apps"} - {"sha256", "codec"}
        assert set(SEARCHED[table]) == texts, table
