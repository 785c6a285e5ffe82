"""Tesseract as a line reader: in this process, one line at a time, with the English data of this package alone.

https://tesseract-ocr.github.io/tessapi/5.x/ (TessBaseAPI). The wheels of `tesserocr` bundle the library, built without
OpenMP; with another build the pipeline sets OMP_THREAD_LIMIT, so that no thread is made here.
"""

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from recorder.guard.reveal.reader import Grey, ReadWord

HOME = files("recorder.guard.reveal") / "data"
FILE = "eng.traineddata"
SHA256 = "7d4322bd2a7749724879683fc3912cb542f19906c83bcc1a52132556427170b2"


class NoReaderError(Exception):
    """No line can be read here. The message says why and holds nothing that was on a screen."""


class Tesseract:
    """A `LineReader`. Not thread-safe."""

    def __init__(self, home: Traversable = HOME) -> None:
        """Raises: NoReaderError when the library or its data is missing or not as it was shipped."""
        _check(home)
        try:
            import tesserocr
        except ImportError:
            raise NoReaderError("the package tesserocr is not installed: pictures stay masked") from None
        self._word = tesserocr.RIL.WORD
        self._words: Any = tesserocr.iterate_level
        try:
            self._api: Any = tesserocr.PyTessBaseAPI(
                path=f"{home}/", lang="eng", psm=tesserocr.PSM.SINGLE_LINE, oem=tesserocr.OEM.LSTM_ONLY
            )
        except RuntimeError:
            raise NoReaderError(f"tesserocr can't load {FILE}: pictures stay masked") from None
        # What it learns from one line must not change how it reads the next, nor stay in its memory.
        for name, value in (("classify_enable_learning", "0"), ("debug_file", "/dev/null")):
            self._api.SetVariable(name, value)
        self.version = f"tesseract {tesserocr.tesseract_version().split()[1]}"

    def read(self, line: Grey) -> list[ReadWord]:
        """As the protocol says."""
        height, width = line.shape
        self._api.SetImageBytes(line.tobytes(), width, height, 1, width)
        try:
            if not self._api.Recognize():
                return []
            found = self._api.GetIterator()
            return [self._as_word(word) for word in self._words(found, self._word)] if found else []
        except RuntimeError:  # the binding's word for "no text here"
            return []
        finally:
            self._api.Clear()

    def _as_word(self, word: Any) -> ReadWord:
        left, _, right, _ = word.BoundingBox(self._word) or (0, 0, 0, 0)
        return ReadWord(word.GetUTF8Text(self._word).strip(), left, right, word.Confidence(self._word) / 100)


def _check(home: Traversable) -> None:
    if not isinstance(home, Path):
        raise NoReaderError("the reader's data is in an archive, and the library needs a file: pictures stay masked")
    try:
        content = (home / FILE).read_bytes()
    except OSError:
        raise NoReaderError(f"the reader's data {FILE} is missing: pictures stay masked") from None
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise NoReaderError(f"the reader's data {FILE} is damaged: pictures stay masked")
