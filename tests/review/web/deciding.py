"""What the tests of decisions on the page share: a button by mouse or by keyboard, how it looks, what was decided."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, S, Story
from tests.review.looked import typed

expect.set_options(timeout=15_000)  # a machine may have much else to do
WAYS = pytest.mark.parametrize("way", ["mouse", "keyboard"])
WORDS = "dear team, the draft is done"


def recorded(home: RecordedHome) -> str:
    """Two apps, six pictures, one text that was kept."""
    return home.record(Story(titles=("notes", "start page"), size_px=(640, 400), extra=[typed(33 * S, WORDS)]))


def reader(home: RecordedHome, session_id: str) -> SessionReader:
    return SessionReader(home.path, session_id, home.unlocked)


def press(page: Page, target: Locator, way: str) -> None:
    if way == "mouse":
        target.click()
        return
    target.focus()
    page.keyboard.press("Enter")


def do(page: Page, name: str, way: str) -> None:
    """A button by its name."""
    press(page, page.get_by_role("button", name=name, exact=True), way)


def looks(button: Locator) -> dict[str, Any]:
    """Size, contrast, weight, and whether it has the focus."""
    found: dict[str, Any] = button.evaluate(
        """(one) => {
          const style = getComputedStyle(one);
          const {width, height} = one.getBoundingClientRect();
          const names = ['backgroundColor', 'color', 'borderColor', 'borderWidth', 'fontSize', 'fontWeight', 'opacity'];
          return {width: Math.round(width), height: Math.round(height), focused: document.activeElement === one,
                  ...Object.fromEntries(names.map((name) => [name, style[name]]))};
        }"""
    )
    return found
