"""The desk that somebody types at: two allowed windows and one that is not, their fields, and what says so when."""

import random
from dataclasses import dataclass

from recorder.model.geometry import Rect
from recorder.model.raw import Mods, RawButton, RawFocus, RawWindows, Role
from tests.guard.keyfuzz.hands import Hands, Meant, Truth
from tests.guard.keyfuzz.texts import Value
from tests.guard.scene import BANK_WINDOW, EDITOR_WINDOW, SCREEN, window

EDITOR, BANK, SECOND = 1, 2, 3
STACK = (EDITOR_WINDOW, BANK_WINDOW, window(3, Rect(0, 0, 320, 240)))
UNSAID = 0.03  # how often accessibility says nothing about a harmless field
INSIDE = (40, 300)  # a place in the editor that nothing covers


@dataclass(slots=True)
class Where:
    """The element that really has the keyboard."""

    window: int
    element: str


class Desk:
    """Moves the focus, and lets accessibility say so: soon, late, or never."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.hands = Hands(draw)
        self.where = Where(EDITOR, "editor/body")
        self._generation = 1
        self._fields = 0
        self.told: dict[str, tuple[int, Role]] = {}  # since when each element is known, and as what
        self._stack(0)
        self._say(20_000, Role.TEXT)

    # Truths.

    def truth(self, meant: Meant, value: Value | None = None, place: int | None = None) -> Truth:
        return Truth(meant, value, place, f"{self.where.window}:{self.where.element}")

    @property
    def other(self) -> Truth:
        return self.truth(Meant.OTHER)

    # Focus.

    def switch(self, to: int) -> None:
        """Another window gets the keyboard (by a way that presses no key), then says which element has it."""
        self.where = Where(to, {EDITOR: "editor/body", BANK: "bank/body", SECOND: "second/body"}[to])
        at = self.hands.at(self.hands.t_us)
        self._stack(at)
        if to != BANK:
            self._say(at + self._delay_us(), Role.TEXT)
        self.hands.wait(self.draw.uniform(150, 900))

    def tab(self, *, role: Role = Role.TEXT, late_ms: float | None = None) -> None:
        """Tab into the next field, which is new."""
        self.hands.tap("Tab", None, self.other)
        self.next_field(role=role, late_ms=late_ms)

    def next_field(self, *, role: Role = Role.TEXT, late_ms: float | None = None) -> None:
        """The focus moves on without a cause that anybody sees; it is announced `late_ms` later."""
        self._fields += 1
        self.where = Where(self.where.window, f"{self.where.window}/field{self._fields}")
        self._say(self.hands.t_us + round(1000 * late_ms if late_ms is not None else self._delay_us()), role)

    def click(self, *, into: str | None = None) -> None:
        """Into the text that has the focus already, or into another element of the window."""
        for down in (True, False):
            t_us = self.hands.at(self.hands.t_us + (0 if down else 60_000))
            x, y = INSIDE
            raw = RawButton(t_ns=t_us * 1000, x=x, y=y, button=1, pressed=down, mods=Mods.NONE, injected=False)
            self.hands.put(t_us, raw)
        if into is not None:
            self.where = Where(self.where.window, into)
            self._say(self.hands.t_us + self._delay_us(), Role.TEXT)
        self.hands.wait(self.draw.uniform(200, 700))

    def home(self) -> None:
        """Back to the body of the editor, and long enough there that everything is announced."""
        if self.where.window != EDITOR:
            self.switch(EDITOR)
        if self.where.element != "editor/body":
            self.click(into="editor/body")
        self.hands.wait(self.draw.uniform(300, 2500))

    def _delay_us(self) -> int:
        return round(1000 * self.draw.choice((self.draw.uniform(1, 30), self.draw.uniform(30, 250))))

    def _stack(self, t_us: int) -> None:
        self._generation += 1
        raw = RawWindows(
            t_ns=t_us * 1000,
            generation=self._generation,
            stack=STACK,
            focused=self.where.window,
            monitors=(SCREEN,),
            composited=False,
        )
        self.hands.put(t_us, raw)

    def _say(self, t_us: int, role: Role) -> None:
        if role is Role.TEXT and t_us > 1_000_000 and self.draw.random() < UNSAID:
            return
        t_us = self.hands.at(t_us)
        self.told.setdefault(f"{self.where.window}:{self.where.element}", (t_us, role))
        raw = RawFocus(t_ns=t_us * 1000, window=self.where.window, element=self.where.element, role=role)
        self.hands.put(t_us, raw)
