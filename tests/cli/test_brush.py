"""`recorder delete --brush`: a box of a picture from the command line: staged, undone, purged, as on the page."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from recorder.model.geometry import Rect
from recorder.model.redacted import EventKind
from recorder.review.decide import approve, is_approved
from recorder.store.painting import GREY
from recorder.store.session import SessionReader
from recorder.store.vault import Vault
from tests.recorded import PASSPHRASE, RecordedHome, S, Story, event, home

__all__ = ["home"]

NAME = "CANARY-name-8d1e"
BOX = ("10", "10", "40", "20")
CLICKED = event(2 * S, EventKind.TARGET, target_name=NAME, target_rect=Rect(20, 20, 30, 10), context_id=0)
STORY = Story(extra=[CLICKED])


def _reader(home: RecordedHome, session_id: str) -> SessionReader:
    unlocked = Vault.open(home.path).unlock(lambda: PASSPHRASE)
    return SessionReader(home.path, session_id, unlocked)


def _filled(reader: SessionReader) -> list[int]:
    shown = {one.frame_id: np.array(one.image()) for one in reader.frames()}
    return [number for number, one in shown.items() if (one[10:30, 10:50] == GREY).all()]


@pytest.mark.parametrize(("reach", "pictures"), [("picture", [1]), ("window", [0, 1, 2]), ("app", [0, 1, 2])])
def test_a_box_is_counted_staged_undone_and_purged(home: RecordedHome, reach: str, pictures: list[int]) -> None:
    session_id = home.record(STORY)
    arguments = ("delete", "--brush", "last", "1", *BOX, "--reach", reach)

    dry = home.json(*arguments, "--dry-run")
    made = home.json(*arguments, "--stage")

    assert (dry["brushed"], dry["texts"]) == (made["brushed"], made["texts"]) == (len(pictures), 2)
    assert (dry["events"], dry["frames"], dry["sessions_gone"]) == (0, 0, 0)
    assert _filled(_reader(home, session_id)) == pictures
    assert home.json("delete", "--undo")["undone"] == [made["id"]]
    assert _filled(_reader(home, session_id)) == []

    home.json(*arguments, "--stage")
    receipt = home.json("delete", "--purge", "--yes")

    assert (receipt["brushed"], receipt["texts"]) == (dry["brushed"], dry["texts"])
    assert receipt["verified"]
    assert _filled(_reader(home, session_id)) == pictures


def test_what_goes_is_said_in_words(home: RecordedHome) -> None:
    home.record(STORY)

    told = home.run("delete", "--brush", "last", "0", *BOX, "--dry-run").stdout

    assert "would go: a box in 1 pictures, 2 texts that may have stood under it" in told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--brush", "last", "99", *BOX), "no frame 99"),
        (("--brush", "last", "0", "500", "500", "10", "10"), "outside of the picture"),
        (("--brush", "last", "0", "10", "10", "0", "10"), "at least one pixel"),
        (("--app", "Editor", "--reach", "app"), "--reach says where --brush"),
    ],
)
def test_a_box_that_fills_nothing_is_refused_and_says_why(
    home: RecordedHome, arguments: tuple[str, ...], says: str
) -> None:
    home.record(STORY)

    done = home.run("delete", *arguments, "--yes", code=2)

    assert says in done.stderr


def _exported(home: RecordedHome, out: Path) -> tuple[dict[str, bytes], dict[int, Any]]:
    home.run("export", "--approved", "--out", str(out))
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    pictures: dict[int, Any] = {}
    for content in (content for name, content in files.items() if "-frames" in name):
        for row in pq.read_table(BytesIO(content)).to_pylist():
            pictures[row["frame_id"]] = np.array(Image.open(BytesIO(row["image"]["bytes"])))
    return files, pictures


def test_an_export_holds_the_filled_pictures_and_never_before_they_were_approved(
    home: RecordedHome, tmp_path: Path
) -> None:
    session_id = home.record(STORY)
    approve(home.unlocked, _reader(home, session_id))
    _, before = _exported(home, tmp_path / "before")

    home.json("delete", "--brush", "last", "0", *BOX, "--reach", "app", "--stage")

    assert not is_approved(home.unlocked, _reader(home, session_id))
    assert "approve" in home.run("export", session_id, "--out", str(tmp_path / "no"), code=4).stderr
    assert not (tmp_path / "no").exists()

    approve(home.unlocked, _reader(home, session_id))
    staged, pictures = _exported(home, tmp_path / "staged")
    inside = np.zeros(pictures[0].shape, bool)
    inside[10:30, 10:50] = True
    for number, shown in pictures.items():
        filled = number in (0, 1, 2)
        assert (shown[inside] == GREY).all() == filled
        assert (shown[~inside] == before[number][~inside]).all()
        assert filled or (shown == before[number]).all()
    assert not any(NAME.encode() in content for content in staged.values())

    home.json("delete", "--purge", "--yes")
    approve(home.unlocked, _reader(home, session_id))
    assert {
        name: content for name, content in _exported(home, tmp_path / "after")[0].items() if "manifest" not in name
    } == {name: content for name, content in staged.items() if "manifest" not in name}
