"""Packets of an enabled RECORD context in, device events out.

A reply's data is a row of 36-byte elements: the server's time, then a core-sized event.
"""

import struct
from collections.abc import Callable, Sequence

from recorder.capture.backends.x11.input_requests import CORE_DEVICE_EVENTS, RecordCategory
from recorder.capture.backends.x11.input_twins import Content
from recorder.capture.backends.x11.input_wire import REPLY

_REPLY = struct.Struct("=BB2xIBB2xII")  # type, category, length, element header, swapped, id base, server time
# server time; type, detail, sequence, time, root, event, child, root x, root y, x, y, state, same screen, device
_ELEMENT = struct.Struct("=IBBHIIIIhhhhHBB")
_DEVICE_BITS = 0x7F  # the highest bit says that valuators follow


def newest_stamp(packets: Sequence[bytes]) -> int | None:
    """The server's time, in its 32-bit milliseconds, at the last recorded thing; None when nothing was recorded."""
    for packet in reversed(packets):
        if packet[0] == REPLY:
            stamp_ms = _REPLY.unpack_from(packet)[-1]
            if len(packet) >= 32 + _ELEMENT.size:
                (stamp_ms,) = struct.unpack_from("=I", packet, len(packet) - _ELEMENT.size)
            return int(stamp_ms)
    return None


class RecordStream:
    """Calls `tell` with each device event. `ended`: the context is no more.

    `Content.device` is the slave that caused it; the master's, or None, when none did (a program moved the pointer).
    """

    def __init__(self, xi_first_event: int, tell: Callable[[Content], None]) -> None:
        self._xi_first_key = xi_first_event + 1  # XI 1 has the core events' order, after its DeviceValuator
        self._tell = tell
        self._cause: tuple[int, int, int, int] | None = None  # core kind, detail, time, device of the last XI event
        self.ended = False

    def feed(self, packet: bytes) -> None:
        """Tell what one packet holds; other packets than RECORD's are skipped (MappingNotify goes to everybody)."""
        if packet[0] != REPLY:
            return
        category = packet[1]
        if category == RecordCategory.END:
            self.ended = True
        elif category == RecordCategory.FROM_SERVER:
            self._feed_device(packet)

    def _feed_device(self, packet: bytes) -> None:
        first, last = CORE_DEVICE_EVENTS
        xi_shift = self._xi_first_key - first
        for element in _ELEMENT.iter_unpack(memoryview(packet)[32:]):
            _, kind, detail, _, time_ms, _, _, _, x, y, _, _, state, _, source = element
            if first <= kind <= last:
                device = self._device(kind, detail, time_ms)
                self._tell(Content(time_ms, kind, detail, x, y, state, device))
            elif first <= kind - xi_shift <= last:
                self._cause = (kind - xi_shift, detail, time_ms, source & _DEVICE_BITS)

    def _device(self, kind: int, detail: int, time_ms: int) -> int | None:
        """The device of the X Input event right before this one, when both tell of the same thing. After the core event
        comes the master device's own X Input event: that id is never one of a slave."""
        cause, self._cause = self._cause, None
        return cause[3] if cause is not None and cause[:3] == (kind, detail, time_ms) else None
