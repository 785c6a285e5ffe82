"""Whether it is certain where typing went: causes and announcements of a focus change in, since when in doubt out.

A role is known too late: an application may announce a password field a second after the first key. Every cause of a
focus change (Tab, Enter, a click, a shortcut, another window) is outstanding until a known harmless focus is announced
or `CAUSE_NS` passed, and a secret announcement takes everything that was typed since the oldest outstanding cause.
"""

from collections import deque

HOLD_NS = 150_000_000
CAUSE_NS = 2_000_000_000


class Doubt:
    """The causes that are outstanding, oldest first."""

    def __init__(self) -> None:
        self._causes: deque[int] = deque()

    def cause(self, t_ns: int) -> None:
        """Something happened that may move the focus."""
        self._causes.append(t_ns)
        self.expire(t_ns)

    def settle(self) -> None:
        """The focus is known to be on something harmless: that answers the oldest cause."""
        if self._causes:
            self._causes.popleft()

    def expire(self, t_ns: int) -> None:
        """A cause that nothing answered for so long moved nothing."""
        while self._causes and t_ns - self._causes[0] > CAUSE_NS:
            self._causes.popleft()

    def since(self, t_ns: int) -> int:
        """From when on what was typed until `t_ns` may have gone to what is announced then."""
        return min(self._causes[0], t_ns - HOLD_NS) if self._causes else t_ns - HOLD_NS

    def settled(self, t_ns: int) -> bool:
        """Whether no outstanding cause is from before `t_ns` or from then."""
        return not self._causes or self._causes[0] > t_ns
