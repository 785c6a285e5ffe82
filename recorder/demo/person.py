"""A synthetic person who uses the virtual desktop: types a name, a card number and a password, and looks away."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from secrets import choice

from recorder.demo.desktop import VirtualDesktop, find
from recorder.demo.pages import FORM
from recorder.errors import PlatformError

KEY_GAP_MS = 35
Tell = Callable[[str], None]


def _digits(count: int) -> str:
    return "".join(choice("0123456789") for _ in range(count))


def _letters(count: int) -> str:
    return "".join(choice("bcdfghjkmnpqrstvwxz") for _ in range(count))


@dataclass(frozen=True, slots=True)
class Canaries:
    """Secrets that exist for one demonstration only: whatever of them is found on the disk has leaked."""

    name: str = field(default_factory=lambda: f"Zelda {_letters(7).capitalize()}")
    card: str = field(default_factory=lambda: "4929" + _digits(12))
    password: str = field(default_factory=lambda: f"{_letters(5)}{_digits(3)}{_letters(4)}")
    private: str = field(default_factory=lambda: f"diary {_letters(8)}")

    def all(self) -> dict[str, str]:
        """By what they stand for."""
        return {
            "name": self.name,
            "card number": self.card,
            "password": self.password,
            "words typed into an app that is not allowed": self.private,
        }


class Person:
    """Opens real applications and uses them through injected input."""

    def __init__(self, desktop: VirtualDesktop, canaries: Canaries, tell: Tell) -> None:
        self._desktop = desktop
        self._canaries = canaries
        self._tell = tell
        self._windows: dict[str, int] = {}

    def open_apps(self) -> None:
        """A browser with a form, an editor, and a terminal that nobody allowed."""
        desktop = self._desktop
        temporary = {"TMPDIR": str(desktop.root)}  # they leave things there when they are ended
        page = desktop.root / "checkout.html"
        page.write_text(FORM)
        # fmt: off
        desktop.spawn([find("chromium"), *browser_flags(desktop.root / "browser"), f"--app={page.as_uri()}",
                       "--window-size=1000,760", "--window-position=20,40"], env=temporary)
        desktop.spawn([find("mousepad"), "--disable-server"], env=temporary)
        desktop.spawn([find("xterm"), "-geometry", "70x16+1080+620", "-T", "private diary", "-e", "cat"], env=temporary)
        # fmt: on
        for name, pattern in (("terminal", "private diary"), ("editor", "[Mm]ousepad"), ("form", "Demo shop")):
            self._windows[name] = desktop.window(pattern, timeout_s=60)
        desktop.xdotool("windowmove", self._windows["editor"], 1080, 60)
        desktop.xdotool("windowsize", self._windows["editor"], 760, 460)

    def use_them(self) -> None:
        """The session that is recorded."""
        secrets = self._canaries
        self._fill_form()
        self._tell("writes a note with the name in the editor, copies and pastes it")
        self._go_to("editor", 300, 200)
        self._type(f"Meet {secrets.name} on Tuesday about the summer trip.")
        self._keys("ctrl+a", "ctrl+c", "End", "Return", "ctrl+v")
        self._tell("writes into a terminal that is not allowed")
        self._go_to("terminal", 200, 120)
        self._type(secrets.private)
        self._keys("Return")
        self._tell("scrolls in the editor again")
        self._go_to("editor", 320, 220)
        self._desktop.xdotool("click", "--repeat", 5, "--delay", 60, 5)
        time.sleep(0.6)

    def _fill_form(self) -> None:
        secrets = self._canaries
        self._tell("fills in the form: a name, a card number, a password")
        self._go_to("form", 420, 330)
        for text in (secrets.name, secrets.card, secrets.password):
            self._type(text)
            self._keys("Tab")
            time.sleep(0.5)

    def _go_to(self, name: str, x: int, y: int) -> None:
        """Walk the pointer there as a hand would, then click."""
        window = self._windows[name]
        self._desktop.xdotool("windowactivate", "--sync", window)
        for step in range(12):
            self._desktop.xdotool("mousemove", "--window", window, x + (12 - step) * 9, y + (12 - step) * 5)
        self._desktop.xdotool("mousemove", "--window", window, x, y, "click", 1)
        time.sleep(0.5)

    def _type(self, text: str) -> None:
        self._desktop.xdotool("type", "--delay", KEY_GAP_MS, text)
        time.sleep(0.4)

    def _keys(self, *keys: str) -> None:
        self._desktop.xdotool("key", "--delay", 60, *keys)
        time.sleep(0.3)


def browser_flags(profile: Path) -> list[str]:
    """What Chromium needs to run apart from the person's own, to say what its fields are, and to stay off the net."""
    flags = [
        f"--user-data-dir={profile}",
        "--force-renderer-accessibility",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--disable-gpu",
        "--password-store=basic",
    ]
    # Chromium refuses its sandbox to root, and containers often have only root.
    return [*flags, "--no-sandbox"] if os.geteuid() == 0 else flags


def require_apps() -> None:
    """Raises: PlatformError naming the first application that is missing."""
    for program in ("chromium", "mousepad", "xterm", "xdotool"):
        try:
            find(program)
        except PlatformError as error:
            raise PlatformError(f"the demonstration needs {program}", hint=error.hint) from None
