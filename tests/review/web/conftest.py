"""The page over a home with one session, and a tab that looks at it. No desktop is needed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import watch
from tests.recorded import RecordedHome, Story
from tests.recorded import home as home
from tests.review.web.serving import Served, served


@pytest.fixture
def browser_context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh profile in memory. 1280x800."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(8000)
    yield context
    context.close()


@pytest.fixture
def page(browser_context: BrowserContext) -> Iterator[Page]:
    """A tab whose console must stay free of errors: a script that fails, or anything that the page's policy forbids."""
    tab, said = browser_context.new_page(), list[str]()
    watch(tab, said)
    yield tab
    assert said == []


@pytest.fixture
def session_id(home: RecordedHome) -> str:
    """Two apps, a minute, six pictures."""
    return home.record(Story(titles=("notes - Ada", "start page"), size_px=(640, 400)))


@pytest.fixture
def site(home: RecordedHome, session_id: str) -> Iterator[Served]:
    """The page over a home with one session."""
    with served(home) as running:
        yield running


@pytest.fixture
def overview(page: Page, site: Served) -> Page:
    """Let in: the list of recordings."""
    page.goto(site.url)
    page.wait_for_url(f"{site.base}/")
    return page


@pytest.fixture
def desk(overview: Page, site: Served, session_id: str) -> Page:
    """The page of the one session, once it has read it: until then the place in it is the page's to choose."""
    overview.goto(f"{site.base}/s/{session_id}")
    expect(overview.locator("#scrubber")).not_to_have_attribute("aria-valuemax", "0", timeout=15_000)
    return overview
