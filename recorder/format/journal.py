"""The journal's bytes: a header in clear, then AEAD records, each a batch of operations or one frame.

"RECJRNL1" | u32 header length | header (JSON) | record*        all integers little-endian
record = u32 length | AES-256-GCM ciphertext and tag; nonce = prefix (4) || u64 counter;
         aad = SHA-256(everything before the first record) || u64 counter
"""

import hashlib
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recorder.errors import DamagedError
from recorder.model.tables import SCHEMA_VERSION

MAGIC = b"RECJRNL1"
PREFIX_BYTES = 4
TAG_BYTES = 16
LARGEST_RECORD_BYTES = 1 << 28
BATCH, FRAME = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a reader needs before it can decrypt. `columns`: per table, the order of values in a row."""

    session_id: str
    segment: int
    key: str  # the journal's data key, sealed to the session, base64
    nonce_prefix: str  # hex
    columns: dict[str, list[str]]
    version: int = SCHEMA_VERSION


class Op(NamedTuple):
    """One change; `kind`: e event, c context, f frame (`blob`: its picture), s frame seen, r redaction."""

    kind: str
    values: list[Any]
    blob: bytes | None = None


def new_nonce_prefix() -> str:
    """Random: two journals never share a key, so this only adds distance."""
    return os.urandom(PREFIX_BYTES).hex()


class Encoder:
    """Turns batches into records; the counter makes every nonce unique under the one key. Not for two threads."""

    def __init__(self, header: Header, dek: bytes) -> None:
        self.head = encode_header(header)
        self._hash = hashlib.sha256(self.head).digest()
        self._prefix = bytes.fromhex(header.nonce_prefix)
        self._aead = AESGCM(dek)
        self._counter = 0

    def batch(self, ops: list[tuple[str, Any]]) -> bytes:
        """A record of operations without blobs: (kind, values) in order."""
        return self._record(bytes((BATCH,)) + json.dumps(ops, separators=(",", ":")).encode())

    def frame(self, values: Any, blob: bytes) -> bytes:
        """A record of one frame row with its picture."""
        row = json.dumps(values, separators=(",", ":")).encode()
        return self._record(bytes((FRAME,)) + struct.pack("<I", len(row)) + row + blob)

    def _record(self, plain: bytes) -> bytes:
        counter = struct.pack("<Q", self._counter)
        self._counter += 1
        sealed = self._aead.encrypt(self._prefix + counter, plain, self._hash + counter)
        return struct.pack("<I", len(sealed)) + sealed


class Decoded(NamedTuple):
    """What a journal holds up to the first byte that does not verify; `lost_bytes` come after that."""

    ops: list[Op]
    lost_bytes: int


def encode_header(header: Header) -> bytes:
    fields = {name: getattr(header, name) for name in Header.__slots__}
    body = json.dumps(fields, separators=(",", ":"), sort_keys=True).encode()
    return MAGIC + struct.pack("<I", len(body)) + body


def decode_header(data: bytes) -> tuple[Header, int]:
    """The header and where the records start. Raises: DamagedError."""
    if data[: len(MAGIC)] != MAGIC:
        raise DamagedError("a journal of an unknown version or none at all")
    start = len(MAGIC) + 4
    end = start + int.from_bytes(data[len(MAGIC) : start], "little")
    try:
        header = Header(**json.loads(data[start:end]))
        bytes.fromhex(header.nonce_prefix)
    except (ValueError, TypeError):
        raise DamagedError("a journal's header does not parse") from None
    if header.version != SCHEMA_VERSION:
        raise DamagedError("a journal of an unknown version")
    return header, end


def decode(data: bytes, dek: bytes, *, torn_tail: bool = False) -> Decoded:
    """All operations, in order.

    With `torn_tail` (recovery) reading stops at the first record that does not verify; nothing after it is believed.
    Raises: DamagedError for a header, or without `torn_tail` any record, that does not verify.
    """
    header, position = decode_header(data)
    opener = _Opener(data[:position], bytes.fromhex(header.nonce_prefix), dek)
    ops: list[Op] = []
    while position < len(data):
        try:
            plain, after = opener.next(data, position)
        except DamagedError:
            if not torn_tail:
                raise
            break
        ops.extend(_ops(plain))
        position = after
    return Decoded(ops, len(data) - position)


class _Opener:
    def __init__(self, head: bytes, prefix: bytes, dek: bytes) -> None:
        self._hash = hashlib.sha256(head).digest()
        self._prefix = prefix
        self._aead = AESGCM(dek)
        self._counter = 0

    def next(self, data: bytes, position: int) -> tuple[bytes, int]:
        start = position + 4
        length = int.from_bytes(data[position:start], "little")
        end = start + length
        if not TAG_BYTES <= length <= LARGEST_RECORD_BYTES or end > len(data):
            raise DamagedError("a journal record is cut short")
        counter = struct.pack("<Q", self._counter)
        try:
            plain = self._aead.decrypt(self._prefix + counter, data[start:end], self._hash + counter)
        except InvalidTag:
            raise DamagedError("a journal record does not verify") from None
        self._counter += 1
        return plain, end


def _ops(plain: bytes) -> Iterator[Op]:
    """A record that verified was written by us: what does not parse then is our bug, and raises as one."""
    if plain[0] == FRAME:
        (length,) = struct.unpack_from("<I", plain, 1)
        yield Op("f", json.loads(plain[5 : 5 + length]), plain[5 + length :])
    elif plain[0] == BATCH:
        for kind, values in json.loads(plain[1:]):
            yield Op(kind, values)
    else:
        raise DamagedError("a journal record of an unknown kind")
