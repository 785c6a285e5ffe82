"""Taking out, bringing back, destroying; finding. By mouse, and by keyboard alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from recorder.model.redacted import EventKind
from recorder.store.session import SessionReader, shown_ids
from tests.recorded import RecordedHome, Story, event
from tests.review.planted import MAIL, NAME, PHONE, context, keys
from tests.review.web.serving import Served, served

SECOND_US = 1_000_000


@pytest.fixture
def session_id(home: RecordedHome) -> str:
    """Ada's minute, with things in it that are about her."""
    extra = [
        context(50, 30_500_000, f"Chat with {NAME} today", "example.org", "/find?who=zelda"),
        event(33_000_000, EventKind.TEXT_RUN, t_end_us=34_000_000, run=1, text=f"call (555) 123 or {PHONE}"),
        *keys(7, 40_000_000, list(MAIL)),
    ]
    return home.record(Story(titles=("notes", "start page"), size_px=(640, 400), extra=extra))


@pytest.fixture
def site(home: RecordedHome, session_id: str) -> Iterator[Served]:
    home.record(Story(titles=("notes", f"mail to {NAME}"), size_px=(640, 400)), started_us=1_770_000_000_000_000)
    with served(home) as running:
        yield running


def events(home: RecordedHome, session_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = SessionReader(home.path, session_id, home.unlocked).table("events").to_pylist()
    return rows


def press(page: Page, name: str, way: str) -> None:
    """A button, by the pointer or by the keyboard alone."""
    button = page.get_by_role("button", name=name, exact=True)
    if way == "mouse":
        button.click()
    else:
        button.focus()
        page.keyboard.press("Enter")


def take_range(page: Page, from_us: int, to_us: int, way: str) -> None:
    """Choose a range where the timeline would be, and take it out."""
    for us, button in ((from_us, "From here ["), (to_us, "To here ]")):
        page.evaluate("us => import('../static/review/state.js').then(({ set }) => set({ t_us: us }))", us)
        if way == "mouse":
            page.get_by_role("button", name=button).click()
        else:
            page.locator("main").focus()
            page.keyboard.press(button[-1])
    if way == "mouse":
        page.get_by_role("button", name="Take out the choice").click()
    else:
        page.keyboard.press("Delete")


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_range_is_counted_taken_out_brought_back_and_taken_out_again(
    desk: Page, home: RecordedHome, session_id: str, way: str
) -> None:
    before = events(home, session_id)

    take_range(desk, 5 * SECOND_US, 12 * SECOND_US, way)
    dialog = desk.get_by_role("dialog", name="Take out 0:05.0 to 0:12.0")
    expect(dialog).to_contain_text("7 s of recording")
    assert events(home, session_id) == before, "nothing goes before the answer"
    press(desk, "Take it out", way)
    expect(desk.locator("#cuts-count")).to_have_text("1")
    left = events(home, session_id)
    assert left != before

    if way == "mouse":
        press(desk, "Undo", way)
    else:
        desk.keyboard.press("Control+z")
    expect(desk.locator("#cuts-count")).to_have_text("0")
    assert events(home, session_id) == before

    desk.reload()
    expect(desk.locator("#redo")).to_be_enabled()
    desk.locator("main").focus()
    if way == "mouse":
        press(desk, "Redo", way)
    else:
        desk.keyboard.press("Control+Shift+z")
    expect(desk.locator("#cuts-count")).to_have_text("1")
    assert events(home, session_id) == left


def test_saying_no_takes_nothing(desk: Page, home: RecordedHome, session_id: str) -> None:
    before = events(home, session_id)

    take_range(desk, 5 * SECOND_US, 12 * SECOND_US, "mouse")
    press(desk, "Keep as it is", "mouse")

    expect(desk.locator("#cuts-count")).to_have_text("0")
    assert events(home, session_id) == before


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_what_is_destroyed_was_held_long_enough_and_is_checked(
    desk: Page, home: RecordedHome, session_id: str, way: str
) -> None:
    take_range(desk, 5 * SECOND_US, 12 * SECOND_US, "mouse")
    press(desk, "Take it out", "mouse")
    expect(desk.locator("#cuts-count")).to_have_text("1")
    desk.locator("#cuts").click()
    purge = desk.locator("#purge")
    expect(purge).to_be_enabled()
    box = purge.bounding_box()
    assert box is not None

    if way == "mouse":
        desk.mouse.move(box["x"] + 20, box["y"] + 10)
        desk.mouse.down()
        desk.wait_for_timeout(400)
        desk.mouse.up()
        expect(desk.locator("#purge-state")).to_have_text("")
        desk.mouse.down()
    else:
        purge.focus()
        desk.keyboard.press("Enter")
        expect(desk.locator("#purge-state")).to_have_text("")
        desk.keyboard.down("Enter")

    expect(desk.locator("#purge-state")).to_contain_text("Checked: no byte of it is left here.", timeout=20_000)
    expect(desk.locator("#cuts-count")).to_have_text("0")
    expect(desk.locator("#undo")).to_be_disabled()


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_whole_recording_goes_and_comes_back(desk: Page, home: RecordedHome, session_id: str, way: str) -> None:
    press(desk, "Whole recording…", way)
    expect(desk.get_by_role("dialog")).to_contain_text("1 whole recording")
    press(desk, "Take it out", way)

    expect(desk.get_by_role("heading", name="Your recordings")).to_be_visible()
    assert session_id not in shown_ids(home.path, home.unlocked)
    desk.locator("#undo").click()
    expect(desk.locator(f"tr[data-session='{session_id}']")).to_be_visible()


def find(page: Page, text: str, way: str = "mouse") -> None:
    if way == "keyboard":
        page.locator("main").focus()
        page.keyboard.press("/")
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    else:
        page.locator("#find-text").fill(text)
        page.get_by_role("button", name="Find", exact=True).click()


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_search_is_literal_lists_its_hits_and_takes_exactly_them_out(
    desk: Page, home: RecordedHome, session_id: str, way: str
) -> None:
    find(desk, "(555) 123", way)

    expect(desk.locator("#found-told")).to_have_text("1 place.")
    expect(desk.locator("#found-list mark")).to_have_text("(555) 123")
    press(desk, "Take out this 1", way)
    press(desk, "Take it out", way)
    expect(desk.locator("#found-told")).to_have_text("0 places.")
    expect(desk.locator("#found-cut")).to_be_disabled()


def test_a_search_over_all_recordings_leads_to_the_other_one(desk: Page, session_id: str) -> None:
    desk.locator("#find-everywhere").check()
    find(desk, NAME)
    expect(desk.locator("#found-told")).to_have_text("2 places in 2 recordings.")

    desk.locator("#found-list button", has_text="another recording").click()

    expect(desk.locator("#desk")).not_to_have_attribute("data-session", session_id)


def test_what_is_about_a_person_is_found_in_all_recordings_and_not_kept(desk: Page, home: RecordedHome) -> None:
    desk.get_by_role("button", name="Find me…").click()
    dialog = desk.get_by_role("dialog", name="Find what is about you")
    dialog.get_by_label("Your name").fill(NAME)
    dialog.get_by_label("E-mail").fill(MAIL)
    dialog.get_by_label("Phone").fill("+49 (151) 2345-6789")
    dialog.get_by_role("button", name="Find").click()

    expect(desk.locator("#found-told")).to_contain_text("in 2 recordings")
    listed = desk.locator("#found-list")
    expect(listed).to_contain_text(PHONE)
    expect(listed).to_contain_text(MAIL)
    expect(listed).to_contain_text("typed, key by key")
    assert all(NAME.encode() not in file.read_bytes() for file in home.path.rglob("*") if file.is_file())


def test_a_search_that_fails_can_take_nothing_out(desk: Page) -> None:
    find(desk, "notes")
    expect(desk.locator("#found-cut")).to_be_enabled()
    desk.route("**/api/search", lambda route: route.fulfill(status=422, json={"error": "a file is damaged"}))

    find(desk, "start")

    expect(desk.locator("#found-told")).to_have_text(
        "The search failed: a file is damaged. Nothing can be taken out by it."
    )
    expect(desk.locator("#found-cut")).to_be_disabled()
