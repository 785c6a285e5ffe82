"""From an X window dump (format version 7) to a PNG, with the standard library."""

import struct
import zlib

_HEADER_WORDS = 25


def to_png(dump: bytes) -> bytes:
    """The PNG of a TrueColor dump in BGR(X) order, as the virtual X server makes them.

    32 bits a pixel; 24 when windows of several visuals are on the screen, as with GTK (xwd then puts them together).

    Source: X11/XWDFile.h. Raises: ValueError for any other pixel layout.
    """
    words = struct.unpack(f">{_HEADER_WORDS}I", dump[: _HEADER_WORDS * 4])
    header_bytes, version, width, height = words[0], words[1], words[4], words[5]
    byte_order, bits_per_pixel, stride, n_colors = words[7], words[11], words[12], words[19]
    if (version, byte_order) != (7, 0) or bits_per_pixel not in (24, 32):
        raise ValueError("not a 24- or 32-bit little-endian X window dump")
    step = bits_per_pixel // 8
    start = header_bytes + n_colors * 12
    rows = bytearray()
    for y in range(height):
        bgrx = dump[start + y * stride : start + y * stride + width * step]
        rgb = bytearray(width * 3)
        rgb[0::3], rgb[1::3], rgb[2::3] = bgrx[2::step], bgrx[1::step], bgrx[0::step]
        rows += b"\0" + rgb
    ihdr = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", ihdr), _chunk(b"IDAT", zlib.compress(bytes(rows), 6)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
