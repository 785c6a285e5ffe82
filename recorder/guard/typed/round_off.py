"""What is masked with its neighbours: the rest of a word, a number beside a name, a particle between two.

Also masked, wherever it stands: a word in which four kinds of characters meet, as in most passwords and in little else,
and what is spelled.
"""

from collections.abc import Callable, Iterator
from itertools import groupby, pairwise

from recorder.guard.typed.stroke import Glyph

MIXED = "token"
_MIXED_LENGTH = 6
_PARTICLE = 3  # letters of "de", "von", "of"
_SPELLED = 5  # letters and digits
_BRIDGE = 4  # characters
_ORDINARY = frozenset(".,;:!?'\"()")
_PARTICLES = 3  # as many may follow each other: "van der", "y de la"

Words = list[tuple[int, int]]


def round_off(segment: list[Glyph]) -> None:
    """Mask in `segment` what is as telling as what is masked beside it."""
    for start, end in words_between(segment, str.isspace):
        if end - start >= _MIXED_LENGTH and _is_mixed("".join(glyph.char for glyph in segment[start:end])):
            put(segment[start:end], MIXED)
    _spelled(segment)
    words = list(words_between(segment, _is_mark))
    for start, end in words:
        put(segment[start:end], _category(segment, start, end))
    _numbers(segment, words)
    bridge(segment)


def put(glyphs: list[Glyph], category: str | None) -> None:
    """Mask those that are not masked yet."""
    for glyph in glyphs:
        glyph.mask = glyph.mask or category


def words_between(segment: list[Glyph], apart: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Where words start and end; `apart` says of a character whether it stands between two."""
    start: int | None = None
    for at, glyph in enumerate(segment):
        if apart(glyph.char):
            if start is not None:
                yield start, at
            start = None
        elif start is None:
            start = at
    if start is not None:
        yield start, len(segment)


def _is_mark(char: str) -> bool:
    return not char.isalnum()


def _is_plain(char: str) -> bool:
    return char.isalnum() or char == "\n"


def _is_mixed(word: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit, _is_mark)
    return all(any(map(kind, word)) for kind in kinds)


def _category(segment: list[Glyph], start: int, end: int) -> str | None:
    return next((glyph.mask for glyph in segment[start:end] if glyph.mask), None)


def _spelled(segment: list[Glyph]) -> None:
    """Five letters or digits and more, each on its own: people spell what no list of words has."""
    words = words_between(segment, str.isspace)
    for is_single, group in groupby(words, key=lambda word: word[1] - word[0] == 1):
        places = [start for start, _ in group]
        if is_single and sum(segment[at].char.isalnum() for at in places) >= _SPELLED:
            put(segment[places[0] : places[-1] + 1], MIXED)


def _numbers(segment: list[Glyph], words: Words) -> None:
    """The number of a house, a day, an extension."""
    for first, second in (*pairwise(words), *pairwise(words[::-1])):
        category = _category(segment, *first)
        if category and any(glyph.char.isdigit() for glyph in segment[slice(*second)]):
            put(segment[slice(*second)], category)


def bridge(glyphs: list[Glyph]) -> None:
    """Short words, marks and blanks between two masked words: how many words a name has is nobody's business. Likewise
    marks that touch a masked word where no sentence has them."""
    _particles(glyphs, list(words_between(glyphs, _is_mark)))
    for start, end in words_between(glyphs, _is_plain):
        before, after = _mask_at(glyphs, start - 1), _mask_at(glyphs, end)
        if end - start <= _BRIDGE and (before or start == 0) and (after or end == len(glyphs)):
            put(glyphs[start:end], before or after)
    for start, end in words_between(glyphs, lambda char: char.isalnum() or char.isspace()):
        category = _mask_at(glyphs, start - 1) or _mask_at(glyphs, end)
        if any(glyph.char not in _ORDINARY for glyph in glyphs[start:end]):
            put(glyphs[start:end], category)


def _mask_at(glyphs: list[Glyph], at: int) -> str | None:
    return glyphs[at].mask if 0 <= at < len(glyphs) else None


def _particles(segment: list[Glyph], words: Words) -> None:
    """Short words between two masked ones."""
    between: Words = []
    category: str | None = None
    for start, end in words:
        found = _category(segment, start, end)
        if found is None:
            between.append((start, end))
            continue
        if category and len(between) <= _PARTICLES and all(e - s <= _PARTICLE for s, e in between):
            for s, e in between:
                put(segment[s:e], category)
        between, category = [], found
