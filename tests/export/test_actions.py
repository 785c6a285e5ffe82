"""What the person did, read from event rows."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recorder.export.actions import actions, chord
from recorder.export.rows import Action, EventRow
from recorder.model.redacted import EventKind
from recorder.model.tables import StepAction

MS = 1000


def _button(seq: int, t_ms: int, pressed: bool, x: int = 10, y: int = 10, button: int = 1) -> EventRow:
    return EventRow(seq=seq, t_us=t_ms * MS, kind=EventKind.BUTTON, x=x, y=y, button=button, pressed=pressed)


def _key(seq: int, t_ms: int, name: str, pressed: bool = True, mods: int = 0) -> EventRow:
    return EventRow(seq=seq, t_us=t_ms * MS, kind=EventKind.KEY, key=name, pressed=pressed, mods=mods)


def _wheel(seq: int, t_ms: int, dy: float) -> EventRow:
    return EventRow(seq=seq, t_us=t_ms * MS, kind=EventKind.WHEEL, x=5, y=6, scroll_dx=0.0, scroll_dy=dy, mods=0)


def _kinds(found: list[Action]) -> list[str]:
    return [action.kind.value for action in found]


def _click(seq: int, t_ms: int, x: int = 10, button: int = 1) -> list[EventRow]:
    return [_button(seq, t_ms, True, x, button=button), _button(seq + 1, t_ms + 50, False, x, button=button)]


def test_a_press_and_its_release_are_one_click_with_both_rows() -> None:
    (click,) = actions(_click(7, 100))

    assert (click.kind, click.t_start_us, click.t_end_us) == (StepAction.CLICK, 100 * MS, 150 * MS)
    assert (click.first_seq, click.last_seq, click.clicks, click.button) == (7, 8, 1, 1)


def test_two_clicks_soon_after_each_other_are_a_double_click_and_three_a_triple_click() -> None:
    twice = [*_click(0, 0), *_click(2, 200)]

    assert _kinds(actions(twice)) == ["double_click"]
    assert _kinds(actions([*twice, *_click(4, 400)])) == ["triple_click"]
    assert _kinds(actions([*_click(0, 0), *_click(2, 900)])) == ["click", "click"]
    assert _kinds(actions([*_click(0, 0), *_click(2, 200, x=40)])) == ["click", "click"]


def test_the_other_buttons_have_their_own_names_and_never_become_a_left_click() -> None:
    rows = [*_click(0, 0, button=2), *_click(2, 100, button=3), *_click(4, 200, button=8)]

    assert _kinds(actions(rows)) == ["middle_click", "right_click", "extra_click"]


def test_a_release_far_from_its_press_is_a_drag_with_both_ends() -> None:
    (drag,) = actions([_button(0, 0, True, 10, 10), _button(9, 700, False, 300, 40)])

    assert drag.kind is StepAction.DRAG
    assert (drag.x, drag.y, drag.x2, drag.y2, drag.last_seq) == (10, 10, 300, 40, 9)


def test_a_half_that_was_withheld_is_never_completed_into_a_click() -> None:
    assert _kinds(actions([_button(0, 0, True)])) == ["mouse_down"]
    assert _kinds(actions([_button(0, 0, False)])) == ["mouse_up"]
    assert _kinds(actions([_button(0, 0, True), _button(1, 50, True)])) == ["mouse_down", "mouse_down"]


def test_a_gap_between_two_clicks_keeps_them_apart() -> None:
    gap = EventRow(seq=2, t_us=60 * MS, kind=EventKind.GAP, t_end_us=90 * MS)

    assert _kinds(actions([*_click(0, 0), gap, *_click(3, 200)])) == ["click", "click"]


def test_notches_the_same_way_are_one_scroll_and_turning_back_begins_another() -> None:
    down = [_wheel(0, 0, -1.0), _wheel(1, 100, -1.0), _wheel(2, 200, -1.0)]

    (scroll,) = actions(down)
    assert (scroll.scroll_dy, scroll.first_seq, scroll.last_seq) == (-3.0, 0, 2)
    assert [a.scroll_dy for a in actions([*down, _wheel(3, 300, 1.0)])] == [-3.0, 1.0]
    assert [a.scroll_dy for a in actions([*down, _wheel(3, 900, -1.0)])] == [-3.0, -1.0]


def test_shortcuts_are_hotkeys_and_navigation_keys_are_presses() -> None:
    rows = [_key(0, 0, "ctrl+c", mods=2), _key(1, 50, "ctrl+c", False), _key(2, 100, "Return"), _key(3, 150, "Tab")]

    found = actions(rows)
    assert [(a.kind.value, a.keys) for a in found] == [
        ("hotkey", ("ctrl", "c")),
        ("press", ("Return",)),
        ("press", ("Tab",)),
    ]
    assert found[0].t_end_us == 50 * MS


def test_a_held_key_is_one_press_with_every_repeat() -> None:
    rows = [_key(i, 30 * i, "Down") for i in range(4)]

    assert [a.keys for a in actions([*rows, _key(4, 130, "Down", False)])] == [("Down",) * 4]
    tapped = [
        row for i in range(3) for row in (_key(2 * i, 100 * i, "Down"), _key(2 * i + 1, 100 * i + 20, "Down", False))
    ]
    assert [a.keys for a in actions(tapped)] == [("Down",)] * 3


def test_a_modifier_alone_is_a_press_and_with_another_key_it_is_not() -> None:
    lone = [_key(0, 0, "Super_L"), _key(1, 80, "Super_L", False)]
    used = [_key(0, 0, "Control_L"), _key(1, 50, "ctrl+s", mods=2), _key(2, 90, "Control_L", False)]

    assert [(a.kind.value, a.keys) for a in actions(lone)] == [("press", ("Super_L",))]
    assert [(a.kind.value, a.keys) for a in actions(used)] == [("hotkey", ("ctrl", "s"))]


def test_a_chord_may_contain_the_plus_key() -> None:
    assert chord("ctrl++", 0) == ("ctrl", "+")
    assert chord("+", 0) == ("+",)
    assert chord("ctrl+shift+t", 0) == ("ctrl", "shift", "t")
    assert chord("Tab", 1) == ("shift", "Tab")


def test_typing_keeps_its_bucket_and_a_secret_entry_keeps_nothing() -> None:
    typed = EventRow(seq=0, t_us=0, kind=EventKind.TEXT_RUN, t_end_us=2_000_000, count_bucket="5-8")
    secret = EventRow(seq=1, t_us=3_000_000, kind=EventKind.SECRET_ENTRY)

    found = actions([typed, secret])
    assert [(a.kind.value, a.count_bucket, a.keys) for a in found] == [("type", "5-8", ()), ("secret_entry", None, ())]


_ANY_ROW = st.builds(
    EventRow,
    seq=st.just(0),
    t_us=st.integers(0, 10**7),
    kind=st.sampled_from(list(EventKind)),
    t_end_us=st.none() | st.integers(0, 10**7),
    x=st.none() | st.integers(-50, 50),
    y=st.none() | st.integers(-50, 50),
    button=st.none() | st.integers(1, 9),
    pressed=st.none() | st.booleans(),
    scroll_dy=st.none() | st.floats(-3, 3),
    key=st.none() | st.sampled_from(["ctrl+c", "Return", "Shift_L", "+", "ctrl++", ""]),
    mods=st.none() | st.integers(0, 127),
)


@given(st.lists(_ANY_ROW, max_size=40))
def test_every_button_row_ends_in_exactly_one_action_whatever_the_order(drawn: list[EventRow]) -> None:
    rows = [replace(row, seq=i) for i, row in enumerate(drawn)]

    found = actions(rows)
    ends = [seq for a in found if a.button is not None for seq in {a.first_seq, a.last_seq}]
    buttons = [row.seq for row in rows if row.kind is EventKind.BUTTON and row.button is not None]
    clicks = sum(max(0, (a.clicks or 1) - 1) * 2 for a in found if a.button is not None)
    assert len(buttons) == len(ends) + clicks
    assert [a.t_start_us for a in found] == sorted(a.t_start_us for a in found)


def _target(seq: int, t_ms: int, name: str) -> EventRow:
    rect = {"x": 1, "y": 2, "width": 3, "height": 4}
    return EventRow(
        seq=seq,
        t_us=t_ms * MS,
        kind=EventKind.TARGET,
        target_role="button",
        target_name=name,
        target_rect=rect,
    )


def test_a_click_has_the_element_that_its_press_acted_on() -> None:
    rows = [_button(0, 100, True), _target(1, 100, "Save"), _button(2, 150, False), *_click(3, 2000)]
    first, second = actions(rows)

    assert first.target == {"rect": {"x": 1, "y": 2, "width": 3, "height": 4}, "role": "button", "name": "Save"}
    assert second.target is None


def test_an_element_between_two_clicks_does_not_part_them() -> None:
    rows = [*_click(0, 0), _target(2, 0, "One"), _button(3, 200, True), _target(4, 200, "Two"), _button(5, 250, False)]
    (double,) = actions(rows)

    assert (double.kind, double.clicks) == (StepAction.DOUBLE_CLICK, 2)
    assert double.target is not None
    assert double.target["name"] == "One"


def test_an_element_of_a_press_that_is_gone_names_nothing() -> None:
    assert actions([_target(0, 100, "Save")]) == []


def _typed(seq: int, t_ms: int, kind: EventKind, run: int, **more: Any) -> EventRow:
    return EventRow(seq=seq, t_us=t_ms * MS, kind=kind, run=run, **more)


def test_what_was_typed_is_one_step_at_its_placeholder_with_its_text_and_no_presses() -> None:
    rows = [
        *_click(0, 1200),
        _typed(2, 1000, EventKind.TEXT_HELD, 1),
        _key(3, 4000, "Return"),
        _key(4, 4010, "Return", pressed=False),
        *(_typed(5 + at, 1400 + 100 * at, EventKind.KEY, 1, pressed=at % 2 == 0) for at in range(4)),
        _typed(9, 1000, EventKind.TEXT_RUN, 1, t_end_us=2000 * MS, text="hi", count_bucket="2-4"),
    ]

    click, typing, enter = actions(rows)
    assert (click.kind, typing.kind, enter.kind) == (StepAction.CLICK, StepAction.TYPE, StepAction.PRESS)
    assert (typing.text, typing.count_bucket, typing.first_seq, typing.last_seq) == ("hi", "2-4", 2, 9)
    assert typing.t_start_us == 1250 * MS
    assert typing.t_end_us == 2000 * MS


def test_a_placeholder_whose_run_never_came_is_no_step() -> None:
    assert actions([_typed(0, 1000, EventKind.TEXT_HELD, 1), *(_click(1, 1100))])[0].kind is StepAction.CLICK
    assert actions([_typed(0, 1000, EventKind.TEXT_HELD, 1)]) == []


def test_a_run_that_is_stored_late_does_not_come_between_the_clicks_of_a_double_click() -> None:
    late = _typed(2, 0, EventKind.TEXT_RUN, 1, t_end_us=1000 * MS, text="hi", count_bucket="2-4")

    assert _kinds(actions([*_click(0, 31_000), late, *_click(3, 31_200)])) == ["type", "double_click"]
