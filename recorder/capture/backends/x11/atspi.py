"""The accessibility bus: who has the keyboard focus and what kind of element that is. Reads no text, name or value.

Interfaces and numbers: AT-SPI2's XML and `atspi-constants.h` (roles, states). Never turns on the screen reader flag,
never listens to keystrokes, never asks an element without the Component interface for its bounds.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from jeepney import DBusAddress, Message, new_method_call

from recorder.capture.backends.x11.atspi_wire import (
    ACCESSIBLE,
    COMPONENT,
    COORDINATES_ON_SCREEN,
    PROPERTIES,
    REGISTRY,
    Element,
    ask,
    parse_count,
    parse_rect,
    parse_references,
    parse_states,
    parse_variant_reference,
)
from recorder.capture.backends.x11.bus import Body, Bus, BusLostError, Waker
from recorder.model.geometry import Rect
from recorder.model.raw import Role

TEXT = "org.a11y.atspi.Text"
OBJECT_EVENT = "org.a11y.atspi.Event.Object"
WINDOW_EVENT = "org.a11y.atspi.Event.Window"
DOCUMENT_EVENT = "org.a11y.atspi.Event.Document"
_LAUNCHER = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
_STATUS = DBusAddress("/org/a11y/bus", "org.a11y.Bus", PROPERTIES)
_REGISTRY = DBusAddress("/org/a11y/atspi/registry", REGISTRY, REGISTRY)
_ROOT_PATH = "/org/a11y/atspi/accessible/root"

_EVENTS = (
    "object:state-changed:focused",
    "object:text-caret-moved",
    "object:property-change:accessible-role",
    "window:activate",
)
_RULES = (
    f"type='signal',interface='{OBJECT_EVENT}',member='StateChanged',arg0='focused'",
    f"type='signal',interface='{OBJECT_EVENT}',member='PropertyChange',arg0='accessible-role'",
    f"type='signal',interface='{WINDOW_EVENT}',member='Activate'",
    "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg2=''",
)
# Only while somebody wants to know which page is shown.
_PAGE_EVENTS = ("document:load-complete",)
_PAGE_RULES = (f"type='signal',interface='{DOCUMENT_EVENT}',member='LoadComplete'",)

_CARETS = f"type='signal',sender='{{}}',interface='{OBJECT_EVENT}',member='TextCaretMoved'"
PASSWORD_TEXT = 40
_TERMINAL = 60
# What typing into is known not to be secret: check box, check menu item, combo box, date editor, dial, icon, label,
# list, list item, menu, menu bar, menu item, page tab, tab list, button, radio button, radio menu item, scroll bar,
# slider, spin button, table, cell, text, toggle button, tool bar, tree, tree table, paragraph, autocomplete, edit bar,
# entry, heading, link, table row, tree item, spreadsheet, list box, button with menu, switch.
# Everything else (a page's body, a canvas, a terminal, a frame) may do anything with its keys: unknown.
_HARMLESS = frozenset({7, 8, 11, 12, 15, 26, 29, 31, 32, 33, 34, 35, 37, 38, 43, 44, 45, 48, 51, 52, 55, 56, 61, 62, 63,
                       65, 66, 73, 76, 77, 79, 83, 88, 90, 91, 92, 98, 129, 130})  # fmt: skip

STATE_ACTIVE = 1 << 1
STATE_DEFUNCT = 1 << 6
STATE_EDITABLE = 1 << 7
STATE_FOCUSED = 1 << 12
STATE_SHOWING = 1 << 25
STATE_MANAGES_DESCENDANTS = 1 << 31

# A walk is bounded by its deadline; these keep a single question from being unreasonable for the application.
_BATCH = 64
MAX_CHILDREN = 256
_MAX_DEPTH = 64


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Facts:
    """What an element says about itself. `html_id`: the id attribute of an element of a web page, empty elsewhere."""

    role: int
    states: int
    has_bounds: bool
    input_type: str = ""
    html_id: str = ""

    @property
    def is_focused(self) -> bool:
        return bool(self.states & STATE_FOCUSED) and not self.states & STATE_DEFUNCT


def judge(facts: Facts) -> Role:
    """Whether what is typed into an element of this kind is secret. What is not known to be harmless is unknown."""
    if facts.role == PASSWORD_TEXT or facts.input_type == "password":
        return Role.SECRET
    if facts.role == _TERMINAL or facts.states & STATE_DEFUNCT:
        return Role.UNKNOWN
    if facts.role in _HARMLESS or facts.states & STATE_EDITABLE:
        return Role.TEXT
    return Role.UNKNOWN


class Atspi:
    """A connection to the accessibility bus. Every question takes a deadline (time.monotonic seconds).

    All methods raise BusLostError and InterruptedCallError.
    """

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self._pids: dict[str, int | None] = {}
        self._carets: str | None = None  # whose carets are followed

    @classmethod
    def connect(cls, session: Bus, waker: Waker, *, deadline_s: float) -> Self:
        """Find the bus through the session bus (which starts it when need be) and subscribe to focus changes."""
        address = session.call(new_method_call(_LAUNCHER, "GetAddress"), deadline_s=deadline_s)
        if not address or not isinstance(address[0], str):
            raise BusLostError("no accessibility bus")
        found = cls(Bus(address[0], waker, deadline_s=deadline_s))
        try:
            found._subscribe(deadline_s)
        except BaseException:
            found.bus.close()
            raise
        return found

    def facts(self, element: Element, deadline_s: float) -> Facts | None:
        """None when the element does not answer everything in time, or answers nonsense."""
        methods = ("GetRole", "GetState", "GetInterfaces", "GetAttributes")
        answers = self.bus.call_all([ask(element, ACCESSIBLE, method) for method in methods], deadline_s=deadline_s)
        return _parse_facts(answers)

    def bounds(self, element: Element, deadline_s: float) -> Rect | None:
        """In physical pixels of the virtual desktop. Only for elements that have the Component interface."""
        question = ask(element, COMPONENT, "GetExtents", "u", (COORDINATES_ON_SCREEN,))
        return parse_rect(self.bus.call(question, deadline_s=deadline_s))

    def pid(self, bus_name: str, deadline_s: float) -> int | None:
        """The process behind a bus name, vouched for by the bus; remembered, as it never changes."""
        if bus_name not in self._pids:
            answer = self.bus.daemon("GetConnectionUnixProcessID", "s", bus_name, deadline_s=deadline_s)
            if not answer:
                return None
            self._pids[bus_name] = answer[0] if isinstance(answer[0], int) else None
        return self._pids[bus_name]

    def forget(self, bus_name: str) -> None:
        """An application left the bus."""
        self._pids.pop(bus_name, None)

    def top_level(self, element: Element, deadline_s: float) -> Element | None:
        """The frame or dialog that holds an element: its last ancestor below the application. None when unclear."""
        for _ in range(_MAX_DEPTH):
            question = ask(element, PROPERTIES, "Get", "ss", (ACCESSIBLE, "Parent"))
            parent = parse_variant_reference(self.bus.call(question, deadline_s=deadline_s))
            if parent is None or parent.bus_name != element.bus_name:
                return None
            if parent.path == _ROOT_PATH:
                return element
            element = parent
        return None

    def is_active(self, top_level: Element, deadline_s: float) -> bool:
        """Whether the application itself believes that this window has the keyboard."""
        states = parse_states(self.bus.call(ask(top_level, ACCESSIBLE, "GetState"), deadline_s=deadline_s))
        return states is not None and bool(states & STATE_ACTIVE)

    def follow_carets(self, bus_name: str, deadline_s: float) -> None:
        """Hear when a caret moves in this application, and no other. The signal carries a position and no text."""
        if bus_name == self._carets:
            return
        if self._carets is not None:
            self.bus.daemon("RemoveMatch", "s", _CARETS.format(self._carets), deadline_s=deadline_s)
        self._carets = None
        if self.bus.daemon("AddMatch", "s", _CARETS.format(bus_name), deadline_s=deadline_s) is not None:
            self._carets = bus_name

    def caret(self, element: Element, deadline_s: float) -> int | None:
        """Where its caret stands; None when it has none or does not say."""
        answer = self.bus.call(ask(element, PROPERTIES, "Get", "ss", (TEXT, "CaretOffset")), deadline_s=deadline_s)
        value = answer[0][1] if answer and isinstance(answer[0], tuple) and len(answer[0]) == 2 else None
        return value if isinstance(value, int) else None

    def find_focused(self, pid: int, deadline_s: float) -> Element | None:
        """Search the active window of a process for its focused element. None when not found by the deadline."""
        for application in self.applications(pid, deadline_s):
            top_levels = self._children(application, deadline_s)
            states = self._states(top_levels, deadline_s)
            for top_level, state in zip(top_levels, states, strict=True):
                if state & STATE_ACTIVE and (found := self._search(top_level, deadline_s)) is not None:
                    return found
        return None

    def hear_pages(self, deadline_s: float) -> None:
        """From now on pages that have been loaded are signalled too; what refuses that is asked more often instead."""
        self._listen(_PAGE_RULES, _PAGE_EVENTS, deadline_s)

    def _subscribe(self, deadline_s: float) -> None:
        if not self._listen(_RULES, _EVENTS, deadline_s):
            raise BusLostError("the accessibility bus or its registry does not answer")

    def _listen(self, rules: Sequence[str], events: Sequence[str], deadline_s: float) -> bool:
        """Whether everything was agreed to: by the bus, and by the applications' registry."""
        agreed = [self.bus.daemon("AddMatch", "s", rule, deadline_s=deadline_s) for rule in rules]
        agreed += [
            self.bus.call(new_method_call(_REGISTRY, "RegisterEvent", "s", (event,)), deadline_s=deadline_s)
            for event in events
        ]
        return None not in agreed

    def applications(self, pid: int, deadline_s: float) -> list[Element]:
        """What a process has put on the bus; mostly one, none when it isn't accessible."""
        root = Element(REGISTRY, _ROOT_PATH)
        return [found for found in self._children(root, deadline_s) if self.pid(found.bus_name, deadline_s) == pid]

    def _search(self, top_level: Element, deadline_s: float) -> Element | None:
        """Level by level through what is showing, then down from the first focused element to the innermost one."""
        level, found = [top_level], None
        for _ in range(_MAX_DEPTH):
            states = self._states(level, deadline_s)
            focused = [element for element, state in zip(level, states, strict=True) if state & STATE_FOCUSED]
            if focused:
                found, level = focused[0], focused[:1]
            else:
                level = [e for e, state in zip(level, states, strict=True) if _may_hold_focus(state, e == top_level)]
            level = self._all_children(level, deadline_s)
            if not level or time.monotonic() >= deadline_s:
                break
        # Out of time on the way down: something inside the found element may be what really has the focus.
        return found if time.monotonic() < deadline_s else None

    def _states(self, elements: Sequence[Element], deadline_s: float) -> list[int]:
        answers = self.ask_all([ask(element, ACCESSIBLE, "GetState") for element in elements], deadline_s)
        return [parse_states(answer) or 0 for answer in answers]

    def _all_children(self, elements: Sequence[Element], deadline_s: float) -> list[Element]:
        """Children of those elements that have few enough of them."""
        counts = self.ask_all([ask(e, PROPERTIES, "Get", "ss", (ACCESSIBLE, "ChildCount")) for e in elements],
                               deadline_s)  # fmt: skip
        parents = [e for e, answer in zip(elements, counts, strict=True) if 0 < parse_count(answer) <= MAX_CHILDREN]
        answers = self.ask_all([ask(element, ACCESSIBLE, "GetChildren") for element in parents], deadline_s)
        return [child for answer in answers for child in parse_references(answer)]

    def children_or_none(self, element: Element, deadline_s: float) -> list[Element] | None:
        """None when it did not answer."""
        answer = self.bus.call(ask(element, ACCESSIBLE, "GetChildren"), deadline_s=deadline_s)
        return None if answer is None else parse_references(answer)

    def _children(self, element: Element, deadline_s: float) -> list[Element]:
        return self.children_or_none(element, deadline_s) or []

    def ask_all(self, messages: Sequence[Message], deadline_s: float) -> list[Body | None]:
        """The answers in the questions' order, None for each that did not come by the deadline."""
        answers: list[Body | None] = []
        for start in range(0, len(messages), _BATCH):
            answers += self.bus.call_all(messages[start : start + _BATCH], deadline_s=deadline_s)
        return answers


