"""What pynput says of a key -> X key name, character, modifier: the recorder's own words for keys."""

from typing import Any

from recorder.model.raw import Mods

UNKNOWN_KEYCODE = 0  # evdev's KEY_RESERVED: pynput does not tell which key of the keyboard it was

# pynput's name of a special key -> its X name.
X_NAMES = {
    "alt": "Alt_L",
    "alt_l": "Alt_L",
    "alt_r": "Alt_R",
    "alt_gr": "ISO_Level3_Shift",
    "backspace": "BackSpace",
    "caps_lock": "Caps_Lock",
    "cmd": "Super_L",
    "cmd_l": "Super_L",
    "cmd_r": "Super_R",
    "ctrl": "Control_L",
    "ctrl_l": "Control_L",
    "ctrl_r": "Control_R",
    "delete": "Delete",
    "down": "Down",
    "end": "End",
    "enter": "Return",
    "esc": "Escape",
    "home": "Home",
    "insert": "Insert",
    "left": "Left",
    "menu": "Menu",
    "num_lock": "Num_Lock",
    "page_down": "Next",
    "page_up": "Prior",
    "pause": "Pause",
    "print_screen": "Print",
    "right": "Right",
    "scroll_lock": "Scroll_Lock",
    "shift": "Shift_L",
    "shift_l": "Shift_L",
    "shift_r": "Shift_R",
    "space": "space",
    "tab": "Tab",
    "up": "Up",
    **{f"f{n}": f"F{n}" for n in range(1, 25)},
}
_HELD = {
    "Alt_L": Mods.ALT,
    "Alt_R": Mods.ALT,
    "ISO_Level3_Shift": Mods.ALTGR,
    "Super_L": Mods.SUPER,
    "Super_R": Mods.SUPER,
    "Control_L": Mods.CTRL,
    "Control_R": Mods.CTRL,
    "Shift_L": Mods.SHIFT,
    "Shift_R": Mods.SHIFT,
}


def read_key(key: Any) -> tuple[str, str | None]:
    """(X name, character) of a `pynput.keyboard.Key`, a `KeyCode`, or None.

    A key that pynput can't name is `NoSymbol` with a replacement character: it may well be text.
    """
    if key is None:
        return "NoSymbol", "\N{REPLACEMENT CHARACTER}"
    if (name := getattr(key, "name", None)) is not None:
        return X_NAMES.get(name, f"pynput_{name}"), " " if name == "space" else None
    if key.is_dead:
        return "dead_key", None
    text: str | None = key.char
    if not text:
        return "NoSymbol", "\N{REPLACEMENT CHARACTER}"
    if len(text) == 1 and ord(text) < 0x20:  # Windows and macOS give Ctrl+C as a control character
        text = chr(ord(text) + 0x60)
    return (text if text.isascii() and text.isalnum() else f"U{ord(text[0]):04X}"), text


class HeldModifiers:
    """Which modifier keys are down, by their own events: pynput reports no state. Locks are not known."""

    def __init__(self) -> None:
        self._down: set[str] = set()

    def before(self, name: str, *, pressed: bool) -> Mods:
        """The modifiers at the moment of this key event, not counting what it changes itself."""
        mods = self.now()
        if name in _HELD:
            (self._down.add if pressed else self._down.discard)(name)
        return mods

    def now(self) -> Mods:
        """The modifiers that are down."""
        mods = Mods.NONE
        for name in self._down:
            mods |= _HELD[name]
        return mods
