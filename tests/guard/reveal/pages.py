"""Rendered text with ground truth, and what reveal mode shows of it."""

import functools
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from recorder.guard.canvas import Canvas
from recorder.guard.reveal import LineReader, Revealer
from recorder.guard.reveal.page import Page
from recorder.guard.reveal.tesseract import Tesseract
from recorder.guard.text import Detector, Masker, Memory
from recorder.model.geometry import Monitor, Rect
from recorder.model.raw import RawPatch

FONTS = Path("/usr/share/fonts/truetype/dejavu")
SANS, BOLD, MONO, SERIF = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSerif.ttf"
BLACK, WHITE, INK, NIGHT, MIST = (0, 0, 0), (255, 255, 255), (30, 30, 30), (28, 29, 33), (222, 222, 226)
SIZE = (960, 640)
KEY = bytes(range(32))

Colour = tuple[int, int, int]
Picture = npt.NDArray[np.uint8]  # (height, width, 3) RGB


class Written(NamedTuple):
    """A word and the box of its ink: left, top, right, bottom."""

    word: str
    box: tuple[int, int, int, int]


class Sheet:
    """A picture to write on."""

    def __init__(self, *, paper: Colour = WHITE, size: tuple[int, int] = SIZE) -> None:
        self.image = Image.new("RGB", size, paper)
        self.pen = ImageDraw.Draw(self.image)
        self.words: list[Written] = []

    def write(
        self, x: int, y: int, text: str, *, font: str = SANS, size: float = 13, ink: Colour = INK, lcd: bool = False
    ) -> int:
        """Write a line; returns where it ends."""
        face = ImageFont.truetype(FONTS / font, size)
        if lcd:
            self._write_lcd(x, y, text, face)
        else:
            self.pen.text((x, y), text, font=face, fill=ink)
        at = 0
        for word in text.split():
            start = text.index(word, at)
            at = start + len(word)
            left, right = x + face.getlength(text[:start]), x + face.getlength(text[:at])
            _, top, _, bottom = face.getbbox(word)
            self.words.append(Written(word, (int(left), y + int(top), int(right), y + int(bottom))))
        return int(x + face.getlength(text))

    def _write_lcd(self, x: int, y: int, text: str, face: ImageFont.FreeTypeFont) -> None:
        """Each colour of a pixel is a third of it, as on flat panels."""
        wide = Image.new("L", (int(face.getlength(text)) * 3 + 30, int(face.size * 2)), 0)
        large = ImageFont.truetype(face.path, face.size)
        single = Image.new("L", (wide.width // 3, wide.height), 0)
        ImageDraw.Draw(single).text((0, 0), text, font=large, fill=255)
        cover = np.asarray(single.resize(wide.size, Image.Resampling.BICUBIC), np.float32)[:, : single.width * 3]
        smooth = (np.roll(cover, 1, 1) + cover + np.roll(cover, -1, 1)) / 3
        thirds = smooth.reshape(smooth.shape[0], -1, 3) / 255
        base = np.asarray(self.image, np.float32).copy()
        part = base[y : y + thirds.shape[0], x : x + thirds.shape[1]]
        part[:] = part * (1 - thirds[: part.shape[0], : part.shape[1]])
        self.image = Image.fromarray(base.astype(np.uint8))
        self.pen = ImageDraw.Draw(self.image)

    @property
    def pixels(self) -> Picture:
        return np.asarray(self.image, np.uint8)


@functools.cache
def tesseract() -> Tesseract:
    return Tesseract()


def masker() -> Masker:
    return Masker(Detector(time.perf_counter, budget_s=10), Memory(KEY))


def revealer(
    *,
    reader: LineReader | None = None,
    text: Masker | None = None,
    clock: Callable[[], float] = lambda: 0.0,
    most_lines: int = 1000,
) -> Revealer:
    """With a clock that stands still the time never ends a frame's reading."""
    return Revealer(reader or tesseract(), text or masker(), key=KEY, clock=clock, most_lines=most_lines)


class Shown:
    """A canvas in reveal mode."""

    def __init__(self, made: Revealer | None = None, size: tuple[int, int] = SIZE) -> None:
        self.revealer = made or revealer()
        self.rect = Rect(0, 0, *size)
        self.page = Page(self.revealer)
        self.canvas = Canvas(Monitor(index=0, rect=self.rect), self.page)
        self.canvas.reset((self.rect,))

    def paint(self, pixels: Picture, rect: Rect | None = None) -> None:
        area = rect or self.rect
        bgrx = np.zeros((area.height, area.width, 4), np.uint8)
        bgrx[..., :3] = pixels[area.y : area.bottom, area.x : area.right, ::-1]
        self.canvas.paint(RawPatch(rect=area, bgrx=bgrx.tobytes()))

    def look(
        self, *, words: Iterable[Rect] | None = None, fields: Iterable[Rect] = (), covers: Iterable[Rect] = ()
    ) -> Picture:
        """One frame: the picture as it would be kept."""
        self.revealer.begin()
        self.canvas.examine(tuple(covers), (), tuple(fields), (self.rect,) if words is None else tuple(words))
        return np.frombuffer(self.canvas.minted(), np.uint8).reshape(self.rect.height, self.rect.width, 3)


def shown(sheet: Sheet) -> Picture:
    """What reveal mode shows of a sheet with all the time it wants."""
    made = Shown(size=sheet.image.size)
    made.paint(sheet.pixels)
    return made.look()


def is_shown(sheet: Sheet, picture: Picture, word: Written, share: float = 0.95) -> bool:
    x0, y0, x1, y1 = word.box
    same = (picture[y0:y1, x0:x1] == sheet.pixels[y0:y1, x0:x1]).all(axis=2)
    return bool(same.mean() >= share)


def share_shown(sheet: Sheet, picture: Picture) -> float:
    """The share of the sheet's words that is shown."""
    return sum(is_shown(sheet, picture, word) for word in sheet.words) / len(sheet.words)


def ink_shown(sheet: Sheet, picture: Picture, words: Iterable[str]) -> dict[str, float]:
    """For each of these words on the sheet how much of its ink can be seen."""
    wanted, found = set(words), {}
    paper = sheet.pixels[0, 0].astype(int)
    for word in sheet.words:
        if word.word in wanted:
            x0, y0, x1, y1 = word.box
            ink = (np.abs(sheet.pixels[y0:y1, x0:x1].astype(int) - paper) > 60).any(axis=2)
            same = (picture[y0:y1, x0:x1] == sheet.pixels[y0:y1, x0:x1]).all(axis=2)
            found[word.word] = float((same & ink).sum() / max(1, ink.sum()))
    return found
