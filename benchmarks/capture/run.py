"""What pictures cost: CPU of one grab by size, idle, busy, of window events, and the badge.

Run: `python -m benchmarks.capture.run`. CPU is this process's own, without the X server's; on a shared machine trust
the ratios.
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence

from recorder.capture.backends.x11.connection import drain, open_display
from recorder.capture.backends.x11.grabber import X11Grabber
from recorder.capture.backends.x11.indicator import X11Indicator
from recorder.capture.backends.x11.windows import WindowTracker
from recorder.capture.contract import IndicatorState
from recorder.demo.desktop import VirtualDesktop
from recorder.model.geometry import Rect
from recorder.model.raw import RawWindows


def cpu_ms(call: Callable[[], object], rounds: int = 50) -> float:
    """Median CPU of one call."""
    spent = []
    for _ in range(rounds):
        started = time.process_time_ns()
        call()
        spent.append((time.process_time_ns() - started) / 1e6)
    return statistics.median(spent)


def grabs(grabber: X11Grabber) -> None:
    """A full read is forced by a plan that differs from the one before."""
    for width, height in ((1920, 1080), (960, 540), (400, 300)):
        flip = [0]

        def plan(_: RawWindows, width: int = width, height: int = height, flip: list[int] = flip) -> Sequence[Rect]:
            flip[0] ^= 1
            return [Rect(flip[0], 0, width - 1, height)]

        print(f"grab {width}x{height}: {cpu_ms(lambda p=plan: grabber.grab(p)):.2f} ms CPU")  # type: ignore[misc]


def running(grabber: X11Grabber, seconds: float, gap_s: float) -> tuple[float, int]:
    """CPU milliseconds per second and frames, as a recording loop would do it."""
    started, cpu, frames = time.monotonic(), time.process_time(), 0
    while (left_s := started + seconds - time.monotonic()) > 0:
        if grabber.wait(left_s) is not None:
            grabber.grab(lambda _: [Rect(0, 0, 1920, 1080)])
            frames += 1
            grabber.rest(gap_s)
    return (time.process_time() - cpu) * 1000 / seconds, frames


def scan(desktop: VirtualDesktop) -> None:
    """The full look at the stack, and what one event costs afterwards."""
    display = open_display()
    tracker = WindowTracker(display)
    started, cpu = time.monotonic(), time.process_time()
    tracker.start()
    count = len(tracker.snapshot(0).stack)
    wall_ms, cpu_ms_ = (time.monotonic() - started) * 1e3, (time.process_time() - cpu) * 1e3
    print(f"scan of {count} windows: {wall_ms:.1f} ms, {cpu_ms_:.1f} ms CPU")
    drain(display, tracker.handle)
    window = desktop.window("^bench$")
    desktop.xdotool(*(word for i in range(200) for word in ("windowmove", window, 100 + i % 50, 100)))
    cpu, events = time.process_time(), [0]

    def handle(event: object) -> None:
        events[0] += 1
        tracker.handle(event)

    drain(display, handle)
    print(f"one event: {(time.process_time() - cpu) * 1e6 / max(1, events[0]):.0f} us CPU over {events[0]} events")
    display.close()


def badge(seconds: float = 5) -> None:
    """CPU and memory of the badge's process."""
    indicator = X11Indicator()
    started = time.monotonic()
    indicator.open(IndicatorState.RECORDING)
    opened_s = time.monotonic() - started
    assert indicator._process is not None
    pid = indicator._process.pid
    before, deadline = cpu_of(pid), time.monotonic() + seconds
    while time.monotonic() < deadline:
        indicator.wait(1)
    print(f"badge: {opened_s * 1e3:.0f} ms to show, {(cpu_of(pid) - before) / seconds * 1e3:.1f} ms CPU/s")
    indicator.close()


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has had, to 10 ms."""
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    with VirtualDesktop(session_bus=False) as desktop:
        os.environ.update(desktop.env)
        desktop.spawn(["xterm", "-T", "bench"])
        desktop.window("^bench$")
        grabber = X11Grabber()
        grabber.open()
        grabs(grabber)
        running(grabber, 1, 0.05)
        print("idle: {:.2f} ms CPU/s, {} frames in 5 s".format(*running(grabber, 5, 0.2)))
        desktop.spawn(["xterm", "-T", "busy", "-e", "while :; do echo $RANDOM; sleep 0.02; done"])
        desktop.window("^busy$")
        print("busy, a picture every 200 ms: {:.1f} ms CPU/s, {} frames in 5 s".format(*running(grabber, 5, 0.2)))
        scan(desktop)
        grabber.close()
        badge()


if __name__ == "__main__":
    main()
