"""Sealing to a recipient: HPKE (RFC 9180) with the hybrid KEM ML-KEM-768 + X25519, HKDF-SHA256 and AES-256-GCM.

What is sealed can be opened with the identity alone, and only under the same context: the context names what the bytes
are for, so nothing sealed can be moved elsewhere. Both halves of the KEM must fall before anything opens.
"""

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519

from recorder.errors import DamagedError

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
MLKEM_PUBLIC_BYTES, MLKEM_SEED_BYTES, X25519_BYTES = 1184, 64, 32
PUBLIC_BYTES = MLKEM_PUBLIC_BYTES + X25519_BYTES
SECRET_BYTES = MLKEM_SEED_BYTES + X25519_BYTES
CONTEXT_PREFIX = b"recorder/1|"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A public key that can only seal. `epoch` counts the vault's rotations; 0 for a session's own key."""

    public: bytes  # ML-KEM-768 public key (1184 bytes), X25519 public key (32)
    epoch: int = 0

    def seal(self, plain: bytes, context: str) -> bytes:
        """Raises: DamagedError when the public key is not one."""
        return SUITE.encrypt(plain, _public(self.public), CONTEXT_PREFIX + context.encode())


class Identity:
    """A secret key. Its `repr` shows nothing; it lives in memory as long as someone holds it."""

    __slots__ = ("_key", "_secret", "epoch")

    def __init__(self, secret: bytes, epoch: int = 0) -> None:
        """`secret`: ML-KEM-768 seed (64 bytes), X25519 private key (32). Raises: DamagedError."""
        if len(secret) != SECRET_BYTES:
            raise DamagedError("a secret key has the wrong length")
        self._secret = secret
        self.epoch = epoch
        self._key = hpke.MLKEM768X25519PrivateKey(
            mlkem.MLKEM768PrivateKey.from_seed_bytes(secret[:MLKEM_SEED_BYTES]),
            x25519.X25519PrivateKey.from_private_bytes(secret[MLKEM_SEED_BYTES:]),
        )

    @classmethod
    def generate(cls, epoch: int = 0) -> "Identity":
        seed = mlkem.MLKEM768PrivateKey.generate().private_bytes_raw()
        return cls(seed + x25519.X25519PrivateKey.generate().private_bytes_raw(), epoch)

    @property
    def secret(self) -> bytes:
        """For the vault alone, and for wrapping a session's key to it."""
        return self._secret

    @property
    def recipient(self) -> Recipient:
        post_quantum = mlkem.MLKEM768PrivateKey.from_seed_bytes(self._secret[:MLKEM_SEED_BYTES]).public_key()
        classical = x25519.X25519PrivateKey.from_private_bytes(self._secret[MLKEM_SEED_BYTES:]).public_key()
        return Recipient(post_quantum.public_bytes_raw() + classical.public_bytes_raw(), self.epoch)

    def open(self, sealed: bytes, context: str) -> bytes:
        """Raises: DamagedError when any byte, the context or the key is not the one it was sealed with."""
        try:
            return SUITE.decrypt(sealed, self._key, CONTEXT_PREFIX + context.encode())
        except (InvalidTag, ValueError):
            raise DamagedError("a sealed value does not open with this key") from None

    def __repr__(self) -> str:
        return "<Identity>"

    def __reduce__(self) -> str:
        raise TypeError("an identity lives in memory only")


def _public(public: bytes) -> hpke.MLKEM768X25519PublicKey:
    if len(public) != PUBLIC_BYTES:
        raise DamagedError("a public key has the wrong length")
    try:
        return hpke.MLKEM768X25519PublicKey(
            mlkem.MLKEM768PublicKey.from_public_bytes(public[:MLKEM_PUBLIC_BYTES]),
            x25519.X25519PublicKey.from_public_bytes(public[MLKEM_PUBLIC_BYTES:]),
        )
    except ValueError:
        raise DamagedError("a public key does not parse") from None
