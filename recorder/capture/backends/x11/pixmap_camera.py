"""Reads parts of window pixmaps through shared memory, on a connection of its own.

mss reads only the root window. Its xcb layer serves any drawable, so this needs no further dependency.
"""

import mmap
import os

import mss.exception
from mss.linux import xcb

from recorder.errors import PlatformError
from recorder.model.geometry import Rect

_ALL_PLANES = 0xFFFFFFFF
_LEAST_BYTES = 1 << 20


class PixmapCamera:
    """One thread. The display has to have 32 bits per pixel, as mss makes sure of when it opens the root window.

    Raises: PlatformError when it can't be opened; mss.exception.ScreenShotError when a read fails.
    """

    def __init__(self, display_name: str | None) -> None:
        try:
            self._connection, _ = xcb.connect(display_name)
        except mss.exception.ScreenShotError:
            raise PlatformError("the X display can't be reached a second time") from None
        self._segment: xcb.ShmSeg | None = None
        self._memory: mmap.mmap | None = None

    def read(self, pixmap: int, part: Rect) -> bytearray:
        """BGRX (BGRA at depth 32) of a part of a pixmap, in the pixmap's own coordinates, which it lies within."""
        size = part.area * 4
        self._fit(size)
        assert self._segment is not None
        assert self._memory is not None
        xcb.shm_get_image(
            self._connection,
            xcb.Drawable(pixmap),
            part.x,
            part.y,
            part.width,
            part.height,
            _ALL_PLANES,
            xcb.ImageFormat.ZPixmap,
            self._segment,
            0,
        )
        with memoryview(self._memory) as view:
            return bytearray(view[:size])

    def close(self) -> None:
        """The server drops the segment with the connection."""
        if self._memory is not None:
            self._memory.close()
            self._memory = None
        xcb.disconnect(self._connection)

    def _fit(self, size: int) -> None:
        """Shared memory of at least `size` bytes: anonymous, without a name in any file system."""
        if self._memory is not None and len(self._memory) >= size:
            return
        if self._memory is not None and self._segment is not None:
            xcb.shm_detach(self._connection, self._segment)
            self._memory.close()
        size = max(size, _LEAST_BYTES)
        file = os.memfd_create("recorder-pixmap", os.MFD_CLOEXEC)
        os.ftruncate(file, size)
        self._memory = mmap.mmap(file, size, prot=mmap.PROT_READ)
        self._segment = xcb.ShmSeg(xcb.generate_id(self._connection).value)
        # xcb closes the file, whether it succeeds or not.
        xcb.shm_attach_fd(self._connection, self._segment, file, read_only=False)
