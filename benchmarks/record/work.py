"""The workload: real applications and a hand that moves, clicks, drags, scrolls, types and switches windows."""

import time

from recorder.demo.desktop import VirtualDesktop, find
from recorder.demo.pages import FORM
from recorder.demo.person import browser_flags

WORDS = "the quick brown fox jumps over the lazy dog "


class Work:
    """A form in Chromium, an editor and a terminal, side by side on 1920x1080."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        self._desktop = desktop
        self._windows: list[int] = []

    def open_apps(self) -> None:
        desktop = self._desktop
        page = desktop.root / "form.html"
        page.write_text(FORM + "<div style='height:3000px'>" + "<p>Line of text to scroll over.</p>" * 60 + "</div>")
        flags = [*browser_flags(desktop.root / "browser"), "--window-size=900,900", "--window-position=20,40"]
        desktop.spawn([find("chromium"), *flags, f"--app={page.as_uri()}"])
        desktop.spawn([find("mousepad"), "--disable-server"])
        desktop.spawn([find("xterm"), "-geometry", "90x24+1000+620", "-T", "work terminal"])
        self._windows = [desktop.window(name, timeout_s=60) for name in ("Demo shop", "[Mm]ousepad", "work terminal")]
        desktop.xdotool("windowmove", self._windows[1], 1000, 60, "windowsize", self._windows[1], 860, 480)
        time.sleep(2)

    def do(self, seconds: float) -> None:
        """Rounds over the three windows until the time is over; about 90 events a second."""
        until = time.monotonic() + seconds
        number = 0
        while time.monotonic() < until:
            self._round(self._windows[number % 3], number)
            number += 1

    def _round(self, window: int, number: int) -> None:
        xdotool = self._desktop.xdotool
        xdotool("windowactivate", "--sync", window)
        for hertz, count in ((60, 60), (125, 125), (0, 100)):
            pause = ("sleep", 1 / hertz) if hertz else ()
            places = [(60 + (number * 37 + i * 5) % 500, 120 + (number * 13 + i * 3) % 250) for i in range(count)]
            xdotool(*[word for x, y in places for word in ("mousemove", "--window", window, x, y, *pause)])
        xdotool("click", "--repeat", 2, "--delay", 400, 1)
        xdotool("mousedown", 1, "mousemove_relative", 60, 8, "sleep", 0.1, "mouseup", 1)
        xdotool("click", "--repeat", 6, "--delay", 60, 5)
        xdotool("type", "--delay", 70, WORDS)
        xdotool("key", "--delay", 120, "ctrl+c", "Home", "End", "Right")
