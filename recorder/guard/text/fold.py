"""Any text in, a text of the same length out in which every digit is an ASCII digit and nothing odd looks harmless.

Positions stay the same, so what is found in the folded text is masked in the original one.
"""

import unicodedata

# Stands for a character that no word on any list has: what contains it is an unknown word.
ODD = "ƺ"
# A dash between clauses is no hyphen: it parts words, and still lies between the digits of one number.
_QUOTES = {0x2014: ";", 0x2015: ";", 0x2019: "'", 0x2018: "'", 0x02BC: "'", 0xFF07: "'"}
_DASHES = frozenset((0x2010, 0x2011, 0x2012, 0x2013, 0x2212, 0xFE58, 0x30FB, 0xFE63, 0xFF0D))


class _Table(dict[int, str]):
    """Filled as characters come up; there are not more than Unicode has."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(code)
        return folded


def _fold(code: int) -> str:
    character = chr(code)
    if code in _DASHES:
        return "-"
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    wide = unicodedata.normalize("NFKC", character)
    if len(wide) == 1 and wide.isascii():
        return wide
    kind = unicodedata.category(character)
    if kind.startswith("Z"):
        return " "
    if kind[0] in "LN":
        return character if character.isalnum() else ODD
    return character if kind[0] == "P" or (kind[0] == "S" and not _spells(code)) else ODD


def _spells(code: int) -> bool:
    """Symbols that can spell words: Braille, enclosed letters, regional indicators."""
    return 0x2800 <= code <= 0x28FF or 0x1F100 <= code <= 0x1F1FF


_table = _Table((code, chr(code)) for code in range(128))
_table.update(_QUOTES)
_table.update(dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127), " "))


def fold(text: str) -> str:
    """Combining marks, zero-width, private and unassigned characters become `ODD`; separators a blank."""
    return text if text.isascii() and text.isprintable() else text.translate(_table)
