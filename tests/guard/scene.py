"""A synthetic desk for the guard's tests: two apps, keys and frames in known colours. Times in milliseconds."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from recorder.guard import Guard
from recorder.model.consent import Category
from recorder.model.geometry import Monitor, Rect
from recorder.model.policy import AppRule, Policy
from recorder.model.raw import (
    Mods,
    RawApp,
    RawButton,
    RawCaret,
    RawEvent,
    RawFocus,
    RawFrame,
    RawKey,
    RawPatch,
    RawPointer,
    RawSecret,
    RawWheel,
    RawWindow,
    RawWindows,
    Role,
    SecretSource,
)
from recorder.model.redacted import EventKind, Redacted, RedactedContext, RedactedEvent, RedactedFrame

MS = 1_000_000
ALL = frozenset(Category)
EDITOR = RawApp(pid=10, executable="/usr/bin/editor", wm_class="Editor", wm_instance="editor")
BANK = RawApp(pid=20, executable="/usr/bin/bank", wm_class="Bank", wm_instance="bank")
RULE = AppRule(name="My editor", executable="/usr/bin/editor")
POLICY = Policy(apps=(RULE,))
BOTH = Policy(apps=(RULE, AppRule(name="My bank", executable="/usr/bin/bank")))  # the bank is allowed as well
SCREEN = Monitor(index=0, rect=Rect(0, 0, 640, 480))
SECOND = Monitor(index=1, rect=Rect(640, 0, 320, 480))
LEFT, RIGHT = Rect(0, 0, 320, 480), Rect(320, 0, 320, 480)
KEYCODES: dict[str, int] = {}


def window(
    number: int,
    rect: Rect = LEFT,
    app: RawApp | None = EDITOR,
    *,
    title: str = "",
    see_through: bool = False,
    own: bool = False,
    private: bool = False,
) -> RawWindow:
    return RawWindow(
        window=number,
        rect=rect,
        app=app,
        title=title,
        see_through=see_through,
        own=own,
        override_redirect=False,
        private=private,
    )


EDITOR_WINDOW, BANK_WINDOW = window(1, LEFT, EDITOR), window(2, RIGHT, BANK)


def windows(
    *stack: RawWindow,
    t: float = 0,
    focused: int | None = 1,
    generation: int = 1,
    monitors: tuple[Monitor, ...] = (SCREEN,),
    composited: bool = False,
) -> RawWindows:
    return RawWindows(
        t_ns=round(t * MS),
        generation=generation,
        stack=stack or (EDITOR_WINDOW, BANK_WINDOW),
        focused=focused,
        monitors=monitors,
        composited=composited,
    )


def guard(categories: frozenset[Category] = ALL, policy: Policy = POLICY, *, seen: RawWindows | None = None) -> Guard:
    """A guard that knows the desk: the editor on the left has the keyboard, the bank on the right is not allowed."""
    made = Guard(policy=policy, categories=categories, t0_ns=0, source="fake")
    made.step(seen or windows())
    return made


def key(t: float, keysym: str, *, down: bool = True, mods: Mods = Mods.NONE) -> RawKey:
    text = keysym if len(keysym) == 1 else None
    code = KEYCODES.setdefault(keysym.lower(), 10 + len(KEYCODES))
    return RawKey(t_ns=round(t * MS), keycode=code, keysym=keysym, text=text, pressed=down, mods=mods, injected=False)


def stroke(t: float, keysym: str, *, mods: Mods = Mods.NONE) -> list[RawEvent]:
    return [key(t, keysym, mods=mods), key(t + 10, keysym, down=False, mods=mods)]


def typed(t: float, text: str, *, every: float = 50) -> list[RawEvent]:
    return [event for index, letter in enumerate(text) for event in stroke(t + index * every, letter)]


def move(t: float, x: int = 10, y: int = 10) -> RawPointer:
    return RawPointer(t_ns=round(t * MS), x=x, y=y, injected=False)


def button(t: float, x: int = 10, y: int = 10, *, down: bool = True) -> RawButton:
    return RawButton(t_ns=round(t * MS), x=x, y=y, button=1, pressed=down, mods=Mods.NONE, injected=False)


def wheel(t: float, x: int = 10, y: int = 10) -> RawWheel:
    return RawWheel(t_ns=round(t * MS), x=x, y=y, dx=0.0, dy=-1.0, mods=Mods.NONE, injected=False)


def focus(t: float, role: Role, element: str | None = "field", *, at: int = 1, rect: Rect | None = None) -> RawFocus:
    return RawFocus(t_ns=round(t * MS), window=at, element=element, role=role, rect=rect)


def caret(t: float, offset: int, element: str = "field") -> RawCaret:
    return RawCaret(t_ns=round(t * MS), element=element, offset=offset)


def sensor(t: float, *, active: bool, source: SecretSource = SecretSource.TERMINAL_ECHO_OFF) -> RawSecret:
    return RawSecret(t_ns=round(t * MS), source=source, active=active)


def play(made: Guard, events: Iterable[RawEvent]) -> list[Redacted]:
    return [row for event in events for row in made.step(event)]


def events(rows: Iterable[Redacted], *kinds: EventKind) -> list[RedactedEvent]:
    return [row for row in rows if isinstance(row, RedactedEvent) and (not kinds or row.kind in kinds)]


def kinds(rows: Iterable[Redacted]) -> list[str]:
    return [row.kind.value for row in events(rows)]


def frames(rows: Iterable[Redacted]) -> list[RedactedFrame]:
    return [row for row in rows if isinstance(row, RedactedFrame)]


def contexts(rows: Iterable[Redacted]) -> list[RedactedContext]:
    return [row for row in rows if isinstance(row, RedactedContext)]


# Pictures.

Picture = npt.NDArray[np.uint8]
WHITE, RED, GREEN, BLUE = (255, 255, 255), (200, 30, 40), (30, 200, 40), (30, 40, 200)


def picture(*parts: tuple[Rect, tuple[int, int, int]], size: tuple[int, int] = (640, 480)) -> Picture:
    """(height, width, 4) BGRX; each part a rectangle in one (red, green, blue)."""
    made = np.zeros((size[1], size[0], 4), np.uint8)
    for rect, (red, green, blue) in parts:
        made[rect.y : rect.bottom, rect.x : rect.right] = (blue, green, red, 77)
    return made


def patch(rect: Rect, source: Picture) -> RawPatch:
    return RawPatch(rect=rect, bgrx=source[rect.y : rect.bottom, rect.x : rect.right].tobytes())


def frame(
    t: float,
    source: Picture,
    seen: RawWindows | None = None,
    *,
    rects: Iterable[Rect] | None = None,
    full: bool = True,
    steady: bool = True,
    live: bool = True,
    per_window: bool = False,
) -> RawFrame:
    """A grab of 5 ms that ended at `t`; without `rects` of the whole picture, so that the guard has to cut it."""
    areas = [Rect(0, 0, source.shape[1], source.shape[0])] if rects is None else list(rects)
    return RawFrame(
        t_start_ns=round((t - 5) * MS),
        t_end_ns=round(t * MS),
        windows=seen or windows(),
        steady=steady,
        full=full,
        live=live,
        per_window=per_window,
        patches=tuple(patch(rect, source) for rect in areas),
    )


def pixels(row: RedactedFrame) -> Picture:
    """(height, width, 3) RGB."""
    return np.frombuffer(row.rgb, np.uint8).reshape(row.height, row.width, 3)


def colours(row: RedactedFrame) -> set[tuple[int, ...]]:
    red, green, blue = np.moveaxis(pixels(row).astype(np.uint32), 2, 0)
    found = np.unique((red << 16) | (green << 8) | blue).tolist()
    return {(colour >> 16, colour >> 8 & 255, colour & 255) for colour in found}


def write(source: Picture, x: int, y: int, text: str, *, scale: float = 0.5, ink: int = 0, thick: int = 1) -> Rect:
    """Draw text; returns the box of the pixels that it changed."""
    import cv2

    before = source.copy()
    flat = np.ascontiguousarray(source[..., :3])
    cv2.putText(flat, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, (ink, ink, ink), thick, cv2.LINE_AA)
    source[..., :3] = flat
    rows, columns = np.nonzero((source != before).any(axis=2))
    if not rows.size:
        return Rect(x, y, 0, 0)
    left, top = int(columns.min()), int(rows.min())
    return Rect(left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top)
