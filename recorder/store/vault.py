"""The keys of this home. `Vault` is the public half, all that recording needs; unlocking gives the secret half.

The vault's identity opens every session's identity, which opens every segment's keys. It changes after each deletion
(`rotate.py`), so that no old copy of a wrapped key opens anything.
"""

import base64
import dataclasses
import hmac
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recorder.errors import DamagedError, PlatformError, UsageError
from recorder.format.manifest import unbase64
from recorder.format.seal import Identity, Recipient
from recorder.store.home import ensure, remove_all_temporaries, remove_file, write_private
from recorder.store.keyholder import KeyHolder, KeyringHolder, PassphraseFile
from recorder.store.lock import keys_lock

VERSION = 1
HEADS = ("consent", "audit", "staged", "review")
MOVING = "vault.moving"  # stands while the secrets go from one holder to another
DEVICE = "device"
IDENTITY = "identity"
_HEAD_ITEMS = (DEVICE, *(f"head-{name}" for name in HEADS))
ITEMS = (IDENTITY, *_HEAD_ITEMS)
Passphrase = Callable[[], str]


class VaultKind(StrEnum):
    """Where the secrets rest."""

    KEYRING = "keyring"
    PASSPHRASE = "passphrase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """Public parts only: enough to record. `device_public`: raw Ed25519 public key."""

    home: Path
    vault_id: str
    kind: VaultKind
    recipient: Recipient
    device_public: bytes

    @staticmethod
    def exists(home: Path) -> bool:
        return _path(home).exists()

    @classmethod
    def create(cls, home: Path, *, passphrase: str | None) -> "Vault":
        """New keys: in the keyring, or with a passphrase (chosen explicitly) in a file.

        Raises: UsageError when there is a vault; PlatformError when there is no keyring that encrypts.
        """
        remove_all_temporaries(ensure(home))
        if cls.exists(home):
            raise UsageError("this home has a vault")
        vault_id = os.urandom(8).hex()
        holder: KeyHolder = KeyringHolder(vault_id) if passphrase is None else _new_file(home, passphrase)
        identity, device = Identity.generate(epoch=1), Ed25519PrivateKey.generate()
        holder.set(IDENTITY, _pack({1: identity}))
        holder.set(DEVICE, device.private_bytes_raw() + os.urandom(32))
        vault = cls(
            home=home,
            vault_id=vault_id,
            kind=VaultKind.KEYRING if passphrase is None else VaultKind.PASSPHRASE,
            recipient=identity.recipient,
            device_public=device.public_key().public_bytes_raw(),
        )
        vault.save()
        return vault

    @classmethod
    def open(cls, home: Path) -> "Vault":
        """Public parts, nothing secret, nobody asked. Raises: PlatformError when there is none, DamagedError."""
        try:
            fields = json.loads(_path(home).read_bytes())
            if fields["version"] != VERSION:
                raise DamagedError("vault.json is of an unknown version", hint="a newer recorder may read it")
            return cls(
                home=home,
                vault_id=_checked_id(fields["vault_id"]),
                kind=VaultKind(fields["kind"]),
                recipient=Recipient(unbase64(fields["recipient"]), int(fields["epoch"])),
                device_public=unbase64(fields["device_public"]),
            )
        except FileNotFoundError:
            raise PlatformError("this home has no keys yet", hint="`recorder consent --self` makes them") from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise DamagedError("vault.json does not parse") from None

    def unlock(self, passphrase: Passphrase | None = None) -> "UnlockedVault":
        """All secrets, for review, deletion and export. `passphrase` is asked only if this vault has one.

        Raises: PlatformError (no keyring, locked, key gone), UsageError (wrong passphrase), DamagedError.
        """
        holder = self._holder(passphrase, ITEMS)
        return UnlockedVault(self, holder, unpack_identities(_needed(holder, IDENTITY)))

    def unlock_heads(self, passphrase: Passphrase | None = None) -> "HeadKeeper":
        """Heads, MAC and device signature only, for the recording process: the identity is not read at all."""
        return HeadKeeper(self, self._holder(passphrase, _HEAD_ITEMS))

    def destroy(self, passphrase: Passphrase | None = None) -> None:
        """Destroy every secret of this home, for good: nothing recorded can ever be read again.

        A passphrase file is removed whole, without asking. Raises: PlatformError when the keyring refuses.
        """
        moving = self.home / MOVING
        if self.kind is VaultKind.KEYRING:
            KeyringHolder(self.vault_id).clear(ITEMS)
        elif moving.exists():  # a copy may be left in the keyring; nothing that is here opens with it
            with suppress(PlatformError):
                KeyringHolder(self.vault_id).clear(ITEMS)
        for path in (secret_path(self.home), new_secret_path(self.home), moving, _path(self.home)):
            remove_file(path)

    def moved(self, kind: VaultKind) -> "Vault":
        """The same vault with its secrets elsewhere; that is in force when this returns."""
        vault = dataclasses.replace(self, kind=kind)
        vault.save()
        return vault

    def save(self) -> None:
        fields = {
            "version": VERSION,
            "vault_id": self.vault_id,
            "kind": self.kind,
            "epoch": self.recipient.epoch,
            "recipient": base64.b64encode(self.recipient.public).decode(),
            "device_public": base64.b64encode(self.device_public).decode(),
        }
        write_private(_path(self.home), json.dumps(fields, indent=1, sort_keys=True).encode() + b"\n")

    def _holder(self, passphrase: Passphrase | None, names: tuple[str, ...]) -> KeyHolder:
        if self.kind is VaultKind.KEYRING:
            return KeyringHolder(self.vault_id)
        if passphrase is None:
            raise PlatformError("this home's keys need their passphrase", hint="run it in a terminal")
        return PassphraseFile(secret_path(self.home), passphrase(), names)


class HeadKeeper:
    """Authenticated heads of the append-only logs, the device's signature, and MACs for what is kept beside them."""

    def __init__(self, vault: Vault, holder: KeyHolder) -> None:
        """Raises: DamagedError when vault.json does not belong to these secrets."""
        self.vault = vault
        self._holder = holder
        device = _needed(holder, DEVICE)
        self._signing, self._mac_key = Ed25519PrivateKey.from_private_bytes(device[:32]), device[32:]
        if self._signing.public_key().public_bytes_raw() != vault.device_public:
            raise DamagedError("vault.json is not this device's")

    def head(self, name: str) -> str | None:
        """The last head that was set; None: never. Raises: PlatformError, DamagedError."""
        found = self._holder.get(_head_item(name))
        return None if found is None else found.decode()

    def set_head(self, name: str, value: str) -> None:
        """Raises: PlatformError, also when the vault's secrets were moved elsewhere meanwhile."""
        with keys_lock(self.vault.home):
            if Vault.open(self.vault.home).kind is not self.vault.kind:
                raise PlatformError("the key was moved meanwhile", hint="run the command again")
            self._holder.set(_head_item(name), value.encode())

    def sign(self, message: bytes) -> bytes:
        """Ed25519 by this device's key."""
        return self._signing.sign(message)

    def mac(self, purpose: str, message: bytes) -> str:
        """HMAC-SHA256 under a key of this vault, hex; bound to its purpose."""
        return hmac.digest(self._mac_key, purpose.encode() + b"\0" + message, "sha256").hex()

    def check_mac(self, purpose: str, message: bytes, mac: str) -> bool:
        return hmac.compare_digest(self.mac(purpose, message).encode(), mac.encode())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class UnlockedVault(HeadKeeper):
    """The secret half: opens sessions. Never in the recording process."""

    def __init__(self, vault: Vault, holder: KeyHolder, identities: dict[int, Identity]) -> None:
        super().__init__(vault, holder)
        self._identities = identities
        current = identities.get(vault.recipient.epoch)
        if current is None or current.recipient.public != vault.recipient.public:
            raise DamagedError("vault.json names a key that is not this vault's")

    @property
    def home(self) -> Path:
        return self.vault.home

    @property
    def recipient(self) -> Recipient:
        return self.vault.recipient

    @property
    def epochs(self) -> list[int]:
        """More than one: a rotation was cut short and has to be finished."""
        return sorted(self._identities)

    def open(self, sealed: bytes, context: str, epoch: int) -> bytes:
        """Raises: DamagedError, also for an epoch whose key is destroyed."""
        identity = self._identities.get(epoch)
        if identity is None:
            raise DamagedError("a value is sealed to a key that was destroyed")
        return identity.open(sealed, context)

    def secrets(self) -> dict[str, bytes]:
        """Every secret as its holder has it, by name: to move them to another holder, or to back them up. Under
        `keys_lock`."""
        found = {name: self._holder.get(name) for name in ITEMS}
        return {name: secret for name, secret in found.items() if secret is not None}

    def refresh(self) -> None:
        """Read again what another process may have rotated. Under `keys_lock`, before any change."""
        self._identities = unpack_identities(_needed(self._holder, IDENTITY))
        self.vault = Vault.open(self.home)

    def add_epoch(self) -> None:
        """Make and keep the next identity and seal to it from now on; the old ones still open."""
        identity = Identity.generate(max(self._identities) + 1)
        self._identities[identity.epoch] = identity
        self._holder.set(IDENTITY, _pack(self._identities))
        kept = unpack_identities(_needed(self._holder, IDENTITY))
        if {n: one.secret for n, one in kept.items()} != {n: one.secret for n, one in self._identities.items()}:
            raise PlatformError("the new key was not kept where it was put", hint="nothing was changed")
        self.vault = dataclasses.replace(self.vault, recipient=identity.recipient)
        self.vault.save()

    def settle_epoch(self) -> None:
        """Seal to the newest identity if a crash came before vault.json said so."""
        newest = self._identities[max(self._identities)]
        if newest.epoch != self.vault.recipient.epoch:
            self.vault = dataclasses.replace(self.vault, recipient=newest.recipient)
            self.vault.save()

    def drop_old_epochs(self) -> None:
        """Destroy every identity but the newest."""
        newest = max(self._identities)
        self._identities = {newest: self._identities[newest]}
        self._holder.set(IDENTITY, _pack(self._identities))


