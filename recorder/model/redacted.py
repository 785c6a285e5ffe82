"""What has passed the guard: the only values that the store takes. Minted in `recorder.guard` alone.

Times are int64 microseconds since the session's start on the monotonic clock; positions int32 physical pixels of the
virtual desktop. The field order here is the column order of the stored tables (see `model/tables.py`).
"""

from dataclasses import InitVar, dataclass
from enum import StrEnum

from recorder.model.element import ElementRole
from recorder.model.geometry import Rect
from recorder.model.seals.guard import GuardSeal, check


class EventKind(StrEnum):
    """What a row of the events table is."""

    POINTERMOVE = "pointermove"
    BUTTON = "button"
    WHEEL = "wheel"
    KEY = "key"
    TEXT_HELD = "text_held"  # typing begins here whose rows come later, under the same `run`; or never
    TEXT_RUN = "text_run"
    SECRET_ENTRY = "secret_entry"
    PASTE = "paste"
    TARGET = "target"  # what the button press of the same `t_us` acted on
    GAP = "gap"
    PAUSE = "pause"


class Channel(StrEnum):
    """Which stream a gap stands in for."""

    KEYS = "keys"
    POINTER = "pointer"
    FRAMES = "frames"
    ALL = "all"


class GapReason(StrEnum):
    """Why something was withheld. A closed list: it names the rule, never the thing."""

    APP_NOT_ALLOWED = "app_not_allowed"
    WINDOW_UNKNOWN = "window_unknown"
    WINDOWS_CHANGED = "windows_changed"  # between the two reads around a grab
    COMPOSITED = "composited"
    SECRET_INPUT = "secret_input"
    FOCUS_UNKNOWN = "focus_unknown"
    SCREEN_LOCKED = "screen_locked"
    PRIVATE_WINDOW = "private_window"
    SITE_NOT_ALLOWED = "site_not_allowed"  # or not known to be the one that is
    CATEGORY_OFF = "category_off"
    CONSENT_ENDED = "consent_ended"
    PAUSED = "paused"
    OVERFLOW = "overflow"
    INPUT_LOST = "input_lost"
    DISPLAY_LOST = "display_lost"
    ACCESSIBILITY_LOST = "accessibility_lost"
    GUARD_ERROR = "guard_error"
    TOO_FAST = "too_fast"  # the stacking order changed too often to vouch for a frame
    FORGOTTEN = "forgotten"  # deleted by the person afterwards
    STOPPED = "stopped"  # a run that was still open when recording ended
    NOT_SHARED = "not_shared"  # in exports alone: the person's own choice, whichever it was


class CountBucket(StrEnum):
    """How many keys a text run had, coarsely: an exact length describes a password."""

    ONE = "1"
    TO_4 = "2-4"
    TO_8 = "5-8"
    TO_16 = "9-16"
    TO_32 = "17-32"
    MORE = "33+"


class KeyClass(StrEnum):
    """What a key of a text run did: all that is kept of it at level L1."""

    LETTER = "letter"
    DIGIT = "digit"
    SPACE = "space"
    PUNCTUATION = "punctuation"
    DELETE = "delete"  # took text away
    CARET = "caret"  # moved within the text
    OTHER = "other"  # a modifier, or nothing that can be named
    MASKED = "masked"  # belongs to something that is not known to be harmless


