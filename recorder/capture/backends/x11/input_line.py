"""The one ordered connection: raw device events stand in it between window events, as the server wrote them.

python-xlib reads it, because the window model asks its questions there; raw events are parsed here, by a few struct
reads. X Input 2.2 has to be announced: before 2.1 raw events stop during every grab.
"""

import struct
from collections.abc import Iterator
from typing import Any

from Xlib.protocol import rq

from recorder.capture.backends.x11 import input_requests as requests
from recorder.capture.backends.x11.input_merge import Key
from recorder.capture.backends.x11.input_wire import GENERIC_EVENT

_FIRST_RAW = requests.RAW_EVENTS[0]
_FIRST_CORE = requests.CORE_DEVICE_EVENTS[0]
_CLIENT_MESSAGE = 33


class RawInLine:
    """A generic event in python-xlib's queue: when, which kind, which key or button. Nothing else is looked at."""

    __slots__ = ("detail", "event_type", "send_event", "sequence_number", "time_ms", "type")

    def __init__(self, display: Any, binarydata: Any) -> None:
        self.type, self.send_event = GENERIC_EVENT, 0
        head = struct.unpack_from("=HIHHII", bytes(binarydata[:32]), 2)
        self.sequence_number, _, self.event_type, _, self.time_ms, self.detail = head

    def key(self) -> Key | None:
        """By which its content is found; None when it isn't about a device event."""
        if self.event_type not in requests.RAW_EVENTS:
            return None
        return (self.event_type - _FIRST_RAW + _FIRST_CORE, self.time_ms, self.detail & 0xFF)


class Line:
    """Selects raw events on `display` (an `Xlib.display.Display` that the window model shares). Thread: input."""

    def __init__(self, display: Any, xi_opcode: int) -> None:
        self._display = display
        low = display.display
        low.event_classes = low.event_classes | {GENERIC_EVENT: RawInLine}  # this connection's own copy
        _QueryVersion(display=low, opcode=xi_opcode, major=2, minor=2)
        root = display.screen().root.id
        for device, events in (
            (requests.ALL_MASTERS, requests.RAW_EVENTS),
            (requests.ALL_DEVICES, (requests.HIERARCHY_CHANGED,)),
        ):
            mask = sum(1 << event for event in events)
            _SelectEvents(display=low, opcode=xi_opcode, window=root, masks=1, device=device, mask_words=1, mask=mask)
        display.sync()

    def fileno(self) -> int:
        return int(self._display.display.socket.fileno())

    def events(self) -> Iterator[Any]:
        """What has arrived. Only the server's own word counts about focus and windows: what other clients sent is left
        out, but for client messages, which announce selection owners."""
        while self._display.pending_events():
            event = self._display.next_event()
            if not event.send_event or event.type & 0x7F == _CLIENT_MESSAGE:
                yield event

    def holds(self, event_type: int) -> bool:
        """Whether an event of this type has arrived that `events` has not yielded yet."""
        return any(event.type == event_type for event in self._display.display.event_queue)

    def round_trip(self) -> None:
        """Ask something small: when the answer is here, so is everything in the line that came before it."""
        self._display.get_input_focus()


class _QueryVersion(rq.ReplyRequest):  # type: ignore[misc]  # python-xlib is untyped
    """XIQueryVersion."""

    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(47), rq.RequestLength(), rq.Card16("major"), rq.Card16("minor"))
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Pad(1),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Card16("major"),
        rq.Card16("minor"),
        rq.Pad(20),
    )


class _SelectEvents(rq.Request):  # type: ignore[misc]  # python-xlib is untyped
    """XISelectEvents for one device."""

    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(46),
        rq.RequestLength(),
        rq.Card32("window"),
        rq.Card16("masks"),
        rq.Pad(2),
        rq.Card16("device"),
        rq.Card16("mask_words"),
        rq.Card32("mask"),
    )
