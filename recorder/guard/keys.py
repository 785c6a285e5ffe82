"""What kind of key it is, from fixed lists: what stands on none of them is text and is never stored by name."""

from recorder.guard.states import KeySignal
from recorder.model.raw import Mods, RawKey


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_NAVIGATION = _names(
    "Return KP_Enter Tab ISO_Left_Tab KP_Tab Escape Left Right Up Down Home End Prior Next Page_Up Page_Down Begin "
    "Insert Menu Print Pause Scroll_Lock KP_Left KP_Right KP_Up KP_Down KP_Home KP_End KP_Prior KP_Next KP_Page_Up "
    "KP_Page_Down KP_Begin KP_Insert"
) | {f"F{number}" for number in range(1, 25)}
_EDITING = frozenset(("BackSpace", "Delete", "KP_Delete"))
_OF_TEXT = _names(
    "Shift_L Shift_R Shift_Lock Caps_Lock Num_Lock ISO_Level3_Shift ISO_Level3_Latch ISO_Level3_Lock ISO_Level5_Shift "
    "ISO_Level5_Latch ISO_Level5_Lock Mode_switch ISO_Next_Group ISO_Prev_Group"
)
_CHORD = _names("Control_L Control_R Alt_L Alt_R Meta_L Meta_R Super_L Super_R Hyper_L Hyper_R")

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ZOOM = ("plus", "minus", "equal", "0", "KP_Add", "KP_Subtract", "KP_0")
# Combinations that mean a command in common programs. Anything else that holds a modifier is treated as text.
SHORTCUTS = frozenset(
    [f"ctrl+{letter}" for letter in _LETTERS]
    + [f"ctrl+shift+{letter}" for letter in "abcefgiklmnoprstvwxz"]
    + [
        f"ctrl+{name}"
        for name in (*_ZOOM, *"123456789", "slash", "space", "comma", "period", "bracketleft", "bracketright")
    ]
    + [f"ctrl+shift+{name}" for name in ("plus", "asterisk", "underscore")]
    + [f"alt+{letter}" for letter in "defhitv"]
    + [f"alt+{digit}" for digit in "123456789"]
    + ["alt+space", "ctrl+alt+l", "ctrl+alt+t"]
    + [f"super+{letter}" for letter in "adehilmprstv"]
)
PASTES = frozenset(("ctrl+v", "ctrl+shift+v", "shift+Insert"))

_COMMANDS = Mods.CTRL | Mods.ALT | Mods.SUPER
_PREFIXES = ((Mods.CTRL, "ctrl+"), (Mods.ALT, "alt+"), (Mods.SHIFT, "shift+"), (Mods.SUPER, "super+"))


def classify(key: RawKey) -> tuple[KeySignal, str | None]:
    """What a keydown is, and the name to store it by (`ctrl+c`, `Return`); None for text, which has no stored name.

    Shift and AltGr with a printable key are text, as is AltGr with Ctrl and Alt (Windows sends AltGr as all three).
    """
    keysym = key.keysym
    if keysym in _OF_TEXT:
        return KeySignal.MODIFIER, None
    if keysym in _CHORD:
        return KeySignal.CHORD, keysym
    if keysym in _NAVIGATION:
        return KeySignal.ACTION, _prefix(key.mods) + keysym
    return _combination(key)


def _combination(key: RawKey) -> tuple[KeySignal, str | None]:
    if not key.mods & _COMMANDS or key.mods & Mods.ALTGR:
        return KeySignal.TEXT, None
    if key.keysym in _EDITING:
        return KeySignal.ACTION, _prefix(key.mods) + key.keysym
    # With Shift or Caps Lock the keysym of a letter is the capital: the command is the same.
    base = key.keysym.lower() if len(key.keysym) == 1 else key.keysym
    name = _prefix(key.mods) + base
    return (KeySignal.ACTION, name) if name in SHORTCUTS else (KeySignal.TEXT, None)


def _prefix(mods: Mods) -> str:
    return "".join(text for mod, text in _PREFIXES if mods & mod) if mods else ""


def edits(key: RawKey) -> bool:
    """Whether the key takes text away."""
    return key.keysym in _EDITING
