"""Sessions whose recorder died: recovered before the next recording starts, and said so.

Recovery needs the key, which the recorder must not hold: a child process does it (`python -m recorder.cli.recovery`).
"""

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recorder.cli import output
from recorder.cli.child import answer_parent, ask_child
from recorder.errors import RecorderError
from recorder.store.recover import needs_recovery

if TYPE_CHECKING:
    from recorder.store.recover import Recovered
    from recorder.store.vault import UnlockedVault


def recover_dead_sessions(home: Path) -> None:
    """Say what was recovered. What can't be recovered now stays as it is, encrypted, and does not keep anyone from
    recording."""
    if not needs_recovery(home):
        return
    try:
        recovered = ask_child("recorder.cli.recovery", home)["recovered"]
    except RecorderError as error:
        output.note(f"an earlier session was cut off and could not be recovered yet: {error.message}")
        return
    for one in recovered:
        output.note(sentence(one))


def sentence(one: dict[str, Any]) -> str:
    """What became of one session, in words."""
    if one["problem"]:
        return f"session {one['session_id']} was cut off and can't be recovered: {one['problem']}"
    return (
        f"recovered session {one['session_id']}, whose recorder was cut off: {one['events']} events and "
        f"{one['frames']} pictures, up to {one['until_us'] / 1e6:.1f} s after its start"
    )


def recover_all(home: Path, unlocked: "UnlockedVault") -> list["Recovered"]:
    """Recover, and write it into the history. Raises: as `recover` and `history.note`."""
    from recorder.cli import history
    from recorder.store.audit import Action, Actor
    from recorder.store.recover import recover

    recovered = recover(home, unlocked)
    for one in recovered:
        history.note(home, Actor.RECORD, Action.RECORDING_RECOVERED, heads=unlocked, object_id=one.session_id)
    return recovered


def _recover(home: Path) -> dict[str, Any]:
    from recorder.cli.unlock import unlock

    return {"recovered": [dataclasses.asdict(one) for one in recover_all(home, unlock(home))]}


if __name__ == "__main__":
    sys.exit(answer_parent(_recover))
