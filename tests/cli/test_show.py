"""`recorder show`, as a process of its own."""

import json
import stat
from pathlib import Path

import pytest
from PIL import Image

from recorder.model.redacted import EventKind, RedactedEvent
from recorder.model.seals.guard import SEAL as GUARD
from recorder.store.session import SessionReader
from tests.recorded import HEIGHT, STARTED_US, WIDTH, RecordedHome, S, Story, home, picture

__all__ = ["home"]


def test_show_says_what_a_session_holds_and_its_books_balance(home: RecordedHome) -> None:
    session_id = home.record(Story(frames=4), purpose="hci_research")

    shown = home.json("show", session_id)
    assert (shown["id"], shown["started"], shown["duration_s"]) == (session_id, "2025-10-09T08:53:20.000Z", 60.0)
    assert (shown["apps"], shown["task"], shown["study"]) == (["Browser", "Editor"], "write a note", "self")
    assert (shown["state"], shown["frames"], shown["purpose"]) == ("unreviewed", 4, "hci_research")
    assert shown["events"] == sum(shown["events_by_kind"].values()) == 52
    assert shown["screens"] == [{"index": 0, "x": 0, "y": 0, "width": WIDTH, "height": HEIGHT, "scale": 1.0}]
    for books in shown["counters"].values():
        assert books["seen"] == books["stored"] + books["aggregated"] + sum(books["withheld"].values())
    assert shown["gaps"] == [{"channel": "all", "reason": "app_not_allowed", "count": 2, "seconds": 0.2}]
    assert [(r["rule"], r["channel"], r["count"]) for r in shown["redactions"]] == [("mask_all/1", "frames.image", 8)]


def test_a_session_is_named_by_its_beginning_or_as_the_last(home: RecordedHome) -> None:
    first, second = home.record(), home.record(started_us=STARTED_US + 86_400 * S)

    assert home.json("show", first[:13])["id"] == first
    assert home.json("show", "last")["id"] == second
    assert "2 sessions begin like that" in home.run("show", "01", code=2).stderr
    assert "no such session" in home.run("show", "ffff", code=2).stderr


@pytest.mark.parametrize("typed", ["../home", "/", "", "0199*"])
def test_what_is_no_session_is_refused(home: RecordedHome, typed: str) -> None:
    home.record()

    assert home.run("show", typed, code=2).stdout == ""


def test_events_are_lines_or_one_array(home: RecordedHome) -> None:
    session_id = home.record()

    lines = [json.loads(line) for line in home.run("show", "last", "--events").stdout.splitlines()]
    stored = SessionReader(home.path, session_id, home.unlocked).table("events")
    assert [row["seq"] for row in lines] == stored["seq"].to_pylist()
    assert home.json("show", "last", "--events") == lines


def test_pictures_are_written_for_their_owner_alone(home: RecordedHome, tmp_path: Path) -> None:
    home.record(Story(frames=3))

    home.run("show", "last", "--frames", str(tmp_path / "pictures"))
    written = sorted((tmp_path / "pictures").iterdir())
    assert stat.S_IMODE((tmp_path / "pictures").stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in written] == [0o600] * 3
    for number, path in enumerate(written):
        assert path.read_bytes().endswith(b"IEND\xaeB`\x82")
        with Image.open(path) as image:
            assert image.tobytes() == picture(number)
            assert image.info == {}


def test_a_folder_with_something_in_it_or_inside_the_home_is_refused(home: RecordedHome, tmp_path: Path) -> None:
    home.record()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note").write_text("mine")

    home.run("show", "last", "--frames", str(tmp_path / "mine"), code=2)
    home.run("show", "last", "--frames", str(home.path / "pictures"), code=2)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["note"]
    assert not (home.path / "pictures").exists()


def test_a_damaged_segment_is_named_and_nothing_of_it_is_printed(home: RecordedHome) -> None:
    session_id = home.record()
    file = next((home.path / "sessions" / session_id / "segments").glob("*events*"))
    file.write_bytes(file.read_bytes()[:-40] + bytes(40))

    told = home.run("show", "last", code=2)
    assert session_id in told.stderr
    assert "segment 0001" in told.stderr


def test_the_table_for_people_has_no_control_characters(home: RecordedHome) -> None:
    home.record(Story(apps=("Ed\x1b[31mitor", "Browser"), task="\x1b]0;owned\x07 task"))

    assert "\x1b" not in home.run("show", "last").stdout


def test_grabs_and_pictures_are_not_called_the_same(home: RecordedHome) -> None:
    home.record(Story(frames=4))

    told = home.run("show", "last").stdout
    assert "4 pictures" in told
    (grabs,) = [line for line in told.splitlines() if line.startswith("screen grab ")]
    assert grabs.split()[2:5] == ["4", "4", "0"]
    assert "it may become several pictures, or none" in told
    assert "frame" in home.json("show", "last")["counters"]


def test_what_was_typed_is_shown_run_by_run_and_found_by_a_search(home: RecordedHome) -> None:
    typed = RedactedEvent(
        t_us=12 * S,
        t_end_us=14 * S,
        kind=EventKind.TEXT_RUN,
        run=3,
        text="the door is [name]\nand open",
        app="Editor",
        seal=GUARD,
    )
    session_id = home.record(Story(extra=[(12 * S, typed)]))

    (run,) = home.json("show", session_id)["typed"]
    assert run == {"run": 3, "at_s": 12.0, "app": "Editor", "text": "the door is [name]\nand open"}
    assert "the door is [name] ⏎ and open" in home.run("show", session_id).stdout
    assert session_id in home.run("review", "search", "DOOR IS").stdout
