"""Rendered screens with ground truth: where which planted value and which harmless word stands. From a seed, by Pillow.

Needs the fonts of the Debian packages fonts-dejavu-core, fonts-liberation, fonts-noto-core and fonts-wqy-microhei.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from faker import Faker
from PIL import Image, ImageDraw, ImageFont

from benchmarks.redaction.corpus import KINDS, LOCALES, MAKERS, SEED

Pixels = npt.NDArray[np.uint8]  # (height, width, 3) RGB
Box = tuple[int, int, int, int]  # left, top, right, bottom; half open
Colour = tuple[int, int, int]

SIZES = ((1366, 768), (1920, 1080), (2560, 1440), (3840, 2160))
SCALES = (1.0, 1.25)
FONT_SIZES_PX = (12, 13, 14, 15, 16)
FONTS = Path("/usr/share/fonts/truetype")
FACES = {
    "sans": ("dejavu/DejaVuSans.ttf", "liberation/LiberationSans-Regular.ttf", "noto/NotoSans-Regular.ttf"),
    "bold": ("dejavu/DejaVuSans-Bold.ttf", "liberation/LiberationSans-Bold.ttf", "noto/NotoSans-Bold.ttf"),
    "mono": ("dejavu/DejaVuSansMono.ttf", "liberation/LiberationMono-Regular.ttf", "dejavu/DejaVuSansMono.ttf"),
}
DEVANAGARI, IDEOGRAPHS = "noto/NotoSansDevanagari-Regular.ttf", "wqy/wqy-microhei.ttc"
# What FreeType's default filter does to the three colours of a pixel, in 256ths.
LCD_FILTER = np.array((8, 77, 86, 77, 8), np.float32) / 256
MARGIN_PX = 40  # more than a mask reaches beyond what it masks
LEAST_CHARACTERS = 4  # a shorter value can't be told from chance in what a reader reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a screen is drawn."""

    kind: str
    dark: bool
    width: int
    height: int
    scale: float
    size_px: int
    lcd: bool
    number: int

    @property
    def name(self) -> str:
        theme = "dark" if self.dark else "light"
        return f"{self.number:02d}-{self.kind}-{theme}-{self.width}x{self.height}-{self.scale}x-{self.size_px}px"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A value that must not be readable, and the box of its ink."""

    kind: str
    locale: str
    value: str
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmless:
    """A word that may stay, and the box of its ink."""

    word: str
    box: Box


@dataclass(slots=True, kw_only=True)
class Screen:
    """Pixels and what is written on them."""

    look: Look
    pixels: Pixels
    planted: list[Planted] = field(default_factory=list)
    harmless: list[Harmless] = field(default_factory=list)
    fields: list[Box] = field(default_factory=list)  # input fields, as accessibility tells them

    @property
    def written(self) -> Box:
        """Where something is written, with a margin: the rest is of one colour and need not be read."""
        boxes = np.array([*(one.box for one in self.planted), *(one.box for one in self.harmless)])
        x0, y0 = np.maximum(0, boxes[:, :2].min(axis=0) - MARGIN_PX).tolist()
        x1, y1 = (boxes[:, 2:].max(axis=0) + MARGIN_PX).tolist()
        return x0, y0, min(x1, self.look.width), min(y1, self.look.height)


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of one look."""

    desk: Colour
    paper: Colour
    raised: Colour
    line: Colour
    ink: Colour
    muted: Colour
    accents: tuple[Colour, ...]


LIGHT = Theme(
    (120, 140, 160),
    (255, 255, 255),
    (240, 240, 242),
    (200, 200, 205),
    (28, 28, 30),
    (110, 110, 118),
    ((0, 80, 180), (20, 110, 40), (150, 30, 30), (120, 40, 140)),
)
DARK = Theme(
    (20, 24, 30),
    (30, 31, 34),
    (43, 45, 49),
    (70, 72, 78),
    (222, 222, 226),
    (150, 152, 160),
    ((110, 170, 250), (130, 200, 120), (240, 140, 120), (210, 150, 230)),
)


