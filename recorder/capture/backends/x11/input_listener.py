"""One opened stretch of listening: four X connections in, `Raw*` values in the server's own order out.

- *line* is the window model's connection. Raw device events stand in it between the window events, in the server's one
  order: it says where everything belongs (see `input_line`).
- *twins* carry a RECORD context each: what the devices did, with positions and modifiers (see `input_stream`), twice
  because servers lose some of it (see `input_twins`). The server holds it back until it writes to somebody for another
  reason; the raw events wake us up, and our asking is the reason.
- *ask* carries requests that have nothing to do with that order.

`input_merge` makes one order of line and twins. Nothing happens: nothing is sent.
"""

import select
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from threading import Condition
from typing import Any, Protocol

from recorder.capture.backends.x11 import input_requests as requests
from recorder.capture.backends.x11.clock import ServerClock
from recorder.capture.backends.x11.connection import LOST, open_display
from recorder.capture.backends.x11.input_devices import Devices
from recorder.capture.backends.x11.input_line import Line, RawInLine
from recorder.capture.backends.x11.input_merge import Merger
from recorder.capture.backends.x11.input_stream import RecordStream, newest_stamp
from recorder.capture.backends.x11.input_translate import Translator
from recorder.capture.backends.x11.input_twins import Content, Twins
from recorder.capture.backends.x11.input_wire import Wire, WireClosed
from recorder.capture.backends.x11.keymap import Keymap, parse_keymap
from recorder.capture.contract import Emit
from recorder.errors import PlatformError
from recorder.model.raw import Fault, RawFault, RawKey, RawSecret, RawWindows, SecretSource

_START_TIMEOUT_S = 5.0
_TURN_MS = 900  # to show that the thread is there
_DATA_FOLLOWS_S = 0.002  # how long RECORD's data may follow the answer that pushed it out
_PROPERTY_NOTIFY, _MAPPING_NOTIFY = 28, 34
_PROPERTY_CHANGE_MASK = 1 << 22
_INPUT_ONLY = 2
_MARK_PROPERTY = 6  # any predefined atom will do: the window is ours


class Tracker(Protocol):
    """What is needed of the window model."""

    def start(self) -> None: ...

    def handle(self, event: Any) -> bool: ...

    def snapshot(self, t_ns: int) -> RawWindows: ...

    def keyboard_grab(self) -> bool | None: ...


