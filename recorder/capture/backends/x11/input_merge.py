"""Two orders of the same happenings become one: what devices did goes between the window events where it happened.

*Line*: everything that the server sent to one connection, in its order: raw device events, and window events between
them. *Content*: what RECORD tells of device events, in the same order but without the window events. Raw events say
where, content says what; both have kind, time and detail, by which they find each other.

Not everything has both. A raw event alone (a mouse that pushes against the edge) is nothing. Content alone (a pointer
that a program moved, a key that repeats) is placed before the next raw event that has content, or as soon as it is
certain that none will come; when window events lie in the span where it may belong, it is handed over as *unplaced*.

Certainty comes by rounds. A round asks the server something and reads everything, first the line and then the content.
The answer of one round pushes the content out, the next proves that it is here. Pure: no clock, no connection.
"""

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple, Protocol

Key = tuple[int, int, int]  # core event kind, server time in ms, detail
# What is read at the end of a round may have happened after its question; the next answer pushes, the one after proves.
# A raw event waits longer, because its content may itself have had to wait for its twin.
_RAW_ROUNDS, _CONTENT_ROUNDS = 5, 2


class Sink(Protocol):
    """Gets everything, in one order."""

    def on_content(self, payload: Any, *, is_placed: bool) -> None:
        """What a device did. Not placed: windows changed somewhere around it."""

    def on_window(self, event: Any) -> bool:
        """A window event; whether it changed what a key may be attributed to."""


class _InLine(NamedTuple):
    round: int
    raw: Key | None
    event: Any  # a window event, or a callback to be called when everything before is handed over


class _Content(NamedTuple):
    round: int
    key: Key
    payload: Any


class Merger:
    """Feed it with `raw`, `window`, `mark` and `content`; `resolve` hands over what is certain."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._line: deque[_InLine] = deque()
        self._content: deque[_Content] = deque()
        self._rounds = 0
        self._windows_changed = False  # since the last thing that has a certain place

    def raw(self, key: Key) -> None:
        """The next in line is a device event."""
        self._line.append(_InLine(self._rounds, key, None))

    def window(self, event: Any) -> None:
        """The next in line is a window event."""
        self._line.append(_InLine(self._rounds, None, event))

    def mark(self, reached: Callable[[], None]) -> None:
        """Call `reached` once everything that happened before this place in the line was handed over."""
        self._line.append(_InLine(self._rounds, None, reached))

    def content(self, key: Key, payload: Any) -> None:
        """The next thing that a device did."""
        self._content.append(_Content(self._rounds, key, payload))

    def holds(self, event_type: int) -> bool:
        """Whether a window event of this type waits in the line, the one that is being handed over left out."""
        return any(getattr(item.event, "type", None) == event_type for item in islice(self._line, 1, None))

    def round_done(self) -> None:
        """A round trip is over, and line and content were read after it."""
        self._rounds += 1

    def resolve(self) -> bool:
        """Hand over what is certain; whether that was all, so that no further round is needed."""
        while self._line:
            if not self._step(self._line[0]):
                return False
            self._line.popleft()
        while self._has_lone_content():
            self._lone()
        return not self._content

    def _step(self, first: _InLine) -> bool:
        """Whether the first in line is done with."""
        if first.raw is not None:
            return self._pair(first.raw) or self._is_certain(first)
        if callable(first.event):
            return self._reach(first)
        self._windows_changed |= self._sink.on_window(first.event)
        return True

    def _is_certain(self, item: _InLine) -> bool:
        return self._rounds >= item.round + _RAW_ROUNDS

    def _pair(self, key: Key) -> bool:
        at = next((n for n, content in enumerate(self._content) if content.key == key), None)
        if at is None:
            return False
        for _ in range(at):
            self._lone()
        self._sink.on_content(self._content.popleft().payload, is_placed=True)
        self._windows_changed = False
        return True

    def _reach(self, mark: _InLine) -> bool:
        if not self._is_certain(mark):
            return False
        ahead = {item.raw for item in self._line if item.raw is not None}
        while self._has_lone_content() and self._content[0].key not in ahead:
            self._lone()
        mark.event()
        return True

    def _has_lone_content(self) -> bool:
        """Whether the raw event of the first content would have been read by now."""
        return bool(self._content) and self._rounds >= self._content[0].round + _CONTENT_ROUNDS

    def _lone(self) -> None:
        self._sink.on_content(self._content.popleft().payload, is_placed=not self._windows_changed)
