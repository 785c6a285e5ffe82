"""One connection to a D-Bus message bus: calls that never outlast their deadline, signals kept in the order they came.

Unix sockets only. Nothing that an application sends is logged or put into an exception.
"""

import contextlib
import os
import select
import socket
import struct
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageFlag, MessageType, Parser, new_method_call
from jeepney.auth import BEGIN, AuthenticationError, Authenticator
from jeepney.bus import get_bus

# Signals that nobody fetched: more than this and the connection counts as lost, so nothing is ever skipped in silence.
MAX_SIGNALS = 4096
_READ_BYTES = 1 << 16
_SEND_TIMEOUT_S = 0.08
_DAEMON = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")

Body = tuple[Any, ...]


class BusLostError(Exception):
    """The bus can't be reached, or hung up, or broke the protocol."""


class InterruptedCallError(Exception):
    """The caller's thread has something more urgent to do; answers that were still due are dropped."""


class Waker:
    """Wakes the thread that polls `fd`, from any thread. `is_urgent` says whether calls under way must end as well."""

    def __init__(self, is_urgent: Callable[[], bool]) -> None:
        self.is_urgent = is_urgent
        self.fd, self._write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        # Closed with the object and not before: a late `wake` must never write into someone else's descriptor.
        for fd in (self.fd, self._write_fd):
            weakref.finalize(self, os.close, fd)

    def wake(self) -> None:
        # A full pipe wakes as well as one byte.
        with contextlib.suppress(BlockingIOError):
            os.write(self._write_fd, b"\0")

    def drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self.fd, _READ_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Signal:
    """A signal and when it arrived here (CLOCK_MONOTONIC ns). `sender` is the unique name that the bus vouches for."""

    t_ns: int
    sender: str
    path: str
    interface: str
    member: str
    body: Body


