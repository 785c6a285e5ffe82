"""A message bus that is one in form and answers nonsense: every question gets something that was not asked for."""

import contextlib
import os
import random
import socket
import threading
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jeepney import HeaderFields, Message, MessageType, Parser, new_error, new_method_return
from jeepney.low_level import Endianness, Header

GUID = b"0123456789abcdef0123456789abcdef"
# Of no use where AT-SPI has numbers, references, rectangles and states; empty lists and nought are left out, since
# `no children` and `no role` are answers that mean something.
NONSENSE: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("s", ("\u202enonsense",)),
    ("sss", ("", "a", "b")),
    ("d", (float("nan"),)),
    ("b", (True,)),
    ("ay", (b"\xff" * 40,)),
    ("as", (["/", ""],)),
    ("a{sv}", ({"a": ("s", "b")},)),
    ("(sss)", (("a", "b", "c"),)),
    ("a(ss)", ([("a", "b")],)),
    ("v", (("as", ["x"]),)),
    ("x", (-(1 << 62),)),
    ("g", ("a{sv}",)),
)
# Mostly true, so that it is believed far enough to be asked about what is on the screen.
SOMETHING = (":1.2", "/org/a11y/atspi/accessible/7")
TRUTHS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "GetConnectionUnixProcessID": ("u", (os.getpid(),)),
    "GetNameOwner": ("s", (":1.2",)),
    "NameHasOwner": ("b", (True,)),
    "ListNames": ("as", ([":1.2", "org.a11y.atspi.Registry"],)),
    "GetActive": ("b", (False,)),
    "GetSessionByPID": ("o", ("/org/freedesktop/login1/session/_31",)),
    "GetState": ("au", ([1 << 1 | 1 << 12 | 1 << 25, 0],)),  # active, focused, showing
    "GetChildren": ("a(so)", ([SOMETHING],)),
    "GetChildAtIndex": ("(so)", (SOMETHING,)),
    "GetAccessibleAtPoint": ("(so)", (SOMETHING,)),
    "GetApplication": ("(so)", (SOMETHING,)),
}
SIGNALS = (
    ("org.a11y.atspi.Event.Object", "StateChanged"),
    ("org.a11y.atspi.Event.Object", "PropertyChange"),
    ("org.a11y.atspi.Event.Document", "LoadComplete"),
    ("org.a11y.atspi.Event.Window", "Activate"),
    ("org.freedesktop.DBus", "NameOwnerChanged"),
    ("org.freedesktop.ScreenSaver", "ActiveChanged"),
)


class LyingBus:
    """Listens while the block lasts. `asked` counts by member what was answered with nonsense.

    `breaks`: now and then it sends what is no message at all, or hangs up.
    """

    def __init__(self, path: Path, *, seed: int, breaks: bool) -> None:
        self.address = f"unix:path={path}"
        self.asked: Counter[str] = Counter()
        self._chance = random.Random(seed)
        self._breaks = breaks
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(16)
        self._clients: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(OSError):  # left twice
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for client in self._clients:
            self._hang_up(client)
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()

    def _start(self, work: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._clients.append(client)
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        try:
            parser, serial = Parser(), 0
            data = self._greet(client)
            while True:
                parser.add_data(data)
                while (message := parser.get_next_message()) is not None:
                    for answer in self._answers(message):
                        serial += 1
                        client.sendall(answer if isinstance(answer, bytes) else answer.serialise(serial=serial))
                if not (data := client.recv(65536)):
                    break
        except OSError:
            pass
        finally:
            self._hang_up(client)

    @staticmethod
    def _greet(client: socket.socket) -> bytes:
        """D-Bus specification, "Authentication Protocol": whoever comes is believed. Returns what came after it."""
        heard = b""
        while b"BEGIN\r\n" not in heard:
            part = client.recv(4096)
            if not part:
                raise OSError
            heard += part
            if b"AUTH" in part:
                client.sendall(b"OK " + GUID + b"\r\n")
            elif b"NEGOTIATE" in part:
                client.sendall(b"ERROR\r\n")
        return heard.split(b"BEGIN\r\n", 1)[1]

    def _answers(self, asked: Message) -> list[Message | bytes]:
        if asked.header.message_type is not MessageType.method_call:
            return []
        member = asked.header.fields.get(HeaderFields.member, "")
        if member == "Hello":
            return [new_method_return(asked, "s", (":1.7",))]
        if member in ("AddMatch", "RemoveMatch", "RegisterEvent"):
            return [new_method_return(asked)]
        if member == "GetAddress":  # of the accessibility bus: this one
            return [new_method_return(asked, "s", (self.address,))]
        self.asked[member] += 1
        if member in TRUTHS and self._chance.random() < 0.8:
            signature, body = TRUTHS[member]
            return [new_method_return(asked, signature, body)]
        return self._nonsense(asked)

    def _nonsense(self, asked: Message) -> list[Message | bytes]:
        signature, body = self._chance.choice(NONSENSE)
        good = new_method_return(asked, signature, body)
        kind = self._chance.randrange(40)
        if kind == 0 and self._breaks:
            return [b"\xff" * 64]
        if kind == 1 and self._breaks:
            raise OSError
        if kind < 3:  # rarely: whoever is not answered waits
            return []
        if kind < 10:
            return [new_error(asked, "org.example.Nonsense", signature, body)]
        if kind < 14:
            return [good, good]
        if kind < 22:
            return [self._signal(), good, self._signal()]
        return [good]

    def _signal(self) -> Message:
        interface, member = self._chance.choice(SIGNALS)
        signature, body = self._chance.choice(NONSENSE)
        fields = {
            HeaderFields.path: "/org/a11y/atspi/accessible/7",
            HeaderFields.interface: interface,
            HeaderFields.member: member,
            HeaderFields.sender: f":1.{self._chance.randrange(9)}",
            HeaderFields.signature: signature,
        }
        return Message(Header(Endianness.little, MessageType.signal, 0, 1, -1, -1, fields), body)

    @staticmethod
    def _hang_up(client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        client.close()