class Supply:
    """Values of every kind in every locale, in a drawn order, again and again. The same seed gives the same values."""

    def __init__(self, seed: int = SEED) -> None:
        self._draw = random.Random(seed)
        self._fakes = {locale: Faker(locale) for locale in LOCALES}
        for locale, fake in self._fakes.items():
            fake.seed_instance(f"{seed} {locale}")  # another for each: else all of them draw the same digits
        self._turns = self._order(list(itertools.product(KINDS, LOCALES)))
        self._by_kind = {kind: self._order([(kind, locale) for locale in LOCALES]) for kind in KINDS}

    def _order(self, pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        while True:
            self._draw.shuffle(pairs)
            yield from pairs

    def take(self, kind: str | None = None) -> tuple[str, str, str]:
        """Kind, locale and value."""
        while True:
            kind_, locale = next(self._turns if kind is None else self._by_kind[kind])
            value = " ".join(MAKERS[kind_](self._fakes[locale], self._draw).split())
            if sum(character.isalnum() for character in value) >= LEAST_CHARACTERS:
                return kind_, locale, value

    def some(self, choices: Sequence[str]) -> str:
        return self._draw.choice(choices)

    def chance(self, share: float) -> bool:
        return self._draw.random() < share


class Pen:
    """Draws text on a screen and writes down what stands where. Coordinates in pixels of the screen."""

    def __init__(self, screen: Screen, theme: Theme) -> None:
        self.screen, self.theme, self.look = screen, theme, screen.look
        self.row_px = self.u(self.look.size_px * 1.6)

    def u(self, length: float) -> int:
        """A length of the layout at this scale."""
        return round(length * self.look.scale)

    def fill(self, box: Box, colour: Colour, border: Colour | None = None) -> None:
        x0, y0, x1, y1 = box
        self.screen.pixels[y0:y1, x0:x1] = border or colour
        if border:
            self.screen.pixels[y0 + 1 : y1 - 1, x0 + 1 : x1 - 1] = colour

    def length(self, text: str, face: str = "sans") -> int:
        return round(self._font(text, face).getlength(text))

    def say(self, x: int, y: int, text: str, colour: Colour | None = None, face: str = "sans") -> int:
        """Harmless words; `y` is the top of the row. Returns the x behind them."""
        for word, blank in _words(text):
            box = self._draw(x, y, word, colour or self.theme.ink, face)
            self.screen.harmless.append(Harmless(word=word, box=box))
            x += self.length(word + blank, face)
        return x

    def plant(
        self, x: int, y: int, taken: tuple[str, str, str], colour: Colour | None = None, face: str = "sans"
    ) -> int:
        """A value. Returns the x behind it."""
        kind, locale, value = taken
        box = self._draw(x, y, value, colour or self.theme.ink, face)
        self.screen.planted.append(Planted(kind=kind, locale=locale, value=value, box=box))
        return x + self.length(value, face)

    def sentence(
        self, x: int, y: int, form: str, taken: tuple[str, str, str], colour: Colour | None = None, face: str = "sans"
    ) -> int:
        """A value in harmless words: `{}` is its place."""
        before, _, after = form.partition("{}")
        x = self.say(x, y, before, colour, face)
        x = self.plant(x, y, taken, colour, face)
        return self.say(x, y, after, colour, face)

    def _font(self, text: str, face: str, times: int = 1) -> ImageFont.FreeTypeFont:
        faces = FACES[face]
        path = _of_script(text) or faces[self.look.number % len(faces)]
        return _load(path, self.u(self.look.size_px) * times)

    def _draw(self, x: int, y: int, text: str, colour: Colour, face: str) -> Box:
        cover = _lcd(text, self._font(text, face, 3)) if self.look.lcd else _grey(text, self._font(text, face))
        # A row is as high as 1.6 letters: the text stands in its middle.
        x, y = x - 3, y + (self.row_px - cover.shape[0]) // 2
        height, width = self.screen.pixels.shape[:2]
        cover = cover[: max(0, height - y), : max(0, width - x)]
        part = self.screen.pixels[y : y + cover.shape[0], x : x + cover.shape[1]]
        part[:] = np.rint(part + (np.array(colour, np.float32) - part) * cover)
        rows, columns = np.nonzero(cover.max(axis=2) > 0)
        if not rows.size:
            return x, y, x, y
        return x + int(columns.min()), y + int(rows.min()), x + int(columns.max()) + 1, y + int(rows.max()) + 1


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Words with the blanks behind them; blanks before the first are a word of no letters."""
    start = len(text) - len(text.lstrip())
    if start:
        yield "", text[:start]
    while start < len(text):
        end = text.find(" ", start)
        end = len(text) if end < 0 else end
        after = end + len(text[end:]) - len(text[end:].lstrip())
        yield text[start:end], text[end:after]
        start = after


def _of_script(text: str) -> str | None:
    if any("ऀ" <= character <= "ॿ" for character in text):
        return DEVANAGARI
    return IDEOGRAPHS if any(character >= "⺀" for character in text) else None


@cache
def _load(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / path, size)


def _grey(text: str, font: ImageFont.FreeTypeFont) -> npt.NDArray[np.float32]:
    """(height, width, 3) how much of each pixel the ink covers, with 3 px around it."""
    return np.repeat(_mask(text, font, 3)[..., None], 3, axis=2)


def _lcd(text: str, font: ImageFont.FreeTypeFont) -> npt.NDArray[np.float32]:
    """The same for a display whose pixels are red, green and blue stripes; `font` is three times as large."""
    fine = _mask(text, font, 9)
    height, width = fine.shape[0] // 3, fine.shape[1] // 3
    stripes = fine[: height * 3, : width * 3].reshape(height, 3, width * 3).mean(axis=1)
    smooth = np.apply_along_axis(np.convolve, 1, stripes, LCD_FILTER, "same")
    return smooth.reshape(height, width, 3).astype(np.float32)


def _mask(text: str, font: ImageFont.FreeTypeFont, pad: int) -> npt.NDArray[np.float32]:
    ascent, descent = font.getmetrics()
    size = (round(font.getlength(text)) + 2 * pad, ascent + descent + 2 * pad)
    image = Image.new("L", size)
    ImageDraw.Draw(image).text((pad, pad + ascent), text, fill=255, font=font, anchor="ls")
    cover: npt.NDArray[np.float32] = np.asarray(image, np.float32) / np.float32(255)
    return cover


def looks(kinds: Sequence[str], sizes: Sequence[tuple[int, int]] = SIZES) -> Iterator[Look]:
    """Every kind in every size; themes, scalings and font sizes in turn, so that every pair of them comes up."""
    for number, (size, kind) in enumerate(itertools.product(range(len(sizes)), range(len(kinds)))):
        yield Look(
            kind=kinds[kind],
            dark=(size + kind) % 2 == 1,
            width=sizes[size][0],
            height=sizes[size][1],
            scale=SCALES[(size // 2 + kind) % 2],
            size_px=FONT_SIZES_PX[(number * 2 + size) % len(FONT_SIZES_PX)],
            lcd=(number + size) % 3 == 2,
            number=number,
        )


def blank(look: Look) -> Pen:
    """A desk with nothing on it yet."""
    theme = DARK if look.dark else LIGHT
    pixels = np.empty((look.height, look.width, 3), np.uint8)
    pixels[:] = theme.desk
    return Pen(Screen(look=look, pixels=pixels), theme)
