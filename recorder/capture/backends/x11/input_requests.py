"""The X requests that input needs, as bytes, and what their replies say.

Core protocol, RECORD 1.13 (https://www.x.org/releases/X11R7.7/doc/recordproto/record.html) and the X Input
Extension 2.2 (https://www.x.org/releases/X11R7.7/doc/inputproto/XI2proto.txt).
"""

import struct
from enum import IntEnum

from recorder.capture.backends.x11.input_wire import Wire
from recorder.errors import PlatformError

ALL_DEVICES, ALL_MASTERS = 0, 1
RAW_EVENTS = (13, 14, 15, 16, 17)  # RawKeyPress, RawKeyRelease, RawButtonPress, RawButtonRelease, RawMotion
HIERARCHY_CHANGED = 11
CORE_DEVICE_EVENTS = (2, 6)  # KeyPress .. MotionNotify
_LAST_EVENT_CODE = 127
_XI_SLAVES = (3, 4, 5)  # slave pointer, slave keyboard, floating slave


class RecordCategory(IntEnum):
    """What a reply of an enabled RECORD context holds."""

    FROM_SERVER = 0
    START = 4
    END = 5


def extension(wire: Wire, name: str) -> tuple[int, int]:
    """Major opcode and first event code. Raises: PlatformError when the server does not have it."""
    letters = name.encode("ascii")
    size = struct.pack("=BBHH2x", 98, 0, 2 + (len(letters) + 3) // 4, len(letters))
    present, opcode, first_event = struct.unpack_from("=BBB", wire.call(size + _padded(letters)), 8)
    if not present:
        raise PlatformError(
            f"the X server has no {name} extension, so input can't be observed completely",
            hint="enable it in the server's configuration, or record on another display",
        )
    return opcode, first_event


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def poke() -> bytes:
    """GetInputFocus: its reply makes the server write out everything that it holds back."""
    return struct.pack("=BBH", 43, 0, 1)


def intern_atom(wire: Wire, name: str) -> int:
    """The atom of that name."""
    letters = name.encode("ascii")
    request = struct.pack("=BBHH2x", 16, 0, 2 + (len(letters) + 3) // 4, len(letters)) + _padded(letters)
    (atom,) = struct.unpack_from("=I", wire.call(request), 8)
    return int(atom)


def append_nothing(window: int, atom: int) -> bytes:
    """ChangeProperty that appends zero bytes: changes nothing, and is announced to whoever watches the window."""
    return struct.pack("=BBHIIIB3xI", 18, 2, 6, window, atom, 31, 8, 0)


def xi_slaves(wire: Wire, opcode: int) -> list[int]:
    """The ids of all slave devices: the physical ones and the server's own XTEST ones."""
    reply = wire.call(struct.pack("=BBHH2x", opcode, 48, 2, ALL_DEVICES))
    (count,) = struct.unpack_from("=H", reply, 8)
    found, at = [], 32
    for _ in range(count):
        device, use, _, classes, name_bytes, _ = struct.unpack_from("=HHHHHB", reply, at)
        at += 12 + name_bytes + -name_bytes % 4
        for _ in range(classes):
            at += 4 * struct.unpack_from("=HH", reply, at)[1]
        if use in _XI_SLAVES:
            found.append(device)
    return found


def xi_has_property(wire: Wire, opcode: int, device: int, atom: int) -> bool:
    """Whether the device has a property of that name."""
    request = struct.pack("=BBHHBxIIII", opcode, 59, 6, device, 0, atom, 0, 0, 1)
    (kind,) = struct.unpack_from("=I", wire.call(request), 8)
    return bool(kind)


def record_create(opcode: int, context: int) -> bytes:
    """A context for all device events, each with the server's time in front.

    X Input events are asked for as well: the one of the slave device comes right before the core event that it causes,
    and names the device. Nothing that is delivered to a client is recorded, though it would stand there in perfect
    order: each change between clients makes the server write, and lose, more (see `input_twins`).
    """
    device = (2, _LAST_EVENT_CODE)
    ranges = struct.pack("=2B2B2B2H2B2H2B2B2B2B", *(0,) * 14, *device, 0, 0, 0, 0)
    with_server_time, future_clients = 1, 1
    head = struct.pack("=BBHIB3xII", opcode, 1, 5 + 1 + 6, context, with_server_time, 1, 1)
    return head + struct.pack("=I", future_clients) + ranges


def record_enable(opcode: int, context: int) -> bytes:
    """From now on the connection that sends this carries recorded data."""
    return struct.pack("=BBHI", opcode, 5, 2, context)


def record_disable(opcode: int, context: int) -> bytes:
    """The connection that enabled the context gets its end."""
    return struct.pack("=BBHI", opcode, 6, 2, context)


def record_get(opcode: int, context: int) -> bytes:
    """RecordGetContext: the second byte of the reply says whether it is enabled."""
    return struct.pack("=BBHI", opcode, 4, 2, context)


def xkb_use(opcode: int) -> bytes:
    """XkbUseExtension 1.0."""
    return struct.pack("=BBHHH", opcode, 0, 2, 1, 0)


def xkb_get_map(opcode: int) -> bytes:
    """XkbGetMap of the core keyboard: key types, symbols and the modifier map, in full."""
    core_keyboard, types_syms_modifiers = 0x100, 0b111
    return struct.pack("=BBHHHH18x", opcode, 8, 7, core_keyboard, types_syms_modifiers, 0)
