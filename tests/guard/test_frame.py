"""Which pictures are kept, when, and that no pixel of a window that is not allowed is ever in one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.guard import Guard
from recorder.model.consent import Category
from recorder.model.geometry import Monitor, Rect
from recorder.model.policy import FramePacing, Policy
from recorder.model.raw import RawDamage, RawFrame, RawPatch, RawWindow, Role, SecretSource
from recorder.model.redacted import EventKind, FrameSeen, GapReason, Redaction, Trigger
from tests.guard.scene import (
    ALL,
    BANK,
    BANK_WINDOW,
    BLUE,
    BOTH,
    EDITOR,
    EDITOR_WINDOW,
    GREEN,
    LEFT,
    MS,
    POLICY,
    RED,
    RIGHT,
    RULE,
    SCREEN,
    SECOND,
    WHITE,
    Picture,
    button,
    colours,
    events,
    focus,
    frame,
    frames,
    guard,
    key,
    kinds,
    picture,
    pixels,
    play,
    sensor,
    typed,
    wheel,
    window,
    windows,
    write,
)

BLACK, GREY = (0, 0, 0), (128, 128, 128)
DESK = picture((LEFT, GREEN), (RIGHT, RED))


def spotted(*spots: int) -> Picture:
    """The desk with flat squares in the editor: each spot is a picture of its own."""
    made = DESK.copy()
    for spot in spots:
        made[100 : 100 + 130, 10 + spot : 10 + spot + 150] = (200, 40, 30, 0)
    return made


def test_the_first_frame_of_a_context_is_kept_without_a_pixel_of_the_other_window() -> None:
    made = guard()
    (kept,) = frames(made.see_frame(frame(100, DESK)))

    assert (kept.trigger, kept.t_us, kept.context_id, kept.frame_id) == (Trigger.CONTEXT, 100_000, 1, 1)
    assert colours(kept) == {BLACK, GREEN}
    assert (pixels(kept)[:, :320] == GREEN).all()
    assert kept.withheld_px == 320 * 480


def test_text_in_a_frame_is_grey_and_said_so() -> None:
    made = guard()
    desk = picture((LEFT, WHITE), (RIGHT, RED))
    box = write(desk, 40, 100, "anna.berg@example.org")
    rows = made.see_frame(frame(100, desk))

    (kept,) = frames(rows)
    assert (pixels(kept)[box.y : box.bottom, box.x : box.right] == GREY).all()
    (said,) = [row for row in rows if isinstance(row, Redaction)]
    assert (said.target, said.ref_id, said.category, said.count) == ("frames", 1, "text_like", kept.n_redactions)
    assert kept.masked_px == int((pixels(kept) == GREY).all(axis=2).sum())


def test_an_action_is_preceded_by_a_frame_of_what_was_there() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    made.see_frame(frame(1000, spotted(0), rects=[LEFT], full=False))
    rows = play(made, [button(1100)])

    assert [type(row).__name__ for row in rows] == ["RedactedFrame", "Redaction", "RedactedEvent"]
    assert (frames(rows)[0].trigger, frames(rows)[0].t_us) == (Trigger.ACTION_PRE, 1_000_000)
    assert (events(rows)[0].frame_id, events(rows)[0].frame_age_us) == (2, 0)


def test_an_action_that_comes_late_gets_no_picture_from_after_it() -> None:
    made = guard()
    made.see_frame(frame(1000, DESK))
    made.see_frame(frame(2000, spotted(0), rects=[LEFT], full=False))
    rows = play(made, [button(900)])

    assert kinds(rows) == ["button"]
    assert not frames(rows)
    assert (events(rows)[0].frame_id, events(rows)[0].frame_age_us) == (None, None)


@pytest.mark.parametrize("action", [key(1100, "Return"), key(1100, "a"), wheel(1100), button(1100)])
def test_every_kind_of_action_asks_for_a_frame(action: object) -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    made.see_frame(frame(1000, spotted(0), rects=[LEFT], full=False))

    assert len(frames(made.step(action))) == 1  # type: ignore[arg-type]


def test_actions_that_are_not_kept_ask_for_none() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    made.see_frame(frame(1000, spotted(0), rects=[LEFT], full=False))

    assert frames(play(made, [button(1100, 400), wheel(1200, 400)])) == []


def test_turns_of_one_wheel_movement_ask_once() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    found = []
    for t in range(1000, 2000, 250):
        made.see_frame(frame(t, spotted(t % 150), rects=[LEFT], full=False))
        found.append(len(frames(made.step(wheel(t + 10)))))

    assert found == [1, 0, 0, 0]


def test_an_equal_screen_is_no_new_frame() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    made.see_frame(frame(1000, DESK, rects=[LEFT], full=False))
    rows = play(made, [button(1100)])

    assert frames(rows) == []
    assert [(row.frame_id, row.t_us) for row in rows if isinstance(row, FrameSeen)] == [(1, 1_000_000)]


def test_a_change_that_the_mask_hides_is_no_new_frame() -> None:
    made = guard()
    one, other = picture((LEFT, WHITE)), picture((LEFT, WHITE))
    write(one, 40, 100, "1111 1111")
    write(other, 40, 100, "2222 2222")
    made.see_frame(frame(100, one))
    made.see_frame(frame(1000, other, rects=[LEFT], full=False))

    assert frames(play(made, [button(1100)])) == []


def test_frames_are_never_closer_than_the_policy_says() -> None:
    made = guard(policy=Policy(apps=(RULE,), pacing=FramePacing(min_gap_ms=500)))
    made.see_frame(frame(100, DESK))
    found = []
    for t in range(200, 1200, 100):
        made.see_frame(frame(t, spotted(t % 150), rects=[LEFT], full=False))
        found += frames(play(made, [button(t + 10), button(t + 20, down=False)]))

    assert [kept.t_us for kept in found] == [600_000, 1_100_000]


def test_a_changed_screen_is_kept_after_the_longest_gap_and_an_unchanged_one_is_not() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))

    assert made.tick(60_000 * MS) == []
    made.see_frame(frame(70_000, spotted(0), rects=[LEFT], full=False))
    made.see_frame(frame(71_000, spotted(0, 90), rects=[LEFT], full=False))
    assert frames(made.tick(79_900 * MS)) == []
    assert [kept.trigger for kept in frames(made.tick(80_000 * MS))] == [Trigger.IDLE]


@pytest.mark.parametrize(("after", "expected"), [(299, 0), (300, 1), (2000, 1), (2001, 0)])
def test_what_an_action_led_to_is_kept_once_it_had_time_to_show(after: int, expected: int) -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    play(made, [button(1000)])
    rows = made.see_frame(frame(1000 + after, spotted(0), rects=[LEFT], full=False))

    assert [kept.trigger for kept in frames(rows)] == [Trigger.ACTION_POST] * expected


# Age of the frame before an action.


def test_age_is_the_time_since_the_first_change_after_the_frame() -> None:
    made = guard()
    made.see_frame(frame(1000, DESK))
    made.step(RawDamage(t_ns=1040 * MS))
    made.step(RawDamage(t_ns=1070 * MS))

    assert events(play(made, [button(1100)]))[0].frame_age_us == 60_000


def test_age_of_a_frame_that_is_not_live_counts_from_the_frame() -> None:
    made = guard()
    made.see_frame(frame(1000, DESK, live=False))

    assert events(play(made, [button(1100)]))[0].frame_age_us == 100_000


def test_damage_that_was_told_before_its_frame_came_is_not_forgotten() -> None:
    made = guard()
    made.step(RawDamage(t_ns=990 * MS))  # the reason for the grab that ends at 1000
    made.step(RawDamage(t_ns=1040 * MS))  # already the reason for the next one
    made.see_frame(frame(1000, DESK))

    assert events(play(made, [button(1100)]))[0].frame_age_us == 60_000


def test_a_frame_without_changes_makes_the_last_one_fresh_again() -> None:
    made = guard()
    made.see_frame(frame(1000, DESK))
    made.step(RawDamage(t_ns=1040 * MS))
    made.see_frame(frame(1060, DESK, rects=[], full=False))

    assert events(play(made, [button(1100)]))[0].frame_age_us == 0


# What may not be used.


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (frame(100, DESK, steady=False), GapReason.WINDOWS_CHANGED),
        (frame(100, DESK, windows(composited=True)), GapReason.COMPOSITED),
        (frame(100, DESK, windows(BANK_WINDOW)), GapReason.APP_NOT_ALLOWED),
        (frame(100, DESK, full=False), GapReason.WINDOWS_CHANGED),
    ],
)
def test_a_frame_that_nobody_can_vouch_for_is_a_gap(raw: RawFrame, reason: GapReason) -> None:
    made = guard()
    rows = made.see_frame(raw) + play(made, [button(200)]) + made.close(9000 * MS)

    assert frames(rows) == []
    assert reason in {row.reason for row in events(rows, EventKind.GAP)}
    assert made.counters["frame"].withheld == {reason.value: 1}


def test_a_composited_frame_is_kept_when_it_was_read_window_by_window() -> None:
    made = guard()
    rows = made.see_frame(frame(100, DESK, windows(composited=True), per_window=True)) + play(made, [button(200)])

    (kept,) = frames(rows)
    assert GREEN in colours(kept)
    assert RED not in colours(kept)


def test_after_a_frame_that_was_dropped_an_update_is_not_enough() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    made.see_frame(frame(200, DESK, steady=False))
    rows = made.see_frame(frame(1000, spotted(0), rects=[LEFT], full=False)) + play(made, [button(1100)])

    assert frames(rows) == []


def test_when_an_update_was_lost_the_plan_changes_so_that_a_full_frame_comes() -> None:
    made = guard()
    before = made.keep_plan(windows())
    made.see_frame(frame(100, DESK, full=False))

    assert made.keep_plan(windows()) != before
    assert sum(rect.area for rect in made.keep_plan(windows())) == sum(rect.area for rect in before)


def test_more_than_five_stack_changes_in_a_second_are_too_fast() -> None:
    made = guard()
    for number in range(6):
        made.step(windows(t=100 + number, generation=2 + number))
    rows = made.see_frame(frame(200, DESK, windows(generation=7)))
    assert frames(rows) == []
    assert made.counters["frame"].withheld == {"too_fast": 1}

    calm = made.see_frame(frame(1300, DESK, windows(generation=7), rects=[], full=False))
    assert len(frames(calm)) == 1


def test_without_the_screenshots_category_nothing_is_read_or_kept() -> None:
    made = guard(ALL - {Category.SCREENSHOTS})

    assert made.keep_plan(windows()) == ()
    assert frames(made.see_frame(frame(100, DESK))) == []
    assert made.counters["frame"].withheld == {"category_off": 1}


def test_a_patch_of_the_wrong_size_is_an_error_and_not_a_picture() -> None:
    made = guard()
    broken = RawFrame(
        t_start_ns=0,
        t_end_ns=MS,
        windows=windows(),
        steady=True,
        full=True,
        live=True,
        patches=(RawPatch(rect=LEFT, bgrx=b"1234"),),
    )
    with pytest.raises(ValueError, match="reshape"):
        made.see_frame(broken)


# Secrets.


def test_a_secret_field_is_filled_with_a_margin_although_it_is_flat() -> None:
    made = guard()
    made.step(focus(50, Role.SECRET, rect=Rect(50, 60, 100, 20)))
    (kept,) = frames(made.see_frame(frame(100, DESK)))

    assert (pixels(kept)[55:85, 45:155] == GREY).all()
    assert (pixels(kept)[200:, :320] == GREEN).all()


def test_a_secret_field_of_unknown_place_fills_its_whole_window() -> None:
    made = guard()
    made.step(focus(50, Role.SECRET))
    (kept,) = frames(made.see_frame(frame(100, DESK)))

    assert colours(kept) == {BLACK, GREY}


def test_a_field_that_was_secret_stays_filled_when_the_focus_left_it_and_its_window_moved() -> None:
    moved = windows(window(1, Rect(20, 30, 300, 400)), generation=2)
    made = guard()
    play(made, [focus(50, Role.SECRET, rect=Rect(50, 60, 100, 20)), focus(60, Role.TEXT, "other")])
    (kept,) = frames(made.see_frame(frame(100, DESK, moved)))

    assert (pixels(kept)[90:110, 70:170] == GREY).all()


def test_a_picture_taken_while_input_was_secret_is_filled_also_when_it_is_minted_later() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    made.step(sensor(200, active=True))
    made.see_frame(frame(1000, spotted(0), rects=[LEFT], full=False))
    made.step(sensor(1050, active=False))
    (kept,) = frames(play(made, [button(1100)]))

    assert colours(kept) == {BLACK, GREY}


def test_a_picture_taken_before_the_secret_was_known_is_filled() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    made.see_frame(frame(1000, spotted(0), rects=[LEFT], full=False))
    made.step(focus(1050, Role.SECRET, rect=Rect(10, 100, 150, 130)))
    (kept,) = frames(play(made, [button(1100)]))

    assert (pixels(kept)[100:230, 10:160] == GREY).all()


def test_a_locked_screen_is_not_photographed() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    made.step(sensor(200, active=True, source=SecretSource.SCREEN_LOCKED))
    rows = made.see_frame(frame(1000, spotted(0))) + made.close(9000 * MS)

    assert frames(rows) == []
    assert GapReason.SCREEN_LOCKED in {row.reason for row in events(rows)}


# Windows on windows.


def test_every_monitor_has_its_own_frame_and_the_same_rule() -> None:
    two = windows(window(1, Rect(0, 0, 800, 480)), window(2, Rect(700, 0, 100, 480), BANK), monitors=(SCREEN, SECOND))
    desk = picture((Rect(0, 0, 800, 480), GREEN), (Rect(700, 0, 100, 480), RED), size=(960, 480))
    made = guard(seen=two)
    kept = frames(made.see_frame(frame(100, desk, two)))

    assert [(one.screen, one.width, one.withheld_px) for one in kept] == [(0, 640, 0), (1, 320, 260 * 480)]
    assert all(RED not in colours(one) for one in kept)


def test_what_was_just_uncovered_is_withheld_until_its_window_had_time_to_repaint() -> None:
    """Where an application has no background, the pixels of the window that covered it stay until it repaints."""
    covered = windows(EDITOR_WINDOW, window(3, Rect(0, 0, 100, 480), BANK), generation=1)
    made = guard(seen=covered)
    made.see_frame(frame(100, DESK, covered))
    made.step(windows(t=1000, generation=2))
    leftover = picture((LEFT, GREEN), (Rect(0, 0, 100, 480), RED))
    rows = made.see_frame(frame(1010, leftover, windows(t=1000, generation=2)))
    rows += play(made, [button(1020, 200)])
    rows += made.see_frame(frame(1300, DESK, windows(t=1000, generation=2), rects=[LEFT], full=False))
    rows += play(made, [button(1600, 200)])

    assert all(RED not in colours(kept) for kept in frames(rows))
    assert (pixels(frames(rows)[-1])[:, :320] == GREEN).all()


def test_a_new_rule_that_forbids_what_is_on_the_canvas_drops_it() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    made.see_frame(frame(1000, spotted(0), rects=[LEFT], full=False))
    made.narrow(categories=ALL, blocked_apps=frozenset({"My editor"}), t_ns=1050 * MS)

    assert frames(play(made, [button(1100)]) + made.tick(90_000 * MS)) == []


def test_a_new_policy_that_changes_nothing_for_the_screen_keeps_the_canvas() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    made.set_policy(Policy(apps=POLICY.apps, sha256="new"), 500 * MS)
    made.see_frame(frame(1000, spotted(0), rects=[LEFT], full=False))

    assert len(frames(play(made, [button(1100)]))) == 1


rects = st.builds(Rect, st.integers(-50, 600), st.integers(-50, 400), st.integers(1, 400), st.integers(1, 300))
layers = st.lists(
    st.tuples(rects, st.sampled_from([EDITOR, BANK, None]), st.booleans(), st.booleans()), min_size=1, max_size=6
)


def _desk(layers_: list[tuple[Rect, object, bool, bool]]) -> tuple[list[RawWindow], Picture]:
    """Windows in the colour of their app: allowed ones green, all else red; the desktop is blue."""
    stack: list[RawWindow] = []
    made = picture((SCREEN.rect, BLUE))
    for number, (rect, app, see_through, own) in enumerate(layers_, 1):
        stack.append(window(number, rect, app, see_through=see_through, own=own))  # type: ignore[arg-type]
        part = rect.intersect(SCREEN.rect)
        if part is not None and not (see_through and app is EDITOR and not own):
            colour = GREEN if app is EDITOR and not own else RED
            made[part.y : part.bottom, part.x : part.right] = (*reversed(colour), 0)
    return stack, made


@settings(max_examples=40, deadline=None)
@given(stacks=st.lists(layers, min_size=1, max_size=4), act=st.booleans())
def test_frames_never_contain_a_pixel_of_a_window_that_is_not_allowed(
    stacks: list[list[tuple[Rect, object, bool, bool]]], act: bool
) -> None:
    made = Guard(policy=POLICY, categories=ALL, t0_ns=0, source="fake")
    rows = []
    for index, layers_ in enumerate(stacks):
        stack, desk = _desk(layers_)
        seen = windows(*stack, t=1000 * index, generation=index, focused=len(stack))
        rows += made.step(seen)
        rows += made.see_frame(frame(1000 * index + 50, desk, seen))
        rows += made.see_frame(frame(1000 * index + 400, desk, seen, rects=[SCREEN.rect], full=False))
        rows += play(made, [button(1000 * index + 500)] if act else typed(1000 * index + 500, "a"))
        rows += made.tick((1000 * index + 900) * MS)

    for kept in frames(rows):
        assert colours(kept) <= {BLACK, GREEN, GREY}
    made.close(10_000 * MS)
    assert made.counters["frame"].balances


def test_a_monitor_whose_size_is_no_multiple_of_anything_is_shown_whole() -> None:
    odd = (Monitor(index=0, rect=Rect(0, 0, 637, 475)),)
    seen = windows(window(1, odd[0].rect), monitors=odd)
    made = guard(seen=seen)
    (kept,) = frames(made.see_frame(frame(100, picture((odd[0].rect, GREEN)), seen)))

    assert (kept.width, kept.height, kept.withheld_px) == (637, 475, 0)
    assert np.unique(pixels(kept).reshape(-1, 3), axis=0).tolist() == [list(GREEN)]


def test_the_books_of_frames_balance() -> None:
    made = guard()
    made.see_frame(frame(100, DESK))
    made.see_frame(frame(500, DESK, rects=[], full=False))
    made.see_frame(frame(900, spotted(0), rects=[LEFT], full=False))
    play(made, [button(1000)])
    made.see_frame(frame(1100, DESK, steady=False))
    rows = made.close(9000 * MS)

    tally = made.counters["frame"]
    assert (tally.seen, tally.stored, tally.aggregated, tally.withheld) == (4, 2, 1, {"windows_changed": 1})
    assert kinds(rows) == ["gap"]


def test_a_picture_says_which_apps_show_in_it() -> None:
    alone, beside = guard(), guard(policy=BOTH)

    assert frames(alone.see_frame(frame(100, DESK)))[0].apps == ("My editor",)
    assert frames(beside.see_frame(frame(100, DESK)))[0].apps == ("My bank", "My editor")


def test_every_monitor_says_for_itself_which_apps_show() -> None:
    both = windows(window(1, LEFT), window(2, SECOND.rect, BANK), monitors=(SCREEN, SECOND))
    made = guard(policy=BOTH, seen=both)

    kept = frames(made.see_frame(frame(100, picture((LEFT, GREEN), size=(960, 480)), both)))
    assert [(one.screen, one.apps) for one in kept] == [(0, ("My editor",)), (1, ("My bank",))]


def test_without_its_category_a_picture_names_no_app() -> None:
    (kept,) = frames(guard(ALL - {Category.APP_NAMES}).see_frame(frame(100, DESK)))

    assert kept.apps is None


def test_a_window_that_was_just_there_may_still_show() -> None:
    """What it covered may not have been painted anew, so the picture is also of its app until then."""
    over = windows(EDITOR_WINDOW, window(3, Rect(50, 50, 100, 100), BANK))
    made = guard(policy=BOTH, seen=over)
    made.step(windows(EDITOR_WINDOW, t=1000, generation=2))
    after = windows(EDITOR_WINDOW, t=1000, generation=2)
    soon = frames(made.see_frame(frame(1050, DESK, after)))
    late = frames(made.see_frame(frame(2000, spotted(0), after)) + made.step(button(2100)))

    assert [one.apps for one in soon] == [("My bank", "My editor")]
    assert [one.apps for one in late] == [("My editor",)]


def test_a_window_that_is_covered_whole_is_in_no_picture() -> None:
    seen = windows(window(2, LEFT, BANK), EDITOR_WINDOW)
    (kept,) = frames(guard(policy=BOTH, seen=seen).see_frame(frame(100, DESK, seen)))

    assert kept.apps == ("My editor",)
