"""docs/images/page-*.png: the main views of the review page over a made-up recording, in the system's Chromium.

python -m tools.page_pictures [FOLDER]
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect, sync_playwright

from recorder.model.element import ElementRole
from recorder.model.geometry import Rect
from recorder.model.redacted import (
    EventKind,
    FrameSeen,
    GapReason,
    RedactedContext,
    RedactedFrame,
    Redaction,
    RedactionMethod,
    Trigger,
)
from recorder.model.seals.guard import SEAL
from tests.recorded import S, Story, event, gap, make_home
from tests.review.web.serving import Served, served

ROOT = Path(__file__).parents[1]
SIZE_PX = (1280, 800)
WINDOW = (90, 70, 1190, 730)
SECONDS, EVERY_S = 600, 6
# App, title and colour of its bar; each has the keyboard for a part of the time.
APPS = (("Writer", "travel notes", "#3b6ea5"), ("Browser", "timetable", "#7a5195"), ("Files", "downloads", "#4f7942"))
PART_S = 40


def app_at(second: int) -> tuple[int, tuple[str, str, str]]:
    number = second // PART_S
    return number, APPS[number * 7 % len(APPS)]


def painted(second: int) -> bytes:
    """A window with its text filled, as the guard leaves it."""
    random = np.random.default_rng(second // PART_S)
    image = Image.new("RGB", SIZE_PX, "#dfe3e8")
    pen = ImageDraw.Draw(image)
    _, (_, _, colour) = app_at(second)
    left, top, right, bottom = WINDOW
    pen.rectangle(WINDOW, fill="#ffffff", outline="#9aa3ad")
    pen.rectangle((left, top, right, top + 34), fill=colour)
    pen.rectangle((left + 12, top + 10, left + 190, top + 24), fill="#808080")
    pen.rectangle((left, top + 34, left + 210, bottom), fill="#f3f4f6")
    for row in range(9):
        pen.rectangle(
            (left + 24, top + 64 + row * 38, left + 60 + int(random.integers(40, 130)), top + 78 + row * 38),
            fill="#808080",
        )
    for row in range(4 + second % PART_S // EVERY_S * 2):
        y = top + 64 + row * 34
        if y < bottom - 30:
            pen.rectangle((left + 240, y, left + 300 + int(random.integers(200, 700)), y + 16), fill="#808080")
    pen.rounded_rectangle((right - 170, bottom - 56, right - 30, bottom - 22), 6, fill=colour)
    return image.tobytes()


def things() -> Iterator[tuple[int, object]]:
    for second in range(0, SECONDS, PART_S):
        number, (app, title, _) = app_at(second)
        at = {"context_id": number, "app": app}
        yield second * S, RedactedContext(
            context_id=number, t_us=second * S, app=app, window_title=title,
            url_host="example.org" if app == "Browser" else None, url_path=None, window_rect=Rect(90, 70, 1100, 660),
            screen=0, source="x11", seal=SEAL,
        )  # fmt: skip
        for step in range(4, PART_S - 6, 7):
            t_us, place = (second + step) * S, {"x": 330 + step * 21, "y": 170 + step * 9, "injected": False}
            yield event(t_us, EventKind.BUTTON, button=1, pressed=True, **at, **place)
            yield event(t_us, EventKind.TARGET, target_role=ElementRole.BUTTON, target_name="Save", **at)
            yield event(t_us + 90_000, EventKind.BUTTON, button=1, pressed=False, **at, **place)
        typed = {"run": number, "text": f"to do [name] before {number + 2} o'clock", "t_end_us": (second + 30) * S}
        yield (second + 31) * S, event((second + 12) * S, EventKind.TEXT_RUN, **at, **typed)[1]
        if number % 4 == 2:
            yield event((second + 33) * S, EventKind.SECRET_ENTRY, t_end_us=(second + 36) * S, **at)
        yield gap((second + 36) * S, (second + 39) * S, GapReason.APP_NOT_ALLOWED)
    for number, second in enumerate(range(0, SECONDS, EVERY_S)):
        yield from shown(number, second)


def shown(number: int, second: int) -> Iterator[tuple[int, object]]:
    t_us = second * S + 200_000
    context_id, (app, _, _) = app_at(second)
    yield t_us, RedactedFrame(
        frame_id=number, t_us=t_us, screen=0, width=SIZE_PX[0], height=SIZE_PX[1], scale=1.0,
        trigger=Trigger.ACTION_PRE, context_id=context_id, n_redactions=12, masked_px=60_000, withheld_px=0,
        apps=(app,), rgb=painted(second), seal=SEAL,
    )  # fmt: skip
    yield t_us + (EVERY_S - 1) * S, FrameSeen(frame_id=number, t_us=t_us + (EVERY_S - 1) * S, seal=SEAL)
    yield t_us, Redaction(
        t_us=t_us, target="frames", ref_id=number, field="image", rect=Rect(330, 134, 500, 16), category="text_region",
        detector="mask_all/1", method=RedactionMethod.SOLID, count=12, seal=SEAL,
    )  # fmt: skip


def one(page: Page, site: Served, session_id: str) -> None:
    page.goto(f"{site.base}/s/{session_id}")
    expect(page.locator("#sessions a").first).to_be_visible()
    page.locator("#scrubber").focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1500)


def finding(page: Page, site: Served, session_id: str) -> None:
    one(page, site, session_id)
    page.locator("#find-text").fill("o'clock")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator("#found-list li").first).to_be_visible()
    page.locator("#found-cut").click()
    expect(page.locator("#ask-dialog")).to_be_visible()


def leaving(page: Page, site: Served, session_id: str) -> None:
    page.goto(f"{site.base}/leaving")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Show what would leave").click()
    page.wait_for_timeout(4000)


def at(path: str) -> Callable[[Page, Served, str], None]:
    def show(page: Page, site: Served, session_id: str) -> None:
        page.goto(f"{site.base}/{path}")
        page.wait_for_timeout(500)

    return show


VIEWS = {"overview": at(""), "recording": one, "finding": finding, "leaving": leaving, "storage": at("storage")}


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        home = make_home(Path(place) / "home")
        story = Story(apps=("Files",), titles=("downloads",), seconds=240, frames=12, size_px=SIZE_PX, task=None)
        home.record(story, started_us=1_794_900_000_000_000)
        session_id = home.record(
            Story(apps=("Writer",), titles=("travel notes",), seconds=SECONDS, frames=0, moves=0, size_px=SIZE_PX,
                  task="plan a train journey", extra=list(things())),
            started_us=1_795_000_000_000_000,
        )  # fmt: skip
        arguments = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        with served(home) as site:
            shoot(browser, site, session_id, folder)
        browser.close()
    return 0


def shoot(browser: Browser, site: Served, session_id: str, folder: Path) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en-GB")
    page = context.new_page()
    page.goto(site.url)
    page.wait_for_url(f"{site.base}/")
    for name, show in VIEWS.items():
        show(page, site, session_id)
        save(page, folder / f"page-{name}.png")
    page.emulate_media(color_scheme="dark")
    one(page, site, session_id)
    save(page, folder / "page-dark.png")
    context.close()


def save(page: Page, path: Path) -> None:
    """With as few colours as it needs: these are in the repository."""
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(200, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.name)


if __name__ == "__main__":
    sys.exit(main())
