"""Reading words in pictures is prepared for whom it was asked, and for nobody else."""

import os
import sys

import pytest

from recorder.guard.text import Detector, Masker, Memory
from recorder.model.consent import Category
from recorder.model.policy import AppRule, PictureMode, Policy
from recorder.pipeline import words

ASKS = Policy(apps=(AppRule(name="a", wm_class="a", pictures=PictureMode.WORDS), AppRule(name="b", wm_class="b")))
SILENT = Policy(apps=(AppRule(name="b", wm_class="b"),))


def masker() -> Masker:
    return Masker(Detector(lambda: 0.0), Memory(bytes(32)))


def test_it_is_wanted_when_a_rule_asks_and_pictures_are_granted() -> None:
    assert words.wanted(ASKS, frozenset({Category.SCREENSHOTS}))
    assert not words.wanted(ASKS, frozenset(Category) - {Category.SCREENSHOTS})
    assert not words.wanted(SILENT, frozenset(Category))


def test_a_revealer_reads_with_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_THREAD_LIMIT", "8")

    made = words.revealer(masker())
    assert made is not None
    assert "tesseract" in made.version
    assert os.environ["OMP_THREAD_LIMIT"] == "1"
    assert words.trouble() is None


def test_without_the_library_everything_stays_masked_and_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tesserocr", None)
    monkeypatch.setenv("OMP_THREAD_LIMIT", "1")

    assert words.revealer(masker()) is None
    assert words.trouble() == "the package tesserocr is not installed: pictures stay masked"
