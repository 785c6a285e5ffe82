"""For the guard's tests every door to the network is bolted twice: the doors themselves are replaced, too."""

import _socket
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.no_sockets import refuse

DOORS = {
    socket: ("socket", "create_connection", "create_server", "socketpair", "fromfd", "getaddrinfo", "gethostbyname"),
    _socket: ("socket", "socketpair", "getaddrinfo", "gethostbyname", "getnameinfo"),
}


def bolted(name: str, door: Any) -> Any:
    """The same for everybody but pure code."""
    if isinstance(door, type):

        class Bolted(door):  # type: ignore[misc]
            def __new__(cls, *arguments: Any, **named: Any) -> Any:
                refuse(name)
                return super().__new__(cls, *arguments, **named)

        return Bolted

    def call(*arguments: Any, **named: Any) -> Any:
        refuse(name)
        return door(*arguments, **named)

    return call


@pytest.fixture(autouse=True, scope="module")
def doors_are_bolted() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module, names in DOORS.items():
            for name in names:
                patch.setattr(module, name, bolted(f"{module.__name__}.{name}", getattr(module, name)))
        yield
