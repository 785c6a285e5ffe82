"""Everything that could be read is filled; a long plain line is not; what changed is masked no less than the whole."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.guard import mask
from recorder.guard.canvas import Canvas
from recorder.guard.mask import GRID_PX, Box, Boxes, find, find_blocks, snapped
from recorder.model.geometry import Monitor, Rect
from tests.guard.scene import WHITE, Picture, patch, picture, write

SIZE = (640, 480)
WHOLE: Box = (0, 0, 640, 480)
INSIDE = np.full((480, 640), 255, np.uint8)
GREY_STEP = 16  # antialiasing may split a contrast in two, and half of this is still a step


def blank() -> Picture:
    made = picture((Rect(0, 0, *SIZE), WHITE), size=SIZE)
    made[..., 3] = 0
    return made


def plane(boxes: Boxes) -> Picture:
    """255 where a box fills."""
    filled = np.zeros((480, 640), np.uint8)
    for x0, y0, x1, y1 in snapped(boxes).tolist():
        filled[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = 255
    return filled


def covered(filled: Picture, ink: Rect) -> bool:
    return bool(filled[ink.y : ink.bottom, ink.x : ink.right].all())


@pytest.fixture(params=["opencv", "numpy"])
def finder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "numpy":
        monkeypatch.setattr(mask, "cv2", None)
    return str(request.param)


@pytest.mark.parametrize("scale", [0.35, 0.5, 1.0, 2.5])
@pytest.mark.parametrize("ink", [0, 120, 200, 255 - GREY_STEP])
def test_text_of_any_size_and_contrast_is_filled_with_its_margin(finder: str, scale: float, ink: int) -> None:
    screen = blank()
    box = write(screen, 50, 200, "anna.berg@example.org", scale=scale, ink=ink, thick=max(1, int(scale * 2)))

    filled = plane(find(screen, INSIDE, WHOLE))
    assert (filled[screen[..., 0] <= 255 - GREY_STEP] == 255).all()
    if finder == "opencv":  # without it, holes inside letters may stay
        assert covered(filled, box)
    if finder == "opencv" and ink <= 200:
        assert covered(filled, Rect(box.x, box.y - 2, box.width, box.height + 4))


def test_fill_starts_and_ends_on_the_grid_so_that_a_width_tells_little(finder: str) -> None:
    for text in ("Al", "Anna", "Annabella"):
        screen = blank()
        write(screen, 70, 100, text)

        for x0, _, x1, _ in snapped(find(screen, INSIDE, WHOLE)).tolist():
            assert x0 % GRID_PX == x1 % GRID_PX == 0


def test_a_flat_screen_is_not_filled(finder: str) -> None:
    assert len(find(blank(), INSIDE, WHOLE)) == 0


def test_long_plain_lines_stay_visible() -> None:
    screen = blank()
    screen[100, 40:600, :3] = 90
    screen[50:470, 300, :3] = 90

    filled = plane(find(screen, INSIDE, WHOLE))
    assert np.count_nonzero(filled) < 0.03 * filled.size  # the crossing and the ends may be filled


@pytest.mark.parametrize("length", [60, 90, 119])
@pytest.mark.parametrize("gap", [0, 2])
def test_a_line_of_60_px_does_not_erase_half_an_email_address(length: int, gap: int) -> None:
    """Underscores and underlines are lines too: a rule of 60 px once took them, and the text beside them, for one."""
    screen = blank()
    left = write(screen, 40, 200, "anna", scale=0.5)
    start = left.right + gap
    screen[199:201, start : start + length, :3] = 0
    right = write(screen, start + length + gap, 200, "berg@example.org", scale=0.5)

    filled = plane(find(screen, INSIDE, WHOLE))
    assert covered(filled, left)
    assert covered(filled, right)
    assert covered(filled, Rect(start, 199, length, 2))


@pytest.mark.parametrize("below", [1, 2, 4])
def test_underlined_text_is_filled_although_its_line_is_long(below: int) -> None:
    screen = blank()
    box = write(screen, 40, 200, "anna.berg.of.the.long.name@example.org", scale=0.5)
    screen[200 + below, box.x : box.right, :3] = 0

    assert covered(plane(find(screen, INSIDE, WHOLE)), box)


@pytest.mark.parametrize("row", range(0, 9, 2))
def test_text_that_stands_on_or_crosses_a_rule_is_filled(row: int) -> None:
    screen = blank()
    screen[200, 10:630, :3] = 0
    screen[20:460, 300, :3] = 0
    box = write(screen, 250, 196 + row, "4111 1111 1111", scale=0.5)

    filled = plane(find(screen, INSIDE, WHOLE))
    ink = (screen[box.y : box.bottom, box.x : box.right, 0] < 200) & (np.arange(box.y, box.bottom)[:, None] != 200)
    ink[:, 300 - box.x] = False
    assert (filled[box.y : box.bottom, box.x : box.right][ink] == 255).all()


def test_coloured_text_of_equal_brightness_is_filled(finder: str) -> None:
    screen = blank()
    screen[..., :3] = (120, 120, 120)
    flat = np.ascontiguousarray(screen[..., :3])
    cv2.putText(flat, "4111 1111", (50, 100), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (120, 108, 150), 1, cv2.LINE_8)
    changed = (flat != screen[..., :3]).any(axis=2)
    screen[..., :3] = flat

    assert (plane(find(screen, INSIDE, WHOLE))[changed] == 255).all()


def test_the_edge_of_what_is_kept_is_no_edge(finder: str) -> None:
    inside = np.zeros((480, 640), np.uint8)
    inside[100:300, 100:400] = 255
    screen = np.where(inside[..., None] > 0, blank(), np.uint8(0))

    assert len(find(screen, inside, WHOLE)) == 0


def test_text_cut_by_the_edge_of_what_is_kept_is_filled(finder: str) -> None:
    screen = blank()
    box = write(screen, 40, 200, "half of this is covered")
    inside = INSIDE.copy()
    cut = box.x + box.width // 2
    inside[:, cut:] = 0
    screen[:, cut:] = 0

    # Half a stroke at the very edge may be flat; one pixel column can't be read.
    assert covered(plane(find(screen, inside, WHOLE)), Rect(box.x, box.y, cut - box.x - 1, box.height))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_step_between_neighbours_is_filled_unless_it_belongs_to_a_rule(seed: int) -> None:
    screen = _random_screen(np.random.default_rng(seed))
    across, down = mask.edges(screen, INSIDE)
    filled = plane(find(screen, INSIDE, WHOLE))

    assert (filled[mask.without_rules(across, down) > 0] == 255).all()
    assert (plane(find_blocks(screen, INSIDE, WHOLE))[(across | down) > 0] == 255).all()


def _random_screen(random: np.random.Generator) -> Picture:
    screen = blank()
    for _ in range(int(random.integers(1, 12))):
        _scribble(screen, random)
    return screen


def _scribble(screen: Picture, random: np.random.Generator) -> Rect:
    """Draw something into the screen; returns a rectangle that holds every changed pixel."""
    x, y = int(random.integers(0, 600)), int(random.integers(8, 470))
    kind = random.integers(0, 5)
    if kind == 0:
        rect = Rect(0, max(0, y - 30), 640, min(60, 480 - max(0, y - 30)))
        write(screen, x, y, "Ab" + "mn" * int(random.integers(1, 20)), scale=float(random.choice([0.4, 0.6, 1.0])))
        return rect
    width = int(random.integers(1, 400)) if kind != 2 else int(random.integers(1, 3))
    height = int(random.integers(1, 300)) if kind != 1 else int(random.integers(1, 3))
    rect = Rect(x, y, min(width, 640 - x), min(height, 480 - y))
    colour = int(random.choice([0, 128, 250, 255]))
    part = screen[y : rect.bottom, x : rect.right, :3]
    if kind == 4:
        part[:] = random.integers(0, 2, part.shape, np.uint8) * np.uint8(colour)
    else:
        part[:] = colour
    return rect


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_examining_only_what_changed_masks_no_less_than_examining_everything(seed: int) -> None:
    random = np.random.default_rng(seed)
    screen = _random_screen(random)
    canvas = _canvas(screen)
    for _ in range(4):
        for _ in range(int(random.integers(1, 4))):
            canvas.paint(patch(_scribble(screen, random), screen))
        canvas.examine((), ())

        part, whole = _shown(canvas), _shown(_canvas(screen))
        differing = (part != whole).any(axis=2)
        assert (part[differing] == 128).all()
        assert part.shape == whole.shape


def test_examining_only_what_changed_is_mostly_the_same_as_examining_everything() -> None:
    screen = blank()
    for line in range(20):
        write(screen, 20, 20 + 22 * line, "some words of a line in an editor")
    canvas = _canvas(screen)
    rect = Rect(20, 200, 300, 20)
    screen[rect.y : rect.bottom, rect.x : rect.right, :3] = 255
    canvas.paint(patch(rect, screen))
    canvas.examine((), ())

    assert (_shown(canvas) != _shown(_canvas(screen))).any(axis=2).mean() < 0.01


def test_without_opencv_examining_only_what_changed_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recorder.guard.mask.cv2", None)
    monkeypatch.setattr("recorder.guard.canvas.cv2", None)
    monkeypatch.setattr("recorder.guard.pixels.cv2", None)
    random = np.random.default_rng(7)
    screen = _random_screen(random)
    canvas = _canvas(screen)
    for _ in range(10):
        canvas.paint(patch(_scribble(screen, random), screen))
        canvas.examine((), ())

        assert np.array_equal(_shown(canvas), _shown(_canvas(screen)))


def _canvas(screen: Picture) -> Canvas:
    canvas = Canvas(Monitor(index=0, rect=Rect(0, 0, *SIZE)))
    canvas.reset((Rect(0, 0, *SIZE),))
    canvas.paint(patch(Rect(0, 0, *SIZE), screen))
    canvas.examine((), ())
    return canvas


def _shown(canvas: Canvas) -> Picture:
    return np.frombuffer(canvas.minted(), np.uint8).reshape(480, 640, 3)


def test_opencv_and_numpy_render_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from recorder.guard.pixels import rendered

    random = np.random.default_rng(1)
    pixels = random.integers(0, 256, (32, 64, 4), np.uint8)
    filled = (random.integers(0, 2, (32, 64)) * 255).astype(np.uint8)
    visible = (random.integers(0, 2, (32, 64)) * 255).astype(np.uint8) & ~filled
    by_opencv = rendered(pixels, visible, filled)
    monkeypatch.setattr("recorder.guard.pixels.cv2", None)

    assert np.array_equal(by_opencv, rendered(pixels, visible, filled))
