"""The closed lists of the tables in words for the person whose recording it is. A test holds each of them complete."""

from recorder.model.redacted import Channel, EventKind, GapReason
from recorder.model.tables import PLACES as PLACES

REASONS: dict[GapReason, str] = {
    GapReason.APP_NOT_ALLOWED: "an app that is not on your list",
    GapReason.WINDOW_UNKNOWN: "it was not known whose window it was",
    GapReason.WINDOWS_CHANGED: "the windows changed while the picture was taken",
    GapReason.COMPOSITED: "the desktop could not be told from a hidden window",
    GapReason.SECRET_INPUT: "a field that takes a secret",
    GapReason.FOCUS_UNKNOWN: "it was not known where the keys went",
    GapReason.SCREEN_LOCKED: "the screen was locked",
    GapReason.PRIVATE_WINDOW: "a private window",
    GapReason.SITE_NOT_ALLOWED: "a site that is not on your list, or not known to be",
    GapReason.CATEGORY_OFF: "you did not agree to this kind of data",
    GapReason.CONSENT_ENDED: "your consent had ended",
    GapReason.PAUSED: "you paused the recording",
    GapReason.OVERFLOW: "more came in than could be judged",
    GapReason.INPUT_LOST: "the connection to keys and pointer was lost",
    GapReason.DISPLAY_LOST: "the connection to the screen was lost",
    GapReason.ACCESSIBILITY_LOST: "the connection to accessibility was lost",
    GapReason.GUARD_ERROR: "something in the guard failed, so nothing was kept",
    GapReason.TOO_FAST: "the windows changed too fast to vouch for a picture",
    GapReason.FORGOTTEN: "you deleted it",
    GapReason.STOPPED: "the recording ended in the middle of it",
    GapReason.NOT_SHARED: "you chose not to share it",
}
CHANNELS: dict[Channel, str] = {
    Channel.KEYS: "keys",
    Channel.POINTER: "pointer",
    Channel.FRAMES: "pictures",
    Channel.ALL: "everything",
}
KINDS: dict[EventKind, str] = {
    EventKind.POINTERMOVE: "pointer moved",
    EventKind.BUTTON: "button",
    EventKind.WHEEL: "wheel",
    EventKind.KEY: "key",
    EventKind.TEXT_HELD: "typing began",
    EventKind.TEXT_RUN: "typing",
    EventKind.SECRET_ENTRY: "secret typed, not kept",
    EventKind.PASTE: "paste",
    EventKind.TARGET: "element",
    EventKind.GAP: "withheld",
    EventKind.PAUSE: "pause",
}


def reason(name: str) -> str:
    """A stored reason in words; what a later version may have stored stays as it is."""
    return REASONS[GapReason(name)] if name in GapReason._value2member_map_ else name.replace("_", " ")
