"""What is held of a session says the same as its tables, and holds nothing that is staged for deletion."""

import numpy as np

from recorder.model.redacted import EventKind
from recorder.review.columns import KINDS
from recorder.review.held import Held
from recorder.review.shelf import Shelf
from recorder.store import staged
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, Story, home
from tests.review.looked import held, reader

__all__ = ["home"]


def test_any_rows_come_back_whole_and_in_the_order_that_was_asked(home: RecordedHome) -> None:
    here = held(home, Story(seconds=150, moves=40))
    every = sorted(here.reader.table("events").to_pylist(), key=lambda row: row["t_us"])
    asked = [len(here.events) - 1, 0, 41, 7, 7]

    found = here.rows(asked)

    assert found == [{k: v for k, v in every[n].items() if v is not None} for n in asked]


def test_what_is_staged_for_deletion_is_not_held(home: RecordedHome) -> None:
    session_id = home.record(Story())
    shelf = Shelf(home.path, home.unlocked)
    before = shelf.held(session_id)
    assert shelf.held(session_id) is before
    staged.stage(home.path, home.unlocked, Selector(what=What.APP, app="Browser"))

    here = shelf.held(session_id)

    assert here is not before
    assert len(here.frames) == 3
    assert "Browser" not in here.contexts["app"].to_pylist()
    assert [row.get("app") for row in here.rows(range(len(here.events)))].count("Browser") == 0


def test_a_session_without_anything_in_it_holds_nothing(home: RecordedHome) -> None:
    here = Held(reader(home, Story(apps=("Editor",), titles=("x",), frames=0)))
    empty = SessionReader(home.path, here.reader.session_id, home.unlocked)
    staged.stage(home.path, home.unlocked, Selector(what=What.APP, app="Editor"))
    left = Held(SessionReader(home.path, empty.session_id, home.unlocked))

    assert len(left.frames) == 0
    assert {KINDS[code] for code in np.unique(left.events.kind)} <= {EventKind.GAP.value}


def test_a_damaged_segment_is_named_and_the_rest_is_held(home: RecordedHome) -> None:
    here = reader(home, Story(seconds=150))
    file = next(f for f in here.manifest.segments[0].files if f.table == "events")
    path = here.folder / "segments" / file.name
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-40] + b"x" * 40)

    damaged = Held(SessionReader(home.path, here.session_id, home.unlocked))

    assert 0 < len(damaged.events) < len(Held(here).events) + 1
    assert [error.message for error in damaged.damaged]


def test_rows_of_a_few_sessions_are_held_and_let_go_of(home: RecordedHome) -> None:
    shelf = Shelf(home.path, home.unlocked)
    ids = [home.record(Story(seconds=10, frames=1)) for _ in range(4)]
    held = {one: shelf.held(one) for one in ids}

    assert shelf.held(ids[3]) is held[ids[3]]
    assert shelf.held(ids[1]) is held[ids[1]]
    assert shelf.held(ids[0]) is not held[ids[0]]  # the one that was looked at least
    reader = shelf.reader(ids[3])
    shelf.let_go()
    assert shelf.held(ids[3]) is not held[ids[3]]
    assert shelf.reader(ids[3]) is reader
