"""What is held of a session says the same as its tables, and holds nothing that is staged for deletion."""

import numpy as np
import pyarrow.compute as pc

from recorder.model.redacted import EventKind
from recorder.review.columns import KINDS, NOBODY
from recorder.review.held import Held, HeldSessions
from recorder.store import staged
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, S, Story, event, home
from tests.review.looked import frame, held, reader, typed

__all__ = ["home"]


def test_every_event_is_held_by_time_with_its_kind_and_context(home: RecordedHome) -> None:
    here = held(home, Story(seconds=150))
    table = here.reader.table("events").sort_by("t_us")

    assert here.events.t_us.tolist() == table["t_us"].to_pylist()
    assert sorted(KINDS[code] for code in here.events.kind) == sorted(table["kind"].to_pylist())
    assert sorted(here.events.context_id.tolist()) == sorted(pc.fill_null(table["context_id"], NOBODY).to_pylist())


def test_any_rows_come_back_whole_and_in_the_order_that_was_asked(home: RecordedHome) -> None:
    here = held(home, Story(seconds=150, moves=40))
    every = sorted(here.reader.table("events").to_pylist(), key=lambda row: row["t_us"])
    asked = [len(here.events) - 1, 0, 41, 7, 7]

    found = here.rows(asked)

    assert found == [{k: v for k, v in every[n].items() if v is not None} for n in asked]


def test_a_picture_is_there_until_the_next_one_of_its_own_screen(home: RecordedHome) -> None:
    extra = [frame(10, 1 * S), frame(11, 2 * S, screen=1), frame(12, 3 * S), frame(13, 9 * S, screen=1)]
    frames = held(home, Story(frames=0, extra=extra)).frames

    until = dict(zip(frames.frame_id.tolist(), frames.until_us.tolist(), strict=True))

    assert until == {10: 3 * S, 11: 9 * S, 12: 60 * S, 13: 60 * S}


def test_pictures_of_which_apps_are_not_known_are_told_apart_from_those_of_no_app(home: RecordedHome) -> None:
    frames = held(home, Story(frames=0, extra=[frame(1, S, apps=None), frame(2, 2 * S, apps=())])).frames

    assert [frames.app_sets[n] for n in frames.apps] == [None, ()]


def test_what_is_staged_for_deletion_is_not_held(home: RecordedHome) -> None:
    before = reader(home)
    sessions = HeldSessions()
    assert sessions.of(before) is sessions.of(before)
    staged.stage(home.path, home.unlocked, Selector(what=What.APP, app="Browser"))
    after = SessionReader(home.path, before.session_id, home.unlocked)

    here = sessions.of(after)

    assert here is not sessions.of(before)
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


def test_a_million_events_are_held_in_few_bytes_each(home: RecordedHome) -> None:
    here = held(home, Story(moves=2000))
    events = here.events
    size = events.t_us.nbytes + events.kind.nbytes + events.context_id.nbytes + events.place.nbytes

    assert size <= 24 * len(events)
    assert here.rare.num_rows < 20


def test_rare_rows_hold_every_text(home: RecordedHome) -> None:
    extra = [typed(5 * S, "dear all"), event(6 * S, EventKind.TARGET, target_name="Send")]
    rare = held(home, Story(extra=extra)).rare

    assert "dear all" in rare["text"].to_pylist()
    assert "Send" in rare["target_name"].to_pylist()
