"""One text run that is kept by its keys: what was pressed, what became of the text, and where it began."""

import dataclasses
from collections.abc import Container
from dataclasses import dataclass

from recorder.guard.typed.draft import Draft
from recorder.guard.typed.field import Field
from recorder.guard.typed.moves import ENTERS, TABS, act
from recorder.guard.typed.stroke import LOST, NEAR, Glyph, Stroke, char_of, class_of
from recorder.model.policy import TextLevel
from recorder.model.raw import RawKey
from recorder.model.redacted import GapReason, KeyClass


@dataclass(slots=True, kw_only=True, eq=False)
class TypedRun:
    """`level` falls, but never rises. `bounded`: what was typed last is complete: an Enter, a Tab or a click followed.

    `fate`: None while undecided, True once its rows are out, else why they never will be.
    """

    run: int
    field: Field
    level: TextLevel
    first_ns: int
    last_ns: int
    context_id: int | None
    app: str | None
    frame_id: int | None
    frame_age_us: int | None
    injected: bool
    keys: int = 0  # keydowns but for modifiers
    edited: bool = False
    pasted: bool = False
    entered: bool = False  # an Enter was the last thing
    bounded: bool = False
    is_open: bool = True
    fate: GapReason | bool | None = None
    strokes: list[Stroke] = dataclasses.field(default_factory=list)
    draft: Draft = dataclasses.field(default_factory=Draft)
    _waiting: list[Stroke] = dataclasses.field(default_factory=list)  # dead keys: part of the next character

    def press(self, key: RawKey) -> tuple[Stroke, Glyph | None]:
        """A keydown. Returns the character that it made, if it did."""
        self.last_ns, self.keys = key.t_ns, self.keys + 1
        self.entered = self.bounded = False
        char = char_of(key)
        stroke = Stroke(key, KeyClass.OTHER if char is None else class_of(char), char)
        self.strokes.append(stroke)
        if char is not None:
            return stroke, self._write(char, stroke)
        self._change(key, stroke)
        return stroke, None

    def release(self, key: RawKey, downs: list[Stroke]) -> None:
        """A keyup. `downs`: its keydown and the repeats of it."""
        stroke = Stroke(key, downs[0].key_class)
        stroke.of = downs
        self.strokes.append(stroke)

    def take_back(self, lost_ns: Container[int]) -> int:
        """Withhold the keys that went down at these times, with all that belongs to them. Returns how many events went.

        Their characters stay in the draft, masked: they may be half of something. Nothing else of the run may tell
        about them: not its end, its marks, or the rhythm beside them. What they took away was perhaps never gone, so
        that after them the text is not known, and a count is left.
        """
        downs = [stroke for stroke in self.strokes if stroke.pressed and stroke.t_ns in lost_ns]
        if not downs:
            return 0
        for stroke in downs:
            stroke.lost = True
        for stroke in self.strokes:
            stroke.lost = stroke.lost or any(down.lost for down in stroke.of)
        for glyph in self.draft.chron:
            if any(stroke.lost for stroke in glyph.strokes):
                glyph.mask = LOST
        if any(stroke.key_class in (KeyClass.DELETE, KeyClass.OTHER) for stroke in downs):
            self.demote()
        return self._cut(len(downs))

    def since(self, since_ns: int) -> list[int]:
        """The times of its keydowns from then on."""
        return [stroke.t_ns for stroke in self.strokes if stroke.pressed and stroke.t_ns >= since_ns]

    def _cut(self, downs: int) -> int:
        """Take the lost strokes out; what was typed into the field afterwards is another run's."""
        for at, stroke in enumerate(self.strokes):
            beside = self.strokes[max(0, at - NEAR) : at + NEAR + 1]
            stroke.beside_lost = stroke.beside_lost or any(other.lost for other in beside)
        kept = [stroke for stroke in self.strokes if not stroke.lost]
        gone, self.strokes = len(self.strokes) - len(kept), kept
        self.keys -= downs
        self.last_ns = max((stroke.t_ns for stroke in kept if stroke.pressed), default=self.first_ns)
        self.edited = any(stroke.key_class is KeyClass.DELETE for stroke in kept)
        self.is_open = False
        return gone

    def act(self, name: str) -> None:
        """An action within the run: it has a row of its own and only moves the caret here."""
        self.entered = name in ENTERS
        self.bounded = self.entered or name in TABS
        self._waiting.clear()
        self.draft.lose(finished=True) if name in TABS else act(self.draft, name)

    def lose_caret(self) -> None:
        """A click into it."""
        self.draft.lose()

    def leave(self) -> None:
        """Another element or window has the keyboard. After an Enter that is the end of the run."""
        self.is_open = self.is_open and not self.entered

    def demote(self) -> None:
        """Nothing but the count may be kept."""
        self.level = TextLevel.NONE

    def _write(self, char: str, stroke: Stroke) -> Glyph:
        glyph = Glyph(char, *self._waiting, stroke)
        self._waiting.clear()
        self.draft.insert(glyph)
        return glyph

    def _change(self, key: RawKey, stroke: Stroke) -> None:
        match key.keysym:
            case "BackSpace":
                self.draft.delete_back()
            case "Delete" | "KP_Delete":
                self.draft.delete_on()
            case keysym if keysym.startswith("dead_") or keysym == "Multi_key":
                self._waiting.append(stroke)
                return
            case _:  # an input method, an automatic correction, a key that nobody knows
                self.draft.lose()
                return
        stroke.key_class, self.edited = KeyClass.DELETE, True
