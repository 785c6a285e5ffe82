"""Looking, approving and keeping on the page: by mouse, and by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from recorder.model.session import SessionState
from recorder.review.decide import approve
from recorder.store import staged
from recorder.store.numbers import Numbers
from recorder.store.seen import Seen, save
from recorder.store.selector import Selector, What
from tests.browser import until
from tests.recorded import RecordedHome, S, Story
from tests.review.looked import typed
from tests.review.web.deciding import WAYS, WORDS, do, looks, press, reader, recorded
from tests.review.web.serving import Served


@pytest.fixture
def session_id(home: RecordedHome) -> str:
    return recorded(home)


@pytest.fixture
def desk(overview: Page, site: Served, session_id: str) -> Page:
    """The session's page, when it can be decided about."""
    overview.goto(f"{site.base}/s/{session_id}")
    expect(overview.locator("#approve")).to_be_enabled()
    return overview


def step(page: Page, key: str, way: str) -> None:
    """To the next picture in the queue, or to the one before."""
    if way == "mouse":
        page.locator({"n": "#risk-next", "p": "#risk-before"}[key]).click()
    else:
        page.keyboard.press(key)


def look_at_all(home: RecordedHome, session_id: str) -> None:
    """As if the person had been through all of it before."""
    one = reader(home, session_id)
    events = Numbers(one.table("events")["seq"].drop_null().to_pylist())
    save(one.folder, one.identity.recipient, home.unlocked, Seen(Numbers(range(6)), events))


def looked(home: RecordedHome, session_id: str) -> set[int]:
    return set(reader(home, session_id).seen().frames)


# What was looked at


@WAYS
def test_the_queue_goes_from_risky_to_calm_and_what_was_shown_counts_as_looked_at(
    desk: Page, home: RecordedHome, session_id: str, way: str
) -> None:
    told = desk.locator("#risk-told")
    expect(desk.locator("#coverage-told")).to_contain_text("1 of 6 pictures")  # the first picture is on the page
    expect(desk.locator("#approve-state")).to_contain_text("Partly looked at")

    for number in range(2, 7):
        step(desk, "n", way)
        expect(told).to_contain_text(f"{number} of 6, at ")
        expect(desk.locator("#coverage-told")).to_contain_text(f"{number} of 6 pictures")
    expect(desk.get_by_role("progressbar", name="Looked at")).to_have_attribute("aria-valuenow", "100")
    expect(desk.get_by_role("progressbar", name="Looked at")).to_have_attribute("aria-valuetext", re.compile("6 of 6"))
    assert looked(home, session_id) == set(range(6))
    expect(desk.get_by_role("complementary", name="Recordings")).to_contain_text("partly looked at")
    assert reader(home, session_id).state is SessionState.PARTLY
    step(desk, "n", way)
    expect(desk.locator("#say")).to_contain_text("Every picture in the queue was looked at")


@WAYS
def test_the_queue_says_why_in_plain_words_and_goes_back(desk: Page, way: str) -> None:
    desk.get_by_label("Skip what you looked at").uncheck()
    desk.locator("main").focus()

    step(desk, "n", way)
    expect(desk.locator("#risk-told")).to_contain_text("something was being typed; the first picture of an app")
    first = desk.locator("#clock").text_content()
    step(desk, "n", way)
    expect(desk.locator("#risk-told")).to_contain_text("2 of 6")
    assert desk.locator("#clock").text_content() != first
    step(desk, "p", way)
    expect(desk.locator("#risk-told")).to_contain_text("1 of 6")
    expect(desk.locator("#clock")).to_have_text(first or "")


def test_a_picture_that_is_passed_over_is_not_looked_at(desk: Page, home: RecordedHome, session_id: str) -> None:
    expect(desk.locator("#coverage-told")).to_contain_text("1 of 6")
    desk.locator("main").focus()
    for _ in range(5):
        desk.keyboard.press("ArrowRight")
    expect(desk.locator("#coverage-told")).to_contain_text("2 of 6")

    desk.wait_for_timeout(1500)  # that nothing comes: the last picture alone stays
    expect(desk.locator("#coverage-told")).to_contain_text("2 of 6")
    assert looked(home, session_id) == {0, 5}


def test_nothing_is_looked_at_while_nobody_can_see_the_tab(
    overview: Page, site: Served, home: RecordedHome, session_id: str
) -> None:
    overview.add_init_script(
        "Object.defineProperty(document, 'hidden', {get: () => !window.seen});"
        "window.show = (seen) => { window.seen = seen; document.dispatchEvent(new Event('visibilitychange')); };"
    )
    overview.goto(f"{site.base}/s/{session_id}")
    expect(overview.locator("#approve")).to_be_enabled()
    overview.wait_for_timeout(1500)
    assert looked(home, session_id) == set()

    overview.evaluate("show(true)")
    expect(overview.locator("#coverage-told")).to_contain_text("1 of 6")
    assert looked(home, session_id) == {0}