class Trigger(StrEnum):
    """Why a frame was kept."""

    ACTION_PRE = "action_pre"
    ACTION_POST = "action_post"
    CONTEXT = "context"
    IDLE = "idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedEvent:
    """One row of the events table, but for `seq`, which the store counts. Fields that a kind has no use for are None.

    `key` names a shortcut or navigation key (`ctrl+c`, `Return`): never a character typed as text. `keycode` is given
    only together with `key`. `run` numbers the text runs of apps whose typing is kept more closely than by a count:
    their text_held, text_run and key rows have it. `char` is the one character that a key of a run made and `text` what
    the run came to, both after the text detector. `t_end_us` ends a text_run, gap or pause. `target_…` describe the
    element that was clicked or typed into; its name is after the text detector. `app` is the rule's name of the app
    that it went to: the window under the pointer; for keys the one that has the keyboard; for a release that tells no
    place, its press's. `frame_id` is the last frame at or before the event, `frame_age_us` the time since that frame
    was last known to equal the screen.
    """

    t_us: int
    kind: EventKind
    t_end_us: int | None = None
    x: int | None = None
    y: int | None = None
    button: int | None = None
    pressed: bool | None = None
    scroll_dx: float | None = None
    scroll_dy: float | None = None
    key: str | None = None
    keycode: int | None = None
    key_class: KeyClass | None = None
    char: str | None = None
    mods: int | None = None
    injected: bool | None = None
    run: int | None = None
    text: str | None = None
    count_bucket: CountBucket | None = None
    edited: bool | None = None
    pasted: bool | None = None
    target_role: ElementRole | None = None
    target_name: str | None = None
    target_rect: Rect | None = None
    reason: GapReason | None = None
    channel: Channel | None = None
    context_id: int | None = None
    app: str | None = None
    frame_id: int | None = None
    frame_age_us: int | None = None
    seal: InitVar[GuardSeal]

    def __post_init__(self, seal: GuardSeal) -> None:
        check(seal)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedContext:
    """From `t_us` until the next context: which allowed app had the keyboard, and where. `app` is the rule's name."""

    context_id: int
    t_us: int
    app: str | None
    window_title: str | None  # after the text detector; None when withheld
    url_host: str | None
    url_path: str | None
    window_rect: Rect | None
    screen: int | None
    source: str  # the backend that said so: x11, pynput, fake …
    seal: InitVar[GuardSeal]

    def __post_init__(self, seal: GuardSeal) -> None:
        check(seal)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedFrame:
    """One masked picture of one monitor. `rgb`: height * width * 3 bytes, rows top down, sRGB, already solid-filled.

    `t_us`: the grab ended here; `trigger` why it was kept; `withheld_px` how many pixels belong to what is not allowed,
    `masked_px` how many were filled because they may be text. `apps`: the rule names of the allowed apps with visible
    pixels in it, None when not known (deleting any app of the session then takes the frame with it).
    """

    frame_id: int
    t_us: int
    screen: int
    width: int
    height: int
    scale: float
    trigger: Trigger
    context_id: int | None
    n_redactions: int
    masked_px: int
    withheld_px: int
    apps: tuple[str, ...] | None = None
    rgb: bytes
    seal: InitVar[GuardSeal]

    def __post_init__(self, seal: GuardSeal) -> None:
        check(seal)
        if len(self.rgb) != self.width * self.height * 3:
            raise ValueError("rgb does not have width * height * 3 bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSeen:
    """The screen still looked like `frame_id` at `t_us` (its `t_end_us` moves there; no new row)."""

    frame_id: int
    t_us: int
    seal: InitVar[GuardSeal]

    def __post_init__(self, seal: GuardSeal) -> None:
        check(seal)


class RedactionMethod(StrEnum):
    """How something was taken out."""

    SOLID = "solid"
    DROP = "drop"
    CLASS_ONLY = "class_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """That something was taken out, by which rule: never the content, never a hash of it.

    `target` names the table, `ref_id` its row (frame_id, context_id), `field` the column. `count` things at once.
    """

    t_us: int
    target: str
    ref_id: int | None
    field: str
    rect: Rect | None
    category: str
    detector: str  # name and version, such as "mask_all/1"
    method: RedactionMethod
    count: int
    seal: InitVar[GuardSeal]

    def __post_init__(self, seal: GuardSeal) -> None:
        check(seal)


Redacted = RedactedEvent | RedactedContext | RedactedFrame | FrameSeen | Redaction


@dataclass(slots=True, kw_only=True)
class Tally:
    """The books of one event kind: every one that was seen was stored, aggregated into another row, or withheld."""

    seen: int = 0
    stored: int = 0
    aggregated: int = 0
    withheld: dict[str, int] | None = None  # by GapReason

    @property
    def balances(self) -> bool:
        return self.seen == self.stored + self.aggregated + sum((self.withheld or {}).values())
