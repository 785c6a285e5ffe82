"""One opened stretch of listening: three X connections in, `Raw*` values in the server's own order out.

- *main* belongs to the window model: it selects window events and asks about windows. Its events are read twice: the
  copy that python-xlib queues is thrown away, the one that counts comes through *data*.
- *data* carries a RECORD context: every device event and every event delivered to *main*, as one sequence that the
  server itself put in order. A key stands between the focus events that it really came between.
- *wake* makes the server send that data at once (see `input_wake`), and carries our own questions.
"""

import select
import socket
import struct
import time
from collections.abc import Callable, Container
from contextlib import ExitStack
from threading import Condition
from typing import Any, Protocol

from Xlib.protocol.event import AnyEvent

from recorder.capture.backends.x11 import input_requests as requests
from recorder.capture.backends.x11.clock import ServerClock
from recorder.capture.backends.x11.connection import LOST, open_display
from recorder.capture.backends.x11.input_devices import Devices
from recorder.capture.backends.x11.input_stream import RecordStream, newest_stamp
from recorder.capture.backends.x11.input_translate import Translator
from recorder.capture.backends.x11.input_wake import Waker
from recorder.capture.backends.x11.input_wire import Wire, WireClosed
from recorder.capture.backends.x11.keymap import Keymap, parse_keymap
from recorder.capture.contract import Emit
from recorder.errors import PlatformError
from recorder.model.raw import RawSecret, RawWindows, SecretSource

