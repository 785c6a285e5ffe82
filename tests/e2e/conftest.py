"""A whole volunteer on a whole desktop: keyring, consent by typing, allowlist, recorder, applications."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from recorder.demo.desktop import VirtualDesktop
from recorder.demo.volunteer import Volunteer

KEYRING_PASSWORD = "only-for-this-test"


@pytest.fixture(scope="module")
def keyring_desktop() -> Iterator[VirtualDesktop]:
    """One desktop for the tests of a module, with an unlocked Secret Service."""
    with VirtualDesktop(keyring_password=KEYRING_PASSWORD) as virtual:
        yield virtual


@pytest.fixture
def newcomer(keyring_desktop: VirtualDesktop, tmp_path: Path) -> Volunteer:
    """Somebody who has not agreed to anything."""
    return Volunteer(keyring_desktop.env, tmp_path / "home")


@pytest.fixture
def volunteer(newcomer: Volunteer) -> Volunteer:
    """Somebody who has agreed to every category, at a terminal, and allowed no app yet."""
    newcomer.opt_in()
    return newcomer


OpenWindow = Callable[..., int]


@pytest.fixture
def plain_window(keyring_desktop: VirtualDesktop) -> Iterator[OpenWindow]:
    """Opens windows of one plain colour: `plain_window("Green", 0x00C800, x, y, width, height, popup=False)`."""
    from tests.e2e.windows import spawn_plain_window

    with ExitStack() as stack:

        def open_one(name: str, colour: int, *geometry: int, popup: bool = False) -> int:
            return stack.enter_context(spawn_plain_window(keyring_desktop, name, colour, geometry, popup=popup))

        yield open_one
