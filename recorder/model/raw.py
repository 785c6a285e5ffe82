"""What capture saw, before any gate: memory only, for capture, guard and pipeline only.

Times are CLOCK_MONOTONIC nanoseconds of the moment the platform says the thing happened (not of its arrival here).
Positions are physical pixels of the virtual desktop.
"""

from dataclasses import dataclass
from enum import IntFlag, StrEnum
from typing import TypeAlias

from recorder.model.element import ElementRole
from recorder.model.geometry import Monitor, Rect
from recorder.model.memory_only import memory_only


class Mods(IntFlag):
    """Modifiers that were down or locked when the event happened, independent of the platform's bit layout."""

    NONE = 0
    SHIFT = 1
    CTRL = 2
    ALT = 4
    SUPER = 8
    ALTGR = 16
    CAPS = 32
    NUM = 64


class Role(StrEnum):
    """What the focused element is, as far as typing is concerned."""

    SECRET = "secret"  # a password field, now or at any time before
    TEXT = "text"  # known, and known not to be secret
    UNKNOWN = "unknown"  # nothing answered, or something that we can't judge


class Fault(StrEnum):
    """What can go wrong inside capture while it runs. Each closes the gate and becomes a Gap of the same name."""

    OVERFLOW = "overflow"
    INPUT_LOST = "input_lost"
    DISPLAY_LOST = "display_lost"
    WINDOWS_UNKNOWN = "windows_unknown"
    ACCESSIBILITY_LOST = "accessibility_lost"


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawKey:
    """One keydown or keyup. `keycode` is evdev's; `keysym` its X name in the layout and level in force; `text` the
    character that it makes, None for keys that make none (modifiers, named keys, dead keys)."""

    t_ns: int
    keycode: int
    keysym: str
    text: str | None
    pressed: bool
    mods: Mods
    injected: bool
    repeat: bool = False


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawPointer:
    """The pointer moved to (x, y)."""

    t_ns: int
    x: int
    y: int
    injected: bool


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawButton:
    """A button changed. 1 left, 2 middle, 3 right, 8 back, 9 forward (X11's numbers, without its wheel buttons)."""

    t_ns: int
    x: int
    y: int
    button: int
    pressed: bool
    mods: Mods
    injected: bool


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawWheel:
    """One turn of the wheel, in notches: dy > 0 up (away from the person), dx > 0 right."""

    t_ns: int
    x: int
    y: int
    dx: float
    dy: float
    mods: Mods
    injected: bool


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawApp:
    """Who owns a window. `executable` is the resolved path of the process that the display server vouches for.

    `browser`: has private windows that nothing but its accessible tree tells from others, so each of its windows is
    withheld until a `RawPrivacy` says that it is none.
    """

    pid: int | None
    executable: str | None
    wm_class: str | None  # WM_CLASS' second string, the class
    wm_instance: str | None  # its first, the instance
    desktop_id: str | None = None
    browser: bool = False


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawWindow:
    """One mapped top-level of the stacking order (on X11 a child of the root: the frame with its client's identity).

    `app` None: nobody vouches for it. `see_through`: shaped, translucent or depth 32, so what lies under it shows.
    `own`: the recorder's own badge or review window. `override_redirect`: menus, tooltips, toasts, lockers.
    `private`: asks not to be captured.
    """

    window: int
    rect: Rect
    app: RawApp | None
    title: str
    see_through: bool
    own: bool
    override_redirect: bool
    private: bool = False


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawWindows:
    """The whole stacking order at one instant, lowest first. `generation` grows with every change that can move a
    visible pixel between windows (map, unmap, configure, restack, destroy, monitor change).

    `focused` is the `window` id of the top-level that has the keyboard, None when no window (or one that is not in
    `stack`) has it. `composited`: a compositing manager owns the screen.
    """

    t_ns: int
    generation: int
    stack: tuple[RawWindow, ...]
    focused: int | None
    monitors: tuple[Monitor, ...]
    composited: bool


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawFocus:
    """The focused element inside the focused window changed, or became known, or was asked again: `t_ns` is when the
    signal came or the question was sent. Repeated while keys are typed, and once more after the last one.

    `element` is an opaque identity that is stable while the element lives; None when unknown. `rect` its bounds.
    `kind` and `name` are what screen readers call it, None when not asked for or not known.
    """

    t_ns: int
    window: int | None
    element: str | None
    role: Role
    rect: Rect | None = None
    kind: ElementRole | None = None
    name: str | None = None


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawCaret:
    """The caret of an element moved and stands before its character number `offset`: the element has acted on keys.

    Never the text itself. `element` is the identity of `RawFocus`; it need not (yet) have been told there.
    """

    t_ns: int
    element: str
    offset: int


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawTarget:
    """The element under the pointer when a button went down at `pressed_ns` (that RawButton's `t_ns`)."""

    t_ns: int
    pressed_ns: int
    window: int | None
    kind: ElementRole
    name: str | None
    rect: Rect | None


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawDocument:
    """The document that a window shows, confirmed at `t_ns`: repeated while it stays the same. `url` None: unknown."""

    t_ns: int
    window: int
    url: str | None


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawPrivacy:
    """Whether a browser's window is private (leaves no history). None: nothing answered; it counts as private."""

    t_ns: int
    window: int
    private: bool | None


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawFields:
    """Where all the input fields are that a window shows, as the application said it at `t_ns` (the question was sent
    then). `rects` None: not known; an empty tuple: there are none."""

    t_ns: int
    window: int
    rects: tuple[Rect, ...] | None


class SecretSource(StrEnum):
    """A sensor that says, apart from the focused element's role, that what is typed now is secret."""

    KEYBOARD_GRAB = "keyboard_grab"
    TERMINAL_ECHO_OFF = "terminal_echo_off"
    SCREEN_LOCKED = "screen_locked"


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawSecret:
    """A secrecy sensor switched on or off."""

    t_ns: int
    source: SecretSource
    active: bool


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawFault:
    """Capture can't vouch for what it delivers from `t_ns` on (or, with `over`, can again)."""

    t_ns: int
    fault: Fault
    over: bool = False


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawDamage:
    """The screen began to differ from the last frame at `t_ns`: the first change after a grab; more are silent."""

    t_ns: int


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawPatch:
    """Pixels of one rectangle of the screen: `bgrx` has rect.height * rect.width * 4 bytes, rows top down."""

    rect: Rect
    bgrx: bytes | bytearray | memoryview


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class RawFrame:
    """What the grabber read since its last frame: the changed part of the kept regions, bracketed by two window reads.

    `windows` was read before the grab; `steady` says that the second read, after it, had the same generation. `full`
    means that the patches cover everything that was asked to be kept (the first frame, or after a window change);
    otherwise they update what the previous frame of the same generation showed. No patches: nothing changed (or, with
    `full`, nothing may be kept). `live`: the grabber reports the next change as a RawDamage, so that until then the
    frame is known to equal the screen; without it the frame is known for its own instant only. `per_window`: every
    pixel was read from the pixmap of the window that it belongs to, not from what the screen shows.
    """

    t_start_ns: int
    t_end_ns: int
    windows: RawWindows
    steady: bool
    full: bool
    live: bool
    patches: tuple[RawPatch, ...]
    per_window: bool = False


RawEvent: TypeAlias = (
    RawKey
    | RawPointer
    | RawButton
    | RawWheel
    | RawWindows
    | RawFocus
    | RawCaret
    | RawTarget
    | RawDocument
    | RawPrivacy
    | RawFields
    | RawSecret
    | RawDamage
    | RawFault
)