def test_rows_and_texts_that_came_into_sight_count_and_others_do_not(
    desk: Page, home: RecordedHome, session_id: str
) -> None:
    expect(desk.locator("#coverage-told")).to_contain_text("0 of 1 text")
    desk.locator("#events-rows").get_by_text(WORDS).scroll_into_view_if_needed()
    expect(desk.locator("#coverage-told")).to_contain_text("1 of 1 text looked at")
    seqs = {row["seq"]: row for row in reader(home, session_id).table("events").to_pylist()}
    seen = set(reader(home, session_id).seen().events)
    assert WORDS in {seqs[seq].get("text") for seq in seen}
    assert not any(seqs[seq]["kind"] == "pointermove" for seq in seen)


def test_a_line_in_the_list_of_texts_counts_for_every_place_with_these_words(
    overview: Page, site: Served, home: RecordedHome
) -> None:
    extra = [typed(t * S, WORDS, run=t) for t in (3, 13, 23)]
    session_id = home.record(Story(frames=1, moves=2, extra=extra), started_us=1_770_000_000_000_000)
    overview.add_init_script("window.IntersectionObserver = class { observe() {} unobserve() {} disconnect() {} };")
    overview.goto(f"{site.base}/s/{session_id}")
    expect(overview.locator("#coverage-told")).to_contain_text("0 of 3 texts")

    body = {"shown": overview.locator("#approve-part").get_attribute("data-shown"), "texts": [["typed", 3 * S]]}
    answer = overview.evaluate(
        "([id, body]) => import('../static/page/api.js').then(({post}) => post(`api/sessions/${id}/looked`, body))",
        [session_id, body],
    )
    assert answer["texts"] == [3, 3]


def test_what_was_looked_at_survives_a_reload_and_is_drawn_by_shape(desk: Page) -> None:
    expect(desk.locator("#coverage-told")).to_contain_text("1 of 6")
    desk.reload()
    expect(desk.locator("#coverage-told")).to_contain_text(re.compile("[1-6] of 6"))

    inked = """(row) => {
      const canvas = document.querySelector('#coverage-lane canvas');
      const at = row < 0 ? canvas.height + row : row;
      const line = canvas.getContext('2d').getImageData(0, at, canvas.width, 1).data;
      return Array.from({length: canvas.width}, (_, x) => line[4 * x + 3] > 0).filter(Boolean).length / canvas.width;
    }"""
    until(desk, f"({inked})(2) > 0.05")
    top, low = desk.evaluate(inked, 2), desk.evaluate(inked, -1)
    assert top < 0.5, "what was looked at is a full block, and only that"
    assert top < low < 0.9, "the rest is a dashed line"


# The decision


@WAYS
def test_approving_says_what_was_looked_at_and_asks_once_more_for_what_was_not(
    desk: Page, home: RecordedHome, session_id: str, way: str
) -> None:
    expect(desk.locator("#coverage-told")).to_contain_text("1 of 6")
    if way == "mouse":
        desk.locator("#approve").click()
    else:
        desk.keyboard.press("a")
    first = desk.get_by_role("dialog", name="Approve this recording?")
    expect(first).to_contain_text("1 of 6 pictures")
    assert desk.evaluate("document.activeElement.tagName") == "DIALOG", "no answer has the focus"
    press(desk, first.get_by_role("button", name="Approve"), way)
    second = desk.get_by_role("dialog", name="5 pictures not looked at")
    expect(second).to_contain_text("0:10.0, 0:20.0, 0:30.0, 0:40.0, 0:50.0")
    assert reader(home, session_id).state is SessionState.PARTLY
    do(desk, "Approve all the same", way)

    expect(desk.locator("#approve-state")).to_contain_text("Approved")
    assert reader(home, session_id).state is SessionState.APPROVED
    assert home.json("log")[-1]["action"] == "review_approved"


@WAYS
def test_saying_no_approves_nothing_and_shows_the_next_picture(
    desk: Page, home: RecordedHome, session_id: str, way: str
) -> None:
    expect(desk.locator("#coverage-told")).to_contain_text("1 of 6")
    desk.keyboard.press("a")
    do(desk, "Not yet", way)
    expect(desk.get_by_role("dialog")).to_have_count(0)
    desk.keyboard.press("a")
    press(desk, desk.get_by_role("dialog").get_by_role("button", name="Approve"), way)
    expect(desk.get_by_role("dialog", name="5 pictures not looked at")).to_be_visible()
    do(desk, "Show me", way)

    expect(desk.locator("#risk-told")).to_contain_text(" of 6, at ")
    expect(desk.locator("#coverage-told")).to_contain_text("2 of 6")
    assert reader(home, session_id).state is SessionState.PARTLY


