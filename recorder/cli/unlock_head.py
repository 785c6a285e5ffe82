"""The child of `trusted_head`: opens the vault's heads, prints the consent's as one line of JSON, and ends.

Its stdout goes to the parent; it talks to the person through /dev/tty alone. What it prints is no secret.
"""

import sys
import time
from pathlib import Path
from typing import Any

from recorder.cli.child import answer_parent


def trusted(home: Path) -> dict[str, Any]:
    """Also vouches for the history's lines so far: those that the recorder is about to write stand on them. Raises: as
    `unlock_consent` and `note_time`."""
    from recorder.cli.unlock import unlock_consent
    from recorder.consent.act import note_time
    from recorder.store.audit import Actor, AuditLog

    keeper = unlock_consent(home)
    AuditLog(home, keeper.heads).anchor(Actor.RECORD, at_us=time.time_ns() // 1000)
    head = note_time(home, keeper)
    return {
        "n": head.n,
        "sha256": head.sha256,
        "high_water_us": head.high_water_us,
        "verify_key": head.verify_key.hex(),
    }


if __name__ == "__main__":
    sys.exit(answer_parent(trusted))
