"""Every text that would leave is listed, once, uncut on request."""

import pyarrow.compute as pc

from recorder.model.element import ElementRole
from recorder.model.redacted import EventKind
from recorder.review.texts import KINDS, LONGEST, texts, whole
from tests.recorded import RecordedHome, S, Story, event, home
from tests.review.looked import held, typed
from tests.review.planted import context

__all__ = ["home"]
EXTRA = [
    typed(5 * S, "dear all"),
    event(6 * S, EventKind.TARGET, target_role=ElementRole.BUTTON, target_name="Send"),
    event(7 * S, EventKind.TARGET, target_role=ElementRole.BUTTON, target_name="Send"),
    context(9, 40 * S, "a page", "example.org", "/find"),
]


def test_each_kind_of_text_is_found_where_it_stands_first(home: RecordedHome) -> None:
    found = {(one.kind, one.text): (one.t_us, one.count) for one in texts(held(home, Story(extra=EXTRA)))}

    assert found["typed", "dear all"] == (5 * S, 1)
    assert found["element", "Send"] == (6 * S, 2)
    assert found["title", "a page"] == (40 * S, 1)
    assert found["site", "example.org"] == (40 * S, 1)
    assert found["address", "/find"] == (40 * S, 1)
    assert found["task", "write a note"] == (0, 1)
    assert found["app", "Editor"] == (0, 1)
    assert {kind for kind, _ in found} == set(KINDS)


def test_no_stored_text_is_missing(home: RecordedHome) -> None:
    here = held(home, Story(extra=EXTRA))
    listed = {one.text for one in texts(here)}
    stored = {
        text
        for table, columns in (
            ("events", ("text", "target_name")),
            ("contexts", ("app", "window_title", "url_host", "url_path")),
        )
        for column in columns
        for text in pc.unique(here.reader.table(table)[column]).to_pylist()
        if text
    }

    assert stored <= listed


def test_a_long_text_is_cut_in_the_list_counted_and_whole_on_request(home: RecordedHome) -> None:
    title = "<img src=x onerror=alert(1)> \u202e" + "x" * 1_000_000
    here = held(home, Story(titles=(title, "start page")))
    (one,) = [one for one in texts(here) if one.kind == "title" and one.text.startswith("<img")]

    assert (len(one.text), one.characters) == (LONGEST, len(title))
    assert whole(here, "title", one.t_us) == [title]
    assert whole(here, "task", 0) == ["write a note"]
