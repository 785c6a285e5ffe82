"""Filling a box of a picture, and rules from what a person looks at: by mouse, and by keyboard alone."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from recorder.model.geometry import Rect
from recorder.model.policy import AppRule, PictureMode, Policy
from recorder.model.redacted import EventKind
from recorder.store.audit import AuditLog
from recorder.store.painting import GREY
from recorder.store.policy_file import load_policy, save_policy
from recorder.store.session import SessionReader
from tests.browser import until
from tests.recorded import RecordedHome, S, Story, event
from tests.review.web.serving import Served

NAME = "CANARY-name-2f90"
WAYS = ["mouse", "keyboard"]


@pytest.fixture
def session_id(home: RecordedHome) -> str:
    """A minute of two apps, with the name of a clicked element in the middle of the screen; a wide window."""
    clicked = event(2 * S, EventKind.TARGET, target_name=NAME, target_rect=Rect(300, 180, 40, 40), context_id=0)
    rules = (
        AppRule(name="Editor", wm_class="Editor", pictures=PictureMode.WORDS),
        AppRule(name="Browser", wm_class="Browser", pictures=PictureMode.WORDS),
    )
    save_policy(home.path, Policy(apps=rules))
    return home.record(Story(titles=("notes", "start page"), size_px=(640, 400), extra=[clicked]))


def shown(home: RecordedHome, session_id: str) -> dict[int, Any]:
    reader = SessionReader(home.path, session_id, home.unlocked)
    return {one.frame_id: np.array(one.image()) for one in reader.frames()}


def filled(home: RecordedHome, session_id: str, box: Rect) -> list[int]:
    return [
        number
        for number, one in shown(home, session_id).items()
        if (one[box.y : box.bottom, box.x : box.right] == GREY).all()
    ]


def becomes_grey(page: Page, x: int, y: int) -> None:
    """A pixel of the picture as the page draws it."""
    ask = """([x, y, grey]) => document.getElementById('picture').dataset.form === 'exact' &&
        [...document.getElementById('picture').getContext('2d').getImageData(x, y, 1, 1).data.slice(0, 3)]
        .every((part) => part === grey)"""
    until(page, ask, [x, y, GREY])


def ready(page: Page) -> None:
    """The first picture is there, every pixel of it."""
    expect(page.locator("#picture")).to_have_attribute("data-form", "exact")


def press(page: Page, name: str, way: str) -> None:
    button = page.get_by_role("button", name=name, exact=True)
    if way == "mouse":
        button.click()
    else:
        expect(button).to_be_enabled()
        button.focus()
        page.keyboard.press("Enter")


def draw(page: Page, box: Rect) -> None:
    """With the pointer, on the picture."""
    edge = page.locator("#picture").bounding_box()
    assert edge is not None
    scale = edge["width"] / 640
    page.mouse.move(edge["x"] + box.x * scale, edge["y"] + box.y * scale)
    page.mouse.down()
    page.mouse.move(edge["x"] + box.right * scale, edge["y"] + box.bottom * scale, steps=4)
    page.mouse.up()


def chosen(page: Page) -> Rect:
    return Rect(*(int(page.locator(f"#brush-{name}").input_value()) for name in ("x", "y", "width", "height")))


@pytest.mark.parametrize("way", WAYS)
def test_a_box_is_drawn_counted_filled_and_undone(desk: Page, home: RecordedHome, session_id: str, way: str) -> None:
    before = shown(home, session_id)
    ready(desk)
    if way == "mouse":
        press(desk, "Fill a box… B", way)
        desk.locator("#picture").scroll_into_view_if_needed()
        draw(desk, Rect(280, 160, 80, 80))
    else:
        desk.locator("main").focus()
        desk.keyboard.press("b")
        expect(desk.locator("#brush-box")).to_be_focused()
        for name in ("ArrowRight", "ArrowUp", "Shift+ArrowRight", "Shift+ArrowDown"):
            desk.keyboard.press(name)
    box = chosen(desk)
    assert box == Rect(248, 167, 168, 58) if way == "keyboard" else abs(box.x - 280) <= 2
    assert filled(home, session_id, box) == []

    if way == "mouse":
        press(desk, "Fill it… Enter", way)
    else:
        desk.keyboard.press("Enter")
    dialog = desk.get_by_role("dialog", name="Fill this box")
    expect(dialog).to_contain_text("1 picture")
    expect(dialog).to_contain_text("text")
    assert filled(home, session_id, box) == [], "nothing is filled before the answer"
    press(desk, "Fill it", way)
    expect(desk.locator("#cuts-count")).to_have_text("1")

    assert filled(home, session_id, box) == [0]
    reader = SessionReader(home.path, session_id, home.unlocked)
    assert NAME not in str(reader.table("events").to_pylist())
    expect(desk.locator("#brush-tools")).to_be_hidden()
    becomes_grey(desk, box.x + 2, box.y + 2)

    desk.locator("main").focus()
    desk.keyboard.press("Control+z")
    expect(desk.locator("#cuts-count")).to_have_text("0")
    after = shown(home, session_id)
    assert all((after[number] == one).all() for number, one in before.items())


def test_a_box_reaches_as_far_as_the_person_chooses(desk: Page, home: RecordedHome, session_id: str) -> None:
    ready(desk)
    desk.keyboard.press("b")
    desk.locator("#brush-reach").select_option("app")
    for name, value in (("x", 10), ("y", 20), ("width", 50), ("height", 30)):
        desk.locator(f"#brush-{name}").fill(str(value))
        desk.locator(f"#brush-{name}").press("Tab")

    press(desk, "Fill it… Enter", "mouse")
    dialog = desk.get_by_role("dialog", name="Fill this box")
    expect(dialog).to_contain_text("3 pictures")
    dialog.get_by_role("button", name="Fill it").click()
    expect(desk.locator("#cuts-count")).to_have_text("1")

    assert filled(home, session_id, Rect(10, 20, 50, 30)) == [0, 1, 2]


def test_escape_leaves_the_brush_and_gives_the_keys_back(desk: Page) -> None:
    ready(desk)
    desk.locator("main").focus()
    desk.keyboard.press("b")
    first = desk.locator("#picture").get_attribute("data-frame")
    desk.keyboard.press("ArrowRight")
    expect(desk.locator("#picture")).to_have_attribute("data-frame", str(first))

    desk.keyboard.press("Escape")

    expect(desk.locator("#brush-tools")).to_be_hidden()
    expect(desk.locator("#brush")).to_be_focused()
    expect(desk.locator("#brush")).to_have_attribute("aria-pressed", "false")
    desk.keyboard.press("ArrowRight")
    expect(desk.locator("#picture")).not_to_have_attribute("data-frame", str(first))


def test_a_box_stays_inside_of_the_picture(desk: Page) -> None:
    ready(desk)
    desk.locator("main").focus()
    desk.keyboard.press("b")
    for _ in range(60):
        desk.keyboard.press("ArrowLeft")
    assert chosen(desk).x == 0
    desk.locator("#brush-width").fill("9999")
    desk.locator("#brush-width").press("Tab")
    assert chosen(desk).width == 640


def rules(home: RecordedHome) -> dict[str, str]:
    return {rule.name: rule.pictures.value for rule in load_policy(home.path).apps}


@pytest.mark.parametrize("way", WAYS)
def test_an_app_is_never_recorded_again_and_what_there_is_goes_if_they_say_so(
    desk: Page, home: RecordedHome, session_id: str, way: str
) -> None:
    ready(desk)
    press(desk, "Never record this app…", way)
    dialog = desk.get_by_role("dialog", name="Never record this app: Editor")
    expect(dialog).to_contain_text("3 pictures")
    tick = dialog.get_by_role("checkbox")
    expect(tick).not_to_be_checked()
    assert rules(home) == {"Editor": "words", "Browser": "words"}, "nothing happens before the answer"
    if way == "mouse":
        tick.check()
        dialog.get_by_role("button", name="Never record it").click()
    else:
        tick.focus()
        desk.keyboard.press("Space")
        press(desk, "Never record it", way)
    expect(desk.locator("#cuts-count")).to_have_text("1")

    assert rules(home) == {"Browser": "words"}
    assert SessionReader(home.path, session_id, home.unlocked).apps == ("Browser",)
    actions = [row.action for row in AuditLog(home.path, home.unlocked).readable()]
    assert {"policy_changed", "deletion_staged"} <= {str(action) for action in actions}


def test_a_rule_alone_leaves_what_is_recorded(desk: Page, home: RecordedHome, session_id: str) -> None:
    ready(desk)
    press(desk, "Always mask this app’s words…", "mouse")
    dialog = desk.get_by_role("dialog", name="Always mask the words of this app: Editor")
    expect(dialog).to_contain_text("3 pictures")
    dialog.get_by_role("button", name="Always mask it").click()
    expect(desk.locator("#say")).to_contain_text("The rule is in force")

    assert rules(home) == {"Editor": "masked", "Browser": "words"}
    assert len(shown(home, session_id)) == 6
    expect(desk.locator("#cuts-count")).to_have_text("0")


def test_a_no_changes_nothing(desk: Page, home: RecordedHome) -> None:
    ready(desk)
    press(desk, "Never record this app…", "mouse")
    desk.get_by_role("dialog").get_by_role("button", name="Keep as it is").click()

    assert rules(home) == {"Editor": "words", "Browser": "words"}
    expect(desk.locator("#cuts-count")).to_have_text("0")


def _call(page: Page, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    ask = """([path, body]) => fetch(document.documentElement.dataset.base + path, {method: "POST",
        headers: {"content-type": "application/json", "x-recorder-page": document.documentElement.dataset.csrf},
        body}).then(async (answer) => [answer.status, await answer.json()])"""
    status, answer = page.evaluate(ask, [path, json.dumps(body)])
    return status, answer


def test_a_rule_is_made_once_and_only_as_it_was_shown(
    overview: Page, home: RecordedHome, session_id: str, site: Served
) -> None:
    _, told = _call(overview, "api/rules/preview", {"kind": "block", "app": "Editor"})
    _call(overview, "api/cuts", {"what": "frames", "session": session_id, "frames": [0]})

    agreed = {"id": told["id"], "matches": True}
    assert _call(overview, "api/rules", {"id": "made up", "matches": True})[0] == 400
    assert _call(overview, "api/rules", agreed)[0] == 200
    assert _call(overview, "api/rules", agreed)[0] == 400
    home.record(started_us=1_770_000_000_000_000)
    _, told = _call(overview, "api/rules/preview", {"kind": "mask", "app": "Browser"})
    home.record(started_us=1_780_000_000_000_000)
    status, answer = _call(overview, "api/rules", {"id": told["id"], "matches": True})
    assert (status, answer["error"]) == (400, "what is recorded of this app changed meanwhile, so nothing was done")
    assert rules(home) == {"Browser": "words"}


@pytest.mark.parametrize(
    "body",
    [
        {"frame": 99, "x": 0, "y": 0, "width": 5, "height": 5},
        {"frame": 0, "x": 640, "y": 0, "width": 5, "height": 5},
        {"frame": 0, "x": 0, "y": 0, "width": 0, "height": 5},
        {"frame": 0, "x": 0, "y": 0, "width": 5, "height": 5, "reach": "everything"},
    ],
)
def test_a_box_that_fills_nothing_is_refused(
    overview: Page, home: RecordedHome, session_id: str, site: Served, body: dict[str, Any]
) -> None:
    before = {path: path.read_bytes() for path in Path(home.path, "sessions").rglob("*") if path.is_file()}

    assert _call(overview, f"api/sessions/{session_id}/brush", body)[0] == 400

    assert {path: path.read_bytes() for path in Path(home.path, "sessions").rglob("*") if path.is_file()} == before
