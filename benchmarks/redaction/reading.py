"""What two independent readers find in a picture and where; and how much of a planted value is in it.

Tesseract at twice the size in page and in sparse mode, and RapidOCR. Large pictures are read in overlapping tiles,
because RapidOCR makes everything above 2,000 px smaller. Tiles of one colour hold nothing and are not read.
"""

import functools
import io
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.redaction.screens import Box, Harmless, Pixels, Planted
from tests.ocr import LOOK_ALIKES, TESSERACT_TIMEOUT_S

TILE, OVERLAP = (1960, 1400), (640, 96)
LEAST = 4  # so many consecutive letters and digits of a value are a part of it
INK = 40  # levels between a stroke and the paper
LEAST_IDEOGRAPHS = 2  # a whole name may have no more


@dataclass(frozen=True, slots=True)
class Read:
    """Text that a reader found in one place. `reader` tells its modes apart."""

    reader: str
    text: str
    box: Box


def read(pixels: Pixels, part: Box | None = None) -> list[Read]:
    """Everything that both readers find in (height, width, 3) RGB, or in a part of it. Raises: AssertionError without
    Tesseract."""
    x0, y0, x1, y1 = part or (0, 0, pixels.shape[1], pixels.shape[0])
    found = []
    for left, top, tile in _tiles(pixels[y0:y1, x0:x1]):
        x, y = x0 + left, y0 + top
        if (tile == tile[0, 0]).all():
            continue
        for one in (*_tesseract(tile, "3"), *_tesseract(tile, "11"), *_rapidocr(tile)):
            box = one.box
            found.append(Read(one.reader, one.text, (box[0] + x, box[1] + y, box[2] + x, box[3] + y)))
    return found


def _tiles(pixels: Pixels) -> Iterator[tuple[int, int, Pixels]]:
    height, width = pixels.shape[:2]
    for y in _starts(height, TILE[1], OVERLAP[1]):
        for x in _starts(width, TILE[0], OVERLAP[0]):
            yield x, y, pixels[y : y + TILE[1], x : x + TILE[0]]


def _starts(length: int, tile: int, overlap: int) -> list[int]:
    return [*range(0, max(1, length - overlap), tile - overlap)]


def _tesseract(pixels: Pixels, mode: str) -> list[Read]:
    """Words."""
    binary = shutil.which("tesseract")
    assert binary, "tesseract is not installed: run tools/setup.sh test"
    image = Image.fromarray(pixels)
    bitmap = io.BytesIO()
    image.resize((image.width * 2, image.height * 2), Image.Resampling.LANCZOS).save(bitmap, "PNG", compress_level=1)
    command = [binary, "stdin", "stdout", "--psm", mode, "-l", "eng", "tsv"]
    done = subprocess.run(
        command,
        input=bitmap.getvalue(),
        capture_output=True,
        check=True,
        timeout=TESSERACT_TIMEOUT_S,
        env={"OMP_THREAD_LIMIT": "1"},
    )
    rows = [line.split("\t") for line in done.stdout.decode("utf-8", "replace").splitlines()[1:]]
    return [_word(row, mode) for row in rows if len(row) == 12 and row[11].strip()]


def _word(row: Sequence[str], mode: str) -> Read:
    left, top, width, height = (int(figure) // 2 for figure in row[6:10])
    return Read(f"tesseract {mode}", row[11], (left, top, left + width, top + height))


@functools.cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "error", "EngineConfig.onnxruntime.intra_op_num_threads": 1})


def _rapidocr(pixels: Pixels) -> list[Read]:
    """Lines."""
    found = _engine()(pixels[:, :, ::-1].copy())
    if found.boxes is None:
        return []
    return [_line(text, corners) for text, corners in zip(found.txts, found.boxes, strict=True)]


def _line(text: str, corners: Any) -> Read:
    (x0, y0), (x1, y1) = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    return Read("rapidocr", text, (int(x0), int(y0), int(x1), int(y1)))


def fold(text: str) -> str:
    """Letters and digits of every script without their accents, look-alikes made one: readers err in the usual ways."""
    plain = "".join(
        character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character)
    )
    folded = unicodedata.normalize("NFC", plain).casefold().translate(LOOK_ALIKES)
    return "".join(character for character in folded if character.isalnum())


def least(part: str) -> int:
    """How many consecutive characters of a folded value count as a part of it: in `126 高橋 Street` two ideographs tell
    who it is, two letters do not."""
    return LEAST_IDEOGRAPHS if any(character >= "⺀" for character in part) else LEAST


def shown(planted: Planted, reads: Sequence[Read], harmless: Sequence[Harmless]) -> float:
    """The longest part of the value that one reader reads where it stands, 0 to 1; 0 when shorter than `least`.

    What the harmless words of the same row spell as well is not counted as the value's.
    """
    value = fold(planted.value)
    around = fold("".join(one.word for one in harmless if _same_row(one.box, planted.box)))
    heard: dict[str, list[Read]] = {}
    for one in reads:
        if _same_row(one.box, planted.box) and one.box[0] < planted.box[2] and planted.box[0] < one.box[2]:
            heard.setdefault(one.reader, []).append(one)
    texts = [fold("".join(one.text for one in sorted(some, key=_left))) for some in heard.values()]
    return max((longest(value, text, around) for text in texts), default=0) / max(1, len(value))


def _left(one: Read) -> int:
    return one.box[0]


def _same_row(one: Box, other: Box) -> bool:
    common = min(one[3], other[3]) - max(one[1], other[1])
    return common > 0.4 * min(one[3] - one[1], other[3] - other[1])


def longest(value: str, text: str, around: str) -> int:
    """The length of the longest part of `value` in `text` that is not in `around`; 0 when shorter than `least`."""
    for length in range(len(value), 0, -1):
        parts = {value[at : at + length] for at in range(len(value) - length + 1)}
        if any(length >= min(len(value), least(part)) and part in text and part not in around for part in parts):
            return length
    return 0


def ink_left(planted: Planted, before: Pixels, after: Pixels) -> int:
    """How many columns of a value still show ink of it: what no reader has to be able to read. 0 when all is filled."""
    x0, y0, x1, y1 = planted.box
    drawn = before[y0:y1, x0:x1].astype(np.int16)
    ground = np.median(drawn.reshape(-1, 3), axis=0)
    ink = np.abs(drawn - ground).max(axis=2) > INK
    same = (before[y0:y1, x0:x1] == after[y0:y1, x0:x1]).all(axis=2)
    return int((ink & same).any(axis=0).sum())


def untouched(word: Harmless, before: Pixels, after: Pixels) -> bool:
    """Not one pixel of a harmless word was changed."""
    x0, y0, x1, y1 = word.box
    return bool((before[y0:y1, x0:x1] == after[y0:y1, x0:x1]).all())
