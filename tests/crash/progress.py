"""What a recording process had done when it died, told through memory that outlives it."""

import mmap
import struct

_FIELDS = ("appended", "from", "to", "forgotten", "closed")
_LAYOUT = struct.Struct("<5q")


class Progress:
    """Made before the fork, written by the child, read by the parent. Times in microseconds; -1: not yet."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)
        self._values = dict.fromkeys(_FIELDS, -1)
        self._store()

    def appended(self, t_us: int) -> None:
        self._set(appended=t_us)

    def forgetting(self, since_us: int, until_us: int) -> None:
        self._set(**{"from": since_us, "to": until_us})

    def forgotten(self) -> None:
        self._set(forgotten=1)

    def closed(self) -> None:
        self._set(closed=1)

    def read(self) -> dict[str, int]:
        return dict(zip(_FIELDS, _LAYOUT.unpack_from(self._shared), strict=True))

    def _set(self, **values: int) -> None:
        self._values |= values
        self._store()

    def _store(self) -> None:
        _LAYOUT.pack_into(self._shared, 0, *self._values.values())
