"""What listening costs: `python -m benchmarks.input.run [--quick] [--json]`. See README.md.

CPU, latency and losses of our X11 input beside pynput's, on the same injected moves.
"""

import argparse
import importlib.metadata
import json
import platform
import statistics
import subprocess
import sys
import time
from typing import Any

import Xlib.display
from Xlib import X

from benchmarks.input.moves import position
from recorder.demo.desktop import VirtualDesktop

SECONDS = {100: 4.0, 1_000: 3.0, 2_000: 2.0}  # how long at how many events per second
IDLE_S = 5.0
LISTENERS = ("x11", "pynput")
RUNS = 5
# (what, unit) -> the level for our listener; what has none is only reported, and so is all of pynput.
LEVELS: dict[tuple[str, str], float] = {
    **{(f"lost @{rate}/s", "events"): 0.0 for rate in SECONDS},
    ("CPU per 1,000 events @1000/s", "ms"): 100.0,
    ("latency p50 @100/s", "ms"): 5.0,
    ("idle CPU", "ms/s"): 1.0,
}

Figures = dict[tuple[str, str], float]


class Listener:
    """The process under test."""

    def __init__(self, desktop: VirtualDesktop, kind: str) -> None:
        command = [sys.executable, "-m", "benchmarks.input.listen", kind]
        self._process = desktop.spawn(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._line()

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        return bytes(self._process.stdout.readline())

    def _tell(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()

    def begin(self) -> None:
        self._tell()
        time.sleep(0.1)

    def end(self) -> dict[str, Any]:
        self._tell()
        return dict(json.loads(self._line()))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def inject(display: Any, first: int, count: int, per_s: float) -> list[int]:
    """Send moves at that rate without waiting for answers, as hardware does; when each was sent."""
    sent_ns, due_s = [], time.monotonic()
    for number in range(first, first + count):
        x, y = position(number)
        sent_ns.append(time.monotonic_ns())
        display.xtest_fake_input(X.MotionNotify, 0, x=x, y=y)
        display.flush()
        due_s += 1 / per_s
        time.sleep(max(0.0, due_s - time.monotonic()))
    display.sync()  # the last one has happened
    return sent_ns


def measure(desktop: VirtualDesktop, kind: str, per_s: int, seconds: float) -> Figures:
    """One listener at one rate; the first move is the warm-up and is not counted."""
    count = int(per_s * seconds)
    display: Any = Xlib.display.Display(desktop.display)
    listener = Listener(desktop, kind)
    try:
        display.xtest_fake_input(X.MotionNotify, 0, x=1919, y=1079)
        display.sync()
        listener.begin()
        sent_ns = inject(display, 0, count, per_s)
        result = listener.end()
    finally:
        listener.close()
        display.close()
    late_ms = [(at_ns - sent_ns[number]) / 1e6 for number, at_ns in result["arrivals"] if number < count]
    return {
        (f"lost @{per_s}/s", "events"): float(count - len(late_ms)),
        (f"CPU per 1,000 events @{per_s}/s", "ms"): 1e6 * result["cpu_s"] / count,
        (f"latency p50 @{per_s}/s", "ms"): statistics.median(late_ms),
        (f"latency p95 @{per_s}/s", "ms"): statistics.quantiles(late_ms, n=20)[-1],
    }


def measure_idle(desktop: VirtualDesktop, kind: str, seconds: float) -> Figures:
    listener = Listener(desktop, kind)
    try:
        listener.begin()
        time.sleep(seconds)
        return {("idle CPU", "ms/s"): 1000 * listener.end()["cpu_s"] / seconds}
    finally:
        listener.close()


def run(desktop: VirtualDesktop, kind: str, *, quick: bool) -> Figures:
    figures: Figures = {}
    for per_s, seconds in SECONDS.items():
        figures |= measure(desktop, kind, per_s, 1.0 if quick else seconds)
    return figures | measure_idle(desktop, kind, 1.0 if quick else IDLE_S)


def judged(kind: str, runs: list[Figures]) -> list[dict[str, Any]]:
    """Median, smallest and largest of each figure, and whether it keeps its level."""
    rows = []
    for what, unit in runs[0]:
        values = [figures[what, unit] for figures in runs]
        level = LEVELS.get((what, unit)) if kind == "x11" else None
        value = statistics.median(values)
        rows.append(
            {
                "what": f"{kind}: {what}",
                "unit": unit,
                "value": round(value, 3),
                "least": round(min(values), 3),
                "most": round(max(values), 3),
                "level": level,
                "met": level is None or value <= level,
            }
        )
    return rows


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="one short run; judges nothing")
    asked.add_argument("--json", action="store_true", help="one JSON value")
    options = asked.parse_args()
    rows = []
    with VirtualDesktop(window_manager=False, session_bus=False) as desktop:
        for kind in LISTENERS:
            rows += judged(kind, [run(desktop, kind, quick=options.quick) for _ in range(1 if options.quick else RUNS)])
    versions = {name: importlib.metadata.version(name) for name in ("python-xlib", "pynput")}
    report = {"name": "input", "machine": platform.machine(), "versions": versions, "levels": rows}
    print(json.dumps(report)) if options.json else show(rows)
    return 0 if options.quick or all(row["met"] for row in rows) else 1


def show(rows: list[dict[str, Any]]) -> None:
    print("| what | median | least – most | level |")
    print("|---|---|---|---|")
    for row in rows:
        level = "–" if row["level"] is None else f"{row['level']:g}{'' if row['met'] else ' MISSED'}"
        print(f"| {row['what']}, {row['unit']} | {row['value']:g} | {row['least']:g} – {row['most']:g} | {level} |")


if __name__ == "__main__":
    sys.exit(main())
