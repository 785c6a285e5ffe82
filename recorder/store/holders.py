"""Moving the vault's secrets from one holder to another: there is no moment at which none of them opens the vault.

The new holder is filled and read back first; then one rename switches to it; only after that is the old one emptied.
`vault.moving` stands from before the first write until both ends are tidy, so that a later command tidies up after a
crash: whatever holder vault.json does not name is emptied then.
"""

import json
from pathlib import Path
from typing import Any

from recorder.errors import PlatformError, RecorderError
from recorder.store.home import remove_file, sync_folder, write_private
from recorder.store.keyholder import KeyHolder, KeyringHolder, PassphraseFile
from recorder.store.steps import Step, step
from recorder.store.vault import IDENTITY, ITEMS, MOVING, Vault, VaultKind, new_secret_path, secret_path


def move(home: Path, secrets: dict[str, bytes], to: VaultKind, passphrase: str | None) -> Vault:
    """Put the secrets of this home's vault where `to` says; returns the vault as it is then. Under `keys_lock`.

    `passphrase`: the new one, for a file. Raises: PlatformError when the new place does not keep them, UsageError for
    a short passphrase; the vault is as it was before then.
    """
    vault = Vault.open(home)
    write_private(home / MOVING, json.dumps({"kinds": sorted({vault.kind, to})}).encode())
    step(Step.MOVE_MARKED)
    try:
        if to is VaultKind.KEYRING:
            _fill_keyring(vault, secrets)
        else:
            _fill_file(home, secrets, passphrase or "")
            # A file under the old passphrase and this one are never there at once: one rename takes the other's place.
            new_secret_path(home).replace(secret_path(home))
            sync_folder(home)
            step(Step.MOVE_RENAMED)
        moved = vault.moved(to)
        step(Step.MOVE_SWITCHED)
        return moved
    except RecorderError:
        tidy(home)
        raise


def tidy(home: Path) -> str | None:
    """Empty what is not in force any more, or not yet. What could not be emptied, in words; it is tried again at the
    next change of the key. None: nothing is left."""
    remove_file(new_secret_path(home))
    kinds = _marked(home)
    if kinds is None:
        return None
    vault = Vault.open(home)
    if VaultKind.PASSPHRASE in kinds and vault.kind is not VaultKind.PASSPHRASE:
        remove_file(secret_path(home))
    if VaultKind.KEYRING in kinds and vault.kind is not VaultKind.KEYRING:
        try:
            KeyringHolder(vault.vault_id).clear(ITEMS)
        except PlatformError as error:
            return f"the old copy of the key is still in the keyring: {error.message}"
    step(Step.MOVE_EMPTIED)
    remove_file(home / MOVING)
    sync_folder(home)
    step(Step.MOVE_DONE)
    return None


def untidy(home: Path) -> bool:
    """Whether a move was cut short, or its old place could not be emptied."""
    return (home / MOVING).exists() or new_secret_path(home).exists()


def _fill_keyring(vault: Vault, secrets: dict[str, bytes]) -> None:
    holder = KeyringHolder(vault.vault_id)
    for name in sorted(secrets, key=lambda name: name == IDENTITY):  # last: until then the vault does not open here
        holder.set(name, secrets[name])
        step(Step.MOVE_KEPT)
    holder.clear(set(ITEMS) - set(secrets))
    step(Step.MOVE_FILLED)
    _prove(KeyringHolder(vault.vault_id), secrets)


def _fill_file(home: Path, secrets: dict[str, bytes], passphrase: str) -> None:
    path = new_secret_path(home)
    PassphraseFile.create(path, passphrase, ITEMS, secrets)
    step(Step.MOVE_FILLED)
    _prove(PassphraseFile(path, passphrase, ITEMS), secrets)


def _prove(holder: KeyHolder, secrets: dict[str, bytes]) -> None:
    """Raises: PlatformError when the new holder does not give back every secret."""
    if any(holder.get(name) != secrets.get(name) for name in ITEMS):
        raise PlatformError("the new place does not give the key back", hint="nothing was changed")
    step(Step.MOVE_PROVED)


def _marked(home: Path) -> set[str] | None:
    try:
        fields: Any = json.loads((home / MOVING).read_bytes())
        return set(fields["kinds"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return set(VaultKind)  # it says that something was under way; all that is not in force goes
