"""The picture of the report can be read at its own size, and nothing in it lies on anything else."""

from collections import Counter
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from recorder.export.picture import _BAR, _LABELS, _MARGIN, WIDTH_PX, draw
from recorder.export.report import CHANNELS, Report
from recorder.model.redacted import Channel, GapReason
from tests.ocr import read_with_rapidocr

BLUE, PURPLE = (0x09, 0x69, 0xDA), (0x82, 0x50, 0xDF)


def full() -> Report:
    """One bar for every channel and for every reason."""
    made = Report(sessions=3, frames=1240, events=Counter(key=12_643, secret_entry=4))
    for number, channel in enumerate(CHANNELS, start=1):
        made.redactions["text/1", "street_and_house", channel, "solid"] = number**5
    for number, reason in enumerate(GapReason, start=1):
        made.gap_count[Channel.POINTER, reason], made.gap_us[Channel.POINTER, reason] = number, number * 7_000_000
    return made


def pixels(report: Report) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    return np.asarray(Image.open(BytesIO(draw(report))).convert("RGB"))


def test_it_can_be_read_at_its_own_size() -> None:
    read = " ".join(read_with_rapidocr(pixels(full())).split())

    for words in ("What was left out of this export", "3 sessions", "32 768", "names of elements", "others together"):
        assert words.replace(" ", "") in read.replace(" ", ""), words
    assert "4 visits to fields that take a secret" in read


def test_bars_begin_behind_their_labels_and_end_before_the_edge() -> None:
    made = full()
    made.redactions["a rule with a very long name/17 and more of it", "w" * 90, "events.text", "solid"] = 40_000
    shown = pixels(made)

    for colour in (BLUE, PURPLE):
        columns = np.nonzero((shown == colour).all(axis=2).any(axis=0))[0]
        assert columns.min() == _MARGIN + _LABELS
        assert columns.max() < WIDTH_PX - _MARGIN - 100
    between = shown[:, _MARGIN + _LABELS - 14 : _MARGIN + _LABELS]
    rows = (between.reshape(len(shown), -1) != 255).any(axis=1)
    lines = (between == (0xD1, 0xD9, 0xE0)).all(axis=2).all(axis=1)
    headings = rows & ~lines
    bars = (shown[:, _MARGIN + _LABELS] == BLUE).all(axis=1) | (shown[:, _MARGIN + _LABELS] == PURPLE).all(axis=1)
    assert not (headings & bars).any()


@pytest.mark.parametrize("value", [1, 10**9])
def test_the_smallest_thing_has_a_bar(value: int) -> None:
    made = Report(sessions=1, frames=1)
    made.redactions["a/1", "x", "frames.image", "solid"] = 1
    made.redactions["a/1", "y", "frames.image", "solid"] = value

    blue = (pixels(made) == BLUE).all(axis=2).any(axis=1)
    assert blue.sum() == 2 * (_BAR + 1)


def test_no_figure_means_another_thing_in_another_language_and_no_metadata_goes_along() -> None:
    image = Image.open(BytesIO(draw(full())))

    assert image.info == {}
    assert image.width == WIDTH_PX
    assert "," not in "".join(line for line in read_with_rapidocr(image).splitlines() if line.strip().isdigit())
