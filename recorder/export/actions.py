"""Stored event rows in, what the person did out: clicks, drags, scrolls, typing, keys. Pure; it guesses nothing.

A press whose release was withheld stays a `mouse_down`, a release alone a `mouse_up`: neither becomes a click. What a
text run came to is stored late; it stands where its placeholder stands, after whatever was done before that.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from recorder.export.rows import Action, EventRow
from recorder.model.redacted import EventKind
from recorder.model.tables import StepAction

DOUBLE_CLICK_US = 500_000  # the default of GTK (400 ms), Qt (400 ms) and Windows (500 ms), the largest of them
CLICK_SLOP_PX = 5
DRAG_SLOP_PX = 6  # GTK's default threshold is 8, Windows' 4
SCROLL_PAUSE_US = 500_000
REPEAT_US = 700_000  # X's default delay before a held key repeats is 660 ms

# The bits of the `mods` column, in the order in which a chord is written.
_MODS = ((2, "ctrl"), (4, "alt"), (16, "altgr"), (1, "shift"), (8, "super"))
_LONE_MODIFIERS = ("shift", "control", "ctrl", "alt", "altgr", "meta", "super", "hyper", "iso_level3_shift")


def actions(events: Iterable[EventRow]) -> list[Action]:
    """Everything that the person did, by time."""
    reading = _Reading()
    for row in events:
        reading.take(row)
    return sorted(reading.finish(), key=lambda action: (action.t_start_us, action.first_seq or 0))


class _Reading:
    """What is still open while events go by: buttons that are down, and the last action if it may still grow."""

    def __init__(self) -> None:
        self._done: list[Action] = []
        self._last: Action | None = None  # a click, scroll or press that the next row may extend
        self._down: dict[int, EventRow] = {}
        self._modifier: EventRow | None = None  # a modifier that is down, and nothing else happened since
        self._held_key: str | None = None
        self._targets: dict[int, EventRow] = {}  # by the time of the press that they belong to; they come after it
        self._begun: dict[int, EventRow] = {}  # where text runs begin whose rows come later
        self._now_us = 0  # of the last row that was not stored late

    def take(self, row: EventRow) -> None:
        if row.run is not None:
            return self._typed(row, row.run)
        if row.kind in _IN_TIME:
            self._now_us = max(self._now_us, row.t_us)
        return self._take(row)

    def _typed(self, row: EventRow, run: int) -> None:
        """A row of a text run: its keys are no presses, and coming late it ends nothing that others began."""
        if row.kind == EventKind.TEXT_HELD:
            self._settle()
            self._begun[run] = replace(row, t_us=max(row.t_us, self._now_us))
        elif row.kind == EventKind.TEXT_RUN:
            at = self._begun.pop(run, row)
            action = _action(StepAction.TYPE, at, text=row.text, count_bucket=row.count_bucket)
            end_us = max(at.t_us, row.t_end_us or row.t_us)
            self._done.append(replace(action, t_end_us=end_us, last_seq=row.seq))

    def _take(self, row: EventRow) -> None:
        match row.kind:
            case EventKind.BUTTON:
                self._button(row)
            case EventKind.WHEEL:
                self._wheel(row)
            case EventKind.KEY:
                self._key(row)
            case EventKind.TEXT_RUN:
                self._add(_action(StepAction.TYPE, row, count_bucket=row.count_bucket))
            case EventKind.SECRET_ENTRY:
                self._add(_action(StepAction.SECRET_ENTRY, row))
            case EventKind.PASTE:
                self._add(_action(StepAction.PASTE, row))
            case EventKind.TARGET:
                self._targets[row.t_us] = row
            case _:  # a gap or a pause: what comes after it does not continue what was before
                self._settle()

    def finish(self) -> list[Action]:
        """All actions; buttons that never came up stay what they are."""
        self._settle()
        for press in self._down.values():
            self._done.append(_pointer(StepAction.MOUSE_DOWN, press))
        self._down.clear()
        return [self._aimed(action) for action in self._done]

    def _aimed(self, action: Action) -> Action:
        """A pointer's action with what its first press acted on."""
        row = self._targets.get(action.t_start_us) if action.button is not None else None
        return action if row is None else replace(action, target=_target(row))

    def _settle(self) -> None:
        if self._last is not None:
            self._done.append(self._last)
        self._last, self._modifier = None, None

    def _add(self, action: Action) -> None:
        self._settle()
        self._last = action

    def _button(self, row: EventRow) -> None:
        button = row.button or 0
        before = self._down.pop(button, None)
        if row.pressed:
            if before is not None:
                self._add(_pointer(StepAction.MOUSE_DOWN, before))
            self._modifier = None
            self._down[button] = row
        elif before is None:
            self._add(_pointer(StepAction.MOUSE_UP, row))
        else:
            self._released(before, row)

    def _released(self, press: EventRow, release: EventRow) -> None:
        if _apart(press, release, DRAG_SLOP_PX):
            self._add(replace(_pointer(StepAction.DRAG, press), **_end(release), x2=release.x, y2=release.y))
            return
        last = self._last
        if last is not None and last.kind in _NEXT_CLICK and _continues(last, press):
            clicks = (last.clicks or 1) + 1
            self._last = replace(last, kind=_NEXT_CLICK[last.kind], clicks=clicks, **_end(release))
            return
        self._add(replace(_pointer(_CLICKS.get(press.button or 0, StepAction.EXTRA_CLICK), press), **_end(release)))

    def _wheel(self, row: EventRow) -> None:
        last, dx, dy = self._last, row.scroll_dx or 0.0, row.scroll_dy or 0.0
        if last is not None and last.kind is StepAction.SCROLL and _scrolls_on(last, row, dx, dy):
            moved_x, moved_y = (last.scroll_dx or 0.0) + dx, (last.scroll_dy or 0.0) + dy
            self._last = replace(last, **_end(row), scroll_dx=moved_x, scroll_dy=moved_y)
            return
        self._add(_action(StepAction.SCROLL, row, x=row.x, y=row.y, keys=held(row.mods), scroll_dx=dx, scroll_dy=dy))

    def _key(self, row: EventRow) -> None:
        name = row.key or ""
        if row.pressed is False:
            self._key_up(row, name)
            return
        if is_modifier(name):
            self._settle()
            self._modifier = row
            return
        keys = chord(name, row.mods)
        last = self._last
        if last is not None and name == self._held_key and _repeats(last, keys, row):
            self._last = replace(last, **_end(row), keys=(*last.keys, name))  # the key repeats while it is held
            return
        self._add(_action(StepAction.HOTKEY if len(keys) > 1 else StepAction.PRESS, row, keys=keys))
        self._held_key = name

    def _key_up(self, row: EventRow, name: str) -> None:
        """A release ends what its press began. A modifier that went down and up alone is a press of its own."""
        if self._modifier is not None and is_modifier(name):
            press = self._modifier
            self._add(replace(_action(StepAction.PRESS, press, keys=(name,)), **_end(row)))
        elif self._held_key == name and self._last is not None and self._last.kind in _KEYED:
            self._last = replace(self._last, **_end(row))
        if not is_modifier(name):
            self._held_key = None


