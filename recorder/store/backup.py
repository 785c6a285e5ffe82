"""The vault's secrets in one file under a passphrase of its own, and back. Format: schemas/FORMAT.md, section 9.

A backup holds the key of the moment. Every deletion changes the key, and that ends the backup: it opens nothing that is
written after it. It is not kept valid beyond that, because then it would open every old copy of what was deleted.
"""

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recorder.errors import DamagedError, PlatformError, UsageError
from recorder.format.manifest import unbase64
from recorder.store import decisions, holders, staged_file
from recorder.store.home import (
    create_private,
    disk_errors,
    remove_all_temporaries,
    remove_file,
    sync_folder,
    write_all_and_close,
)
from recorder.store.keyholder import ARGON2, SHORTEST_PASSPHRASE, derive, subkey
from recorder.store.lock import keys_lock
from recorder.store.moving import no_deletion
from recorder.store.steps import Step, step
from recorder.store.unfinished import noted, partial_of, remove_abandoned
from recorder.store.vault import DEVICE, IDENTITY, UnlockedVault, Vault, VaultKind, unpack_identities

FORMAT = "recorder-key-backup"
VERSION = 1
LARGEST_BYTES = 64 * 1024
_FIELDS = dict.fromkeys(("vault_id", "device_public", "salt", "check", "sealed"), str) | {
    "epoch": int,
    "made_at_us": int,
    "argon2": dict,
}
_HEADER = ("format", "version", "vault_id", "device_public", "epoch", "made_at_us", "argon2", "salt", "check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup, opened. `secrets`: the vault's items by name. Its `repr` shows none."""

    vault_id: str
    device_public: str
    epoch: int
    made_at_us: int
    secrets: dict[str, bytes]

    def __repr__(self) -> str:
        return f"<Backup of epoch {self.epoch}>"

    def refuse_unless_of(self, vault: Vault) -> None:
        """Raises: UsageError when it is of another home, or of another key than the one that the home has now."""
        device = base64.b64encode(vault.device_public).decode()
        if (self.vault_id, self.device_public) != (vault.vault_id, device):
            raise UsageError("this backup is of another home", hint="nothing was changed")
        if self.epoch < vault.recipient.epoch:
            why = "this backup is out of date: the key was changed since, as every deletion does"
            raise UsageError(why, hint="a backup that was made after it is needed; nothing was changed")
        identity = unpack_identities(self.secrets.get(IDENTITY, b"{}")).get(vault.recipient.epoch)
        if identity is None or identity.recipient.public != vault.recipient.public or DEVICE not in self.secrets:
            raise UsageError("this backup's key is not the one of this home", hint="nothing was changed")


def write(path: Path, unlocked: UnlockedVault, passphrase: str, *, now_us: int) -> Backup:
    """Write a backup, 0600, and read it back. Nothing is overwritten, and nothing half-written stays.

    Raises: UsageError when `path` exists, has no folder, or the passphrase is short; PlatformError.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise UsageError(f"a passphrase needs at least {SHORTEST_PASSPHRASE} characters")
    with keys_lock(unlocked.home):
        unlocked.refresh()
        if len(unlocked.epochs) != 1:
            raise PlatformError("a change of the key is under way", hint="recorder list finishes it; then again")
        vault, secrets = unlocked.vault, unlocked.secrets()
    content = _encode(vault, secrets, passphrase, now_us)
    with noted(unlocked.home, unlocked, path):
        _create(path, content)
        try:
            found = read(path, passphrase)
            if found.secrets != secrets:
                raise PlatformError(f"{path.name} does not give the key back", hint="write it elsewhere")
        except BaseException:
            remove_file(path)
            raise
    return found


def read(path: Path, passphrase: str) -> Backup:
    """Raises: UsageError for a wrong passphrase or no file, PlatformError when it can't be read, DamagedError."""
    fields = _fields(path)
    try:
        master = derive(passphrase, unbase64(fields["salt"]), fields["argon2"])
        _open(subkey(master, "backup-check"), fields["check"], b"check")
    except InvalidTag:
        raise UsageError("that is not the backup's passphrase") from None
    try:
        plain = json.loads(_open(subkey(master, "backup"), fields["sealed"], _bound(fields)))
        return Backup(
            vault_id=fields["vault_id"],
            device_public=fields["device_public"],
            epoch=fields["epoch"],
            made_at_us=fields["made_at_us"],
            secrets={name: unbase64(secret) for name, secret in plain.items()},
        )
    except InvalidTag:
        raise DamagedError(f"{path.name} does not verify") from None


def restore(home: Path, backup: Backup, to: VaultKind, passphrase: str | None = None) -> UnlockedVault:
    """Put a backup's secrets where this home's vault has them, or under a passphrase. All or nothing.

    Raises: UsageError when the backup is not of this home or of another key than the home's, or nothing is lost;
    PlatformError when they can't be kept there; BusyError.
    """
    with no_deletion(home), keys_lock(home):
        remove_all_temporaries(home)
        vault = Vault.open(home)
        backup.refuse_unless_of(vault)
        _refuse_if_there(vault)
        # Which decision of a session was its last one is not known any more: none counts until it is made again.
        holders.move(home, backup.secrets | decisions.none_counts(), to, passphrase)
        step(Step.RESTORE_MOVED)
        unlocked = Vault.open(home).unlock(None if passphrase is None else lambda: passphrase)
        holders.tidy(home)
    # What was staged since the backup is this vault's own doing, too; a file that is gone stays an error.
    staged_file.adopt(home, unlocked)
    step(Step.RESTORE_DONE)
    return unlocked


def _refuse_if_there(vault: Vault) -> None:
    """A key that works is not replaced by an older state of it. Whether a passphrase is still known can't be told."""
    if vault.kind is not VaultKind.KEYRING:
        return
    try:
        vault.unlock()
    except (PlatformError, DamagedError):
        return
    raise UsageError("this home's key is in the keyring and opens it", hint="nothing has to be restored")


def _encode(vault: Vault, secrets: dict[str, bytes], passphrase: str, now_us: int) -> bytes:
    salt = os.urandom(16)
    master = derive(passphrase, salt, ARGON2)
    fields: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "vault_id": vault.vault_id,
        "device_public": base64.b64encode(vault.device_public).decode(),
        "epoch": vault.recipient.epoch,
        "made_at_us": now_us,
        "argon2": ARGON2,
        "salt": base64.b64encode(salt).decode(),
        "check": _seal(subkey(master, "backup-check"), b"recorder", b"check"),
    }
    plain = json.dumps({name: base64.b64encode(secret).decode() for name, secret in secrets.items()}).encode()
    fields["sealed"] = _seal(subkey(master, "backup"), plain, _bound(fields))
    return json.dumps(fields, indent=1, sort_keys=True).encode() + b"\n"


