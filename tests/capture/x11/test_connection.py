# ruff: noqa: F401, F811 -- fixtures are imported by name and then named as arguments
"""Connections to a real X server: errors that it sends are errors, whatever extensions are loaded."""

import Xlib.display
from Xlib import error

from recorder.capture.backends.x11.connection import open_display
from tests.desktop import VirtualDesktop, bare_desktop


def test_a_refused_value_is_an_error_like_any_other(bare_desktop: VirtualDesktop) -> None:
    display = open_display()
    other = Xlib.display.Display()  # registers them again, in a table that all connections share
    met: list[Exception] = []
    display.set_error_handler(lambda found, _request: met.append(found))
    assert display.has_extension("RANDR")  # its errors are what python-xlib registers under the core's numbers

    display.screen().root.create_pixmap(0, 0, 24)  # no pixmap is that small: BadValue
    display.sync()

    assert [type(found) for found in met] == [error.BadValue]
    display.close()
    other.close()
