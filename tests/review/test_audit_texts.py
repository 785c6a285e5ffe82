"""Every stored text is looked at, in every stream, and what is found says where it stands."""

import dataclasses
import typing

from recorder.errors import DamagedError
from recorder.model.tables import STORED, Col
from recorder.review.audit.sighting import Sighting, Where, gather, veil
from recorder.review.audit.texts import COLUMNS, Texts
from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, home
from tests.review.planted import MAIL, NAME, PHONE, SECRET, TOKEN, context, full_story, keys, story

__all__ = ["home"]


def seen(home: RecordedHome, session_id: str) -> tuple[list[Sighting], Texts]:
    damaged: list[DamagedError] = []
    texts = Texts(SessionReader(home.path, session_id, home.unlocked), damaged)
    found = gather(texts.look())
    assert damaged == []
    return found, texts


def free_text(table: str) -> set[str]:
    """Columns whose text went through the guard's text detector or came from outside, by their own description."""
    hints = typing.get_type_hints(STORED[table], include_extras=True)
    notes = {field.name: hints[field.name].__metadata__ for field in dataclasses.fields(STORED[table])}
    columns = {name: one for name, found in notes.items() for one in found if isinstance(one, Col)}
    ours = (
        "name of the volunteer's own",
        "hash of",
        "one of this file's",
        "a detector's",
        "a backend's",
        "made by this",
    )
    return {name for name, one in columns.items() if one.redacted and not any(word in one.redacted for word in ours)}


def test_every_column_with_free_text_is_looked_at() -> None:
    wanted = {table: free_text(table) for table in STORED}

    assert {table: columns for table, columns in wanted.items() if columns} == {
        table: set(columns) for table, columns in COLUMNS.items()
    }


def test_something_in_every_stream_is_seen_with_its_place(home: RecordedHome) -> None:
    found, texts = seen(home, home.record(full_story()))

    at = {(one.where, one.rule): one for one in found}
    title = at[Where.TITLE, "capitalised_pair"]
    assert (title.text, title.ref_id, title.t_us, title.start) == (NAME, 50, 30_500_000, len("Chat with "))
    assert at[Where.URL, "address_with_query"].text == "/find?who=zelda"
    assert at[Where.TARGET, "long_number"].text == PHONE
    typed = at[Where.TYPED, "after_a_secret_word"]
    assert (typed.text, typed.ref_id) == (f"password: {SECRET}", 1)
    assert (at[Where.TYPED, "email"].text, at[Where.TYPED, "email"].ref_id) == (MAIL, 7)
    assert at[Where.TASK, "random_token"].text == TOKEN
    assert len(found) == len(at) == 6
    assert texts.read >= 7


def test_characters_around_a_masked_key_do_not_become_one_word(home: RecordedHome) -> None:
    found, _ = seen(home, home.record(story(keys(3, 5_000_000, [*"4111", None, *"1111", None, *"11"]))))

    assert found == []


def test_a_character_stored_as_a_key_is_seen(home: RecordedHome) -> None:
    from recorder.model.redacted import EventKind
    from tests.recorded import event

    row = event(5_000_000, EventKind.KEY, key="q", keycode=16, mods=0, pressed=True, injected=False)
    found, _ = seen(home, home.record(story([row])))

    assert [(one.where, one.rule) for one in found] == [(Where.KEY, "character_as_key")]


def test_the_same_thing_in_many_places_is_listed_once(home: RecordedHome) -> None:
    rows = [context(60 + n, 31_000_000 + n * 1_000_000, f"Chat with {NAME}", None, None) for n in range(5)]
    found, _ = seen(home, home.record(story(rows)))

    assert [(one.text, one.times, one.ref_id) for one in found] == [(NAME, 5, 60)]


def test_a_veil_hides_at_least_half() -> None:
    assert veil(MAIL) == "ze…rg"
    assert veil("12345") == "1…5"
    assert veil("abc") == "…"
    assert all(len(veil("x" * n)) - 1 <= n / 2 for n in range(1, 60))
