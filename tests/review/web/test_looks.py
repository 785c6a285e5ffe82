"""The page's questions about one session, asked without a browser."""

import pytest

from recorder.errors import UsageError
from recorder.model.redacted import EventKind
from recorder.page.calls import NotThereError
from recorder.review.shelf import Shelf
from recorder.review.shown import Form
from recorder.review.texts import LONGEST
from recorder.review.web.pictures import How, Prints
from recorder.review.web.timeline import Lanes, Looks, Page, TextPage, Wanted, WholeText
from recorder.store import staged
from recorder.store.selector import Selector, What
from tests.recorded import RecordedHome, S, Story
from tests.review.looked import typed


@pytest.fixture
def shelf(home: RecordedHome) -> Shelf:
    return Shelf(home.path, home.unlocked)


@pytest.fixture
def session_id(home: RecordedHome) -> str:
    return home.record(Story(extra=[typed(5 * S, "y" * 5000)]))


def test_a_window_that_is_not_there_any_more_fits_nothing(shelf: Shelf, session_id: str) -> None:
    looks = Looks(shelf)

    assert looks.hits(session_id, Wanted(windows=[0])).n_frames > 0
    assert looks.hits(session_id, Wanted(windows=[99])).n_frames == 0
    assert looks.events(session_id, Page(wanted=Wanted(windows=[99])))["total"] == 0


def test_pages_of_events_tile_all_of_them(shelf: Shelf, session_id: str) -> None:
    looks = Looks(shelf)
    total = looks.events(session_id, Page(moves=True))["total"]
    pages = [looks.events(session_id, Page(moves=True, offset=n, limit=7))["rows"] for n in range(0, total, 7)]
    seqs = [row["seq"] for page in pages for row in page]

    assert len(seqs) == len(set(seqs)) == total
    assert looks.events(session_id, Page(offset=10**9))["rows"] == []


def test_the_rows_near_a_time_are_around_it(shelf: Shelf, session_id: str) -> None:
    found = Looks(shelf).events(session_id, Page(near_us=30 * S, limit=4))
    times = [row["t_us"] for row in found["rows"]]

    assert len(times) == 4
    assert times[0] < 30 * S <= times[-1]
    assert all(row["kind"] != EventKind.POINTERMOVE for row in found["rows"])


def test_a_long_text_is_cut_among_the_events_and_whole_on_request(shelf: Shelf, session_id: str) -> None:
    looks = Looks(shelf)
    rows = looks.events(session_id, Page(limit=500))["rows"]
    (listed,) = looks.texts(session_id, TextPage(kind="typed"))["rows"]

    assert max(len(row.get("text", "")) for row in rows) == LONGEST
    assert listed.characters == 5000
    assert looks.whole_text(session_id, WholeText(kind="typed", t_us=5 * S)) == {"texts": ["y" * 5000]}


def test_what_is_not_there_is_said_to_be_not_there(shelf: Shelf, session_id: str) -> None:
    looks, prints = Looks(shelf), Prints(shelf)
    with pytest.raises(NotThereError):
        looks.overlay(session_id, 77)
    with pytest.raises(NotThereError):
        looks.whole_text(session_id, WholeText(kind="nothing", t_us=0))
    with pytest.raises(NotThereError):
        prints.picture(session_id, 77, How())
    with pytest.raises(NotThereError):
        prints.fills(session_id, 77)
    with pytest.raises(UsageError):
        looks.timeline("../../etc", Lanes())


def test_what_was_staged_is_gone_from_every_answer_at_once(home: RecordedHome, shelf: Shelf, session_id: str) -> None:
    looks, prints = Looks(shelf), Prints(shelf)
    assert prints.picture(session_id, 5, How(form=Form.SMALL)).status_code == 200
    assert looks.timeline(session_id, Lanes())["apps"] == ["Browser", "Editor"]
    staged.stage(home.path, home.unlocked, Selector(what=What.APP, app="Browser"))

    assert looks.timeline(session_id, Lanes())["apps"] == ["Editor"]
    assert len(looks.frames(session_id).ids) == 3
    with pytest.raises(NotThereError):
        prints.picture(session_id, 5, How(form=Form.SMALL))
    assert {row.text for row in looks.texts(session_id, TextPage(kind="title"))["rows"]} == {"notes"}


def test_what_was_looked_at_is_asked_of_the_session(home: RecordedHome, shelf: Shelf, session_id: str) -> None:
    assert Looks(shelf).hits(session_id, Wanted(unreviewed=True)).n_frames == 6
