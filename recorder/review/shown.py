"""A frame's number in, the bytes that a page shows of it out: exactly what is stored, a quick copy, or a small one.

Decrypted when asked for and held in memory alone, in a cache that is bounded by bytes. A deletion gives a session
another reader, and with that its pictures leave the cache.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from recorder.store.session import SessionReader

CACHE_BYTES = 6 * 1024 * 1024
SMALL_PX = 240  # wide
QUICK_QUALITY, SMALL_QUALITY = 80, 70

Pixels = npt.NDArray[np.uint8]  # (height, width, 3), RGB


class Form(StrEnum):
    """How a picture is shown. Only EXACT has every pixel: whoever decides about a picture sees that one."""

    EXACT = "exact"  # PNG: 32 ms for 1920x1080, where lossless WebP took 53 to 510
    QUICK = "quick"  # JPEG, all pixels, while a person scrubs or plays: 3 ms
    SMALL = "small"  # JPEG, `SMALL_PX` wide


MEDIA_TYPES = {Form.EXACT: "image/png", Form.QUICK: "image/jpeg", Form.SMALL: "image/jpeg"}


@dataclass(frozen=True, slots=True)
class _Key:
    session_id: str
    frame_id: int
    form: Form


class Pictures:
    """Encoded pictures, the least used ones out first. Any thread may ask."""

    def __init__(self, limit_bytes: int = CACHE_BYTES) -> None:
        self._limit = limit_bytes
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._readers: dict[str, SessionReader] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        return self._bytes

    def get(self, reader: SessionReader, frame_id: int, form: Form) -> bytes:
        """Raises: UsageError when there is no such frame (any more); DamagedError."""
        key = _Key(reader.session_id, frame_id, form)
        with self._lock:
            self._belongs(reader)
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = _ENCODERS[form](reader.pixels(frame_id))
        with self._lock:
            if self._readers.get(reader.session_id) is reader:
                self._keep(key, made)
        return made

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()
            self._readers.clear()
            self._bytes = 0

    def _belongs(self, reader: SessionReader) -> None:
        if self._readers.get(reader.session_id) is reader:
            return
        for key in [key for key in self._kept if key.session_id == reader.session_id]:
            self._bytes -= len(self._kept.pop(key))
        self._readers[reader.session_id] = reader

    def _keep(self, key: _Key, made: bytes) -> None:
        self._bytes += len(made) - len(self._kept.pop(key, b""))
        self._kept[key] = made
        while self._bytes > self._limit and self._kept:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest)


def exact(pixels: Pixels) -> bytes:
    """PNG without metadata; every pixel as it is stored."""
    return _encode(".png", pixels, cv2.IMWRITE_PNG_COMPRESSION, 1)


def quick(pixels: Pixels) -> bytes:
    return _encode(".jpg", pixels, cv2.IMWRITE_JPEG_QUALITY, QUICK_QUALITY)


def small(pixels: Pixels) -> bytes:
    height, width = pixels.shape[:2]
    size = (min(width, SMALL_PX), max(1, round(height * min(1.0, SMALL_PX / width))))
    return _encode(
        ".jpg", cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), cv2.IMWRITE_JPEG_QUALITY, SMALL_QUALITY
    )


_ENCODERS: dict[Form, Callable[[Pixels], bytes]] = {Form.EXACT: exact, Form.QUICK: quick, Form.SMALL: small}


def _encode(suffix: str, pixels: Pixels, name: int, value: int) -> bytes:
    done, encoded = cv2.imencode(suffix, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [name, value])
    if not done:
        raise ValueError("a picture does not encode")
    return bytes(encoded)
