"""Time for consent: two clocks come in, one time that never runs backwards goes out."""

import time
from typing import Protocol


class Clock(Protocol):
    """The two clocks that a machine offers."""

    def wall_us(self) -> int:
        """Unix time, microseconds UTC. Anyone at the machine can set it."""

    def boot_ns(self) -> int:
        """Nanoseconds since boot, suspend included. Nobody can set it."""


class SystemClock:
    """The real clocks. CLOCK_BOOTTIME where there is one (clock_gettime(2)), else the monotonic clock."""

    def wall_us(self) -> int:
        return time.time_ns() // 1000

    def boot_ns(self) -> int:
        boottime = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic_ns() if boottime is None else time.clock_gettime_ns(boottime)


class SteadyTime:
    """max(wall clock, wall clock at start + time since start, the latest time ever seen).

    A clock that is set back therefore never brings an expired consent back; one that is set forward ends it early.
    """

    def __init__(self, clock: Clock, high_water_us: int) -> None:
        self._clock = clock
        self._start_wall_us = max(clock.wall_us(), high_water_us)
        self._start_boot_ns = clock.boot_ns()

    def now_us(self) -> int:
        since_us = (self._clock.boot_ns() - self._start_boot_ns) // 1000
        return max(self._clock.wall_us(), self._start_wall_us + since_us)

    def raise_to(self, seen_us: int) -> None:
        """Somebody who is trusted has seen this time: it is at least that late."""
        now_us = self.now_us()
        if seen_us > now_us:
            self._start_wall_us += seen_us - now_us