class InputListener:
    """Opens in the constructor, delivers in `run`. Thread: one, except `flush` and `hang_up`.

    Raises: PlatformError from the constructor; nothing is left open then.
    """

    def __init__(self, display_name: str | None, make_tracker: Callable[[Any], Tracker]) -> None:
        with ExitStack() as undo:
            self._main = open_display(display_name)
            undo.callback(self._main.display.socket.close)
            self._ask = Wire(display_name)
            undo.callback(self._ask.close)
            self._wires = (Wire(display_name), Wire(display_name))
            for wire in self._wires:
                undo.callback(wire.close)
            try:
                self._start(make_tracker)
            except (WireClosed, *LOST):
                raise PlatformError("the X server went away while input was opened") from None
            self._undo = undo.pop_all()

    def _start(self, make_tracker: Callable[[Any], Tracker]) -> None:
        self._emit: Emit = _refuse
        self._clock = ServerClock()
        self._devices_stale = self._keymap_stale = False
        self.running = False
        self.turned_ns: int | None = None
        self._merger, self._twins = Merger(self), Twins()
        self._windows_seen_ns: int | None = None  # when a change was read that is not yet told
        self._grabbed: bool | None = False
        self._flushes = Condition()
        self._asked = self._answered = 0
        self._finished = False
        self._start_input()
        self._tracker = make_tracker(self._main)
        self._tracker.start()
        self._started_ns = time.monotonic_ns()

    def _start_input(self) -> None:
        xi, xi_first_event = requests.extension(self._ask, "XInputExtension")
        record, _ = requests.extension(self._ask, "RECORD")
        self._xkb, _ = requests.extension(self._ask, "XKEYBOARD")
        self._ask.call(requests.xkb_use(self._xkb))
        self._devices = Devices(self._ask, xi)
        self._translate = Translator(self._read_keymap(), self._devices.injected, self._keys_down())
        self._streams = tuple(RecordStream(xi_first_event, partial(self._hear, which)) for which in (0, 1))
        self._start_recording(record)
        self._line = Line(self._main, xi)
        self._mark = self._main.screen().root.create_window(
            0, 0, 1, 1, 0, 0, window_class=_INPUT_ONLY, event_mask=_PROPERTY_CHANGE_MASK
        )
        self._main.sync()

    def _start_recording(self, record: int) -> None:
        for number, wire in enumerate(self._wires, 1):
            context = self._ask.id_base | number
            self._ask.send(requests.record_create(record, context))
            self._ask.call(requests.poke())  # the context exists before the other connection names it
            wire.send(requests.record_enable(record, context))
            self._await_start(wire)

    def _await_start(self, wire: Wire) -> None:
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while not self._read_start(wire):
            if not select.select([wire], [], [], max(0.0, deadline_s - time.monotonic()))[0]:
                raise PlatformError("the X server does not start recording input")

    def _read_start(self, wire: Wire) -> bool:
        """Whether the context's first message, sent at once, is here; what may follow it is left for `run`."""
        packet = wire.packet()
        if packet is not None and (stamp_ms := newest_stamp([packet])) is not None:
            self._clock.arrived(stamp_ms, time.monotonic_ns())
            return True
        return False

    def _keys_down(self) -> set[int]:
        bits = self._main.query_keymap()
        return {8 * at + bit for at, byte in enumerate(bits) for bit in range(8) if byte >> bit & 1}

    def _read_keymap(self) -> Keymap:
        return parse_keymap(self._ask.call(requests.xkb_get_map(self._xkb)))

    def _follow_keymap(self) -> Keymap:
        """The map after a change that was told. The server says what holds now: when it has changed again by then,
        nobody can say any more which one the keys between the two changes went by."""
        keymap = self._read_keymap()
        self._line.round_trip()
        has_changed_again = self._line.holds(_MAPPING_NOTIFY) or self._merger.holds(_MAPPING_NOTIFY)
        return replace(keymap, certain=not has_changed_again)

    def run(self, emit: Emit) -> None:
        """Deliver until hung up or the server is gone; says which one it was by returning or raising.

        Raises: WireClosed or one of `LOST` when a connection ended; PlatformError when the server stopped answering.
        """
        self._emit = emit
        self.turned_ns = time.monotonic_ns()
        self._clock.order(self._started_ns)
        emit(self._tracker.snapshot(self._started_ns))
        self._say_grab(self._started_ns)
        poll = select.poll()
        for connection in (self._line, *self._wires):
            poll.register(connection.fileno(), select.POLLIN)
        while not any(stream.ended for stream in self._streams):
            self.turned_ns = time.monotonic_ns()
            self._read()
            while not self._resolve():
                self._round()
            self._settle(time.monotonic_ns())
            if not self._main.pending_events():  # python-xlib may have read some while it waited for an answer
                poll.poll(_TURN_MS)
        raise WireClosed

    def _resolve(self) -> bool:
        """Hand over what is certain; whether that was all."""
        for content in self._twins.take():
            self._merger.content((content.kind, content.stamp_ms, content.detail), content)
        return self._merger.resolve() and self._twins.is_empty

    def _round(self) -> None:
        """See `input_merge`."""
        self._line.round_trip()
        select.select([self._wires[1]], [], [], _DATA_FOLLOWS_S)
        self._read()
        self._twins.round_done()
        self._merger.round_done()

    def _read(self) -> None:
        """Everything that is here: the line first."""
        for event in self._line.events():
            self._read_event(event)
        for wire, stream in zip(self._wires, self._streams, strict=True):
            packets = list(wire.packets())
            stamp_ms = newest_stamp(packets)
            if stamp_ms is not None:
                self._clock.arrived(stamp_ms, time.monotonic_ns())
            for packet in packets:
                stream.feed(packet)

    def _read_event(self, event: Any) -> None:
        if isinstance(event, RawInLine):
            self._devices_stale |= event.event_type == requests.HIERARCHY_CHANGED
            if (key := event.key()) is not None:
                self._merger.raw(key)
        elif event.type == _PROPERTY_NOTIFY and event.window.id == self._mark.id:
            self._merger.mark(self._answer_flush)
        else:
            self._merger.window(event)

    def _hear(self, which: int, content: Content) -> None:
        self._twins.told(which, content)

    def on_content(self, payload: Content, *, is_placed: bool) -> None:
        """One core device event, where it belongs (see `input_merge.Sink`)."""
        t_ns = self._clock.to_ns(payload.stamp_ms)
        self._settle(t_ns)
        raw = self._translate.read(t_ns, *payload[1:])
        if isinstance(raw, RawKey) and not is_placed:
            # Typed into which window? Nobody can say, so it is nobody's.
            self._emit(RawFault(t_ns=t_ns, fault=Fault.WINDOWS_UNKNOWN))
            self._emit(raw)
            self._emit(RawFault(t_ns=t_ns, fault=Fault.WINDOWS_UNKNOWN, over=True))
        elif raw is not None:
            self._emit(raw)

    def on_window(self, event: Any) -> bool:
        """One event of the window model's connection (see `input_merge.Sink`)."""
        if event.type == _MAPPING_NOTIFY:
            self._keymap_stale = True
            return False
        has_changed = self._tracker.handle(event)
        if has_changed and self._windows_seen_ns is None:
            self._windows_seen_ns = time.monotonic_ns()
        return has_changed

    def _settle(self, before_ns: int) -> None:
        """What is known to have changed is told before what comes after it, at `before_ns`; several changes once.

        Window events carry no time: they are dated to when they were read, but never after what they came before.
        """
        if self._windows_seen_ns is not None:
            t_ns = self._clock.order(min(self._windows_seen_ns, before_ns))
            self._windows_seen_ns = None
            self._emit(self._tracker.snapshot(t_ns))
            self._say_grab(t_ns)
        if self._keymap_stale:
            self._keymap_stale = False
            self._translate.keymap = self._follow_keymap()
        if self._devices_stale:
            self._devices_stale = False
            self._devices.refresh()

    def _say_grab(self, t_ns: int) -> None:
        """Not known counts as grabbed."""
        active = self._tracker.keyboard_grab() is not False
        if active != self._grabbed:
            self._grabbed = active
            self._emit(RawSecret(t_ns=t_ns, source=SecretSource.KEYBOARD_GRAB, active=active))

    def flush(self, timeout_s: float) -> bool:
        """A change of our own window's property travels behind everything that happened before. Any thread."""
        with self._flushes:
            self._asked += 1
            ticket = self._asked
            try:
                self._ask.send(requests.append_nothing(self._mark.id, _MARK_PROPERTY))
            except WireClosed:
                return False
            self._flushes.wait_for(lambda: self._answered >= ticket or self._finished, timeout_s)
            return self._answered >= ticket

    def _answer_flush(self) -> None:
        self._settle(time.monotonic_ns())
        with self._flushes:
            self._answered += 1
            self._flushes.notify_all()

    def hang_up(self) -> None:
        """Make `run` end. Any thread."""
        self._ask.hang_up()
        for wire in self._wires:
            wire.hang_up()
        try:
            self._main.display.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is gone already

    def dispose(self) -> None:
        """Close the sockets, once `run` has ended."""
        self._undo.close()
        with self._flushes:
            self._finished = True
            self._flushes.notify_all()


def _refuse(_: object) -> None:
    """Nothing is delivered before `run`; what the server sent by then waits in its connection."""
    raise RuntimeError("an event was read before the source runs")
