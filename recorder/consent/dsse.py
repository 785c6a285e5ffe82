"""DSSE envelopes: a payload of exact bytes, its type, and Ed25519 signatures over both.

Source: Dead Simple Signing Envelope, protocol 1.0 (secure-systems-lab/dsse): PAE(type, body) is what is signed.
"""

import base64
import binascii
import hashlib
import json
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from recorder.errors import DamagedError


class Signer(Protocol):
    """Something that signs with the device's Ed25519 key (the unlocked vault)."""

    @property
    def verify_key(self) -> bytes:
        """The raw 32 bytes of the public key."""

    def sign(self, content: bytes) -> bytes:
        """The raw 64 bytes of the signature."""


def key_id(verify_key: bytes) -> str:
    """A hint which key signed: SHA-256 (hex) of the raw public key. Never trusted."""
    return hashlib.sha256(verify_key).hexdigest()


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """`DSSEv1 len(type) type len(payload) payload`, lengths in ASCII decimal."""
    type_bytes = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(type_bytes), type_bytes, len(payload), payload)


def seal(payload: bytes, payload_type: str, signer: Signer) -> bytes:
    """The envelope as one line of JSON, without a line end."""
    signature = signer.sign(pre_authentication_encoding(payload_type, payload))
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [{"keyid": key_id(signer.verify_key), "sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps(envelope, separators=(",", ":")).encode()


def unseal(envelope: bytes, payload_type: str, verify_key: bytes) -> bytes:
    """The payload, once one of the signatures over it and its type verifies.

    Raises: DamagedError for everything else.
    """
    try:
        document = json.loads(envelope)
        payload = base64.b64decode(document["payload"], validate=True)
        signatures = [base64.b64decode(entry["sig"], validate=True) for entry in document["signatures"]]
        claimed_type = document["payloadType"]
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        raise DamagedError("a signed file is not an envelope") from None
    message = pre_authentication_encoding(payload_type, payload)
    if claimed_type != payload_type or not any(_signed(message, one, verify_key) for one in signatures):
        raise DamagedError("a signed file does not verify")
    return payload


def _signed(message: bytes, signature: bytes, verify_key: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(verify_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
