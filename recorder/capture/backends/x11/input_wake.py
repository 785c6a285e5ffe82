"""Makes the server write out what RECORD holds back as soon as something happens, and sends nothing while nothing does.

RECORD data waits in the server until it writes to some client for another reason. Raw X Input events tell when there
is some: they come for everything that a device does, during grabs too, and what they say is thrown away. Each burst of
them is answered by one small request (a poke), whose reply takes the data along.
"""

import struct

from recorder.capture.backends.x11 import input_requests as requests
from recorder.capture.backends.x11.input_wire import GENERIC_EVENT, Wire


class Waker:
    """Uses the open connection `wire`, also for being told when devices come and go. Thread: input."""

    def __init__(self, wire: Wire, xi_opcode: int) -> None:
        self._wire = wire
        self._poked = 0  # sequence number of the last poke
        wire.call(requests.xi_query_version(xi_opcode))
        wire.send(
            requests.xi_select(xi_opcode, wire.root, requests.ALL_MASTERS, requests.RAW_EVENTS),
            requests.xi_select(xi_opcode, wire.root, requests.ALL_DEVICES, (requests.HIERARCHY_CHANGED,)),
        )

    def fileno(self) -> int:
        """What becomes readable when something happens."""
        return self._wire.fileno()

    def read(self) -> tuple[bool, bool]:
        """Throw away what came: whether there is data that no poke so far covers; whether devices came or went."""
        is_uncovered = devices_changed = False
        for packet in self._wire.packets():
            if packet[0] == GENERIC_EVENT:
                sequence, event_type = struct.unpack_from("=H4xH", packet, 2)
                devices_changed |= event_type == requests.HIERARCHY_CHANGED
                # A poke that the server had yet to read when this happened covers it.
                is_uncovered |= not 0 < (self._poked - sequence) & 0xFFFF < 0x8000
        return is_uncovered, devices_changed

    def poke(self) -> None:
        """Push the data out."""
        self._poked = self._wire.send(requests.poke())
