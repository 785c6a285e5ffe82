"""Which typed keys may still turn out to be secret: keys, causes, carets and focus answers in, "in doubt since" out.

An application may act on a key seconds after it was pressed, and may announce a password field even later, or never
when the focus has gone on by then. Neither the focus at the time of the key nor any delay says where a key went. This
does:

1. *Taken.* An element whose caret advances has taken keys. An application acts on its keys in the order in which they
   were pressed, so a caret that advanced by n stands for the n oldest keys that nothing took yet. Who stalls moves no
   caret. (An answer to a question proves less: a browser answers from memory while its page hangs.)
2. *Confirmed.* The element was asked *after* it took the key what it is, and said that it is harmless. So a field that
   turns into a password field in its place gives back what it took since the last answer.

Keys and carets come to the recorder by different ways: a move that finds no key waiting stands for one that was
pressed before it and comes in after it, as long as nothing else happens in between.

A key that is taken and confirmed is safe. Every other one is in doubt: its run waits, and a word that the focus is
secret takes it back. Two kinds of keys nobody can claim, because a field in between may never have been announced:
3. those that were under way when the focus moved, unless the last cause of a move (Tab, Enter, a click, a shortcut,
   another window) stands before them; the element that had the focus before may still claim them;
4. those between two causes of which the first was not answered when the second came (where nothing ever answers, as
   in terminals: between two ends of a line within `UNANSWERED_NS`, for a prompt may have come and gone unseen).
They are *lost*: withheld as if they were secret. So is what an element took that never says what it is.

Doubt ends with time only where nothing answers: after `UNANSWERED_NS`, and after `ANSWERED_NS` once an element of the
window was known. Errors of counting go one way: a cause may move a caret without a key, so it stands among the keys,
uses up the caret's move, and stops the count there. Keys that move no caret (in a full field, dead keys) leave later
ones in doubt for longer, never the reverse. Not covered: a program that adds text of its own ahead of the keys (formats
or completes) while it stalls and then moves the focus to a password field.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TypeVar

HOLD_NS = 150_000_000
UNANSWERED_NS = 2_000_000_000
ANSWERED_NS = 10_000_000_000
_MAX_ELEMENTS = 256
_MAX_KEYS = 4096
_MAX_AHEAD = 16
_ANYBODY = 1 << 62
_NOBODY = 0

V = TypeVar("V")


@dataclass(slots=True)
class _Key:
    """A keydown that is in doubt. `cause`: it may move focus or caret (with `enters` it ends a line; a change of the
    window is exact, and no key); `edits`: it takes text away. Only elements that
    got the focus before turn `claimable` can claim it."""

    t_ns: int
    due_ns: int
    cause: bool = False
    enters: bool = False
    edits: bool = False
    claimable: int = _ANYBODY
    suspect: str | None = None  # an element that probably took it, and has not said what it is


@dataclass(slots=True)
class _Taken:
    """A key that an element took at `taken_ns`."""

    key: _Key
    element: str
    taken_ns: int


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A caret went on, or with `edits` back, by one at `t_ns`, and no key for it was there yet."""

    element: str
    t_ns: int
    edits: bool


@dataclass(slots=True)
class _Known:
    """What an element last said, and in which turn of the focus it got it."""

    secret: bool
    turn: int


