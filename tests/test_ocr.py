"""Both readers do read: a canary drawn on a plain picture is found, small, light on dark and off by a letter."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.ocr import READERS, assert_unreadable, canaries_in, fold, likeness_of, read_text

CANARY = "heron-velvet-4417"
OTHER = "marble quince 9062"
ROOT = Path(__file__).parents[1]


def drawn(text: str, *, size_px: int = 14, ink: str = "black", paper: str = "white") -> Image.Image:
    """A window-like picture with one line of text among lines of nothing in particular."""
    picture = Image.new("RGB", (640, 240), paper)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size_px)
    for row, line in enumerate(("Notes for Monday", text, "water the plants")):
        pen.text((40, 40 + 50 * row), line, fill=ink, font=font)
    return picture


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("ink", "paper"), [("black", "white"), ("#d0d0d0", "#202020"), ("#777777", "white")])
@pytest.mark.parametrize("size_px", [12, 14, 24])
def test_a_drawn_canary_is_read(reader: str, size_px: int, ink: str, paper: str) -> None:
    text = READERS[reader](drawn(CANARY, size_px=size_px, ink=ink, paper=paper))

    assert canaries_in(text, [CANARY, OTHER]) == [CANARY]


@pytest.mark.parametrize("reader", READERS)
def test_a_masked_line_is_not_read_and_its_neighbours_are(reader: str) -> None:
    picture = drawn(CANARY)
    ImageDraw.Draw(picture).rectangle((30, 80, 320, 120), fill="black")

    text = READERS[reader](picture)

    assert canaries_in(text, [CANARY]) == []
    assert canaries_in(text, ["water the plants"]) == ["water the plants"]


@pytest.mark.parametrize("reader", READERS)
def test_an_empty_picture_reads_as_nothing(reader: str) -> None:
    assert fold(READERS[reader](Image.new("RGB", (300, 200), "navy"))) == ""


def test_files_bytes_and_arrays_are_read_alike(tmp_path: Path) -> None:
    picture = drawn(CANARY)
    picture.save(tmp_path / "frame.webp", lossless=True)
    content = (tmp_path / "frame.webp").read_bytes()

    for form in (tmp_path / "frame.webp", str(tmp_path / "frame.webp"), content, np.asarray(picture)):
        assert canaries_in(read_text(form), [CANARY]) == [CANARY]


@pytest.mark.parametrize("misread", ["her0n-veIvet-44l7", "heron velvet 4417", "heron-velvct-4417", "hcron-vlvet-4417"])
def test_a_canary_that_a_reader_gets_slightly_wrong_is_still_found(misread: str) -> None:
    assert canaries_in(f"Notes for Monday {misread} water the plants", [CANARY]) == [CANARY]


@pytest.mark.parametrize("text", ["", "Notes for Monday\nwater the plants", "heron", "velvet curtains 17", "4417"])
def test_other_text_is_not_taken_for_the_canary(text: str) -> None:
    assert likeness_of(text, CANARY) < 0.8


def test_the_leak_check_names_the_picture_the_reader_and_the_canary() -> None:
    with pytest.raises(AssertionError, match=r"frame 3: tesseract reads 'heron-velvet-4417'"):
        assert_unreadable({"frame 3": drawn(CANARY)}, [CANARY])

    assert_unreadable({"frame 4": drawn("nothing here")}, [CANARY])


def test_the_readers_need_no_network() -> None:
    code = """
import socket, numpy as np
def refuse(*_, **__): raise AssertionError("network")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
from tests.ocr import read_with_rapidocr
print(read_with_rapidocr(np.full((60, 200, 3), 255, np.uint8)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
