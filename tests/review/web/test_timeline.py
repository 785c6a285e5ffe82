"""The page's timeline, player, filters and tabs, by mouse and by keyboard alone, in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from recorder.model.redacted import Channel, EventKind, GapReason
from recorder.store.session import SessionReader
from tests.browser import watch
from tests.recorded import STARTED_US, RecordedHome, S, Story, event, gap, make_home
from tests.review.looked import frame, taken_out, typed
from tests.review.web.serving import Served, served

NASTY = "<img src=x onerror=alert(1)> \u202egnp.exe"
# Two minutes: two apps, six pictures, then a long stretch in which nothing happens, and a pause.
EXTRA = [
    typed(5 * S, NASTY),
    event(15 * S, EventKind.SECRET_ENTRY, reason=GapReason.SECRET_INPUT, channel=Channel.KEYS),
    gap(12 * S, 18 * S, GapReason.SECRET_INPUT, Channel.KEYS),
    (50 * S, event(40 * S, EventKind.PAUSE, t_end_us=50 * S, reason=GapReason.PAUSED, channel=Channel.ALL)[1]),
    taken_out(3 * S, "contexts", "window_title", "name"),
    frame(50, 55 * S, apps=None),
]
STORY = Story(titles=("notes - Ada", NASTY + "x" * 200_000), size_px=(640, 400), extra=EXTRA)


@dataclass(slots=True)
class Desk:
    """One tab over the first of two recordings."""

    page: Page
    site: Served
    reader: SessionReader
    others: list[str]

    def open(self, session_id: str | None = None) -> Page:
        self.page.goto(f"{self.site.base}/s/{session_id or self.reader.session_id}")
        expect(self.page.locator("#scrubber")).not_to_have_attribute("aria-valuemax", "0")
        expect(self.page.locator("#picture")).to_have_attribute("data-form", "exact")
        expect(self.page.locator("#filter-apps input")).not_to_have_count(0)
        return self.page

    def at(self, share: float) -> tuple[float, float]:
        """A place on the lanes, of their width."""
        self.page.locator("#scrubber").scroll_into_view_if_needed()
        box = self.page.locator("#scrubber").bounding_box()
        assert box is not None
        return box["x"] + share * box["width"], box["y"] + 40


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RecordedHome:
    return make_home(tmp_path_factory.mktemp("page") / "home")


@pytest.fixture(scope="module")
def ids(made: RecordedHome) -> list[str]:
    """The one that is looked at, and a later one."""
    return [made.record(STORY), made.record(Story(size_px=(640, 400)), started_us=STARTED_US + 3600 * S)]


@pytest.fixture(scope="module")
def shared(made: RecordedHome, ids: list[str], chromium: Browser) -> Iterator[tuple[Served, BrowserContext]]:
    """One server and one profile for all tests here: a page's address is good for one visit."""
    with served(made) as site:
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(8000)
        first = context.new_page()
        first.goto(site.url)
        first.wait_for_url(f"{site.base}/")
        first.close()
        yield site, context
        context.close()


@pytest.fixture
def desk(shared: tuple[Served, BrowserContext], made: RecordedHome, ids: list[str]) -> Iterator[Desk]:
    site, context = shared
    tab, said = context.new_page(), list[str]()
    watch(tab, said)
    one = Desk(tab, site, SessionReader(made.path, ids[0], made.unlocked), ids[1:])
    one.open()
    yield one
    tab.close()
    assert said == []


def seconds(page: Page) -> int:
    return int(page.locator("#scrubber").get_attribute("aria-valuenow") or -1)


def shown(page: Page, frame_id: int) -> None:
    expect(page.locator("#picture")).to_have_attribute("data-frame", str(frame_id))


# 1, the scrubber


def test_a_click_on_the_lanes_goes_there_and_shows_the_picture_of_that_time(desk: Desk) -> None:
    desk.page.mouse.click(*desk.at(0.36))

    shown(desk.page, 2)
    assert 20 <= seconds(desk.page) <= 23


def test_dragging_along_the_lanes_scrubs(desk: Desk) -> None:
    desk.page.mouse.move(*desk.at(0.1))
    desk.page.mouse.down()
    desk.page.mouse.move(*desk.at(0.5), steps=4)
    shown(desk.page, 2)
    desk.page.mouse.move(*desk.at(0.7), steps=4)
    shown(desk.page, 4)
    desk.page.mouse.up()
    desk.page.mouse.move(*desk.at(0.1))

    shown(desk.page, 4)


