"""The engine and its data: what was shipped, or nothing."""

import hashlib
import shutil
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from recorder.guard.reveal.judge import SUREST
from recorder.guard.reveal.tesseract import FILE, HOME, SHA256, NoReaderError, Tesseract
from tests.guard.reveal.pages import tesseract


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copy(str(HOME / FILE), tmp_path / FILE)
    return tmp_path


def test_the_shipped_data_is_what_its_readme_says() -> None:
    assert hashlib.sha256((HOME / FILE).read_bytes()).hexdigest() == SHA256
    assert SHA256 in (HOME / "README.md").read_text(encoding="utf-8")


def test_missing_data_is_no_reader_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoReaderError, match="missing: pictures stay masked"):
        Tesseract(tmp_path)


@pytest.mark.parametrize("at", [0, 2_000_000, -1])
def test_a_damaged_byte_is_no_reader_and_says_so(home: Path, at: int) -> None:
    content = bytearray((home / FILE).read_bytes())
    content[at] ^= 1
    (home / FILE).write_bytes(content)

    with pytest.raises(NoReaderError, match="damaged: pictures stay masked"):
        Tesseract(home)


def test_without_the_library_there_is_no_reader_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tesserocr", None)

    with pytest.raises(NoReaderError, match="not installed: pictures stay masked"):
        Tesseract()


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (44, 4), (40, 3000)])
def test_pictures_without_text_have_no_sure_words_and_raise_nothing(shape: tuple[int, int]) -> None:
    for level in (0, 128, 255):
        found = tesseract().read(np.full(shape, level, np.uint8))
        assert not any(word.text.isalnum() for word in found if word.confidence >= SUREST)


def _tasks() -> int:
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def test_reading_makes_no_thread_and_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    reader = tesseract()
    before = _tasks()
    rng = np.random.default_rng(3)
    for _ in range(5):
        reader.read(rng.integers(0, 256, (40, 600), np.uint8))

    assert _tasks() == before
    assert threading.active_count() <= before
    assert not list(tmp_path.iterdir())
