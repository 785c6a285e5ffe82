"""Pointer events pass exactly where the window under them is allowed."""

import pytest

from recorder.model.consent import Category
from recorder.model.geometry import Rect
from recorder.model.redacted import EventKind, GapReason
from tests.guard.scene import (
    ALL,
    BANK,
    BOTH,
    MS,
    POLICY,
    button,
    events,
    guard,
    kinds,
    move,
    play,
    wheel,
    window,
    windows,
)


def test_every_move_button_and_turn_in_an_allowed_window_is_its_own_row() -> None:
    made = guard()
    rows = play(made, [move(1), move(2), button(3), button(4, down=False), wheel(5)]) + made.close(9 * MS)

    assert kinds(rows) == ["pointermove", "pointermove", "button", "button", "wheel"]
    assert [made.counters[kind].stored for kind in ("pointermove", "button", "wheel")] == [2, 2, 1]


def test_a_row_says_what_happened_where_and_when() -> None:
    made = guard()
    (press,) = events(play(made, [button(1.5, 7, 9)]))

    assert (press.t_us, press.x, press.y, press.button, press.pressed) == (1500, 7, 9, 1, True)
    assert (press.mods, press.injected, press.context_id) == (0, False, 1)


def test_over_a_window_that_is_not_allowed_only_a_gap_without_a_place_is_left() -> None:
    made = guard()
    rows = play(made, [move(1, 400), button(2, 400), button(3, 400, down=False), wheel(4, 400)]) + made.close(9 * MS)

    (gap,) = events(rows)
    assert (gap.kind, gap.reason, gap.x, gap.y) == (EventKind.GAP, GapReason.APP_NOT_ALLOWED, None, None)
    assert (gap.t_us, gap.t_end_us) == (1000, 4000)


@pytest.mark.parametrize(
    ("top", "reason"),
    [
        (window(3, Rect(0, 0, 50, 50), own=True), GapReason.APP_NOT_ALLOWED),
        (window(3, Rect(0, 0, 50, 50), private=True), GapReason.PRIVATE_WINDOW),
        (window(3, Rect(0, 0, 50, 50), None), GapReason.WINDOW_UNKNOWN),
    ],
)
def test_what_lies_on_top_decides(top: object, reason: GapReason) -> None:
    made = guard(seen=windows(window(1), top))  # type: ignore[arg-type]
    rows = play(made, [move(1), move(2, 100, 100)]) + made.close(9 * MS)

    assert [(row.kind, row.reason) for row in events(rows)] == [
        (EventKind.GAP, reason),
        (EventKind.POINTERMOVE, None),
    ]


def test_over_a_see_through_window_events_pass_only_if_all_below_is_allowed() -> None:
    lone = guard(seen=windows(window(1, see_through=True)))
    above = guard(seen=windows(window(3), window(1, see_through=True)))

    assert kinds(play(lone, [move(1)]) + lone.close(MS)) == ["gap"]
    assert kinds(play(above, [move(1)])) == ["pointermove"]


def test_outside_every_window_and_screen_nothing_passes() -> None:
    made = guard(seen=windows(window(1, Rect(-100, 0, 200, 200))))
    rows = play(made, [move(1, 300, 300), move(2, -50, 10)]) + made.close(9 * MS)

    assert kinds(rows) == ["gap"]


def test_a_release_belongs_to_its_press_but_tells_no_place_in_a_foreign_window() -> None:
    made = guard()
    rows = play(made, [button(1), button(2, 400, down=False), button(3, 400), button(4, down=False)])

    stored = events(rows, EventKind.BUTTON)
    assert [(row.pressed, row.x, row.y) for row in stored] == [(True, 10, 10), (False, None, None)]
    assert made.counters["button"].withheld == {"app_not_allowed": 2}


def test_a_release_without_its_press_is_withheld() -> None:
    made = guard()

    assert events(play(made, [button(1, down=False)]), EventKind.BUTTON) == []


@pytest.mark.parametrize(
    ("category", "left"),
    [
        (Category.POINTER_PATH, ["button", "button", "wheel"]),
        (Category.POINTER_CLICKS, ["pointermove"]),
    ],
)
def test_a_category_that_is_off_leaves_neither_rows_nor_gaps(category: Category, left: list[str]) -> None:
    made = guard(ALL - {category})
    rows = play(made, [move(1), button(2), button(3, down=False), wheel(4), move(5, 400)]) + made.close(9 * MS)

    assert [kind for kind in kinds(rows) if kind != "gap"] == left
    assert sum((tally.withheld or {}).get("category_off", 0) for tally in made.counters.values()) == 5 - len(left) - (
        category is Category.POINTER_CLICKS
    )


def test_an_event_belongs_to_the_app_under_the_pointer_wherever_the_keyboard_is() -> None:
    made = guard(policy=BOTH)
    rows = play(made, [move(1), move(2, 400), button(3, 400), button(4, 400, down=False), wheel(5, 400), move(6)])

    assert [row.app for row in events(rows)] == ["My editor", *["My bank"] * 4, "My editor"]
    assert {row.context_id for row in events(rows)} == {1}


def test_the_app_on_top_is_the_one_under_the_pointer() -> None:
    top = window(3, Rect(100, 100, 50, 50), BANK)
    made = guard(policy=BOTH, seen=windows(window(1), top, window(4, Rect(0, 0, 20, 20), BANK, see_through=True)))
    at = [(50, 50), (120, 120), (99, 120), (150, 120), (10, 10)]

    rows = play(made, [move(n, *where) for n, where in enumerate(at, start=1)])
    assert [row.app for row in events(rows)] == ["My editor", "My bank", "My editor", "My editor", "My bank"]


def test_a_release_without_a_place_belongs_to_the_app_of_its_press() -> None:
    made = guard()
    rows = play(made, [button(1), button(2, 400, down=False)])

    assert [(row.x, row.app) for row in events(rows, EventKind.BUTTON)] == [(10, "My editor"), (None, "My editor")]


def test_a_release_over_another_app_belongs_to_that_one() -> None:
    made = guard(policy=BOTH)

    assert [row.app for row in events(play(made, [button(1), button(2, 400, down=False)]))] == ["My editor", "My bank"]


def test_a_rule_that_is_gone_is_not_named_by_a_late_release() -> None:
    made = guard(policy=BOTH)
    play(made, [button(1, 400)])
    rows = made.set_policy(POLICY, 2 * MS) + play(made, [button(3, 400, down=False)])

    assert [(row.x, row.app) for row in events(rows, EventKind.BUTTON)] == [(None, None)]


def test_without_its_category_no_event_names_an_app() -> None:
    made = guard(ALL - {Category.APP_NAMES})

    assert {row.app for row in events(play(made, [move(1), button(2), button(3, 400, down=False), wheel(4)]))} == {None}
