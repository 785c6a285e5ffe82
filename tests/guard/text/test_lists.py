"""A list that is missing or changed is not used: everything is masked then, and that is said."""

import shutil
import time
from pathlib import Path

import pytest

from recorder.guard.text import Detector
from recorder.guard.text.lists import HOME, NAMES, load


@pytest.fixture
def home(tmp_path: Path) -> Path:
    copy = tmp_path / "lists"
    shutil.copytree(str(HOME), copy)
    return copy


def test_the_lists_are_as_they_were_shipped() -> None:
    lists = load()

    assert 15_000 < len(lists.harmless) < 25_000
    assert lists.function <= lists.harmless
    assert not {"johnson", "wolfgang"} & lists.harmless


@pytest.mark.parametrize("name", [*(f"{name}.txt" for name in NAMES), "sums.txt"])
def test_without_a_list_everything_is_masked(home: Path, name: str) -> None:
    (home / name).unlink()
    made = Detector(time.perf_counter, home=home)

    assert made.mask("the file").text == "[closed]"
    assert made.trouble is not None
    assert name in made.trouble


@pytest.mark.parametrize("name", [*(f"{name}.txt" for name in NAMES), "sums.txt"])
@pytest.mark.parametrize("damage", [b"\xff\xfe", b"smith\n", b""])
def test_with_a_damaged_list_everything_is_masked(home: Path, name: str, damage: bytes) -> None:
    content = (home / name).read_bytes()
    (home / name).write_bytes(content[: len(content) // 2] + damage + content[len(content) // 2 + 1 :])
    made = Detector(time.perf_counter, home=home)

    assert made.mask("the file").text == "[closed]"
    assert made.trouble is not None


def test_the_sources_and_licences_of_all_lists_are_noted() -> None:
    readme = (HOME / "README.md").read_text(encoding="utf-8")

    assert all(f"`{name}.txt`" in readme for name in NAMES)
