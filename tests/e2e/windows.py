"""Windows in known colours, and what of a colour is left in a stored picture."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recorder.demo.desktop import VirtualDesktop

PROGRAM = Path(__file__).with_name("colour_window.py")


@contextmanager
def spawn_plain_window(
    desktop: VirtualDesktop, name: str, colour: int, geometry: Sequence[int], *, popup: bool = False
) -> Iterator[int]:
    """A window of class `name` filled with `colour` (0xRRGGBB) at x, y, width, height; yields its id."""
    command = [sys.executable, str(PROGRAM), name, f"{colour:06x}", *map(str, geometry)]
    process = desktop.spawn(command + (["--popup"] if popup else []))
    try:
        yield desktop.window(f"^{name}$")
    finally:
        process.kill()
        process.wait()


def pixels(picture: Path) -> NDArray[np.uint8]:
    """(height, width, 3) uint8."""
    with Image.open(picture) as image:
        return np.asarray(image.convert("RGB"))


def count_near(image: NDArray[np.uint8], colour: int, *, tolerance: int = 40) -> int:
    """How many pixels are within `tolerance` of the colour on every channel."""
    wanted = np.array([colour >> 16, colour >> 8 & 255, colour & 255], dtype=np.int16)
    return int((np.abs(image.astype(np.int16) - wanted) <= tolerance).all(axis=2).sum())


BUSY_PROGRAM = Path(__file__).with_name("busy_window.py")


@contextmanager
def spawn_busy_window(
    desktop: VirtualDesktop, name: str, colour: int, geometry: Sequence[int], *flags: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """A window that draws itself (`busy_window.py` says how); yields its process, which may be stopped."""
    command = [sys.executable, str(BUSY_PROGRAM), name, f"{colour:06x}", *map(str, geometry), *flags]
    process = desktop.spawn(command)
    try:
        desktop.window(f"^{name}$")
        yield process
    finally:
        process.kill()
        process.wait()
