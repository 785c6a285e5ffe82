"""The stored and exported tables, column by column: the one truth from which every schema is emitted.

A column says its unit, what it means, which consent category it belongs to (without it the column is not written) and,
if it holds text, what made that text safe to store. Field order is column order; it follows `model/redacted.py`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from recorder.model.consent import Category, Purpose
from recorder.model.element import ElementRole
from recorder.model.redacted import Channel, CountBucket, EventKind, GapReason, KeyClass, RedactionMethod, Trigger

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Col:
    """What a schema needs to know about a column.

    `arrow` names the scalar type; empty for structs and lists, whose type follows from the hint. `needs`: the column is
    written if any of these categories is granted (empty: always). `closed`: the text is one of an enum's values.
    `redacted`: how free text became safe. Every text column has one of the two; a test holds that.
    """

    arrow: str = ""
    doc: str = ""
    unit: str | None = None
    needs: tuple[Category, ...] = ()
    closed: type[StrEnum] | None = None
    redacted: str | None = None


class Codec(StrEnum):
    """How a frame's picture is encoded; readers tell by magic, not by this name."""

    QOI = "qoi"
    WEBP = "webp"
    PNG = "png"


class StepAction(StrEnum):
    """What a derived step does. The names follow pyautogui where it has one."""

    CLICK = "click"
    DOUBLE_CLICK = "double_click"
    TRIPLE_CLICK = "triple_click"
    RIGHT_CLICK = "right_click"
    MIDDLE_CLICK = "middle_click"
    EXTRA_CLICK = "extra_click"  # back, forward and beyond: `button` says which
    MOUSE_DOWN = "mouse_down"  # its release was withheld
    MOUSE_UP = "mouse_up"  # its press was withheld
    DRAG = "drag"
    SCROLL = "scroll"
    TYPE = "type"
    SECRET_ENTRY = "secret_entry"
    PASTE = "paste"
    PRESS = "press"
    HOTKEY = "hotkey"
    SWITCH = "switch"
    WAIT = "wait"


class OsFamily(StrEnum):
    """The platform, and nothing finer."""

    LINUX = "linux"
    WINDOWS = "windows"
    MACOS = "macos"


class TaskOutcome(StrEnum):
    """What the person says became of the task."""

    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"


_POINTER = (Category.POINTER_CLICKS, Category.POINTER_PATH)
_CLICKS = (Category.POINTER_CLICKS,)
_KEYS = (Category.SHORTCUTS,)
_SHAPE = (Category.KEY_SHAPE,)
_TYPING = (Category.KEY_SHAPE, Category.TEXT_CONTENT)
_TEXT = (Category.TEXT_CONTENT,)
_ELEMENTS = (Category.ACCESSIBILITY_TEXT,)
_PICTURES = (Category.SCREENSHOTS,)
_ID = "made by this program; describes nothing"
_RULE_NAME = "the name of the volunteer's own app rule; never a window's or process' own name"

# Rows of these kinds are stored only with one of the categories; the other kinds say what is missing and always may.
KIND_NEEDS: dict[EventKind, tuple[Category, ...]] = {
    EventKind.POINTERMOVE: (Category.POINTER_PATH,),
    EventKind.BUTTON: _CLICKS,
    EventKind.WHEEL: _CLICKS,
    EventKind.KEY: (Category.SHORTCUTS, Category.KEY_SHAPE),
    EventKind.TEXT_HELD: _TYPING,
    EventKind.TEXT_RUN: _TYPING,
    EventKind.PASTE: (Category.KEY_SHAPE, Category.SHORTCUTS, Category.TEXT_CONTENT),
    EventKind.TARGET: _ELEMENTS,
    EventKind.SECRET_ENTRY: (),
    EventKind.GAP: (),
    EventKind.PAUSE: (),
}


