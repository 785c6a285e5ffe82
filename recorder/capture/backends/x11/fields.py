"""Where the input fields are that a window shows: asked of the application itself where it can search, else walked."""

import time
from collections.abc import Sequence

from recorder.capture.backends.x11 import roles
from recorder.capture.backends.x11.atspi import (
    MAX_CHILDREN,
    STATE_EDITABLE,
    STATE_MANAGES_DESCENDANTS,
    STATE_SHOWING,
    Atspi,
)
from recorder.capture.backends.x11.atspi_wire import (
    ACCESSIBLE,
    PROPERTIES,
    Element,
    ask,
    parse_count,
    parse_number,
    parse_references,
    parse_states,
)
from recorder.capture.backends.x11.elements import Elements
from recorder.model.geometry import Rect

_MAX_NODES = 2000
_MAX_DEPTH = 64


def find_fields(atspi: Atspi, elements: Elements, top: Element, deadline_s: float) -> tuple[Rect, ...] | None:
    """In pixels of the virtual desktop. None when they are not all known by the deadline.

    Raises: BusLostError, InterruptedCallError.
    """
    is_searchable = elements.is_searchable(top, deadline_s)
    if is_searchable:
        found = elements.fields(top, deadline_s)
    else:
        walked = _walk(atspi, top, deadline_s) if is_searchable is not None else None
        found = None if walked is None else elements.rects(walked, deadline_s)
    return None if found is None or time.monotonic() >= deadline_s else tuple(dict.fromkeys(found))


def _walk(atspi: Atspi, top: Element, deadline_s: float) -> list[Element] | None:
    """Level by level through what is showing. What has too many children to look at counts as a field itself."""
    level, found, seen = [top], [], 0
    for _ in range(_MAX_DEPTH):
        seen += len(level)
        if seen > _MAX_NODES:
            return None
        parents: list[Element] = []
        for element, role, states in _facts(atspi, level, deadline_s):
            if not states & STATE_SHOWING and element != top:
                continue
            if role in roles.INPUT_FIELDS or states & STATE_EDITABLE or states & STATE_MANAGES_DESCENDANTS:
                found.append(element)
            else:
                parents.append(element)
        level, crowded = _children(atspi, parents, deadline_s)
        found += crowded
        if time.monotonic() >= deadline_s:
            return None
        if not level:
            return found
    return None


def _facts(atspi: Atspi, level: Sequence[Element], deadline_s: float) -> list[tuple[Element, int, int]]:
    """Those that answered, with role and states."""
    roles_ = atspi.ask_all([ask(element, ACCESSIBLE, "GetRole") for element in level], deadline_s)
    states = atspi.ask_all([ask(element, ACCESSIBLE, "GetState") for element in level], deadline_s)
    return [
        (element, parse_number(role) or 0, parse_states(state) or 0)
        for element, role, state in zip(level, roles_, states, strict=True)
    ]


def _children(atspi: Atspi, parents: Sequence[Element], deadline_s: float) -> tuple[list[Element], list[Element]]:
    """All children, and the parents that have more of them than will be looked at."""
    questions = [ask(element, PROPERTIES, "Get", "ss", (ACCESSIBLE, "ChildCount")) for element in parents]
    counts = [parse_count(answer) for answer in atspi.ask_all(questions, deadline_s)]
    few = [element for element, count in zip(parents, counts, strict=True) if 0 < count <= MAX_CHILDREN]
    crowded = [element for element, count in zip(parents, counts, strict=True) if count > MAX_CHILDREN]
    answers = atspi.ask_all([ask(element, ACCESSIBLE, "GetChildren") for element in few], deadline_s)
    return [child for answer in answers for child in parse_references(answer)], crowded
