"""From accessibility signals to `RawFocus`: which element of the focused window has the keyboard, and is it secret.

Unknown until shown otherwise: a window is *settled* once its application has named a focused element inside a window
that it believes active. Everything that fails, or comes too late, makes it unsettled, and says UNKNOWN.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from recorder.capture.backends.x11.atspi import OBJECT_EVENT, STATE_EDITABLE, Atspi, Facts, judge
from recorder.capture.backends.x11.atspi_wire import Element
from recorder.capture.backends.x11.bus import Signal
from recorder.capture.backends.x11.elements import Elements
from recorder.capture.backends.x11.roles import HOLDERS, kind_of
from recorder.model.element import ElementRole
from recorder.model.geometry import Rect
from recorder.model.memory_only import memory_only
from recorder.model.raw import RawCaret, RawFocus, Role

# How long an application may take to answer all questions about one focus change.
ANSWER_BUDGET_S = 0.3
# When to look again after a window became unsettled; the walk through the window belongs to the third look.
_LOOKS_AFTER_S = (0.0, 0.05, 0.15, 0.5)
_WALK_AT_LOOKS_LEFT = 1
_LOOK_ON_KEYS_EVERY_S = 0.5
# While keys are typed the element is asked again: pages turn text fields into password fields without a signal.
_RECHECK_EVERY_S = 0.2
# ... and for a while after the last key, which the application may take time to act on.
_RECHECK_FOR_S = 1.0
# An element that lost the focus gets this long for its successor's signal to arrive.
_BLUR_GRACE_S = 0.06
# GTK sends the signal a moment before the element's state says the same.
_STATE_GRACE_S = 0.005
# What an element is called is worth less than that it is no password field.
_LABEL_BUDGET_S = 0.05
_MAX_APPLICATIONS = 512
_MAX_WINDOWS = 512
_MAX_SECRETS = 4096
_MAX_SECRET_PLACES = 64
# Roles of plain text fields.
_TEXT_ROLES = frozenset({61, 79})

K = TypeVar("K")
V = TypeVar("V")


class SecretMemory:
    """Every element that ever was a password field stays one, also when it is shown, or rebuilt in its place.

    Bounded: the oldest are forgotten first, and all of an application when it leaves the bus.
    """

    def __init__(self) -> None:
        self._elements: OrderedDict[Element, None] = OrderedDict()
        self._changed: OrderedDict[Element, None] = OrderedDict()
        self._html_ids: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._places: OrderedDict[tuple[str, Rect], None] = OrderedDict()

    def role(self, element: Element, facts: Facts, rect: Rect | None) -> Role:
        """What the element is, now or at any time before."""
        role = judge(facts)
        if role is Role.SECRET or self._recalls(element, facts, rect):
            self._remember(element, facts, rect)
            return Role.SECRET
        return role

    def note_role_change(self, element: Element) -> None:
        """Something became something else. Widgets also say so while they are being made, so this alone means little;
        but only a password field *becomes* plain text."""
        _put(self._changed, element, None, _MAX_SECRETS)

    def forget(self, bus_name: str) -> None:
        self._elements = OrderedDict((key, None) for key in self._elements if key.bus_name != bus_name)
        self._changed = OrderedDict((key, None) for key in self._changed if key.bus_name != bus_name)
        self._html_ids = OrderedDict((key, None) for key in self._html_ids if key[0] != bus_name)
        self._places = OrderedDict((key, None) for key in self._places if key[0] != bus_name)

    def _recalls(self, element: Element, facts: Facts, rect: Rect | None) -> bool:
        if element in self._elements or (element in self._changed and facts.role in _TEXT_ROLES):
            return True
        # A script that shows the password may replace the field by a new one with the same id, or in the same place.
        is_editable = facts.states & STATE_EDITABLE or facts.role in _TEXT_ROLES
        same_id = bool(facts.html_id) and (element.bus_name, facts.html_id) in self._html_ids
        same_place = rect is not None and (element.bus_name, rect) in self._places
        return bool(is_editable) and (same_id or same_place)

    def _remember(self, element: Element, facts: Facts, rect: Rect | None) -> None:
        _put(self._elements, element, None, _MAX_SECRETS)
        if facts.html_id:
            _put(self._html_ids, (element.bus_name, facts.html_id), None, _MAX_SECRETS)
        if rect is not None:
            _put(self._places, (element.bus_name, rect), None, _MAX_SECRET_PLACES)


@memory_only
@dataclass(frozen=True, slots=True)
class _Described:
    """What an element is called."""

    element: Element | None = None
    kind: ElementRole | None = None
    name: str | None = None


class FocusTracker:
    """Used by the accessibility thread only. Methods that ask the bus raise BusLostError and InterruptedCallError."""

    def __init__(self, emit: Callable[[RawFocus | RawCaret], None]) -> None:
        self._emit = emit
        self._atspi: Atspi | None = None
        self._window: int | None = None
        self._pid: int | None = None
        self._current: Element | None = None
        self._latest: OrderedDict[str, Element] = OrderedDict()
        self._top_levels: OrderedDict[int, Element] = OrderedDict()
        self._secrets = SecretMemory()
        self.names_wanted = False
        self._described = _Described()
        self._said: tuple[int | None, Element | None, Role] | None = None
        self._said_ns = 0
        self._looks_s: deque[float] = deque()
        self._looked_s = float("-inf")
        self._may_walk = False
        self._rechecked_s = float("-inf")
        self._recheck_due_s: float | None = None
        self._recheck_until_s = float("-inf")
        self._doubts_focus = False

    def attach(self, atspi: Atspi) -> None:
        """A new connection, on which no name of an old one means anything."""
        self._atspi = atspi
        self._latest.clear()
        self._top_levels.clear()
        self._secrets = SecretMemory()
        self._described = _Described()
        self.doubt(time.monotonic_ns())

    def detach(self) -> None:
        """The connection is lost."""
        self._atspi = None
        self.doubt(time.monotonic_ns())

    def focus_window(self, t_ns: int, window: int | None, pid: int | None) -> None:
        """Another window has the keyboard; until its application says more, its element is unknown."""
        if (window, pid) != (self._window, self._pid):
            self._window, self._pid = window, pid
            self.doubt(t_ns)

    def doubt(self, t_ns: int, element: Element | None = None) -> None:
        """Nothing is known about the focused window any more: say so and begin to look."""
        self._current = None
        self._recheck_due_s = None
        self._say(t_ns, element, Role.UNKNOWN, None)
        can_look = self._atspi is not None and self._pid is not None
        now_s = time.monotonic()
        self._looks_s = deque(now_s + after_s for after_s in _LOOKS_AFTER_S) if can_look else deque()
        self._may_walk = can_look

    def handle(self, signal: Signal, *, is_newest: bool) -> None:
        """Take in one signal of the accessibility bus."""
        if self._atspi is None:
            return
        element = Element(signal.sender, signal.path)
        match signal.member:
            case "NameOwnerChanged" if signal.sender == "org.freedesktop.DBus" and signal.body:
                self._application_left(str(signal.body[0]), signal.t_ns)
            case "StateChanged" if signal.interface == OBJECT_EVENT and signal.body[:2] == ("focused", 1):
                self._focus_gained(element, signal.t_ns, is_newest)
            case "TextCaretMoved" if signal.interface == OBJECT_EVENT:
                self._caret_moved(element, signal)
            case "PropertyChange" if signal.interface == OBJECT_EVENT and signal.body[:1] == ("accessible-role",):
                self._role_changed(element)
            case "Activate" if self._current is None and self._process_of(element) == self._pid:
                self._looks_s.appendleft(time.monotonic())

    def nudge(self, now_s: float) -> None:
        """A key went down: what is believed about the element should be fresh."""
        if self._atspi is None or self._pid is None:
            return
        self._recheck_until_s = now_s + _RECHECK_FOR_S
        if self._current is None:
            if not self._looks_s and now_s - self._looked_s >= _LOOK_ON_KEYS_EVERY_S:
                self._looks_s.append(now_s)
        elif self._recheck_due_s is None:
            self._recheck_due_s = max(now_s, self._rechecked_s + _RECHECK_EVERY_S)

    def due_s(self) -> float | None:
        """When `run_due` has something to do (time.monotonic seconds)."""
        dues_s = [*list(self._looks_s)[:1], *([] if self._recheck_due_s is None else [self._recheck_due_s])]
        return min(dues_s, default=None)

    def run_due(self, now_s: float) -> None:
        """Do what is due."""
        if self._looks_s and self._looks_s[0] <= now_s:
            self._looks_s.popleft()
            self._look(now_s)
        if self._recheck_due_s is not None and self._recheck_due_s <= now_s:
            self._recheck(now_s)

    def _focus_gained(self, element: Element, t_ns: int, is_newest: bool) -> None:
        _put(self._latest, element.bus_name, element, _MAX_APPLICATIONS)
        if self._pid is None or self._process_of(element) != self._pid:
            return
        is_late = time.monotonic_ns() - t_ns > ANSWER_BUDGET_S * 1e9
        if is_late and not is_newest:
            # The application hangs. Asking about every element it went through would take as long again.
            self._say(t_ns, element, Role.UNKNOWN, None)
        elif self._current is not None:
            self._move(element, t_ns)
        elif not self._settle(element, t_ns):
            self._tell_if_secret(element, t_ns)

    def _move(self, element: Element, t_ns: int) -> None:
        """The focus went to another element of the settled window."""
        facts, rect = self._ask(element)
        if facts is None:
            self.doubt(t_ns, element)
            return
        role = self._secrets.role(element, facts, rect)
        if role is Role.TEXT and not facts.is_focused:
            # The state is behind the signal, or the focus went on, or this is a window in the background.
            self._current, self._doubts_focus = element, False
            self._recheck_due_s = time.monotonic() + _STATE_GRACE_S
        else:
            self._accept(element, role, rect, t_ns)

    def _settle(self, element: Element, t_ns: int) -> bool:
        """Whether this element turned out to have the keyboard in the focused window."""
        facts, rect = self._ask(element)
        if facts is None or not facts.is_focused or not self._is_inside_focused_window(element):
            return False
        self._accept(element, self._secrets.role(element, facts, rect), rect, t_ns)
        return True

    def _tell_if_secret(self, element: Element, t_ns: int) -> None:
        """The focus has gone on already: the application did not answer for a while. What it passed through is worth
        telling, for keys went there."""
        facts, rect = self._ask(element)
        is_secret = facts is not None and self._secrets.role(element, facts, rect) is Role.SECRET
        if is_secret and self._is_inside_focused_window(element):
            self._say(t_ns, element, Role.SECRET, rect)

    def _accept(self, element: Element, role: Role, rect: Rect | None, t_ns: int) -> None:
        self._current = element
        self._looks_s.clear()
        self._rechecked_s = time.monotonic()
        if self._recheck_due_s is None and self._rechecked_s < self._recheck_until_s:
            self._recheck_due_s = self._rechecked_s + _RECHECK_EVERY_S
        self._doubts_focus = False
        is_new = self._said is None or self._said[1] != element
        if self._atspi is not None:
            self._atspi.follow_carets(element.bus_name, time.monotonic() + ANSWER_BUDGET_S)
        self._say(t_ns, element, role, rect)
        if is_new and role is not Role.UNKNOWN:
            self._tell_caret(element)

    def _caret_moved(self, element: Element, signal: Signal) -> None:
        """The element acted on keys. Of one that may be anything this proves nothing."""
        offset = signal.body[1] if len(signal.body) > 1 else None
        if isinstance(offset, int) and (element != self._current or self._said_role is not Role.UNKNOWN):
            self._emit(RawCaret(t_ns=signal.t_ns, element=element.identity, offset=offset))

    def _tell_caret(self, element: Element) -> None:
        """From where its caret's moves count. Moves that are heard meanwhile come after the answer, as it was sent
        before them or has them in it."""
        assert self._atspi is not None
        asked_ns = time.monotonic_ns()
        offset = self._atspi.caret(element, time.monotonic() + ANSWER_BUDGET_S)
        if offset is not None:
            self._emit(RawCaret(t_ns=asked_ns, element=element.identity, offset=offset))

    def _is_inside_focused_window(self, element: Element) -> bool:
        """The application's active window, and not one that is known to be another X window of the same process: it
        may not have noticed yet that it lost the keyboard to the window that we ask about."""
        assert self._atspi is not None
        deadline_s = time.monotonic() + ANSWER_BUDGET_S
        top_level = self._atspi.top_level(element, deadline_s)
        if top_level is None or not self._atspi.is_active(top_level, deadline_s) or self._window is None:
            return False
        if any(known == top_level and window != self._window for window, known in self._top_levels.items()):
            return False
        _put(self._top_levels, self._window, top_level, _MAX_WINDOWS)
        return True

    def _look(self, now_s: float) -> None:
        """Ask without having been told: first about the last element that the application named, once by a walk."""
        if self._current is not None or self._atspi is None or self._pid is None:
            return
        self._looked_s = now_s
        for element in reversed(list(self._latest.values())):
            if self._process_of(element) == self._pid and self._settle(element, time.monotonic_ns()):
                return
        if self._may_walk and len(self._looks_s) <= _WALK_AT_LOOKS_LEFT:
            self._may_walk = False
            found = self._atspi.find_focused(self._pid, time.monotonic() + ANSWER_BUDGET_S)
            if found is not None:
                self._settle(found, time.monotonic_ns())

    def _recheck(self, now_s: float) -> None:
        """Ask the current element again. What it says counts for keys that it took before the question was sent."""
        asked_ns = time.monotonic_ns()
        self._recheck_due_s, self._rechecked_s = None, now_s
        if self._current is None:
            return
        facts, rect = self._ask(self._current)
        if facts is None or (self._doubts_focus and not facts.is_focused):
            self.doubt(time.monotonic_ns())
        elif not facts.is_focused:
            self._doubts_focus, self._recheck_due_s = True, now_s + _BLUR_GRACE_S
        else:
            self._accept(self._current, self._secrets.role(self._current, facts, rect), rect, asked_ns)

    def _role_changed(self, element: Element) -> None:
        """It may have been a password field until now. Look again at the current element at once."""
        self._secrets.note_role_change(element)
        if element == self._current:
            self._recheck(time.monotonic())

    def _application_left(self, bus_name: str, t_ns: int) -> None:
        assert self._atspi is not None
        self._atspi.forget(bus_name)
        self._secrets.forget(bus_name)
        self._latest.pop(bus_name, None)
        for window in [w for w, top_level in self._top_levels.items() if top_level.bus_name == bus_name]:
            del self._top_levels[window]
        if self._current is not None and self._current.bus_name == bus_name:
            self.doubt(t_ns)

    def _ask(self, element: Element) -> tuple[Facts | None, Rect | None]:
        assert self._atspi is not None
        deadline_s = time.monotonic() + ANSWER_BUDGET_S
        facts = self._atspi.facts(element, deadline_s)
        rect = self._atspi.bounds(element, deadline_s) if facts is not None and facts.has_bounds else None
        if facts is not None and (self._described.element, self._described.kind) != (element, kind_of(facts.role)):
            self._described = self._describe(element, facts)
        return facts, rect

    def _describe(self, element: Element, facts: Facts) -> _Described:
        """What screen readers call it. A label is asked for only when it is wanted, of what takes text and is no
        secret, and gets little time: the answer about secrets waits for it."""
        assert self._atspi is not None
        kind, name = kind_of(facts.role), None
        if self.names_wanted and kind in HOLDERS and judge(facts) is Role.TEXT:
            name = Elements(self._atspi).label(element, facts.role, facts.states, time.monotonic() + _LABEL_BUDGET_S)
        return _Described(element, kind, name)

    def _process_of(self, element: Element) -> int | None:
        assert self._atspi is not None
        return self._atspi.pid(element.bus_name, time.monotonic() + ANSWER_BUDGET_S)

    @property
    def _said_role(self) -> Role:
        return self._said[2] if self._said is not None else Role.UNKNOWN

    def _say(self, t_ns: int, element: Element | None, role: Role, rect: Rect | None) -> None:
        """Emit a change, or that a harmless element still has the focus. Times never go back."""
        if self._said == (self._window, element, role) and (role is not Role.TEXT or t_ns <= self._said_ns):
            return
        self._said = (self._window, element, role)
        self._said_ns = max(self._said_ns, t_ns)
        identity = element.identity if element is not None else None
        known = self._described if self._described.element == element else _Described()
        self._emit(
            RawFocus(
                t_ns=self._said_ns,
                window=self._window,
                element=identity,
                role=role,
                rect=rect,
                kind=known.kind,
                name=known.name if role is Role.TEXT else None,
            )
        )


def _put(bounded: OrderedDict[K, V], key: K, value: V, limit: int) -> None:
    """Set and make newest; the oldest gives way."""
    bounded[key] = value
    bounded.move_to_end(key)
    if len(bounded) > limit:
        bounded.popitem(last=False)
