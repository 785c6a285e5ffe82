"""A session's identity: made at its start, wrapped to the vault in a file of its own, and forgotten by who made it.

The file stands apart from the manifest so that the vault can re-wrap it while a recorder writes the manifest.
"""

import base64
import json
import secrets
from pathlib import Path
from typing import NamedTuple

from recorder.errors import DamagedError
from recorder.format.manifest import unbase64
from recorder.format.seal import Identity, Recipient
from recorder.store.folders import listed
from recorder.store.home import write_private
from recorder.store.lock import keys_lock
from recorder.store.vault import UnlockedVault, Vault


class NewIdentity(NamedTuple):
    """A fresh session identity and the id of its file."""

    identity: Identity
    key_id: str


def make_for_recording(home: Path, folder: Path, recipient: Recipient) -> tuple[Recipient, str]:
    """A new session's public key and key id. The secret half is gone when this returns, but for its wrapped copy."""
    with keys_lock(home, shared=True):
        # A deletion may have rotated the vault's key since the caller read it; the old one opens nothing any more.
        current = Vault.open(home).recipient
        made = make(folder, current if current.epoch != recipient.epoch else recipient)
    return made.identity.recipient, made.key_id


def make(folder: Path, recipient: Recipient) -> NewIdentity:
    """A new identity for the session in `folder`, its wrapped copy on disk. Under `keys_lock`."""
    made = NewIdentity(Identity.generate(), secrets.token_hex(8))
    _write(folder, made.key_id, made.identity.secret, recipient)
    return made


def open_identity(folder: Path, key_id: str, unlocked: UnlockedVault) -> Identity:
    """Raises: DamagedError naming the session."""
    try:
        return Identity(_open(folder, key_id, unlocked)[0])
    except DamagedError:
        raise DamagedError(f"session {folder.name}: its key does not open") from None


def rewrap(folder: Path, unlocked: UnlockedVault) -> None:
    """Wrap every identity of a session to the vault's newest key. Under `keys_lock`."""
    for path in listed(folder / "keys", ending=".json"):
        secret, epoch = _open(folder, path.stem, unlocked)
        if epoch != unlocked.recipient.epoch:
            _write(folder, path.stem, secret, unlocked.recipient)


def _write(folder: Path, key_id: str, secret: bytes, recipient: Recipient) -> None:
    sealed = recipient.seal(secret, _context(folder, key_id))
    fields = {"epoch": recipient.epoch, "sealed": base64.b64encode(sealed).decode()}
    write_private(folder / "keys" / f"{key_id}.json", json.dumps(fields, sort_keys=True).encode() + b"\n")


def _open(folder: Path, key_id: str, unlocked: UnlockedVault) -> tuple[bytes, int]:
    try:
        fields = json.loads((folder / "keys" / f"{key_id}.json").read_bytes())
        epoch, sealed = int(fields["epoch"]), unbase64(fields["sealed"])
    except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
        raise DamagedError("a session's key file is gone or does not parse") from None
    return unlocked.open(sealed, _context(folder, key_id), epoch), epoch


def _context(folder: Path, key_id: str) -> str:
    return f"identity|{folder.name}|{key_id}"