_IN_TIME = frozenset((EventKind.BUTTON, EventKind.WHEEL, EventKind.KEY))
_CLICKS = {1: StepAction.CLICK, 2: StepAction.MIDDLE_CLICK, 3: StepAction.RIGHT_CLICK}
_NEXT_CLICK = {
    StepAction.CLICK: StepAction.DOUBLE_CLICK,
    StepAction.DOUBLE_CLICK: StepAction.TRIPLE_CLICK,
}
_KEYED = (StepAction.PRESS, StepAction.HOTKEY)


def is_modifier(name: str) -> bool:
    """Whether a key name is one modifier alone, with or without its side (`Control_L`, `shift`)."""
    return name.lower().removesuffix("_l").removesuffix("_r") in _LONE_MODIFIERS


def chord(name: str, mods: int | None) -> tuple[str, ...]:
    """The keys of a named key or shortcut: `ctrl++` is ctrl and plus; held modifiers come first when the name lacks
    them."""
    head, plus, tail = name.rpartition("+")
    if not plus or not head:
        return (*held(mods), name)
    return (*head.removesuffix("+").split("+"), tail or "+")


def held(mods: int | None) -> tuple[str, ...]:
    """Names of the modifiers in a `mods` value; locks are left out."""
    return tuple(name for bit, name in _MODS if (mods or 0) & bit)


def _action(kind: StepAction, row: EventRow, **more: Any) -> Action:
    return Action(
        kind=kind,
        t_start_us=row.t_us,
        t_end_us=row.t_us if row.t_end_us is None else row.t_end_us,
        first_seq=row.seq,
        last_seq=row.seq,
        context_id=row.context_id,
        app=row.app,
        target=_target(row),
        frame_id=row.frame_id,
        frame_age_us=row.frame_age_us,
        **more,
    )


def _target(row: EventRow) -> dict[str, Any] | None:
    if row.target_role is None and row.target_name is None and row.target_rect is None:
        return None
    return {"rect": row.target_rect, "role": row.target_role, "name": row.target_name}


def _pointer(kind: StepAction, row: EventRow) -> Action:
    clicks = 1 if kind.value.endswith("click") else None
    return _action(kind, row, x=row.x, y=row.y, button=row.button, clicks=clicks, keys=held(row.mods))


def _end(row: EventRow) -> dict[str, Any]:
    return {"t_end_us": row.t_us, "last_seq": row.seq}


def _apart(first: EventRow | Action, second: EventRow, slop_px: int) -> bool:
    """Whether two positions are too far from each other to be one. Unknown positions are taken as the same."""
    if first.x is None or first.y is None or second.x is None or second.y is None:
        return False
    return max(abs(first.x - second.x), abs(first.y - second.y)) > slop_px


def _repeats(last: Action, keys: tuple[str, ...], row: EventRow) -> bool:
    return last.kind is StepAction.PRESS and last.keys[-1:] == keys and row.t_us - last.t_end_us <= REPEAT_US


def _continues(click: Action, press: EventRow) -> bool:
    soon = press.t_us - click.t_end_us <= DOUBLE_CLICK_US
    return soon and press.button == click.button and not _apart(click, press, CLICK_SLOP_PX)


def _scrolls_on(scroll: Action, row: EventRow, dx: float, dy: float) -> bool:
    """One scroll goes on while the wheel turns the same way, without a pause, with the same modifiers."""
    same_way = dx * (scroll.scroll_dx or 0.0) >= 0 and dy * (scroll.scroll_dy or 0.0) >= 0
    same_axis = bool(dx) == bool(scroll.scroll_dx) and bool(dy) == bool(scroll.scroll_dy)
    soon = row.t_us - scroll.t_end_us <= SCROLL_PAUSE_US
    return soon and same_way and same_axis and held(row.mods) == scroll.keys
