"""Which input devices are the server's XTEST ones: what comes from them was made by a program, not by a hand."""

from recorder.capture.backends.x11 import input_requests as requests
from recorder.capture.backends.x11.input_wire import Wire


class Devices:
    """Answers from a list that is read at the start and whenever devices come or go."""

    def __init__(self, wire: Wire, xi_opcode: int) -> None:
        self._wire = wire
        self._opcode = xi_opcode
        self._atom = requests.intern_atom(wire, "XTEST Device")  # the server sets it, clients can't
        self._hands: frozenset[int] = frozenset()
        self.refresh()

    def refresh(self) -> None:
        """Read the list. Raises: PlatformError, WireClosed."""
        slaves = requests.xi_slaves(self._wire, self._opcode)
        xtest = {s for s in slaves if requests.xi_has_property(self._wire, self._opcode, s, self._atom)}
        self._hands = frozenset(slaves) - xtest

    def injected(self, device: int | None) -> bool:
        """Whether an event of that slave (None: of no slave, such as a warped pointer) was made by a program."""
        return device not in self._hands
