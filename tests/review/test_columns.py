"""What is read of a session's tables says the same as the tables, in few bytes."""

import pyarrow.compute as pc

from recorder.model.redacted import Channel, EventKind, GapReason
from recorder.review.columns import KINDS, NOBODY, Gap
from tests.recorded import RecordedHome, S, Story, event, gap, home
from tests.review.looked import frame, held, typed

__all__ = ["home"]


def test_every_event_is_held_by_time_with_its_kind_and_context(home: RecordedHome) -> None:
    here = held(home, Story(seconds=150))
    table = here.reader.table("events").sort_by("t_us")

    assert here.events.t_us.tolist() == table["t_us"].to_pylist()
    assert sorted(KINDS[code] for code in here.events.kind) == sorted(table["kind"].to_pylist())
    assert sorted(here.events.context_id.tolist()) == sorted(pc.fill_null(table["context_id"], NOBODY).to_pylist())


def test_a_picture_is_there_until_the_next_one_of_its_own_screen(home: RecordedHome) -> None:
    extra = [frame(10, 1 * S), frame(11, 2 * S, screen=1), frame(12, 3 * S), frame(13, 9 * S, screen=1)]
    frames = held(home, Story(frames=0, extra=extra)).frames

    until = dict(zip(frames.frame_id.tolist(), frames.until_us.tolist(), strict=True))

    assert until == {10: 3 * S, 11: 9 * S, 12: 60 * S, 13: 60 * S}


def test_pictures_of_which_apps_are_not_known_are_told_apart_from_those_of_no_app(home: RecordedHome) -> None:
    frames = held(home, Story(frames=0, extra=[frame(1, S, apps=None), frame(2, 2 * S, apps=())])).frames

    assert [frames.app_sets[n] for n in frames.apps] == [None, ()]


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


def test_gaps_are_told_by_channel_and_reason_and_none_ends_before_it_begins(home: RecordedHome) -> None:
    extra = [gap(9 * S, 9 * S, GapReason.SECRET_INPUT, Channel.KEYS), gap(2 * S, 3 * S, GapReason.PAUSED)]
    found = held(home, Story(extra=extra)).gaps

    assert Gap("keys", "secret_input", 9 * S, 9 * S) in found
    assert Gap("all", "paused", 2 * S, 3 * S) in found
    assert found == sorted(found)
    assert all(one.t_us <= one.t_end_us for one in found)
