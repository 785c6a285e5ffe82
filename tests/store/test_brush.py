"""A brush: a box filled in pictures, with the text under it; staged, undone bit for bit, and then there for good."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from recorder.errors import UsageError
from recorder.format.seal import Recipient
from recorder.model.element import ElementRole
from recorder.model.geometry import Monitor, Rect
from recorder.model.redacted import EventKind, KeyClass, Redacted, RedactedContext, RedactedEvent, RedactedFrame
from recorder.model.seals.guard import SEAL
from recorder.model.session import SessionStart, SessionState
from recorder.review import decide
from recorder.store import brush, delete, staged
from recorder.store.brush import Reach
from recorder.store.painting import GREY
from recorder.store.selector import Selector, What, parse_selector
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault
from tests.ocr import assert_unreadable, canaries_in, read_text
from tests.store.synthetic import SECOND, every_byte, frame, pointer, record, session_start
from tests.store.test_staged import bytes_of, listed, view

CANARY = "CANARY-51c0d2"
READABLE = "heron-velvet-4417"
SCREEN = Rect(100, 40, 64, 48)
BOX = Rect(110, 50, 20, 10)
UNDER, BESIDE = Rect(125, 55, 30, 30), Rect(131, 50, 10, 10)
HERE, THERE = Rect(100, 40, 60, 40), Rect(104, 44, 50, 40)
LOW = Rect(100, -400, 64, 700)  # a window whose head is far above the box


def noise(number: int) -> bytes:
    return np.random.default_rng(number).integers(0, 256, 64 * 48 * 3, np.uint8).tobytes()


def picture(
    number: int, second: int, app: str | None = "Editor", context_id: int = 1, screen: int = 0
) -> RedactedFrame:
    apps = None if app is None else (app,)
    made = frame(number, second * SECOND, context_id=context_id, rgb=noise(number), apps=apps)
    return dataclasses.replace(made, screen=screen, seal=SEAL)


def front(number: int, second: int, app: str, rect: Rect, title: str = "notes") -> RedactedContext:
    told: dict[str, Any] = {"app": app, "window_title": title, "url_host": None, "url_path": None}
    place: dict[str, Any] = {"window_rect": rect, "screen": 0, "source": "fake"}
    return RedactedContext(context_id=number, t_us=second * SECOND, **told, **place, seal=SEAL)


def clicked(second: int, rect: Rect | None, name: str = CANARY, context_id: int = 1) -> RedactedEvent:
    return RedactedEvent(
        t_us=second * SECOND,
        kind=EventKind.TARGET,
        target_role=ElementRole.BUTTON,
        target_name=name,
        target_rect=rect,
        context_id=context_id,
        seal=SEAL,
    )


def typed(run: int, second: int, text: str, rect: Rect | None, context_id: int = 1) -> list[Redacted]:
    t_us = second * SECOND
    common: dict[str, Any] = {"run": run, "context_id": context_id, "app": "Editor", "seal": SEAL}
    where: dict[str, Any] = {"target_rect": rect, "target_name": "field"}
    keys = [
        RedactedEvent(t_us=t_us, kind=EventKind.KEY, key_class=KeyClass.LETTER, char=one, pressed=True, **common)
        for one in text
    ]
    end = t_us + SECOND
    return [
        RedactedEvent(t_us=t_us, kind=EventKind.TEXT_HELD, **common, **where),
        *keys,
        RedactedEvent(t_us=t_us, t_end_us=end, kind=EventKind.TEXT_RUN, text=text, **common, **where),
    ]


def desk(home: Path, recipient: Recipient) -> SessionStart:
    """Three segments. Editor at one place (pictures 1 to 3), then at another (4, 5), then Mail (6), Editor again (7);
    pictures 8 and 9 are of another screen."""
    screens = (Monitor(index=0, rect=SCREEN), Monitor(index=1, rect=Rect(164, 40, 64, 48)))
    start = dataclasses.replace(session_start(), screens=screens)
    minutes: list[list[Redacted]] = [
        [
            front(1, 0, "Editor", LOW, CANARY),
            picture(1, 1),
            clicked(2, UNDER),
            clicked(2, BESIDE, "stays"),
            *typed(1, 3, CANARY, UNDER),
            picture(2, 5),
            picture(8, 6, screen=1),
            *(pointer(SECOND * n, context_id=1, x=n) for n in range(7, 20)),
        ],
        [
            front(2, 60, "Editor", LOW, "*notes"),
            picture(3, 61, context_id=2),
            *typed(2, 62, "stays", BESIDE, context_id=2),
            *typed(3, 64, CANARY, None, context_id=2),
            front(3, 70, "Editor", HERE),
            picture(4, 71, context_id=3),
            picture(5, 75, context_id=3),
        ],
        [
            front(4, 120, "Mail", LOW, "inbox"),
            picture(6, 121, "Mail", context_id=4),
            clicked(122, UNDER, "Reply", context_id=4),
            front(5, 130, "Editor", THERE),
            picture(7, 131, context_id=5),
            picture(9, 132, None, context_id=5, screen=1),
        ],
    ]
    return record(home, recipient, minutes, start)


def stroke(start: SessionStart, frame_id: int = 2, rect: Rect = BOX, reach: Reach = Reach.PICTURE) -> Selector:
    return Selector(what=What.BRUSH, session_id=start.session_id, frame_ids=(frame_id,), rect=rect, reach=reach.value)


def pictures(home: Path, unlocked: UnlockedVault, session_id: str) -> dict[int, np.ndarray]:
    reader = SessionReader(home, session_id, unlocked)
    found = {one.frame_id: np.array(one.image()) for one in reader.frames()}
    for frame_id, shown in found.items():
        assert (np.array(reader.frame(frame_id)) == shown).all()
    return found


def filled(home: Path, unlocked: UnlockedVault, session_id: str, box: Rect = BOX) -> set[int]:
    """Pictures in which exactly the box is grey; every other pixel of every picture is as it was recorded."""
    found = set()
    y, x = np.mgrid[: SCREEN.height, : SCREEN.width]
    left, top = box.x - SCREEN.x, box.y - SCREEN.y
    inside = (x >= left) & (x < left + box.width) & (y >= top) & (y < top + box.height)
    for frame_id, shown in pictures(home, unlocked, session_id).items():
        before = np.frombuffer(noise(frame_id), np.uint8).reshape(48, 64, 3)
        assert (shown[~inside] == before[~inside]).all()
        if (shown[inside] == GREY).all():
            found.add(frame_id)
        else:
            assert (shown == before).all()
    return found


REACHED = {
    Reach.PICTURE: {2},
    Reach.WINDOW: {1, 2, 3},
    Reach.APP: {1, 2, 3, 4, 5, 7},
}


@pytest.mark.parametrize("reach", Reach)
def test_a_box_is_filled_in_the_pictures_that_it_reaches_and_nowhere_else(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, reach: Reach
) -> None:
    start = desk(home, recipient)
    before, shown = bytes_of(home), view(home, unlocked)

    made = staged.stage(home, unlocked, stroke(start, reach=reach))

    assert made.counts["brushed"] == len(REACHED[reach])
    assert filled(home, unlocked, start.session_id) == REACHED[reach]
    assert bytes_of(home) == before
    staged.undo(home, unlocked)
    assert bytes_of(home) == before
    assert view(home, unlocked) == shown
    assert filled(home, unlocked, start.session_id) == set()


@pytest.mark.parametrize("reach", Reach)
def test_what_is_shown_after_staging_is_what_is_there_after_the_purge(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, reach: Reach
) -> None:
    start = desk(home, recipient)
    made = staged.stage(home, unlocked, stroke(start, reach=reach))
    shown, summaries = view(home, unlocked), listed(home, unlocked)
    dry = delete.delete(home, unlocked, stroke(start, reach=reach), dry_run=True)

    receipt = staged.purge(home, unlocked)

    assert view(home, unlocked, raw=True) == shown
    assert listed(home, unlocked) == summaries
    counts = {name: getattr(receipt, name) for name in ("brushed", "texts", "segments", "size_bytes")}
    assert counts == {name: getattr(dry, name) for name in counts} == {name: made.counts[name] for name in counts}
    assert (receipt.events, receipt.frames, receipt.sessions) == (0, 0, 0)
    assert receipt.verified
    assert SessionReader(home, start.session_id, unlocked).check() == []
    assert filled(home, unlocked, start.session_id) == REACHED[reach]


def test_text_that_may_have_stood_under_the_box_goes_with_a_row_that_says_so(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = desk(home, recipient)

    made = staged.stage(home, unlocked, stroke(start, 3))

    reader = SessionReader(home, start.session_id, unlocked)
    events = reader.table("events").to_pylist()
    by_run = {row["run"]: row["text"] for row in events if row["kind"] == "text_run"}
    assert by_run == {1: None, 2: "stays", 3: None}
    assert {row["char"] for row in events if row["run"] in (1, 3)} == {None}
    assert "".join(row["char"] for row in events if row["run"] == 2 and row["char"]) == "stays"
    assert {row["key_class"] for row in events if row["run"] == 1 and row["kind"] == "key"} == {"masked"}
    told = [row for row in reader.table("redactions").to_pylist() if row["detector"] == "person"]
    assert [(row["target"], row["field"], row["ref_id"], row["method"]) for row in told] == [
        ("events", "text", 1, "drop"),
        ("frames", "image", 3, "solid"),
        ("events", "target_name", 3, "drop"),
        ("events", "target_name", 3, "drop"),
        ("events", "text", 3, "drop"),
    ]
    assert told[1]["rect"] == {"x": 110, "y": 50, "width": 20, "height": 10}
    assert made.counts["texts"] == 4
    assert CANARY not in str(told)


def test_a_name_beside_the_box_and_one_of_another_time_stay(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = desk(home, recipient)

    staged.stage(home, unlocked, stroke(start, 2))

    events = SessionReader(home, start.session_id, unlocked).table("events").to_pylist()
    names = [row["target_name"] for row in events if row["kind"] == "target"]
    assert names == [None, "stays", "Reply"]


def test_the_title_goes_where_the_box_touches_the_head_of_the_window(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = desk(home, recipient)

    staged.stage(home, unlocked, stroke(start, 4))

    contexts = SessionReader(home, start.session_id, unlocked).table("contexts").to_pylist()
    assert [row["window_title"] for row in contexts] == [CANARY, "*notes", None, "inbox", "notes"]


def test_after_the_purge_nothing_in_the_home_opens_what_was_under_the_box(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    """New files under new keys; the old key is destroyed, so a copy of the old files opens no more."""
    start = desk(home, recipient)
    raw = SessionReader(home, start.session_id, unlocked)
    old_key, old_files = raw.manifest.key_id, {file.name for entry in raw.manifest.segments for file in entry.files}
    old_sealed = {entry.sealed for entry in raw.manifest.segments}
    kept = {path.name: path.read_bytes() for path in (raw.folder / "segments").iterdir()}

    staged.stage(home, unlocked, stroke(start, 1))
    receipt = staged.purge(home, unlocked)

    reader = SessionReader(home, start.session_id, unlocked)
    names = {file.name for entry in reader.manifest.segments for file in entry.files}
    assert receipt.segments == 1
    assert old_files - names == {name for name in old_files if name.startswith("0001-")}
    assert reader.manifest.key_id != old_key
    assert not (reader.folder / "keys" / f"{old_key}.json").exists()
    assert not old_sealed & {entry.sealed for entry in reader.manifest.segments}
    everything = every_byte(home)
    assert not any(kept[name] in everything for name in old_files - names)
    assert noise(1)[:300] not in everything


def test_a_canary_in_a_picture_is_read_before_and_never_after(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    drawn = Image.new("RGB", (640, 240), "white")
    pen, font = ImageDraw.Draw(drawn), ImageFont.load_default(20)
    pen.text((40, 40), "water the plants", fill="black", font=font)
    pen.text((40, 120), READABLE, fill="black", font=font)
    shown = dataclasses.replace(
        frame(1, SECOND, context_id=1, rgb=drawn.tobytes(), width=640, height=240, apps=("Editor",)), seal=SEAL
    )
    start = dataclasses.replace(session_start(), screens=(Monitor(index=0, rect=Rect(0, 0, 640, 240)),))
    record(home, recipient, [[front(1, 0, "Editor", LOW), shown]], start)

    def read() -> str:
        return read_text(SessionReader(home, start.session_id, unlocked).frame(1))

    assert canaries_in(read(), [READABLE]) == [READABLE]
    staged.stage(home, unlocked, stroke(start, 1, Rect(30, 110, 300, 40)))
    assert_unreadable({"staged": SessionReader(home, start.session_id, unlocked).frame(1)}, [READABLE])
    staged.purge(home, unlocked)
    left = read()
    assert canaries_in(left, [READABLE]) == []
    assert "water" in left


@pytest.mark.parametrize("purge", [False, True])
def test_a_stroke_is_an_edit_after_which_the_approval_no_longer_holds(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, purge: bool
) -> None:
    start = desk(home, recipient)
    decide.approve(unlocked, SessionReader(home, start.session_id, unlocked))

    staged.stage(home, unlocked, stroke(start))
    if purge:
        staged.purge(home, unlocked)

    reader = SessionReader(home, start.session_id, unlocked)
    assert reader.state is SessionState.UNREVIEWED
    assert not decide.is_approved(unlocked, reader)
    if not purge:
        staged.undo(home, unlocked)
        assert decide.is_approved(unlocked, SessionReader(home, start.session_id, unlocked))


def test_the_same_box_again_finds_nothing_once_it_is_there_for_good(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = desk(home, recipient)
    assert delete.delete(home, unlocked, stroke(start)).brushed == 1

    assert staged.stage(home, unlocked, stroke(start)).id == 0
    again = delete.delete(home, unlocked, stroke(start, reach=Reach.WINDOW))
    assert again.brushed == 2


def test_two_boxes_over_each_other_are_undone_one_by_one(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = desk(home, recipient)
    other = Rect(120, 55, 30, 30)
    first = staged.stage(home, unlocked, stroke(start))
    one = view(home, unlocked)
    second = staged.stage(home, unlocked, stroke(start, rect=other))
    both = view(home, unlocked)
    shown = pictures(home, unlocked, start.session_id)[2]
    assert (shown[10:20, 10:30] == GREY).all()
    assert (shown[15:45, 20:50] == GREY).all()

    staged.undo(home, unlocked, second.id)
    assert view(home, unlocked) == one
    staged.stage(home, unlocked, stroke(start, rect=other))
    assert view(home, unlocked) == both
    staged.undo(home, unlocked, first.id)
    assert filled(home, unlocked, start.session_id, other) == {2}


def test_a_box_and_a_deletion_of_the_same_picture_are_purged_together(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = desk(home, recipient)
    staged.stage(home, unlocked, stroke(start, reach=Reach.WINDOW))
    staged.stage(home, unlocked, Selector(what=What.FRAMES, session_id=start.session_id, frame_ids=(1,)))
    shown = view(home, unlocked)

    receipt = staged.purge(home, unlocked)

    assert view(home, unlocked, raw=True) == shown
    assert (receipt.brushed, receipt.frames) == (2, 1)
    told = SessionReader(home, start.session_id, unlocked).table("redactions").to_pylist()
    assert {row["ref_id"] for row in told if row["target"] == "frames"} == {2, 3}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rect=st.builds(Rect, st.integers(60, 190), st.integers(0, 120), st.integers(1, 90), st.integers(1, 90)),
    reach=st.sampled_from(list(Reach)),
)
def test_any_box_is_filled_exactly_where_it_lies_and_undone_bit_for_bit(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, rect: Rect, reach: Reach
) -> None:
    sessions = home / "sessions"
    names = [path.name for path in sessions.iterdir()] if sessions.is_dir() else []
    start_id = names[0] if names else desk(home, recipient).session_id
    before = bytes_of(home)
    chosen = Selector(what=What.BRUSH, session_id=start_id, frame_ids=(2,), rect=rect, reach=reach.value)

    made = staged.stage(home, unlocked, chosen)

    assert parse_selector(chosen.fields()) == chosen
    part = rect.intersect(SCREEN)
    if part is None:
        assert "brushed" not in made.counts
    else:
        assert filled(home, unlocked, start_id, part) == REACHED[reach]
    if made.id:
        staged.undo(home, unlocked)
    assert bytes_of(home) == before
    assert filled(home, unlocked, start_id) == set()


def test_a_box_of_a_picture_is_placed_on_the_virtual_desktop(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    reader = SessionReader(home, desk(home, recipient).session_id, unlocked)

    assert brush.placed(reader, 2, Rect(-5, -5, 10, 10), Reach.PICTURE) == Rect(100, 40, 5, 5)
    assert brush.placed(reader, 8, Rect(60, 40, 10, 10), Reach.PICTURE) == Rect(224, 80, 4, 8)
    with pytest.raises(UsageError, match="no frame 77"):
        brush.placed(reader, 77, Rect(0, 0, 1, 1), Reach.PICTURE)
    with pytest.raises(UsageError, match="outside"):
        brush.placed(reader, 2, Rect(64, 0, 10, 10), Reach.PICTURE)
    with pytest.raises(UsageError, match="outside"):
        brush.placed(reader, 2, Rect(3, 3, 0, 10), Reach.PICTURE)


def test_another_screens_box_leaves_this_screen_alone(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = desk(home, recipient)

    made = staged.stage(home, unlocked, stroke(start, 8, Rect(170, 50, 20, 10), Reach.APP))

    assert made.counts["brushed"] == 2
    shown = pictures(home, unlocked, start.session_id)
    assert [number for number, one in shown.items() if (one[10:20, 6:26] == GREY).all()] == [8, 9]
