"""Where the consent stands, for display, without asking anybody for a passphrase."""

from dataclasses import dataclass
from pathlib import Path

from recorder.consent.act import read_head
from recorder.consent.gate import ConsentGate
from recorder.consent.keeper import VaultKeeper
from recorder.consent.state import UNKNOWN, Standing, TrustedHead
from recorder.consent.verify import written_head
from recorder.errors import DamagedError, PlatformError
from recorder.store.vault import Vault, VaultKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """`verified`: the vault vouches for it. Otherwise it is what the files say, and the gate will look again."""

    standing: Standing
    verified: bool
    problem: str | None = None


def unasked(home: Path) -> Unasked:
    """Never raises for what is wrong with the consent or the vault: that is what it reports."""
    try:
        vault = Vault.open(home) if Vault.exists(home) else None
        head = None if vault is None else _head(home, vault)
    except (PlatformError, DamagedError) as error:
        return Unasked(standing=UNKNOWN, verified=False, problem=error.message)
    verified = vault is None or vault.kind is VaultKind.KEYRING
    return Unasked(standing=ConsentGate.open(home, head).standing(), verified=verified)


def _head(home: Path, vault: Vault) -> TrustedHead:
    if vault.kind is VaultKind.KEYRING:
        return read_head(VaultKeeper(vault.unlock_heads()))
    return written_head(home, vault.device_public)
