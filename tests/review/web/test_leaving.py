"""What would leave, shown to the byte; then exported, or kept: by mouse, and by keyboard alone."""

import re
import stat
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, expect

from recorder.consent import act
from recorder.consent.keeper import VaultKeeper
from recorder.model.session import SessionState
from recorder.review.decide import approve
from recorder.store import delete
from tests.browser import until
from tests.recorded import RecordedHome, Story
from tests.review.web.deciding import WAYS, WORDS, do, looks, press, reader, recorded
from tests.review.web.serving import Served


@pytest.fixture
def session_id(home: RecordedHome) -> str:
    return recorded(home)


@pytest.fixture
def exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / "recorder-exports"


@pytest.fixture
def leaving(overview: Page, site: Served, home: RecordedHome, session_id: str, exports: Path) -> Page:
    """The export page, with one approved recording and one that is not."""
    home.record(Story(frames=1, task="plan a trip"), started_us=1_770_000_000_000_000)
    approve(home.unlocked, reader(home, session_id))
    overview.goto(f"{site.base}/leaving")
    return overview


def preview(page: Page, way: str = "mouse") -> None:
    do(page, "Show what would leave", way)
    expect(page.locator("#leaving-found")).to_be_visible()


@WAYS
def test_what_is_shown_is_what_is_exported(leaving: Page, exports: Path, way: str) -> None:
    expect(leaving.get_by_role("checkbox", name="write a note")).to_be_checked()
    expect(leaving.get_by_role("checkbox", name="plan a trip")).not_to_be_checked()
    preview(leaving, way)
    assert not exports.exists(), "looking writes nothing"
    rows = {
        row.locator("th").text_content(): row.locator("td").first.text_content()
        for row in leaving.locator("#leaving-tables tr").all()
    }
    sizes = leaving.locator("#leaving-sum").text_content() or ""
    listed = {item.text_content(): None for item in leaving.locator("#leaving-files > li > span.captured").all()}
    folder = Path(leaving.get_by_label("A new folder for it").input_value())
    assert folder == exports / "export-1"
    do(leaving, "Export", way)

    expect(leaving.locator("#leaving-done")).to_contain_text(f"It is in {folder}")
    expect(leaving.locator("#leaving-done")).to_contain_text("Nothing was sent")
    on_disk = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert set(on_disk) == set(listed)
    for name, count in rows.items():
        (file,) = folder.glob(f"data/*-{name}-*.parquet")
        assert str(pq.read_metadata(file).num_rows) == count
    assert "6 pictures" in sizes
    assert f"{len(on_disk)} files" in sizes
    assert stat.S_IMODE(exports.stat().st_mode) == stat.S_IMODE(folder.stat().st_mode) == 0o700


@WAYS
def test_every_row_can_be_looked_at_as_it_would_leave(leaving: Page, way: str) -> None:
    preview(leaving, way)
    press(leaving, leaving.get_by_role("button", name="Look inside events"), way)
    shown = leaving.locator("#leaving-rows tr")
    expect(shown).to_have_count(25)
    seen = [row.text_content() for row in shown.all()]
    while leaving.locator("#leaving-rows-after").is_enabled():
        place = leaving.locator("#leaving-place").text_content() or ""
        do(leaving, "Later rows", way)
        expect(leaving.locator("#leaving-place")).not_to_have_text(place)
        seen += [row.text_content() for row in shown.all()]

    assert f"of {len(seen)}" in (leaving.locator("#leaving-place").text_content() or "")
    assert any(WORDS in (row or "") for row in seen)
    press(leaving, leaving.get_by_text("All of README.md"), way)
    expect(leaving.locator("pre").first).to_contain_text("Desktop trajectories, recorded by choice")
    press(leaving, leaving.get_by_text("The picture in the redaction report"), way)
    until(leaving, "document.getElementById('leaving-report').naturalWidth > 100")