# Where something was taken out of, table and column, as people call it.
PLACES: dict[str, str] = {
    "frames.image": "pictures",
    "contexts.window_title": "window titles",
    "contexts.url_host": "sites",
    "contexts.url_path": "addresses",
    "events.char": "typed text",
    "events.text": "typed text",
    "events.key_class": "typed text",
    "events.target_name": "names of elements",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RectValue:
    """A rectangle on the virtual desktop; half-open."""

    x: Annotated[int, Col(arrow="int32", doc="left edge", unit="px")]
    y: Annotated[int, Col(arrow="int32", doc="top edge", unit="px")]
    width: Annotated[int, Col(arrow="int32", doc="columns covered", unit="px")]
    height: Annotated[int, Col(arrow="int32", doc="rows covered", unit="px")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageValue:
    """A picture as dataset readers expect it."""

    bytes: Annotated[bytes, Col(arrow="binary", doc="the encoded picture", redacted="masked by the guard")]
    path: Annotated[str, Col(arrow="string", doc="a name whose suffix is the codec's", redacted=_ID)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One event. Sorted by seq. Fields that a kind has no use for are null."""

    seq: Annotated[int | None, Col(arrow="int64", doc="counts events; null: a gap left by a deletion of frames only")]
    t_us: Annotated[int, Col(arrow="int64", doc="when, since the session's start", unit="us")]
    kind: Annotated[str, Col(arrow="string", doc="what happened", closed=EventKind)]
    t_end_us: Annotated[int | None, Col(arrow="int64", doc="end of a text run, gap or pause", unit="us")]
    x: Annotated[int | None, Col(arrow="int32", doc="pointer position", unit="px", needs=_POINTER)]
    y: Annotated[int | None, Col(arrow="int32", doc="pointer position, down", unit="px", needs=_POINTER)]
    button: Annotated[int | None, Col(arrow="int32", doc="1 left, 2 middle, 3 right, 8 back, 9 forward", needs=_CLICKS)]
    pressed: Annotated[bool | None, Col(arrow="bool", doc="down (true) or up", needs=(*_CLICKS, *_KEYS, *_SHAPE))]
    scroll_dx: Annotated[float | None, Col(arrow="float32", doc="turn to the right", unit="notches", needs=_CLICKS)]
    scroll_dy: Annotated[float | None, Col(arrow="float32", doc="turn away, up", unit="notches", needs=_CLICKS)]
    key: Annotated[
        str | None,
        Col(
            arrow="string",
            doc="a shortcut or navigation key, such as ctrl+c or Return",
            needs=_KEYS,
            redacted="named keys and shortcuts only; a character typed as text never gets here",
        ),
    ]
    keycode: Annotated[int | None, Col(arrow="int32", doc="evdev's code, only together with key", needs=_KEYS)]
    key_class: Annotated[
        str | None,
        Col(arrow="string", doc="what a key of a text run did", needs=_SHAPE, closed=KeyClass),
    ]
    char: Annotated[
        str | None,
        Col(
            arrow="string",
            doc="the character that a key of a text run made; null where it is masked",
            needs=_TEXT,
            redacted="text detector of the guard, over several views of the run",
        ),
    ]
    mods: Annotated[
        int | None,
        Col(arrow="int32", doc="bits: shift 1 ctrl 2 alt 4 super 8 altgr 16 caps 32 num 64", needs=(*_CLICKS, *_KEYS)),
    ]
    injected: Annotated[bool | None, Col(arrow="bool", doc="made by a program, not by a device")]
    run: Annotated[int | None, Col(arrow="int64", doc="counts text runs; its rows share it", needs=_TYPING)]
    text: Annotated[
        str | None,
        Col(
            arrow="string",
            doc="what a text run came to, masked stretches by their kind in brackets",
            needs=_TEXT,
            redacted="text detector of the guard, over several views of the run",
        ),
    ]
    count_bucket: Annotated[
        str | None, Col(arrow="string", doc="keys of a text run, coarsely", needs=_TYPING, closed=CountBucket)
    ]
    edited: Annotated[bool | None, Col(arrow="bool", doc="a text run with corrections in it", needs=_TYPING)]
    pasted: Annotated[bool | None, Col(arrow="bool", doc="a text run with a paste in it", needs=_TYPING)]
    target_role: Annotated[
        str | None, Col(arrow="string", doc="what was clicked or typed into", needs=_ELEMENTS, closed=ElementRole)
    ]
    target_name: Annotated[
        str | None, Col(arrow="string", doc="its label", needs=_ELEMENTS, redacted="text detector of the guard")
    ]
    target_rect: Annotated[RectValue | None, Col(doc="its bounds", needs=_ELEMENTS)]
    reason: Annotated[str | None, Col(arrow="string", doc="why something was withheld", closed=GapReason)]
    channel: Annotated[str | None, Col(arrow="string", doc="which stream a gap stands in for", closed=Channel)]
    context_id: Annotated[int | None, Col(arrow="int64", doc="the context in force")]
    app: Annotated[
        str | None,
        Col(
            arrow="string",
            doc="the app that it went to: under the pointer, or with the keyboard",
            needs=(Category.APP_NAMES,),
            redacted=_RULE_NAME,
        ),
    ]
    frame_id: Annotated[
        int | None, Col(arrow="int64", doc="the last frame at or before; may have been deleted", needs=_PICTURES)
    ]
    frame_age_us: Annotated[
        int | None,
        Col(arrow="int64", doc="since that frame was last known to equal the screen", unit="us", needs=_PICTURES),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRow:
    """One masked picture of one screen, from t_us to t_end_us. A row without an image continues an earlier segment's
    frame of the same id: readers merge the two and drop a continuation whose picture is gone."""

    frame_id: Annotated[int, Col(arrow="int64", doc="counts frames", needs=_PICTURES)]
    t_us: Annotated[int, Col(arrow="int64", doc="the grab ended here", unit="us", needs=_PICTURES)]
    t_end_us: Annotated[int, Col(arrow="int64", doc="the screen looked so until here", unit="us", needs=_PICTURES)]
    screen: Annotated[int, Col(arrow="int32", doc="index of the monitor", needs=_PICTURES)]
    width: Annotated[int, Col(arrow="int32", doc="picture width", unit="px", needs=_PICTURES)]
    height: Annotated[int, Col(arrow="int32", doc="picture height", unit="px", needs=_PICTURES)]
    scale: Annotated[float, Col(arrow="float32", doc="physical pixels per logical one", needs=_PICTURES)]
    trigger: Annotated[str, Col(arrow="string", doc="why it was kept", needs=_PICTURES, closed=Trigger)]
    context_id: Annotated[int | None, Col(arrow="int64", doc="the context in force", needs=_PICTURES)]
    n_redactions: Annotated[int, Col(arrow="int32", doc="regions filled", needs=_PICTURES)]
    masked_px: Annotated[int, Col(arrow="int64", doc="filled: may be text", unit="px", needs=_PICTURES)]
    withheld_px: Annotated[int, Col(arrow="int64", doc="filled: not allowed", unit="px", needs=_PICTURES)]
    apps: Annotated[
        tuple[Annotated[str, Col(arrow="string", doc="one app", redacted=_RULE_NAME)], ...] | None,
        Col(doc="allowed apps with visible pixels; null: not known", needs=(Category.APP_NAMES,)),
    ]
    sha256: Annotated[
        str | None,
        Col(arrow="string", doc="of image.bytes, hex", needs=_PICTURES, redacted="hash of the masked picture"),
    ]
    codec: Annotated[str | None, Col(arrow="string", doc="of image.bytes", needs=_PICTURES, closed=Codec)]
    image: Annotated[ImageValue | None, Col(doc="the picture", needs=_PICTURES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextRow:
    """Which allowed app had the keyboard, and where. A context that goes on in the next segment has a row in each, with
    the same id; readers merge them."""

    context_id: Annotated[int, Col(arrow="int64", doc="counts contexts")]
    t_us: Annotated[int, Col(arrow="int64", doc="from here", unit="us")]
    t_end_us: Annotated[int | None, Col(arrow="int64", doc="to here", unit="us")]
    app: Annotated[
        str | None,
        Col(arrow="string", doc="the app in front", needs=(Category.APP_NAMES,), redacted=_RULE_NAME),
    ]
    window_title: Annotated[
        str | None,
        Col(arrow="string", doc="its title", needs=(Category.WINDOW_TITLES,), redacted="text detector of the guard"),
    ]
    url_host: Annotated[
        str | None,
        Col(
            arrow="string",
            doc="the site; masked labels as […]",
            needs=(Category.URL_HOST,),
            redacted="sites chosen by name as they are, else text detector of the guard; public hosts only",
        ),
    ]
    url_path: Annotated[
        str | None,
        Col(
            arrow="string",
            doc="the page; masked parts as […], no query",
            needs=(Category.URL_PATH,),
            redacted="text detector of the guard",
        ),
    ]
    window_rect: Annotated[RectValue | None, Col(doc="where it is", needs=(Category.APP_NAMES, Category.SCREENSHOTS))]
    screen: Annotated[int | None, Col(arrow="int32", doc="index of the monitor")]
    source: Annotated[str, Col(arrow="string", doc="which backend said so", redacted="a backend's name")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionRow:
    """That something was taken out, by which rule: never the content, never a hash of it."""

    t_us: Annotated[int, Col(arrow="int64", doc="when", unit="us")]
    target: Annotated[str, Col(arrow="string", doc="a table's name", redacted="one of this file's tables")]
    ref_id: Annotated[int | None, Col(arrow="int64", doc="frame_id or context_id there, run of events")]
    field: Annotated[str, Col(arrow="string", doc="a column's name", redacted="one of this file's columns")]
    rect: Annotated[RectValue | None, Col(doc="where in the frame", needs=_PICTURES)]
    category: Annotated[str, Col(arrow="string", doc="what kind of thing", redacted="a detector's label")]
    detector: Annotated[str, Col(arrow="string", doc="name and version", redacted="a detector's name")]
    method: Annotated[str, Col(arrow="string", doc="how", closed=RedactionMethod)]
    count: Annotated[int, Col(arrow="int32", doc="things at once")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetValue:
    """What a step acted on, as screen readers name it."""

    rect: Annotated[RectValue | None, Col(doc="bounds")]
    role: Annotated[str | None, Col(arrow="string", doc="its role", closed=ElementRole)]
    name: Annotated[
        str | None,
        Col(arrow="string", doc="its label", needs=(Category.ACCESSIBILITY_TEXT,), redacted="text detector"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One action with the picture before it; derived from the other tables at export."""

    step_id: Annotated[int, Col(arrow="int64", doc="counts steps")]
    t_start_us: Annotated[int, Col(arrow="int64", doc="first event", unit="us")]
    t_end_us: Annotated[int, Col(arrow="int64", doc="last event", unit="us")]
    obs_frame_id: Annotated[int | None, Col(arrow="int64", doc="the frame before", needs=_PICTURES)]
    obs_age_us: Annotated[int | None, Col(arrow="int64", doc="its age", unit="us", needs=_PICTURES)]
    next_frame_id: Annotated[int | None, Col(arrow="int64", doc="the frame after", needs=_PICTURES)]
    action: Annotated[str, Col(arrow="string", doc="what was done", closed=StepAction)]
    x: Annotated[int | None, Col(arrow="int32", doc="where", unit="px", needs=_POINTER)]
    y: Annotated[int | None, Col(arrow="int32", doc="where, down", unit="px", needs=_POINTER)]
    x2: Annotated[int | None, Col(arrow="int32", doc="end of a drag", unit="px", needs=_POINTER)]
    y2: Annotated[int | None, Col(arrow="int32", doc="end of a drag, down", unit="px", needs=_POINTER)]
    button: Annotated[int | None, Col(arrow="int32", doc="as in events", needs=_CLICKS)]
    clicks: Annotated[int | None, Col(arrow="int32", doc="how many", needs=_CLICKS)]
    keys: Annotated[
        tuple[Annotated[str, Col(arrow="string", doc="one key", redacted="named keys only")], ...] | None,
        Col(doc="pressed keys in order", needs=_KEYS),
    ]
    text: Annotated[
        str | None,
        Col(arrow="string", doc="typed words", needs=(Category.TEXT_CONTENT,), redacted="text detector of the guard"),
    ]
    count_bucket: Annotated[
        str | None, Col(arrow="string", doc="keys typed, coarsely", needs=_TYPING, closed=CountBucket)
    ]
    scroll_dx: Annotated[float | None, Col(arrow="float32", doc="turn to the right", unit="notches", needs=_CLICKS)]
    scroll_dy: Annotated[float | None, Col(arrow="float32", doc="turn away, up", unit="notches", needs=_CLICKS)]
    target: Annotated[TargetValue | None, Col(doc="what it acted on", needs=(Category.ACCESSIBILITY_TEXT,))]
    context_id: Annotated[int | None, Col(arrow="int64", doc="the context in force")]
    app: Annotated[
        str | None,
        Col(arrow="string", doc="the app that it went to", needs=(Category.APP_NAMES,), redacted=_RULE_NAME),
    ]
    withheld_us: Annotated[int, Col(arrow="int64", doc="withheld time since the last step", unit="us")]
    first_seq: Annotated[int | None, Col(arrow="int64", doc="first event of it; null: no event, as in a wait")]
    last_seq: Annotated[int | None, Col(arrow="int64", doc="last event of it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenValue:
    """One monitor of the virtual desktop."""

    index: Annotated[int, Col(arrow="int32", doc="counts from 0")]
    x: Annotated[int, Col(arrow="int32", doc="left edge", unit="px")]
    y: Annotated[int, Col(arrow="int32", doc="top edge", unit="px")]
    width: Annotated[int, Col(arrow="int32", doc="columns", unit="px")]
    height: Annotated[int, Col(arrow="int32", doc="rows", unit="px")]
    scale: Annotated[float, Col(arrow="float32", doc="physical pixels per logical one")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountValue:
    """The books of one kind: seen = stored + aggregated + withheld."""

    kind: Annotated[str, Col(arrow="string", doc="of event, or frame", redacted="an event kind's name")]
    seen: Annotated[int, Col(arrow="int64", doc="came in")]
    stored: Annotated[int, Col(arrow="int64", doc="became a row")]
    aggregated: Annotated[int, Col(arrow="int64", doc="went into another row")]
    withheld: Annotated[int, Col(arrow="int64", doc="were withheld")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One recording session."""

    session_id: Annotated[str, Col(arrow="string", doc="UUIDv7", redacted=_ID)]
    schema_version: Annotated[int, Col(arrow="int32", doc="of all tables")]
    consent_id: Annotated[str, Col(arrow="string", doc="under which it was made", redacted=_ID)]
    consent_sha256: Annotated[str, Col(arrow="string", doc="of the consent record, hex", redacted=_ID)]
    started_at_us: Annotated[int | None, Col(arrow="int64", doc="Unix time, shifted or dropped at export", unit="us")]
    duration_us: Annotated[int, Col(arrow="int64", doc="start to end", unit="us")]
    os_family: Annotated[str, Col(arrow="string", doc="the platform", closed=OsFamily)]
    screens: Annotated[tuple[ScreenValue, ...], Col(doc="monitors")]
    task: Annotated[str | None, Col(arrow="string", doc="what was to be done", redacted="typed for this by the person")]
    task_outcome: Annotated[str | None, Col(arrow="string", doc="what became of it", closed=TaskOutcome)]
    recorder_version: Annotated[str, Col(arrow="string", doc="that made it", redacted=_ID)]
    policy_sha256: Annotated[str, Col(arrow="string", doc="of the rules in force, hex", redacted=_ID)]
    counts: Annotated[tuple[CountValue, ...], Col(doc="the books")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One line of the tamper-evident history. Never content."""

    seq: Annotated[int, Col(arrow="int64", doc="counts lines from 0")]
    at_us: Annotated[int, Col(arrow="int64", doc="Unix time", unit="us")]
    actor: Annotated[str, Col(arrow="string", doc="which command", redacted="a command's name")]
    action: Annotated[str, Col(arrow="string", doc="what was done", redacted="one of a closed list")]
    object_id: Annotated[str, Col(arrow="string", doc="a session, consent or file id", redacted=_ID)]
    count: Annotated[int, Col(arrow="int64", doc="how many things")]
    prev_hash: Annotated[str, Col(arrow="string", doc="hash of the line before, hex", redacted=_ID)]
    hash: Annotated[str, Col(arrow="string", doc="of this line without it, hex", redacted=_ID)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentColumns:
    """What every exported row carries besides."""

    consent_id: Annotated[str, Col(arrow="string", doc="under which the row was made", redacted=_ID)]
    consent_revision: Annotated[int, Col(arrow="int32", doc="of that consent")]
    purpose: Annotated[str | None, Col(arrow="string", doc="what it may be used for", closed=Purpose)]


STORED: dict[str, type] = {
    "events": EventRow,
    "frames": FrameRow,
    "contexts": ContextRow,
    "redactions": RedactionRow,
}
TABLES: dict[str, type] = {
    **STORED,
    "steps": StepRow,
    "sessions": SessionRow,
    "audit": AuditRow,
}

# These stay at home although they are stored: how much of the screen belonged to what was not allowed; the calendar
# time; what would tell one person's rules or deletions apart. Pictures leave by another way, encoded anew.
KEPT_HOME = frozenset(
    {"withheld_px", "image", "codec", "sha256", "started_at_us", "policy_sha256", "counts"},
)
