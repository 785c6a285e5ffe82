"""The badge's own process: a small window above all others, the global pause hotkey, a heartbeat both ways.

`python -m recorder.capture.backends.x11.badge PARENT_PID`; started by `X11Indicator` alone. Commands come in on
standard input and reports go out on standard output, one byte each. It ends when its window is gone or hidden, when
the X server stops answering, when the parent is gone or silent: its end is what stops a recording.
"""

import contextlib
import ctypes
import os
import select
import signal
import struct
import sys
import time
from typing import Any

import Xlib.display
from Xlib import XK, X, Xatom, Xcursorfont, Xutil
from Xlib.error import BadAccess, CatchError, ConnectionClosedError
from Xlib.ext import randr

BEAT = b"."  # both ways
RECORDING, WITHHOLDING, PAUSED = b"R", b"W", b"P"  # in
SHOWN, TOGGLED, NO_HOTKEY = b"S", b"T", b"K"  # out; NO_HOTKEY is followed by the index of the hotkey
STATES = (RECORDING, WITHHOLDING, PAUSED)
# Before the commands: the size of the pictures, then their pixels in the order of STATES.
HEADER = struct.Struct("=HH")
BEAT_S = 0.25
SILENCE_S = 1.0  # the badge is given up after this long without a beat, or out of sight
PARENT_SILENCE_S = 2.0  # a busy recorder may be late; a dead one is noticed at once, by its pipe and by the kernel
HOTKEYS = (("Ctrl+Alt+Shift+P", "p", X.ControlMask | X.Mod1Mask | X.ShiftMask), ("Pause", "Pause", 0))

_PR_SET_PDEATHSIG = 1
_RAISE_EVERY_S = 0.05  # two windows that both insist on being on top would otherwise use up the machine
_TOP_MARGIN_PX = 8
_DRAG_PX = 4
_EVENTS = X.ButtonPressMask | X.ButtonReleaseMask | X.Button1MotionMask | X.VisibilityChangeMask | X.StructureNotifyMask


