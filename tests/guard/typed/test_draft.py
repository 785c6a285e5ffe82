"""The model of the caret: what keys make of a text, and that nothing that was typed is ever lost to it."""

from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.typed.draft import Draft
from recorder.guard.typed.moves import act
from recorder.guard.typed.stroke import Glyph


def play(*keys: str) -> Draft:
    """Single characters are typed; `<` takes back, `>` deletes on; longer names are actions."""
    draft = Draft()
    for key in keys:
        match key:
            case "<":
                draft.delete_back()
            case ">":
                draft.delete_on()
            case _ if len(key) == 1:
                draft.insert(Glyph(key))
            case _:
                act(draft, key)
    return draft


def texts(draft: Draft) -> list[str]:
    return ["".join(glyph.char for glyph in segment) for segment in draft.segments if segment]


def test_characters_come_in_at_the_caret() -> None:
    assert texts(play(*"ac", "Left", *"b", "End", *"d", "Home", *"0")) == ["0abcd"]


def test_a_value_typed_backwards_reads_forwards() -> None:
    assert texts(play("3", "Left", "2", "Left", "1")) == ["123"]


def test_a_selection_is_replaced_by_what_is_typed() -> None:
    assert texts(play(*"abcd", "shift+Left", "shift+Left", "x")) == ["abx"]
    assert texts(play(*"abcd", "ctrl+a", "x")) == ["x"]


def test_what_was_taken_away_is_gone_and_stands_in_a_snapshot_and_in_the_order_of_time() -> None:
    draft = play(*"abc", "<", "<", *"de", "<")

    assert texts(draft) == ["ad"]
    assert ["".join(glyph.char for glyph in snap.glyphs) for snap in draft.snaps] == ["abc", "ade"]
    assert ["".join(snap.glyphs[at].char for at in range(snap.start, snap.end)) for snap in draft.snaps] == ["bc", "e"]
    assert [(glyph.char, glyph.gone) for glyph in draft.chron] == [
        *(("a", False), ("b", True), ("c", True), ("d", False), ("e", True)),
    ]


def test_delete_takes_what_stands_behind_the_caret() -> None:
    draft = play(*"abc", "Home", ">", ">")

    assert texts(draft) == ["c"]
    assert (draft.snaps[0].start, draft.snaps[0].end) == (0, 2)


def test_after_up_an_undo_or_any_key_that_is_not_known_a_new_segment_begins() -> None:
    for name in ("Up", "Down", "ctrl+z", "ctrl+v", "F5", "ctrl+Left", "Escape"):
        assert texts(play(*"ab", name, *"cd")) == ["ab", "cd"]


def test_a_word_that_a_lost_caret_leaves_is_unfinished_unless_a_blank_ended_it() -> None:
    assert [glyph.char for glyph in play(*"ab", "Down", *"c ", "Up").unfinished] == ["b"]


def test_beyond_the_beginning_stands_what_is_not_known() -> None:
    assert texts(play(*"ab", "Home", "Left", "c")) == ["ab", "c"]


def test_enter_is_a_line_end_and_home_goes_no_further() -> None:
    assert texts(play(*"ab", "Return", *"d", "Home", "c")) == ["ab\ncd"]


KEYS = st.sampled_from(
    [
        *(*"abc 12", "<", ">", "Left", "Right", "Home", "End", "shift+Left", "shift+Right", "ctrl+a", "ctrl+x", "Up"),
        *("Return", "ctrl+BackSpace", "ctrl+Delete", "shift+Home"),
    ]
)


@given(st.lists(KEYS, max_size=60))
def test_every_character_is_either_in_one_segment_or_gone_and_in_a_snapshot(keys: list[str]) -> None:
    draft = play(*keys)

    left = [glyph for segment in draft.segments for glyph in segment]
    assert len(set(left)) == len(left)
    assert {glyph for glyph in draft.chron if not glyph.gone} == set(left)
    shown = {glyph for snap in draft.snaps for glyph in snap.glyphs[snap.start : snap.end]}
    assert {glyph for glyph in draft.chron if glyph.gone} == shown
