"""Input on a real X server: everything that happens is told once, in order, with the right key names."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import Xlib.display
from Xlib import X

from recorder.capture.backends.x11 import input_requests
from recorder.capture.backends.x11.input_keysyms import UNNAMED_CHARACTER
from recorder.capture.backends.x11.input_source import X11InputSource
from recorder.demo.desktop import VirtualDesktop
from recorder.errors import PlatformError
from recorder.model.raw import (
    Fault,
    Mods,
    RawButton,
    RawEvent,
    RawFault,
    RawKey,
    RawPointer,
    RawSecret,
    RawWheel,
    RawWindows,
    SecretSource,
)
from tests.capture.contract_suite import CLOSE_WITHIN_S, InputSourceContract, Stage, ended_after_s
from tests.capture.hearing import hearing
from tests.capture.injector import Injector
from tests.desktop import enter


@pytest.fixture(scope="module")
def one_desktop() -> Iterator[VirtualDesktop]:
    """A screen, a window manager and a terminal for all tests of this module."""
    with VirtualDesktop(session_bus=False) as virtual:
        virtual.spawn(["xterm", "-class", "Typewriter", "-geometry", "80x24+100+100"])
        virtual.window("Typewriter")
        yield virtual


@pytest.fixture
def here(one_desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> VirtualDesktop:
    enter(one_desktop, monkeypatch)
    subprocess.run(["setxkbmap", "-layout", "us", "-option", ""], check=True)
    return one_desktop


@pytest.fixture
def hands(here: VirtualDesktop) -> Iterator[Injector]:
    with Injector(here.display) as injector:
        yield injector


class TestX11InputSource(InputSourceContract):
    @pytest.fixture
    def stage(self, hands: Injector) -> Stage:
        return Stage(
            source=X11InputSource(),
            move=hands.move,
            click=hands.click,
            wheel_up=lambda: hands.click(4),
            key=hands.key,
        )

    def earliest(self, before_ns: int) -> int:
        return before_ns - 20_000_000  # the server's clock ticks in whole milliseconds, some of them coarse


# --- nothing lost, nothing invented ---------------------------------------------------------------------------------


class Script:
    """Does things and writes down what should be heard of them."""

    def __init__(self, hands: Injector) -> None:
        self._hands = hands
        self.expected: list[tuple[Any, ...]] = []
        self._at = (0, 0)

    def move(self, x: int, y: int) -> None:
        self._hands.move(x, y)
        self._at = (x, y)
        self.expected.append(("move", x, y))

    def moves(self, count: int, *, hertz: float | None) -> None:
        """Along a curve that never stays in place; `hertz` None: as fast as it goes."""
        due_s = time.monotonic()
        for n in range(count):
            self.move(10 + n % 1_900, 20 + (7 * n) % 1_000)
            if hertz is not None:
                due_s += 1 / hertz
                time.sleep(max(0.0, due_s - time.monotonic()))

    def button(self, number: int, *, pressed: bool) -> None:
        (self._hands.press if pressed else self._hands.release)(number)
        self.expected.append(("button", number, pressed, *self._at))

    def click(self, number: int) -> None:
        self.button(number, pressed=True)
        self.button(number, pressed=False)

    def drag(self, steps: int) -> None:
        self.move(300, 300)
        self.button(1, pressed=True)
        for n in range(1, steps + 1):
            self.move(300 + n, 300 + 2 * n)
        self.button(1, pressed=False)

    def wheel(self, number: int) -> None:
        self._hands.click(number)
        dx, dy = {4: (0, 1), 5: (0, -1), 6: (-1, 0), 7: (1, 0)}[number]
        self.expected.append(("wheel", float(dx), float(dy), *self._at))

    def key(self, *chord: str) -> None:
        self._hands.key(*chord)
        self.expected += [("key", name, True) for name in chord]
        self.expected += [("key", name, False) for name in reversed(chord)]


def told(event: RawEvent) -> tuple[Any, ...] | None:
    match event:
        case RawPointer():
            return ("move", event.x, event.y)
        case RawButton():
            return ("button", event.button, event.pressed, event.x, event.y)
        case RawWheel():
            return ("wheel", event.dx, event.dy, event.x, event.y)
        case RawKey():
            return ("key", event.keysym, event.pressed)
        case _:
            return None


def test_of_more_than_4000_events_none_is_lost_or_invented(hands: Injector) -> None:
    script = Script(hands)
    source = X11InputSource()
    with hearing(source) as heard:
        script.moves(120, hertz=60)
        script.moves(250, hertz=125)
        script.moves(2_500, hertz=None)
        for _ in range(60):
            for button in (1, 3, 8):
                script.click(button)
        for _ in range(20):
            script.drag(10)
        for _ in range(60):
            for wheel in (4, 5, 6, 7):
                script.wheel(wheel)
        for letter in "thequickbrownfoxjumpsoverthelazydog" * 6:
            script.key(letter)
        for letter in "acvxzsfn" * 5:
            script.key("Control_L", letter)

        assert source.flush(30)
        got = [seen for event in list(heard.events) if (seen := told(event)) is not None]
    assert len(script.expected) >= 4_000
    assert got == script.expected
    assert all(
        event.injected for event in heard.events if isinstance(event, RawPointer | RawKey | RawButton | RawWheel)
    )


def test_what_xdotool_does_is_heard_completely(here: VirtualDesktop) -> None:
    with hearing(X11InputSource()) as heard:
        here.xdotool("mousemove", 200, 220, "click", 1, "click", 5, "mousemove", 201, 221)
        here.xdotool("type", "--delay", "1", "hello world " * 20)
        here.xdotool("key", "ctrl+s", "Tab", "F5")
        here.xdotool("mousemove", 400, 400, "mousedown", 1, "mousemove", 500, 480, "mouseup", 1)

        text = "".join(key.text or "" for key in heard.all(RawKey) if key.pressed and not key.mods & Mods.CTRL)
        assert text == "hello world " * 20
        assert [key.keysym for key in heard.all(RawKey) if key.pressed][-4:] == ["Control_L", "s", "Tab", "F5"]
        assert [(move.x, move.y) for move in heard.all(RawPointer)] == [(200, 220), (201, 221), (400, 400), (500, 480)]
        assert [(b.x, b.y, b.pressed) for b in heard.all(RawButton)][2:] == [(400, 400, True), (500, 480, False)]
        assert [wheel.dy for wheel in heard.all(RawWheel)] == [-1.0]


# --- keys -----------------------------------------------------------------------------------------------------------


def test_the_keycode_is_the_one_of_the_kernel(hands: Injector) -> None:
    with hearing(X11InputSource()) as heard:
        hands.key("a")

        assert {key.keycode for key in heard.all(RawKey)} == {30}  # KEY_A


def test_a_layout_change_holds_from_the_next_key_on(hands: Injector) -> None:
    with hearing(X11InputSource()) as heard:
        hands.key(29)
        subprocess.run(["setxkbmap", "de"], check=True)
        hands.key(29)
        hands.key(108, 24)  # AltGr + Q
        hands.key(47)
        subprocess.run(["setxkbmap", "us"], check=True)
        hands.key(29)

        assert [key.text for key in heard.all(RawKey) if key.pressed] == ["y", "z", None, "@", "ö", "y"]


def test_a_key_between_two_layout_changes_is_read_by_its_own_layout_or_not_at_all(hands: Injector) -> None:
    """A listener that falls behind asks for a layout that is not the one any more."""
    behind = threading.Event()
    source = X11InputSource()
    source.open()
    heard: list[RawKey] = []

    def take(event: RawEvent) -> None:
        if isinstance(event, RawKey) and event.pressed:
            behind.wait(20)
            heard.append(event)

    running = threading.Thread(target=source.run, args=(take,), daemon=True)
    running.start()
    for layout in ("us", "de", "us", "de", "us"):
        subprocess.run(["setxkbmap", layout], check=True)
        hands.key(29)
    behind.set()
    assert source.flush(10.0)
    source.close()
    running.join(10)

    assert len(heard) == 5
    assert (heard[0].text, heard[-1].text) == ("y", "y")
    assert all(key.text in (own, UNNAMED_CHARACTER) for key, own in zip(heard, "yzyzy", strict=True))


def test_the_second_layout_group_is_followed(hands: Injector) -> None:
    subprocess.run(["setxkbmap", "-layout", "us,ru", "-option", "grp:menu_toggle"], check=True)
    with hearing(X11InputSource()) as heard:
        hands.key(38)
        hands.key("Menu")
        hands.key(38)
        hands.key("Menu")
        hands.key(38)

        assert [key.text for key in heard.all(RawKey) if key.pressed and key.text] == ["a", "ф", "a"]


def test_a_held_key_repeats_and_says_so(hands: Injector) -> None:
    with hearing(X11InputSource()) as heard:
        hands.key_down("r")
        assert heard.wait_for(lambda event: isinstance(event, RawKey) and event.repeat)
        hands.key_up("r")

        keys = heard.all(RawKey)
    assert [(key.pressed, key.repeat) for key in (keys[0], keys[-1])] == [(True, False), (False, False)]
    assert all(key.pressed and key.repeat for key in keys[1:-1])


def test_keys_are_heard_while_another_client_has_grabbed_the_keyboard(here: VirtualDesktop, hands: Injector) -> None:
    other: Any = Xlib.display.Display(here.display)
    try:
        with hearing(X11InputSource()) as heard:
            other.screen().root.grab_keyboard(True, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
            other.sync()
            hands.key("g")
            other.ungrab_keyboard(X.CurrentTime)
            other.sync()
            hands.key("h")

            assert [key.text for key in heard.all(RawKey) if key.pressed] == ["g", "h"]
    finally:
        other.close()


def test_a_keyboard_grab_stands_before_the_keys_that_it_takes(here: VirtualDesktop, hands: Injector) -> None:
    focus(here, hands)
    other: Any = Xlib.display.Display(here.display)
    try:
        with hearing(X11InputSource()) as heard:
            hands.key("1")
            other.screen().root.grab_keyboard(True, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
            other.sync()
            hands.key("2")
            other.ungrab_keyboard(X.CurrentTime)
            other.sync()
            hands.key("3")
            heard.all(RawKey)
    finally:
        other.close()

    held, grabbed_at = False, {}
    for event in heard.events:
        if isinstance(event, RawSecret) and event.source is SecretSource.KEYBOARD_GRAB:
            held = event.active
        elif isinstance(event, RawKey) and event.pressed:
            grabbed_at[event.text] = held
    assert grabbed_at == {"1": False, "2": True, "3": False}


def test_what_real_devices_do_is_not_called_injected(here: VirtualDesktop, hands: Injector) -> None:
    """A server in a window has devices of its own: what is injected outside arrives inside as from a hand."""
    number = str(int(here.display.removeprefix(":")) + 400)
    inner = here.spawn(["Xephyr", f":{number}", "-screen", "640x480", "-title", "Innerscreen"])
    try:
        here.window("Innerscreen")
        source = X11InputSource(f":{number}")
        here.xdotool("search", "--name", "Innerscreen", "windowfocus", "windowraise", "windowmove", 0, 0)
        with hearing(source) as heard:
            hands.move(100, 100)
            hands.move(120, 130)
            hands.click(1)
            hands.key("q")
            assert heard.wait_for(lambda event: isinstance(event, RawKey) and not event.pressed)
            with Injector(f":{number}") as inside:
                inside.key("w")
            by_hand = [event for event in heard.all(RawKey) if event.text == "q"] + heard.all(RawButton)
            by_program = [event for event in heard.all(RawKey) if event.text == "w"]

            assert [event.injected for event in by_hand] == [False] * 4
            assert [event.injected for event in by_program] == [True] * 2
    finally:
        inner.kill()
        inner.wait()


# --- windows between the keys ---------------------------------------------------------------------------------------


def focus(here: VirtualDesktop, hands: Injector) -> int:
    """Click into the terminal; its client window."""
    window = here.window("Typewriter")
    hands.move(200, 300)
    hands.click(1)
    deadline_s = time.monotonic() + 10
    while here.xdotool("getwindowfocus") != str(window):
        assert time.monotonic() < deadline_s
    return window


def test_a_key_stands_between_the_focus_changes_that_it_came_between(here: VirtualDesktop, hands: Injector) -> None:
    display: Any = hands.display
    root = display.screen().root
    windows = [
        root.create_window(50 + 300 * n, 700, 200, 100, 0, X.CopyFromParent, override_redirect=1) for n in (0, 1)
    ]
    for window in windows:
        window.map()
    display.sync()
    letters = "ab" * 250
    with hearing(X11InputSource()) as heard:
        for letter in letters:
            windows["ab".index(letter)].set_input_focus(X.RevertToPointerRoot, X.CurrentTime)
            hands.key(letter)
        heard.all(RawKey)
    for window in windows:
        window.destroy()

    focused, typed_into = None, []
    for event in heard.events:
        if isinstance(event, RawWindows):
            focused = event.focused
        elif isinstance(event, RawKey) and event.pressed:
            typed_into.append((event.text, focused))
    assert typed_into == [(letter, windows["ab".index(letter)].id) for letter in letters]


def test_keys_stay_right_after_a_click_into_another_toolkit(here: VirtualDesktop, hands: Injector) -> None:
    here.spawn(["zenity", "--entry", "--title", "Gtkwindow"])
    here.window("Gtkwindow")
    keys = "abcdefghijklmnopqrstuvwxyz" * 3
    with hearing(X11InputSource()) as heard:
        here.xdotool(
            "search", "--name", "Gtkwindow", "windowactivate", "mousemove", "--window", "%1", 60, 60, "click", 1
        )
        for letter in keys:
            hands.key(letter)

        assert "".join(key.text or "" for key in heard.all(RawKey) if key.pressed) == keys
    here.xdotool("search", "--name", "Gtkwindow", "windowclose")


# --- beginning and end ----------------------------------------------------------------------------------------------


def open_sockets() -> set[str]:
    links = (str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink())
    return {link for link in links if link.startswith(("socket:", "pipe:"))}


def test_nothing_stays_open_after_closing(here: VirtualDesktop, hands: Injector) -> None:
    before = open_sockets()
    for _ in range(3):
        with hearing(X11InputSource()) as heard:
            hands.key("x")
            assert heard.all(RawKey)
    X11InputSource().close()
    unused = X11InputSource()
    unused.open()
    unused.close()

    assert open_sockets() == before


def test_close_ends_a_run_that_is_flooded(hands: Injector) -> None:
    over = threading.Event()

    def flood() -> None:
        # Each move waits for the server: hundreds at once can send it into an endless loop (docs/limitations.md).
        number = 0
        while not over.is_set():
            number += 1
            hands.move(number % 800, number % 600)

    flooding = threading.Thread(target=flood)
    with hearing(X11InputSource()) as heard:
        flooding.start()
        try:
            heard.wait_for(lambda event: isinstance(event, RawPointer), timeout_s=5.0)
            assert ended_after_s(heard) < CLOSE_WITHIN_S
        finally:
            over.set()
            flooding.join()


@pytest.fixture
def short_lived(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualDesktop]:
    with VirtualDesktop(size=(640, 480), window_manager=False, session_bus=False) as virtual:
        enter(virtual, monkeypatch)
        yield virtual


def test_a_display_that_dies_is_a_fault_within_a_second(short_lived: VirtualDesktop) -> None:
    source = X11InputSource()
    with hearing(source) as heard:
        assert source.flush(5)
        short_lived.close()

        assert heard.wait_for(lambda event: isinstance(event, RawFault), timeout_s=1.0)
        heard.thread.join(1)
        assert not heard.thread.is_alive()
        assert [event.fault for event in heard.events if isinstance(event, RawFault)] == [Fault.DISPLAY_LOST]
        assert not source.flush(0.1)


@pytest.mark.parametrize("extension", ["RECORD", "XInputExtension"])
def test_a_server_without_what_input_needs_is_refused(
    here: VirtualDesktop, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    ask: Callable[..., tuple[int, int]] = input_requests.extension
    # No stock server can be started without these two: it is asked for one that it does not have instead.
    monkeypatch.setattr(
        input_requests, "extension", lambda wire, name: ask(wire, "NO-SUCH-EXTENSION" if name == extension else name)
    )
    before = open_sockets()

    with pytest.raises(PlatformError, match="extension"):
        X11InputSource().open()
    assert open_sockets() == before


def test_a_display_that_is_not_there_is_refused(here: VirtualDesktop) -> None:
    with pytest.raises(PlatformError):
        X11InputSource(":999").open()


def test_nothing_is_sent_while_nothing_happens(here: VirtualDesktop) -> None:
    source = X11InputSource()
    with hearing(source) as heard:
        assert source.flush(5)
        spent_s = time.process_time()
        time.sleep(1.0)  # the thing measured is that nothing happens

        assert time.process_time() - spent_s < 0.02
        assert heard.thread.is_alive()
