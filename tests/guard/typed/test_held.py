"""Typed text that may be kept: held until it is certain, masked in every view, and never told before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.guard import Guard
from recorder.model.consent import Category
from recorder.model.policy import TextLevel
from recorder.model.raw import Fault, Mods, RawEvent, RawFault, Role
from recorder.model.redacted import CountBucket, EventKind, GapReason, KeyClass, Redacted, Redaction
from tests.guard.scene import ALL, MS, button, events, focus, kinds, play, sensor, windows
from tests.guard.typed.writing import LATER, keys_of, letters, policy, press, runs, shown, taken, texts, writing

CARD = "4111 1111 1111 1111"


def finish(made: Guard, *steps: list[RawEvent]) -> list[Redacted]:
    rows = [row for step in steps for row in play(made, step)]
    return rows + made.tick(LATER * MS) + made.close(LATER * MS)


def test_words_become_a_text_and_a_row_for_every_key_with_its_character() -> None:
    rows = finish(writing(), letters(3000, "the door is open. "))

    assert texts(rows) == ["the door is open. "]
    assert shown(rows) == "the door is open. "
    assert [row.pressed for row in keys_of(rows)].count(True) == 18
    assert {row.run for row in keys_of(rows)} == {1}
    assert all((row.key, row.keycode, row.mods) == (None, None, None) for row in keys_of(rows))


def test_a_placeholder_goes_out_at_once_and_nothing_else_before_30_s_of_silence() -> None:
    made = writing()
    rows = play(made, letters(3200, "hello "))

    assert kinds(rows) == ["text_held"]
    assert (events(rows)[0].run, events(rows)[0].t_us) == (1, 3_000_000)
    assert kinds(made.tick(33_000 * MS)) == []
    assert "text_run" in kinds(made.tick(33_700 * MS))


def test_coming_back_within_30_s_continues_the_run() -> None:
    made = writing()
    away, back = windows(t=6000, focused=2, generation=2), windows(t=20_000, generation=3)
    here = focus(20_001, Role.TEXT, "field")
    first = [*taken(2000, "field", 0, 0), *letters(3000, "the door "), *taken(5000, "field", 0, 9)]
    rows = finish(made, first, [away, back, here], letters(24_000, "is open "))

    assert texts(rows) == ["the door is open "]


def test_an_enter_and_another_element_end_the_run() -> None:
    made = writing()
    there, back = focus(4000, Role.TEXT, "other"), focus(5000, Role.TEXT, "field")
    first = [*taken(2000, "field", 0, 0), *letters(3000, "the door "), *taken(3800, "field", 0, 9)]
    rows = finish(made, first, press(3900, "Return"), [there, back], letters(6000, "is open "))

    assert texts(rows) == ["the door ", "is open "]


@pytest.mark.parametrize("role", [Role.UNKNOWN, Role.SECRET])
def test_without_a_known_harmless_field_nothing_but_a_count_is_kept(role: Role) -> None:
    rows = finish(writing(role=role), letters(3000, "the door is open"))

    assert keys_of(rows) == []
    assert [run.text for run in runs(rows)] == ([None] if role is Role.UNKNOWN else [])


@pytest.mark.parametrize(
    ("level", "categories"),
    [
        (TextLevel.NONE, ALL),
        (TextLevel.WORDS, ALL - {Category.KEY_SHAPE}),
    ],
)
def test_without_the_rule_or_the_consent_no_key_has_a_row(level: TextLevel, categories: frozenset[Category]) -> None:
    rows = finish(writing(level, categories), letters(3000, "the door"))

    assert keys_of(rows) == []
    assert not any(run.text for run in runs(rows))


@pytest.mark.parametrize(
    ("level", "categories"), [(TextLevel.CLASSES, ALL), (TextLevel.WORDS, ALL - {Category.TEXT_CONTENT})]
)
def test_classes_show_neither_characters_nor_precise_times(level: TextLevel, categories: frozenset[Category]) -> None:
    rows = finish(writing(level, categories), letters(3003, "at 5 "))

    downs = [row for row in keys_of(rows) if row.pressed]
    assert [row.key_class for row in downs][:3] == [KeyClass.LETTER, KeyClass.LETTER, KeyClass.SPACE]
    assert (shown(rows), texts(rows)) == ("", [None])
    assert all(row.t_us % 100_000 == 0 for row in keys_of(rows))


@pytest.mark.parametrize(
    "steps",
    [
        [letters(3000, CARD)],
        [letters(3000, "4111 1199"), press(3500, "BackSpace"), press(3550, "BackSpace"), letters(3600, "11 1111 1111")],
        [letters(3000, CARD), *(press(5000 + 50 * index, "BackSpace") for index in range(19)), letters(7000, "gone ")],
        [
            letters(3000, "4111"),
            press(3300, "Tab"),
            letters(3400, "1111"),
            press(3700, "Tab"),
            letters(3800, "11111111"),
        ],
        [*([*letters(3000 + 100 * at, digit), *press(3050 + 100 * at, "Left")] for at, digit in enumerate(CARD[::-1]))],
        [letters(3000, "4111 11"), [button(3500), button(3510, down=False)], letters(6000, "11 1111 1111")],
        [letters(3000, "4 1 1 1 1 1 1 1 ")],
        [letters(3000, "4111 1111 11"), letters(40_000, "11 1111")],
    ],
    ids=["plain", "corrected", "taken away", "boxes", "backwards", "clicked", "spelled", "after a long pause"],
)
def test_a_card_number_leaves_no_digit_however_it_is_typed(steps: list[list[RawEvent]]) -> None:
    rows = finish(writing(), *steps)

    assert keys_of(rows) != []
    assert not any(char.isdigit() for char in shown(rows) + "".join(filter(None, texts(rows))))


def test_boxes_that_advance_by_themselves_are_read_together() -> None:
    made = writing()
    steps: list[list[RawEvent]] = []
    for box in range(4):
        t, name = 3000 + 1000 * box, f"box{box}"
        steps += [
            [focus(t, Role.TEXT, name)],
            taken(t + 10, name, 0, 0),
            letters(t + 20, "41"),
            taken(t + 900, name, 0, 2),
        ]
    rows = finish(made, *steps)

    assert len(runs(rows)) == 4
    assert shown(rows) == ""


def test_half_in_one_window_and_half_in_another_is_one_value() -> None:
    made = writing()
    made.set_policy(policy(TextLevel.WORDS), 2 * MS)
    rows = play(made, letters(3000, "ann.example@exa"))
    rows += play(made, [focus(4500, Role.TEXT, "second")])
    rows += finish(made, letters(6000, "mple.org "))

    assert "@" not in shown(rows)
    assert "mple" not in shown(rows)


def test_a_masked_key_is_one_constant_and_its_time_is_on_the_grid() -> None:
    rows = finish(writing(), letters(3007, f"the door {CARD} "))

    masked = [row for row in keys_of(rows) if row.key_class is KeyClass.MASKED]
    assert len(masked) >= 38
    assert {(row.char, row.key, row.keycode, row.mods, row.injected) for row in masked} == {(None,) * 5}
    assert all(row.t_us % 100_000 == 0 for row in masked)


def test_neighbours_of_what_is_masked_lose_their_precise_time_and_others_keep_it() -> None:
    rows = keys_of(finish(writing(), letters(3007, f"the door is {CARD} ")))

    first = next(at for at, row in enumerate(rows) if row.key_class is KeyClass.MASKED)
    assert [row.t_us % 100_000 for row in rows[first - 2 : first]] == [0, 0]
    assert rows[0].t_us == 3_007_000
    assert [row.t_us for row in rows] == sorted(row.t_us for row in rows)


def test_what_was_masked_is_counted_by_kind_and_never_by_length() -> None:
    rows = finish(writing(), letters(3000, f"pay with {CARD} now "))

    (found,) = [row for row in rows if isinstance(row, Redaction) and row.field == "char"]
    assert (found.target, found.ref_id, found.count) == ("events", 1, 1)
    assert texts(rows) == [f"pay with [{found.category}] now "]


def test_a_label_in_front_masks_a_harmless_word_wherever_it_was_typed_before() -> None:
    rows = finish(writing(), letters(3000, "sunshine in the garden. my password is sunshine "))

    assert "sunshine" not in shown(rows)


def test_a_paste_has_no_content_and_marks_the_run() -> None:
    rows = finish(writing(), letters(3000, "the door "), press(4000, "v", Mods.CTRL), letters(5000, " is open "))

    (run,) = runs(rows)
    assert run.pasted
    assert run.text == "the door  …  is open "


# What takes a run away.


@pytest.mark.parametrize("what", ["same element", "in doubt", "sensor"])
def test_a_run_that_turns_out_secret_leaves_nothing_but_its_placeholder(what: str) -> None:
    made = writing()
    rows = play(made, letters(3000, "sunshine"))
    match what:
        case "same element":
            rows += play(made, [focus(20_000, Role.SECRET, "field")])
        case "in doubt":
            rows += play(made, [focus(3500, Role.SECRET, "password")])
        case _:
            rows += play(made, [sensor(3500, active=True)])
    rows += made.tick(LATER * MS) + made.close(LATER * MS)

    assert [row.kind for row in events(rows) if row.run is not None] == [EventKind.TEXT_HELD]
    assert "secret_entry" in kinds(rows)
    assert made.counters["key"].balances


def cut_off(secret: list[RawEvent]) -> list[Redacted]:
    """Two fields, and keys of which nobody knew yet that they went into the second one."""
    made = writing()
    rows = play(made, [*taken(2000, "field", 0, 0), *letters(3003, "the door is open "), *taken(4500, "field", 0, 17)])
    rows += play(made, [*press(4600, "Tab"), *secret, focus(6000, Role.SECRET, "password")])
    rows += made.tick(LATER * MS) + made.close(LATER * MS)
    assert made.counters["key"].balances
    return rows


def test_a_word_about_a_secret_element_takes_only_the_keys_in_doubt_out_of_a_run() -> None:
    rows = cut_off(letters(5000, "sunshine"))

    assert texts(rows) == ["the door is open  … [secret]"]
    assert shown(rows) == "the door is open "
    assert [row.pressed for row in keys_of(rows)].count(True) == 17
    assert "secret_entry" in kinds(rows)


@given(st.text("ab 7@é4", max_size=12), st.sampled_from([20.0, 35.0, 60.0]))
def test_what_is_left_of_a_run_tells_nothing_about_what_was_cut_out(secret: str, every: float) -> None:
    first, one = letters(5000, "x"), cut_off(letters(5000, "x"))
    other = cut_off([*first, *letters(5100, secret, every=every)])

    assert [row for row in events(other) if row.run] == [row for row in events(one) if row.run]


def test_a_sensor_takes_the_last_second_and_what_nothing_took_out_of_a_run() -> None:
    made = writing()
    first = [*taken(2000, "field", 0, 0), *letters(3000, "the door is open "), *taken(4000, "field", 0, 17)]
    rows = play(made, [*first, *letters(4500, "xy"), *letters(7900, "sunshine", every=20), sensor(8100, active=True)])
    rows += made.tick(LATER * MS) + made.close(LATER * MS)

    assert texts(rows) == ["the door is open [secret]"]
    assert shown(rows) == "the door is open "
    assert made.counters["key"].balances


def test_keys_beside_what_was_cut_out_lose_their_precise_time() -> None:
    rows = cut_off(letters(5000, "sunshine"))

    assert [row.t_us % 100_000 for row in keys_of(rows)[-2:]] == [0, 0]
    assert keys_of(rows)[0].t_us == 3_003_000


def test_where_what_was_cut_out_took_something_away_a_count_is_left() -> None:
    rows = cut_off([*letters(5000, "sun"), *press(5400, "BackSpace")])

    assert keys_of(rows) == []
    (run,) = runs(rows)
    assert (run.text, run.edited, run.count_bucket) == (None, False, CountBucket.TO_32)


def test_a_role_that_becomes_unknown_leaves_a_count() -> None:
    rows = finish(writing(), letters(3000, "sunshine "), [focus(4000, Role.UNKNOWN, "field")])

    assert keys_of(rows) == []
    assert [(run.run, run.text) for run in runs(rows)] == [(1, None)]


def test_without_accessibility_what_is_held_leaves_a_count() -> None:
    lost = RawFault(t_ns=4000 * MS, fault=Fault.ACCESSIBILITY_LOST)
    rows = finish(writing(), letters(3000, "sunshine "), [lost])

    assert keys_of(rows) == []
    assert [run.text for run in runs(rows)] == [None]


def test_when_the_recording_ends_a_count_is_left_of_what_is_certain() -> None:
    made = writing()
    rows = play(made, letters(3000, "the door ")) + made.close(29_000 * MS)

    assert keys_of(rows) == []
    assert [run.text for run in runs(rows)] == [None]
    assert made.counters["key"].aggregated == 18


@pytest.mark.parametrize("how", ["pause", "lock", "forget", "fault"])
def test_a_pause_a_lock_and_a_deletion_drop_what_is_held(how: str) -> None:
    made = writing()
    rows = play(made, letters(3000, "the door "))
    match how:
        case "pause":
            rows += made.pause(3600 * MS)
        case "lock":
            rows += play(made, [sensor(3600, active=True)])
        case "forget":
            made.forget()
        case _:
            rows += play(made, [RawFault(t_ns=3600 * MS, fault=Fault.INPUT_LOST)])
    rows += made.tick(LATER * MS) + made.close(LATER * MS)

    assert [row.kind for row in events(rows) if row.run is not None] == [EventKind.TEXT_HELD]
    assert made.counters["key"].balances


def test_narrower_rules_and_a_narrower_consent_take_the_words_of_what_is_held() -> None:
    made = writing()
    rows = play(made, letters(3000, "the door ")) + made.set_policy(policy(TextLevel.NONE), 4000 * MS)
    assert texts(rows + made.tick(LATER * MS)) == [None]

    made = writing()
    rows = play(made, letters(3000, "the door "))
    rows += made.narrow(categories=ALL - {Category.TEXT_CONTENT}, blocked_apps=frozenset(), t_ns=4000 * MS)
    rows += made.tick(LATER * MS)
    assert (texts(rows), shown(rows)) == ([None], "")
    assert keys_of(rows) != []


def test_a_wider_rule_gives_a_run_that_is_open_nothing() -> None:
    made = writing(TextLevel.CLASSES)
    rows = play(made, letters(3000, "the door ")) + made.set_policy(policy(TextLevel.WORDS), 4000 * MS)
    rows += finish(made, letters(5000, "is open "))

    assert shown(rows) == ""


def test_who_types_for_long_without_a_pause_gets_text_between_two_words_and_every_key_is_booked() -> None:
    made = writing()
    rows = finish(made, letters(3000, "the door is open and the light is on " * 30, every=60))

    assert len(runs(rows)) > 2
    assert "[unfinished]" not in "".join(run.text or "" for run in runs(rows)[:-1])
    assert made.counters["key"].balances


def test_what_can_not_be_ended_between_words_leaves_a_count() -> None:
    made = writing()
    rows = finish(made, letters(3000, "4" * 900, every=40))

    assert shown(rows) == ""
    assert runs(rows)[0].text is None


# Properties.

STEPS = st.one_of(
    st.tuples(st.just("type"), st.sampled_from(["a", "7", " ", "@", "é", "ж"])),
    st.tuples(
        st.just("press"), st.sampled_from(["BackSpace", "Delete", "Left", "Home", "Up", "Return", "Tab", "dead_acute"])
    ),
    st.tuples(st.just("wait"), st.sampled_from([10, 400, 3000, 31_000])),
    st.tuples(st.just("focus"), st.sampled_from(["text", "other", "unknown", "secret"])),
    st.tuples(st.just("click"), st.just(0)),
    st.tuples(st.just("sensor"), st.booleans()),
    st.tuples(st.just("window"), st.sampled_from([1, 2])),
)


def _events(step: tuple[str, object], t: float) -> list[RawEvent]:
    match step:
        case ("type", str(char)):
            return letters(t, char)
        case ("press", str(name)):
            return press(t, name)
        case ("focus", name):
            roles = {"unknown": Role.UNKNOWN, "secret": Role.SECRET}
            return [focus(t, roles.get(str(name), Role.TEXT), f"element {name}")]
        case ("click", _):
            return [button(t), button(t + 5, down=False)]
        case ("sensor", bool(active)):
            return [sensor(t, active=active)]
        case ("window", int(number)):
            return [windows(t=t, focused=number, generation=round(t))]
        case _:
            return []


@given(st.lists(STEPS, max_size=40))
def test_whatever_happens_the_books_balance_and_a_run_that_is_open_tells_no_character(
    steps: list[tuple[str, object]],
) -> None:
    made, t = writing(), 1000.0
    last_key: float | None = None
    told: list[Redacted] = []
    for step in steps:
        t += 60 if step[0] != "wait" else float(str(step[1]))
        rows = play(made, _events(step, t)) + made.tick(round((t + 30) * MS))
        if last_key is not None and t - last_key < 2000:
            assert [row for row in events(rows) if row.run is not None and row.kind is not EventKind.TEXT_HELD] == []
        last_key = t if step[0] == "type" else last_key
        told += rows
    told += made.tick(round((t + LATER) * MS)) + made.close(round((t + LATER) * MS))

    assert made.counters["key"].balances
    assert all(row.char is None or row.key_class is not KeyClass.MASKED for row in keys_of(told))
    assert all(row.reason is not GapReason.GUARD_ERROR for row in events(told))
