"""Shortcuts and navigation are stored exactly; a keyup shares the fate of its keydown."""

import pytest

from recorder.model.consent import Category
from recorder.model.raw import Mods, RawEvent
from recorder.model.redacted import EventKind
from tests.guard.scene import ALL, MS, events, guard, key, kinds, play, stroke, windows


def test_a_shortcut_is_stored_down_and_up_with_its_name_keycode_and_exact_time() -> None:
    made = guard()
    rows = events(play(made, [key(1234.5, "c", mods=Mods.CTRL), key(1300.25, "c", down=False)]))

    assert [(row.key, row.pressed, row.t_us) for row in rows] == [
        ("ctrl+c", True, 1_234_500),
        ("ctrl+c", False, 1_300_250),
    ]
    assert rows[0].keycode == rows[1].keycode is not None
    assert rows[0].mods == int(Mods.CTRL)


def test_without_key_timing_shortcut_times_are_rounded_to_100_ms() -> None:
    made = guard(ALL - {Category.KEY_TIMING})

    assert [row.t_us for row in events(play(made, stroke(1234.5, "Return")))] == [1_200_000, 1_200_000]


def test_a_bare_ctrl_is_stored_and_a_bare_shift_is_part_of_what_it_modifies() -> None:
    made = guard()
    rows = play(made, [*stroke(100, "Control_L"), *stroke(200, "Shift_L")]) + made.close(9000 * MS)

    assert [row.key for row in events(rows)] == ["Control_L", "Control_L"]
    assert (made.counters["key"].stored, made.counters["key"].aggregated) == (2, 2)


def test_a_combination_on_no_list_is_counted_as_text_and_not_named() -> None:
    made = guard()
    rows = play(made, stroke(100, "j", mods=Mods.ALT)) + made.tick(9000 * MS)

    assert kinds(rows) == ["text_run"]


def test_a_keyup_in_another_window_keeps_the_fate_of_its_keydown() -> None:
    made = guard()
    away, back = windows(t=1010, focused=2, generation=2), windows(t=2010, generation=3)
    keys: list[RawEvent] = [key(1000, "Tab"), away, key(1050, "Tab", down=False), key(2000, "Escape"), back]
    rows = play(made, [*keys, key(2050, "Escape", down=False)]) + made.close(9000 * MS)

    assert [(row.key, row.pressed) for row in events(rows, EventKind.KEY)] == [("Tab", True), ("Tab", False)]
    assert made.counters["key"].withheld == {"app_not_allowed": 2}


def test_a_keyup_without_its_keydown_is_withheld() -> None:
    made = guard()
    rows = play(made, [key(100, "Return", down=False)]) + made.close(9000 * MS)

    assert kinds(rows) == ["gap"]
    assert made.counters["key"].withheld == {"focus_unknown": 1}


def test_repeats_of_a_held_key_are_each_counted() -> None:
    made = guard()
    rows = play(made, [key(100, "Down"), key(600, "Down"), key(630, "Down"), key(640, "Down", down=False)])

    assert len(events(rows, EventKind.KEY)) == 4


@pytest.mark.parametrize("focused", [2, None, 99])
def test_keys_of_a_window_that_is_not_allowed_or_not_known_leave_only_a_gap(focused: int | None) -> None:
    made = guard(seen=windows(focused=focused))
    typed: list[RawEvent] = [*stroke(1100, "a"), *stroke(1200, "Return"), *stroke(1300, "c", mods=Mods.CTRL)]
    rows = play(made, typed) + made.close(9000 * MS)

    assert kinds(rows) == ["gap"]
    assert (events(rows)[0].t_us, events(rows)[0].t_end_us) == (1_000_000, 2_000_000)


def test_without_the_shortcuts_category_enter_still_ends_a_run_but_is_not_stored() -> None:
    made = guard(ALL - {Category.SHORTCUTS})
    rows = play(made, [*stroke(3000, "a"), *stroke(3100, "Return"), *stroke(3200, "b")]) + made.tick(9000 * MS)

    assert kinds(rows) == ["text_run", "text_run"]
    assert made.counters["key"].withheld == {"category_off": 2}


def test_a_paste_without_the_shortcuts_category_is_an_event_to_the_second() -> None:
    made = guard(ALL - {Category.SHORTCUTS})
    rows = events(play(made, stroke(3456, "v", mods=Mods.CTRL)))

    assert [(row.kind, row.t_us) for row in rows] == [(EventKind.PASTE, 3_000_000)]


def test_no_text_category_and_no_gap_about_typing_elsewhere() -> None:
    made = guard(ALL - {Category.KEY_SHAPE, Category.SHORTCUTS}, seen=windows(focused=2))

    assert events(play(made, stroke(100, "a")) + made.close(9000 * MS)) == []
