"""The nouns of a text run: one key event of it, and one character that its events made."""

import unicodedata

from recorder.model.raw import Mods, RawKey
from recorder.model.redacted import KeyClass

REMOVED = "removed"  # the category of what was typed and taken away again
LOST = "secret"  # of what may have been typed into something else
NEAR = 2  # key events beside one that is masked or lost: they lose their precise time
_COMMANDS = Mods.CTRL | Mods.ALT | Mods.SUPER


class Stroke:
    """A key that went down, repeated or came up. `mask` is the category as which it is masked, None while it is not.
    `lost`: it went to a secret element, or nobody can tell where, and it has no row at all."""

    __slots__ = ("beside_lost", "char", "injected", "key_class", "lost", "mask", "of", "pressed", "t_ns")

    def __init__(self, key: RawKey, key_class: KeyClass, char: str | None = None) -> None:
        self.t_ns, self.pressed, self.injected = key.t_ns, key.pressed, key.injected
        self.key_class, self.char = key_class, char
        self.mask: str | None = None
        self.lost = self.beside_lost = False
        # Of a keyup its keydown and the repeats of that.
        self.of: list[Stroke] = []


class Glyph:
    """One character of a run and the keydowns that made it. `gone`: it was taken away again."""

    __slots__ = ("char", "gone", "mask", "strokes")

    def __init__(self, char: str, *strokes: Stroke) -> None:
        self.char, self.strokes = char, list(strokes)
        self.gone = False
        self.mask: str | None = None

    @property
    def hidden_as(self) -> str | None:
        """The category as which it is masked. What was taken away again is masked whatever it was."""
        return self.mask or (REMOVED if self.gone else None)


def blank() -> Glyph:
    """A separator that nobody typed."""
    return Glyph(" ")


def char_of(key: RawKey) -> str | None:
    """The one character that the key makes as text; None for commands, named keys and whatever can't be judged."""
    text = key.text
    if text is None or len(text) != 1 or not text.isprintable():
        return None
    return None if key.mods & _COMMANDS and not key.mods & Mods.ALTGR else text


def class_of(char: str) -> KeyClass:
    """Letter, digit, space or punctuation, in any script (Unicode 16.0, section 4.5, general category)."""
    if char.isspace():
        return KeyClass.SPACE
    match unicodedata.category(char)[0]:
        case "L" | "M":
            return KeyClass.LETTER
        case "N":
            return KeyClass.DIGIT
        case _:
            return KeyClass.PUNCTUATION
