"""The redaction report as one picture: two bar charts, drawn with Pillow; names of rules and counts, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from recorder.export.report import CHANNELS, Report, largest_first

WIDTH_PX = 1200
_MARGIN, _ROW, _BAR, _LABELS, _VALUES = 48, 40, 22, 470, 130
_MOST_BARS = 14
_FOOT = 60
_INK, _FAINT, _PAPER, _RULE = "#1b1f24", "#59636e", "#ffffff", "#d1d9e0"


@dataclass(frozen=True, slots=True)
class Chart:
    """A title, a line below it, and (label, value) bars, largest first. Behind a tab in a label stands its rule."""

    title: str
    caption: str
    bars: Sequence[tuple[str, float]]
    unit: str
    colour: str


def draw(report: Report) -> bytes:
    """The picture as PNG bytes, `WIDTH_PX` wide, without any metadata chunk."""
    charts = (_taken_out(report), _not_recorded(report))
    height = 150 + sum(_height(chart) for chart in charts) + _FOOT
    image = Image.new("RGB", (WIDTH_PX, height), _PAPER)
    pen = ImageDraw.Draw(image)
    pen.text((_MARGIN, 40), "What was left out of this export", font=_font(32), fill=_INK)
    counted = f"{_plural(report.sessions, 'session')}, {_plural(report.frames, 'picture')}, "
    counted += f"{_plural(sum(report.events.values()), 'event')}"
    pen.text((_MARGIN, 86), counted, font=_font(18), fill=_FAINT)
    top = 140
    for chart in charts:
        _draw_chart(pen, chart, top)
        top += _height(chart)
    pen.line((_MARGIN, top, WIDTH_PX - _MARGIN, top), fill=_RULE, width=1)
    secrets = f"{_plural(report.secret_entries, 'visit')} to fields that take a secret: nothing else is kept of them"
    pen.text((_MARGIN, top + 20), secrets, font=_font(17), fill=_INK)
    with BytesIO() as png:
        image.save(png, "PNG", optimize=True)
        return png.getvalue()


def _taken_out(report: Report) -> Chart:
    bars = [
        (f"{CHANNELS.get(channel, channel)}: {_words(category)}\t{rule}", float(count))
        for (rule, category, channel, _), count in report.redactions.items()
    ]
    title, caption = "Taken out of what was recorded", "number of places, by stream, kind and rule"
    return Chart(title, caption, _shorten(largest_first(bars)), "", "#0969da")


def _not_recorded(report: Report) -> Chart:
    bars = [(f"{channel}: {_words(reason)}", report.left_out_s(channel, reason)) for channel, reason in report.gap_us]
    caption = "seconds, by stream and reason; streams overlap; time in secret fields is rounded up"
    return Chart("Stretches of time left out", caption, _shorten(largest_first(bars)), " s", "#8250df")


def _shorten(bars: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """The largest bars; the rest summed into one, so that the picture never hides that there is more."""
    if len(bars) <= _MOST_BARS:
        return bars
    rest = bars[_MOST_BARS - 1 :]
    return [*bars[: _MOST_BARS - 1], (f"{len(rest)} others together", sum(value for _, value in rest))]


def _height(chart: Chart) -> int:
    return 96 + _ROW * max(1, len(chart.bars)) + 24


def _draw_chart(pen: ImageDraw.ImageDraw, chart: Chart, top: int) -> None:
    pen.line((_MARGIN, top, WIDTH_PX - _MARGIN, top), fill=_RULE, width=1)
    pen.text((_MARGIN, top + 20), chart.title, font=_font(22), fill=_INK)
    pen.text((_MARGIN, top + 52), chart.caption, font=_font(16), fill=_FAINT)
    top += 92
    if not chart.bars:
        pen.text((_MARGIN, top + 6), "nothing", font=_font(18), fill=_INK)
    longest = max((value for _, value in chart.bars), default=0.0) or 1.0
    for number, (label, value) in enumerate(chart.bars):
        _draw_bar(pen, top + number * _ROW, label, value, value / longest, chart)


def _draw_bar(pen: ImageDraw.ImageDraw, top: int, label: str, value: float, share: float, chart: Chart) -> None:
    left, room = _MARGIN + _LABELS, WIDTH_PX - 2 * _MARGIN - _LABELS - _VALUES
    middle = top + _ROW // 2
    name, _, rule = label.partition("\t")
    name = _fit(pen, name, 17, _LABELS - 16)
    pen.text((_MARGIN, middle), name, font=_font(17), fill=_INK, anchor="lm")
    after = pen.textlength(name, font=_font(17)) + 12
    pen.text(
        (_MARGIN + after, middle + 1),
        _fit(pen, rule, 14, _LABELS - 16 - after),
        font=_font(14),
        fill=_FAINT,
        anchor="lm",
    )
    right = left + max(2, round(room * share))
    pen.rectangle((left, middle - _BAR // 2, right, middle + _BAR // 2), fill=chart.colour)
    pen.text((right + 10, middle), _number(value) + chart.unit, font=_font(17), fill=_INK, anchor="lm")


def _fit(pen: ImageDraw.ImageDraw, label: str, size_px: int, room_px: float) -> str:
    """The label, cut with an ellipsis where it would run into what stands right of it; empty where nothing fits."""
    while label and pen.textlength(label, font=_font(size_px)) > room_px:
        label = label[:-2] + "…" if len(label) > 1 else ""
    return label


def _words(name: str) -> str:
    return name.replace("_", " ")


def _number(value: float) -> str:
    # Thousands apart by a blank, as ISO 80000-1 has it: a comma or a point means something else in other languages.
    whole = f"{value:,.0f}".replace(",", " ")
    return whole if value >= 10 or value == int(value) else f"{value:.1f}"


def _plural(count: int, noun: str) -> str:
    return f"{_number(count)} {noun}{'' if count == 1 else 's'}"


def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)
