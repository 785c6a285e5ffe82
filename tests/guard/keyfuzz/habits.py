"""The ways in which people type a value: with slips, with the caret, in parts, through boxes, and again."""

from collections.abc import Callable

from recorder.model.raw import Mods
from tests.guard.keyfuzz.desk import BANK, EDITOR, SECOND, Desk
from tests.guard.keyfuzz.hands import Meant
from tests.guard.keyfuzz.texts import Value

# Milliseconds of thinking in the middle of a value; a run ends after 30 s.
PAUSES = (100, 3_000, 20_000, 29_000, 31_000)


class Typist(Desk):
    """Types; `prose` are lines that share no four letters with any value."""

    prose: list[str]
    code: list[str]
    leads: list[str]

    def say(self, text: str) -> None:
        for character in text:
            self.hands.char(character, self.truth(Meant.PROSE))

    def line(self) -> str:
        return self.draw.choice(self.prose if self.draw.random() < 0.75 or not self.code else self.code)

    def put(self, value: Value, start: int = 0, end: int | None = None) -> None:
        """The characters `start` to `end` of the value, in order."""
        meant = Meant.SECRET if value.kind == "secret" else Meant.VALUE
        for place in range(start, len(value.text) if end is None else end):
            self.hands.char(value.text[place], self.truth(meant, value, place))

    def slip(self, value: Value) -> None:
        """A wrong character of the same kind."""
        near = self.draw.choice("0123456789" if self.draw.choice(value.text).isdigit() else "asdfghjkl")
        self.hands.char(near, self.truth(Meant.VALUE, value))

    def go(self, name: str, times: int = 1, mods: Mods = Mods.NONE) -> None:
        for _ in range(times):
            self.hands.tap(name, None, self.other, mods=mods)

    def combine(self, modifier: str, mods: Mods, name: str, times: int = 1) -> None:
        for _ in range(times):
            self.hands.chord(modifier, mods, name, None, self.other)

    def ctrl(self, name: str, times: int = 1) -> None:
        for _ in range(times):
            text = name if len(name) == 1 else None
            self.hands.chord("Control_L", Mods.CTRL, name, text, self.other)

    def middle(self, value: Value) -> int:
        return self.draw.randint(1, len(value.text) - 1)


Habit = Callable[[Typist, Value], None]


def plain(who: Typist, value: Value) -> None:
    who.put(value)


def slips(who: Typist, value: Value) -> None:
    """Wrong characters, noticed at once or a little later, taken back."""
    place = 0
    for _ in range(who.draw.randint(1, 3)):
        at = who.draw.randint(place, len(value.text) - 1)
        who.put(value, place, at)
        who.slip(value)
        more = min(who.draw.randint(0, 3), len(value.text) - at)
        who.put(value, at, at + more)
        who.go("BackSpace", more + 1)
        place = at
    who.put(value, place)


def forgotten(who: Typist, value: Value) -> None:
    """A character was left out and is put in with the caret."""
    at = who.middle(value)
    who.put(value, 0, at)
    who.put(value, at + 1)
    back = len(value.text) - at - 1
    who.go("Left", back)
    who.put(value, at, at + 1)
    if who.draw.random() < 0.5:
        who.go("Right", back)
    else:
        who.go("End")


def too_many(who: Typist, value: Value) -> None:
    """A character too many, taken out from the left with Delete."""
    at = who.middle(value)
    who.put(value, 0, at)
    who.slip(value)
    who.put(value, at)
    who.go("Left", len(value.text) - at + 1)
    who.go("Delete")
    who.go("End")


def from_home(who: Typist, value: Value) -> None:
    """The end first, then Home and the beginning."""
    at = who.middle(value)
    who.hands.tap("Return", None, who.other)
    who.put(value, at)
    who.go("Home")
    who.put(value, 0, at)
    who.go("End")


def word_back(who: Typist, value: Value) -> None:
    """The last word is taken away with ctrl+BackSpace and typed again."""
    who.put(value)
    who.ctrl("BackSpace")
    start = max((value.text.rfind(mark) + 1 for mark in " -.@/:"), default=0)
    who.put(value, start if start < len(value.text) else 0)


def jump_back(who: Typist, value: Value) -> None:
    """ctrl+Left into the value, something typed there, back to the end."""
    at = who.middle(value)
    who.put(value, 0, at)
    who.ctrl("Left")
    who.slip(value)
    who.go("BackSpace")
    who.go("End")
    who.put(value, at)


def replaced(who: Typist, value: Value) -> None:
    """The last characters are selected with shift and typed over."""
    count = who.draw.randint(1, min(6, len(value.text)))
    at = len(value.text) - count
    who.put(value, 0, at)
    for _ in range(count):
        who.slip(value)
    who.combine("Shift_L", Mods.SHIFT, "Left", count)
    who.put(value, at)


