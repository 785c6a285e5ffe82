"""How fast and how cheap the focus oracle is, on a virtual desktop: `python -m benchmarks.focus.run`."""

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest

from recorder.capture.backends.x11 import terminal
from recorder.capture.backends.x11.focus_oracle import X11FocusOracle
from recorder.capture.backends.x11.terminal import TerminalWatch
from recorder.demo.desktop import VirtualDesktop
from recorder.model.raw import RawApp, RawEvent, RawFocus, RawSecret

FORM = """
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk
window, box = Gtk.Window(title="bench form"), Gtk.VBox()
for shown in (True, False) * 4:
    box.add(Gtk.Entry(visibility=shown))
window.add(box)
window.show_all()
Gtk.main()
"""
PAGE = "<title>bench page</title>" + "<input><input type=password>" * 4
GTK = ("/usr/bin/python3", "-c", FORM)
ROUNDS = 100
STRETCH_S = 10.0


class Heard:
    """The newest event and when it came."""

    def __init__(self) -> None:
        self.events: list[tuple[float, RawEvent]] = []
        self.news = threading.Condition()

    def emit(self, event: RawEvent) -> None:
        with self.news:
            self.events.append((time.monotonic(), event))
            self.news.notify_all()

    def wait_after(self, count: int, timeout_s: float = 2.0) -> float | None:
        """When the event after the first `count` ones came."""
        with self.news:
            self.news.wait_for(lambda: len(self.events) > count, timeout_s)
            return self.events[count][0] if len(self.events) > count else None


class Keyboard:
    """Injects keys without starting a process for each."""

    def __init__(self, name: str) -> None:
        self.display = Display(name)

    def press(self, keysym: str) -> float:
        """Press and release; when the press was sent (time.monotonic seconds)."""
        code = self.display.keysym_to_keycode(XK.string_to_keysym(keysym))
        sent_s = time.monotonic()
        xtest.fake_input(self.display, X.KeyPress, code)
        xtest.fake_input(self.display, X.KeyRelease, code)
        self.display.sync()
        return sent_s


@contextmanager
def listening() -> Iterator[tuple[X11FocusOracle, Heard]]:
    oracle, heard = X11FocusOracle(), Heard()
    oracle.open()
    thread = threading.Thread(target=oracle.run, args=(heard.emit,))
    thread.start()
    yield oracle, heard
    oracle.close()
    thread.join()


def focus(desktop: VirtualDesktop, oracle: X11FocusOracle, pattern: str) -> None:
    window = desktop.window(pattern)
    desktop.xdotool("windowfocus", "--sync", window)
    pid = int(desktop.xdotool("getwindowpid", window))
    oracle.window_focused(window, RawApp(pid=pid, executable=None, wm_class=None, wm_instance=None))
    time.sleep(3)


def latencies_ms(oracle: X11FocusOracle, heard: Heard, keyboard: Keyboard, keys: Callable[[int], str]) -> list[float]:
    found = []
    for number in range(ROUNDS):
        count = len(heard.events)
        sent_s = keyboard.press(keys(number))
        oracle.nudge()
        if (came_s := heard.wait_after(count)) is not None:
            found.append((came_s - sent_s) * 1000)
        time.sleep(0.05)
    return found


def cpu_ms_per_s(work: Callable[[], None]) -> float:
    before_s, began_s = time.process_time(), time.monotonic()
    while time.monotonic() - began_s < STRETCH_S:
        work()
    return (time.process_time() - before_s) / (time.monotonic() - began_s) * 1000


def typing(oracle: X11FocusOracle, keyboard: Keyboard) -> Callable[[], None]:
    """Ten keys a second."""

    def press() -> None:
        keyboard.press("a")
        oracle.nudge()
        time.sleep(0.1)

    return press


def say(what: str, values: list[float], unit: str = "ms") -> None:
    ordered = sorted(values)
    p95 = ordered[int(len(ordered) * 0.95) - 1]
    print(f"| {what} | {len(values)} | {statistics.median(ordered):.2f} {unit} | {p95:.2f} {unit} |", flush=True)


