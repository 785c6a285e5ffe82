"""The element under the pointer at a press."""

import time
from dataclasses import dataclass

from recorder.capture.backends.x11.atspi_wire import Element
from recorder.capture.backends.x11.elements import Elements, Seen
from recorder.model.element import ElementRole
from recorder.model.memory_only import memory_only
from recorder.model.raw import RawTarget, RawWindow

# What is under the pointer now says nothing about a press longer ago.
BUDGET_NS = 300_000_000
# Chromium answers the first question from what it knows and asks the page; the page's answer is there a little later.
SECOND_LOOK_NS = 40_000_000
_AREAS = frozenset({ElementRole.DOCUMENT, ElementRole.GROUP, ElementRole.OTHER, ElementRole.WINDOW})


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button went down there, on this window."""

    t_ns: int
    x: int
    y: int
    window: int | None

    @property
    def deadline_s(self) -> float:
        return (self.t_ns + BUDGET_NS) / 1e9

    def is_late(self) -> bool:
        return time.monotonic_ns() >= self.t_ns + BUDGET_NS


def find_target(
    elements: Elements, top: Element, window: RawWindow, press: Press, deadline_s: float
) -> tuple[RawTarget | None, bool] | None:
    """What was pressed, and whether that is final: an area may turn out to be a control on a second look.

    None: no answer in time. Raises: BusLostError, InterruptedCallError.
    """
    asked_ns = time.monotonic_ns()
    is_last_look = asked_ns >= press.t_ns + SECOND_LOOK_NS
    seen = _look(elements, top, press, deadline_s)
    if seen is None or (seen.kind in _AREAS and not is_last_look):
        return None if time.monotonic() >= deadline_s else (None, is_last_look)
    in_page = _is_in_page(elements, top, press, window, deadline_s)
    if time.monotonic() >= deadline_s:
        return None
    target = RawTarget(
        t_ns=asked_ns,
        pressed_ns=press.t_ns,
        window=press.window,
        kind=seen.kind,
        name=seen.name if in_page else None,
        rect=seen.rect,
    )
    return target, True


def _look(elements: Elements, top: Element, press: Press, deadline_s: float) -> Seen | None:
    found = elements.at_point(top, press.x, press.y, deadline_s)
    seen = elements.look(found, deadline_s, named=True) if found is not None else None
    if seen is None or seen.rect is None or not seen.rect.contains(press.x, press.y):
        return None
    return elements.control(seen, press.x, press.y, deadline_s, named=True)


def _is_in_page(elements: Elements, top: Element, press: Press, window: RawWindow, deadline_s: float) -> bool:
    """Around the page a browser names other pages: tabs, bookmarks, the profile's owner. Elsewhere all is the app's."""
    if window.app is None or not window.app.browser:
        return True
    document = elements.first_document(top, deadline_s)
    rect = elements.rect(document, deadline_s) if document is not None else None
    return rect is not None and rect.contains(press.x, press.y)
