"""The accessibility bus in real connections, and what its answers are taken to mean."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jeepney import DBusAddress, new_method_call, new_signal

from recorder.capture.backends.x11 import atspi, atspi_wire
from recorder.capture.backends.x11.atspi import Atspi, Facts, judge
from recorder.capture.backends.x11.atspi_wire import Element
from recorder.capture.backends.x11.bus import Bus, BusLostError, InterruptedCallError, Waker
from recorder.capture.backends.x11.focus_tracker import SecretMemory
from recorder.model.geometry import Rect
from recorder.model.raw import Role
from tests.desktop import VirtualDesktop, enter

ENTRY, TERMINAL, CANVAS, DOCUMENT_WEB = 79, 60, 6, 95


def entry(*, role: int = ENTRY, states: int = atspi.STATE_EDITABLE, input_type: str = "", html_id: str = "") -> Facts:
    return Facts(role=role, states=states, has_bounds=True, input_type=input_type, html_id=html_id)


@pytest.mark.parametrize(
    ("facts", "role"),
    [
        (entry(), Role.TEXT),
        (entry(role=atspi.PASSWORD_TEXT), Role.SECRET),
        (entry(input_type="password"), Role.SECRET),
        (entry(role=TERMINAL), Role.UNKNOWN),
        (entry(role=CANVAS, states=0), Role.UNKNOWN),
        (entry(role=DOCUMENT_WEB, states=0), Role.UNKNOWN),
        (entry(role=DOCUMENT_WEB), Role.TEXT),  # a page that is one big editor
        (entry(states=atspi.STATE_DEFUNCT), Role.UNKNOWN),
    ],
)
def test_an_element_is_judged_by_role_and_state(facts: Facts, role: Role) -> None:
    assert judge(facts) is role


@given(st.integers(0, 200), st.integers(0, 2**64 - 1))
def test_a_password_role_is_secret_in_any_state_and_an_unlisted_role_is_never_text(role: int, states: int) -> None:
    assert judge(entry(role=atspi.PASSWORD_TEXT, states=states)) is Role.SECRET
    if not states & atspi.STATE_EDITABLE and role in (0, 6, 18, 23, 39, 60, 67, 70, 85, 95):
        assert judge(entry(role=role, states=states)) is Role.UNKNOWN


HIDDEN = entry(role=atspi.PASSWORD_TEXT, html_id="password")
PLACE = Rect(10, 20, 200, 30)


@pytest.mark.parametrize(
    ("element", "facts", "rect", "role"),
    [
        (Element(":1.2", "/1"), entry(), None, Role.SECRET),  # the same element
        (Element(":1.2", "/9"), entry(html_id="password"), None, Role.SECRET),  # rebuilt with the same id
        (Element(":1.2", "/9"), entry(), PLACE, Role.SECRET),  # rebuilt in the same place
        (Element(":1.2", "/9"), entry(role=43, states=0), PLACE, Role.TEXT),  # a button there
        (Element(":1.2", "/9"), entry(html_id="other"), None, Role.TEXT),
        (Element(":1.3", "/1"), entry(html_id="password"), PLACE, Role.TEXT),  # another application
    ],
)
def test_what_once_was_a_password_field_stays_one(
    element: Element, facts: Facts, rect: Rect | None, role: Role
) -> None:
    memory = SecretMemory()
    assert memory.role(Element(":1.2", "/1"), HIDDEN, PLACE) is Role.SECRET

    assert memory.role(element, facts, rect) is role


def test_what_became_a_text_field_was_a_password_field_and_what_became_a_button_was_not() -> None:
    memory = SecretMemory()
    memory.note_role_change(Element(":1.2", "/1"))
    memory.note_role_change(Element(":1.2", "/2"))

    assert memory.role(Element(":1.2", "/1"), entry(), None) is Role.SECRET
    assert memory.role(Element(":1.2", "/2"), entry(role=43, states=0), None) is Role.TEXT


def test_an_application_that_left_is_forgotten_alone() -> None:
    memory = SecretMemory()
    for bus_name in (":1.2", ":1.3"):
        memory.role(Element(bus_name, "/1"), HIDDEN, PLACE)
    memory.forget(":1.2")

    assert memory.role(Element(":1.2", "/1"), entry(), None) is Role.TEXT
    assert memory.role(Element(":1.3", "/1"), entry(), None) is Role.SECRET


def soon(timeout_s: float = 5.0) -> float:
    return time.monotonic() + timeout_s


@pytest.fixture(scope="module")
def place() -> Iterator[VirtualDesktop]:
    with VirtualDesktop(size=(800, 600)) as virtual:
        yield virtual


@pytest.fixture
def waker() -> Waker:
    return Waker(lambda: False)


@pytest.fixture
def session(place: VirtualDesktop, waker: Waker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    enter(place, monkeypatch)
    bus = Bus("SESSION", waker, deadline_s=soon())
    yield bus
    bus.close()


@pytest.mark.desktop
def test_a_walk_finds_the_focused_element_of_a_process(place: VirtualDesktop, session: Bus, waker: Waker) -> None:
    found = Atspi.connect(session, waker, deadline_s=soon())
    dialog = place.spawn(["zenity", "--password"])
    window = place.window("^zenity")
    place.xdotool("windowfocus", "--sync", window)
    deadline_s, element = soon(10), None
    while element is None and time.monotonic() < deadline_s:
        element = found.find_focused(dialog.pid, soon(0.3))

    assert element is not None
    facts = found.facts(element, soon())
    assert facts is not None
    assert judge(facts) is Role.SECRET
    top_level = found.top_level(element, soon())
    assert top_level is not None
    assert top_level != element
    assert found.is_active(top_level, soon())
    assert found.pid(element.bus_name, soon()) == dialog.pid
    assert found.bounds(element, soon()) is not None
    dialog.kill()
    found.bus.close()


@pytest.mark.desktop
def test_an_element_that_does_not_exist_is_no_answer_and_no_error(session: Bus, waker: Waker) -> None:
    found = Atspi.connect(session, waker, deadline_s=soon())
    nobody = Element(":1.9999", "/org/a11y/atspi/accessible/1")

    assert found.facts(nobody, soon()) is None
    assert found.bounds(nobody, soon()) is None
    assert found.top_level(nobody, soon()) is None
    assert found.pid(nobody.bus_name, soon()) is None
    assert found.find_focused(1, soon()) is None
    found.bus.close()


@pytest.mark.desktop
def test_signals_that_come_while_an_answer_is_awaited_are_kept_in_order(session: Bus) -> None:
    session.daemon("AddMatch", "s", "type='signal',interface='org.example.Test'", deadline_s=soon())
    for number in range(20):
        signal = new_signal(DBusAddress("/x", None, "org.example.Test"), "Tick", "u", (number,))
        session._send(signal.serialise(serial=1000 + number))
    session.daemon("GetId", "", deadline_s=soon())
    deadline_s = soon()
    while len(session.signals) < 20 and time.monotonic() < deadline_s:
        session.receive()

    assert [signal.body[0] for signal in session.signals if signal.member == "Tick"] == list(range(20))


@pytest.mark.desktop
def test_a_call_under_way_ends_when_something_urgent_comes(session: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    urgent = threading.Event()
    monkeypatch.setattr(session._waker, "is_urgent", urgent.is_set)

    def interrupt() -> None:
        urgent.set()
        session._waker.wake()

    threading.Timer(0.05, interrupt).start()
    # A connection that never answers: this one.
    question = new_method_call(DBusAddress("/x", session.unique_name, "org.example.Test"), "Wait")
    began_s = time.monotonic()
    with pytest.raises(InterruptedCallError):
        session.call(question, deadline_s=soon())

    assert time.monotonic() - began_s < 1.0


@pytest.mark.parametrize("nonsense", [b"OK 1234\r\n" + b"\xff" * 64, b"REJECTED\r\n", b"ERROR\r\n", b""])
def test_a_bus_that_speaks_nonsense_is_lost(tmp_path: Path, waker: Waker, nonsense: bytes) -> None:
    path = tmp_path / "bus"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(1)
        threading.Thread(target=_answer_once, args=(server, nonsense), daemon=True).start()

        with pytest.raises(BusLostError):
            Bus(f"unix:path={path}", waker, deadline_s=soon(1.0))


def _answer_once(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    connection.recv(1024)
    connection.sendall(answer)
    connection.close()


NONSENSE = st.recursive(
    st.one_of(st.integers(), st.text(max_size=3), st.booleans(), st.just(atspi_wire.COMPONENT)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=2),
    ),
    max_leaves=6,
)


@given(st.lists(st.one_of(st.none(), st.lists(NONSENSE, max_size=2).map(tuple)), min_size=4, max_size=4))
def test_nonsense_answers_are_no_facts_or_facts_but_never_an_error(answers: list[tuple[object, ...] | None]) -> None:
    facts = atspi._parse_facts(answers)

    assert facts is None or isinstance(facts, Facts)
    for answer in answers:
        atspi_wire.parse_rect(answer)
        atspi_wire.parse_count(answer)
        atspi_wire.parse_references(answer)
        atspi_wire.parse_variant_reference(answer)
