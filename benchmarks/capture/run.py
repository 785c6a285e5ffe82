"""The two ways to read pixels, side by side: `python -m benchmarks.capture.run [--quick] [--json]`. See README.md."""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mss

from recorder.capture.backends.x11.connection import open_display
from recorder.capture.backends.x11.grabber import X11Grabber
from recorder.capture.backends.x11.pixmaps import WindowPixmaps
from recorder.demo.desktop import Compositor, VirtualDesktop
from recorder.model.geometry import Rect
from recorder.model.raw import RawFrame, RawWindows
from tests.capture.x11.paint import RED, Painter

SETTLED_S = 2.0
COLUMNS, ROWS = 4, 4
# What is measured, its unit, and the level to keep; None: reported only.
LEVELS: dict[str, tuple[str, float | None]] = {
    "root, 1080p": ("ms CPU", None),
    "pixmaps, 1080p in 1 window": ("ms CPU", None),
    "pixmaps / root, 1080p in 1 window": ("x", 2.0),
    "root, 1080p in 16 windows": ("ms CPU", None),
    "pixmaps, 1080p in 16 windows": ("ms CPU", None),
    "pixmaps, each further window": ("ms CPU", 0.5),
    "pixmaps - root, each window": ("ms CPU", 0.4),
    "root, 32x32 changed": ("ms CPU", None),
    "pixmaps, 32x32 changed": ("ms CPU", None),
    "pixmaps, pin and name a window": ("ms wall", 2.0),
}


class Cost(NamedTuple):
    """Medians of one grab."""

    cpu_ms: float
    wall_ms: float


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="one small run; judges nothing")
    asked.add_argument("--json", action="store_true", help="one JSON value")
    options = asked.parse_args()
    runs = [run(20 if options.quick else 100) for _ in range(1 if options.quick else 5)]
    rows = [judged(what, [one[what] for one in runs]) for what in LEVELS]
    versions = {"python": platform.python_version(), "mss": mss.__version__}
    report = {"name": "capture", "machine": platform.machine(), "versions": versions, "levels": rows}
    print(json.dumps(report)) if options.json else show(rows)
    return 0 if options.quick or all(row["met"] for row in rows) else 1


def run(rounds: int) -> dict[str, float]:
    """The same windows without a compositor and with one."""
    root, pixmaps = measure(Compositor.NONE, rounds), measure(Compositor.XCOMPMGR, rounds)
    many = COLUMNS * ROWS
    return {
        "root, 1080p": root["one"].cpu_ms,
        "pixmaps, 1080p in 1 window": pixmaps["one"].cpu_ms,
        "pixmaps / root, 1080p in 1 window": pixmaps["one"].cpu_ms / root["one"].cpu_ms,
        "root, 1080p in 16 windows": root["many"].cpu_ms,
        "pixmaps, 1080p in 16 windows": pixmaps["many"].cpu_ms,
        "pixmaps, each further window": (pixmaps["many"].cpu_ms - pixmaps["one"].cpu_ms) / (many - 1),
        "pixmaps - root, each window": (pixmaps["many"].cpu_ms - root["many"].cpu_ms) / many,
        "root, 32x32 changed": root["small"].cpu_ms,
        "pixmaps, 32x32 changed": pixmaps["small"].cpu_ms,
        "pixmaps, pin and name a window": pixmaps["new"].wall_ms,
    }


def measure(compositor: Compositor, rounds: int) -> dict[str, Cost]:
    with VirtualDesktop(session_bus=False, window_manager=False, compositor=compositor) as desktop:
        os.environ.update(desktop.env)
        grabber = X11Grabber()
        grabber.open()
        try:
            with Painter(lambda: grabber.rest(0.02)) as painter:
                return _measure(grabber, painter, rounds, per_window=compositor is not Compositor.NONE)
        finally:
            grabber.close()


def _measure(grabber: X11Grabber, painter: Painter, rounds: int, *, per_window: bool) -> dict[str, Cost]:
    found: dict[str, Cost] = {}
    one = painter.window(RED, 0, 0, 1920, 1080)
    grabber.rest(SETTLED_S)
    found["one"] = median(lambda: full(grabber, per_window), rounds)
    found["small"] = median(lambda: changed(grabber, painter, one), rounds)
    width, height = 1920 // COLUMNS, 1080 // ROWS
    for number in range(COLUMNS * ROWS):
        painter.window(RED, width * (number % COLUMNS), height * (number // COLUMNS), width, height)
    grabber.rest(SETTLED_S)
    found["many"] = median(lambda: full(grabber, per_window), rounds)
    if per_window:
        found["new"] = naming(painter, 20)
    return found


def naming(painter: Painter, rounds: int) -> Cost:
    """Of a window that nobody looked at before, on a connection of its own."""
    display = open_display()
    pixmaps = WindowPixmaps(display)
    windows = iter([painter.window(RED, 0, 0, 100, 100).id for _ in range(rounds)])

    def look() -> None:
        window = next(windows)
        pixmaps.pin([window])
        assert pixmaps.name(window) is not None

    cost = median(look, rounds)
    display.close()
    return cost


def median(call: Callable[[], object], rounds: int) -> Cost:
    cpu, wall = [], []
    for _ in range(rounds):
        cpu_ns, wall_ns = time.process_time_ns(), time.monotonic_ns()
        call()
        cpu.append((time.process_time_ns() - cpu_ns) / 1e6)
        wall.append((time.monotonic_ns() - wall_ns) / 1e6)
    return Cost(statistics.median(cpu), statistics.median(wall))


FLIP = [0]


def full(grabber: X11Grabber, per_window: bool) -> RawFrame:
    """Everything is read when the plan differs: every window, cut at another height from grab to grab."""
    FLIP[0] ^= 1
    frame = grabber.grab(lambda windows: cut(windows, 1 + FLIP[0]))
    assert frame is not None
    assert (frame.full, frame.per_window) == (True, per_window)
    return frame


def cut(windows: RawWindows, at: int) -> Sequence[Rect]:
    """All windows (the ones that lie uppermost are not hidden by anything but the last)."""
    tops = [window.rect for window in windows.stack if window.app is not None][-COLUMNS * ROWS :]
    whole = tops if len(tops) > 1 else tops[:1]
    first, *rest = whole
    upper = Rect(first.x, first.y, first.width, at)
    return [upper, Rect(first.x, first.y + at, first.width, first.height - at), *rest]


def changed(grabber: X11Grabber, painter: Painter, window: Any) -> RawFrame:
    context = window.create_gc(foreground=RED)
    window.fill_rectangle(context, 640, 320, 24, 24)
    painter.display.sync()
    frame = grabber.grab(lambda windows: cut(windows, 1))
    assert frame is not None
    return frame


def judged(what: str, values: Sequence[float]) -> dict[str, Any]:
    unit, level = LEVELS[what]
    row: dict[str, Any] = {
        "what": what,
        "unit": unit,
        "value": statistics.median(values),
        "least": min(values),
        "most": max(values),
    }
    return row | {"level": level, "met": level is None or row["value"] <= level}


def show(rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        level = "" if row["level"] is None else f"  level {row['level']:g}: {'met' if row['met'] else 'MISSED'}"
        print(f"{row['what']:36} {row['value']:8.2f} {row['unit']:8} ({row['least']:.2f} - {row['most']:.2f}){level}")


if __name__ == "__main__":
    sys.exit(main())