def _create(path: Path, content: bytes) -> None:
    """Beside its place first: what lies there is empty or whole, however this is cut short."""
    partial = partial_of(path)
    try:
        with disk_errors():
            remove_abandoned(path)
            os.close(create_private(path))  # the place is ours from here on: nothing is overwritten
            try:
                write_all_and_close(create_private(partial), content)
                step(Step.BACKUP_WRITTEN)
                partial.replace(path)
                sync_folder(path.parent)
                step(Step.BACKUP_IN_PLACE)
            except BaseException:
                remove_file(partial)
                remove_file(path)
                raise
    except FileExistsError:
        raise UsageError(f"{path} exists", hint="name a new file; nothing is overwritten") from None
    except FileNotFoundError:
        raise UsageError(f"there is no folder {path.parent}", hint="make it first") from None
    except OSError as failure:
        raise PlatformError(f"{path} can't be written: {failure.strerror}") from None


def _fields(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            fields: Any = json.loads(file.read(LARGEST_BYTES))
        if fields["format"] != FORMAT:
            raise DamagedError(f"{path.name} is no backup of a key")
        if fields["version"] != VERSION:
            raise DamagedError(f"{path.name} is of an unknown version", hint="a newer recorder may read it")
        if not all(isinstance(fields[name], kind) for name, kind in _FIELDS.items()):
            raise DamagedError(f"{path.name} does not parse")
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except OSError as failure:
        raise PlatformError(f"{path} can't be read: {failure.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DamagedError(f"{path.name} does not parse") from None
    return dict(fields)


def _bound(fields: dict[str, Any]) -> bytes:
    """What lies in clear is bound to what is sealed: no field of one backup fits another."""
    return json.dumps({name: fields[name] for name in _HEADER}, sort_keys=True, separators=(",", ":")).encode()


def _seal(key: bytes, plain: bytes, aad: bytes) -> str:
    nonce = os.urandom(12)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, aad)).decode()


def _open(key: bytes, sealed: str, aad: bytes) -> bytes:
    """Raises: InvalidTag."""
    content = unbase64(sealed)
    if len(content) < 28:
        raise InvalidTag
    return AESGCM(key).decrypt(content[:12], content[12:], aad)
