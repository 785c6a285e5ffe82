"""The consent's trusted head, fetched by a child process, so that the recorder never holds a secret of the vault.

The child inherits the terminal to ask for a passphrase, prints one line of JSON without any secret, and ends. It also
tells the vault what time it is (see `consent.act.note_time`).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from recorder.consent.state import TrustedHead
from recorder.errors import (
    BusyError,
    DamagedError,
    NoConsentError,
    PlatformError,
    PolicyError,
    RecorderError,
    UsageError,
)
from recorder.store.vault import Vault

KINDS = {
    kind.__name__: kind for kind in (UsageError, DamagedError, NoConsentError, PolicyError, PlatformError, BusyError)
}
CHILD_TIMEOUT_S = 300.0  # a person types a passphrase in it


def trusted_head(home: Path) -> TrustedHead | None:
    """What `ConsentGate.open` needs; None where nothing was ever given (there is no vault, nobody is asked).

    Raises: whatever kept the child from opening the vault: PlatformError, UsageError (wrong passphrase), DamagedError.
    """
    if not Vault.exists(home):
        return None
    answer = _ask_child(home)
    if "error" in answer:
        kind = KINDS.get(str(answer["error"]), PlatformError)
        hint = answer.get("hint")
        raise kind(str(answer.get("message", "")), hint=None if hint is None else str(hint))
    try:
        return TrustedHead(
            n=int(str(answer["n"])),
            sha256=str(answer["sha256"]),
            high_water_us=int(str(answer["high_water_us"])),
            verify_key=bytes.fromhex(str(answer["verify_key"])),
        )
    except (KeyError, ValueError):
        raise _silent() from None


def _ask_child(home: Path) -> dict[str, object]:
    package_folder = str(Path(__file__).parent.parent.parent)
    search = [package_folder, *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        done = subprocess.run(  # noqa: S603
            # -P: a folder that happens to be the working directory must not provide modules.
            [sys.executable, "-P", "-m", "recorder.cli.unlock_head", str(home)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(search)},
            timeout=CHILD_TIMEOUT_S,
            check=False,
        )
        answer = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        raise _silent() from None
    if not isinstance(answer, dict):
        raise _silent()
    return answer


def _silent() -> RecorderError:
    return PlatformError("the vault could not be asked about your consent", hint="recorder doctor says what is wrong")
