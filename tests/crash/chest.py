"""A keyring in one file beside the home: it survives a process, is copied with a case, and can be cut and can refuse.

The real one is tried in tests/cli/test_key.py; it can't be killed at a chosen moment two thousand times.
"""

import json
import os
from pathlib import Path
from typing import Any

from keyring.errors import PasswordDeleteError

from tests.crash import disk
from tests.crash.points import Call

FILE_NAME = "keyring.json"


class Chest:
    """What `keyholder.encrypting_backend` gives in the crash tests. Each change of it is a call that is watched."""

    def get_password(self, service: str, user: str) -> str | None:
        found = disk.around(Call.KEYRING_READ, user, lambda: _items().get(f"{service} {user}"))
        return None if found is None else str(found)

    def set_password(self, service: str, user: str, password: str) -> None:
        disk.around(Call.KEYRING, user, lambda: _store(_items() | {f"{service} {user}": password}))

    def delete_password(self, service: str, user: str) -> None:
        items = _items()
        if items.pop(f"{service} {user}", None) is None:
            raise PasswordDeleteError
        disk.around(Call.KEYRING, user, lambda: _store(items))


def items(root: Path) -> dict[str, str]:
    path = _path(root)
    return json.loads(path.read_bytes()) if path.exists() else {}


def empty(root: Path) -> None:
    _path(root).unlink(missing_ok=True)


def _path(root: Path) -> Path:
    return root / "chest" / FILE_NAME


def _home() -> Path:
    return Path(os.environ["RECORDER_HOME"])


def _items() -> dict[str, Any]:
    return items(_home().parent)


def _store(changed: dict[str, Any]) -> None:
    """A keyring keeps a change whole or not at all; how is its own affair."""
    path = _path(_home().parent)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.with_suffix(".new").write_text(json.dumps(changed))
    path.with_suffix(".new").replace(path)
