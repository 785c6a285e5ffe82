"""A picture of the virtual screen has the colours of the windows on it, whatever visuals they use."""

from pathlib import Path

import pytest
from PIL import Image

from recorder.demo.desktop import VirtualDesktop
from recorder.demo.xwd import to_png

RED = (0xC8, 0x1E, 0x32)


@pytest.mark.parametrize("beside", [[], ["mousepad"]], ids=["one visual", "several visuals"])
def test_a_window_of_a_known_colour_is_seen_in_it(beside: list[str], desktop: VirtualDesktop, tmp_path: Path) -> None:
    if beside:
        desktop.spawn(beside)
        desktop.window("Mousepad")
    desktop.spawn(["xterm", "-T", "red", "-bg", "#c81e32", "-geometry", "40x10+1000+700"])
    desktop.window("red")
    picture = Image.open(desktop.screenshot(tmp_path / "screen.png"))
    colours = {colour: count for count, colour in picture.getcolors(1 << 20) or []}

    assert picture.size == (1920, 1080)
    assert colours[RED] > 10_000


def test_a_dump_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="24- or 32-bit"):
        to_png(bytes(200))