def test_what_is_shown_at_rest_has_every_stored_pixel(desk: Desk) -> None:
    desk.page.mouse.click(*desk.at(0.55))
    shown(desk.page, 3)
    expect(desk.page.locator("#picture")).to_have_attribute("data-form", "exact")

    rgba = desk.page.evaluate(
        "() => { const c = document.getElementById('picture');"
        " return Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data); }"
    )

    pixels = np.array(rgba, np.uint8).reshape(400, 640, 4)[:, :, :3]
    assert (pixels == np.asarray(desk.reader.frame(3))).all()


def test_hovering_the_lanes_shows_a_small_picture_and_what_was_there(desk: Desk) -> None:
    desk.page.mouse.move(*desk.at(0.45))

    expect(desk.page.locator("#tip")).to_be_visible()
    expect(desk.page.locator("#tip-picture")).to_have_attribute("data-frame", "2")
    expect(desk.page.locator("#tip-lines")).to_contain_text("Editor · notes - Ada")
    desk.page.mouse.move(10, 10)
    expect(desk.page.locator("#tip")).to_be_hidden()


def test_the_scrubber_is_a_slider_for_the_keyboard(desk: Desk) -> None:
    slider = desk.page.get_by_role("slider", name="Place in the recording")
    slider.focus()
    desk.page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuenow", "60")
    desk.page.keyboard.press("ArrowDown")
    expect(slider).to_have_attribute("aria-valuenow", "50")
    desk.page.keyboard.press("ArrowUp")
    expect(slider).to_have_attribute("aria-valuenow", "60")
    desk.page.keyboard.press("PageDown")
    expect(slider).to_have_attribute("aria-valuenow", "0")
    desk.page.keyboard.press("ArrowRight")

    shown(desk.page, 0)
    expect(slider).to_have_attribute("aria-valuemax", "60")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("Editor · notes - Ada"))


# 2, the lanes


def test_every_withheld_second_is_listed_with_its_reason_and_can_be_gone_to(desk: Desk) -> None:
    desk.page.locator("#withheld-summary").click()
    rows = desk.page.locator("#withheld-list li")

    expect(rows.filter(has_text="you paused the recording")).to_contain_text("10 s")
    expect(rows.filter(has_text="a field that takes a secret")).to_contain_text("6.0 s")
    expect(rows.filter(has_text="an app that is not on your list")).to_contain_text("0.2 s")
    rows.filter(has_text="you paused the recording").get_by_role("button").click()
    expect(desk.page.locator("#stage-withheld")).to_have_text("Withheld here: you paused the recording")
    assert seconds(desk.page) == 40


def test_the_slider_says_what_was_withheld_and_why(desk: Desk) -> None:
    slider = desk.page.locator("#scrubber")
    slider.focus()
    desk.page.keyboard.press("Home")
    for _ in range(2):
        desk.page.keyboard.press("Shift+ArrowRight")
    desk.page.keyboard.press("ArrowUp")

    expect(slider).to_have_attribute("aria-valuetext", re.compile("withheld, keys: a field that takes a secret"))


def test_bands_have_names_and_withheld_stretches_are_hatched(desk: Desk) -> None:
    """The lanes are drawn: colours in a hatched place alternate, in a band's place they are the band's."""
    colours = desk.page.evaluate(
        """() => {
          const canvas = document.getElementById('lanes-picture');
          const paint = canvas.getContext('2d');
          const at = (share, y) => {
            const data = paint.getImageData(Math.round(canvas.width * share), y, 24, 1).data;
            return new Set(Array.from({length: 24}, (_, n) => data.slice(4 * n, 4 * n + 3).join())).size;
          };
          return {paused: at(0.72, 32), quiet: at(0.58, 32), band: at(0.3, 12), other: at(0.8, 12)};
        }"""
    )

    assert colours["paused"] >= 3
    assert colours["quiet"] == colours["band"] == colours["other"] == 1


def test_idle_time_is_folded_until_the_person_unfolds_it(desk: Desk) -> None:
    folded = desk.page.locator("#folded")
    box = desk.page.get_by_label("Fold idle time")
    expect(box).to_be_checked()
    expect(folded).to_have_text("")  # nothing is idle for thirty seconds here
    box.focus()
    desk.page.keyboard.press("Space")

    expect(box).not_to_be_checked()
    desk.page.mouse.click(*desk.at(0.5))
    assert 29 <= seconds(desk.page) <= 31


