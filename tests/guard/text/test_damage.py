"""Whatever happened to the lists: all text is withheld, that is said, and nothing crashes. Nothing else is said."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.guard.text import Detector, Masker, Memory
from recorder.guard.text.lists import HOME, NAMES, DamagedListError, load

FILES = (*(f"{name}.txt" for name in NAMES), "sums.txt")
TEXTS = ("the file", "open the window", "a", "1", "\0", "(")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("lists") / "lists"
    shutil.copytree(str(HOME), copy)
    return copy


def assert_all_is_withheld(home: Path, name: str) -> None:
    made = Detector(time.perf_counter, home=home)
    masker = Masker(made, Memory(bytes(16)))

    for text in TEXTS:
        assert made.mask(text).text == masker.mask(text).text == "[closed]"
        assert not made.passes(text)
        assert not made.is_function_word(text)
    assert made.trouble is not None
    assert masker.trouble == made.trouble
    assert made.trouble.endswith(": all text is withheld")
    assert name in made.trouble or "sums.txt" in made.trouble or any(file in made.trouble for file in FILES)
    assert str(home) not in made.trouble


def changed(path: Path, change: Callable[[bytes], bytes]) -> Callable[[], None]:
    """Change the file; what is returned puts it back."""
    content = path.read_bytes()
    path.write_bytes(change(content))
    return lambda: (path.write_bytes(content), None)[1]


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@settings(max_examples=20)
def test_with_any_bit_of_a_list_flipped_all_is_withheld(shipped: Path, name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, (shipped / name).stat().st_size * 8 - 1))
    put_back = changed(shipped / name, lambda old: _flipped(old, at))
    try:
        if _is_still_good(shipped):  # a sum's name or an unused line may change without a list being another
            assert name == "sums.txt"
        else:
            assert_all_is_withheld(shipped, name)
    finally:
        put_back()


def _flipped(content: bytes, bit: int) -> bytes:
    flipped = bytearray(content)
    flipped[bit // 8] ^= 1 << bit % 8
    return bytes(flipped)


def _is_still_good(home: Path) -> bool:
    """Whether what was read is exactly what was shipped."""
    try:
        return load(home) == load()
    except DamagedListError:
        return False


@pytest.mark.parametrize("name", FILES)
@given(share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=10)
def test_with_a_list_cut_short_anywhere_all_is_withheld(shipped: Path, name: str, share: float) -> None:
    put_back = changed(shipped / name, lambda old: old[: int(len(old) * share)])
    try:
        if name != "sums.txt" or not _is_still_good(shipped):
            assert_all_is_withheld(shipped, name)
    finally:
        put_back()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 4096, b"\xff" * 64, b"the\nfile\n"], ids=repr)
def test_with_another_content_all_is_withheld(shipped: Path, name: str, content: bytes) -> None:
    put_back = changed(shipped / name, lambda _: content)
    try:
        assert_all_is_withheld(shipped, name)
    finally:
        put_back()


@pytest.mark.parametrize("name", FILES)
def test_with_a_folder_a_dead_link_or_a_loop_in_its_place_all_is_withheld(tmp_path: Path, name: str) -> None:
    home = tmp_path / "lists"
    shutil.copytree(str(HOME), home)
    path = home / name
    path.unlink()
    path.mkdir()
    assert_all_is_withheld(home, name)
    path.rmdir()
    path.symlink_to(tmp_path / "nowhere")
    assert_all_is_withheld(home, name)
    path.unlink()
    path.symlink_to(path)
    assert_all_is_withheld(home, name)


def test_with_two_lists_exchanged_all_is_withheld(tmp_path: Path) -> None:
    home = tmp_path / "lists"
    shutil.copytree(str(HOME), home)
    (home / "names.txt").rename(home / "x")
    (home / "words.txt").rename(home / "names.txt")
    (home / "x").rename(home / "words.txt")

    assert_all_is_withheld(home, "names.txt")


def test_with_no_folder_at_all_all_is_withheld(tmp_path: Path) -> None:
    assert_all_is_withheld(tmp_path / "gone", "sums.txt")
