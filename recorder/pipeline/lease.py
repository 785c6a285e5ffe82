"""How long the worker may go on without a word from the supervisor, and on which consent.

The worker writes and the supervisor watches (consent, rules, badge, threads). Whatever keeps the supervisor from
looking (a process that was stopped, a machine that slept, a call that hangs) must not leave the worker writing: it
holds a lease that runs out by itself, on the clock that also runs while the machine sleeps.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from recorder.model.consent import ConsentGrant
from recorder.store.writer import boot_ns

LEASE_NS = 2_000_000_000  # the badge gives a silent recorder up after as long
SLEPT_NS = 100_000_000  # the two clocks are read one after the other


@dataclass(frozen=True, slots=True)
class Clocks:
    """Nanoseconds: since some moment, sleep excluded (CLOCK_MONOTONIC); the same with sleep (CLOCK_BOOTTIME); since
    1970 (CLOCK_REALTIME), which anybody can set."""

    monotonic_ns: Callable[[], int] = time.monotonic_ns
    boot_ns: Callable[[], int] = boot_ns
    wall_ns: Callable[[], int] = time.time_ns


SYSTEM = Clocks()


class Lease:
    """Runs out when nobody extends it, when the grant does, when the machine has slept, or when it is ended.

    Once it has, it stays so until `renew`, and `lapses` has counted it: nobody misses one. Any thread.
    """

    def __init__(self, clocks: Clocks, grant: ConsentGrant) -> None:
        self._clocks = clocks
        self._changing = threading.Lock()
        self._lapsed = False
        self.grant = grant
        self.lapses = 0
        self._begin()

    def _begin(self, more_ns: int = 0) -> None:
        self._until_ns = self._clocks.boot_ns() + LEASE_NS + more_ns
        self._slept_ns = self._offset_ns()

    def _offset_ns(self) -> int:
        """How long the machine has slept since it was started, by the difference of its clocks."""
        return self._clocks.boot_ns() - self._clocks.monotonic_ns()

    @property
    def lapsed(self) -> bool:
        with self._changing:
            if not self._lapsed and self._is_over():
                self._lapse()
            return self._lapsed

    def _is_over(self) -> bool:
        slept = self._offset_ns() - self._slept_ns > SLEPT_NS
        return slept or self._clocks.boot_ns() >= min(self._until_ns, self.grant.valid_until_ns)

    def _lapse(self) -> None:
        self._lapsed = True
        self.lapses += 1

    def extend(self) -> None:
        """The supervisor has looked, and all is well. What has lapsed stays so."""
        with self._changing:
            if not self._lapsed and not self._is_over():
                self._until_ns = self._clocks.boot_ns() + LEASE_NS

    def end(self) -> None:
        """Something is not well: from now on nothing passes."""
        with self._changing:
            if not self._lapsed:
                self._lapse()

    def follow(self, grant: ConsentGrant) -> None:
        """The consent was looked at, and this is what it says now."""
        with self._changing:
            if not self._lapsed and self._is_over():
                self._lapse()  # the newer grant must not hide that the older one had run out
            self.grant = grant

    def renew(self, *, more_ns: int = 0) -> int:
        """All was looked at anew: from here on things pass again. Returns how many lapses that settles. `more_ns`: what
        the supervisor has to do next may take as much longer; the grant's own time is the limit."""
        with self._changing:
            self._lapsed = False
            self._begin(more_ns)
            return self.lapses
