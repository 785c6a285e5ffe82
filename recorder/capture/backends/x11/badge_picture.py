"""What the badge looks like: one picture per state, drawn once by the recorder and shown by the badge process.

The states differ in word, shape and colour, so that none of the three has to be seen.
"""

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from recorder.capture.contract import IndicatorState

_BACKGROUND, _EDGE, _TEXT, _QUIET = (24, 26, 31), (92, 97, 110), (255, 255, 255), (184, 190, 201)
_RED, _AMBER, _BLUE = (255, 77, 79), (255, 176, 32), (107, 174, 255)
_WORDS = {
    IndicatorState.RECORDING: ("Recording", "click to pause"),
    IndicatorState.WITHHOLDING: ("Withholding", "click to pause"),
    IndicatorState.PAUSED: ("Paused", "click to resume"),
}
# Everything is drawn larger and scaled down: that is what smooths the edges of the shapes.
_OVERSAMPLING = 4
_HEIGHT, _PADDING, _SIGN, _GAP = 32, 12, 14, 9  # at scale 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`bgrx`: width * height * 4 bytes, rows top down, as a 24-bit X server takes them."""

    width: int
    height: int
    bgrx: bytes


def pictures(scale: float) -> dict[IndicatorState, Picture]:
    """All states, all of one size, for a screen where text is `scale` times as large as at 96 dpi."""
    unit = _OVERSAMPLING * scale
    bold, small = (ImageFont.load_default(size * unit) for size in (14.5, 12.5))
    word_px = max(bold.getlength(word) for word, _ in _WORDS.values())
    hint_px = max(small.getlength(hint) for _, hint in _WORDS.values())
    width = round((2 * _PADDING + _SIGN + 2 * _GAP) * scale + (word_px + hint_px) / _OVERSAMPLING)
    return {state: _picture(state, width, round(_HEIGHT * scale), unit, word_px) for state in IndicatorState}


def _picture(state: IndicatorState, width: int, height: int, unit: float, word_px: float) -> Picture:
    bold, small = (ImageFont.load_default(size * unit) for size in (14.5, 12.5))
    size = (width * _OVERSAMPLING, height * _OVERSAMPLING)
    image = Image.new("RGB", size, _BACKGROUND)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0] - 1, size[1] - 1), outline=_EDGE, width=_OVERSAMPLING)
    middle = size[1] / 2
    _sign(draw, state, (_PADDING + _SIGN / 2) * unit, middle, _SIGN / 2 * unit)
    word, hint = _WORDS[state]
    x = (_PADDING + _SIGN + _GAP) * unit
    draw.text((x, middle), word, font=bold, fill=_TEXT, anchor="lm", stroke_width=unit * 0.12, stroke_fill=_TEXT)
    draw.text((x + word_px + _GAP * unit, middle), hint, font=small, fill=_QUIET, anchor="lm")
    smooth = image.resize((width, height), Image.Resampling.LANCZOS)
    return Picture(width=width, height=height, bgrx=smooth.tobytes("raw", "BGRX"))


def _sign(draw: ImageDraw.ImageDraw, state: IndicatorState, x: float, y: float, r: float) -> None:
    """A full dot, a ring with a bar across it, or two bars."""
    match state:
        case IndicatorState.RECORDING:
            draw.ellipse((x - r, y - r, x + r, y + r), fill=_RED)
        case IndicatorState.WITHHOLDING:
            line = round(r * 0.34)
            draw.ellipse((x - r, y - r, x + r, y + r), outline=_AMBER, width=line)
            reach = r * 0.6
            draw.line((x - reach, y + reach, x + reach, y - reach), fill=_AMBER, width=line)
        case IndicatorState.PAUSED:
            for left in (x - r * 0.75, x + r * 0.2):
                draw.rounded_rectangle((left, y - r * 0.9, left + r * 0.55, y + r * 0.9), r * 0.15, fill=_BLUE)
