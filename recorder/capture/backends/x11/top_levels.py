"""Which accessible top-level is which X11 window. Nothing says so outright: process, bounds and title have to agree.

Closed: where two windows could be one top-level, or two top-levels one window, none is it.
"""

import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jeepney import Message

from recorder.capture.backends.x11 import roles
from recorder.capture.backends.x11.atspi import STATE_DEFUNCT, STATE_SHOWING, Atspi
from recorder.capture.backends.x11.atspi_wire import (
    ACCESSIBLE,
    COMPONENT,
    PROPERTIES,
    Element,
    ask,
    parse_attributes,
    parse_number,
    parse_states,
    parse_texts,
    parse_variant_text,
)
from recorder.model.geometry import Rect
from recorder.model.memory_only import memory_only
from recorder.model.raw import RawWindow

_MAX_WINDOWS = 512
_MAX_TOP_LEVELS = 64  # of one process; more are not looked at
# Window managers and toolkits disagree about borders and shadows.
_SLACK_PX = 4
_LEAST_SHARE = 0.6  # of the X11 window that its top-level covers: the rest is frame and shadow


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class TopLevel:
    """What an accessible top-level says about itself. `css_class`: the toolkit's own name for its kind, if any."""

    element: Element
    role: int
    name: str
    states: int
    rect: Rect | None
    css_class: str

    @property
    def is_showing(self) -> bool:
        return bool(self.states & STATE_SHOWING) and not self.states & STATE_DEFUNCT


def fits(window: RawWindow, top: TopLevel) -> bool:
    """Whether the top-level lies where the window lies."""
    if not top.is_showing or top.rect is None:
        return False
    outer = Rect(window.rect.x - _SLACK_PX, window.rect.y - _SLACK_PX,
                 window.rect.width + 2 * _SLACK_PX, window.rect.height + 2 * _SLACK_PX)  # fmt: skip
    return outer.intersect(top.rect) == top.rect and top.rect.area >= _LEAST_SHARE * window.rect.area


def is_titled(window: RawWindow, top: TopLevel) -> bool:
    """Whether the top-level's name begins as the window's title does."""
    title = window.title.strip()
    return bool(title) and top.name.strip().startswith(title)


def match(window: RawWindow, windows: Iterable[RawWindow], tops: Sequence[TopLevel]) -> TopLevel | None:
    """The one top-level that is this window, None when there is none or when that is not certain.

    `windows`: all of the same process that are on the screen; `tops`: its top-levels, less those known to be others'.
    """
    found = [top for top in tops if fits(window, top)]
    titled = [top for top in found if is_titled(window, top)]
    if not titled and not window.override_redirect and window.title.strip():
        return None
    found = titled or found
    if len(found) != 1:
        return None
    rivals = [
        other
        for other in windows
        if other.window != window.window and fits(other, found[0]) and (not titled or is_titled(other, found[0]))
    ]
    return None if rivals else found[0]


class TopLevels:
    """Finds and remembers the top-level of each window. All methods that ask raise BusLostError, InterruptedCallError.

    Thread: accessibility.
    """

    def __init__(self) -> None:
        self._atspi: Atspi | None = None
        self._applications: dict[int, list[Element]] = {}
        # Also of windows that are not on the screen now: they may come back, and their top-level is nobody else's.
        self._bound: OrderedDict[int, Element] = OrderedDict()
        self._shown: dict[int, RawWindow] = {}

    def attach(self, atspi: Atspi | None) -> None:
        """Another connection, or none: names of the last one mean nothing."""
        self._atspi = atspi
        self._applications.clear()
        self._bound.clear()

    def show(self, windows: Iterable[RawWindow]) -> None:
        """These are on the screen now."""
        self._shown = {window.window: window for window in windows}

    def left(self, bus_name: str) -> None:
        """An application left the bus."""
        self._applications = {
            pid: kept
            for pid, found in self._applications.items()
            if (kept := [element for element in found if element.bus_name != bus_name])
        }
        for window in [window for window, top in self._bound.items() if top.bus_name == bus_name]:
            del self._bound[window]

    def of_process(self, pid: int, deadline_s: float) -> list[TopLevel] | None:
        """All top-levels of a process; None when it is not on the bus, or did not answer by the deadline."""
        if self._atspi is None:
            return None
        applications = self._applications.get(pid) or self._atspi.applications(pid, deadline_s)
        elements: list[Element] = []
        for application in applications:
            children = self._atspi.children_or_none(application, deadline_s)
            if children is None:
                self._applications.pop(pid, None)
                return None
            elements += children
        if not applications:
            return None
        self._applications[pid] = applications
        return self._describe(elements[:_MAX_TOP_LEVELS], deadline_s)

    def find(self, window: RawWindow, deadline_s: float) -> TopLevel | None:
        """The top-level that is this window, asked anew."""
        if window.app is None or window.app.pid is None:
            return None
        tops = self.of_process(window.app.pid, deadline_s)
        return None if tops is None else self.choose(window, tops)

    def choose(self, window: RawWindow, tops: Sequence[TopLevel]) -> TopLevel | None:
        """As `find`, from what was just asked. What once was found stays, as long as it is there."""
        bound = self._bound.get(window.window)
        known = next((top for top in tops if top.element == bound), None)
        if known is not None and fits(window, known):
            return known
        self._bound.pop(window.window, None)
        taken = set(self._bound.values())
        same_process = [one for one in self._shown.values() if one.app is not None and one.app == window.app]
        found = match(window, same_process, [top for top in tops if top.element not in taken])
        if found is not None:
            self._bound[window.window] = found.element
            if len(self._bound) > _MAX_WINDOWS:
                self._bound.popitem(last=False)
        return found

    def known(self, window: RawWindow, deadline_s: float) -> Element | None:
        """The window's top-level, asked about only when it is not known yet."""
        bound = self._bound.get(window.window)
        if bound is not None:
            return bound
        found = self.find(window, deadline_s)
        return found.element if found is not None else None

    def _describe(self, elements: Sequence[Element], deadline_s: float) -> list[TopLevel] | None:
        """None when one of them does not answer: it could be any window's."""
        assert self._atspi is not None
        answers = self._atspi.ask_all([question for one in elements for question in _questions(one)], deadline_s)
        if any(answer is None for answer in answers):
            return None
        described = []
        for at, element in enumerate(elements):
            role, name, states, interfaces, attributes = answers[at * _QUESTIONS : (at + 1) * _QUESTIONS]
            has_bounds = COMPONENT in parse_texts(interfaces)
            described.append(
                TopLevel(
                    element=element,
                    role=parse_number(role) or 0,
                    name=parse_variant_text(name) or "",
                    states=parse_states(states) or 0,
                    rect=self._atspi.bounds(element, deadline_s) if has_bounds else None,
                    css_class=parse_attributes(attributes).get("class", ""),
                )
            )
        return described if time.monotonic() < deadline_s else None


def is_frame(top: TopLevel) -> bool:
    """Whether it is a window of its own, and no dialog or menu that belongs to one."""
    return top.role in (roles.FRAME, roles.WINDOW)


_QUESTIONS = 5


def _questions(element: Element) -> list[Message]:
    return [
        ask(element, ACCESSIBLE, "GetRole"),
        ask(element, PROPERTIES, "Get", "ss", (ACCESSIBLE, "Name")),
        ask(element, ACCESSIBLE, "GetState"),
        ask(element, ACCESSIBLE, "GetInterfaces"),
        ask(element, ACCESSIBLE, "GetAttributes"),
    ]
