"""Lossless pictures: RGB bytes to QOI (or WebP where QOI does badly) and back, told apart by magic."""

import hashlib
import io
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from PIL import Image

from recorder.errors import DamagedError
from recorder.model.tables import Codec

try:
    import qoi
except ImportError:  # no wheel for this platform: slower, never lossy
    qoi = None

# Above this QOI + zstd does worse than WebP: photographs and video.
LARGEST_QOI_BYTES = 1_200_000
# Nothing that a screen can show; a header that claims more is damage, not a picture to make room for.
LARGEST_PIXELS = 16_384 * 16_384
FASTEST_ZSTD = pa.Codec("zstd", compression_level=1)


class Encoded(NamedTuple):
    """A picture as stored."""

    data: bytes
    codec: Codec

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def encode(rgb: bytes, width: int, height: int) -> Encoded:
    """`rgb`: height * width * 3 bytes, rows top down, sRGB. The codec is chosen by what comes out."""
    if qoi is not None:
        pixels = np.frombuffer(rgb, np.uint8).reshape(height, width, 3)
        data = bytes(qoi.encode(pixels))
        if len(data) <= LARGEST_QOI_BYTES or _zstd_bytes(data) <= LARGEST_QOI_BYTES:
            return Encoded(data, Codec.QOI)
    return Encoded(_webp(rgb, width, height), Codec.WEBP)


def decode(data: bytes) -> Image.Image:
    """The picture, mode RGB. Raises: DamagedError."""
    codec = codec_of(data)
    try:
        if codec is Codec.QOI:
            return Image.fromarray(_decode_qoi(data))
        with Image.open(io.BytesIO(data), formats=[codec.value]) as image:
            return image.convert("RGB")
    except (OSError, ValueError, RuntimeError, SyntaxError, Image.DecompressionBombError):
        raise DamagedError(f"a {codec} picture does not decode") from None


def pixels(data: bytes) -> npt.NDArray[np.uint8]:
    """The same as (height, width, 3) uint8, without a copy where there need be none. Raises: DamagedError."""
    if codec_of(data) is not Codec.QOI:
        return np.asarray(decode(data))
    try:
        return _decode_qoi(data)
    except (OSError, ValueError, RuntimeError):
        raise DamagedError("a qoi picture does not decode") from None


def codec_of(data: bytes) -> Codec:
    """Told by the first bytes. Raises: DamagedError."""
    if data[:4] == b"qoif":
        return Codec.QOI
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Codec.WEBP
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return Codec.PNG
    raise DamagedError("a picture of no known kind")


def _decode_qoi(data: bytes) -> npt.NDArray[np.uint8]:
    width, height = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big")
    if not (0 < width * height <= LARGEST_PIXELS) or data[-8:] != b"\0\0\0\0\0\0\0\x01":
        raise DamagedError("a qoi picture does not decode")
    if qoi is None:
        with Image.open(io.BytesIO(data), formats=["QOI"]) as image:
            return np.asarray(image.convert("RGB"))
    found: npt.NDArray[np.uint8] = np.asarray(qoi.decode(data))[:, :, :3]
    return found


def _zstd_bytes(data: bytes) -> int:
    return len(FASTEST_ZSTD.compress(data, asbytes=True))


def _webp(rgb: bytes, width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (width, height), rgb).save(out, "WEBP", lossless=True, method=0, quality=100)
    return out.getvalue()