def backwards(who: Typist, value: Value) -> None:
    """Each character before the last one."""
    for place in reversed(range(len(value.text))):
        who.put(value, place, place + 1)
        who.go("Left")
    who.go("End")


def retyped(who: Typist, value: Value) -> None:
    """All of it selected, deleted and typed again."""
    who.put(value)
    who.ctrl("a")
    who.go(who.draw.choice(("BackSpace", "Delete")))
    who.put(value)


def thought_better(who: Typist, value: Value) -> None:
    """Typed, then deleted: key by key or with the key held down."""
    who.put(value)
    if who.draw.random() < 0.5:
        who.go("BackSpace", len(value.text))
    else:
        who.hands.tap("BackSpace", None, who.other, repeats=len(value.text) - 1)


def shortened(who: Typist, value: Value) -> None:
    """Most of it deleted again; the rest stays."""
    who.put(value)
    left = who.draw.randint(1, min(6, len(value.text) - 1))
    who.go("BackSpace", len(value.text) - left)


def deleted_forward(who: Typist, value: Value) -> None:
    """On a line of its own: Home, then Delete until it is gone."""
    who.hands.tap("Return", None, who.other)
    who.put(value)
    who.go("Home")
    who.go("Delete", len(value.text))


def elsewhere_first(who: Typist, value: Value) -> None:
    """Another window in the middle of it, with something typed there, and back."""
    at = who.middle(value)
    back = who.where.window
    who.put(value, 0, at)
    to = who.draw.choice([window for window in (EDITOR, BANK, SECOND) if window != back])
    who.switch(to)
    if to != BANK and who.draw.random() < 0.7:
        who.say(who.line()[:30])
    who.hands.wait(who.draw.choice((200, 2_000, 12_000, 25_000)))
    who.switch(back)
    who.put(value, at)


def split_over_windows(who: Typist, value: Value) -> None:
    """The first half here, the second half in another window."""
    at = who.middle(value)
    who.put(value, 0, at)
    who.switch(SECOND if who.where.window == EDITOR else EDITOR)
    who.put(value, at)


def paused(who: Typist, value: Value) -> None:
    at = who.middle(value)
    who.put(value, 0, at)
    who.hands.wait(who.draw.choice(PAUSES))
    who.put(value, at)


def hesitant(who: Typist, value: Value) -> None:
    """Several short pauses."""
    at = 0
    while at < len(value.text):
        end = min(len(value.text), at + who.draw.randint(1, 5))
        who.put(value, at, end)
        who.hands.wait(who.draw.choice((100, 800, 2_500)))
        at = end


def boxes(who: Typist, value: Value) -> None:
    """One part in each box, with Tab; back in the text afterwards."""
    _through_boxes(who, value, advance=False)


def moving_boxes(who: Typist, value: Value) -> None:
    """The form moves on by itself when a box is full."""
    _through_boxes(who, value, advance=True)


def _through_boxes(who: Typist, value: Value, *, advance: bool) -> None:
    if not value.boxes:
        return plain(who, value)
    who.tab()
    who.hands.wait(who.draw.uniform(50, 600))
    at = 0
    for number, part in enumerate(value.boxes):
        if number:
            who.next_field() if advance else who.tab()
            who.hands.wait(0 if advance else who.draw.uniform(0, 400))
        for character in part:
            at = value.text.index(character, at)
            who.put(value, at, at + 1)
            at += 1
    return who.home()


def pasted_into(who: Typist, value: Value) -> None:
    at = who.middle(value)
    who.put(value, 0, at)
    who.ctrl("v")
    who.put(value, at)


def undone(who: Typist, value: Value) -> None:
    at = who.middle(value)
    who.put(value, 0, at)
    who.ctrl("z", who.draw.randint(1, 3))
    who.put(value, 0 if who.draw.random() < 0.5 else at)


def clicked_into(who: Typist, value: Value) -> None:
    """The mouse puts the caret nobody knows where, within the value."""
    at = who.middle(value)
    who.put(value, 0, at)
    who.click()
    who.put(value, at)


def completed(who: Typist, value: Value) -> None:
    """Half of it typed, the rest taken from a list."""
    scheme = value.text.find("://") + 3 if "://" in value.text else 0  # alone it is no value
    who.put(value, 0, max(scheme + 4, who.middle(value)))
    who.hands.wait(300)
    who.go("Down", who.draw.randint(1, 3))
    who.hands.tap("Return", None, who.other)


def capitals(who: Typist, value: Value) -> None:
    who.hands.toggle_caps(who.other)
    who.put(value)
    who.hands.toggle_caps(who.other)


