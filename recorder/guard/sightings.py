"""What accessibility said about windows: whether one is private, and which document it shows since when. State only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

from recorder.guard.sites import host_of
from recorder.model.raw import RawDocument, RawPrivacy, RawWindow, RawWindows

# Nothing longer than this ago says which document a window shows now.
FRESH_NS = 1_000_000_000
# An answer about a window that no stack has shown so far waits this long for one.
WAIT_NS = 2_000_000_000
_MOST_WAITING = 256

# A window and the process behind it: a server may give the number of a window that is gone to another program.
Key = tuple[int, int | None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A window's document: its host without a break from `since_ns` to `until_ns`, and its last address."""

    host: str | None
    since_ns: int
    until_ns: int
    url: str | None

    def is_fresh(self, t_ns: int) -> bool:
        """Whether it was confirmed no longer than a second before."""
        return t_ns - self.until_ns <= FRESH_NS

    @property
    def ends_ns(self) -> int:
        """From when on it is not fresh any more."""
        return self.until_ns + FRESH_NS + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """What is known at one instant: immutable, so that threads may share it."""

    private: Mapping[Key, bool | None] = field(default_factory=dict)
    documents: Mapping[Key, Document] = field(default_factory=dict)

    def private_of(self, window: RawWindow) -> bool | None:
        """Whether a browser's window is private; None: not known."""
        return self.private.get(key_of(window))

    def document_of(self, window: RawWindow) -> Document | None:
        """What the window shows, as far as was said."""
        return self.documents.get(key_of(window))


class Witness:
    """Takes answers in. What it says about windows that are gone is forgotten with them."""

    def __init__(self) -> None:
        self.seen = Sightings()
        self._stack: dict[int, Key] = {}
        self._waiting: dict[int, tuple[RawPrivacy, ...]] = {}

    def stack(self, windows: RawWindows) -> None:
        """The windows that there are now; what waited for one of them is taken in."""
        self._stack = {window.window: key_of(window) for window in windows.stack}
        alive = set(self._stack.values())
        if not (self.seen.private.keys() | self.seen.documents.keys()) <= alive:
            self.seen = Sightings(
                private=_frozen({key: told for key, told in self.seen.private.items() if key in alive}),
                documents=_frozen({key: told for key, told in self.seen.documents.items() if key in alive}),
            )
        waiting, self._waiting = self._waiting, {}
        for answers in waiting.values():
            for raw in answers:
                if windows.t_ns - raw.t_ns <= WAIT_NS:
                    self.privacy(raw)

    def privacy(self, raw: RawPrivacy) -> bool:
        """Once private, always private: the window keeps what it showed before. Returns whether one that was known not
        to be private is that no more."""
        key = self._stack.get(raw.window)
        if key is None:
            if len(self._waiting) < _MOST_WAITING:
                self._waiting[raw.window] = (*self._waiting.get(raw.window, ())[-3:], raw)
            return False
        before = self.seen.private.get(key)
        if before is not True:
            self.seen = replace(self.seen, private=_frozen({**self.seen.private, key: raw.private}))
        return before is False and raw.private is not False

    def document(self, raw: RawDocument) -> bool:
        """Returns whether the window stopped showing the host that it showed until now."""
        key = self._stack.get(raw.window)
        if key is None:
            return False  # it is repeated
        before, host = self.seen.documents.get(key), host_of(raw.url)
        if before is not None and raw.t_ns < before.until_ns:
            return False  # overtaken by a later answer
        goes_on = before is not None and host == before.host and before.is_fresh(raw.t_ns)
        since_ns = before.since_ns if before is not None and goes_on else raw.t_ns
        told = Document(host=host, since_ns=since_ns, until_ns=raw.t_ns, url=raw.url)
        self.seen = replace(self.seen, documents=_frozen({**self.seen.documents, key: told}))
        return before is not None and host != before.host

    def forget_documents(self) -> None:
        """Nobody says any more what windows show."""
        self.seen = replace(self.seen, documents={})

    def forget(self) -> None:
        """What was said before holds no more; whoever says it again says it anew."""
        self.seen, self._stack, self._waiting = Sightings(), {}, {}


def key_of(window: RawWindow) -> Key:
    """The window as one of its process."""
    return window.window, None if window.app is None else window.app.pid


def _frozen(told: dict[Key, T]) -> Mapping[Key, T]:
    return MappingProxyType(told)
