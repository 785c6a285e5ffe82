"""Keysyms: their X names, and the characters that they make.

Numbers after X11/keysymdef.h: Latin-1 is itself, 0x01000000 + code point is Unicode, and the older alphabets are pages
of 256 whose upper halves are mostly national 8-bit standards that Python knows as codecs. Names come from python-xlib.
"""

import importlib
import unicodedata
from functools import cache

NO_SYMBOL = 0
UNNAMED_CHARACTER = "\N{REPLACEMENT CHARACTER}"  # it does make a character; we can't say which
_UNICODE = 0x0100_0000
_FUNCTION_KEYS = 0xFD00  # from here on: terminal, modifier, dead, cursor, keypad, media keys
_KEYPAD_SPACE = 0xFF80
_KEYPAD_CHARACTERS = frozenset({*range(0xFFAA, 0xFFBA), 0xFFBD})
# The first group that knows a number names it.
_GROUPS = (
    *("miscellany", "xkb", "latin1", "latin2", "latin3", "latin4", "greek", "cyrillic", "arabic", "hebrew", "thai"),
    *("katakana", "korean", "publishing", "special", "technical", "apl", "xk3270", "xf86"),
)
_LATER_NAMES = {0xFE11: "ISO_Level5_Shift", 0xFE12: "ISO_Level5_Latch", 0xFE13: "ISO_Level5_Lock", 0x20AC: "EuroSign"}
_CODECS = {
    **{0x00: "latin1", 0x01: "iso8859_2", 0x02: "iso8859_3", 0x03: "iso8859_4", 0x04: "shift_jis"},
    **{0x05: "iso8859_6", 0x06: "koi8_u", 0x07: "iso8859_7", 0x0C: "iso8859_8", 0x0D: "tis_620", 0x13: "iso8859_15"},
}
# Where the page and the codec differ, from each start on; a blank is no character.
_PATCHES = {
    0x04DE: "゛゜",
    0x06A1: "ђѓёєѕіїјљњћќґўџ№ЂЃЁЄЅІЇЈЉЊЋЌҐЎЏ",
    0x07A1: "ΆΈΉΊΪ ΌΎΫ Ώ  ΅― άέήίϊΐόύϋΰώ",
    0x07D2: "Σ",
    0x07F2: "σς",
}


def text_of(keysym: int) -> str | None:
    """The character that the keysym makes; None for modifiers, dead, control and other named keys.

    A character of a page that is not spelled out here is `UNNAMED_CHARACTER`: never mistaken for a key without text.
    """
    if keysym >= _UNICODE:
        code_point = keysym - _UNICODE
        return chr(code_point) if code_point <= 0x10FFFF and not _is_control(code_point) else None
    if keysym == _KEYPAD_SPACE:
        return " "
    if keysym in _KEYPAD_CHARACTERS:
        return chr(keysym & 0x7F)
    if keysym == NO_SYMBOL or keysym >= _FUNCTION_KEYS:
        return None
    return _legacy(keysym)


def _is_control(code_point: int) -> bool:
    return code_point < 0x20 or 0x7F <= code_point < 0xA0 or 0xD800 <= code_point < 0xE000


def _legacy(keysym: int) -> str | None:
    if 0x20A0 <= keysym <= 0x20AC:
        return chr(keysym)
    page, low = keysym >> 8, keysym & 0xFF
    if page == 0 and _is_control(low):
        return None
    for start, letters in _PATCHES.items():
        if 0 <= keysym - start < len(letters):
            return letters[keysym - start].strip() or None
    try:
        text = bytes((low,)).decode(_CODECS[page]) if page == 0 or low >= 0xA0 else UNNAMED_CHARACTER
    except (KeyError, UnicodeDecodeError):
        return UNNAMED_CHARACTER
    return unicodedata.normalize("NFKC", text) if page == 0x04 else text


def name_of(keysym: int) -> str:
    """Its X name (`Return`, `KP_1`, `odiaeresis`); `U` + hexadecimal for Unicode ones, else the number itself."""
    if keysym == NO_SYMBOL:
        return "NoSymbol"
    if name := _names().get(keysym):
        return name
    return f"U{keysym - _UNICODE:04X}" if keysym >= _UNICODE else f"0x{keysym:x}"


@cache
def _names() -> dict[int, str]:
    names: dict[int, str] = {}
    for group in _GROUPS:
        for name, keysym in vars(importlib.import_module(f"Xlib.keysymdef.{group}")).items():
            if name.startswith("XK_"):
                names.setdefault(keysym, name.removeprefix("XK_").replace("XF86_", "XF86"))
    return _LATER_NAMES | names