def held_down(who: Typist, value: Value) -> None:
    """One key held too long; what is too much is taken back."""
    at = who.middle(value)
    who.put(value, 0, at)
    extra = who.draw.randint(2, 6)
    character = value.text[at] if value.text[at].isalnum() else "0"
    who.hands.tap(character.lower(), character.lower(), who.truth(Meant.VALUE, value), repeats=extra)
    who.go("BackSpace", extra + 1)
    who.put(value, at)


def over_lines(who: Typist, value: Value) -> None:
    """Its words on lines of their own, as addresses and lists are written."""
    who.hands.tap("Return", None, who.other)
    start = 0
    for place, character in enumerate(value.text):
        if character == " ":
            who.put(value, start, place)
            who.hands.tap("Return", None, who.other)
            start = place + 1
    who.put(value, start)
    who.hands.tap("Return", None, who.other)


def spelled(who: Typist, value: Value) -> None:
    """A blank between any two characters."""
    for place in range(len(value.text)):
        if place:
            who.hands.char(" ", who.truth(Meant.VALUE, value))
        who.put(value, place, place + 1)


def lead_later(who: Typist, value: Value) -> None:
    """Half of it, then prose before it, then the rest."""
    at = who.middle(value)
    who.hands.tap("Return", None, who.other)
    who.put(value, 0, at)
    who.go("Home")
    who.say("this is it: ")
    who.go("End")
    who.put(value, at)


def keypad(who: Typist, value: Value) -> None:
    before, who.hands.keypad = who.hands.keypad, True
    who.put(value)
    who.hands.keypad = before


def twice(who: Typist, value: Value) -> None:
    """A form asks for it again."""
    who.tab()
    who.hands.wait(300)
    who.put(value)
    who.tab()
    who.hands.wait(who.draw.uniform(50, 400))
    who.put(value)
    who.home()


def by_home(who: Typist, value: Value) -> None:
    """Backwards, with Home after each character."""
    who.hands.tap("Return", None, who.other)
    for place in reversed(range(len(value.text))):
        who.put(value, place, place + 1)
        who.go("Home")
    who.go("End")


def interlaced(who: Typist, value: Value) -> None:
    """Every other character first, then those between."""
    odd = range(1, len(value.text), 2)
    for place in range(0, len(value.text), 2):
        who.put(value, place, place + 1)
    who.go("Left", (len(value.text) + 1) // 2)
    for place in odd:
        who.go("Right")
        who.put(value, place, place + 1)
    who.go("End")


def to_and_fro(who: Typist, value: Value) -> None:
    """A few characters at a time, looked up in another window each time."""
    back, at = who.where.window, 0
    while at < len(value.text):
        end = min(len(value.text), at + who.draw.randint(2, 6))
        who.put(value, at, end)
        if end < len(value.text):
            who.switch(BANK if who.draw.random() < 0.5 else SECOND if back == EDITOR else EDITOR)
            who.hands.wait(who.draw.uniform(300, 3_000))
            who.switch(back)
        at = end


def in_three(who: Typist, value: Value) -> None:
    """Two long pauses in it."""
    first = who.draw.randint(1, max(1, len(value.text) // 2))
    second = who.draw.randint(first, len(value.text))
    for start, end in ((0, first), (first, second), (second, len(value.text))):
        who.put(value, start, end)
        who.hands.wait(who.draw.choice((20_000, 29_000, 31_000)))


def word_selected(who: Typist, value: Value) -> None:
    """A part is selected word by word and typed over."""
    at = who.middle(value)
    who.put(value, 0, at)
    who.slip(value)
    who.slip(value)
    who.hands.chord("Shift_L", Mods.SHIFT | Mods.CTRL, "Left", None, who.other)
    start = max((value.text.rfind(mark, 0, at) + 1 for mark in " -.@/:"), default=0)
    who.put(value, start)


def glued(who: Typist, value: Value) -> None:
    """No blank around the value."""
    who.say("=")
    who.put(value)
    who.say(";")


def dragged(who: Typist, value: Value) -> None:
    """Typed wrong, selected with the mouse, typed again."""
    at = who.middle(value)
    who.put(value, 0, at)
    who.slip(value)
    who.click()
    who.click()
    who.put(value, 0 if who.draw.random() < 0.5 else max(0, at - 3))


HABITS: dict[str, Habit] = {
    habit.__name__: habit
    for habit in (
        *(plain, slips, forgotten, too_many, from_home, word_back, jump_back, replaced, backwards, retyped),
        *(thought_better, shortened, deleted_forward, elsewhere_first, split_over_windows, paused, hesitant, boxes),
        *(moving_boxes, pasted_into, undone, clicked_into, completed, capitals, held_down, over_lines, spelled),
        *(lead_later, keypad, twice, by_home, interlaced, to_and_fro, in_three, word_selected, glued, dragged),
    )
}
