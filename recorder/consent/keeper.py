"""The vault as consent needs it: a device key that signs, and one short text that only the vault can change."""

from typing import Protocol

from recorder.consent.dsse import Signer
from recorder.store.vault import HeadKeeper


class Keeper(Signer, Protocol):
    """Signs, and keeps the head."""

    def get_head(self) -> str | None: ...

    def set_head(self, head: str) -> None: ...


class VaultKeeper:
    """A `Keeper` over the unlocked heads of a vault."""

    def __init__(self, heads: HeadKeeper) -> None:
        self.heads = heads

    @property
    def verify_key(self) -> bytes:
        # Checked by the vault against the secret key, so it is not merely what vault.json says.
        return self.heads.vault.device_public

    def sign(self, content: bytes) -> bytes:
        return self.heads.sign(content)

    def get_head(self) -> str | None:
        return self.heads.head("consent")

    def set_head(self, head: str) -> None:
        self.heads.set_head("consent", head)
