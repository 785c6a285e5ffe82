"""Typed text leaves one coarse row, late and only when nothing can turn it secret any more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.typing import bucket
from recorder.model.consent import Category
from recorder.model.raw import Mods, Role
from recorder.model.redacted import CountBucket, EventKind, GapReason
from tests.guard.scene import (
    ALL,
    BANK_WINDOW,
    EDITOR_WINDOW,
    MS,
    button,
    caret,
    events,
    focus,
    guard,
    key,
    kinds,
    play,
    stroke,
    typed,
    window,
    windows,
)


def test_a_run_is_one_row_with_coarse_count_and_times_to_the_second() -> None:
    made = guard()
    rows = play(made, typed(1234, "hello")) + made.tick(9000 * MS)

    (run,) = events(rows)
    assert run.kind is EventKind.TEXT_RUN
    assert (run.t_us, run.t_end_us) == (1_000_000, 2_000_000)
    assert (run.count_bucket, run.edited, run.pasted) == (CountBucket.TO_8, False, False)
    assert (run.key, run.keycode, run.key_class, run.mods) == (None, None, None, None)


def test_a_runs_times_are_coarse_although_key_timing_is_granted_and_its_frame_age_too() -> None:
    assert Category.KEY_TIMING in ALL
    made = guard()

    (run,) = events(play(made, typed(1234, "x")) + made.tick(9000 * MS))
    assert run.t_us % 1_000_000 == 0
    assert run.frame_age_us is None


@given(count=st.integers(1, 200))
def test_buckets_hold_their_counts(count: int) -> None:
    low, high = {"1": (1, 1), "2-4": (2, 4), "5-8": (5, 8), "9-16": (9, 16), "17-32": (17, 32), "33+": (33, 999)}[
        bucket(count).value
    ]

    assert low <= count <= high


def test_shift_does_not_count_as_a_key() -> None:
    made = guard()
    rows = play(
        made, [key(100, "a"), key(150, "Shift_L"), key(170, "B", mods=Mods.SHIFT), key(190, "Shift_L", down=False)]
    )
    rows += made.tick(9000 * MS)

    assert events(rows)[0].count_bucket is CountBucket.TO_4
    assert made.counters["key"].aggregated == 4


def test_backspace_marks_a_run_as_edited() -> None:
    made = guard()

    (run,) = events(play(made, [*typed(100, "ab"), *stroke(300, "BackSpace")]) + made.tick(9000 * MS))
    assert run.edited


@pytest.mark.parametrize("ends", ["silence", "Return", "Tab", "Escape", "click", "ctrl", "window", "element"])
def test_what_ends_a_run(ends: str) -> None:
    made = guard()
    play(made, [focus(0, Role.TEXT, "one"), caret(1, 0, "one"), *typed(1000, "ab"), caret(1070, 2, "one")])
    match ends:
        case "silence":
            pass
        case "click":
            play(made, [button(1200), button(1210, down=False)])
        case "ctrl":
            play(made, [key(1200, "s", mods=Mods.CTRL)])
        case "window":
            play(made, [windows(t=1200, focused=2, generation=2), windows(t=1300, generation=3)])
        case "element":
            play(made, [focus(1200, Role.TEXT, "two")])
        case _:
            play(made, stroke(1200, ends))
    rows = play(made, typed(1400 if ends != "silence" else 3200, "cde")) + made.tick(20_000 * MS)

    assert [run.count_bucket for run in events(rows, EventKind.TEXT_RUN)] == [CountBucket.TO_4, CountBucket.TO_4]


def test_two_seconds_of_silence_end_a_run_and_less_does_not() -> None:
    for pause, expected in ((1900, 1), (2100, 2)):
        made = guard()
        rows = play(made, [key(1000, "a"), key(1000 + pause, "b")]) + made.tick(20_000 * MS)

        assert len(events(rows, EventKind.TEXT_RUN)) == expected


def test_a_run_is_held_150_ms_after_it_closed() -> None:
    made = guard()
    play(made, [focus(0, Role.TEXT), caret(1, 0), *typed(3000, "ab"), caret(3070, 2), focus(3080, Role.TEXT)])
    play(made, [key(3200, "Return")])

    assert kinds(made.tick(3349 * MS)) == []
    assert kinds(made.tick(3350 * MS)) == ["text_run"]


def test_a_run_is_held_until_what_may_have_moved_the_focus_is_settled() -> None:
    made = guard()
    play(made, [key(1000, "Tab"), *typed(1010, "ab"), key(1100, "Return")])

    assert kinds(made.tick(2900 * MS)) == []
    assert kinds(made.tick(3080 * MS)) == ["text_run"]


def test_a_harmless_focus_settles_it_sooner() -> None:
    made = guard()
    play(made, [key(1000, "Tab"), focus(1005, Role.TEXT), caret(1006, 0), *typed(1010, "ab")])
    play(made, [caret(1075, 2), focus(1080, Role.TEXT), key(1100, "Return")])

    assert kinds(made.tick(1260 * MS)) == ["text_run"]


def test_an_unknown_focus_settles_nothing() -> None:
    made = guard()
    play(made, [key(1000, "Tab"), focus(1005, Role.UNKNOWN), *typed(1010, "ab"), key(1100, "Return")])

    assert kinds(made.tick(1260 * MS)) == []


def test_an_unknown_role_still_allows_runs_and_shortcuts() -> None:
    made = guard()
    rows = play(made, [focus(0, Role.UNKNOWN), *typed(1000, "ab"), *stroke(1200, "c", mods=Mods.CTRL)])
    rows += made.tick(9000 * MS)

    assert sorted(kinds(rows)) == ["key", "key", "text_run"]


def test_a_paste_is_an_event_without_content_and_marks_the_run() -> None:
    made = guard()
    rows = play(made, [*typed(3000, "ab"), *stroke(3200, "v", mods=Mods.CTRL)]) + made.tick(9000 * MS)

    assert kinds(rows) == ["key", "paste", "key", "text_run"]
    assert events(rows, EventKind.TEXT_RUN)[0].pasted
    assert events(rows, EventKind.PASTE)[0].key is None


def test_what_is_held_when_the_recording_ends_is_not_stored() -> None:
    made = guard()
    rows = play(made, typed(1000, "secret")) + made.close(1500 * MS)

    assert [(row.kind, row.reason) for row in events(rows)] == [(EventKind.GAP, GapReason.STOPPED)]
    assert made.counters["key"].withheld == {"stopped": 12}
    assert made.counters["key"].balances


def test_what_is_held_when_the_person_pauses_is_not_stored() -> None:
    made = guard()
    rows = play(made, typed(1000, "ab")) + made.pause(1300 * MS) + made.tick(9000 * MS) + made.close(9000 * MS)

    assert kinds(rows) == ["pause"]


def test_without_key_shape_typing_leaves_nothing_at_all() -> None:
    made = guard(ALL - {Category.KEY_SHAPE})
    rows = play(made, typed(1000, "ab")) + made.close(9000 * MS)

    assert events(rows) == []
    assert made.counters["key"].withheld == {"category_off": 4}


def test_runs_of_two_windows_are_two_runs() -> None:
    two = windows(EDITOR_WINDOW, BANK_WINDOW, window(3))
    made = guard(seen=two)
    rows = play(made, typed(1000, "ab"))
    rows += play(made, [windows(EDITOR_WINDOW, BANK_WINDOW, window(3), t=1200, focused=3, generation=2)])
    rows += play(made, typed(1300, "cd")) + made.tick(9000 * MS)

    assert [run.context_id for run in events(rows, EventKind.TEXT_RUN)] == [1, 2]