_START_TIMEOUT_S = 5.0
_DATA_FOLLOWS_MS = 5  # to wait for nothing else after a poke saves a round through everything
_PROPERTY_NOTIFY, _CLIENT_MESSAGE, _MAPPING_NOTIFY = 28, 33, 34
_SENT_BY_A_CLIENT = 0x80
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
            self._wake = Wire(display_name)
            undo.callback(self._wake.close)
            self._data = Wire(display_name)
            undo.callback(self._data.close)
            try:
                self._start(make_tracker)
            except (WireClosed, *LOST):
                raise PlatformError("the X server went away while input was opened") from None
            self._undo = undo.pop_all()

    def _start(self, make_tracker: Callable[[Any], Tracker]) -> None:
        self._emit: Emit = _refuse
        self._clock = ServerClock()
        self._devices_stale = self._keymap_stale = self._main_asked = False
        self.running = False
        self._windows_changed_ms: int | None = None
        self._grabbed: bool | None = False
        self._flushes = Condition()
        self._asked = self._answered = 0
        self._finished = False
        self._start_input()
        self._tracker = make_tracker(self._main)
        self._tracker.start()
        self._started_ns = time.monotonic_ns()

    def _start_input(self) -> None:
        xi, xi_first_event = requests.extension(self._wake, "XInputExtension")
        record, _ = requests.extension(self._wake, "RECORD")
        self._xkb, _ = requests.extension(self._wake, "XKEYBOARD")
        self._wake.call(requests.xkb_use(self._xkb))
        self._devices = Devices(self._wake, xi)
        self._translate = Translator(self._read_keymap(), self._devices.injected, self._keys_down())
        watched = int(self._main.display.info.resource_id_base)
        self._stream = RecordStream(xi_first_event, watched, self)
        self._start_recording(record, watched)
        self._waker = Waker(self._wake, xi)
        self._mark = self._main.screen().root.create_window(
            0, 0, 1, 1, 0, 0, window_class=_INPUT_ONLY, event_mask=_PROPERTY_CHANGE_MASK
        )
        self._main.sync()

    def _start_recording(self, record: int, watched: int) -> None:
        context = self._wake.id_base | 1
        self._wake.send(requests.record_create(record, context, watched))
        self._wake.call(requests.poke())  # the context exists before the other connection names it
        self._data.send(requests.record_enable(record, context))
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while not self._read_start():
            if not select.select([self._data], [], [], max(0.0, deadline_s - time.monotonic()))[0]:
                raise PlatformError("the X server does not start recording input")

    def _read_start(self) -> bool:
        """Whether the context's first message, sent at once, is here; what may follow it is left for `run`."""
        packet = self._data.packet()
        if packet is not None and (stamp_ms := newest_stamp([packet])) is not None:
            self._clock.arrived(stamp_ms, time.monotonic_ns())
            return True
        return False

    def _keys_down(self) -> set[int]:
        bits = self._main.query_keymap()
        return {8 * at + bit for at, byte in enumerate(bits) for bit in range(8) if byte >> bit & 1}

    def _read_keymap(self) -> Keymap:
        return parse_keymap(self._wake.call(requests.xkb_get_map(self._xkb)))

    def run(self, emit: Emit) -> None:
        """Deliver until hung up or the server is gone; says which one it was by returning or raising.

        Raises: WireClosed or one of `LOST` when a connection ended; PlatformError when the server stopped answering.
        """
        self._emit = emit
        self._clock.not_before(self._started_ns)
        emit(self._tracker.snapshot(self._started_ns))
        self._say_grab(self._started_ns)
        self._read_data()  # what came together with the start
        self._settle()
        every, data = select.poll(), select.poll()
        for connection in (self._waker, self._data, self._main):
            every.register(connection.fileno(), select.POLLIN)
        data.register(self._data.fileno(), select.POLLIN)
        while not self._stream.ended:
            ready = {fd for fd, _ in every.poll()}
            if self._waker.fileno() in ready and self._is_held_back():
                self._waker.poke()
                ready.update(fd for fd, _ in data.poll(_DATA_FOLLOWS_MS))
            self._serve(ready)
        raise WireClosed

    def _is_held_back(self) -> bool:
        """Whether the server has data that it will not send by itself."""
        is_uncovered, devices_changed = self._waker.read()
        self._devices_stale |= devices_changed
        return is_uncovered

    def _serve(self, ready: Container[int]) -> None:
        if self._data.fileno() in ready:
            self._read_data()
            self._settle()
        if self._main.fileno() in ready or self._main_asked:
            self._drop_main()

    def _drop_main(self) -> None:
        """Throw python-xlib's copies of the events away; it also queues some while it waits for replies."""
        self._main_asked = False
        while self._main.pending_events():
            self._main.next_event()

    def _read_data(self) -> None:
        packets = list(self._data.packets())
        stamp_ms = newest_stamp(packets)
        if stamp_ms is not None:
            self._clock.arrived(stamp_ms, time.monotonic_ns())
        for packet in packets:
            self._stream.feed(packet)

    def on_device(self, stamp_ms: int, kind: int, detail: int, x: int, y: int, state: int, device: int | None) -> None:
        """One core device event (see `input_stream.Listener`)."""
        self._settle()
        raw = self._translate.read(self._clock.to_ns(stamp_ms), kind, detail, x, y, state, device)
        if raw is not None:
            self._emit(raw)

    def on_delivered(self, stamp_ms: int, event: bytes) -> None:
        """One event of the window model's connection (see `input_stream.Listener`)."""
        kind = event[0] & ~_SENT_BY_A_CLIENT
        if event[0] & _SENT_BY_A_CLIENT and kind != _CLIENT_MESSAGE:
            return  # only the server's own word counts about focus and windows: any client can send anything
        if kind == _MAPPING_NOTIFY:
            self._keymap_stale = True
        elif kind == _PROPERTY_NOTIFY and struct.unpack_from("=I", event, 4)[0] == self._mark.id:
            self._settle()
            self._answer_flush()
        else:
            self._track(stamp_ms, event)

    def _track(self, stamp_ms: int, event: bytes) -> None:
        self._main_asked = True
        if self._tracker.handle(_parse(self._main.display, event)):
            self._windows_changed_ms = stamp_ms

    def _settle(self) -> None:
        """What is known to have changed is told before what comes after it; several changes in a row once."""
        if self._windows_changed_ms is not None:
            t_ns = self._clock.to_ns(self._windows_changed_ms)
            self._windows_changed_ms = None
            self._emit(self._tracker.snapshot(t_ns))
            self._say_grab(t_ns)
        if self._keymap_stale or self._devices_stale:
            self._refresh()

    def _say_grab(self, t_ns: int) -> None:
        """Not known counts as grabbed."""
        active = self._tracker.keyboard_grab() is not False
        if active != self._grabbed:
            self._grabbed = active
            self._emit(RawSecret(t_ns=t_ns, source=SecretSource.KEYBOARD_GRAB, active=active))

    def _refresh(self) -> None:
        if self._keymap_stale:
            self._keymap_stale = False
            self._translate.keymap = self._read_keymap()
        if self._devices_stale:
            self._devices_stale = False
            self._devices.refresh()
        self._waker.poke()  # raw events that came between request and reply were thrown away

    def flush(self, timeout_s: float) -> bool:
        """A change of our own window's property travels behind everything that happened before. Any thread."""
        with self._flushes:
            self._asked += 1
            ticket = self._asked
            try:
                self._wake.send(requests.append_nothing(self._mark.id, _MARK_PROPERTY), requests.poke())
            except WireClosed:
                return False
            self._flushes.wait_for(lambda: self._answered >= ticket or self._finished, timeout_s)
            return self._answered >= ticket

    def _answer_flush(self) -> None:
        with self._flushes:
            self._answered += 1
            self._flushes.notify_all()

    def hang_up(self) -> None:
        """Make `run` end. Any thread."""
        self._wake.hang_up()
        self._data.hang_up()
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


def _parse(display: Any, event: bytes) -> Any:
    """As python-xlib does with what it reads itself; some extensions number their events by a second code."""
    kind = display.event_classes.get(event[0] & 0x7F, AnyEvent)
    if isinstance(kind, dict):
        kind = kind.get(event[1], AnyEvent)
    return kind(display=display, binarydata=event)


def _refuse(_: object) -> None:
    """Nothing is delivered before `run`; what the server sent by then waits in its connection."""
    raise RuntimeError("an event was read before the source runs")
