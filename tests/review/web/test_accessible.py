"""Every view is clean for axe-core, in light and dark, and where the letters are twice as large."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Browser, Page, expect

from recorder.store import staged
from recorder.store.selector import Selector, What
from tests.browser import watch
from tests.recorded import STARTED_US, RecordedHome, S, make_home
from tests.review.planted import full_story
from tests.review.web.calling import Caller
from tests.review.web.serving import Served, served

Show = Callable[[Page, Served, str], None]


def _session(page: Page, site: Served, session_id: str) -> None:
    page.goto(f"{site.base}/s/{session_id}")
    expect(page.locator("#sessions a")).not_to_have_count(0)


def _tab(name: str) -> Show:
    def show(page: Page, site: Served, session_id: str) -> None:
        _session(page, site, session_id)
        page.get_by_role("tab", name=name).click()

    return show


def _dialog(button: str) -> Show:
    def show(page: Page, site: Served, session_id: str) -> None:
        _session(page, site, session_id)
        page.locator(button).click()
        expect(page.locator("dialog[open]")).to_be_visible()

    return show


def _found(page: Page, site: Served, session_id: str) -> None:
    _session(page, site, session_id)
    page.locator("#find-text").fill("a")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator("#found-told")).to_contain_text("place")


def _at(path: str) -> Show:
    def show(page: Page, site: Served, session_id: str) -> None:
        page.goto(f"{site.base}/{path}")

    return show


def _box(page: Page, site: Served, session_id: str) -> None:
    _session(page, site, session_id)
    expect(page.locator("#picture")).to_have_attribute("data-form", "exact")
    page.locator("#brush").click()
    expect(page.locator("#brush-tools")).to_be_visible()


VIEWS: dict[str, Show] = {
    "overview": _at(""),
    "session": _session,
    "text found": _tab("Text found"),
    "redactions": _tab("Redactions"),
    "metadata": _tab("Metadata that will leave"),
    "found": _found,
    "keys": _dialog("#keys-help"),
    "taken out": _dialog("#cuts"),
    "find me": _dialog("#find-me"),
    "asked": _dialog("[data-cut=session]"),
    "box": _box,
    "rule": _dialog("[data-rule=block]"),
    "export": _at("leaving"),
    "storage": _at("storage"),
    "history": _at("history"),
    "trouble": _at("s/nothing"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A recording with something in every stream, of which something was taken out."""
    home = make_home(tmp_path_factory.mktemp("views") / "home")
    session_id = home.record(full_story())
    _cut(home, session_id)
    with served(home, idle_s=900) as running:
        yield running, session_id


def _cut(home: RecordedHome, session_id: str) -> None:
    span = (STARTED_US + 50 * S, STARTED_US + 52 * S)
    staged.stage(home.path, home.unlocked, Selector(what=What.BETWEEN, session_id=session_id, span=span))


@pytest.fixture(scope="module", params=["light", "dark", "large"])
def tab(request: pytest.FixtureRequest, chromium: Browser, cookie: SetCookieParam) -> Iterator[Page]:
    """Let in. Large: letters twice as large, which is half the room."""
    large = request.param == "large"
    context = chromium.new_context(
        viewport={"width": 640, "height": 400} if large else {"width": 1280, "height": 800},
        device_scale_factor=2 if large else 1,
        color_scheme="dark" if request.param == "dark" else "light",
        reduced_motion="reduce",
    )
    context.add_cookies([cookie])
    page, said = context.new_page(), list[str]()
    watch(page, said)
    yield page
    context.close()
    assert said == []


@pytest.fixture(scope="module")
def cookie(place: tuple[Served, str]) -> SetCookieParam:
    """The code is good for one browser; this is what it was exchanged for."""
    person = Caller(place[0].url).let_in()
    assert person.cookie is not None
    return {"name": "recorder_page", "value": person.cookie, "domain": "127.0.0.1", "path": f"{person.prefix}/"}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_clean(tab: Page, place: tuple[Served, str], view: str) -> None:
    VIEWS[view](tab, *place)

    found = Axe().run(tab)

    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("view", ["overview", "session", "export", "storage", "history"])
def test_nothing_is_wider_than_the_window(tab: Page, place: tuple[Served, str], view: str) -> None:
    VIEWS[view](tab, *place)

    wide, room = tab.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")

    assert wide <= room