def test_the_lanes_are_looked_at_closer_by_buttons_and_keys_and_follow_the_place(desk: Desk) -> None:
    desk.page.mouse.click(*desk.at(0.5))
    before = seconds(desk.page)
    desk.page.get_by_role("button", name="Closer").click()
    desk.page.keyboard.press("+")
    expect(desk.page.locator("#zoom")).to_have_text("4×")
    desk.page.mouse.click(*desk.at(0.5))
    assert seconds(desk.page) == before  # the place stayed where it was
    desk.page.mouse.click(*desk.at(0.999))
    assert seconds(desk.page) <= before + 9  # the lanes show a quarter of the time
    desk.page.keyboard.press("Home")
    desk.page.mouse.click(*desk.at(0.0))
    assert seconds(desk.page) == 0
    for _ in range(2):
        desk.page.keyboard.press("-")

    expect(desk.page.locator("#zoom")).to_have_text("1×")
    expect(desk.page.get_by_role("button", name="Less close")).to_be_disabled()


def test_the_wheel_looks_closer_at_what_is_under_the_pointer(desk: Desk) -> None:
    desk.page.mouse.move(*desk.at(0.75))
    desk.page.keyboard.down("Control")
    desk.page.mouse.wheel(0, -100)
    desk.page.keyboard.up("Control")
    expect(desk.page.locator("#zoom")).to_have_text("2×")
    desk.page.mouse.click(*desk.at(0.75))

    assert 44 <= seconds(desk.page) <= 46


# 3, playing


