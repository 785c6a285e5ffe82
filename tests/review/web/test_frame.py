"""What every page has: it opens once, lists its keys, hides in the background, and closes for good."""

import pytest
from playwright.sync_api import Page, expect

from tests.recorded import RecordedHome
from tests.review.web.serving import Served


def test_the_address_opens_the_page_once(overview: Page, site: Served) -> None:
    expect(overview.get_by_role("heading", name="Your recordings")).to_be_visible()

    again = overview.request.get(site.url)

    assert again.status == 401
    assert again.body() == b""


def test_every_session_is_listed_and_leads_to_its_page(overview: Page, session_id: str) -> None:
    overview.locator(f"tr[data-session='{session_id}'] a").click()

    expect(overview.locator("#desk")).to_have_attribute("data-session", session_id)


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_the_keys_are_listed(overview: Page, way: str) -> None:
    if way == "mouse":
        overview.get_by_role("button", name="Keys").click()
    else:
        overview.keyboard.press("?")

    expect(overview.get_by_role("dialog", name="Keys")).to_contain_text("Show these keys")


def test_nothing_is_shown_while_the_tab_is_in_the_background(overview: Page) -> None:
    overview.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { value: true, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )

    expect(overview.locator("#veil")).to_be_visible()
    expect(overview.get_by_role("heading", name="Your recordings")).not_to_be_visible()


def test_closing_ends_the_server(overview: Page, site: Served) -> None:
    overview.get_by_role("button", name="Close").click()

    expect(overview.get_by_text("The page is closed. You can close this tab.")).to_be_visible()
    assert site.life.is_over()


def test_a_session_that_is_not_there_is_said(overview: Page, site: Served, home: RecordedHome) -> None:
    overview.goto(f"{site.base}/s/nothing")

    expect(overview.get_by_text("there is no such session")).to_be_visible()
