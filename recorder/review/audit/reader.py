"""The reader of pictures: RapidOCR, which shares nothing with the OCR that the guard may use. Extra: recorder[audit].

Its wheel carries its models. Its engine, onnxruntime, reports to its maker by default since 1.29, and keeps a device id
on the disk for that: it is told not to, before it is imported. Whoever makes a reader has cut the process off from the
network besides.
"""

import importlib.util
import os
from typing import Any, NamedTuple, Protocol

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from recorder.errors import PlatformError
from recorder.model.geometry import Rect
from recorder.review.audit.legible import LEAST_PAGE_PX, Pixels

HINT = 'pip install "recorder[audit]"'
_PROOF = "reading 47115"  # a made-up line; a reader that can't read this has read nothing of a session either
_MOST_THREADS = 4
# Read once, when the engine is imported. The second is the name of the same switch in later versions.
NO_REPORTS = {"ORT_DISABLE_TELEMETRY": "1", "ORT_TELEMETRY_DISABLED": "1"}


class Line(NamedTuple):
    """A line that was read, where in the picture, and how sure the reader is, 0 to 1."""

    text: str
    rect: Rect
    score: float


class LineReader(Protocol):
    """Pixels in, lines out."""

    def read(self, pixels: Pixels) -> list[Line]:
        """`pixels`: (height, width, 3) uint8, sRGB."""
        ...


def require() -> None:
    """Raises: PlatformError when the extra is not installed. Imports nothing."""
    if any(importlib.util.find_spec(name) is None for name in ("rapidocr", "onnxruntime")):
        raise PlatformError("the reader of pictures is not installed", hint=HINT)


class RapidReader:
    """RapidOCR at the picture's own scale."""

    def __init__(self) -> None:
        """Raises: PlatformError when it can't be loaded, or does not read."""
        try:
            self._ocr = _load()
        except Exception as failure:  # noqa: BLE001 - whatever is wrong with it, it can't be used
            raise PlatformError(
                f"the reader of pictures does not start ({type(failure).__name__})", hint=HINT
            ) from None
        self._prove()

    def read(self, pixels: Pixels) -> list[Line]:
        """Raises: PlatformError when the engine fails."""
        try:
            result = self._ocr(np.ascontiguousarray(pixels[:, :, ::-1]))
        except Exception as failure:  # noqa: BLE001 - its message may carry what it read
            raise PlatformError(f"the reader of pictures failed ({type(failure).__name__})") from None
        if result.boxes is None or result.txts is None:
            return []
        return [
            Line(str(text), _bounds(box), float(score))
            for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
        ]

    def _prove(self) -> None:
        """The engine reports its own failures as an empty answer, so it has to show that it reads."""
        page = Image.new("RGB", (LEAST_PAGE_PX, LEAST_PAGE_PX), "white")
        ImageDraw.Draw(page).text((40, 140), _PROOF, font=ImageFont.load_default(28), fill="black")
        if not any(_PROOF.split()[1] in line.text for line in self.read(np.asarray(page))):
            raise PlatformError("the reader of pictures does not read", hint=HINT)


def _load() -> Any:
    os.environ.update(NO_REPORTS)
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # turns lines that stand on their head; screens have none
            "Global.max_side_len": 8192,  # never scaled down
            "Det.limit_side_len": LEAST_PAGE_PX,  # never scaled up
            "EngineConfig.onnxruntime.intra_op_num_threads": min(_MOST_THREADS, os.cpu_count() or 1),
        }
    )


def _bounds(box: Any) -> Rect:
    """The upright rectangle around four corners."""
    corners = np.asarray(box)
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    return Rect(int(left), int(top), int(right - left), int(bottom - top))
