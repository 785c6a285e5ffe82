"""Pictures in, the text that two independent readers find in them out: Tesseract at twice the size, and RapidOCR.

The readers check what a person or a model could read in an exported picture. Both run on this machine alone:
Tesseract is a system binary, RapidOCR's wheel carries its models.
"""

import difflib
import functools
import io
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Picture = Path | str | bytes | Image.Image | npt.NDArray[np.uint8]
Reader = Callable[[Picture], str]

# A reader takes O for 0 and l for 1; it is a leak all the same.
LOOK_ALIKES = str.maketrans("0o1il|!5s8b2z6gq9", "00111115588226999")
TESSERACT_TIMEOUT_S = 120


def as_image(picture: Picture) -> Image.Image:
    """RGB from a file, its bytes, a Pillow image or a (height, width, 3) uint8 sRGB array."""
    match picture:
        case Image.Image():
            return picture.convert("RGB")
        case np.ndarray():
            return Image.fromarray(picture).convert("RGB")
        case bytes():
            return Image.open(io.BytesIO(picture)).convert("RGB")
        case _:
            return Image.open(picture).convert("RGB")


def read_with_tesseract(picture: Picture) -> str:
    """All text that Tesseract finds at twice the size, in sparse and in page mode. Raises: when it can't run."""
    binary = shutil.which("tesseract")
    assert binary, "tesseract is not installed: run tools/setup.sh test"
    image = as_image(picture)
    twice = image.resize((image.width * 2, image.height * 2), Image.Resampling.LANCZOS)
    bitmap = io.BytesIO()
    twice.save(bitmap, "PNG", compress_level=1)
    return "\n".join(_tesseract(binary, bitmap.getvalue(), mode) for mode in ("3", "11"))


def _tesseract(binary: str, png: bytes, mode: str) -> str:
    command = [binary, "stdin", "stdout", "--psm", mode, "-l", "eng"]
    # One thread: the two cores are shared with the other tests, and its own threads only fight each other.
    done = subprocess.run(
        command, input=png, capture_output=True, check=True, timeout=TESSERACT_TIMEOUT_S, env={"OMP_THREAD_LIMIT": "1"}
    )
    return done.stdout.decode("utf-8", "replace")


@functools.cache
def _rapid() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "error", "EngineConfig.onnxruntime.intra_op_num_threads": 1})


def read_with_rapidocr(picture: Picture) -> str:
    """All text lines that RapidOCR finds, one per line."""
    result = _rapid()(np.asarray(as_image(picture))[:, :, ::-1].copy())
    return "\n".join(result.txts or ())


READERS: Mapping[str, Reader] = {"tesseract": read_with_tesseract, "rapidocr": read_with_rapidocr}


def read_text(picture: Picture) -> str:
    """What both readers find, one after the other."""
    return "\n".join(read(picture) for read in READERS.values())


def fold(text: str) -> str:
    """Letters and digits with look-alikes made one: what is left when a reader errs in the usual ways."""
    return re.sub(r"[^a-z0-9|!]+", "", text.casefold()).translate(LOOK_ALIKES)


def canaries_in(text: str, canaries: Sequence[str], *, likeness: float = 0.8) -> list[str]:
    """The canaries of which `text` shows at least the share `likeness` of the characters, in order and together."""
    return [canary for canary in canaries if likeness_of(text, canary) >= likeness]


def likeness_of(text: str, canary: str) -> float:
    """The best agreement of any stretch of `text` with `canary`, 0 to 1."""
    haystack, needle = fold(text), fold(canary)
    if needle in haystack:
        return 1.0
    starts = range(max(1, len(haystack) - len(needle) + 1))
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(needle)
    best = 0.0
    for start in starts:
        matcher.set_seq1(haystack[start : start + len(needle) + 2])
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
            matched = sum(block.size for block in matcher.get_matching_blocks())
            best = max(best, matched / len(needle))
    return best


def assert_unreadable(pictures: Mapping[str, Picture], canaries: Sequence[str]) -> None:
    """Fail with picture, reader and canary for every canary that a reader makes out."""
    seen = [
        f"{name}: {reader} reads {canary!r}"
        for name, picture in pictures.items()
        for reader, read in READERS.items()
        for canary in canaries_in(read(picture), canaries)
    ]
    assert not seen, "\n".join(seen)