def test_play_and_pause_by_mouse_at_a_chosen_speed(desk: Desk) -> None:
    desk.page.get_by_label("Speed").select_option("4")
    desk.page.get_by_role("button", name="Play").click()
    expect(desk.page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    shown(desk.page, 1)
    desk.page.get_by_role("button", name="Pause").click()
    stopped = seconds(desk.page)

    expect(desk.page.get_by_role("button", name="Play")).to_be_visible()
    assert stopped >= 10
    assert seconds(desk.page) == stopped


def test_play_to_the_end_by_keyboard_skipping_what_is_quiet(desk: Desk) -> None:
    desk.page.keyboard.press("4")
    expect(desk.page.get_by_label("Speed")).to_have_value("8")
    desk.page.keyboard.press("Space")
    desk.page.keyboard.press("Space")
    expect(desk.page.get_by_role("button", name="Play")).to_be_visible()
    desk.page.keyboard.press("Space")

    expect(desk.page.locator("#say")).to_have_text("The end")
    shown(desk.page, 50)
    expect(desk.page.get_by_role("button", name="Play")).to_be_visible()


# 4, filters


def test_a_filter_counts_what_fits_and_steps_stay_in_it(desk: Desk) -> None:
    desk.page.locator("#filter > summary").click()
    desk.page.get_by_label("Browser", exact=True).check()
    expect(desk.page.locator("#filter-count")).to_contain_text("4 of 7 pictures")
    shown(desk.page, 3)
    desk.page.get_by_role("button", name="Earlier picture").click()
    expect(desk.page.locator("#say")).to_have_text("This is the first picture")
    desk.page.get_by_role("button", name="Later picture").click()
    shown(desk.page, 4)
    desk.page.mouse.click(*desk.at(0.1))

    shown(desk.page, 3)
    expect(desk.page.locator("#events-told")).to_contain_text("that fit")
    desk.page.get_by_role("button", name="Show everything").click()
    expect(desk.page.locator("#filter-count")).to_have_text("")


def test_a_filter_by_keyboard_alone_and_escape_takes_it_away(desk: Desk) -> None:
    desk.page.locator("#filter > summary").focus()
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Space")
    expect(desk.page.get_by_label("Browser", exact=True)).to_be_checked()
    expect(desk.page.locator("#filter-count")).to_contain_text("4 of 7 pictures")
    desk.page.keyboard.press("Home")
    shown(desk.page, 3)
    desk.page.keyboard.press("Escape")

    expect(desk.page.locator("#filter-count")).to_have_text("")
    expect(desk.page.get_by_label("Browser", exact=True)).not_to_be_checked()


@pytest.mark.parametrize(
    ("label", "count"),
    [
        ("With text that was kept", "1 of 7"),
        ("With something taken out", "6 of 7"),
        ("button (4)", "2 of 7"),
        (re.compile("^notes - Ada"), "3 of 7"),
    ],
)
def test_each_kind_of_filter_counts_its_pictures(desk: Desk, label: str | re.Pattern[str], count: str) -> None:
    desk.page.locator("#filter > summary").click()
    desk.page.get_by_label(label).check()

    expect(desk.page.locator("#filter-count")).to_contain_text(f"{count} pictures")


def test_what_was_looked_at_is_left_out_of_what_was_not(desk: Desk) -> None:
    desk.page.locator("#filter > summary").click()
    desk.page.get_by_label("Not looked at yet").check()

    expect(desk.page.locator("#filter-count")).to_contain_text(re.compile(r"[0-7] of 7 pictures"))


# 15, the keys


def test_the_list_of_keys_names_them_all_and_closes(desk: Desk) -> None:
    desk.page.keyboard.press("?")
    dialog = desk.page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    names = set(dialog.locator("kbd").all_inner_texts())

    assert names >= {"Space", "←", "→", "Alt ←", "Alt →", "Shift ←", "Shift →", "J", "K", "[", "]", "Home", "End"}
    assert names >= {"1–4", "Esc", "?"}
    desk.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_arrows_go_to_pictures_apps_and_marks(desk: Desk) -> None:
    press = desk.page.keyboard.press
    press("ArrowRight")
    shown(desk.page, 1)
    press("Alt+ArrowRight")
    assert seconds(desk.page) == 30
    press("Alt+ArrowLeft")
    assert seconds(desk.page) == 0
    press("Shift+ArrowRight")
    assert desk.page.locator("#clock").inner_text().startswith("0:00.8")
    press("Shift+ArrowRight")
    assert seconds(desk.page) == 3
    press("Shift+ArrowLeft")
    press("End")
    assert seconds(desk.page) == 60
    press("Home")
    assert seconds(desk.page) == 0


def test_keys_are_off_while_a_person_types(desk: Desk) -> None:
    desk.page.locator("#filter > summary").click()
    field = desk.page.get_by_label("Find a title")
    field.focus()
    desk.page.keyboard.type("2 [?]")
    desk.page.keyboard.press("Home")

    expect(field).to_have_value("2 [?]")
    expect(desk.page.get_by_label("Speed")).to_have_value("1")
    expect(desk.page.get_by_role("dialog", name="Keys")).to_be_hidden()
    shown(desk.page, 0)


def test_a_range_is_chosen_by_keys_and_escape_peels_one_layer_at_a_time(desk: Desk) -> None:
    press = desk.page.keyboard.press
    press("ArrowRight")
    press("[")
    press("ArrowRight")
    press("]")
    expect(desk.page.locator("#range-told")).to_have_text("Chosen: 0:10.0 to 0:20.0, 10 s")
    desk.page.locator("#filter > summary").click()
    desk.page.get_by_label("Browser", exact=True).check()
    expect(desk.page.locator("#filter-count")).not_to_have_text("")
    press("Space")  # the box has the focus: it takes the key
    expect(desk.page.locator("#filter-count")).to_have_text("")
    press("Space")
    expect(desk.page.locator("#filter-count")).not_to_have_text("")
    press("Escape")
    expect(desk.page.locator("#range-told")).to_have_text("")
    expect(desk.page.locator("#filter-count")).not_to_have_text("")
    press("Escape")
    expect(desk.page.locator("#filter-count")).to_have_text("")


def test_a_range_is_chosen_by_dragging_with_shift(desk: Desk) -> None:
    desk.page.keyboard.down("Shift")
    desk.page.mouse.move(*desk.at(0.25))
    desk.page.mouse.down()
    desk.page.mouse.move(*desk.at(0.5), steps=3)
    desk.page.mouse.up()
    desk.page.keyboard.up("Shift")

    expect(desk.page.locator("#range-told")).to_contain_text(re.compile("^Chosen: 0:1[45].*15 s$"))
    expect(desk.page.locator("#lanes-range")).to_be_visible()


def test_j_and_k_go_to_the_next_recording_and_back(desk: Desk) -> None:
    desk.page.keyboard.press("j")
    desk.page.wait_for_url(f"**/s/{desk.others[0]}")
    expect(desk.page.locator("#picture")).to_have_attribute("data-frame", "0")
    desk.page.keyboard.press("k")

    desk.page.wait_for_url(f"**/s/{desk.reader.session_id}")


# The tabs


def test_events_are_listed_around_the_place_and_lead_back_to_it(desk: Desk) -> None:
    rows = desk.page.locator("#events-rows tr")
    expect(desk.page.locator("#events-told")).to_have_text(re.compile(r"^1 to (\d+) of \1 events$"))
    without = rows.count()
    desk.page.get_by_label("Pointer moves too").check()
    expect(desk.page.locator("#events-told")).to_have_text(f"1 to {without + 40} of {without + 40} events")
    desk.page.get_by_label("Pointer moves too").uncheck()
    expect(rows).to_have_count(without)
    rows.filter(has_text="pause").get_by_role("button").click()

    assert seconds(desk.page) == 40
    expect(rows.filter(has_text="pause")).to_have_attribute("aria-current", "true")


def test_captured_text_is_shown_as_text_however_it_looks(desk: Desk) -> None:
    desk.page.get_by_role("tab", name="Text found").click()
    rows = desk.page.locator("#texts-rows li")

    expect(rows.locator("[data-text]").filter(has_text="gnp.exe").first).to_have_text(NASTY)
    assert desk.page.locator("#tabs img").count() == 0
    long = rows.filter(has_text="Show all")
    expect(long.get_by_role("button", name="Show all")).to_have_text("Show all 200,037 characters")
    long.get_by_role("button", name="Show all").click()
    expect(desk.page.locator("#texts-rows")).not_to_contain_text("Show all")
    assert max(len(text) for text in rows.locator("[data-text]").all_inner_texts()) == len(NASTY) + 200_000
    desk.page.get_by_label("Kind").select_option("typed")
    expect(rows).to_have_count(1)


def test_the_tabs_are_gone_through_by_arrow_keys(desk: Desk) -> None:
    desk.page.get_by_role("tab", name="Events").focus()
    desk.page.keyboard.press("ArrowRight")
    desk.page.keyboard.press("ArrowRight")
    expect(desk.page.get_by_role("tab", name="Redactions")).to_be_focused()
    expect(desk.page.locator("#hidden-taken")).to_contain_text("text region")
    expect(desk.page.locator("#hidden-taken")).to_contain_text("window titles")
    expect(desk.page.locator("#hidden-withheld")).to_contain_text("you paused the recording")
    expect(desk.page.locator("#hidden-secrets")).to_have_text(
        "Secrets typed: 1. Neither characters nor length are kept."
    )
    desk.page.keyboard.press("End")
    expect(desk.page.locator("#metadata-facts")).to_contain_text("write a note")
    expect(desk.page.locator("#metadata-facts")).not_to_contain_text(desk.reader.session_id)
    desk.page.keyboard.press("Home")

    expect(desk.page.get_by_role("tabpanel", name="Events")).to_be_visible()
    shown(desk.page, 0)  # the arrows did not move through the recording


def test_clicks_keys_and_what_is_filled_lie_over_the_picture(desk: Desk) -> None:
    expect(desk.page.locator("#overlay .click text")).to_have_text("1 click")
    expect(desk.page.locator("#keys-pressed")).to_contain_text("ctrl+s")
    desk.page.get_by_label("Mark what is filled").check()
    expect(desk.page.locator("#overlay polygon.withheld").first).to_be_attached()
    desk.page.get_by_label("Clicks and keys").focus()
    desk.page.keyboard.press("Space")

    expect(desk.page.locator("#overlay .click")).to_have_count(0)


# Looks


def test_at_twice_the_size_everything_is_there_without_scrolling_sideways(desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 640, "height": 450})
    desk.page.mouse.click(*desk.at(0.55)) if desk.page.locator("#scrubber").is_visible() else None

    wide = desk.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 640
    expect(desk.page.locator("#lanes-picture")).to_be_visible()
    expect(desk.page.get_by_role("tab", name="Metadata that will leave")).to_be_visible()
    box = desk.page.locator("#scrubber").bounding_box()
    assert box is not None
    assert 400 <= box["width"] <= 640


