"""What counts as text, and what may be stored by name."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.keys import SHORTCUTS, classify, edits
from recorder.guard.states import KeySignal
from recorder.model.raw import Mods
from tests.guard.scene import key

NAVIGATION = ["Return", "Tab", "Escape", "Left", "Right", "Up", "Down", "Home", "End", "Prior", "Next", "F1", "F12"]
PRINTABLE = [*string.ascii_letters, *string.digits, "at", "exclam", "EuroSign", "ssharp", "KP_1", "space", "dead_acute"]


@pytest.mark.parametrize("keysym", [*NAVIGATION, "Insert", "KP_Enter", "ISO_Left_Tab"])
def test_navigation_keys_are_actions_under_their_own_name(keysym: str) -> None:
    assert classify(key(0, keysym)) == (KeySignal.ACTION, keysym)


@pytest.mark.parametrize(
    ("keysym", "mods", "name"),
    [
        ("c", Mods.CTRL, "ctrl+c"),
        ("C", Mods.CTRL | Mods.CAPS, "ctrl+c"),
        ("Z", Mods.CTRL | Mods.SHIFT, "ctrl+shift+z"),
        ("Left", Mods.CTRL | Mods.SHIFT, "ctrl+shift+Left"),
        ("F4", Mods.ALT, "alt+F4"),
        ("BackSpace", Mods.CTRL, "ctrl+BackSpace"),
        ("s", Mods.CTRL | Mods.NUM, "ctrl+s"),
    ],
)
def test_listed_combinations_are_actions(keysym: str, mods: Mods, name: str) -> None:
    assert classify(key(0, keysym, mods=mods)) == (KeySignal.ACTION, name)


@pytest.mark.parametrize("keysym", PRINTABLE)
@pytest.mark.parametrize("mods", [Mods.NONE, Mods.SHIFT, Mods.ALTGR, Mods.SHIFT | Mods.ALTGR, Mods.CAPS, Mods.NUM])
def test_printable_keys_are_text_with_shift_and_altgr_too(keysym: str, mods: Mods) -> None:
    assert classify(key(0, keysym, mods=mods)) == (KeySignal.TEXT, None)


def test_altgr_as_windows_sends_it_is_text() -> None:
    assert classify(key(0, "at", mods=Mods.CTRL | Mods.ALT | Mods.ALTGR)) == (KeySignal.TEXT, None)


@pytest.mark.parametrize("keysym", ["BackSpace", "Delete", "KP_Delete"])
def test_deleting_is_part_of_the_text(keysym: str) -> None:
    assert classify(key(0, keysym)) == (KeySignal.TEXT, None)
    assert edits(key(0, keysym))


def test_bare_modifiers_are_told_apart() -> None:
    assert classify(key(0, "Shift_L"))[0] is KeySignal.MODIFIER
    assert classify(key(0, "ISO_Level3_Shift"))[0] is KeySignal.MODIFIER
    assert classify(key(0, "Control_L")) == (KeySignal.CHORD, "Control_L")


@given(
    keysym=st.text(max_size=12).filter(lambda name: name not in NAVIGATION),
    mods=st.sampled_from([Mods.NONE, Mods.CTRL, Mods.ALT, Mods.SUPER, Mods.CTRL | Mods.SHIFT, Mods.SHIFT]),
)
def test_a_key_on_no_list_never_gets_a_name(keysym: str, mods: Mods) -> None:
    signal, name = classify(key(0, keysym, mods=mods))

    assert signal is KeySignal.TEXT or name in SHORTCUTS or keysym not in PRINTABLE
    assert signal is not KeySignal.TEXT or name is None