@WAYS
def test_what_was_looked_at_whole_is_approved_with_one_question(
    overview: Page, site: Served, home: RecordedHome, session_id: str, way: str
) -> None:
    look_at_all(home, session_id)
    overview.goto(f"{site.base}/s/{session_id}")
    expect(overview.locator("#coverage-told")).to_have_text("6 of 6 pictures and 1 of 1 text looked at")
    expect(overview.locator("#approve")).to_be_enabled()
    overview.keyboard.press("a")
    press(overview, overview.get_by_role("dialog").get_by_role("button", name="Approve"), way)

    expect(overview.locator("#approve-state")).to_contain_text("Approved")
    assert reader(home, session_id).state is SessionState.APPROVED


@WAYS
def test_keep_here_takes_an_approval_back(
    overview: Page, site: Served, home: RecordedHome, session_id: str, way: str
) -> None:
    approve(home.unlocked, reader(home, session_id))
    overview.goto(f"{site.base}/s/{session_id}")
    expect(overview.locator("#approve-state")).to_contain_text("Approved")
    do(overview, "Keep here", way)

    expect(overview.locator("#approve-state")).to_contain_text("Kept here")
    assert reader(home, session_id).state is SessionState.WITHHELD


def test_approve_and_keep_here_weigh_the_same(desk: Page) -> None:
    assert looks(desk.locator("#approve")) == looks(desk.locator("#keep-here"))


def test_what_changed_elsewhere_since_it_was_displayed_is_not_approved(
    desk: Page, home: RecordedHome, session_id: str
) -> None:
    expect(desk.locator("#coverage-told")).to_contain_text("1 of 6")
    staged.stage(home.path, home.unlocked, Selector(what=What.FRAMES, session_id=session_id, frame_ids=(3,)))
    desk.keyboard.press("a")
    desk.get_by_role("dialog").get_by_role("button", name="Approve").click()
    desk.get_by_role("button", name="Approve all the same").click()

    expect(desk.locator("#say")).to_contain_text("changed since you looked")
    expect(desk.locator("#approve-changed")).to_be_visible()
    assert reader(home, session_id).state is not SessionState.APPROVED
    desk.get_by_role("button", name="Show it as it is now").click()
    expect(desk.locator("#approve")).to_be_enabled()
    expect(desk.locator("#coverage-told")).to_contain_text("of 5 pictures")
    desk.keyboard.press("a")
    desk.get_by_role("dialog").get_by_role("button", name="Approve").click()
    desk.get_by_role("button", name="Approve all the same").click()
    expect(desk.locator("#approve-state")).to_contain_text("Approved")
    assert reader(home, session_id).state is SessionState.APPROVED


def test_what_is_taken_out_on_the_page_is_not_in_what_is_approved_there(
    desk: Page, home: RecordedHome, session_id: str
) -> None:
    before = desk.evaluate("import('../static/review/state.js').then(({state}) => state.digest)")
    desk.keyboard.press("Delete")
    desk.get_by_role("button", name="Take it out").click()
    expect(desk.locator("#coverage-told")).to_contain_text("of 5 pictures")
    expect(desk.locator("#approve")).to_be_enabled()
    assert desk.evaluate("import('../static/review/state.js').then(({state}) => state.digest)") != before

    desk.keyboard.press("a")
    desk.get_by_role("dialog").get_by_role("button", name="Approve").click()
    desk.get_by_role("button", name="Approve all the same").click()
    expect(desk.locator("#approve-state")).to_contain_text("Approved")
    assert reader(home, session_id).state is SessionState.APPROVED
    desk.keyboard.press("Control+z")
    expect(desk.locator("#approve-state")).to_contain_text("Partly looked at")
    assert reader(home, session_id).state is SessionState.PARTLY


def test_the_server_believes_no_page_that_says_less_was_left_unseen(
    desk: Page, home: RecordedHome, session_id: str
) -> None:
    body = {"shown": desk.locator("#approve-part").get_attribute("data-shown"), "unlooked": 0}
    answer = desk.evaluate(
        "([id, body]) => import('../static/page/api.js').then(({post}) =>"
        " post(`api/sessions/${id}/approve`, body).catch((refused) => [refused.status, refused.message]))",
        [session_id, body],
    )
    assert answer[0] == 403
    assert "not looked at" in answer[1]
    assert reader(home, session_id).state is not SessionState.APPROVED
