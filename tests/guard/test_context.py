"""A context is a stretch in which one allowed window has the keyboard."""

import dataclasses

from recorder.model.consent import Category
from recorder.model.geometry import Rect
from recorder.model.policy import Policy
from recorder.model.redacted import Redaction, RedactionMethod
from tests.guard.scene import (
    ALL,
    BANK_WINDOW,
    EDITOR,
    EDITOR_WINDOW,
    LEFT,
    RULE,
    contexts,
    events,
    guard,
    move,
    play,
    window,
    windows,
)

AWAY, BACK = windows(t=100, focused=2, generation=2), windows(t=200, generation=3)


def first(categories: frozenset[Category] = ALL) -> list[object]:
    made = guard(categories)
    return [*made.step(AWAY), *made.step(BACK)]


def test_a_context_names_the_rule_and_never_the_title() -> None:
    (row,) = contexts(first())  # type: ignore[arg-type]

    assert (row.app, row.window_title, row.url_host, row.url_path) == ("My editor", None, None, None)
    assert (row.window_rect, row.screen, row.source, row.t_us) == (LEFT, 0, "fake", 200_000)


def test_titles_are_dropped_and_that_is_said() -> None:
    named = windows(window(1, title="the file"), t=200, generation=3)

    def said(categories: frozenset[Category]) -> list[Redaction]:
        made = guard(categories)
        return [row for raw in (AWAY, named) for row in made.step(raw) if isinstance(row, Redaction)]

    (row,) = said(ALL)
    assert (row.target, row.field, row.method, row.ref_id) == ("contexts", "window_title", RedactionMethod.DROP, 2)
    assert not said(ALL - {Category.WINDOW_TITLES})


def test_without_its_category_the_app_is_not_named() -> None:
    (row,) = contexts(first(ALL - {Category.APP_NAMES}))  # type: ignore[arg-type]

    assert row.app is None


def test_a_place_needs_a_category_that_knows_places() -> None:
    (row,) = contexts(first(frozenset({Category.KEY_SHAPE})))  # type: ignore[arg-type]

    assert (row.window_rect, row.screen) == (None, None)


def test_nothing_is_said_about_a_window_that_is_not_allowed() -> None:
    made = guard()

    assert made.step(AWAY) == []
    (row,) = events(play(made, [move(150)]))
    assert row.context_id is None


def test_a_moved_window_is_no_new_context() -> None:
    made = guard()

    assert contexts(play(made, [windows(window(1, Rect(5, 5, 50, 50)), t=100, generation=2)])) == []


def test_another_window_of_the_same_app_is() -> None:
    made = guard()
    rows = made.step(windows(EDITOR_WINDOW, BANK_WINDOW, window(3, app=EDITOR), t=100, focused=3, generation=2))

    assert [row.context_id for row in contexts(rows)] == [2]


def test_a_rule_with_a_new_name_begins_a_new_context() -> None:
    """What is deleted by a name must be found by it."""
    made = guard()
    renamed = Policy(apps=(dataclasses.replace(RULE, name="Writing"),))
    rows = made.set_policy(renamed, 100) + play(made, [move(1)])

    assert [row.app for row in contexts(rows)] == ["Writing"]
    assert [(row.app, row.context_id) for row in events(rows)] == [("Writing", 2)]
