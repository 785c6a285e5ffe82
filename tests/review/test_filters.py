"""A filter finds what fits and nothing else, counts it, and what nobody knows fits everything."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recorder.model.redacted import EventKind
from recorder.review.filters import Filter, _overlaps, _runs, event_mask, frame_mask, hits, merged, windows_in, within
from recorder.review.held import Held
from tests.recorded import RecordedHome, S, Story, event, home
from tests.review.looked import frame, held, taken_out, typed

__all__ = ["home"]

_RANGES = st.lists(st.integers(0, 300), max_size=12, unique=True).map(
    lambda edges: list(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
)
_TIMES = st.lists(st.integers(0, 300), max_size=40).map(sorted)


def shown(here: Held, wanted: Filter, reviewed: frozenset[int] = frozenset()) -> list[int]:
    found: list[int] = here.frames.frame_id[frame_mask(here, wanted, reviewed)].tolist()
    return found


def test_no_filter_shows_everything(home: RecordedHome) -> None:
    here = held(home)
    found = hits(here, Filter())

    assert found.frames == [(0, 5)]
    assert found.n_frames == 6
    assert event_mask(here, Filter(), found.ranges).all()


def test_an_app_shows_the_pictures_in_which_it_is_seen_and_those_of_which_nobody_knows(home: RecordedHome) -> None:
    here = held(home, Story(extra=[frame(50, 55 * S, apps=None)]))

    assert shown(here, Filter(apps=frozenset({"Browser"}))) == [3, 4, 5, 50]
    assert shown(here, Filter(apps=frozenset({"Nobody"}))) == [50]
    assert shown(here, Filter(apps=frozenset({"Editor", "Browser"}))) == [0, 1, 2, 3, 4, 5, 50]


def test_a_window_shows_the_pictures_that_were_there_while_it_had_the_keyboard(home: RecordedHome) -> None:
    found = hits(held(home), Filter(windows=frozenset({"start page"})))

    assert found.n_frames >= 3
    assert found.ranges[-1][1] == 60 * S


def test_a_kind_of_event_shows_the_pictures_during_which_one_happened(home: RecordedHome) -> None:
    here = held(home, Story(moves=0))

    assert shown(here, Filter(kinds=frozenset({EventKind.BUTTON}))) == [0, 3]
    assert shown(here, Filter(kinds=frozenset({EventKind.PASTE}))) == []


def test_text_redactions_and_what_was_not_looked_at_can_be_asked_for_together(home: RecordedHome) -> None:
    extra = [
        typed(5 * S, "dear all"),
        typed(35 * S, None, run=2),
        taken_out(45 * S, "contexts", "window_title", "name"),
    ]
    here = held(home, Story(extra=extra))

    assert shown(here, Filter(has_text=True)) == [0]
    assert shown(here, Filter(has_redaction=True)) == [0, 1, 2, 3, 4, 5]
    assert shown(here, Filter(unreviewed=True), frozenset({0, 1, 5})) == [2, 3, 4]
    assert shown(here, Filter(unreviewed=True, apps=frozenset({"Browser"})), frozenset({3})) == [4, 5]
    assert shown(here, Filter(has_text=True, unreviewed=True), frozenset({0})) == []


def test_only_some_frames_are_those_and_none_is_none(home: RecordedHome) -> None:
    here = held(home)

    assert shown(here, Filter(only=frozenset({2, 4, 99}))) == [2, 4]
    assert shown(here, Filter(only=frozenset())) == []
    assert not Filter(only=frozenset()).is_empty


def test_without_pictures_the_events_themselves_are_found(home: RecordedHome) -> None:
    here = held(home, Story(frames=0))

    assert hits(here, Filter(kinds=frozenset({EventKind.BUTTON}))).events == 4
    assert hits(here, Filter(kinds=frozenset({EventKind.BUTTON}), apps=frozenset({"Editor"}))).events == 2
    assert hits(here, Filter(apps=frozenset({"Nobody"}))).events == 0
    assert hits(here, Filter(only=frozenset({1}))).events == 0


def test_the_events_that_are_listed_are_of_the_kinds_and_in_the_stretches_that_fit(home: RecordedHome) -> None:
    here = held(home, Story(extra=[event(40 * S, EventKind.WHEEL, x=1, y=1, scroll_dy=1.0)]))
    wanted = Filter(kinds=frozenset({EventKind.WHEEL}))

    assert int(event_mask(here, wanted, hits(here, wanted).ranges).sum()) == 1


def test_titles_are_listed_with_how_long_they_had_the_keyboard(home: RecordedHome) -> None:
    assert windows_in(held(home)) == [("notes", 30 * S), ("start page", 29_800_000)]


@given(_TIMES, _RANGES)
def test_a_time_is_within_a_range_if_one_holds_it(times: list[int], ranges: list[tuple[int, int]]) -> None:
    found = within(np.array(times, np.int64), ranges)

    assert found.tolist() == [any(start <= t < end for start, end in ranges) for t in times]


@given(_RANGES, _RANGES)
def test_a_stretch_overlaps_if_it_shares_a_moment(
    stretches: list[tuple[int, int]], ranges: list[tuple[int, int]]
) -> None:
    starts, ends = (np.array([one[n] for one in stretches], np.int64) for n in (0, 1))
    found = _overlaps(starts, ends, ranges)

    assert found.tolist() == [any(s < end and start < e for start, end in ranges) for s, e in stretches]


@given(st.lists(st.booleans(), max_size=50))
def test_runs_of_positions_are_exactly_those_that_fit(fits: list[bool]) -> None:
    runs = list(_runs(np.array(fits, np.bool_)))

    assert [n for first, last in runs for n in range(first, last + 1)] == [n for n, one in enumerate(fits) if one]


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 20)), max_size=20).map(sorted))
def test_merged_ranges_hold_the_same_moments_and_stand_apart(spans: list[tuple[int, int]]) -> None:
    starts, ends = np.array([s for s, _ in spans], np.int64), np.array([s + n for s, n in spans], np.int64)
    found = merged(starts, ends)

    moments = {t for s, n in spans for t in range(s, s + n)}
    assert {t for start, end in found for t in range(start, end)} == moments
    assert all(one[1] < other[0] for one, other in pairwise(found))
