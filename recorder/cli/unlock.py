"""Opening the vault for a command: asks for the passphrase only where the vault has one."""

from pathlib import Path
from typing import TYPE_CHECKING

from recorder.capture.backends.hidden import hide_memory
from recorder.cli import passphrase

if TYPE_CHECKING:
    from recorder.consent.keeper import VaultKeeper
    from recorder.store.vault import UnlockedVault


def unlock(home: Path) -> "UnlockedVault":
    """Everything: to read, delete and export recordings. Raises: as `Vault.open` and `Vault.unlock`."""
    from recorder.store.vault import Vault

    hide_memory()
    return Vault.open(home).unlock(passphrase.ask)


def unlock_consent(home: Path) -> "VaultKeeper":
    """The consent's head and the device's signature, not the key to recordings. Raises: as `unlock`."""
    from recorder.consent.keeper import VaultKeeper
    from recorder.store.vault import Vault

    hide_memory()
    return VaultKeeper(Vault.open(home).unlock_heads(passphrase.ask))