class Badge:
    """The window and its state. `run` returns when the badge has to go."""

    def __init__(self, display: Any, size: tuple[int, int], pictures: list[bytes]) -> None:
        self._display = display
        self._screen = display.screen()
        self._size = size
        self._window = self._create()
        self._pixmaps = dict(zip(STATES, (self._upload(pixels) for pixels in pictures), strict=True))
        self._selection = display.intern_atom(f"_NET_WM_CM_S{display.get_default_screen()}")
        self._screen_events = self._watch_screens()
        self._hidden_since: float | None = None
        self._raised_at = self._heard_at = time.monotonic()
        self._press: tuple[int, int] | None = None
        self._dragged = False
        self._held: set[int] = set()  # keycodes of hotkeys that are down: the keyboard repeats them

    def show(self, state: bytes) -> None:
        """Change the picture; the server repaints it by itself from then on."""
        self._window.change_attributes(background_pixmap=self._pixmaps[state])
        self._window.clear_area(0, 0, 0, 0)

    def open(self) -> None:
        """Grab the hotkeys and appear; reports it."""
        self._grab_hotkeys()
        self._window.map()
        self._window.configure(stack_mode=X.Above)
        self._display.sync()
        _report(SHOWN)

    def run(self) -> None:
        next_beat = time.monotonic()
        while True:
            if not self._handle_events():
                return
            now = time.monotonic()
            if now >= next_beat:
                if not self._beat(now):
                    return
                next_beat = now + BEAT_S
            ready, _, _ = select.select([self._display.fileno(), 0], [], [], max(0.0, next_beat - time.monotonic()))
            if 0 in ready and not self._obey():
                return

    def _create(self) -> Any:
        width, height = self._size
        x, y = self._place(width)
        window = self._screen.root.create_window(
            x, y, width, height, 0, self._screen.root_depth, override_redirect=1, event_mask=_EVENTS
        )
        atom = self._display.intern_atom
        window.change_property(atom("_RECORDER_OWN"), Xatom.CARDINAL, 32, [1])
        window.change_property(atom("_NET_WM_PID"), Xatom.CARDINAL, 32, [os.getpid()])
        kind = atom("_NET_WM_WINDOW_TYPE_NOTIFICATION")
        window.change_property(atom("_NET_WM_WINDOW_TYPE"), Xatom.ATOM, 32, [kind])
        window.set_wm_class("recorder", "Recorder")
        window.set_wm_name("Recorder")
        window.set_wm_hints(flags=Xutil.InputHint, input=0)
        cursors = self._display.open_font("cursor")
        hand = Xcursorfont.hand2
        window.change_attributes(
            cursor=cursors.create_glyph_cursor(cursors, hand, hand + 1, (65535,) * 3, (0, 0, 0))
        )  # fmt: skip
        return window

    def _place(self, width: int) -> tuple[int, int]:
        """Top middle of the first monitor: not over the buttons in the corners."""
        monitors = self._monitors()
        if not monitors:
            return (int(self._screen.root.get_geometry().width) - width) // 2, _TOP_MARGIN_PX
        first = next((m for m in monitors if m.primary), monitors[0])
        return first.x + (first.width_in_pixels - width) // 2, first.y + _TOP_MARGIN_PX

    def _monitors(self) -> list[Any]:
        return self._screen.root.xrandr_get_monitors().monitors if self._display.has_extension("RANDR") else []

    def _watch_screens(self) -> set[int]:
        """The events that tell of other monitors than before, beside the root window's own."""
        self._screen.root.change_attributes(event_mask=X.StructureNotifyMask)
        if not self._display.has_extension("RANDR"):
            return set()
        self._screen.root.xrandr_select_input(randr.RRScreenChangeNotifyMask | randr.RRCrtcChangeNotifyMask)
        first = self._display.query_extension("RANDR").first_event
        return {first, first + 1}

    def _stay_in_sight(self) -> None:
        """A badge that no monitor shows as a whole goes back to its place: it may not be left behind on a screen that
        is gone, though for the X server it is still visible there."""
        geometry = self._window.get_geometry()
        x, y = int(geometry.x), int(geometry.y)
        width, height = self._size
        for m in self._monitors():
            right, bottom = m.x + m.width_in_pixels, m.y + m.height_in_pixels
            if m.x <= x and x + width <= right and m.y <= y and y + height <= bottom:
                return
        x, y = self._place(width)
        self._window.configure(x=x, y=y, stack_mode=X.Above)

    def _upload(self, pixels: bytes) -> Any:
        """A picture as a pixmap, a few rows per request: requests have a largest size."""
        width, height = self._size
        depth = self._screen.root_depth
        pixmap = self._window.create_pixmap(width, height, depth)
        context = pixmap.create_gc()
        rows = max(1, 60_000 // (width * 4))
        for y in range(0, height, rows):
            part = pixels[y * width * 4 : (y + rows) * width * 4]
            pixmap.put_image(context, 0, y, width, len(part) // (width * 4), X.ZPixmap, depth, 0, part)
        return pixmap

    def _grab_hotkeys(self) -> None:
        """Each with every combination of Caps Lock and Num Lock. One that another program holds is reported."""
        num_lock = self._modifier_of(XK.string_to_keysym("Num_Lock"))
        for index, (_, name, modifiers) in enumerate(HOTKEYS):
            keycode = self._display.keysym_to_keycode(XK.string_to_keysym(name))
            refused = CatchError(BadAccess)
            for locks in {0, X.LockMask, num_lock, X.LockMask | num_lock}:
                self._screen.root.grab_key(
                    keycode, modifiers | locks, 0, X.GrabModeAsync, X.GrabModeAsync, onerror=refused
                )
            self._display.sync()
            if not keycode or refused.get_error():
                _report(NO_HOTKEY + bytes([index]))

    def _modifier_of(self, keysym: int) -> int:
        keycode = self._display.keysym_to_keycode(keysym)
        for index, keycodes in enumerate(self._display.get_modifier_mapping()):
            if keycode and keycode in keycodes:
                return 1 << index
        return 0

    def _handle_events(self) -> bool:
        """False when the window is gone."""
        rearranged = False
        while self._display.pending_events():
            event = self._display.next_event()
            rearranged |= self._is_about_screens(event)
            if event.type in (X.UnmapNotify, X.DestroyNotify):
                return False
            if event.type == X.MappingNotify:
                self._display.refresh_keyboard_mapping(event)
                self._screen.root.ungrab_key(X.AnyKey, X.AnyModifier)
                self._grab_hotkeys()
            elif not event.send_event:  # another program's imitation of a person
                self._handle(event)
        if rearranged:
            self._stay_in_sight()
        return True

    def _is_about_screens(self, event: Any) -> bool:
        resized = event.type == X.ConfigureNotify and event.window == self._screen.root
        return resized or event.type in self._screen_events

    def _handle(self, event: Any) -> None:
        match event.type:
            case X.VisibilityNotify:
                self._on_visibility(event.state)
            case X.KeyPress if event.detail not in self._held:
                self._held.add(event.detail)
                _report(TOGGLED)
            case X.KeyRelease:
                keymap = self._display.query_keymap()
                if not keymap[event.detail // 8] & 1 << event.detail % 8:
                    self._held.discard(event.detail)
            case X.ButtonPress if event.detail == 1:
                self._press, self._dragged = (event.event_x, event.event_y), False
            case X.MotionNotify if self._press:
                self._drag(event, self._press)
            case X.ButtonRelease if event.detail == 1 and self._press:
                self._press = None
                if self._dragged:
                    self._stay_in_sight()
                else:
                    _report(TOGGLED)

    def _on_visibility(self, state: int) -> None:
        if state == X.VisibilityUnobscured:
            self._hidden_since = None
            return
        if state == X.VisibilityFullyObscured and self._hidden_since is None:
            self._hidden_since = time.monotonic()
        self._raise()

    def _raise(self) -> None:
        now = time.monotonic()
        if now - self._raised_at >= _RAISE_EVERY_S:
            self._raised_at = now
            self._window.configure(stack_mode=X.Above)

    def _drag(self, event: Any, press: tuple[int, int]) -> None:
        if self._dragged or max(abs(event.event_x - press[0]), abs(event.event_y - press[1])) > _DRAG_PX:
            self._dragged = True
            self._window.configure(x=event.root_x - press[0], y=event.root_y - press[1])

    def _beat(self, now: float) -> bool:
        """Report that all is well, once the X server has answered; False when it is not well."""
        # With a compositor every window counts as visible, so look at the order; without one, retry what was limited.
        if self._display.get_selection_owner(self._selection) or self._hidden_since is not None:
            self._stay_on_top()
        if self._hidden_since is not None and now - self._hidden_since > SILENCE_S:
            return False
        if now - self._heard_at > PARENT_SILENCE_S:
            return False
        _report(BEAT)
        return True

    def _stay_on_top(self) -> None:
        above = self._screen.root.query_tree().children
        if above and above[-1] != self._window:
            self._raise()

    def _obey(self) -> bool:
        """Take the parent's commands; False when it is gone."""
        commands = os.read(0, 4096)
        if not commands:
            return False
        self._heard_at = time.monotonic()
        states = [bytes([c]) for c in commands if bytes([c]) in STATES]
        if states:
            self.show(states[-1])
        return True


def main(parent: int) -> None:
    """Die with the parent, read the pictures, show the first one, and stay until something ends it."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), *(ctypes.c_ulong(0),) * 3)
    if os.getppid() != parent:
        return
    width, height = HEADER.unpack(_read(HEADER.size))
    pictures = [_read(width * height * 4) for _ in STATES]
    with contextlib.suppress(ConnectionClosedError, BrokenPipeError):
        badge = Badge(Xlib.display.Display(), (width, height), pictures)
        badge.show(_read(1))
        badge.open()
        badge.run()


def _report(message: bytes) -> None:
    os.write(1, message)


def _read(size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(0, size - len(data))
        if not part:
            sys.exit(1)
        data += part
    return data


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is the recorder's business
    main(int(sys.argv[1]))
