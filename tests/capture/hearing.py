"""Runs an input source in a thread, as the pipeline does, and keeps what it emits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread
from typing import TypeVar

from recorder.capture.contract import InputSource
from recorder.model.raw import RawEvent

T = TypeVar("T")


class Hearing:
    """What `source` emitted so far, in order."""

    def __init__(self, source: InputSource) -> None:
        self.source = source
        self.events: list[RawEvent] = []
        self._changed = Condition()
        self.thread = Thread(target=source.run, args=(self._take,), daemon=True)

    def _take(self, event: RawEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def all(self, kind: type[T]) -> list[T]:
        """The events of one type, once everything that happened so far is here."""
        assert self.source.flush(10.0)
        return [event for event in self.events if isinstance(event, kind)]

    def wait_for(self, holds: Callable[[RawEvent], bool], timeout_s: float = 10.0) -> bool:
        """Whether an event like that is, or comes, among what was heard."""
        with self._changed:
            return self._changed.wait_for(lambda: any(map(holds, self.events)), timeout_s)


@contextmanager
def hearing(source: InputSource) -> Iterator[Hearing]:
    """Opened and running; closed and joined at the end."""
    source.open()
    heard = Hearing(source)
    heard.thread.start()
    try:
        yield heard
    finally:
        source.close()
        heard.thread.join(10)
        assert not heard.thread.is_alive()
