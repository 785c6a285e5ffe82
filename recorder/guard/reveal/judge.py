"""Two readings of a line and its ink in, the words that may be shown out. Doubt always means masked.

A reader errs: a secret read as a harmless word would be shown. So a word is shown only when two readings of different
pictures agree on its text and its place, both are sure, every stroke in its rectangle belongs to it, its strokes have
the outline that its letters have, and a clear gap parts it from everything that stays masked.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import numpy as np

from recorder.guard.reveal.ink import Ink, Run
from recorder.guard.reveal.reader import ReadWord
from recorder.guard.reveal.widths import misfits
from recorder.guard.text import Span

SUREST = 0.92  # a reader's confidence, below which a word is not taken for read
GRID_PX = 32  # a masked stretch is as wide as a multiple of this, so that its width tells little about what is in it
_GAP_PX, _GAP_SHARE = 3, 0.16  # between words: at least this many pixels, and this share of the line's height
# A blank beside something masked is at least so wide: in usual blanks of its line, which are no wider than so many
# letters; and, in letters, at a mark or figure, which stands free within an address when all letters have one width.
_BLANK, _WIDEST_BLANK, _BLANK_AT_MARK = 0.6, 1.2, 0.65
_LETTER = 0.5  # its width in heights of the line, where nothing was read
_PLAIN = re.compile(r"[A-Za-z0-9'’\"“”()\[\].,:;!?%/&+#_=<>*$@…–—|-]+")
_MOST_DIGITS = 3  # of a number that may be shown
_NARROWEST, _WIDEST = 0.12, 1.6  # a letter, in heights of its line: from `i` between tall ones to `m` among low ones
_SIGNS = frozenset(("=", "==", "!=", "+", "-", "–", "—", "&", "/", "*", "<", ">", "->", "=>"))  # that stand alone
_NO_LETTER = re.compile(r"[^A-Za-z0-9]")
_SHORT = 2  # letters

Detect = Callable[[str], list[Span]]


class Word(NamedTuple):
    """A word that was read, on the runs of ink `first` to `last` (half open); `passed`: nothing speaks against it."""

    text: str
    first: int
    last: int
    passed: bool


class Place(NamedTuple):
    """Where a word stands, columns `left` to `right` (half open): all that is kept of it."""

    left: int
    right: int
    shown: bool
    frail: bool  # hidden beside something hidden: few letters, digits, or a capital within the line
    hangs: bool = False  # hidden with the one before it, and that one with it: what parts them may be no blank


def judge(ink: Ink, readings: Sequence[Sequence[ReadWord]], detect: Detect) -> tuple[list[Word], list[Place]]:
    """The words of a line, left to right, and their places; together they hold every run of ink.

    `readings`: in columns of the crop. Runs that no reading explains are words without text, and masked.
    """
    placed = [_placed(ink.runs, reading) for reading in readings]
    agreed = set.intersection(*(_harmless(words, detect) for words in placed))
    words = [word._replace(passed=word[:3] in agreed and _is_sound(word, ink)) for word in placed[0]]
    words = _without_misfits(words, ink.runs)
    words = _without_rows_of_numbers(_filled_up(words, len(ink.runs)))
    height = ink.grey.shape[0]
    places = _with_hanging([_place(word, ink.runs) for word in words], words, height)
    return words, without_risky_neighbours(places, height)


def _placed(runs: Sequence[Run], reading: Sequence[ReadWord]) -> list[Word]:
    """The words of a reading on the runs whose middle they hold; `passed` when the reader is sure."""
    words: list[Word] = []
    at = 0
    for word in reading:
        while at < len(runs) and runs[at].left + runs[at].right < 2 * word.left:
            at += 1
        first = at
        while at < len(runs) and runs[at].left + runs[at].right <= 2 * word.right:
            at += 1
        if at > first:
            words.append(Word(word.text, first, at, word.confidence >= SUREST))
    return words


def _harmless(words: Sequence[Word], detect: Detect) -> set[tuple[str, int, int]]:
    """The words that were surely read and of which no character is masked where they stand in their line."""
    text = " ".join(word.text for word in words)
    taken = np.zeros(len(text) + 1, np.bool_)
    for span in detect(text):
        taken[span.start : span.end] = True
    harmless: set[tuple[str, int, int]] = set()
    at = 0
    for word in words:
        if word.passed and not taken[at : at + len(word.text)].any():
            harmless.add((word.text, word.first, word.last))
        at += len(word.text) + 1
    return harmless


def _is_sound(word: Word, ink: Ink) -> bool:
    """Whether the word is of plain letters, holds no long number, and its strokes are all there is."""
    letters = _NO_LETTER.sub("", word.text)
    if not _PLAIN.fullmatch(word.text) or not (letters or word.text in _SIGNS):
        return False
    if sum(letter.isdigit() for letter in letters) > _MOST_DIGITS:
        return False
    runs = ink.runs[word.first : word.last]
    per_letter = (runs[-1].right - runs[0].left) / len(word.text) / ink.grey.shape[0]
    return _NARROWEST <= per_letter <= _WIDEST and all(run.explained for run in runs)


def _filled_up(words: list[Word], count: int) -> list[Word]:
    """The same words, and a masked one for every run that none of them holds."""
    line: list[Word] = []
    at = 0
    for word in [*words, Word("", count, count, False)]:
        line += [Word("", run, run + 1, False) for run in range(at, word.first)]
        if word.last > word.first:
            line.append(word)
        at = max(at, word.last)
    return line


def _without_misfits(words: list[Word], runs: Sequence[Run]) -> list[Word]:
    """Words that are not as wide as their letters are no such words."""
    off = misfits([(word.text, runs[word.last - 1].right - runs[word.first].left) for word in words])
    return [word._replace(passed=word.passed and not misfit) for word, misfit in zip(words, off, strict=True)]


def _without_rows_of_numbers(words: list[Word]) -> list[Word]:
    """Of numbers side by side none is shown: together they may be one."""
    has = [False, *(any(map(str.isdigit, word.text)) for word in words), False]
    return [
        word._replace(passed=word.passed and not (has[at + 1] and (has[at] or has[at + 2])))
        for at, word in enumerate(words)
    ]


def _place(word: Word, runs: Sequence[Run]) -> Place:
    letters = _NO_LETTER.sub("", word.text)
    frail = len(letters) <= _SHORT or any(map(str.isdigit, letters)) or (word.first > 0 and letters[:1].isupper())
    return Place(runs[word.first].left, runs[word.last - 1].right, word.passed, frail)


def _with_hanging(places: list[Place], words: Sequence[Word], height: int) -> list[Place]:
    """A reader cuts an address or a path at its marks, and what is cut off may be a harmless word by itself."""
    read = [(len(word.text), place.right - place.left) for word, place in zip(words, places, strict=True) if word.text]
    letters, wide = (sum(figures) for figures in zip(*read, strict=True)) if read else (1, _LETTER * height)
    letter = wide / letters
    gaps = [right.left - left.right for left, right in pairwise(places)]
    usual = min(median(gaps), _WIDEST_BLANK * letter) if gaps else 0
    for at, gap in enumerate(gaps):
        at_mark = not (words[at].text[-1:].isalpha() and words[at + 1].text[:1].isalpha())
        blank = max(_BLANK * usual, _BLANK_AT_MARK * letter if at_mark else 0)
        places[at + 1] = places[at + 1]._replace(hangs=gap < blank)
    return places


def without_risky_neighbours(places: Sequence[Place], height: int) -> list[Place]:
    """A word must stand clear of its neighbours, and frail ones are not shown beside something masked."""
    line = list(places)
    least = max(_GAP_PX, round(_GAP_SHARE * height))
    changed = True
    while changed:
        changed = False
        for at, place in enumerate(line):
            # Each neighbour, and the right one of the two.
            before = [(place, other) for other in line[max(0, at - 1) : at]]
            after = [(other, other) for other in line[at + 1 : at + 2]]
            if place.shown and any(_taints(place, other, right.hangs, least) for right, other in before + after):
                line[at] = place._replace(shown=False)
                changed = True
    return line


def _taints(place: Place, other: Place, hanging: bool, least: int) -> bool:
    # Without a gap two words may be one, or cut at the wrong place.
    too_near = max(place.left, other.left) - min(place.right, other.right) < least
    return too_near or ((place.frail or hanging) and not other.shown)


def columns(places: Sequence[Place], width: int) -> tuple[tuple[int, int], ...]:
    """The columns (half open) that are shown, left to right, neighbours joined; `width` of the line.

    A masked stretch goes on to the right until it is a multiple of 32 px wide: over the beginning of the next word,
    or over all of it when less than half would be left.
    """
    shown: list[tuple[int, int]] = []
    hidden_from: int | None = None
    hidden_to = 0
    for place in places:
        if hidden_from is None:
            hidden_from, joins = (None, True) if place.shown else (place.left, False)
        else:
            joins = False
        if not place.shown or (hidden_from is not None and 2 * hidden_to > place.left + place.right):
            start = place.left if hidden_from is None else hidden_from
            hidden_from, hidden_to = start, start + -(-(place.right - start) // GRID_PX) * GRID_PX
        elif joins and shown:
            shown[-1] = (shown[-1][0], min(width, place.right + 1))
        else:
            shown.append((max(0, place.left - 1, hidden_to), min(width, place.right + 1)))
            hidden_from = None
    return tuple(shown)
