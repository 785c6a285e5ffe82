"""The texts in which a sitting is looked through: each shows a value that the others may hide.

The edited text, what stood there before each deletion, everything in the order of time, segments and runs put together,
the digits alone.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import NamedTuple

from recorder.guard.typed.round_off import words_between
from recorder.guard.typed.run import TypedRun
from recorder.guard.typed.sitting import Sitting
from recorder.guard.typed.stroke import Glyph, blank

AROUND = 48  # characters beside a deletion that its snapshot is looked through with
DIGITS = 9
SPELLED = 4


class View(NamedTuple):
    """Characters in some order. `seams`: None where the view is a text of its own; else the places where two were put
    together: there alone it counts that a word is not known, for any two words make one that nobody knows."""

    glyphs: list[Glyph]
    seams: tuple[int, ...] | None = None

    @property
    def text(self) -> str:
        return "".join([glyph.char for glyph in self.glyphs])


def views(sitting: Sitting) -> Iterator[View]:
    """All of them, those that name things best first."""
    for run in sitting.runs:
        yield from _of_run(run, sitting.before.get(run.field.place, []))
    yield from _of_windows(sitting.runs)
    yield _in_time(sitting)
    yield View(sitting.chron, ())


def edited(run: TypedRun) -> Iterator[list[Glyph]]:
    """The segments of the text as it was left."""
    return (segment for segment in run.draft.segments if segment)


def _of_run(run: TypedRun, before: list[Glyph]) -> Iterator[View]:
    segments = list(edited(run))
    for segment in segments:
        yield View(segment)
        yield from _unglued(segment)
        if any(glyph.char == "\n" for glyph in segment):
            yield View([blank() if glyph.char == "\n" else glyph for glyph in segment])
    yield _joined(([before] if before else []) + segments)
    yield View(_spaced(segments))
    for snap in run.draft.snaps:
        yield View(snap.glyphs[max(0, snap.start - AROUND) : snap.end + AROUND])
    yield View(run.draft.chron, ())


def spelled(segment: list[Glyph]) -> Iterator[list[Glyph]]:
    """What was typed with a blank after each character, with the blanks."""
    words = list(words_between(segment, str.isspace))
    for is_single, group in groupby(words, key=lambda word: word[1] - word[0] == 1):
        singles = list(group)
        letters = sum(segment[start].char.isalnum() for start, _ in singles)
        if is_single and letters >= SPELLED:
            yield segment[singles[0][0] : singles[-1][1]]


def _unglued(segment: list[Glyph]) -> Iterator[View]:
    """Words that were typed without the blank between them, apart: where a capital or a digit follows a small letter,
    or a letter a digit."""
    apart: list[Glyph] = []
    for before, glyph in pairwise((blank(), *segment)):
        left, right = before.char, glyph.char
        if (left.islower() and (right.isupper() or right.isdigit())) or (left.isdigit() and right.isalpha()):
            apart.append(blank())
        apart.append(glyph)
    if len(apart) > len(segment):
        yield View(apart)


def _of_windows(runs: Iterable[TypedRun]) -> Iterator[View]:
    """The fields of a window one after another: names and numbers are asked for in parts."""
    by_window: dict[int, list[list[Glyph]]] = {}
    for run in runs:
        by_window.setdefault(run.field.window, []).extend(edited(run))
    for texts in by_window.values():
        if len(texts) > 1:
            yield View(_spaced(texts))
            yield View([glyph for text in texts for glyph in text], ())


def _in_time(sitting: Sitting) -> View:
    """What was left standing, as it was typed, after the end of the sitting before."""
    glyphs = list(sitting.before.get(None, ()))
    seams = [len(glyphs)]
    due = False
    for glyph in sitting.chron:
        due = due or glyph in sitting.seams
        if not glyph.gone:
            seams += [len(glyphs)] if due else []
            due = False
            glyphs.append(glyph)
    return View(glyphs, tuple(seams))


def _joined(texts: list[list[Glyph]]) -> View:
    glyphs: list[Glyph] = []
    seams = []
    for text in texts:
        seams.append(len(glyphs))
        glyphs += text
    return View(glyphs, tuple(seams))


def _spaced(texts: list[list[Glyph]]) -> list[Glyph]:
    return [glyph for text in texts for glyph in (*text, blank())]


def digits(chron: Iterable[Glyph]) -> Iterator[list[Glyph]]:
    """At least nine digits with nothing but marks, blanks and what was taken away again between them."""
    found: list[Glyph] = []
    for glyph in chron:
        if glyph.char.isdigit():
            found.append(glyph)
        elif glyph.char.isalnum() and not glyph.gone:
            if len(found) >= DIGITS:
                yield found
            found = []
    if len(found) >= DIGITS:
        yield found
