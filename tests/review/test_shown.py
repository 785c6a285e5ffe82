"""A picture is shown as it is stored, from a cache that is bounded and that a deletion empties."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from recorder.errors import UsageError
from recorder.review.shown import SMALL_PX, Form, Pictures, exact
from recorder.store import staged
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, Story, home
from tests.review.looked import reader

__all__ = ["home"]
BIG = Story(size_px=(640, 400))


def decoded(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def test_the_exact_form_has_every_pixel_and_nothing_besides(home: RecordedHome) -> None:
    here = reader(home, BIG)
    found = Pictures().get(here, 3, Form.EXACT)

    assert (np.asarray(decoded(found)) == np.asarray(here.frame(3))).all()
    assert found.startswith(b"\x89PNG")
    assert Image.open(io.BytesIO(found)).info == {}


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_any_pixels_come_back_exactly(width: int, height: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)

    assert (np.asarray(decoded(exact(pixels))) == pixels).all()


def test_the_quick_form_has_the_same_size_and_the_small_one_is_small(home: RecordedHome) -> None:
    here, pictures = reader(home, BIG), Pictures()

    assert decoded(pictures.get(here, 0, Form.QUICK)).size == (640, 400)
    assert decoded(pictures.get(here, 0, Form.SMALL)).size == (SMALL_PX, 150)
    assert len(pictures.get(here, 0, Form.SMALL)) < 8000


def test_a_picture_is_read_once_and_the_cache_stays_within_its_bound(home: RecordedHome) -> None:
    here, asked = reader(home, BIG), []
    plain = here.pixels
    here.pixels = lambda frame_id: asked.append(frame_id) or plain(frame_id)  # type: ignore[method-assign,func-returns-value]
    size = len(exact(plain(0)))
    pictures = Pictures(limit_bytes=size * 3)
    for frame_id in (0, 0, 1, 0, 2, 3, 4, 0):
        pictures.get(here, frame_id, Form.EXACT)
        assert pictures.size_bytes <= size * 3

    assert asked == [0, 1, 2, 3, 4, 0]


def test_a_picture_that_was_taken_out_is_in_no_cache(home: RecordedHome) -> None:
    here, pictures = reader(home, BIG), Pictures()
    pictures.get(here, 5, Form.EXACT)
    staged.stage(home.path, home.unlocked, Selector(what=What.APP, app="Browser"))
    after = SessionReader(home.path, here.session_id, home.unlocked)

    with pytest.raises(UsageError):
        pictures.get(after, 5, Form.EXACT)
    assert pictures.size_bytes == 0
    assert pictures.get(after, 0, Form.SMALL)


def test_what_is_forgotten_is_gone(home: RecordedHome) -> None:
    pictures = Pictures()
    pictures.get(reader(home), 0, Form.SMALL)
    assert pictures.size_bytes > 0

    pictures.forget()

    assert pictures.size_bytes == 0
