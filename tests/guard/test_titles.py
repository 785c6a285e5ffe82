"""Titles are masked, told once a second at most, and never those of windows that are private or not allowed."""

import itertools
import time

import pytest

from recorder.guard import Guard
from recorder.guard.text import Detector, Masker, Memory
from recorder.model.consent import Category
from recorder.model.redacted import Redacted, Redaction, RedactionMethod
from tests.guard.scene import ALL, BANK, LEFT, POLICY, contexts, events, move, window, windows
from tests.guard.text.made import detector

CANARY = "qZ7-vK3xW9canary"
generations = itertools.count(2)


def guard(categories: frozenset[Category] = ALL, masker: Masker | None = None) -> Guard:
    text = masker or Masker(detector(), Memory(bytes(32)))
    return Guard(policy=POLICY, categories=categories, t0_ns=0, source="fake", text=text)


def titled(made: Guard, title: str, t: float, *, private: bool = False) -> list[Redacted]:
    return made.step(windows(window(1, title=title, private=private), t=t, generation=next(generations)))


def titles(rows: list[Redacted]) -> list[str | None]:
    return [row.window_title for row in contexts(rows)]


def test_a_title_is_masked_and_what_was_masked_is_counted_by_category() -> None:
    rows = titled(guard(), "Letter to John Smith, john@example.com - Writer", 0)

    assert titles(rows) == ["Letter to [name], [email] - Writer"]
    said = {(row.category, row.count): row for row in rows if isinstance(row, Redaction)}
    assert set(said) == {("name", 1), ("email", 1)}
    assert {(row.method, row.detector, row.ref_id) for row in said.values()} == {
        (RedactionMethod.CLASS_ONLY, "text/1", 1)
    }


def test_a_harmless_title_is_kept_as_it_is() -> None:
    rows = titled(guard(), "New document - Writer", 0)

    assert titles(rows) == ["New document - Writer"]
    assert not [row for row in rows if isinstance(row, Redaction)]


@pytest.mark.parametrize("title", [CANARY, f"open {CANARY} now", f"{CANARY}.txt - Editor", f"Password: {CANARY}"])
def test_a_random_token_in_a_title_never_comes_through(title: str) -> None:
    rows = titled(guard(), title, 0)

    assert contexts(rows)
    assert not any(part in repr(rows) for part in CANARY.split("-"))


def test_without_its_category_there_is_no_title() -> None:
    rows = titled(guard(ALL - {Category.WINDOW_TITLES}), "New document", 0)

    assert titles(rows) == [None]
    assert not [row for row in rows if isinstance(row, Redaction)]


@pytest.mark.parametrize("title", ["The page - Firefox Private Browsing", "The page (Incognito)", "Page - InPrivate"])
def test_the_title_of_a_private_window_is_dropped(title: str) -> None:
    rows = titled(guard(), title, 0)

    assert titles(rows) == [None]
    assert [(row.method, row.count) for row in rows if isinstance(row, Redaction)] == [(RedactionMethod.DROP, 1)]


def test_a_window_that_asks_not_to_be_captured_or_is_not_allowed_has_no_row_at_all() -> None:
    assert titled(guard(), "The page", 0, private=True) == []
    bank = window(1, LEFT, BANK, title="The page")
    assert contexts(guard().step(windows(bank))) == []


def test_a_damaged_list_drops_every_title_and_that_is_said(tmp_path: object) -> None:
    broken = Masker(Detector(time.perf_counter, home=tmp_path), Memory(bytes(32)))  # type: ignore[arg-type]
    rows = titled(guard(masker=broken), "New document", 0)

    assert titles(rows) == [None]
    assert [(row.category, row.method) for row in rows if isinstance(row, Redaction)] == [
        ("closed", RedactionMethod.DROP)
    ]


def test_another_title_is_another_context_for_what_follows() -> None:
    made = guard()
    titled(made, "New document", 0)

    assert titles(titled(made, "The letter", 2000)) == ["The letter"]
    assert [row.context_id for row in events(made.step(move(2001)) + made.tick(2_500_000_000))] == [2]


def test_titles_that_change_with_every_key_are_told_once_a_second() -> None:
    made = guard()
    told = [titles(titled(made, "the file "[:length], 100 * length)) for length in range(1, 9)]

    assert [row for rows in told for row in rows] == ["t"]
    assert titles(made.step(move(1099))) == []
    assert titles(made.step(move(1101))) == ["the file"]
    assert titles(made.step(move(1200)) + made.step(move(5000))) == []


def test_a_title_that_came_back_in_time_is_not_told_again() -> None:
    made = guard()
    rows = [row for t, title in enumerate(("one", "two", "one")) for row in titled(made, title, 10 * t)]

    assert titles([*rows, *made.step(move(3000))]) == ["one"]


def test_a_title_that_is_no_longer_granted_ends_at_once() -> None:
    made = guard()
    titled(made, "New document", 0)
    rows = made.narrow(categories=ALL - {Category.WINDOW_TITLES}, blocked_apps=frozenset(), t_ns=1000)

    assert titles(rows) == [None]


def test_what_was_masked_elsewhere_in_the_meantime_is_masked_in_the_same_title() -> None:
    masker = Masker(detector(), Memory(bytes(32)))
    made = guard(masker=masker)
    assert titles(titled(made, "the correct window", 0)) == ["the correct window"]

    masker.mask("password: correct window")

    assert titles(titled(made, "the correct window", 5000)) == ["the [value]"]


def test_a_title_is_read_again_only_when_it_may_read_differently() -> None:
    class Counting(Masker):
        read = 0

        def mask(self, text: str):  # type: ignore[no-untyped-def]
            self.read += 1
            return super().mask(text)

    masker = Counting(detector(), Memory(bytes(32)))
    made = guard(masker=masker)
    for t in range(50):
        titled(made, "New document", t)

    assert masker.read == 1
