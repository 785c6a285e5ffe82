"""Where the vault's secrets rest: the system's keyring, or a file that a passphrase opens. Never in the clear."""

import base64
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import keyring
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from keyring.errors import KeyringError, PasswordDeleteError

from recorder.errors import DamagedError, PlatformError, UsageError
from recorder.format.manifest import unbase64
from recorder.store.home import write_private

SERVICE = "recorder"
MACOS_FRAMEWORKS = Path("/System/Library/Frameworks")
# Secret services that encrypt at rest, by exact class. A list of what is good: an unknown backend may be anything.
ENCRYPTING_BACKENDS = {
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.macOS.Keyring",
    "keyring.backends.Windows.WinVaultKeyring",
}
NO_KEYRING_HINT = "start or unlock the desktop's keyring, or choose a passphrase instead of it"
# RFC 9106, section 4, second recommendation: 64 MiB, three passes.
ARGON2 = {"memory_cost": 64 * 1024, "iterations": 3, "lanes": 4}
SHORTEST_PASSPHRASE = 8
_FIELDS = {"items": dict, "salt": str, "argon2": dict}


class KeyHolder(Protocol):
    """Named secrets. Raises: PlatformError when the holder does not answer."""

    def get(self, name: str) -> bytes | None: ...
    def set(self, name: str, secret: bytes) -> None: ...
    def clear(self, names: Iterable[str]) -> None: ...


