"""How a key came to be withheld: what was said when it was, and how much was known of the key by then."""

from recorder.guard.doubt import Doubt
from recorder.guard.typed import Down
from recorder.guard.typing import Run
from recorder.model.raw import RawCaret, RawEvent, RawFocus, RawKey, RawSecret, Role
from recorder.model.redacted import GapReason


def is_lost(fate: object, t_ns: int) -> bool:
    """Whether the guard has decided by now that the keydown of that time is withheld."""
    match fate:
        case Run() as run:
            return isinstance(run.fate, GapReason) or t_ns not in run.times
        case Down() as down:
            mine = [stroke for stroke in down.strokes if stroke.t_ns == t_ns]
            return isinstance(down.run.fate, GapReason) or any(stroke.lost for stroke in mine)
    return isinstance(fate, GapReason)


def standing(doubt: Doubt) -> dict[int, str]:
    """How far each key in doubt has come, by its time."""
    found: dict[int, str] = {}
    causes = 0
    for key in doubt._waiting:
        causes += key.cause
        place = "before a cause" if causes == 0 else "behind a cause" if causes == 1 else "behind causes"
        found[key.t_ns] = f"waiting {place}" + (", claimable by some" if key.claimable < 1 << 62 else "")
    return found | {taken.key.t_ns: "taken, not confirmed" for taken in doubt._taken}


def occasion(raw: RawEvent | None) -> str:
    """What was being said."""
    match raw:
        case RawFocus(role=Role.SECRET):
            return "secret focus"
        case RawFocus(role=Role.TEXT):
            return "harmless focus"
        case RawFocus():
            return "unknown focus"
        case RawCaret():
            return "caret"
        case RawSecret(source=source):
            return f"sensor {source.value}"
        case RawKey():
            return "a later key"
    return "time" if raw is None else type(raw).__name__
