"""Secret input leaves one entry per visit: no characters, no length, no timing, however late the word comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.model.consent import Category
from recorder.model.raw import Mods, RawEvent, Role, SecretSource
from recorder.model.redacted import EventKind, GapReason
from tests.guard.scene import (
    ALL,
    BANK_WINDOW,
    EDITOR_WINDOW,
    MS,
    caret,
    events,
    focus,
    guard,
    key,
    kinds,
    move,
    play,
    sensor,
    stroke,
    typed,
    window,
    windows,
)


def test_a_password_field_leaves_one_entry_to_the_second() -> None:
    made = guard()
    rows = play(made, [focus(1000, Role.SECRET), *typed(1234, "hunter2"), *stroke(1700, "Return")])
    rows += made.close(9000 * MS)

    (entry,) = events(rows)
    assert (entry.kind, entry.t_us, entry.t_end_us) == (EventKind.SECRET_ENTRY, 1_000_000, None)
    assert (entry.key, entry.count_bucket, entry.frame_id) == (None, None, None)
    assert made.counters["key"].withheld == {"secret_input": 16}


def test_entries_of_a_short_and_a_long_password_are_the_same() -> None:
    rows = []
    for text in ("x", "correct horse battery staple"):
        made = guard()
        rows.append(play(made, [focus(1000, Role.SECRET), *typed(1234, text)]) + made.close(9000 * MS))

    assert rows[0] == rows[1]


def test_shortcuts_paste_and_navigation_inside_a_secret_field_are_withheld() -> None:
    made = guard()
    inside: list[RawEvent] = [*stroke(1100, "v", mods=Mods.CTRL), *stroke(1200, "Left"), *stroke(1300, "Tab")]
    rows = play(made, [focus(1000, Role.SECRET), *inside]) + made.close(9000 * MS)

    assert kinds(rows) == ["secret_entry"]


def test_a_visit_without_a_key_leaves_nothing() -> None:
    made = guard()

    assert events(play(made, [focus(1000, Role.SECRET), focus(2000, Role.TEXT, "other")]) + made.close(9000 * MS)) == []


def test_two_visits_are_two_entries() -> None:
    made = guard()
    first: list[RawEvent] = [focus(1000, Role.SECRET), *typed(1100, "ab")]
    other: list[RawEvent] = [focus(3000, Role.TEXT, "other"), focus(4000, Role.SECRET), *typed(4100, "cd")]

    assert kinds(play(made, first + other)) == ["secret_entry", "secret_entry"]


def test_from_one_secret_field_into_the_next_is_a_new_visit() -> None:
    made = guard()
    rows = play(
        made, [focus(1000, Role.SECRET, "a"), *typed(1100, "x"), focus(1200, Role.SECRET, "b"), *typed(1300, "y")]
    )

    assert kinds(rows) == ["secret_entry", "secret_entry"]


def test_an_element_that_was_secret_stays_secret_when_its_role_becomes_text() -> None:
    made = guard()
    play(made, [focus(1000, Role.SECRET), focus(1500, Role.TEXT)])
    rows = play(made, typed(1600, "shown")) + made.close(9000 * MS)

    assert kinds(rows) == ["secret_entry"]


def test_silence_of_accessibility_does_not_end_a_secret_visit() -> None:
    made = guard()
    rows = play(made, [focus(1000, Role.SECRET), *typed(1100, "a"), focus(1200, Role.UNKNOWN, None), *typed(1300, "b")])
    rows += made.close(9000 * MS)

    assert kinds(rows) == ["secret_entry"]


def test_coming_back_to_the_window_finds_its_field_still_secret() -> None:
    made = guard()
    play(made, [focus(1000, Role.SECRET), windows(t=1100, focused=2), windows(t=1200)])

    assert kinds(play(made, typed(1300, "x")) + made.close(9000 * MS)) == ["secret_entry"]


def test_a_secret_answer_under_an_unknown_window_name_counts_for_the_focused_window() -> None:
    made = guard()
    rows = play(made, [focus(1000, Role.SECRET, at=999), *typed(1100, "x")]) + made.close(9000 * MS)

    assert kinds(rows) == ["secret_entry"]


@pytest.mark.parametrize("source", [SecretSource.TERMINAL_ECHO_OFF, SecretSource.KEYBOARD_GRAB])
def test_a_sensor_makes_input_secret_while_it_is_on(source: SecretSource) -> None:
    made = guard()
    rows = play(made, [sensor(1000, active=True, source=source), *typed(1100, "pw"), *stroke(1300, "Return")])
    rows += play(made, [sensor(3000, active=False, source=source), *stroke(3100, "Return")])

    assert kinds(rows) == ["secret_entry", "key", "key"]


def test_a_locked_screen_stops_keys_pointer_and_pictures() -> None:
    made = guard()
    rows = play(made, [sensor(1000, active=True, source=SecretSource.SCREEN_LOCKED), *typed(1100, "pw"), move(1200)])
    rows += made.close(9000 * MS)

    assert kinds(rows) == ["secret_entry", "gap"]
    assert made.counters["pointermove"].withheld == {"screen_locked": 1}


@pytest.mark.parametrize("late", [0, 100, 400, 800, 1500])
@pytest.mark.parametrize("gap", [5, 20, 60])
@pytest.mark.parametrize("leave", ["", "Return", "Tab"])
def test_a_password_announced_late_leaves_no_trace_of_its_length(late: int, gap: int, leave: str) -> None:
    """Tab into the field, type at once, perhaps leave again, and only then the application says what it was."""
    made = guard()
    made.step(focus(0, Role.TEXT, "user"))
    keys: list[RawEvent] = [*stroke(3000, "Tab"), *typed(3020, "hunter2", every=gap)]
    end = 3020 + 7 * gap
    keys += stroke(end, leave) if leave else []
    announced: list[RawEvent] = [focus(max(3001 + late, end + 15), Role.SECRET, "password")]
    rows = play(made, keys + announced) + made.tick(20_000 * MS) + made.close(20_000 * MS)

    assert events(rows, EventKind.TEXT_RUN) == []
    assert len(events(rows, EventKind.SECRET_ENTRY)) == 1


def test_the_user_name_before_it_is_kept() -> None:
    made = guard()
    rows = play(made, [focus(0, Role.TEXT, "user"), caret(1, 0, "user"), *typed(1000, "anna")])
    rows += play(made, [caret(1170, 4, "user"), *stroke(1300, "Tab")])
    rows += play(made, [*typed(1400, "pw"), focus(1700, Role.SECRET, "password")]) + made.close(9000 * MS)

    assert sorted(kinds(rows)) == ["key", "key", "secret_entry", "text_run"]


def test_a_script_that_moves_the_focus_without_a_cause_drops_the_open_run() -> None:
    made = guard()
    rows = play(
        made, [focus(0, Role.TEXT, "a"), *typed(3000, "1234"), focus(3200, Role.SECRET, "b"), *typed(3300, "5")]
    )
    rows += made.close(9000 * MS)

    assert kinds(rows) == ["secret_entry"]


def test_typing_into_a_secret_field_of_an_app_that_is_not_allowed_is_only_a_gap() -> None:
    made = guard(seen=windows(focused=2))
    rows = play(made, [focus(1000, Role.SECRET, at=2), *typed(1100, "pw")]) + made.close(9000 * MS)

    assert [(row.kind, row.reason) for row in events(rows)] == [(EventKind.GAP, GapReason.APP_NOT_ALLOWED)]


def test_without_any_key_category_not_even_the_entry_is_left() -> None:
    made = guard(ALL - {Category.KEY_SHAPE, Category.SHORTCUTS})

    assert events(play(made, [focus(1000, Role.SECRET), *typed(1100, "pw")]) + made.close(9000 * MS)) == []


def test_a_key_that_went_down_before_the_field_and_came_up_in_it_keeps_its_fate() -> None:
    made = guard()
    rows = play(made, [key(1000, "Tab"), focus(1005, Role.SECRET), key(1050, "Tab", down=False)])
    rows += play(made, [key(1100, "x"), focus(1150, Role.TEXT, "other"), key(1200, "x", down=False)])

    assert kinds(rows) == ["key", "key", "secret_entry"]
    assert made.counters["key"].withheld == {"secret_input": 2}


def test_a_closed_window_does_not_make_its_elements_harmless() -> None:
    made = guard(seen=windows(EDITOR_WINDOW, BANK_WINDOW, window(3), focused=3))
    play(made, [focus(1000, Role.SECRET, at=3), windows(t=1100, generation=2)])
    rows = play(made, [focus(1200, Role.TEXT), *typed(1300, "x")]) + made.close(9000 * MS)

    assert kinds(rows) == ["secret_entry"]


steps = st.lists(
    st.one_of(
        st.sampled_from(["type", "Tab", "Return", "click-away", "wait", "back"]),
        st.sampled_from(["text", "unknown", "other"]),
    ),
    max_size=12,
)


@given(before=steps, inside=st.lists(st.sampled_from(["a", "Left", "Return", "v", "unknown", "wait"]), max_size=8))
def test_whatever_came_before_a_visit_leaves_at_most_one_entry_and_no_key(before: list[str], inside: list[str]) -> None:
    made = guard()
    t = 1000.0
    for name in before:
        match name:
            case "type":
                play(made, typed(t, "ab"))
            case "Tab" | "Return":
                play(made, stroke(t, name))
            case "text" | "other":
                play(made, [focus(t, Role.TEXT, name)])
            case "unknown":
                play(made, [focus(t, Role.UNKNOWN, None)])
            case _:
                t += 3000
        t += 200
    t += 12_000
    made.tick(round(t * MS))
    rows = play(made, [focus(t, Role.SECRET, "password")])
    typed_keys = 0
    for name in inside:
        t += 150
        match name:
            case "unknown":
                rows += play(made, [focus(t, Role.UNKNOWN, None)])
            case "wait":
                rows += made.tick(round((t + 4000) * MS))
                t += 4000
            case "v":
                rows += play(made, stroke(t, "v", mods=Mods.CTRL))
                typed_keys += 1
            case _:
                rows += play(made, stroke(t, name))
                typed_keys += 1
    rows += made.close(round((t + 9000) * MS))

    assert kinds(rows) == (["secret_entry"] if typed_keys else [])
    assert made.counters["key"].balances