def is_enabled(session: Bus, *, deadline_s: float) -> bool | None:
    """Whether applications are asked to be accessible; None when nobody knows. Raises: BusLostError."""
    answer = session.call(
        new_method_call(_STATUS, "Get", "ss", ("org.a11y.Status", "IsEnabled")), deadline_s=deadline_s
    )
    return bool(answer[0][1]) if answer and isinstance(answer[0], tuple) and len(answer[0]) == 2 else None


def screen_reader_runs(session: Bus, *, deadline_s: float) -> bool:
    """Whether someone depends on accessibility, whatever the recorder wants. Raises: BusLostError."""
    question = new_method_call(_STATUS, "Get", "ss", ("org.a11y.Status", "ScreenReaderEnabled"))
    answer = session.call(question, deadline_s=deadline_s)
    return bool(answer and isinstance(answer[0], tuple) and len(answer[0]) == 2 and answer[0][1])


def set_enabled(session: Bus, enabled: bool, *, deadline_s: float) -> None:
    """Firefox and Chromium build their accessible trees only while this is set. Raises: BusLostError."""
    arguments = ("org.a11y.Status", "IsEnabled", ("b", enabled))
    session.call(new_method_call(_STATUS, "Set", "ssv", arguments), deadline_s=deadline_s)


def _may_hold_focus(states: int, is_top_level: bool) -> bool:
    return is_top_level or bool(states & STATE_SHOWING and not states & STATE_MANAGES_DESCENDANTS)


def _parse_facts(answers: Sequence[Body | None]) -> Facts | None:
    role, states, interfaces, attributes = answers
    parsed_states = parse_states(states)
    if not role or not isinstance(role[0], int) or parsed_states is None or interfaces is None or attributes is None:
        return None
    named = attributes[0] if attributes and isinstance(attributes[0], dict) else {}
    return Facts(
        role=role[0],
        states=parsed_states,
        has_bounds=bool(interfaces) and isinstance(interfaces[0], list) and COMPONENT in interfaces[0],
        input_type=str(named.get("text-input-type", "")),
        html_id=str(named.get("id", "")) if "tag" in named else "",
    )
