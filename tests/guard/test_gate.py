"""The guard as a whole: any order of events, the books balance, and nothing that must not pass ever does."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.guard import Guard
from recorder.guard.gaps import FAULT_REASONS
from recorder.model.consent import Category
from recorder.model.geometry import Rect
from recorder.model.policy import Policy
from recorder.model.raw import Fault, Mods, RawDamage, RawEvent, RawFault, RawFocus, RawSecret, Role, SecretSource
from recorder.model.redacted import (
    Channel,
    EventKind,
    FrameSeen,
    GapReason,
    Redacted,
    RedactedEvent,
    RedactedFrame,
    Redaction,
)
from tests.guard.scene import (
    ALL,
    BANK,
    BANK_WINDOW,
    BOTH,
    EDITOR_WINDOW,
    GREEN,
    LEFT,
    MS,
    POLICY,
    RED,
    RIGHT,
    SCREEN,
    button,
    colours,
    contexts,
    events,
    focus,
    frame,
    frames,
    guard,
    key,
    kinds,
    move,
    picture,
    play,
    stroke,
    typed,
    wheel,
    window,
    windows,
)

DESK = picture((LEFT, GREEN), (RIGHT, RED))


def fault(t: float, which: Fault = Fault.OVERFLOW, *, over: bool = False) -> RawFault:
    return RawFault(t_ns=round(t * MS), fault=which, over=over)


def balanced(made: Guard) -> bool:
    return all(tally.balances for tally in made.counters.values())


# Pause, faults, errors, the end.


def test_nothing_from_the_pause_on_is_stored_and_one_row_says_so() -> None:
    made = guard()
    rows = play(made, [move(100)]) + made.pause(200 * MS)
    rows += play(made, [move(300), *stroke(310, "Return"), button(320)]) + made.see_frame(frame(330, DESK))
    rows += made.resume(5000 * MS) + made.close(6000 * MS)

    assert kinds(rows) == ["pointermove", "pause"]
    (pause,) = events(rows, EventKind.PAUSE)
    assert (pause.t_us, pause.t_end_us, pause.reason) == (200_000, 5_000_000, GapReason.PAUSED)
    assert made.counters["frame"].withheld == {"paused": 1}
    assert balanced(made)


def test_after_a_pause_nothing_passes_before_the_windows_are_known_again() -> None:
    made = guard()
    made.pause(200 * MS)
    made.resume(1000 * MS)
    assert kinds(play(made, [move(1100), *stroke(1200, "Return")])) == []
    rows = made.step(windows(t=1300, generation=9)) + play(made, [move(1400)])

    assert [row.t_us for row in contexts(rows)] == [1_300_000]
    assert events(rows)[-1].kind is EventKind.POINTERMOVE


def test_what_happened_before_the_resume_and_came_in_late_is_not_stored() -> None:
    made = guard()
    made.pause(200 * MS)
    made.resume(1000 * MS)
    made.step(windows(t=900))

    assert kinds(play(made, [move(950)])) == []


def test_what_happened_before_the_recording_began_is_not_stored() -> None:
    made = Guard(policy=POLICY, categories=ALL, t0_ns=1000 * MS, source="fake")
    made.step(windows(t=900))

    assert kinds(play(made, [move(950), move(1000)])) == ["pointermove"]


def test_a_pause_that_never_ended_is_stated_at_the_end() -> None:
    made = guard()
    made.pause(200 * MS)

    assert [(row.kind, row.t_end_us) for row in events(made.close(900 * MS))] == [(EventKind.PAUSE, 900_000)]


@pytest.mark.parametrize("which", FAULT_REASONS)
def test_a_fault_closes_everything_until_it_is_over(which: Fault) -> None:
    made = guard()
    rows = play(made, [fault(100, which), move(200), button(210), wheel(220), *stroke(230, "Return")])
    rows += made.see_frame(frame(300, DESK))
    assert rows == []
    assert made.withholding
    rows = play(made, [fault(400, which, over=True), windows(t=401, generation=5), move(500)])

    assert kinds(rows) == ["gap", "pointermove"]
    gap = events(rows)[0]
    assert (gap.channel, gap.reason, gap.t_us, gap.t_end_us) == (Channel.ALL, FAULT_REASONS[which], 100_000, 400_000)


@pytest.mark.parametrize("which", [Fault.OVERFLOW, Fault.INPUT_LOST, Fault.DISPLAY_LOST])
def test_after_lost_events_a_stack_from_before_is_not_trusted(which: Fault) -> None:
    made = guard()
    rows = play(made, [fault(100, which), windows(t=150, generation=3), fault(400, which, over=True), move(500)])

    assert kinds(rows) == ["gap"]


def test_a_stack_that_ends_the_doubt_about_the_stack_is_trusted() -> None:
    which = Fault.WINDOWS_UNKNOWN
    made = guard()
    rows = play(made, [fault(100, which), windows(t=150, generation=3), fault(150, which, over=True), move(500)])

    assert kinds(rows) == ["gap", "pointermove"]


def test_two_faults_must_both_be_over() -> None:
    made = guard()
    play(made, [fault(100), fault(110, Fault.INPUT_LOST), fault(200, over=True), windows(t=210)])
    assert kinds(play(made, [move(220)])) == []
    rows = play(made, [fault(300, Fault.INPUT_LOST, over=True), windows(t=310), move(400)])

    assert kinds(rows) == ["gap", "pointermove"]


def test_a_pause_ends_the_faults_of_connections_that_it_closes() -> None:
    made = guard()
    play(made, [fault(100, Fault.INPUT_LOST)])
    rows = made.pause(200 * MS) + made.resume(300 * MS) + play(made, [windows(t=310), move(400)])

    assert kinds(rows) == ["gap", "pause", "pointermove"]


def test_without_accessibility_typing_is_still_no_more_than_a_run_and_secrets_stay_secret() -> None:
    made = guard()
    rows = play(made, [focus(50, Role.SECRET), fault(100, Fault.ACCESSIBILITY_LOST), *typed(200, "hunter2")])
    rows += play(made, [focus(2000, Role.UNKNOWN, element="e2"), *typed(2500, "ab")]) + made.tick(9000 * MS)

    assert kinds(rows) == ["secret_entry", "text_run"]


def test_a_guard_that_failed_lets_nothing_pass_for_good_and_says_so_at_once() -> None:
    made = guard()
    play(made, typed(100, "ab"))
    rows = made.fail(500 * MS)
    assert [(row.kind, row.reason) for row in events(rows)] == [(EventKind.GAP, GapReason.GUARD_ERROR)]
    rows = play(made, [windows(t=600), move(700), *stroke(710, "Return")]) + made.resume(800 * MS)
    rows += made.see_frame(frame(900, DESK)) + made.close(9000 * MS)

    assert rows == []
    assert balanced(made)


def test_an_event_that_broke_the_guard_is_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    made = guard()
    monkeypatch.setattr(made._pointing._under, "refusal", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        made.step(move(100))
    made.fail(100 * MS)

    assert made.counters["pointermove"].withheld == {"guard_error": 1}


def test_a_closed_guard_gives_nothing_more() -> None:
    made = guard()
    made.close(100 * MS)

    assert play(made, [move(200)]) + made.close(300 * MS) + made.tick(9000 * MS) == []
    assert balanced(made)


# Rules that change.


def test_consent_can_only_get_narrower() -> None:
    made = guard(frozenset({Category.POINTER_PATH}))
    for categories in (ALL, frozenset({Category.KEY_SHAPE})):
        with pytest.raises(ValueError, match="narrower"):
            made.narrow(categories=categories, blocked_apps=frozenset(), t_ns=0)
    made.narrow(categories=frozenset({Category.POINTER_PATH}), blocked_apps=frozenset({"x"}), t_ns=0)
    with pytest.raises(ValueError, match="narrower"):
        made.narrow(categories=frozenset({Category.POINTER_PATH}), blocked_apps=frozenset(), t_ns=0)


def test_a_narrowed_consent_holds_from_the_next_event_on_and_for_what_is_held() -> None:
    made = guard()
    play(made, [*typed(1000, "ab"), key(1200, "Return")])
    made.narrow(categories=frozenset({Category.POINTER_PATH}), blocked_apps=frozenset(), t_ns=1210 * MS)
    rows = play(made, [key(1220, "Return", down=False), button(1230), move(1240)]) + made.close(9000 * MS)

    assert kinds(rows) == ["pointermove"]
    assert balanced(made)


def test_an_app_taken_out_of_the_consent_is_withheld_at_once() -> None:
    made = guard()
    play(made, typed(1000, "ab"))
    rows = made.narrow(categories=ALL, blocked_apps=frozenset({"editor"}), t_ns=1200 * MS)
    rows += play(made, [move(1300), *stroke(1310, "Return")]) + made.close(9000 * MS)

    assert set(kinds(rows)) == {"gap"}


def test_new_rules_hold_from_the_next_event_on() -> None:
    made = guard(policy=Policy())
    assert kinds(play(made, [move(100)])) == []
    rows = made.set_policy(POLICY, 200 * MS) + play(made, [move(300)])
    assert kinds(rows) == ["gap", "pointermove"]
    assert [row.app for row in contexts(rows)] == ["My editor"]
    made.set_policy(Policy(), 400 * MS)

    assert kinds(play(made, [move(500)])) == []


def test_what_the_person_deletes_is_referred_to_no_more() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    play(made, typed(1000, "ab"))
    made.forget()
    rows = play(made, [move(1200)]) + made.tick(9000 * MS)

    assert [(row.kind, row.context_id, row.frame_id) for row in events(rows)] == [(EventKind.POINTERMOVE, 2, None)]
    assert made.counters["key"].withheld == {"forgotten": 4}


def test_withholding_says_whether_something_in_front_of_the_person_is_not_recorded() -> None:
    made = guard()
    assert not made.withholding
    made.step(windows(t=10, focused=2))
    assert made.withholding
    made.step(windows(t=20))
    assert not made.withholding
    made.step(focus(30, Role.SECRET))
    assert made.withholding
    made.step(focus(40, Role.TEXT, "other"))
    made.see_frame(frame(50, DESK, steady=False))
    assert made.withholding
    made.see_frame(frame(60, DESK))
    assert not made.withholding
    made.pause(70 * MS)
    assert made.withholding


# Any order of anything.

LETTERS = ["q", "w", "x", "Z", "7", "at"]  # none of them is part of any word that a row may hold
_names = st.sampled_from([*LETTERS, *LETTERS, "BackSpace", "Return", "Tab", "Left", "Shift_L", "Control_L"])
_mods = st.sampled_from([Mods.NONE, Mods.NONE, Mods.SHIFT, Mods.CTRL, Mods.ALT])
_x, _y = st.integers(-5, 645), st.integers(-5, 485)
_seen = st.tuples(st.sampled_from([1, 2, 3, None]), st.integers(0, 3), st.booleans())

actions = st.lists(
    st.one_of(
        st.tuples(st.just("key"), _names, st.booleans(), _mods),
        st.tuples(st.just("key"), _names, st.booleans(), _mods),
        st.tuples(st.just("move"), _x, _y),
        st.tuples(st.just("button"), _x, _y, st.booleans()),
        st.tuples(st.just("wheel"), _x, _y),
        st.tuples(st.just("windows"), _seen),
        st.tuples(
            st.just("focus"), st.sampled_from(Role), st.sampled_from(["a", "b", None]), st.sampled_from([1, 2, 3])
        ),
        st.tuples(st.just("secret"), st.sampled_from(SecretSource), st.booleans()),
        st.tuples(st.just("fault"), st.sampled_from(Fault), st.booleans()),
        st.tuples(st.just("damage")),
        st.tuples(st.just("frame"), st.booleans(), st.booleans()),
        st.tuples(st.just("pause")),
        st.tuples(st.just("resume")),
        st.tuples(st.just("wait")),
        st.tuples(st.just("narrow"), st.sampled_from(Category)),
    ),
    max_size=40,
)


class Desk:
    """Plays any actions, and knows what is really in front of the person."""

    def __init__(self, categories: frozenset[Category]) -> None:
        self.categories = categories
        self.guard = Guard(policy=POLICY, categories=categories, t0_ns=0, source="fake")
        self.t = 0.0
        self.now = windows()
        self.generation = 1
        self.rows: list[Redacted] = self.guard.step(self.now)

    def act(self, action: tuple[Any, ...]) -> None:
        self.t += 37 if action[0] != "wait" else 2500
        name, rest = action[0], action[1:]
        match name:
            case "frame":
                self.rows += self.guard.see_frame(self._frame(*rest))
            case "pause":
                self.rows += self.guard.pause(round(self.t * MS))
            case "resume":
                self.rows += self.guard.resume(round(self.t * MS))
            case "wait":
                self.rows += self.guard.tick(round(self.t * MS))
            case "narrow":
                self.categories -= {rest[0]}
                self.rows += self.guard.narrow(
                    categories=self.categories, blocked_apps=frozenset(), t_ns=round(self.t * MS)
                )
            case _:
                self._event(getattr(self, f"_{name}")(*rest))

    def _event(self, raw: RawEvent) -> None:
        rows = self.guard.step(raw)
        for row in events(rows, EventKind.POINTERMOVE, EventKind.BUTTON, EventKind.WHEEL):
            assert row.x is None or row.y is None or self._allowed_at(row.x, row.y)
        self.rows += rows

    def _allowed_at(self, x: int, y: int) -> bool:
        if not SCREEN.rect.contains(x, y):
            return False
        top = next((one for one in reversed(self.now.stack) if one.rect.contains(x, y)), None)
        return top is not None and top.app is not None and top.app.executable == "/usr/bin/editor"

    def _frame(self, full: bool, steady: bool) -> Any:
        desk = picture((SCREEN.rect, RED))
        for one in self.now.stack:
            colour = GREEN if one.app is not BANK and one.app is not None else RED
            desk[one.rect.y : one.rect.bottom, one.rect.x : one.rect.right] = (*reversed(colour), 0)
        return frame(self.t, desk, self.now, full=full, steady=steady)

    def _key(self, name: str, down: bool, mods: Mods) -> RawEvent:
        return key(self.t, name, down=down, mods=mods)

    def _move(self, x: int, y: int) -> RawEvent:
        return move(self.t, x, y)

    def _button(self, x: int, y: int, down: bool) -> RawEvent:
        return button(self.t, x, y, down=down)

    def _wheel(self, x: int, y: int) -> RawEvent:
        return wheel(self.t, x, y)

    def _windows(self, seen: tuple[int | None, int, bool]) -> RawEvent:
        focused, order, overlapping = seen
        third = window(3, Rect(200, 100, 300, 200) if overlapping else Rect(0, 400, 100, 80), BANK)
        stack = [EDITOR_WINDOW, BANK_WINDOW, third]
        stack = stack[order:] + stack[:order]
        self.generation += 1
        self.now = windows(*stack, t=self.t, focused=focused, generation=self.generation)
        return self.now

    def _focus(self, role: Role, element: str | None, at: int) -> RawFocus:
        return focus(self.t, role, element, at=at, rect=Rect(10, 10, 50, 20))

    def _secret(self, source: SecretSource, active: bool) -> RawSecret:
        return RawSecret(t_ns=round(self.t * MS), source=source, active=active)

    def _fault(self, which: Fault, over: bool) -> RawFault:
        return fault(self.t, which, over=over)

    def _damage(self) -> RawDamage:
        return RawDamage(t_ns=round(self.t * MS))


def _strings(row: Redacted) -> set[str]:
    fields = (getattr(row, field.name) for field in dataclasses.fields(row) if field.name != "rgb")
    return {str(value) for value in fields if isinstance(value, str)}


@settings(max_examples=150, deadline=None)
@given(script=actions, categories=st.frozensets(st.sampled_from(Category)) | st.just(ALL))
def test_in_any_order_the_books_balance_and_nothing_forbidden_passes(
    script: list[tuple[Any, ...]], categories: frozenset[Category]
) -> None:
    desk = Desk(categories)
    for action in script:
        desk.act(action)
    desk.rows += desk.guard.close(round((desk.t + 5000) * MS))

    assert balanced(desk.guard)
    for row in desk.rows:
        assert not _strings(row) & set(LETTERS)
        if isinstance(row, RedactedFrame):
            assert RED not in colours(row)
    _check_events(desk)


def _check_events(desk: Desk) -> None:
    stored = events(desk.rows)
    for kind in ("pointermove", "button", "wheel", "key"):
        assert desk.guard.counters[kind].stored == sum(row.kind.value == kind for row in stored)
    named = {row.key for row in stored if row.key is not None}
    assert not {name.rpartition("+")[2] for name in named if "+" not in name} & set(LETTERS)
    for row in stored:
        assert row.t_end_us is None or row.t_end_us >= row.t_us
        assert row.kind is EventKind.KEY or (row.keycode is None and row.key is None)


@settings(max_examples=100, deadline=None)
@given(script=actions)
def test_with_no_category_no_event_is_stored(script: list[tuple[Any, ...]]) -> None:
    desk = Desk(frozenset())
    for action in script:
        desk.act(action)
    desk.rows += desk.guard.close(round((desk.t + 5000) * MS))

    assert set(kinds(desk.rows)) <= {"gap", "pause"}
    assert all(row.channel is Channel.ALL for row in events(desk.rows))
    assert frames(desk.rows) == []


class ChangingRules(Desk):
    """The bank is allowed now and then; `named` are the rules in force."""

    named = frozenset({"My editor"})

    def act(self, action: tuple[Any, ...]) -> None:
        if action[0] == "rules":
            self.named = frozenset({"My editor", "My bank"} if action[1] else {"My editor"})
            self.rows += self.guard.set_policy(BOTH if action[1] else POLICY, round(self.t * MS))
            return
        before = len(self.rows)
        super().act(action)
        for row in self.rows[before:]:
            self.check(row)

    def check(self, row: Redacted) -> None:
        if isinstance(row, Redaction | FrameSeen):
            return
        names = set(row.apps or ()) if isinstance(row, RedactedFrame) else {row.app} - {None}
        # Typing that is held belongs to the time when it was typed.
        held = isinstance(row, RedactedEvent) and row.kind is EventKind.TEXT_RUN
        assert names <= (self.named | {"My bank"} if held else self.named)
        assert not names or Category.APP_NAMES in self.categories
        assert not (isinstance(row, RedactedEvent) and row.kind in (EventKind.GAP, EventKind.PAUSE) and names)
        if isinstance(row, RedactedFrame) and Category.APP_NAMES in self.categories:
            assert names

    def _allowed_at(self, x: int, y: int) -> bool:
        return True  # the other property's question


_turns = st.lists(st.tuples(st.just("rules"), st.booleans()), max_size=6)


@settings(max_examples=150, deadline=None)
@given(script=actions, turns=_turns, order=st.randoms(use_true_random=False))
def test_no_rule_is_named_that_allows_nothing_in_front_of_the_person(
    script: list[tuple[Any, ...]], turns: list[tuple[Any, ...]], order: Any
) -> None:
    desk = ChangingRules(ALL)
    for turn in turns:
        script.insert(order.randint(0, len(script)), turn)
    for action in script:
        desk.act(action)

    for row in events(desk.rows, EventKind.POINTERMOVE, EventKind.WHEEL):
        assert row.app is not None or Category.APP_NAMES not in desk.categories


def test_an_app_that_was_taken_out_of_the_consent_is_never_named() -> None:
    blocked = frozenset({"/usr/bin/bank"})
    made = Guard(policy=BOTH, categories=ALL, blocked_apps=blocked, t0_ns=0, source="fake")
    rows = made.step(windows()) + made.see_frame(frame(100, DESK))
    rows += play(made, [move(200, 400), button(210), button(220, 400, down=False), windows(t=300, focused=2)])
    rows += play(made, [*stroke(400, "Return"), move(500)]) + made.close(900 * MS)

    assert "My bank" not in str(rows)


def test_keys_belong_to_the_app_that_has_the_keyboard() -> None:
    made = guard(policy=BOTH)
    rows = play(made, [*stroke(100, "Return"), *typed(200, "ab"), windows(t=1000, focused=2, generation=2)])
    rows += play(made, [*stroke(1100, "v", mods=Mods.CTRL), *typed(1500, "ab")]) + made.tick(9000 * MS)

    mine = [(row.kind.value, row.app) for row in events(rows) if row.kind is not EventKind.POINTERMOVE]
    assert {kind for kind, app in mine if app == "My editor"} == {"key", "text_run"}
    assert {kind for kind, app in mine if app == "My bank"} == {"key", "text_run", "paste"}
    assert len({app for _, app in mine}) == 2


def test_typing_that_is_held_names_no_app_once_names_are_taken_back() -> None:
    made = guard()
    play(made, typed(100, "ab"))
    made.narrow(categories=ALL - {Category.APP_NAMES}, blocked_apps=frozenset(), t_ns=500 * MS)
    rows = made.tick(9000 * MS)

    assert [(row.kind, row.app) for row in events(rows)] == [(EventKind.TEXT_RUN, None)]