def connecting() -> None:
    opened, closed = [], []
    for _ in range(20):
        oracle = X11FocusOracle()
        began_s = time.monotonic()
        oracle.open()
        opened.append((time.monotonic() - began_s) * 1000)
        thread = threading.Thread(target=oracle.run, args=(lambda _event: None,))
        thread.start()
        time.sleep(0.05)
        began_s = time.monotonic()
        oracle.close()
        thread.join()
        closed.append((time.monotonic() - began_s) * 1000)
    say("open", opened)
    say("close until `run` returns", closed)


def application(desktop: VirtualDesktop, keyboard: Keyboard, name: str, pattern: str, *command: str) -> None:
    process = desktop.spawn(command)
    with listening() as (oracle, heard):
        focus(desktop, oracle, pattern)
        say(f"{name}: Tab to RawFocus", latencies_ms(oracle, heard, keyboard, lambda _: "Tab"))
        time.sleep(1)
        idle = cpu_ms_per_s(lambda: time.sleep(0.5))
        busy = cpu_ms_per_s(typing(oracle, keyboard)) - cpu_ms_per_s(typing(X11FocusOracle(), keyboard))
    print(f"{name}: CPU {idle:.2f} ms/s idle, {busy:.2f} ms/s at 10 keys/s", flush=True)
    process.kill()
    process.wait()


def shell(desktop: VirtualDesktop, keyboard: Keyboard) -> None:
    prompt = "while :; do read -s x; read y; done"
    process = desktop.spawn(("xterm", "-T", "bench shell", "-e", "bash", "--norc", "-c", prompt))
    with listening() as (oracle, heard):
        focus(desktop, oracle, "bench shell")
        found = latencies_ms(oracle, heard, keyboard, lambda _: "Return")
        say("xterm: Enter to RawSecret", found)
        assert all(isinstance(event, RawSecret | RawFocus) for _, event in heard.events)
        time.sleep(terminal.FAST_FOR_S + 0.5)
        idle = cpu_ms_per_s(lambda: time.sleep(0.5))
        busy = cpu_ms_per_s(typing(oracle, keyboard)) - cpu_ms_per_s(typing(X11FocusOracle(), keyboard))
    print(f"xterm, a command runs: CPU {idle:.2f} ms/s without keys, {busy:.2f} ms/s at 10 keys/s", flush=True)
    process.kill()
    process.wait()


def terminal_costs(desktop: VirtualDesktop) -> None:
    process = desktop.spawn(("xterm", "-T", "bench cost", "-e", "bash", "--norc"))
    desktop.window("bench cost")
    time.sleep(1)
    scans, checks = [], []
    watch = TerminalWatch()
    watch.focus(process.pid, 0.0)
    for _ in range(200):
        began_s = time.monotonic()
        terminal.terminals_below(process.pid)
        scans.append((time.monotonic() - began_s) * 1e6)
        began_s = time.monotonic()
        watch.check(0.0)
        checks.append((time.monotonic() - began_s) * 1e6)
    processes = sum(name.isdecimal() for name in (path.name for path in Path("/proc").iterdir()))
    say(f"terminals below a window ({processes} processes)", scans, "µs")
    say("one look at a shell's terminal", checks, "µs")
    process.kill()
    process.wait()


def main() -> int:
    with VirtualDesktop(size=(1280, 800)) as desktop, tempfile.TemporaryDirectory() as folder:
        os.environ.update(desktop.env)
        page = Path(folder) / "page.html"
        page.write_text(PAGE)
        options = ("--force-renderer-accessibility", "--no-sandbox", "--no-first-run", "--disable-gpu")
        chromium = ("chromium", *options, f"--user-data-dir={folder}/profile", page.as_uri())
        keyboard = Keyboard(desktop.display)
        print("| what | n | p50 | p95 |\n|---|---|---|---|")
        connecting()
        terminal_costs(desktop)
        shell(desktop, keyboard)
        application(desktop, keyboard, "GTK3", "bench form", *GTK)
        application(desktop, keyboard, "Chromium", "bench page - Chromium", *chromium)
    return 0


if __name__ == "__main__":
    sys.exit(main())
