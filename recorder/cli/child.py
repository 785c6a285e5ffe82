"""Questions that need a secret are asked of a child process, so that the recorder itself never holds one.

The child inherits the terminal to ask for a passphrase, prints one line of JSON without any secret, and ends.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recorder.errors import (
    BusyError,
    DamagedError,
    NoConsentError,
    PlatformError,
    PolicyError,
    RecorderError,
    UsageError,
)

KINDS = {
    kind.__name__: kind for kind in (UsageError, DamagedError, NoConsentError, PolicyError, PlatformError, BusyError)
}
CHILD_TIMEOUT_S = 300.0  # a person types a passphrase in it


def ask_child(module: str, home: Path) -> dict[str, Any]:
    """Run `python -m module home` and return what it answered.

    Raises: whatever RecorderError the child met; PlatformError when it gave no answer.
    """
    package_folder = str(Path(__file__).parent.parent.parent)
    search = [package_folder, *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        done = subprocess.run(
            # -P: a folder that happens to be the working directory must not provide modules.
            [sys.executable, "-P", "-m", module, str(home)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(search)},
            timeout=CHILD_TIMEOUT_S,
            check=False,
        )
        answer = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        raise no_answer() from None
    if not isinstance(answer, dict):
        raise no_answer()
    if "error" in answer:
        raise _error(answer)
    return answer


def no_answer() -> RecorderError:
    return PlatformError("the vault could not be asked", hint="recorder doctor says what is wrong")


def _error(answer: dict[str, Any]) -> RecorderError:
    kind = KINDS.get(str(answer["error"]), PlatformError)
    hint = answer.get("hint")
    return kind(str(answer.get("message", "")), hint=None if hint is None else str(hint))


def answer_parent(work: Callable[[Path], dict[str, Any]]) -> int:
    """The child's side: do the work for the home in argv, print the answer or the error; the exit code."""
    os.umask(0o077)
    try:
        answer = work(Path(sys.argv[1]))
        code = 0
    except RecorderError as error:
        answer = {"error": type(error).__name__, "message": error.message, "hint": error.hint}
        code = int(error.exit_code)
    except Exception as failure:  # noqa: BLE001 - a boundary like cli.main: only the type's name may leave
        answer = {"error": "PlatformError", "message": f"the vault could not be opened ({type(failure).__name__})"}
        code = 1
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    return code
