"""Packets of an enabled RECORD context in; device events and delivered events, in the server's order, out.

A reply's data is a row of 36-byte elements: the server's time, then a core-sized event. Device events carry no client,
delivered ones carry the id base of the connection that they went to.
"""

import struct
from collections.abc import Sequence
from typing import Protocol

from recorder.capture.backends.x11.input_requests import CORE_DEVICE_EVENTS, RecordCategory
from recorder.capture.backends.x11.input_wire import REPLY

_REPLY = struct.Struct("=BB2xIBB2xII")  # type, category, length, element header, swapped, id base, server time
# server time; type, detail, sequence, time, root, event, child, root x, root y, x, y, state, same screen, device
_ELEMENT = struct.Struct("=IBBHIIIIhhhhHBB")
_TIME_BYTES = 4
_DEVICE_BITS = 0x7F  # the highest bit says that valuators follow


class Listener(Protocol):
    """Who is told. Arguments, not objects: nothing that holds a key lives longer than the call."""

    def on_device(self, stamp_ms: int, kind: int, detail: int, x: int, y: int, state: int, device: int | None) -> None:
        """A core device event, `kind` 2 KeyPress .. 6 MotionNotify; `device`: the slave that caused it, if one did."""

    def on_delivered(self, stamp_ms: int, event: bytes) -> None:
        """An event that the server sent to the watched connection, as it stood on the wire (32 bytes)."""


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
    """Turns packets into calls. `ended`: the context is no more."""

    def __init__(self, xi_first_event: int, watched: int, listener: Listener) -> None:
        self._xi_first_key = xi_first_event + 1  # XI 1 has the core events' order, after its DeviceValuator
        self._watched = watched
        self._listener = listener
        self._cause: tuple[int, int, int, int] | None = None  # core kind, detail, time, device of the last XI event
        self.ended = False

    def feed(self, packet: bytes) -> None:
        """Tell what one packet holds; other packets than RECORD's are skipped (MappingNotify goes to everybody)."""
        if packet[0] != REPLY:
            return
        _, category, _, _, _, id_base, _ = _REPLY.unpack_from(packet)
        if category == RecordCategory.END:
            self.ended = True
        elif category == RecordCategory.FROM_SERVER and id_base == self._watched:
            self._feed_delivered(packet)
        elif category == RecordCategory.FROM_SERVER:
            self._feed_device(packet)

    def _feed_delivered(self, packet: bytes) -> None:
        for at in range(32, len(packet) - _ELEMENT.size + 1, _ELEMENT.size):
            (stamp_ms,) = struct.unpack_from("=I", packet, at)
            self._listener.on_delivered(stamp_ms, packet[at + _TIME_BYTES : at + _ELEMENT.size])

    def _feed_device(self, packet: bytes) -> None:
        first, last = CORE_DEVICE_EVENTS
        xi_shift = self._xi_first_key - first
        for element in _ELEMENT.iter_unpack(memoryview(packet)[32:]):
            _, kind, detail, _, time_ms, _, _, _, x, y, _, _, state, _, device = element
            if first <= kind <= last:
                self._listener.on_device(time_ms, kind, detail, x, y, state, self._device(kind, detail, time_ms))
            elif first <= kind - xi_shift <= last:
                self._cause = (kind - xi_shift, detail, time_ms, device & _DEVICE_BITS)

    def _device(self, kind: int, detail: int, time_ms: int) -> int | None:
        """The device of the X Input event right before this one, when both tell of the same thing. After the core event
        comes the master device's own X Input event: that id is never one of a slave."""
        cause, self._cause = self._cause, None
        return cause[3] if cause is not None and cause[:3] == (kind, detail, time_ms) else None
