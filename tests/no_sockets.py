"""No guard code opens a socket, over all tests: whatever Python does with sockets is watched, and who is on the stack.

The interpreter itself tells of every socket operation (PEP 578, `socket.*`), so no way around the socket module helps.
A plugin: a test during which guard code tried fails, whether the code noticed or not.
"""

import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

# The packages that need no network, ever: what is pure, and the nouns and bytes below it.
PURE = ("recorder.guard", "recorder.model", "recorder.format")
TRIED: list[str] = []


class SocketUsedError(AssertionError):
    """Pure code tried to use a socket. Raised at the spot, too."""


def pure_module_on_the_stack() -> str | None:
    """The innermost caller that is a module of a pure package."""
    frame = sys._getframe(1)
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        if any(name == package or name.startswith(f"{package}.") for package in PURE):
            return name
        frame = frame.f_back  # type: ignore[assignment]
    return None


def refuse(what: str) -> None:
    """Raises: SocketUsedError, after noting it, when a pure module is on the stack."""
    module = pure_module_on_the_stack()
    if module is not None:
        TRIED.append(f"{module}: {what}")
        raise SocketUsedError(TRIED[-1])


def _hook(event: str, _: object) -> None:
    if event.startswith("socket."):
        refuse(event)


@contextmanager
def expected() -> Iterator[list[str]]:
    """What is tried inside is given to the caller and forgotten: for the tests of this watch itself."""
    before, mine = len(TRIED), list[str]()
    try:
        yield mine
    finally:
        mine += TRIED[before:]
        del TRIED[before:]


def pytest_configure(config: pytest.Config) -> None:
    sys.addaudithook(_hook)


def _watched() -> Generator[None, object, object]:
    before = len(TRIED)
    try:
        return (yield)
    finally:
        tried = TRIED[before:]
        del TRIED[before:]
        if tried:
            pytest.fail(f"pure code tried to use a socket: {', '.join(tried)}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    return (yield from _watched())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    return (yield from _watched())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    return (yield from _watched())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    return (yield from _watched())
