"""Hands on a keyboard: characters in, raw key events out, each with what it belongs to. Times in microseconds."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from recorder.model.raw import Mods, RawEvent, RawKey
from tests.guard.keyfuzz.texts import Value


class Meant(Enum):
    """What a key event is part of."""

    VALUE = "value"
    SECRET = "secret"  # typed into a password field
    PROSE = "prose"
    OTHER = "other"  # edits, moves, shortcuts: show no character


@dataclass(frozen=True, slots=True)
class Truth:
    """`place`: which character of the value it makes; None for slips and modifiers."""

    meant: Meant
    value: Value | None = None
    place: int | None = None
    where: str = ""  # the element that really has the keyboard

    @property
    def sensitive(self) -> bool:
        return self.meant in (Meant.VALUE, Meant.SECRET)


@dataclass(frozen=True, slots=True)
class Happening:
    """One raw event and its truth; not a key: no truth."""

    raw: RawEvent
    truth: Truth | None


_PLAIN = "`1234567890-=qwertyuiop[]asdfghjkl;'\\zxcvbnm,./ "
_SHIFTED = '~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"|ZXCVBNM<>? '
_CODES = (41, *range(2, 14), *range(16, 28), *range(30, 41), 43, *range(44, 54), 57)
_MARKS = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_MARK_NAMES = (
    "space exclam quotedbl numbersign dollar percent ampersand apostrophe parenleft parenright asterisk plus comma "
    "minus period slash colon semicolon less equal greater question at bracketleft backslash bracketright asciicircum "
    "underscore grave braceleft bar braceright asciitilde"
)
_NAMES = dict(zip(_MARKS, _MARK_NAMES.split(), strict=True))
_KEYCODES = dict(zip(_PLAIN, _CODES, strict=True)) | dict(zip(_SHIFTED, _CODES, strict=True))
_NAMED_CODES = {
    **{"BackSpace": 14, "Tab": 15, "Return": 28, "Control_L": 29, "Shift_L": 42, "Alt_L": 56, "Caps_Lock": 58},
    **{"ISO_Level3_Shift": 100, "Home": 102, "Up": 103, "Left": 105, "Right": 106, "End": 107, "Down": 108},
    **{"Delete": 111, "dead_acute": 26, "dead_diaeresis": 40, "dead_grave": 27, "dead_circumflex": 43},
}
_KEYPAD_CODES = dict(zip("7894561230.", (71, 72, 73, 75, 76, 77, 79, 80, 81, 82, 83), strict=True))
_DEAD = dict(zip("áéíóúàèäöüê", "aeiouaeaoue", strict=True))
_DEAD_NAMES = {
    **dict.fromkeys("áéíóú", "dead_acute"),
    **dict.fromkeys("àè", "dead_grave"),
    **dict.fromkeys("äöü", "dead_diaeresis"),
    "ê": "dead_circumflex",
}
_ALTGR = frozenset("@[]{}\\|~€#")


@dataclass(slots=True)
class Pace:
    """How somebody types. `gap`, `dwell` in milliseconds; a dwell longer than the gap rolls over into the next key."""

    gap: tuple[float, float]
    dwell: tuple[float, float]


PACES = (
    Pace((90, 220), (40, 90)),
    Pace((50, 120), (40, 160)),  # fast, rolls over
    Pace((18, 45), (25, 70)),  # faster than most people
    Pace((250, 900), (60, 140)),  # two fingers
    Pace((4, 9), (2, 4)),  # a program that types
)


class Hands:
    """Puts key events on a time line. `t_us` is when the next key goes down."""

    def __init__(self, draw: random.Random, t_us: int = 1_000_000) -> None:
        self._draw = draw
        self.t_us = t_us
        self.pace = draw.choice(PACES)
        self.caps = False
        self.altgr = draw.random() < 0.3
        self.dead = draw.random() < 0.5
        self.keypad = draw.random() < 0.3
        self._free_us: dict[int, int] = {}  # when a key is up again
        self._taken: set[int] = set()
        self._made: list[tuple[int, Happening]] = []

    def happenings(self) -> list[Happening]:
        """In the order of time; no two at the same microsecond, none on a tenth of a second."""
        return [happening for _, happening in sorted(self._made, key=lambda one: one[0])]

    def wait(self, ms: float) -> None:
        self.t_us += round(ms * 1000)

    def at(self, t_us: int) -> int:
        """A free microsecond at or after `t_us`."""
        while t_us in self._taken or t_us % 100_000 == 0:
            t_us += 1
        self._taken.add(t_us)
        return t_us

    def put(self, t_us: int, raw: RawEvent, truth: Truth | None = None) -> None:
        """An event whose `t_ns` came from `at`."""
        self._made.append((t_us, Happening(raw, truth)))

    def char(self, character: str, truth: Truth) -> None:
        """All the key events that make one character."""
        modifier = self._modifier(character)
        if character in _DEAD and self.dead and not self.caps:
            self.tap(_DEAD_NAMES[character], None, truth)
            self.tap(_DEAD[character], _DEAD[character], truth)
        elif self.keypad and character in _KEYPAD_CODES:
            name = "KP_Decimal" if character == "." else f"KP_{character}"
            self.tap(name, character, truth, code=_KEYPAD_CODES[character], mods=Mods.NUM)
        elif modifier is None:
            self.tap(_NAMES.get(character, character), character, truth, code=_code(character))
        else:
            mods = Mods.ALTGR if modifier == "ISO_Level3_Shift" else Mods.SHIFT
            self.chord(modifier, mods, _NAMES.get(character, character), character, truth, code=_code(character))

    def _modifier(self, character: str) -> str | None:
        if self.altgr and character in _ALTGR:
            return "ISO_Level3_Shift"
        upper = character.isalpha() and character != character.lower()
        if character.isalpha():
            return "Shift_L" if upper is not self.caps and character.lower() != character.upper() else None
        return "Shift_L" if character in _SHIFTED and character != " " else None

    def chord(
        self, modifier: str, mods: Mods, name: str, text: str | None, truth: Truth, *, code: int | None = None
    ) -> None:
        """A key while a modifier is down; the modifier belongs to the same thing."""
        held = Truth(truth.meant, truth.value, None, truth.where)
        down = self._down(modifier, None, held, _NAMED_CODES[modifier], Mods.NONE)
        self.t_us = down + self._draw.randint(4_000, 40_000)
        up = self.tap(name, text, truth, code=code, mods=mods)
        self._up(modifier, None, held, _NAMED_CODES[modifier], max(up, self.t_us) - 2_000, mods)
        self.t_us = max(self.t_us, up + 1_000)

    def tap(
        self,
        name: str,
        text: str | None,
        truth: Truth,
        *,
        code: int | None = None,
        mods: Mods = Mods.NONE,
        repeats: int = 0,
    ) -> int:
        """Down, perhaps repeats, up. Returns when it is up."""
        code = code or _NAMED_CODES.get(name) or _code(text or name)
        mods |= Mods.CAPS if self.caps else Mods.NONE
        down = self._down(name, text, truth, code, mods)
        last = down
        for _ in range(repeats):
            last = self._down(name, text, truth, code, mods, repeat=True, t_us=last + 33_000)
        up = self._up(name, text, truth, code, last + round(1000 * self._draw.uniform(*self.pace.dwell)), mods)
        self.t_us = last + round(1000 * self._draw.uniform(*self.pace.gap))
        return up

    def _down(
        self,
        name: str,
        text: str | None,
        truth: Truth,
        code: int,
        mods: Mods,
        *,
        repeat: bool = False,
        t_us: int | None = None,
    ) -> int:
        t_us = self.at(max(self.t_us if t_us is None else t_us, self._free_us.get(code, 0) + 1_000))
        self.put(t_us, _key(t_us, name, text, code, mods, pressed=True, repeat=repeat), truth)
        return t_us

    def _up(self, name: str, text: str | None, truth: Truth, code: int, t_us: int, mods: Mods) -> int:
        t_us = self.at(t_us)
        self._free_us[code] = t_us
        self.put(t_us, _key(t_us, name, text, code, mods, pressed=False), truth)
        return t_us

    def toggle_caps(self, truth: Truth) -> None:
        self.tap("Caps_Lock", None, truth)
        self.caps = not self.caps


def _key(
    t_us: int, name: str, text: str | None, code: int, mods: Mods, *, pressed: bool, repeat: bool = False
) -> RawKey:
    return RawKey(
        t_ns=t_us * 1000,
        keycode=code,
        keysym=name,
        text=text,
        pressed=pressed,
        mods=mods,
        injected=False,
        repeat=repeat,
    )


def _code(character: str) -> int:
    known = _KEYCODES.get(character) or _KEYCODES.get(character.lower())
    return known or 120 + ord(character[0]) % 100


def keys(happenings: list[Happening]) -> Iterator[tuple[RawKey, Truth]]:
    """The key events among them."""
    for happening in happenings:
        if isinstance(happening.raw, RawKey) and happening.truth is not None:
            yield happening.raw, happening.truth