class Bus:
    """A connection. Used by one thread; `fileno` is readable when `receive` has something to do."""

    def __init__(self, address: str, waker: Waker, *, deadline_s: float) -> None:
        """Connect and say hello. `address`: "SESSION", "SYSTEM" or a D-Bus address.

        Raises: BusLostError, InterruptedCallError.
        """
        self._waker = waker
        self._parser = Parser()
        self._serials = count(1)
        self._replies: dict[int, Message | None] = {}
        self.signals: deque[Signal] = deque()
        self._socket = _connect(address)
        self._poller = select.poll()
        self._poller.register(self._socket, select.POLLIN)
        self._poller.register(waker.fd, select.POLLIN)
        try:
            self._authenticate(deadline_s)
            greeting = self.call(new_method_call(_DAEMON, "Hello"), deadline_s=deadline_s)
            if not greeting:
                raise BusLostError("the bus did not greet")
            self.unique_name = str(greeting[0])
        except BaseException:
            self.close()
            raise

    def fileno(self) -> int:
        return self._socket.fileno()

    def call(self, message: Message, *, deadline_s: float) -> Body | None:
        """The body of the answer; None for an error, or when none came by the deadline (time.monotonic seconds).

        Raises: BusLostError, InterruptedCallError.
        """
        return self.call_all([message], deadline_s=deadline_s)[0]

    def call_all(self, messages: Sequence[Message], *, deadline_s: float) -> list[Body | None]:
        """Like `call` for several at once: all are sent before the first answer is awaited."""
        serials = [next(self._serials) for _ in messages]
        self._replies = dict.fromkeys(serials)
        try:
            self._send(b"".join(m.serialise(serial=s) for m, s in zip(messages, serials, strict=True)))
            while None in self._replies.values() and self._await_data(deadline_s):
                self.receive()
            return [_good_body(self._replies[serial]) for serial in serials]
        finally:
            self._replies = {}

    def daemon(self, method: str, signature: str, *arguments: object, deadline_s: float) -> Body | None:
        """Ask the bus itself. Raises: BusLostError, InterruptedCallError."""
        return self.call(new_method_call(_DAEMON, method, signature, arguments), deadline_s=deadline_s)

    def receive(self) -> None:
        """Take in what has arrived; does not block. Raises: BusLostError."""
        try:
            received = self._socket.recv(_READ_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            raise BusLostError("the bus connection broke") from None
        if not received:
            raise BusLostError("the bus hung up")
        self._parse(received, time.monotonic_ns())

    def close(self) -> None:
        """Hang up. May be called more than once."""
        self._socket.close()

    def _authenticate(self, deadline_s: float) -> None:
        """As the user of this process. Source: D-Bus specification, "Authentication Protocol"."""
        try:
            self._send(b"\0")
            conversation = Authenticator(inc_null_byte=False)
            for request in conversation:
                self._send(request)
                conversation.feed(self._receive_now(deadline_s))
            self._send(BEGIN)
        except (AuthenticationError, ValueError):
            raise BusLostError("the bus does not let this user in") from None

    def _receive_now(self, deadline_s: float) -> bytes:
        try:
            received = self._socket.recv(_READ_BYTES) if self._await_data(deadline_s) else b""
        except OSError:
            raise BusLostError("the bus connection broke") from None
        if not received:
            raise BusLostError("the bus does not answer")
        return received

    def _send(self, octets: bytes) -> None:
        try:
            self._socket.sendall(octets)
        except OSError:
            raise BusLostError("the bus does not take messages") from None

    def _await_data(self, deadline_s: float) -> bool:
        """Whether the socket became readable before the deadline. Raises: InterruptedCallError."""
        while (left_s := deadline_s - time.monotonic()) > 0:
            if self._waker.is_urgent():
                raise InterruptedCallError
            ready = {fd for fd, _ in self._poller.poll(left_s * 1000)}
            if self._waker.fd in ready:
                self._waker.drain()
            if self._waker.is_urgent():
                raise InterruptedCallError
            if self._socket.fileno() in ready:
                return True
        return False

    def _parse(self, received: bytes, t_ns: int) -> None:
        try:
            self._parser.add_data(received)
            while (message := self._parser.get_next_message()) is not None:
                self._route(message, t_ns)
        except BusLostError:
            raise
        except Exception:  # noqa: BLE001 - a parser's complaint carries what it parsed
            raise BusLostError("the bus broke the protocol") from None

    def _route(self, message: Message, t_ns: int) -> None:
        fields = message.header.fields
        if message.header.message_type is MessageType.signal:
            if len(self.signals) >= MAX_SIGNALS:
                raise BusLostError("too many signals at once")
            self.signals.append(_signal(fields, message.body, t_ns))
        elif (serial := fields.get(HeaderFields.reply_serial)) in self._replies:
            self._replies[serial] = message


def no_start(message: Message) -> Message:
    """The same message, but the bus must not start a service for it."""
    message.header.flags |= MessageFlag.no_auto_start
    return message


def _signal(fields: dict[HeaderFields, Any], body: Body, t_ns: int) -> Signal:
    return Signal(
        t_ns=t_ns,
        sender=fields.get(HeaderFields.sender, ""),
        path=fields.get(HeaderFields.path, ""),
        interface=fields.get(HeaderFields.interface, ""),
        member=fields.get(HeaderFields.member, ""),
        body=body,
    )


def _good_body(reply: Message | None) -> Body | None:
    if reply is None or reply.header.message_type is not MessageType.method_return:
        return None
    return tuple(reply.body)


def _resolve(address: str) -> str:
    """The socket's path. Without an address in the environment the session bus is where the D-Bus specification's
    successor on Linux puts it: $XDG_RUNTIME_DIR/bus."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if address == "SESSION" and "DBUS_SESSION_BUS_ADDRESS" not in os.environ and runtime:
        return f"{runtime}/bus"
    return str(get_bus(address))


def _connect(address: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    # A bus that does not take connections or messages must not hold this thread. (A Python timeout would break
    # MSG_DONTWAIT.) Source: unix(7), socket(7).
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, int(_SEND_TIMEOUT_S * 1e6)))
    try:
        connection.connect(_resolve(address))
    # KeyError: no address in the environment; RuntimeError: not a unix socket; ValueError: malformed.
    except (OSError, KeyError, RuntimeError, ValueError, StopIteration):
        connection.close()
        raise BusLostError("no bus answers at its address") from None
    return connection
