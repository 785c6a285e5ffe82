"""Pieces cover the text, none is long, and neighbours in a long line share enough."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.text.split import PIECE, SHARED, pieces

LONG = st.lists(st.sampled_from(["word ", "\n", "x" * 70, "a b c ", "9" * 200]), max_size=60).map("".join)


@given(LONG)
def test_pieces_cover_the_text(text: str) -> None:
    found = list(pieces(text))
    covered = {at for start, piece in found for at in range(start, start + len(piece))}

    assert covered == set(range(len(text)))
    assert all(text[start : start + len(piece)] == piece and len(piece) <= PIECE for start, piece in found)


@given(LONG)
def test_pieces_of_one_line_share_128_characters(text: str) -> None:
    for (start, piece), (following, _) in pairwise(pieces(text)):
        assert following > start
        assert piece.endswith("\n") or start + len(piece) - following >= SHARED