def secret_path(home: Path) -> Path:
    """Where the secrets lie under a passphrase, if they do."""
    return home / "vault.key"


def new_secret_path(home: Path) -> Path:
    """The same while a change of the key is under way: not in force until it is renamed."""
    return home / "vault.key.new"


def _path(home: Path) -> Path:
    return home / "vault.json"


def _new_file(home: Path, passphrase: str) -> PassphraseFile:
    return PassphraseFile.create(secret_path(home), passphrase, ITEMS)


def _checked_id(text: str) -> str:
    return bytes.fromhex(text).hex()


def _head_item(name: str) -> str:
    if name not in HEADS:
        raise ValueError("no such head")
    return f"head-{name}"


def _needed(holder: KeyHolder, name: str) -> bytes:
    found = holder.get(name)
    if found is None:
        raise PlatformError(
            "this home's key is gone from where it was kept", hint="what was recorded here can't be read any more"
        )
    return found


def _pack(identities: dict[int, Identity]) -> bytes:
    packed: dict[str, Any] = {str(n): base64.b64encode(one.secret).decode() for n, one in identities.items()}
    return json.dumps(packed).encode()


def unpack_identities(packed: bytes) -> dict[int, Identity]:
    """The item `identity`, by epoch. Raises: DamagedError."""
    try:
        return {int(n): Identity(unbase64(text), int(n)) for n, text in json.loads(packed).items()}
    except (ValueError, TypeError, AttributeError):
        raise DamagedError("the vault's key does not parse") from None
