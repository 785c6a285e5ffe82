"""The layout is read as the X library reads it: every key, every state, several layouts at once."""

import ctypes
import subprocess
from collections.abc import Iterator

import pytest

from recorder.capture.backends.x11 import input_requests as requests
from recorder.capture.backends.x11.input_wire import Wire
from recorder.capture.backends.x11.keymap import Keymap, parse_keymap
from recorder.demo.desktop import VirtualDesktop
from recorder.model.raw import Mods
from tests.desktop import enter

LAYOUTS = ("us", "de", "fr", "us,ru", "us,gr,il", "ch,ara", "jp", "us -variant dvorak", "de -variant neo")
KEYCODES = range(8, 256)
STATES = [mods | group << 13 for mods in range(256) for group in range(4)]


@pytest.fixture(scope="module")
def plain_display() -> Iterator[VirtualDesktop]:
    with VirtualDesktop(size=(320, 240), window_manager=False, session_bus=False) as virtual:
        yield virtual


@pytest.fixture
def display(plain_display: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> VirtualDesktop:
    enter(plain_display, monkeypatch)
    return plain_display


def read_keymap(display: VirtualDesktop) -> Keymap:
    wire = Wire(display.display)
    try:
        xkb, _ = requests.extension(wire, "XKEYBOARD")
        wire.call(requests.xkb_use(xkb))
        return parse_keymap(wire.call(requests.xkb_get_map(xkb)))
    finally:
        wire.close()


def set_layout(layout: str) -> None:
    subprocess.run(["setxkbmap", "-layout", *layout.split()], check=True, capture_output=True)


class XLibrary:
    """The reference: XkbTranslateKeyCode of libX11, on a connection of its own."""

    def __init__(self, display: VirtualDesktop) -> None:
        x = self._x = ctypes.CDLL("libX11.so.6")
        pointer = ctypes.c_void_p
        x.XOpenDisplay.restype = x.XkbGetMap.restype = pointer
        x.XkbGetMap.argtypes = (pointer, ctypes.c_uint, ctypes.c_uint)
        x.XkbTranslateKeyCode.argtypes = (pointer, ctypes.c_ubyte, ctypes.c_uint, pointer, pointer)
        x.XCloseDisplay.argtypes = (pointer,)
        self._display = x.XOpenDisplay(display.display.encode())
        self._map = x.XkbGetMap(self._display, 0b111, 0x100)

    def keysym(self, keycode: int, state: int) -> int:
        mods, keysym = ctypes.c_uint(), ctypes.c_ulong(0)
        self._x.XkbTranslateKeyCode(self._map, keycode, state, ctypes.byref(mods), ctypes.byref(keysym))
        return keysym.value

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_key_in_every_state_is_what_the_x_library_says(display: VirtualDesktop, layout: str) -> None:
    set_layout(layout)
    keymap, library = read_keymap(display), XLibrary(display)
    try:
        differing = [
            (keycode, hex(state))
            for keycode in KEYCODES
            for state in STATES[:: 1 if keycode in (38, 49, 94) else 7]
            if keymap.keysym(keycode, state) != library.keysym(keycode, state)
        ]
    finally:
        library.close()

    assert differing == []


def test_a_german_keyboard_makes_umlauts_and_an_at_sign(display: VirtualDesktop) -> None:
    set_layout("de")
    keymap = read_keymap(display)

    assert keymap.read(29, 0) == ("z", "z")
    assert keymap.read(24, 0x80) == ("at", "@")
    assert keymap.read(47, 1) == ("Odiaeresis", "Ö")
    assert keymap.read(47, 2) == ("Odiaeresis", "Ö")  # Caps Lock
    assert keymap.read(49, 0) == ("dead_circumflex", None)


def test_the_second_group_is_another_alphabet(display: VirtualDesktop) -> None:
    set_layout("us,ru")
    keymap = read_keymap(display)

    assert keymap.read(38, 0) == ("a", "a")
    assert keymap.read(38, 1 << 13) == ("Cyrillic_ef", "ф")


def test_modifiers_are_found_by_the_keys_that_set_them(display: VirtualDesktop) -> None:
    set_layout("us")
    keymap = read_keymap(display)

    assert keymap.mods(0) is Mods.NONE
    assert keymap.mods(0b1101) == Mods.SHIFT | Mods.CTRL | Mods.ALT
    assert keymap.mods(0x02 | 0x10 | 0x40 | 0x80) == Mods.CAPS | Mods.NUM | Mods.SUPER | Mods.ALTGR


def test_the_numeric_pad_follows_num_lock(display: VirtualDesktop) -> None:
    set_layout("us")
    keymap = read_keymap(display)

    assert keymap.read(87, 0) == ("KP_End", None)
    assert keymap.read(87, 0x10) == ("KP_1", "1")


def test_a_key_that_the_layout_does_not_have_is_no_symbol(display: VirtualDesktop) -> None:
    assert read_keymap(display).read(8, 0) == ("NoSymbol", None)