class Doubt:
    """Keys and causes in the order in which they happened. All times are CLOCK_MONOTONIC ns and come in as data."""

    def __init__(self) -> None:
        self._waiting: deque[_Key] = deque()
        self._taken: deque[_Taken] = deque()
        self._lost: list[int] = []
        self._offsets: OrderedDict[str, int] = OrderedDict()  # where each element's caret was last
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._early: OrderedDict[str, list[tuple[int, int]]] = OrderedDict()  # moves of unknown elements' carets, when
        self._ahead: deque[_Ahead] = deque(maxlen=_MAX_AHEAD)
        self._turn = 1  # counts moves of the focus
        self._window_ns = 0  # since when this window has the keyboard
        self._line_ns: int | None = None  # when the last line ended in this window
        self._answers = False  # some element of this window was known
        self._at: str | None = None  # the harmless element that was last known to have the focus

    # What happens.

    def cause(self, t_ns: int, *, enters: bool = False) -> None:
        """Something happened that may move the focus or the caret, and types nothing. `enters`: the end of a line."""
        self._ahead.clear()
        first = next((at for at, key in enumerate(self._waiting) if key.cause and (self._answers or key.enters)), None)
        if first is not None and (self._answers or enters):
            for key in list(self._waiting)[first:]:
                key.claimable = _NOBODY
        self._line_ns = t_ns if enters else self._line_ns
        self._wait(_Key(t_ns, t_ns + UNANSWERED_NS, cause=True, enters=enters))

    def typed(self, t_ns: int, *, edits: bool = False) -> None:
        """A key went down that types, or with `edits` takes text away."""
        key = _Key(t_ns, t_ns + (ANSWERED_NS if self._answers else UNANSWERED_NS), edits=edits)
        if not self._came_late(key):
            self._wait(key)

    def caret(self, element: str, offset: int, t_ns: int) -> None:
        """The element's caret stands at `offset` now."""
        before, known = self._offsets.get(element), self._known.get(element)
        _put(self._offsets, element, offset)
        advance = 0 if before is None else offset - before  # the first word only says from where to count
        if known is None:
            self._suspect(element, advance, t_ns)
        else:
            self._take(element, known, advance, t_ns)

    def harmless(self, element: str | None, asked_ns: int) -> None:
        """The focused element was asked at `asked_ns` and is harmless."""
        if not self._answers or element != self._at:
            self._move(element)
        self._answers, self._at = True, element
        if element is not None:
            self._know(element, _Known(False, self._turn))
            self._taken = deque(t for t in self._taken if t.element != element or t.taken_ns > asked_ns)

    def secret(self, element: str | None) -> None:
        """The focused element is secret, and all that was in doubt has been dropped."""
        self._turn += 1
        self._at = None
        self._ahead.clear()
        if element is not None:
            self._know(element, _Known(True, self._turn))
            self._taken = deque(taken for taken in self._taken if taken.element != element)

    def elsewhere(self, t_ns: int) -> None:
        """Another window has the keyboard. What was typed into the last one can only be claimed by its elements."""
        self._turn += 1
        self._orphan(t_ns)
        self._answers, self._at, self._line_ns, self._window_ns = False, None, None, t_ns
        self.cause(t_ns)

    def expire(self, t_ns: int) -> None:
        """What nothing answered for so long moved nothing; but what nobody can claim is lost."""
        while self._waiting and t_ns > self._waiting[0].due_ns:
            key = self._waiting.popleft()
            if key.cause:
                continue
            if key.claimable != _ANYBODY or (key.suspect is not None and key.suspect not in self._known):
                self._lost.append(key.t_ns)
        if self._taken:
            self._taken = deque(t for t in self._taken if t_ns <= min(t.key.due_ns, t.taken_ns + UNANSWERED_NS))

    # What follows.

    def since(self, t_ns: int, element: str | None = None) -> int:
        """From when on what was typed until `t_ns` may have gone to a secret element that is announced then. What a
        known other element took stays with that one."""
        taken = [taken.key.t_ns for taken in self._taken if taken.element == element]
        return min((*taken, *[key.t_ns for key in self._waiting], t_ns))

    def since_cause(self, t_ns: int, *, enters: bool = False) -> int:
        """The same for a sensor, which comes at once unless something had to start first: from the oldest outstanding
        cause on. `enters`: for a terminal, whose prompt is given the whole line that was begun before it came."""
        causes = [key.t_ns for key in self._waiting if key.cause and (key.enters or not enters)]
        if enters:
            return min((*causes[:1], t_ns - HOLD_NS if self._line_ns is None else self._line_ns))
        return min((*causes[:1], t_ns - HOLD_NS))

    def settled(self, t_ns: int) -> bool:
        """Whether nothing from before `t_ns` or from then is in doubt."""
        return all(key.t_ns > t_ns for key in (*list(self._waiting)[:1], *[taken.key for taken in self._taken]))

    def lost(self) -> list[int]:
        """The times of keys that nobody can claim any more; each is told once."""
        lost, self._lost = self._lost, []
        return lost

    # How.

    def _wait(self, key: _Key) -> None:
        self._waiting.append(key)
        self.expire(key.t_ns)
        if len(self._waiting) > _MAX_KEYS:
            self._lost.append(self._waiting.popleft().t_ns)

    def _suspect(self, element: str, advance: int, t_ns: int) -> None:
        """A caret often moves before its element is told to have the focus: which keys it took is judged then."""
        _put(self._early, element, [*self._early.get(element, ()), (advance, t_ns)])
        free = [key for key in self._waiting if not key.cause and key.suspect is None]
        for key in free[: abs(advance)]:
            key.suspect = element

    def _know(self, element: str, known: _Known) -> None:
        _put(self._known, element, known)
        for advance, t_ns in self._early.pop(element, ()):
            self._take(element, known, advance, t_ns)

    def _take(self, element: str, known: _Known, advance: int, t_ns: int) -> None:
        keys, left = self._count(advance)
        self._ahead.extend([_Ahead(element, t_ns, left < 0)] * min(abs(left), _MAX_AHEAD))
        for key in keys:
            if known.secret:
                continue  # withheld when it was typed, or taken back when the element was announced
            if known.turn < key.claimable:
                self._taken.append(_Taken(key, element, t_ns))
            else:
                self._lost.append(key.t_ns)

    def _came_late(self, key: _Key) -> bool:
        """Whether a caret that moved after the key was pressed has been told of before the key was."""
        while self._ahead and (self._ahead[0].t_ns < key.t_ns or self._ahead[0].edits != key.edits):
            self._ahead.popleft()
        if not self._ahead or self._waiting:
            return False
        moved = self._ahead.popleft()
        known = self._known.get(moved.element)
        if known is None or known.secret:
            self._lost.append(key.t_ns)
        else:
            self._taken.append(_Taken(key, moved.element, moved.t_ns))
        return True

    def _move(self, element: str | None) -> None:
        """The focus went to a harmless element: rule 3, and the oldest cause is answered."""
        self._turn += 1
        self._ahead.clear()
        self._orphan(self._window_ns)
        if element not in self._early:
            self._offsets.pop(element or "", None)  # to arrive with a key may put the caret anywhere
        oldest = next((key for key in self._waiting if key.cause), None)
        if oldest is not None:
            self._waiting.remove(oldest)

    def _orphan(self, since_ns: int) -> None:
        """What was typed before the last cause, or all, can only be claimed by who got the focus before this turn.
        Where nothing ever answered, nothing is ever claimed, and time alone has to do; but not for what was typed from
        `since_ns` on."""
        causes = [at for at, key in enumerate(self._waiting) if key.cause]
        for key in list(self._waiting)[: causes[-1] if causes else None]:
            if self._answers or key.t_ns >= since_ns:
                key.claimable = min(key.claimable, self._turn)

    def _count(self, advance: int) -> tuple[list[_Key], int]:
        """Take the keys out of the queue that a caret's move stands for. Also returns what is left of the move."""
        keys: list[_Key] = []
        while self._waiting and advance:
            head = self._waiting[0]
            if head.cause:
                # Either the cause moved the caret or a key after it did; which one can't be told.
                if not keys:
                    self._waiting.popleft()
                return keys, 0
            keys.append(self._waiting.popleft())
            if advance < 0:
                advance = advance + 1 if head.edits else 0
            elif not head.edits:  # text was added, so what took text away before it has been done as well
                advance -= 1
        return keys, advance


def _put(bounded: "OrderedDict[str, V]", key: str, value: V) -> None:
    """Set and make newest; the oldest gives way."""
    bounded[key] = value
    bounded.move_to_end(key)
    if len(bounded) > _MAX_ELEMENTS:
        bounded.popitem(last=False)
