"""A headless Chromium for tests of pages: the system's own, driven by Playwright, one for all tests of a process.

A plugin: Playwright runs once in a process, so no test module makes its own.
"""

import os
import shutil
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
