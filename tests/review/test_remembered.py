"""What is remembered of a session's texts finds what a search of its files finds, in the same order."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.review.remembered import Memory, Remembered
from recorder.review.search import fold, search, search_by
from recorder.store import staged
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, Story, home, make_home
from tests.store.synthetic import record

__all__ = ["home"]

WORDS = ("straße", "STRASSE", "Ada", "e", "ctrl+s", "[x]", "browser", "pointermove", "", "\x00", "write", "note")


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> SessionReader:
    made = make_home(tmp_path_factory.mktemp("remembered") / "home")
    story = Story(titles=("Ada [x] — Straße", "ada, once more"), task="write to Ada", seconds=150)
    return SessionReader(made.path, made.record(story), made.unlocked)


def same(reader: SessionReader, held: Remembered, text: str) -> bool:
    found, expected = held.search(text), search(reader, text)
    middle = len(expected) // 2
    assert [found[at] for at in range(-len(found), len(found))] == expected * 2
    assert found[middle : middle + 3] == expected[middle : middle + 3]
    return list(found) == expected and len(found) == len(expected)


@pytest.mark.parametrize("text", WORDS)
def test_words_are_found_as_in_the_files(read: SessionReader, text: str) -> None:
    assert same(read, Remembered(read), text)


@given(st.text(max_size=4) | st.sampled_from(WORDS).flatmap(lambda word: st.sampled_from([word, word[1:], word[:2]])))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_found_as_in_the_files(read: SessionReader, text: str) -> None:
    assert same(read, _held(read), text)


@given(st.sets(st.sampled_from("aeioust0123+: "), min_size=1))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_asked_of_a_text_the_hits_are_the_same(read: SessionReader, letters: set[str]) -> None:
    def fits(folded: str) -> bool:
        return letters <= set(folded)

    assert list(_held(read).search_by(fits)) == search_by(read, fits)


def test_what_is_staged_is_not_found(home: RecordedHome) -> None:
    session_id = home.record(Story())
    selector = Selector(what=What.APP, app="Browser")
    before = SessionReader(home.path, session_id, home.unlocked)
    assert len(Remembered(before).search("browser"))

    staged.stage(home.path, home.unlocked, selector)
    reader = SessionReader(home.path, session_id, home.unlocked)

    assert not len(Remembered(reader).search("browser"))
    assert all(same(reader, Remembered(reader), word) for word in WORDS)


def test_an_empty_session_has_no_hits(home: RecordedHome) -> None:
    start = record(home.path, home.unlocked.recipient, [])
    reader = SessionReader(home.path, start.session_id, home.unlocked)

    assert same(reader, Remembered(reader), "e")


def test_it_goes_with_its_reader_and_no_more_is_kept_than_allowed(home: RecordedHome) -> None:
    ids = [home.record(Story(), started_us=1_760_000_000_000_000 + n * 86_400_000_000) for n in range(3)]
    readers = [SessionReader(home.path, one, home.unlocked) for one in ids]
    memory = Memory(most_bytes=1)

    first = memory.of(readers[0])
    assert memory.of(readers[0]) is first
    memory.of(readers[1])
    assert memory.of(readers[0]) is not first  # one is kept, the last
    assert len(memory._kept) == 1

    readers.clear()
    assert len(memory._kept) == 0


def test_a_search_reads_no_file_after_the_first(read: SessionReader, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Remembered(read)

    def refused(*_: object, **__: object) -> Sequence[object]:
        raise AssertionError("a file was read")

    monkeypatch.setattr(SessionReader, "open_table", refused)
    assert len(held.search("ada")) == len([hit for hit in held.search("ada") if "ada" in fold(hit.text)]) > 0


_KNOWN: dict[str, Remembered] = {}


def _held(reader: SessionReader) -> Remembered:
    return _KNOWN.get(reader.session_id) or _KNOWN.setdefault(reader.session_id, Remembered(reader))