def test_pictures_of_two_screens_are_gone_through_by_time_and_chosen_by_screen(desk: Desk, made: RecordedHome) -> None:
    extra = [frame(90 + n, (2 + 10 * n) * S, screen=1) for n in range(3)]
    desk.open(made.record(Story(frames=3, extra=extra), started_us=STARTED_US + 7200 * S))
    shown(desk.page, 0)
    desk.page.keyboard.press("ArrowRight")
    shown(desk.page, 90)
    expect(desk.page.locator("#screen")).to_have_value("1")
    desk.page.locator("#screen").select_option("0")

    shown(desk.page, 0)


def test_a_recording_without_pictures_still_shows_its_lanes_and_events(desk: Desk, made: RecordedHome) -> None:
    session_id = made.record(Story(frames=0), started_us=STARTED_US + 9000 * S)
    desk.page.goto(f"{desk.site.base}/s/{session_id}")

    expect(desk.page.locator("#stage-empty")).to_have_text("This recording has no pictures.")
    expect(desk.page.locator("#events-rows tr")).not_to_have_count(0)
    desk.page.keyboard.press("Alt+ArrowRight")
    assert seconds(desk.page) == 30
    desk.page.locator("#filter > summary").click()
    desk.page.get_by_label("Browser", exact=True).check()
    expect(desk.page.locator("#filter-count")).to_contain_text("events")
