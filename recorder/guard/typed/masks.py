"""The views of a sitting in, masked characters and key events out. What one view masks is masked in all."""

from collections.abc import Iterable

from recorder.guard.text import Masker
from recorder.guard.text.spans import Span
from recorder.guard.typed.round_off import bridge, put, round_off
from recorder.guard.typed.run import TypedRun
from recorder.guard.typed.sitting import Sitting
from recorder.guard.typed.stroke import Glyph, Stroke
from recorder.guard.typed.views import View, digits, edited, spelled, views
from recorder.model.redacted import KeyClass

UNFINISHED = "unfinished"  # the category of a word whose other half may never have been seen
NUMBER = "number"
SPELLED_OUT = "token"
CLOSED = "closed"
# Say no more than that nobody knows the word, or that it begins with a capital.
_WEAK = frozenset(("word", "name"))


def mask(sitting: Sitting, masker: Masker) -> bool:
    """Mark whatever is not known to be harmless. False: the detector could not read it all, so nothing may be kept."""
    seen = list(views(sitting))
    known: dict[str, list[Span]] = {}
    if not all(_look_through(view, masker, known) for view in seen):
        return False
    for group in digits(sitting.chron):
        put(group, NUMBER)
        masker.keep_in_mind("".join(glyph.char for glyph in group))
    for run in sitting.runs:
        _mask_edges(run)
        for segment in edited(run):
            for group in spelled(segment):
                put(group, SPELLED_OUT)
    _mask_again(seen, masker)
    for run in sitting.runs:
        for segment in edited(run):
            round_off(segment)
        for typed in (*(snap.glyphs for snap in run.draft.snaps), run.draft.chron):
            bridge(typed)
        _mask_strokes(run)
    return True


def _look_through(view: View, masker: Masker, known: dict[str, list[Span]]) -> bool:
    text = view.text
    if text not in known:
        known[text] = masker.detect(text)
    for span in known[text]:
        if span.category == CLOSED:
            return False
        if view.seams is None or span.category not in _WEAK or _crosses(span, view.seams):
            put(view.glyphs[span.start : span.end], span.category)
    return True


def _crosses(span: Span, seams: Iterable[int]) -> bool:
    return any(span.start < seam < span.end for seam in seams)


def _mask_again(seen: Iterable[View], masker: Masker) -> None:
    """What a later view masked may stand, alone and harmless, in an earlier one."""
    for view in seen:
        if view.seams is None:
            for span in masker.memory.find(view.text):
                put(view.glyphs[span.start : span.end], span.category)


def _mask_edges(run: TypedRun) -> None:
    """What stands at the ends of a run may go on where nothing was seen: digits always, a word that was not ended."""
    for segment in edited(run):
        put(_number_at(segment), NUMBER)
        put(_number_at(segment[::-1]), NUMBER)
    last = run.draft.chron[-1:] if not run.bounded else []
    for glyph in (*last, *run.draft.unfinished):
        for segment in edited(run):
            put(_word_around(segment, glyph), UNFINISHED)


def _number_at(segment: list[Glyph]) -> list[Glyph]:
    """The digits with which the segment begins, with their separators; at least two."""
    end = next((at for at, glyph in enumerate(segment) if glyph.char.isalpha()), len(segment))
    start = segment[:end]
    return start if sum(glyph.char.isdigit() for glyph in start) >= 2 else []


def _word_around(segment: list[Glyph], last: Glyph) -> list[Glyph]:
    if last not in segment or last.char.isspace():
        return []
    start = end = segment.index(last)
    while start > 0 and not segment[start - 1].char.isspace():
        start -= 1
    while end < len(segment) and not segment[end].char.isspace():
        end += 1
    return segment[start:end]


# From characters to key events.


def _mask_strokes(run: TypedRun) -> None:
    for glyph in run.draft.chron:
        for stroke in glyph.strokes:
            stroke.mask = glyph.hidden_as
    _fill(run.strokes)
    for stroke in run.strokes:
        if not stroke.pressed:
            stroke.mask = next((down.mask for down in stroke.of if down.mask), None)


def _fill(strokes: list[Stroke]) -> None:
    """Corrections and dead keys between two masked characters are masked with them."""
    between: list[Stroke] = []
    category: str | None = None
    for stroke in strokes:
        if not stroke.pressed:
            continue
        if stroke.key_class in (KeyClass.OTHER, KeyClass.DELETE):
            between.append(stroke)
            continue
        if category and stroke.mask:
            for other in between:
                other.mask = other.mask or category
        between, category = [], stroke.mask
