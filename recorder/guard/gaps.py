"""Withheld stretches: single withheld things in, few rows with a reason, a start and an end out."""

from recorder.guard.mint import Mint
from recorder.model.raw import Fault
from recorder.model.redacted import Channel, GapReason, Redacted

QUIET_NS = 1_000_000_000  # a gap ends after this long without one more
# Those that close the gate; without accessibility it stays open, and every role is unknown.
FAULT_REASONS = {
    Fault.OVERFLOW: GapReason.OVERFLOW,
    Fault.INPUT_LOST: GapReason.INPUT_LOST,
    Fault.DISPLAY_LOST: GapReason.DISPLAY_LOST,
    Fault.WINDOWS_UNKNOWN: GapReason.WINDOW_UNKNOWN,
}


class Gaps:
    """At most one open gap per channel and reason; those on `Channel.ALL` last until they are ended by name."""

    def __init__(self, mint: Mint) -> None:
        self._mint = mint
        self._open: dict[tuple[Channel, GapReason], tuple[int, int]] = {}
        self._lasting: dict[GapReason, int] = {}

    def withhold(self, channel: Channel, reason: GapReason, t_ns: int, out: list[Redacted]) -> None:
        """One more thing was withheld. A choice of the consent is no gap: the session states it once."""
        if reason is GapReason.CATEGORY_OFF:
            return
        key = (channel, reason)
        start_ns, last_ns = self._open.get(key, (t_ns, t_ns))
        if t_ns - last_ns > QUIET_NS:
            self._end(key, out)
            start_ns = last_ns = t_ns
        self._open[key] = (min(start_ns, t_ns), max(last_ns, t_ns))

    def kept(self, channel: Channel, out: list[Redacted]) -> None:
        """Something on the channel was kept: its gaps end before it."""
        if self._open:
            for key in [key for key in self._open if key[0] is channel]:
                self._end(key, out)

    def tick(self, t_ns: int, out: list[Redacted]) -> None:
        """Time passed."""
        if self._open:
            for key in [key for key, (_, last_ns) in self._open.items() if t_ns - last_ns > QUIET_NS]:
                self._end(key, out)

    def begin(self, reason: GapReason, t_ns: int) -> None:
        """From now on everything is withheld."""
        self._lasting.setdefault(reason, t_ns)

    def finish(self, reason: GapReason, t_ns: int, out: list[Redacted]) -> None:
        """It is over. Nothing happens if it never began."""
        start_ns = self._lasting.pop(reason, None)
        if start_ns is not None:
            out.append(self._mint.gap(Channel.ALL, reason, start_ns, max(start_ns, t_ns)))

    def finish_lasting(self, t_ns: int, out: list[Redacted]) -> None:
        """All of them are over."""
        for reason in list(self._lasting):
            self.finish(reason, t_ns, out)

    def close(self, t_ns: int, out: list[Redacted]) -> None:
        """End every gap."""
        for key in list(self._open):
            self._end(key, out)
        self.finish_lasting(t_ns, out)

    def is_open(self, channel: Channel) -> bool:
        """Whether something on the channel is being withheld."""
        return any(key[0] is channel for key in self._open)

    @property
    def lasting(self) -> GapReason | None:
        """Why everything is withheld, if it is: the reason that came first."""
        return next(iter(self._lasting), None)

    def _end(self, key: tuple[Channel, GapReason], out: list[Redacted]) -> None:
        start_ns, last_ns = self._open.pop(key, (0, 0))
        out.append(self._mint.gap(key[0], key[1], start_ns, last_ns))
