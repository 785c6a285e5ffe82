"""A masked run in, its rows out: what may be stored of it, with times that tell nothing about what is masked."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from recorder.guard.mint import SECOND_US, TENTH_US, Mint, ceil_to, floor_to
from recorder.guard.typed.run import TypedRun
from recorder.guard.typed.stroke import LOST, NEAR, REMOVED, Glyph, Stroke
from recorder.guard.typed.views import edited
from recorder.guard.typing import bucket
from recorder.model.policy import TextLevel
from recorder.model.redacted import EventKind, KeyClass, Redacted, RedactedEvent, Redaction, RedactionMethod

UNKNOWN_PLACE = " … "  # between texts whose order in the field is not known


def held(run: TypedRun, mint: Mint) -> RedactedEvent:
    """The placeholder: typing began here."""
    return RedactedEvent(
        t_us=floor_to(mint.t_us(run.first_ns), SECOND_US), kind=EventKind.TEXT_HELD, **_common(run), seal=mint.seal
    )


def summary(run: TypedRun, mint: Mint) -> RedactedEvent:
    """The row of the run as a whole; with what it came to where that may be kept."""
    return RedactedEvent(
        t_us=floor_to(mint.t_us(run.first_ns), SECOND_US),
        t_end_us=ceil_to(mint.t_us(run.last_ns), SECOND_US),
        kind=EventKind.TEXT_RUN,
        text=text_of(run) if run.level is TextLevel.WORDS else None,
        count_bucket=bucket(max(1, run.keys)),
        edited=run.edited,
        pasted=run.pasted,
        **_common(run),
        seal=mint.seal,
    )


def _common(run: TypedRun) -> dict[str, Any]:
    return {
        "run": run.run,
        "injected": run.injected,
        "target_role": run.field.kind,
        "target_name": run.field.name,
        "target_rect": run.field.rect,
        "context_id": run.context_id,
        "app": run.app,
        "frame_id": run.frame_id,
        "frame_age_us": run.frame_age_us,
    }


def text_of(run: TypedRun) -> str:
    """The edited text, masked stretches as their category in brackets."""
    texts = [_text(segment) for segment in edited(run)]
    # In how many places what was lost was typed is not told.
    told = [text for before, text in pairwise(["", *texts]) if not text == before == f"[{LOST}]"]
    return UNKNOWN_PLACE.join(told).rstrip("\n")


def _text(segment: list[Glyph]) -> str:
    parts: list[str] = []
    for category, glyphs in _stretches(segment):
        parts.append(f"[{category}]" if category else "".join(glyph.char for glyph in glyphs))
    return "".join(parts)


def _stretches(segment: list[Glyph]) -> Iterator[tuple[str | None, list[Glyph]]]:
    """The segment cut where masking begins or ends. Of several categories in a row the most frequent one is named."""
    at = 0
    while at < len(segment):
        end = at
        while end < len(segment) and bool(segment[end].mask) is bool(segment[at].mask):
            end += 1
        counts = Counter(glyph.mask for glyph in segment[at:end])
        yield counts.most_common(1)[0][0], segment[at:end]
        at = end


def redactions(run: TypedRun, mint: Mint, detector: str) -> Iterator[Redaction]:
    """How many things were masked, by category; never how long they were."""
    things = Counter(category for segment in edited(run) for category, _ in _stretches(segment) if category)
    if any(glyph.gone and glyph.mask != LOST for glyph in run.draft.chron):
        things[REMOVED] += 1
    for category, count in sorted(things.items()):
        yield Redaction(
            t_us=floor_to(mint.t_us(run.first_ns), SECOND_US),
            target="events",
            ref_id=run.run,
            field="char" if run.level is TextLevel.WORDS else "key_class",
            rect=None,
            category=category,
            detector=detector,
            method=RedactionMethod.CLASS_ONLY,
            count=count,
            seal=mint.seal,
        )


def keys(run: TypedRun, mint: Mint, *, exact: bool) -> Iterator[Redacted]:
    """One row per key event, in order. A masked one says nothing but that it was one, down or up.

    `exact`: times of what is not masked, and not beside it, are precise; all others stand on a grid of 100 ms.
    """
    words = run.level is TextLevel.WORDS
    for stroke, t_us in zip(run.strokes, times(run.strokes, mint, exact=exact and words), strict=True):
        masked = stroke.mask is not None
        yield RedactedEvent(
            t_us=t_us,
            kind=EventKind.KEY,
            pressed=stroke.pressed,
            key_class=KeyClass.MASKED if masked else stroke.key_class,
            char=stroke.char if words and not masked else None,
            injected=None if masked else stroke.injected,
            run=run.run,
            context_id=run.context_id,
            app=run.app,
            seal=mint.seal,
        )


def times(strokes: list[Stroke], mint: Mint, *, exact: bool) -> list[int]:
    """Microseconds since the session's start, never falling."""
    real = [mint.t_us(stroke.t_ns) for stroke in strokes]
    coarse = [floor_to(t_us, TENTH_US) for t_us in real]
    masked = [stroke.mask is not None for stroke in strokes]
    found = [
        at
        if exact and not strokes[number].beside_lost and not any(masked[max(0, number - NEAR) : number + NEAR + 1])
        else rounded
        for number, (at, rounded) in enumerate(zip(real, coarse, strict=True))
    ]
    start = 0
    while start < len(strokes):
        end = start + 1
        while masked[start] and end < len(strokes) and masked[end]:
            end += 1
        if masked[start]:
            found[start:end] = _spread(coarse[start], coarse[end - 1], end - start)
        start = end
    return found


def _spread(first_us: int, last_us: int, count: int) -> list[int]:
    """`count` times at even distances, each on the grid."""
    steps = max(1, count - 1)
    return [floor_to(first_us + (last_us - first_us) * number // steps, TENTH_US) for number in range(count)]
