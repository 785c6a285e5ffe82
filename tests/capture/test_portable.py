"""pynput on X11 keeps the contract where its known limits allow, and never vouches for windows that changed."""

import sys
from collections.abc import Iterator
from itertools import count

import pytest

from recorder.capture.backends.portable import PortableInputSource, SimpleLook
from recorder.capture.backends.portable_keys import HeldModifiers, read_key
from recorder.capture.backends.x11.input_look import X11Look
from recorder.demo.desktop import VirtualDesktop
from recorder.errors import PlatformError
from recorder.model.geometry import Monitor, Rect
from recorder.model.raw import Fault, Mods, RawFault, RawKey, RawWindows
from tests.capture.contract_suite import InputSourceContract, Stage
from tests.capture.hearing import hearing
from tests.capture.injector import Injector
from tests.desktop import enter


@pytest.fixture(scope="module")
def one_desktop() -> Iterator[VirtualDesktop]:
    # pynput connects as it is imported and keeps that display for good: one display for the whole module.
    for name in [name for name in sys.modules if name.split(".")[0] == "pynput"]:
        del sys.modules[name]
    with VirtualDesktop(size=(800, 600), session_bus=False) as virtual:
        yield virtual


@pytest.fixture
def hands(one_desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Injector]:
    enter(one_desktop, monkeypatch)
    with Injector(one_desktop.display) as injector:
        yield injector


class TestPortableInputSource(InputSourceContract):
    @pytest.fixture
    def stage(self, hands: Injector) -> Stage:
        return Stage(
            source=PortableInputSource(X11Look()),
            move=hands.move,
            click=hands.click,
            wheel_up=lambda: hands.click(4),
            key=hands.key,
        )


def looks() -> Iterator[RawWindows]:
    """Every look sees another window focused."""
    monitors = (Monitor(index=0, rect=Rect(0, 0, 800, 600)),)
    for n in count():
        yield RawWindows(t_ns=n, generation=0, stack=(), focused=n, monitors=monitors, composited=False)


def test_keys_between_two_looks_that_differ_are_marked_as_nobodys(hands: Injector) -> None:
    every = looks()
    with hearing(PortableInputSource(SimpleLook(lambda: next(every)))) as heard:
        hands.key("k")
        heard.all(RawKey)

    kinds = [type(event).__name__ for event in heard.events]
    faults = [(event.fault, event.over) for event in heard.events if isinstance(event, RawFault)]
    generations = [event.generation for event in heard.events if isinstance(event, RawWindows)]
    assert kinds[:3] == ["RawWindows", "RawFault", "RawKey"]
    assert faults[0] == (Fault.WINDOWS_UNKNOWN, False)
    assert kinds[-2:] == ["RawWindows", "RawFault"]
    assert faults[-1] == (Fault.WINDOWS_UNKNOWN, True)
    assert generations == sorted(set(generations))


def test_a_desktop_that_refuses_is_not_listened_to() -> None:
    def refuse() -> None:
        raise PlatformError("no")

    every = looks()
    with pytest.raises(PlatformError):
        PortableInputSource(SimpleLook(lambda: next(every)), refuse).open()


class _Key:
    """As much of pynput's key codes as is read."""

    def __init__(self, char: str | None, *, is_dead: bool = False) -> None:
        self.char, self.is_dead = char, is_dead


def test_a_key_that_pynput_cannot_name_may_be_text() -> None:
    assert read_key(None) == ("NoSymbol", "\N{REPLACEMENT CHARACTER}")
    assert read_key(_Key(None)) == ("NoSymbol", "\N{REPLACEMENT CHARACTER}")
    assert read_key(_Key("´", is_dead=True)) == ("dead_key", None)


def test_control_characters_are_the_letters_that_made_them() -> None:
    assert read_key(_Key("\x03")) == ("c", "c")
    assert read_key(_Key("ö")) == ("U00F6", "ö")


def test_modifiers_are_down_from_after_their_press_until_after_their_release() -> None:
    held = HeldModifiers()

    assert held.before("Control_L", pressed=True) is Mods.NONE
    assert held.before("c", pressed=True) is Mods.CTRL
    assert held.before("Control_L", pressed=False) is Mods.CTRL
    assert held.now() is Mods.NONE
