"""A search that is kept: its hits by number, and all of them as what a deletion takes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import UsageError
from recorder.review import pick
from recorder.review.finding import Searches, person_needles, text_needles
from recorder.review.search import search
from recorder.review.shelf import Shelf
from recorder.store.selector import What
from tests.recorded import RecordedHome
from tests.recorded import home as home
from tests.review.planted import MAIL, NAME, PHONE, full_story


@pytest.mark.parametrize("text", ["a", "Zelda", "text_region", "token", "nowhere to be found", "(555) 123", PHONE])
def test_all_hits_of_a_search_are_what_the_command_line_deletes_by_it(home: RecordedHome, text: str) -> None:
    home.record(full_story())
    shelf, searches = Shelf(home.path, home.unlocked), Searches()
    (session_id,) = shelf.ids()

    made = searches.make(shelf, text_needles(text))

    expected = search(shelf.reader(session_id), text)
    assert [one.hit for one in made.found(0, 10_000)] == expected
    assert made.count == len(expected)
    chosen = pick.hits(shelf.reader(session_id), text)
    assert searches.selector(made.id).picked == (() if chosen is None else (chosen,))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 400), most=st.integers(0, 50))
def test_hits_have_the_same_number_in_every_part_that_is_asked_for(home: RecordedHome, start: int, most: int) -> None:
    if not (home.path / "sessions").exists() or not any((home.path / "sessions").iterdir()):
        home.record(full_story())
        home.record(full_story(), started_us=1_770_000_000_000_000)
    made = Searches().make(Shelf(home.path, home.unlocked), text_needles("e"))

    assert made.found(start, most) == made.found(0, 10_000)[start : start + most]
    assert len(made.parts) == 2


def test_some_hits_are_chosen_by_number(home: RecordedHome) -> None:
    home.record(full_story())
    shelf, searches = Shelf(home.path, home.unlocked), Searches()
    made = searches.make(shelf, text_needles("zelda"))
    wanted = next(n for n, one in enumerate(made.found(0, 100)) if one.hit.table == "contexts")

    (picked,) = searches.selector(made.id, [wanted, 10**9]).picked

    assert picked.contexts == (made.found(wanted, 1)[0].hit.number,)
    assert (picked.events, picked.frames, picked.task) == ((), (), False)


def test_a_person_is_found_in_all_forms_and_each_hit_says_which(home: RecordedHome) -> None:
    home.record(full_story())
    needles = person_needles(name=NAME, email=MAIL, phone="+49 151 / 234-56789")

    made = Searches().make(Shelf(home.path, home.unlocked), needles)

    assert {one.kind for one in made.found(0, 100)} == {"name", "email", "phone"}


def test_the_last_searches_are_kept_and_older_ones_choose_nothing(home: RecordedHome) -> None:
    home.record(full_story())
    shelf, searches = Shelf(home.path, home.unlocked), Searches()
    first = searches.make(shelf, text_needles("a"))
    for text in ("b", "c", "d"):
        searches.make(shelf, text_needles(text))

    with pytest.raises(UsageError, match="not there any more"):
        searches.selector(first.id)
    with pytest.raises(UsageError, match="empty text"):
        searches.make(shelf, text_needles("  "))


def test_what_is_chosen_by_a_search_is_said_as_hits(home: RecordedHome) -> None:
    home.record(full_story())
    shelf, searches = Shelf(home.path, home.unlocked), Searches()

    assert searches.selector(searches.make(shelf, text_needles("a")).id).what is What.HITS
