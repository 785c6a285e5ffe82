"""What was found out about lines before: keyed hashes of pixels in, places out. No pixel and no text is in it."""

import hashlib
from collections import OrderedDict
from typing import NamedTuple

from recorder.guard.mask import Bytes
from recorder.guard.reveal.judge import Place
from recorder.model.memory_only import memory_only

CAPACITY = 4096  # lines; a screen full of text has 100


class Seen(NamedTuple):
    """A line that was read: the places of its words, and for each stretch of words its keyed hash, as first and last
    place (inclusive) with the hash; `asks`: it ends in a label, so what stands beside or below it may be a secret."""

    places: tuple[Place, ...]
    traces: tuple[tuple[int, int, bytes], ...]
    asks: bool
    height: int
    width: int


@memory_only
class Cache:
    """The lines read last, the oldest dropped first. `key`: 16 to 64 random bytes that nobody else has."""

    __slots__ = ("_key", "_seen")

    def __init__(self, key: bytes) -> None:
        if not 16 <= len(key) <= 64:
            raise ValueError("the key needs 16 to 64 bytes")
        self._key = key
        self._seen: OrderedDict[bytes, Seen] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def name_of(self, crop: Bytes, foreign: Bytes) -> bytes:
        """What a line is found by again."""
        hashed = hashlib.blake2b(repr(crop.shape).encode(), digest_size=16, key=self._key)
        hashed.update(crop.tobytes())
        hashed.update(foreign.tobytes())
        return hashed.digest()

    def get(self, name: bytes) -> Seen | None:
        """What was found out, None when the line was not read yet."""
        seen = self._seen.get(name)
        if seen is not None:
            self._seen.move_to_end(name)
        return seen

    def put(self, name: bytes, seen: Seen) -> None:
        """Keep what was found out."""
        self._seen[name] = seen
        if len(self._seen) > CAPACITY:
            self._seen.popitem(last=False)
