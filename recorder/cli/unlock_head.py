"""The child of `trusted_head`: opens the vault's heads, prints the consent's as one line of JSON, and ends.

Its stdout goes to the parent; it talks to the person through /dev/tty alone. What it prints is no secret.
"""

import json
import os
import sys
from pathlib import Path


def main(home: Path) -> int:
    from recorder.cli.unlock import unlock_consent
    from recorder.consent.act import note_time
    from recorder.errors import RecorderError

    try:
        head = note_time(home, unlock_consent(home))
    except RecorderError as error:
        _print({"error": type(error).__name__, "message": error.message, "hint": error.hint})
        return int(error.exit_code)
    except Exception as failure:  # noqa: BLE001 - a boundary like cli.main: only the type's name may leave
        _print({"error": "PlatformError", "message": f"the vault could not be opened ({type(failure).__name__})"})
        return 1
    _print(
        {"n": head.n, "sha256": head.sha256, "high_water_us": head.high_water_us, "verify_key": head.verify_key.hex()}
    )
    return 0


def _print(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(Path(sys.argv[1])))
