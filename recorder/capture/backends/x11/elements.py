"""Questions about what a window shows: the element at a point, its name, the page, the input fields.

Never asked: what an element holds (its text, its value, its selection).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from jeepney import Message

from recorder.capture.backends.x11 import roles
from recorder.capture.backends.x11.atspi import STATE_DEFUNCT, STATE_EDITABLE, STATE_SHOWING, Atspi
from recorder.capture.backends.x11.atspi_wire import (
    ACCESSIBLE,
    COMPONENT,
    COORDINATES_ON_SCREEN,
    PROPERTIES,
    Element,
    ask,
    parse_attributes,
    parse_labels,
    parse_number,
    parse_rect,
    parse_reference,
    parse_references,
    parse_states,
    parse_text,
    parse_texts,
    parse_variant_reference,
    parse_variant_text,
)
from recorder.model.element import ElementRole
from recorder.model.geometry import Rect
from recorder.model.memory_only import memory_only

COLLECTION = "org.a11y.atspi.Collection"
DOCUMENT = "org.a11y.atspi.Document"
# Chromium's word for a page's address, and Firefox's.
ADDRESS_ATTRIBUTES = ("URI", "DocURL")
LONGEST_ADDRESS = 4096  # characters; what follows is cut off, hosts stand in front
LONGEST_NAME = 200
_DEEPEST = 32
_NEAREST_CONTROL = 4  # how many levels up an element may be a control's inside
_MAX_DOCUMENTS = 16
_MAX_FIELDS = 1024
_MAX_KNOWN = 4096
# `AtspiCollectionMatchType` and `AtspiCollectionSortOrder`.
_ALL, _ANY = 1, 2
_CANONICAL = 1
_MATCHES = "(aiia{ss}iaiiasib)uib"
# Where Chromium takes a name from that is no part of the content.
_OWN_LABELS = frozenset({"attribute", "related-element", "caption", "placeholder", "title"})


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An element, as far as it is asked about. `name` only where it is no content."""

    element: Element
    kind: ElementRole
    states: int
    rect: Rect | None
    name: str | None


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A document that is showing. `attribute`: which of its attributes holds the address."""

    attribute: str
    address: str
    title: str


def own_name(kind: ElementRole, states: int, attributes: dict[str, str], name: str | None) -> str | None:
    """The accessible name, if it is what the element is called and not (a part of) what it holds."""
    shown = " ".join((name or "").split())[:LONGEST_NAME]
    if not shown:
        return None
    if kind in roles.NAMED and not states & STATE_EDITABLE:
        return shown
    if kind not in roles.HOLDERS or attributes.get("explicit-name") != "true":
        return None
    return shown if attributes.get("name-from", "attribute") in _OWN_LABELS else None


class Elements:
    """All methods raise BusLostError and InterruptedCallError; None where nothing (certain) came by the deadline."""

    def __init__(self, atspi: Atspi) -> None:
        self._atspi = atspi
        self._with_bounds: set[Element] = set()  # those that have the Component interface

    def is_searchable(self, top: Element, deadline_s: float) -> bool | None:
        """Whether the application searches a window itself; None when it does not answer."""
        answer = self._atspi.bus.call(ask(top, ACCESSIBLE, "GetInterfaces"), deadline_s=deadline_s)
        return None if answer is None else COLLECTION in parse_texts(answer)

    def at_point(self, top: Element, x: int, y: int, deadline_s: float) -> Element | None:
        """The innermost element there. Some toolkits answer one level at a time."""
        found = top
        for _ in range(_DEEPEST):
            question = ask(found, COMPONENT, "GetAccessibleAtPoint", "iiu", (x, y, COORDINATES_ON_SCREEN))
            inner = parse_reference(self._atspi.bus.call(question, deadline_s=deadline_s))
            if time.monotonic() >= deadline_s:
                return None
            if inner is None or inner == found:
                break
            found = inner
        return None if found == top else found

    def look(self, element: Element, deadline_s: float, *, named: bool) -> Seen | None:
        """What the element is and where; with `named` what it is called."""
        questions = [ask(element, ACCESSIBLE, method) for method in ("GetRole", "GetState", "GetInterfaces")]
        questions.append(ask(element, ACCESSIBLE, "GetAttributes"))
        if named:
            questions += name_questions(element)
        answers = self._atspi.ask_all(questions, deadline_s)
        role, states = parse_number(answers[0]), parse_states(answers[1])
        if role is None or states is None or states & STATE_DEFUNCT:
            return None
        has_bounds = COMPONENT in parse_texts(answers[2])
        return Seen(
            element=element,
            kind=roles.kind_of(role),
            states=states,
            rect=self._atspi.bounds(element, deadline_s) if has_bounds else None,
            name=self.name(role, states, answers[3:], deadline_s) if named else None,
        )

    def label(self, element: Element, role: int, states: int, deadline_s: float) -> str | None:
        """What an element of that role and those states is called."""
        questions = [ask(element, ACCESSIBLE, "GetAttributes"), *name_questions(element)]
        return self.name(role, states, self._atspi.ask_all(questions, deadline_s), deadline_s)

    def name(
        self, role: int, states: int, answers: Sequence[tuple[object, ...] | None], deadline_s: float
    ) -> str | None:
        """The name from the answers to `GetAttributes` and `name_questions`; asks a label for its own when need be."""
        attributes, name, relations = answers
        kind = roles.kind_of(role)
        own = own_name(kind, states, parse_attributes(attributes), parse_variant_text(name))
        if own is not None or kind not in roles.HOLDERS:
            return own
        labels = parse_labels(relations)[:1]
        if not labels:
            return None
        answer = self._atspi.bus.call(
            ask(labels[0], PROPERTIES, "Get", "ss", (ACCESSIBLE, "Name")), deadline_s=deadline_s
        )
        return " ".join((parse_variant_text(answer) or "").split())[:LONGEST_NAME] or None

    def control(self, seen: Seen, x: int, y: int, deadline_s: float, *, named: bool) -> Seen:
        """The control that the element at a point is a part of (a button's caption, a link's picture), else itself."""
        inner = seen
        for _ in range(_NEAREST_CONTROL):
            if inner.kind in roles.CONTROLS or inner.kind in (ElementRole.DOCUMENT, ElementRole.WINDOW):
                break
            question = ask(inner.element, PROPERTIES, "Get", "ss", (ACCESSIBLE, "Parent"))
            parent = parse_variant_reference(self._atspi.bus.call(question, deadline_s=deadline_s))
            outer = self.look(parent, deadline_s, named=named) if parent is not None else None
            if outer is None or outer.rect is None or not outer.rect.contains(x, y):
                break
            inner = outer
        return inner if inner.kind in roles.CONTROLS else seen

    def first_document(self, top: Element, deadline_s: float) -> Element | None:
        """The outermost page that a window shows: the search ends there and never goes through the page."""
        found = self._matches(top, roles.DOCUMENTS, STATE_SHOWING, 1, deadline_s)
        return found[0] if found else None

    def documents(self, top: Element, deadline_s: float) -> list[Element] | None:
        """All pages that a window shows, outer before inner: a search through everything, 30 us for each element."""
        return self._matches(top, roles.DOCUMENTS, STATE_SHOWING, _MAX_DOCUMENTS, deadline_s)

    def rect(self, element: Element, deadline_s: float) -> Rect | None:
        """None also when it has no extent."""
        found = self.rects([element], deadline_s)
        return found[0] if found else None

    def rects(self, elements: Sequence[Element], deadline_s: float) -> list[Rect] | None:
        """Of those that have an extent. None when one of them does not say, or not all answered in time."""
        unknown = [one for one in elements if one not in self._with_bounds]
        answers = self._atspi.ask_all([ask(one, ACCESSIBLE, "GetInterfaces") for one in unknown], deadline_s)
        if not all(COMPONENT in parse_texts(answer) for answer in answers):
            return None
        if len(self._with_bounds) > _MAX_KNOWN:
            self._with_bounds.clear()
        self._with_bounds.update(unknown)
        questions = [ask(one, COMPONENT, "GetExtents", "u", (COORDINATES_ON_SCREEN,)) for one in elements]
        answers = self._atspi.ask_all(questions, deadline_s)
        if any(answer is None for answer in answers):
            return None
        return [rect for answer in answers if (rect := parse_rect(answer)) is not None]

    def page(self, document: Element, attributes: Sequence[str], deadline_s: float) -> Page | None:
        """What a document is, while it is showing; `attributes`: where its address may be."""
        questions = [
            ask(document, ACCESSIBLE, "GetState"),
            ask(document, PROPERTIES, "Get", "ss", (ACCESSIBLE, "Name")),
        ]
        questions += [ask(document, DOCUMENT, "GetAttributeValue", "s", (name,)) for name in attributes]
        states, title, *answers = self._atspi.ask_all(questions, deadline_s)
        word = parse_states(states)
        if word is None or not word & STATE_SHOWING or word & STATE_DEFUNCT:
            return None
        for name, answer in zip(attributes, answers, strict=True):
            if found := parse_text(answer):
                return Page(attribute=name, address=found[:LONGEST_ADDRESS], title=parse_variant_text(title) or "")
        return None

    def fields(self, top: Element, deadline_s: float) -> list[Rect] | None:
        """Where the input fields are that a window shows, by one search inside the application."""
        by_role = self._matches(top, roles.INPUT_FIELDS, STATE_SHOWING, _MAX_FIELDS, deadline_s)
        if by_role is None:
            return None
        by_state = self._matches(top, (), STATE_SHOWING | STATE_EDITABLE, _MAX_FIELDS, deadline_s)
        if by_state is None or max(len(by_role), len(by_state)) >= _MAX_FIELDS:
            return None
        return self.rects(list(dict.fromkeys(by_role + by_state)), deadline_s)

    def _matches(
        self, top: Element, wanted: Sequence[int], states: int, limit: int, deadline_s: float
    ) -> list[Element] | None:
        rule: tuple[object, ...] = (
            _words(states),
            _ALL,
            {},
            _ALL,
            _bits(wanted),
            _ANY if wanted else _ALL,
            [],
            _ALL,
            False,
        )
        question = ask(top, COLLECTION, "GetMatches", _MATCHES, (rule, _CANONICAL, limit, True))
        answer = self._atspi.bus.call(question, deadline_s=deadline_s)
        return None if answer is None else parse_references(answer)


def name_questions(element: Element) -> list[Message]:
    """What `Elements.name` needs answers to, after `GetAttributes`."""
    return [
        ask(element, PROPERTIES, "Get", "ss", (ACCESSIBLE, "Name")),
        ask(element, ACCESSIBLE, "GetRelationSet"),
    ]


def _words(states: int) -> list[int]:
    """A state set on the wire: two signed words, low word first."""
    return [_signed(states & 0xFFFFFFFF), _signed(states >> 32)]


def _bits(numbers: Sequence[int]) -> list[int]:
    """A set of roles on the wire: four words of bits (so no role above 127)."""
    words = [0, 0, 0, 0]
    for number in numbers:
        words[number // 32] |= 1 << number % 32
    return [_signed(word) for word in words]


def _signed(word: int) -> int:
    return word - (1 << 32) if word >= 1 << 31 else word
