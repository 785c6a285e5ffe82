"""The same recording told twice, each time with holes, becomes one without.

X servers since 1.17 lose recorded data: when recorded data is added to a connection's output while just that output is
being written, it is declared written too. It happens to some one in 50,000 events when clients and devices are busy at
once. Two recordings on two connections are never both written at that moment, so what one misses the other has.
Pure: no clock, no connection.
"""

from collections import deque
from typing import NamedTuple

_ROUNDS_UNTIL_CERTAIN = 2  # as in `input_merge`: the next answer pushes, the one after proves


class Content(NamedTuple):
    """A core device event, in the order of `input_stream.Listener.on_device`'s arguments."""

    stamp_ms: int
    kind: int
    detail: int
    x: int
    y: int
    state: int
    device: int | None

    def tells_the_same(self, other: "Content") -> bool:
        """Equal but for the device, which is not known when what stood before it is lost."""
        return self[:-1] == other[:-1]

    def __repr__(self) -> str:
        return "<Content: memory only>"


class Twins:
    """`told` what the first (0) or the second (1) recording says; `take` what is certain, in order."""

    def __init__(self) -> None:
        self._told: tuple[deque[tuple[int, Content]], deque[tuple[int, Content]]] = (deque(), deque())
        self._rounds = 0

    def told(self, which: int, content: Content) -> None:
        """One recording goes on."""
        self._told[which].append((self._rounds, content))

    def round_done(self) -> None:
        """A round trip is over, and both recordings were read after it."""
        self._rounds += 1

    @property
    def is_empty(self) -> bool:
        return not any(self._told)

    def take(self) -> list[Content]:
        """What both say, or one says and the other certainly does not."""
        first, second = self._told
        taken = []
        while first and second:
            taken.append(self._take_both(first[0][1], second[0][1]))
        for rest in self._told:
            while rest and self._rounds >= rest[0][0] + _ROUNDS_UNTIL_CERTAIN:
                taken.append(rest.popleft()[1])
        return taken

    def _take_both(self, one: Content, other: Content) -> Content:
        first, second = self._told
        if one.tells_the_same(other):
            first.popleft()
            second.popleft()
            return one if one.device is not None else other
        # One of them has a hole here: what the other one tells of later comes later.
        has_hole = any(one.tells_the_same(later) for _, later in second)
        return (second if has_hole else first).popleft()[1]
