"""Sixty pictures at 1920x1080 as a person at work makes them: what speed is measured on. From a seed.

20 of typing in an editor, 8 of a caret that blinks, a switch to a chat, 24 of scrolling in it, a switch back, 6 of
typing.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.redaction.layouts import LAYOUTS, draw
from benchmarks.redaction.screens import Box, Look, Pixels, Supply, blank

SIZE = (1920, 1080)
TYPED = "please send the new key to anna.berg@example.org before noon, the old one was AKIA6QW2LZ8XN4T7PDRM, thank you"
STEP, SCROLL_PX = 4, 40  # characters and pixels between two pictures
CARET = (2, 20)


def frames(seed: int, count: int = 60) -> Iterator[Pixels]:
    """(1080, 1920, 3) RGB each; the first `count` of them."""
    yield from (frame for frame, _ in zip(_all(seed), range(count), strict=False))


def _all(seed: int) -> Iterator[Pixels]:
    supply = Supply(seed)
    editor = draw(_look("editor", dark=True), supply).pixels
    chat, tall = draw(_look("chat", dark=False), supply).pixels, _tall(supply)
    for step in range(1, 21):
        yield _typed(editor, step, caret=True)
    for step in range(8):
        yield _typed(editor, 20, caret=step % 2 == 1)
    yield chat
    for step in range(24):
        yield _scrolled(chat, tall, step)
    yield _typed(editor, 20, caret=True)
    for step in range(21, 27):
        yield _typed(editor, step, caret=True)


def _look(kind: str, *, dark: bool) -> Look:
    return Look(
        kind=kind, dark=dark, width=SIZE[0], height=SIZE[1], scale=1.0, size_px=14, lcd=False, number=0 if dark else 1
    )


def _typed(editor: Pixels, step: int, *, caret: bool) -> Pixels:
    """The editor with a line half typed under the others."""
    pen = blank(_look("editor", dark=True))
    pen.screen.pixels = editor.copy()
    x, y = 80, SIZE[1] - 70
    text = TYPED[: step * STEP]
    pen.say(x, y, text, face="mono")
    if caret:
        left = x + pen.length(text, "mono")
        pen.fill((left, y, left + CARET[0], y + CARET[1]), pen.theme.ink)
    return pen.screen.pixels


def _tall(supply: Supply) -> Pixels:
    """A conversation that is longer than the window."""
    pen = blank(_look("chat", dark=False))
    pen.screen.pixels = np.full((SIZE[1] + 24 * SCROLL_PX, 1300, 3), 255, np.uint8)
    LAYOUTS["chat"](pen, (12, 0, 1288, pen.screen.pixels.shape[0]), supply)
    return pen.screen.pixels


def _scrolled(chat: Pixels, tall: Pixels, step: int) -> Pixels:
    made = chat.copy()
    x0, y0, height = 16, 90, 880
    made[y0 : y0 + height, x0 : x0 + 1290] = tall[step * SCROLL_PX : step * SCROLL_PX + height, :1290]
    return made


def packed(pixels: Pixels) -> bytes:
    """zlib of BGRX, as the process that is measured takes it."""
    bgrx = np.zeros((*pixels.shape[:2], 4), np.uint8)
    bgrx[..., :3] = pixels[..., ::-1]
    return zlib.compress(bgrx.tobytes(), 1)


def written(folder: Path, seed: int, count: int = 60) -> tuple[list[str], list[Box]]:
    """The files of all frames, and what changed from each to the next: the whole for the first."""
    folder.mkdir(parents=True, exist_ok=True)
    paths, changes, before = [], [], None
    for number, frame in enumerate(frames(seed, count)):
        path = folder / f"{number:02d}.bgrx.z"
        path.write_bytes(packed(frame))
        paths.append(str(path))
        changes.append(_changed(before, frame))
        before = frame
    return paths, changes


def _changed(before: Pixels | None, after: Pixels) -> Box:
    if before is None:
        return 0, 0, *SIZE
    rows, columns = np.nonzero((before != after).any(axis=2))
    if not rows.size:
        return 0, 0, 0, 0
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1
