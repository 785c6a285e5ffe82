"""A browser's window is withheld until it is known not to be private, and for good once it was."""

import pytest

from recorder.guard import Guard
from recorder.model.policy import AppRule
from recorder.model.raw import RawApp
from recorder.model.redacted import EventKind, GapReason
from tests.guard.scene import (
    BANK_WINDOW,
    GREEN,
    LEFT,
    MS,
    button,
    colours,
    contexts,
    events,
    frame,
    frames,
    move,
    picture,
    play,
    stroke,
    typed,
    window,
    windows,
)
from tests.guard.test_places import ANY_SITE, BROWSER, SEEN, STACK, done, guard, privacy, public, reasons

DESK = windows(*STACK, focused=3)


@pytest.mark.parametrize(
    ("said", "reason"), [(None, GapReason.WINDOW_UNKNOWN), (True, GapReason.PRIVATE_WINDOW)], ids=["unknown", "private"]
)
def test_nothing_is_kept_of_it(said: bool | None, reason: GapReason) -> None:
    made = guard(ANY_SITE)
    rows = made.step(privacy(1, private=said))
    rows += play(made, [*typed(100, "ab"), button(300), move(400)])
    rows += made.see_frame(frame(500, picture((LEFT, GREEN)), DESK))
    assert made.withholding
    assert made.keep_plan(DESK) == ()
    rows += made.close(9_000 * MS)

    assert not events(rows, *SEEN)
    assert reasons(rows) >= {reason}
    assert contexts(rows) == []
    assert frames(rows) == []


def test_a_browser_of_which_nothing_was_said_is_withheld_as_unknown() -> None:
    rows = done(guard(ANY_SITE), [button(100)])

    assert reasons(rows) == {GapReason.WINDOW_UNKNOWN}
    assert not events(rows, *SEEN)


def test_a_window_that_is_not_private_is_recorded() -> None:
    made = public()
    rows = made.see_frame(frame(500, picture((LEFT, GREEN)), DESK)) + done(made, [button(600)])

    assert events(rows, EventKind.BUTTON)
    assert any(GREEN in colours(row) for row in frames(rows))


def test_once_private_always_private() -> None:
    made = public()
    play(made, [privacy(10, private=True), privacy(20, private=False), privacy(30, private=None)])

    assert reasons(done(made, [button(100)])) == {GapReason.PRIVATE_WINDOW}


def test_an_answer_that_is_lost_again_closes_it() -> None:
    made = public()
    made.step(privacy(10, private=None))

    assert not events(done(made, [button(100)]), *SEEN)


@pytest.mark.parametrize("said", [True, None])
def test_what_is_held_goes_when_the_window_turns_out_private(said: bool | None) -> None:
    rows = done(public(), [*typed(100, "ab"), privacy(190, private=said)])

    assert not events(rows, EventKind.TEXT_RUN, EventKind.KEY)
    assert GapReason.PRIVATE_WINDOW in reasons(rows)


def test_what_was_typed_elsewhere_stays_when_a_new_window_is_private() -> None:
    desk = windows(window(3, LEFT, BROWSER), window(4, LEFT, BROWSER), focused=3)
    made = guard(ANY_SITE, seen=desk)
    rows = done(made, [privacy(1, private=False), *typed(100, "ab"), privacy(190, private=True, at=4)])

    assert events(rows, EventKind.TEXT_RUN)


def test_pixels_that_were_read_before_are_dropped_when_it_turns_out_private() -> None:
    made = public()
    shades = [(shade, 200, 100) for shade in (10, 20)]
    rows = made.see_frame(frame(100, picture((LEFT, shades[0])), DESK))
    rows += made.see_frame(frame(150, picture((LEFT, shades[1])), DESK))  # too soon for a picture of its own
    rows += made.step(privacy(160, private=True)) + made.tick(30_000 * MS) + made.close(31_000 * MS)

    assert [sorted(set(shades) & colours(row)) for row in frames(rows)] == [[shades[0]]]


def test_a_new_window_with_the_number_of_one_that_is_gone_is_unknown() -> None:
    made = public()
    play(made, [windows(BANK_WINDOW, t=10, focused=2, generation=2), windows(*STACK, t=20, focused=3, generation=3)])

    assert reasons(done(made, [button(100)])) == {GapReason.WINDOW_UNKNOWN}


def test_the_same_number_in_another_process_is_another_window() -> None:
    made = public()
    other = window(
        3, LEFT, RawApp(pid=31, executable="/usr/bin/browser", wm_class="Browser", wm_instance="browser", browser=True)
    )
    made.step(windows(other, BANK_WINDOW, t=10, focused=3, generation=2))

    assert reasons(done(made, [button(100)])) == {GapReason.WINDOW_UNKNOWN}


def test_an_answer_may_come_before_its_window() -> None:
    made = guard(ANY_SITE, seen=windows(BANK_WINDOW, focused=2))
    rows = done(made, [privacy(10, private=False), windows(*STACK, t=20, focused=3, generation=2), button(100)])

    assert events(rows, EventKind.BUTTON)


def test_an_answer_waits_for_its_window_no_longer_than_two_seconds() -> None:
    made = guard(ANY_SITE, seen=windows(BANK_WINDOW, focused=2))
    rows = done(made, [privacy(10, private=False), windows(*STACK, t=2_020, focused=3, generation=2), button(2_100)])

    assert not events(rows, *SEEN)


def test_of_two_answers_that_wait_a_private_one_wins() -> None:
    made = guard(ANY_SITE, seen=windows(BANK_WINDOW, focused=2))
    said = [privacy(10, private=True), privacy(11, private=False)]
    rows = done(made, [*said, windows(*STACK, t=20, focused=3, generation=2), button(100)])

    assert reasons(rows) == {GapReason.PRIVATE_WINDOW}


def test_after_a_pause_it_has_to_be_said_again() -> None:
    made: Guard = public()
    rows = made.pause(100 * MS) + made.resume(200 * MS) + made.step(windows(*STACK, t=210, focused=3))
    rows += made.step(button(300))
    assert not events(rows, *SEEN)

    assert events(play(made, [privacy(400, private=False), button(500)]), EventKind.BUTTON)


def test_an_app_that_is_no_browser_needs_no_answer() -> None:
    rule = AppRule(name="My editor", executable="/usr/bin/editor")

    assert events(done(guard(rule, seen=windows()), stroke(100, "Return")), EventKind.KEY)
