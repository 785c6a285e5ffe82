"""The pages of storage and history: the preview equals the result; times, ids and counts, and never content."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from recorder.store.audit import Action, Actor, AuditLog
from recorder.store.session import shown_ids
from tests.recorded import STARTED_US, RecordedHome, Story
from tests.review.web.serving import Served, served

RECENT_US = 1_795_000_000_000_000


@pytest.fixture
def site(home: RecordedHome, session_id: str) -> Iterator[Served]:
    """One old recording, and one from long after it."""
    home.record(Story(size_px=(640, 400)), started_us=RECENT_US)
    log = AuditLog(home.path, home.unlocked)
    log.append(Actor.RECORD, Action.RECORDING_PAUSED, at_us=STARTED_US, object_id=session_id)
    log.append(Actor.CONSENT, Action.CONSENT_GIVEN, at_us=STARTED_US, object_id="self", count=1)
    with served(home) as running:
        yield running


def test_the_page_of_storage_says_how_much_and_how_long(overview: Page, site: Served, home: RecordedHome) -> None:
    (home.path / "policy.toml").write_text("version = 1\n[keep]\ndays = 30\nmax_gb = 5\n")
    overview.get_by_role("link", name="Storage").click()

    now = overview.get_by_role("region", name="Now")
    expect(now).to_contain_text("Recordings2")
    expect(now).to_contain_text("Kept for30 days")
    expect(now).to_contain_text("At most5.0 GB")
    expect(now).to_contain_text("would go now")


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_what_is_older_is_shown_and_exactly_that_is_taken_out(
    overview: Page, site: Served, home: RecordedHome, session_id: str, way: str
) -> None:
    days = (RECENT_US - STARTED_US) // 86_400_000_000 - 5
    overview.goto(f"{site.base}/storage")
    overview.get_by_label("Days").fill(str(days))
    if way == "mouse":
        overview.get_by_role("button", name="Show what that is").click()
    else:
        overview.get_by_label("Days").press("Enter")
    expect(overview.locator("#older-told")).to_contain_text("1 recording,")
    expect(overview.locator("#older-list li")).to_have_count(1)

    for name in ("Take these out", "Take it out"):
        button = overview.get_by_role("button", name=name, exact=True)
        button.click() if way == "mouse" else button.press("Enter")

    expect(overview.locator("#cuts-count")).to_have_text("1")
    left = shown_ids(home.path, home.unlocked)
    assert session_id not in left
    assert len(left) == 1


def test_the_history_lists_pauses_and_consents_and_says_that_it_is_whole(overview: Page, session_id: str) -> None:
    overview.get_by_role("link", name="History").click()

    expect(overview.get_by_role("region", name="Pauses")).to_contain_text("recording paused")
    expect(overview.get_by_role("region", name="Pauses")).to_contain_text(session_id)
    expect(overview.get_by_role("region", name="Consent")).to_contain_text("consent given")
    expect(overview.locator("main")).to_contain_text("unchanged and in order")


def test_a_history_that_was_changed_says_so(overview: Page, site: Served, home: RecordedHome) -> None:
    file = home.path / "audit.jsonl"
    file.write_bytes(file.read_bytes().replace(b"recording_paused", b"recording_resumed", 1))

    overview.goto(f"{site.base}/history")

    expect(overview.get_by_role("heading", name="Something is wrong with it")).to_be_visible()