@WAYS
def test_keep_here_takes_the_approval_back_and_writes_nothing(
    leaving: Page, home: RecordedHome, session_id: str, exports: Path, way: str
) -> None:
    preview(leaving, way)
    do(leaving, "Keep here", way)

    expect(leaving.locator("#leaving-done")).to_contain_text("Kept here")
    assert reader(home, session_id).state is SessionState.WITHHELD
    assert not exports.exists()
    expect(leaving.get_by_role("checkbox", name="write a note")).not_to_be_checked()


def test_export_and_keep_here_weigh_the_same_and_neither_is_chosen(leaving: Page) -> None:
    preview(leaving)

    one, other = (looks(leaving.get_by_role("button", name=name, exact=True)) for name in ("Export", "Keep here"))
    assert one == other
    assert not one["focused"]
    leaving.keyboard.press("Enter")
    expect(leaving.locator("#leaving-done")).to_be_hidden()


def test_what_is_not_approved_can_be_looked_at_and_not_exported(leaving: Page, exports: Path) -> None:
    leaving.get_by_role("checkbox", name="plan a trip").check()
    preview(leaving)

    expect(leaving.locator("#leaving-unready")).to_contain_text("One of these is not approved")
    expect(leaving.get_by_role("button", name="Export", exact=True)).to_be_disabled()
    leaving.evaluate("document.getElementById('leaving-export').disabled = false")  # whatever the page says
    leaving.get_by_role("button", name="Export", exact=True).click()
    expect(leaving.locator("#leaving-done")).to_contain_text("is not approved: nobody has approved it")
    assert not exports.exists() or not list(exports.iterdir())


def test_what_changed_after_it_was_shown_is_not_exported(
    leaving: Page, home: RecordedHome, session_id: str, exports: Path
) -> None:
    preview(leaving)
    delete.delete_frames(home.path, home.unlocked, session_id, [2])
    approve(home.unlocked, reader(home, session_id))  # anew, elsewhere
    leaving.get_by_role("button", name="Export", exact=True).click()

    expect(leaving.locator("#leaving-done")).to_contain_text("not what you were shown")
    assert not list(exports.rglob("*"))


def test_a_folder_that_holds_something_or_lies_in_the_home_is_refused(
    leaving: Page, home: RecordedHome, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").touch()
    for folder, why in (
        (tmp_path / "mine", "is not empty"),
        (home.path / "export", "inside the recorder's home"),
        (Path("relative"), "name the whole path"),
        (tmp_path / "no" / "where", "there is no folder"),
    ):
        preview(leaving)
        leaving.get_by_label("A new folder for it").fill(str(folder))
        leaving.get_by_role("button", name="Export", exact=True).click()
        expect(leaving.locator("#leaving-done")).to_contain_text(why)
    assert not (home.path / "export").exists()


def test_a_long_preview_tells_how_far_it_is_and_can_be_stopped(
    leaving: Page, home: RecordedHome, exports: Path
) -> None:
    long = home.record(Story(frames=400, seconds=900, size_px=(800, 500)), started_us=1_771_000_000_000_000)
    leaving.goto(f"{leaving.url.split('#')[0]}#{long}")
    leaving.reload()
    leaving.get_by_role("button", name="Show what would leave").click()
    expect(leaving.locator("#leaving-progress")).to_contain_text(re.compile(r"\d+ of 400 pictures"))
    leaving.get_by_role("button", name="Stop", exact=True).click()

    expect(leaving.locator("#leaving-done")).to_contain_text("it was stopped, and nothing was written")
    assert not exports.exists()


def test_without_a_consent_nothing_is_worked_out(leaving: Page, home: RecordedHome) -> None:
    act.end(home.path, VaultKeeper(home.unlocked))
    leaving.get_by_role("button", name="Show what would leave").click()
    expect(leaving.locator("#leaving-done")).to_contain_text("Nothing can be shown")
