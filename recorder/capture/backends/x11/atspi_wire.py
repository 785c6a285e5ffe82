"""Words of the accessibility bus: questions to an element, and what their answers are taken to mean.

An answer that isn't what the interface promises is no answer. Source: AT-SPI2's XML.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard

from jeepney import DBusAddress, Message, new_method_call

from recorder.capture.backends.x11.bus import Body, Signal
from recorder.model.geometry import Rect

ACCESSIBLE = "org.a11y.atspi.Accessible"
COMPONENT = "org.a11y.atspi.Component"
COORDINATES_ON_SCREEN = 0
REGISTRY = "org.a11y.atspi.Registry"
PROPERTIES = "org.freedesktop.DBus.Properties"
NULL_PATH = "/org/a11y/atspi/null"
# D-Bus specification, "Valid Names" and "Valid Object Paths".
_BUS_NAME = re.compile(r"(?=.{3,255}\Z):?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_OBJECT_PATH = re.compile(r"/|(?:/[A-Za-z0-9_]+)+")
_LABELLED_BY = 2  # of `AtspiRelationType`


@dataclass(frozen=True, slots=True)
class Element:
    """An accessible object: the unique bus name of its application, and its object path there."""

    bus_name: str
    path: str

    @property
    def identity(self) -> str:
        return self.bus_name + self.path


def ask(
    element: Element, interface: str, method: str, signature: str | None = None, body: Iterable[object] = ()
) -> Message:
    return new_method_call(DBusAddress(element.path, element.bus_name, interface), method, signature, tuple(body))


def parse_states(answer: Body | None) -> int | None:
    """A state set arrives as two 32-bit words, low word first."""
    if not answer or not isinstance(answer[0], list) or len(answer[0]) != 2:
        return None
    low, high = answer[0]
    return low | high << 32 if isinstance(low, int) and isinstance(high, int) else None


def parse_rect(answer: Body | None) -> Rect | None:
    if not answer or not isinstance(answer[0], tuple) or len(answer[0]) != 4:
        return None
    x, y, width, height = answer[0]
    if not all(isinstance(value, int) for value in answer[0]) or width <= 0 or height <= 0:
        return None
    return Rect(x, y, width, height)


def parse_count(answer: Body | None) -> int:
    value = answer[0][1] if answer and isinstance(answer[0], tuple) and len(answer[0]) == 2 else None
    return value if isinstance(value, int) else 0


def parse_references(answer: Body | None) -> list[Element]:
    found = answer[0] if answer and isinstance(answer[0], list) else []
    return [Element(*reference) for reference in found if _is_reference(reference)]


def parse_variant_reference(answer: Body | None) -> Element | None:
    value = answer[0][1] if answer and isinstance(answer[0], tuple) and len(answer[0]) == 2 else None
    return Element(*value) if _is_reference(value) else None


def parse_number(answer: Body | None) -> int | None:
    return answer[0] if answer and isinstance(answer[0], int) else None


def parse_text(answer: Body | None) -> str | None:
    return answer[0] if answer and isinstance(answer[0], str) else None


def parse_texts(answer: Body | None) -> list[str]:
    found = answer[0] if answer and isinstance(answer[0], list) else []
    return [text for text in found if isinstance(text, str)]


def parse_variant_text(answer: Body | None) -> str | None:
    value = answer[0][1] if answer and isinstance(answer[0], tuple) and len(answer[0]) == 2 else None
    return value if isinstance(value, str) else None


def parse_attributes(answer: Body | None) -> dict[str, str]:
    found = answer[0] if answer and isinstance(answer[0], dict) else {}
    return {name: value for name, value in found.items() if isinstance(name, str) and isinstance(value, str)}


def parse_reference(answer: Body | None) -> Element | None:
    """One object; None also for the object that stands for none."""
    value = answer[0] if answer else None
    return Element(*value) if _is_reference(value) and value[1] != NULL_PATH else None


def parse_labels(answer: Body | None) -> list[Element]:
    """From a relation set: what labels the element."""
    found = answer[0] if answer and isinstance(answer[0], list) else []
    for relation in found:
        if isinstance(relation, tuple) and len(relation) == 2 and relation[0] == _LABELLED_BY:
            targets = relation[1] if isinstance(relation[1], list) else []
            return [Element(*target) for target in targets if _is_reference(target)]
    return []


def _is_reference(value: object) -> TypeGuard[tuple[str, str]]:
    """Both parts in a form in which a question can be sent to them; whoever answers may answer any two texts."""
    if not isinstance(value, tuple) or len(value) != 2 or not all(isinstance(part, str) for part in value):
        return False
    return bool(_BUS_NAME.fullmatch(value[0]) and _OBJECT_PATH.fullmatch(value[1]))


def registry_left(signal: Signal) -> bool:
    """Whether the bus says that the applications' registry is gone, though the bus itself is there."""
    is_news = signal.member == "NameOwnerChanged" and signal.sender == "org.freedesktop.DBus"
    return is_news and signal.body[:1] == (REGISTRY,)
