"""One X connection read and written as bytes: python-xlib opens it, this owns its socket from then on.

X11 protocol encoding, https://www.x.org/releases/X11R7.7/doc/xproto/x11protocol.html#Encoding. Numbers are in this
machine's byte order, as python-xlib tells the server.
"""

import select
import socket
import struct
import time
from collections.abc import Iterator
from threading import Lock

from Xlib import error as xlib_error
from Xlib.protocol import display as xlib_display

from recorder.errors import PlatformError

REPLY, ERROR, GENERIC_EVENT = 1, 0, 35
_HEADER = struct.Struct("=BBHI")  # type, detail, sequence number, extra length in units of 4 bytes
_CHUNK = 1 << 16
_CALL_TIMEOUT_S = 5.0


class WireClosed(Exception):
    """The server, or `Wire.close`, ended the connection."""


class _Connection(xlib_display.Display):  # type: ignore[misc]  # python-xlib is untyped
    """The bare connection: no extensions asked for, windows are plain numbers."""

    resource_classes: dict[str, type] = {}  # noqa: RUF012  # python-xlib looks for it here


class Wire:
    """A connection to the display `name` ($DISPLAY when None). Requests may be sent by any thread, read by one only.

    Raises: PlatformError when the display can't be opened; WireClosed from reads and writes later.
    """

    def __init__(self, name: str | None) -> None:
        try:
            self._xlib = _Connection(name)
        except (xlib_error.DisplayError, OSError):
            raise PlatformError("can't open the display", hint="is DISPLAY right, and may you use it?") from None
        self._socket: socket.socket = self._xlib.socket
        self._socket.setblocking(False)
        self._sending = Lock()
        self._sequence = 0
        self._rest = b""
        self.root: int = self._xlib.info.roots[self._xlib.default_screen].root
        self.id_base: int = self._xlib.info.resource_id_base

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, *requests: bytes) -> int:
        """Send them together; the 16-bit sequence number of the last."""
        with self._sending:
            try:
                self._send_all(b"".join(requests))
            except (OSError, ValueError):
                raise WireClosed from None
            self._sequence = (self._sequence + len(requests)) & 0xFFFF
            return self._sequence

    def _send_all(self, data: bytes) -> None:
        while data:
            try:
                data = data[self._socket.send(data) :]
            except BlockingIOError:
                select.select([], [self._socket], [], _CALL_TIMEOUT_S)

    def call(self, request: bytes) -> bytes:
        """Send one request and return its reply. Packets that arrive before it are lost: ask only when none matter.

        Raises: PlatformError when the server answers with an error, or not at all.
        """
        sequence = self.send(request)
        deadline_s = time.monotonic() + _CALL_TIMEOUT_S
        while (left_s := deadline_s - time.monotonic()) > 0:
            select.select([self._socket], [], [], left_s)
            for packet in list(self.packets()):
                kind, _, of, _ = _HEADER.unpack_from(packet)
                if of == sequence and kind == REPLY:
                    return packet
                if of == sequence and kind == ERROR:
                    raise PlatformError(f"the X server refused request {request[0]}.{request[1]}")
        raise PlatformError("the X server does not answer")

    def read(self) -> bytes:
        """What has arrived, b"" when nothing has."""
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return b""
        except (OSError, ValueError):
            raise WireClosed from None
        if not data:
            raise WireClosed
        return data

    def packets(self) -> Iterator[bytes]:
        """The whole replies, errors and events that have arrived, in order. Always go through all of them."""
        data = self._rest + self.read()
        start, end = 0, len(data)
        while end - start >= 32:
            size_bytes = packet_size(data, start)
            if start + size_bytes > end:
                break
            yield data[start : start + size_bytes]
            start += size_bytes
        self._rest = data[start:]

    def packet(self) -> bytes | None:
        """The first packet alone, None until it is here; the rest stays for `packets`."""
        self._rest += self.read()
        if len(self._rest) < 32 or len(self._rest) < (size_bytes := packet_size(self._rest, 0)):
            return None
        first, self._rest = self._rest[:size_bytes], self._rest[size_bytes:]
        return first

    def hang_up(self) -> None:
        """Make every blocked or later read raise WireClosed. Any thread."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is gone already

    def close(self) -> None:
        """Give the socket back. Only once nobody reads any more."""
        self._socket.close()


def packet_size(data: bytes, start: int) -> int:
    """Bytes of the packet that begins at `start`; only replies and generic events are ever longer than 32."""
    kind, _, _, extra = _HEADER.unpack_from(data, start)
    return 32 + 4 * int(extra) if kind in (REPLY, GENERIC_EVENT) else 32
