"""What a person types for a session in, its id out: the whole id, an unambiguous beginning of it, or `last`."""

from collections.abc import Sequence

from recorder.errors import UsageError

LAST = "last"
_HINT = "recorder list shows them"


def find(typed: str, session_ids: Sequence[str]) -> str:
    """`session_ids`: all that exist, oldest first. Raises: UsageError when none or several fit."""
    if not session_ids:
        raise UsageError("there is no session here", hint="start one with: recorder record")
    if typed == LAST:
        return session_ids[-1]
    fitting = [session_id for session_id in session_ids if session_id.startswith(typed)] if typed else []
    if typed in fitting:
        return typed
    if len(fitting) > 1:
        raise UsageError(f"{len(fitting)} sessions begin like that", hint=f"type more of the id; {_HINT}")
    if not fitting:
        raise UsageError("there is no such session", hint=_HINT)
    return fitting[0]
