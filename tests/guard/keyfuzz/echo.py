"""What applications say while somebody types: where the caret went, and, asked again, what the element is."""

import random
from bisect import bisect
from collections import defaultdict

from recorder.model.raw import Mods, RawCaret, RawEvent, RawFocus, RawKey, RawWindows, Role
from tests.guard.keyfuzz.hands import Hands

NEVER_US = 1 << 60
AGAIN_US, AFTERWARDS_US = 200_000, 1_000_000
MUTE = 0.3  # how many fields tell nothing of their caret


class Text:
    """A field's caret and length, near enough: `press` moves them as most programs do."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.caret = self._length = 0
        self._anchor: int | None = None

    def press(self, key: RawKey) -> bool:
        """Whether the caret moved."""
        before = self.caret
        if key.text is not None and not key.mods & (Mods.CTRL | Mods.ALT):
            self._replace(1)
        elif key.mods & Mods.CTRL:
            self._command(key.keysym)
        else:
            self._edit(key.keysym, selecting=bool(key.mods & Mods.SHIFT))
        return self.caret != before

    def _replace(self, count: int) -> bool:
        """`count` characters in place of the selection. Returns whether there was one."""
        start, end = sorted((self.caret, self.caret if self._anchor is None else self._anchor))
        self._anchor = None
        self.caret, self._length = start + count, self._length - (end - start) + count
        return end > start

    def _edit(self, keysym: str, *, selecting: bool) -> None:
        if keysym in ("BackSpace", "Delete"):
            if not self._replace(0) and (self.caret if keysym == "BackSpace" else self._length - self.caret) > 0:
                self.caret -= keysym == "BackSpace"
                self._length -= 1
            return
        if keysym == "Return":
            self._replace(1)
            return
        to = {"Left": self.caret - 1, "Right": self.caret + 1, "Home": 0, "End": self._length}.get(keysym)
        if to is not None:
            self._anchor = (self.caret if self._anchor is None else self._anchor) if selecting else None
            self.caret = min(self._length, max(0, to))

    def _command(self, keysym: str) -> None:
        if keysym == "a":
            self._anchor, self.caret = 0, self._length
        elif keysym == "v":
            self._replace(self._draw.randint(1, 12))
        elif keysym in ("BackSpace", "Left"):
            self.caret = max(0, self.caret - self._draw.randint(1, 8))
        elif keysym == "z":
            self.caret = self._draw.randint(0, self._length)


def echo(draw: random.Random, hands: Hands, told: dict[str, tuple[int, Role]]) -> None:
    """Adds to the happenings. `told`: since when (µs) each `window:element` is known, and as what."""
    pressed: dict[str, list[RawKey]] = defaultdict(list)
    for happening in hands.happenings():
        if happening.truth is not None and isinstance(happening.raw, RawKey) and happening.raw.pressed:
            pressed[happening.truth.where].append(happening.raw)
    moves = [happening.raw.t_ns // 1000 for happening in hands.happenings() if _moves(happening.raw)]
    for where, keys in pressed.items():
        if where in told:
            _one(draw, hands, where, keys, told[where], moves)


def _moves(raw: RawEvent) -> bool:
    """Whether the focus may be elsewhere from then on: who lost it is not asked any more."""
    return isinstance(raw, RawWindows | RawFocus)


def _one(
    draw: random.Random, hands: Hands, where: str, keys: list[RawKey], told: tuple[int, Role], moves: list[int]
) -> None:
    window, element = where.split(":", 1)
    since_us, role = told
    if draw.random() > MUTE:
        _carets(draw, hands, element, keys)
    asked_us = 0
    for key, later in zip(keys, [*keys[1:], None], strict=True):
        # Until the next key, or for a second; then the application is left in peace.
        t_us = key.t_ns // 1000
        until_us = min(t_us + AFTERWARDS_US, later.t_ns // 1000 if later else NEVER_US)
        until_us = min(until_us, next((move for move in moves[bisect(moves, max(t_us, since_us)) :]), NEVER_US))
        while (asked_us := max(asked_us + AGAIN_US, t_us)) < until_us:
            if asked_us > since_us:
                at_us = hands.at(asked_us)
                hands.put(at_us, RawFocus(t_ns=at_us * 1000, window=int(window), element=element, role=role))


def _carets(draw: random.Random, hands: Hands, element: str, keys: list[RawKey]) -> None:
    text, done_us = Text(draw), 0
    lag_us = draw.choice((2_000, 8_000, 40_000))
    for key in keys:
        if text.press(key):
            stall_us = draw.choice((200_000, 800_000)) if draw.random() < 0.01 else 0
            done_us = hands.at(max(done_us, key.t_ns // 1000 + lag_us + stall_us))
            hands.put(done_us, RawCaret(t_ns=done_us * 1000, element=element, offset=text.caret))