class KeyringHolder:
    """Secrets in the operating system's keyring, under this vault's id."""

    def __init__(self, vault_id: str) -> None:
        """Raises: PlatformError when there is no keyring that encrypts."""
        self._vault_id = vault_id
        self._backend = encrypting_backend()

    def get(self, name: str) -> bytes | None:
        try:
            text = self._backend.get_password(SERVICE, self._user(name))
        except (KeyringError, OSError, RuntimeError) as error:
            raise _silent(error) from None
        return unbase64(text) if text is not None else None

    def set(self, name: str, secret: bytes) -> None:
        try:
            self._backend.set_password(SERVICE, self._user(name), base64.b64encode(secret).decode())
        except (KeyringError, OSError, RuntimeError) as error:
            raise _silent(error) from None

    def clear(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                self._backend.delete_password(SERVICE, self._user(name))
            except PasswordDeleteError:
                if self.get(name) is not None:
                    raise PlatformError("the keyring does not delete the recorder's key") from None
            except (KeyringError, OSError, RuntimeError) as error:
                raise _silent(error) from None

    def _user(self, name: str) -> str:
        return f"{self._vault_id}:{name}"


def encrypting_backend() -> Any:
    """The keyring in use, if it is one that encrypts. Raises: PlatformError; there is never a fallback."""
    if not MACOS_FRAMEWORKS.is_dir():
        # keyring loads every system's backend, and the one for macOS has a C compiler look for its frameworks: 0.1 s
        # and a dozen temporary files in each command. An import that fails is all the answer keyring needs.
        sys.modules.setdefault("keyring.backends.macOS.api", None)  # type: ignore[arg-type]
    try:
        backend = keyring.get_keyring()
        # A chain would hand a secret on to its next link; only its first link is ever used, by itself.
        if _class_name(backend) == "keyring.backends.chainer.ChainerBackend":
            backend = next(iter(backend.backends), backend)
    except (KeyringError, OSError, RuntimeError) as error:
        raise _silent(error) from None
    if _class_name(backend) not in ENCRYPTING_BACKENDS:
        raise PlatformError(f"no keyring that encrypts (found {_class_name(backend)})", hint=NO_KEYRING_HINT)
    return backend


def _class_name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _silent(error: Exception) -> PlatformError:
    return PlatformError(f"the keyring does not answer ({type(error).__name__})", hint=NO_KEYRING_HINT)


class PassphraseFile:
    """Secrets in one file, each sealed under its own key derived from the passphrase (Argon2id, then HKDF).

    `names` limits what this holder can ever open: the recording process asks for the heads alone, and the passphrase's
    key is forgotten once those are derived. Use under `keys_lock` when several processes may write.
    """

    def __init__(self, path: Path, passphrase: str, names: Iterable[str]) -> None:
        """Raises: UsageError for a wrong passphrase, PlatformError when the file is gone, DamagedError."""
        self._path = path
        self._salt: str | None = None
        fields = self._read()
        self._salt = fields["salt"]
        master = derive(passphrase, unbase64(fields["salt"]), fields["argon2"])
        self._keys = {name: subkey(master, name) for name in {*names, "check"}}
        try:
            self.get("check")
        except DamagedError:
            raise UsageError("that is not the vault's passphrase") from None

    @classmethod
    def create(
        cls, path: Path, passphrase: str, names: Iterable[str], secrets: Mapping[str, bytes] | None = None
    ) -> "PassphraseFile":
        """A new file, these secrets in it from the start. Raises: UsageError for a passphrase that is too short."""
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise UsageError(f"a passphrase needs at least {SHORTEST_PASSPHRASE} characters")
        salt = os.urandom(16)
        master = derive(passphrase, salt, ARGON2)
        all_secrets = {"check": b"recorder", **(secrets or {})}
        items = {name: _seal(subkey(master, name), name, secret) for name, secret in all_secrets.items()}
        fields = {"version": 1, "argon2": ARGON2, "salt": base64.b64encode(salt).decode(), "items": items}
        write_private(path, json.dumps(fields, indent=1).encode())
        return cls(path, passphrase, names)

    def get(self, name: str) -> bytes | None:
        item = self._read()["items"].get(name)
        if item is None:
            return None
        sealed = unbase64(item)
        try:
            return AESGCM(self._keys[name]).decrypt(sealed[:12], sealed[12:], name.encode())
        except (InvalidTag, ValueError):
            raise DamagedError("the vault's passphrase file does not verify") from None

    def set(self, name: str, secret: bytes) -> None:
        fields = self._read()
        fields["items"][name] = _seal(self._keys[name], name, secret)
        write_private(self._path, json.dumps(fields, indent=1).encode())

    def clear(self, names: Iterable[str]) -> None:
        fields = self._read()
        for name in names:
            fields["items"].pop(name, None)
        write_private(self._path, json.dumps(fields, indent=1).encode())

    def _read(self) -> dict[str, Any]:
        try:
            fields: dict[str, Any] = json.loads(self._path.read_bytes())
            if fields["version"] != 1:
                raise DamagedError("the vault's passphrase file is of an unknown version")
            if not all(isinstance(fields[name], kind) for name, kind in _FIELDS.items()):
                raise DamagedError("the vault's passphrase file does not parse")
            if self._salt not in (None, fields["salt"]):
                # Sealed under the old passphrase it could not be opened with the new one.
                raise PlatformError("the passphrase was changed meanwhile", hint="run the command again")
        except FileNotFoundError:
            raise PlatformError("the vault's passphrase file is gone") from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise DamagedError("the vault's passphrase file does not parse") from None
        return fields


def derive(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    """The master key of a passphrase. Raises: DamagedError for other costs than ours."""
    # What the file asks for is bounded: a forged one must not weaken the hash or eat the machine's memory.
    if cost != ARGON2:
        raise DamagedError("a passphrase file asks for another key derivation")
    lanes, iterations, memory = ARGON2["lanes"], ARGON2["iterations"], ARGON2["memory_cost"]
    hashed = Argon2id(salt=salt, length=32, lanes=lanes, iterations=iterations, memory_cost=memory)
    return hashed.derive(passphrase.encode())


def subkey(master: bytes, name: str) -> bytes:
    return HKDFExpand(hashes.SHA256(), 32, f"recorder/1|{name}".encode()).derive(master)


def _seal(key: bytes, name: str, secret: bytes) -> str:
    nonce = os.urandom(12)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, secret, name.encode())).decode()
