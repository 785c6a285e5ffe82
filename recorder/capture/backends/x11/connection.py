"""Connections to the X server: opening one (or refusing), and the few requests that python-xlib lacks."""

import os
import re
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

import Xlib.display
from Xlib.error import (
    ConnectionClosedError,
    DisplayConnectionError,
    DisplayNameError,
    XauthError,
    XError,
    XNoAuthError,
    xerror_class,
)
from Xlib.protocol import rq

from recorder.errors import PlatformError
from recorder.model.geometry import Rect

# What python-xlib raises when a request fails (a window that is gone), and when the server is.
RequestError = XError
_NO_SOCKET = (OSError, OverflowError)
LOST = (ConnectionClosedError, OSError)

_LOCAL = re.compile(r"(?:unix)?:(\d+)(?:\.\d+)?")
_SOCKETS = "/tmp/.X11-unix"  # noqa: S108 - where X servers listen
_SETUP = struct.Struct("=BxHHHHxx")  # byte order, protocol version, lengths of the proof that we may connect: none
_PATIENCE_S = 0.25  # for each of connecting, asking and the answer's first byte

_WAYLAND_HINT = "log out and choose an Xorg session; on Wayland other applications can't be observed, by design"


def open_display(name: str | None = None) -> Any:
    """A connection whose asynchronous request errors are ignored: windows vanish while they are being looked at.

    Raises: PlatformError when there is no display, it can't be reached, or a Wayland compositor is behind it.
    """
    refuse_wayland_session()
    name = name or os.environ.get("DISPLAY")
    if not name:
        raise PlatformError("there is no X display", hint="run this inside a graphical session; DISPLAY is not set")
    if not name.startswith((":", "unix:")):
        raise PlatformError("the X display is on another machine", hint="nothing is recorded over a network")
    try:
        display = Xlib.display.Display(name)
    # OverflowError: where no socket is found python-xlib tries a TCP port, which high display numbers don't have.
    except (DisplayNameError, DisplayConnectionError, ConnectionClosedError, XauthError, XNoAuthError, *_NO_SOCKET):
        raise PlatformError("the X display can't be reached", hint="is the X server of DISPLAY running?") from None
    display.set_error_handler(_ignore)
    _restore_core_errors(display)
    if _is_xwayland(display):
        display.close()
        raise PlatformError("this display is a Wayland session's XWayland", hint=_WAYLAND_HINT)
    return display


def _restore_core_errors(display: Any) -> None:
    """python-xlib registers RandR's errors under the numbers of core ones, as classes that it cannot make: the next
    BadValue, of a window that went at the wrong moment, would end the thread that reads. All connections of a process
    share its table, so this one gets a table of its own."""
    display.display.error_classes = dict(xerror_class)


def refuse_wayland_session() -> None:
    """Raises: PlatformError when the environment says that the session is a Wayland one."""
    if os.environ.get("XDG_SESSION_TYPE") == "wayland" or os.environ.get("WAYLAND_DISPLAY"):
        raise PlatformError("this is a Wayland session", hint=_WAYLAND_HINT)


def trouble(name: str | None = None) -> str | None:
    """What became of the display: gone, or there and silent. None when it answers. Never waits for long.

    Source: X11 protocol, "Connection Setup": whoever asks is answered, if only with a refusal.
    """
    name = name or os.environ.get("DISPLAY") or ""
    local = _LOCAL.fullmatch(name)
    if local is None:
        return None
    path = f"{_SOCKETS}/X{local[1]}"
    found = _call_at(path) or _call_at("\0" + path)
    if found is None:
        return f"the X display {name} is gone"
    with found:
        try:
            found.sendall(_SETUP.pack(ord("l" if sys.byteorder == "little" else "B"), 11, 0, 0, 0))
            return None if found.recv(1) else f"the X display {name} is gone"
        except TimeoutError:
            return f"the X display {name} does not answer"
        except OSError:
            return f"the X display {name} is gone"


def _call_at(address: str) -> socket.socket | None:
    caller = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    caller.settimeout(_PATIENCE_S)
    try:
        caller.connect(address)
    except OSError:
        caller.close()
        return None
    return caller


def require(display: Any, *extensions: str) -> None:
    """Raises: PlatformError naming the first X extension that the server lacks."""
    # Not has_extension: that knows only the extensions for which python-xlib has code.
    present = display.list_extensions()
    for extension in extensions:
        if extension not in present:
            raise PlatformError(f"the X server lacks the extension {extension}")


def attempt(request: Callable[[], Any]) -> Any:
    """The answer, or None when the window or resource that was asked about is gone."""
    try:
        return request()
    except RequestError:
        return None


def drain(display: Any, handle: Callable[[Any], object]) -> None:
    """One round trip, then every event that the server had sent by its end goes to `handle`, in order."""
    display.sync()
    while display.pending_events():
        handle(display.next_event())


class QueryShape(rq.ReplyRequest):  # type: ignore[misc]  # python-xlib is untyped
    """ShapeQueryExtents; python-xlib's own leaves out the reply length and so breaks the stream."""

    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(5), rq.RequestLength(), rq.Window("window"))
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Pad(1),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Card8("bounding_shaped"),
        rq.Card8("clip_shaped"),
        rq.Pad(22),
    )


def is_shaped(display: Any, window: Any) -> bool:
    """Whether a window has holes or odd edges. Raises: RequestError when it is gone."""
    if not display.has_extension("SHAPE"):
        return False
    reply = QueryShape(display=display.display, opcode=display.display.get_extension_major("SHAPE"), window=window)
    return bool(reply.bounding_shaped or reply.clip_shaped)


class _CreateRegion(rq.Request):  # type: ignore[misc]  # python-xlib is untyped
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(5), rq.RequestLength(), rq.Card32("region"))


class _FetchRegion(rq.ReplyRequest):  # type: ignore[misc]  # python-xlib is untyped
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(19), rq.RequestLength(), rq.Card32("region"))
    _reply = rq.Struct(rq.ReplyCode(), rq.Pad(1), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Pad(24))

    def _parse_response(self, data: bytes) -> None:
        # A list of thousands of rectangles is slow in python-xlib's own parser.
        super()._parse_response(data[:32])
        self.rects = [Rect(*values) for values in struct.iter_unpack("=hhHH", bytes(data[32:]))]


def create_region(display: Any) -> int:
    """An empty server-side region. Source: XFIXES 2.0, section 11."""
    region = int(display.display.allocate_resource_id())
    _CreateRegion(display=display.display, opcode=display.display.get_extension_major("XFIXES"), region=region)
    return region


def fetch_region(display: Any, region: int) -> list[Rect]:
    """The rectangles of a region: disjoint, top to bottom."""
    opcode = display.display.get_extension_major("XFIXES")
    return list(_FetchRegion(display=display.display, opcode=opcode, region=region).rects)


def _ignore(_error: object, _request: object) -> int:
    return 1


def _is_xwayland(display: Any) -> bool:
    """XWayland says so by an extension (from 23.1 on), or by the names of its outputs."""
    if "XWAYLAND" in display.list_extensions():
        return True
    if not display.has_extension("RANDR"):
        return False
    resources = display.screen().root.xrandr_get_screen_resources_current()
    infos = (display.xrandr_get_output_info(output, resources.config_timestamp) for output in resources.outputs)
    return any(str(info.name).upper().startswith("XWAYLAND") for info in infos)
