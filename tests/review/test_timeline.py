"""The lanes tell what the rows tell: every withheld second, whose app it was, and no more values than a screen has."""

from hypothesis import given
from hypothesis import strategies as st

from recorder.model.redacted import Channel, EventKind, GapReason
from recorder.review.columns import Gap
from recorder.review.held import Held
from recorder.review.timeline import (
    BUCKETS,
    LONGEST_TITLE,
    _thinned,
    _together,
    _withheld,
    idle,
    kinds_in,
    timeline,
)
from recorder.store import staged
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, S, Story, event, gap, home
from tests.review.looked import frame, held, reader, taken_out, typed

__all__ = ["home"]

_SPAN = st.tuples(
    st.sampled_from([one.value for one in Channel]),
    st.sampled_from(["paused", "secret_input"]),
    st.integers(0, 500),
    st.integers(0, 60),
).map(lambda one: Gap(one[0], one[1], one[2], one[2] + one[3]))


def test_each_app_has_a_band_as_long_as_it_had_the_keyboard(home: RecordedHome) -> None:
    found = timeline(held(home))

    assert [(band.app, band.t_us, band.t_end_us) for band in found.bands] == [
        ("Editor", 0, 30 * S),
        ("Browser", 30 * S, 59_800_000),  # its last row: what came after is not known
    ]
    assert [window.title for window in found.windows] == ["notes", "start page"]


def test_every_event_is_counted_in_the_lane_of_activity_but_gaps(home: RecordedHome) -> None:
    here = held(home)
    found = timeline(here).activity

    assert sum(found.counts["moves"]) == 40
    assert sum(found.counts["clicks"]) == 4
    assert sum(found.counts["keys"]) == 6
    assert all(len(counts) <= BUCKETS for counts in found.counts.values())
    assert sum(kinds_in(here).values()) == len(here.events)


def test_every_withheld_stretch_is_there_with_its_reason_and_channel(home: RecordedHome) -> None:
    extra = [gap(10 * S, 14 * S, GapReason.SECRET_INPUT, Channel.KEYS), gap(12 * S, 13 * S, GapReason.SCREEN_LOCKED)]
    found = timeline(held(home, Story(extra=extra)))

    told = {(one.t_us, one.t_end_us, one.channel, one.reason) for one in found.withheld}

    assert (10 * S, 14 * S, "keys", "secret_input") in told
    assert (12 * S, 13 * S, "all", "screen_locked") in told
    assert found.withheld_us["secret_input"] == 4 * S
    assert found.withheld_us["app_not_allowed"] == 200_000


def test_what_was_taken_out_by_hand_is_withheld_and_marked_as_deleted(home: RecordedHome) -> None:
    session = reader(home)
    staged.stage(home.path, home.unlocked, Selector(what=What.APP, app="Browser"))

    found = timeline(Held(SessionReader(home.path, session.session_id, home.unlocked)))

    assert [one.reason for one in found.withheld if one.reason == "forgotten"]
    assert any(mark.kind == "deleted" for mark in found.marks)


@given(st.lists(_SPAN, max_size=40), st.integers(1, 100))
def test_merging_what_shares_a_pixel_loses_no_withheld_second(spans: list[Gap], pixel_us: int) -> None:
    spans = sorted(spans)
    merged = list(_withheld(spans, pixel_us))

    assert sum(one.count for one in merged) == len(spans)
    for channel, reason in {(span.channel, span.reason) for span in spans}:
        mine = [span for span in spans if (span.channel, span.reason) == (channel, reason)]
        shown = [one for one in merged if (one.channel, one.reason) == (channel, reason)]
        seconds = {t for span in mine for t in range(span.t_us, span.t_end_us)}
        assert sum(one.us for one in shown) == len(seconds)
        assert all(any(one.t_us <= span.t_us and span.t_end_us <= one.t_end_us for one in shown) for span in mine)


@given(st.lists(_SPAN, max_size=40))
def test_what_two_channels_withheld_at_once_counts_once_for_its_reason(spans: list[Gap]) -> None:
    found = _together(sorted(spans))

    for reason in {span.reason for span in spans}:
        assert found[reason] == len({t for s in spans if s.reason == reason for t in range(s.t_us, s.t_end_us)})


@given(st.lists(st.integers(0, 1000), max_size=60).map(sorted), st.integers(1, 50))
def test_marks_that_share_a_pixel_are_one_that_counts_them(times: list[int], pixel_us: int) -> None:
    marks = list(_thinned("text", times, pixel_us))

    assert sum(mark.count for mark in marks) == len(times)
    assert all(mark.t_us in times for mark in marks)
    assert len({mark.t_us // pixel_us for mark in marks}) == len(marks)


def test_a_stretch_in_which_nothing_happened_is_idle_and_one_with_a_picture_is_not(home: RecordedHome) -> None:
    quiet = Story(apps=("Editor",), titles=("x",), seconds=300, frames=0)

    assert (800_000, 299_700_000) in idle(held(home, quiet))
    assert all(to <= 150 * S or start >= 150 * S for start, to in idle(held(home, with_frame(quiet))))


def with_frame(story: Story) -> Story:
    story.extra = [frame(1, 150 * S)]
    return story


def test_a_long_pause_is_folded_and_stays_withheld_with_its_reason(home: RecordedHome) -> None:
    pause = (250 * S, event(50 * S, EventKind.PAUSE, t_end_us=250 * S, reason=GapReason.PAUSED, channel=Channel.ALL)[1])
    found = timeline(held(home, Story(("Editor",), ("x",), seconds=300, frames=0, extra=[pause])))

    assert (50 * S, 250 * S) in found.idle
    assert found.withheld_us["paused"] == 200 * S


def test_typing_secrets_and_masked_titles_are_marked_and_filled_pictures_are_not(home: RecordedHome) -> None:
    extra = [
        typed(5 * S, "dear all"),
        event(7 * S, EventKind.SECRET_ENTRY, reason=GapReason.SECRET_INPUT, channel=Channel.KEYS),
        taken_out(9 * S, "contexts", "window_title", "name"),
    ]
    found = timeline(held(home, Story(extra=extra))).marks

    assert {(mark.kind, mark.t_us) for mark in found} >= {("text", 5 * S), ("secret", 7 * S), ("redaction", 9 * S)}
    assert sum(mark.count for mark in found if mark.kind == "redaction") == 1


def test_a_title_of_a_million_characters_is_cut_in_the_lane_and_says_so(home: RecordedHome) -> None:
    found = timeline(held(home, Story(titles=("x" * 1_000_000, "start page")))).windows

    assert len(found[0].title or "") == LONGEST_TITLE
    assert (found[0].cut, found[1].cut) == (True, False)
