"""Files that Python or pyarrow writes through an object: every write that reaches the system is one that is watched."""

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.crash.disk import Disk


class WatchedFile(io.FileIO):
    """What `os.fdopen` gives for a watched descriptor, under its buffer. Its writes would go past `os.write`."""

    def __init__(self, descriptor: int, mode: str, disk: "Disk") -> None:
        self._disk = disk
        super().__init__(descriptor, mode)

    def write(self, content: Any) -> int:
        return self._disk.write(self.fileno(), content)

    def close(self) -> None:
        if not self.closed:
            self._disk.paths.pop(self.fileno(), None)
        super().close()


def buffered(descriptor: int, mode: str, disk: "Disk") -> io.BufferedIOBase:
    """As `open` would give it, for bytes."""
    if "b" not in mode:
        raise ValueError("the recorder writes bytes")
    raw = WatchedFile(descriptor, mode.replace("b", ""), disk)
    if "+" in mode:
        return io.BufferedRandom(raw)
    return io.BufferedReader(raw) if raw.readable() else io.BufferedWriter(raw)
