"""What was captured is shown as text, whatever it is; and nothing of it stays in the browser. Rows B9 and B12."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, Playwright, expect

from recorder.demo.scan import scan
from recorder.model.element import ElementRole
from recorder.model.redacted import EventKind
from tests.browser import ARGUMENTS
from tests.recorded import RecordedHome, Story, event
from tests.review.planted import context, frame, painted
from tests.review.web.serving import Served, served

IMG = "<img src=x onerror=\"window.broken=1;document.title='broken'\">"
SCRIPT = "</script><script>window.broken=1</script>"
LINK = "javascript:window.broken=1"
TURNED = "invoice \u202egpj.exe\u202c \u2066x\u2069"
FORMULA = '=HYPERLINK("http://evil.example","x")'
LONG = "Qhktfzt " * 125_000  # a megabyte
HOSTILE = (IMG, SCRIPT, LINK, TURNED, FORMULA)
CANARY = "zelda-qhktfzt-canary"


@pytest.fixture
def session_id(home: RecordedHome) -> str:
    """Each of them as a title, an address, a typed text, a name of a button and the task; one of a megabyte."""
    extra: list[tuple[int, object]] = [frame(100, 1_000_000, painted(CANARY))]
    for number, text in enumerate((*HOSTILE, LONG)):
        extra.append(context(50 + number, 30_500_000 + number, text, text[:200], text[:200]))
        extra.append(event(33_000_000 + number, EventKind.TEXT_RUN, t_end_us=34_000_000, run=1 + number, text=text))
        target = event(35_000_000 + number, EventKind.TARGET, target_role=ElementRole.LINK, target_name=text)
        extra.append(target)
    return home.record(Story(titles=(IMG, SCRIPT), frames=0, size_px=(640, 400), task=IMG + CANARY, extra=extra))


@pytest.fixture
def site(home: RecordedHome, session_id: str) -> Iterator[Served]:
    with served(home) as running:
        yield running


def unbroken(page: Page) -> None:
    assert page.evaluate("window.broken") is None
    assert "broken" not in page.title()
    assert page.locator("img[src=x]").count() == 0
    assert page.locator("a[href^='javascript:' i]").count() == 0


def test_b9_captured_texts_are_text_in_every_view(desk: Page, site: Served) -> None:
    opened: list[Dialog] = []
    desk.on("dialog", lambda dialog: opened.append(dialog))
    for tab in ("Text found", "Redactions", "Metadata that will leave", "Events"):
        desk.get_by_role("tab", name=tab).click()
        expect(desk.get_by_role("tabpanel", name=tab)).to_be_visible()
        desk.wait_for_timeout(300)
        unbroken(desk)
    for text in HOSTILE:
        desk.locator("#find-text").fill(text)
        desk.get_by_role("button", name="Find", exact=True).click()
        expect(desk.locator("#found-list")).to_contain_text(text)
        unbroken(desk)
    for path in ("", "leaving", "history"):
        desk.goto(f"{site.base}/{path}")
        desk.wait_for_timeout(200)
        unbroken(desk)
    assert opened == []


def test_b9_a_text_that_turns_around_turns_nothing_else(desk: Page) -> None:
    desk.locator("#find-text").fill("invoice")
    desk.get_by_role("button", name="Find", exact=True).click()

    hit = desk.locator("#found-list .captured", has_text="invoice").first
    expect(hit).to_be_visible()
    assert hit.evaluate("element => getComputedStyle(element).unicodeBidi") == "isolate"


def test_b9_a_megabyte_is_shown_cut_and_says_so(desk: Page) -> None:
    desk.locator("#find-text").fill("qhktfzt qhktfzt")
    desk.get_by_role("button", name="Find", exact=True).click()

    cut = desk.locator("#found-list .captured", has_text="…").first
    expect(cut).to_contain_text("Qhktfzt Qhktfzt")
    assert all(len(text) < 1000 for text in desk.locator("#found-list .captured").all_inner_texts())
    desk.get_by_role("tab", name="Text found").click()
    assert desk.evaluate("document.documentElement.textContent.length") < 300_000


def test_b12_nothing_that_was_shown_is_left_in_the_browsers_profile(
    playwright: Playwright, site: Served, session_id: str, tmp_path: Path
) -> None:
    """A profile on the disk, as a person has one; visits, pictures, a search, and the browser is closed."""
    profile = tmp_path / "profile"
    tab_context = playwright.chromium.launch_persistent_context(
        str(profile), executable_path=shutil.which("chromium"), args=ARGUMENTS
    )
    page = tab_context.new_page()
    page.goto(site.url)
    page.wait_for_url(f"{site.base}/")
    page.goto(f"{site.base}/s/{session_id}")
    page.get_by_role("tab", name="Text found").click()
    expect(page.locator("main")).to_contain_text("onerror")
    page.goto(f"{site.base}/leaving")
    page.go_back()
    tab_context.close()

    assert scan([profile], [CANARY, "onerror"]) == []
    assert any(profile.rglob("History")), "a profile without a history would prove nothing"
