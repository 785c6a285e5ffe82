"""A headless Chromium for tests of pages: the system's own, driven by Playwright, one for all tests of a process.

A plugin: Playwright runs once in a process, so no test module makes its own.
"""

import os
import shutil
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

ARGUMENTS = ["--no-sandbox"] if os.getuid() == 0 else []  # Chromium refuses to sandbox for root


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
    yield browser
    browser.close()


def watch(tab: Page, said: list[str]) -> None:
    """Add to `said` what a tab's console complains about. An answer of the server that is no success is none."""

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status of" not in message.text:
            said.append(message.text)

    tab.on("console", hear)
    tab.on("pageerror", lambda error: said.append(str(error)))


def until(tab: Page, holds: str, arg: object = None, *, within_s: float = 15.0) -> None:
    """Asked from outside again and again: a page whose policy forbids `eval` can't wait for an expression itself."""
    deadline = time.monotonic() + within_s
    while not tab.evaluate(holds, arg):
        assert time.monotonic() < deadline, f"it never held: {holds}"
        tab.wait_for_timeout(20)  # milliseconds between two questions, in which the page and its messages go on
