"""Writing what a command did into the tamper-evident history: what was done and how often, never content."""

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

from recorder.errors import RecorderError
from recorder.store.audit import Action, Actor, AuditLog
from recorder.store.vault import Vault, VaultKind

if TYPE_CHECKING:
    from recorder.store.vault import HeadKeeper


def note(
    home: Path,
    actor: Actor,
    action: Action,
    *,
    heads: "HeadKeeper | None" = None,
    object_id: str = "",
    count: int = 0,
) -> None:
    """Add a line. Without `heads` the vault is opened if that asks nobody anything; else the line is chained only.

    Raises: DamagedError when the history does not parse, PlatformError when the disk is full.
    """
    log = AuditLog(home, heads or _silently(home))
    log.append(actor, action, at_us=time.time_ns() // 1000, object_id=object_id, count=count)


def _silently(home: Path) -> "HeadKeeper | None":
    with contextlib.suppress(RecorderError):
        if Vault.exists(home) and (vault := Vault.open(home)).kind is VaultKind.KEYRING:
            return vault.unlock_heads()
    return None
