"""Every keysym that the X libraries know has the same character and, where it names a key, the same name here."""

import ctypes

from recorder.capture.backends.x11.input_keysyms import NO_SYMBOL, UNNAMED_CHARACTER, name_of, text_of

CONTROL_KEYS = ("BackSpace", "Tab", "Linefeed", "Clear", "Return", "Escape", "Delete", "KP_Tab", "KP_Enter")
KEYS_OF_A_KEYBOARD = (
    *("Return", "Tab", "ISO_Left_Tab", "Escape", "BackSpace", "Delete", "Insert", "Home", "End", "Prior", "Next"),
    *("Left", "Right", "Up", "Down", "F1", "F12", "Print", "Pause", "Menu", "Scroll_Lock", "Num_Lock", "Caps_Lock"),
    *("Shift_L", "Shift_R", "Control_L", "Control_R", "Alt_L", "Alt_R", "Meta_L", "Super_L", "Super_R"),
    *("ISO_Level3_Shift", "ISO_Level5_Shift", "Mode_switch", "Multi_key", "KP_Enter", "KP_1", "KP_Home", "KP_Add"),
    *("space", "a", "Z", "0", "exclam", "odiaeresis", "ssharp", "EuroSign", "dead_acute", "XF86AudioMute"),
)


def test_every_keysym_makes_the_character_that_the_x_libraries_say() -> None:
    library = ctypes.CDLL("libxkbcommon.so.0")
    wrong = []
    for keysym in (*range(1, 0xFD00), *range(0xFD00, 0x10000), *range(0x1000100, 0x1003000)):
        expected = library.xkb_keysym_to_utf32(keysym)
        got = text_of(keysym)
        if expected >= 0x20 and expected != 0x7F and got not in (chr(expected), UNNAMED_CHARACTER):
            wrong.append(hex(keysym))

    assert wrong == []


def test_a_character_is_never_mistaken_for_a_key_without_text() -> None:
    library = ctypes.CDLL("libxkbcommon.so.0")
    makes_text = [k for k in range(1, 0xFD00) if library.xkb_keysym_to_utf32(k) >= 0x20]

    assert [hex(k) for k in makes_text if text_of(k) is None] == []


def test_the_alphabets_are_spelled_out() -> None:
    library = ctypes.CDLL("libxkbcommon.so.0")
    for page in (0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0C, 0x13):
        for keysym in range((page << 8) + 0xA0, (page << 8) + 0x100):
            expected = library.xkb_keysym_to_utf32(keysym)
            assert not expected or text_of(keysym) == chr(expected), hex(keysym)


def test_keys_have_their_x_names_and_only_characters_have_text() -> None:
    library = ctypes.CDLL("libX11.so.6")
    library.XStringToKeysym.restype = ctypes.c_ulong
    for name in KEYS_OF_A_KEYBOARD:
        assert name_of(library.XStringToKeysym(name.encode())) == name
    for name in CONTROL_KEYS:
        assert text_of(library.XStringToKeysym(name.encode())) is None


def test_what_has_no_name_is_a_number() -> None:
    assert name_of(NO_SYMBOL) == "NoSymbol"
    assert name_of(0x0100_1E9E) == "U1E9E"
    assert name_of(0xFDFF) == "0xfdff"
