"""The one queue between the capture threads and the worker: bounded for what is captured, open for commands."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from recorder.model.raw import RawButton, RawEvent, RawFrame, RawKey, RawPointer, RawWheel

CAPACITY = 20_000

KINDS: dict[type, str] = {
    RawKey: "key",
    RawPointer: "pointermove",
    RawButton: "button",
    RawWheel: "wheel",
    RawFrame: "frame",
}


@dataclass(slots=True)
class Command:
    """Something the worker shall do between two events, at `t_ns`; `done` is set once it has."""

    act: Callable[[int], None]
    t_ns: int
    done: threading.Event = field(default_factory=threading.Event)


Item = RawEvent | RawFrame | Command


class Inbox:
    """Full means closed: from the first event that finds no room on, nothing captured is taken until `reopen`, and
    `lost` counts by kind what was turned away, so that the books still balance."""

    def __init__(self, capacity: int = CAPACITY, *, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._capacity = capacity
        self._clock_ns = clock_ns
        self._queue: queue.SimpleQueue[Item] = queue.SimpleQueue()
        # One at a time: no event gets in between one that found no room and the closing that follows from it.
        self._closing = threading.Lock()
        self.overflowed = threading.Event()
        self.lost: dict[str, int] = {}

    def put(self, item: RawEvent | RawFrame) -> bool:
        """Enqueue or count as lost; whether there was room. Never waits for the worker, never raises. Any thread."""
        with self._closing:
            if not self.overflowed.is_set() and self._queue.qsize() < self._capacity:
                self._queue.put(item)
                return True
            self.overflowed.set()
            kind = KINDS.get(type(item))
            if kind is not None:
                self.lost[kind] = self.lost.get(kind, 0) + 1
            return False

    def command(self, act: Callable[[int], None]) -> Command:
        """Enqueue something to do; commands always find room."""
        command = Command(act, self._clock_ns())
        self._queue.put(command)
        return command

    def get(self, timeout_s: float) -> Item | None:
        """The next item, None on timeout. Thread: worker."""
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def empty(self) -> bool:
        return self._queue.empty()

    def reopen(self) -> dict[str, int]:
        """Take events again; returns (and forgets) what was lost. Only while the sources are closed."""
        with self._closing:
            lost, self.lost = self.lost, {}
            self.overflowed.clear()
            return lost
