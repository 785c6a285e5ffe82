"""A long text in, pieces of at most 512 characters out, so that no pattern can cost more than one piece is worth.

Pieces end at line ends where they can. A line that is longer is cut where two pieces share 128 characters: what is
found is shorter than that (see `WIDEST`), so each find lies in one piece as a whole.
"""

from collections.abc import Iterator

PIECE, SHARED = 512, 128
WIDEST = SHARED  # no pattern may match more characters than this, unless every part of the match is masked alone


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """(where it starts, the piece); together they cover the text."""
    start = 0
    while len(text) - start > PIECE:
        newline = text.rfind("\n", start, start + PIECE)
        if newline >= start:
            yield start, text[start : newline + 1]
            start = newline + 1
        else:
            end = _blank_before(text, start + PIECE)
            yield start, text[start:end]
            start = _blank_before(text, end - SHARED)
    yield start, text[start:]


def _blank_before(text: str, end: int) -> int:
    """The last place at or before `end` where a word ends; `end` itself when the word is longer than 64."""
    blank = text.rfind(" ", end - 64, end)
    return end if blank < 0 else blank
