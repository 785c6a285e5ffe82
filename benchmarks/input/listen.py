"""One listener in a process of its own: prints, as JSON, when each move arrived and what it cost.

python -m benchmarks.input.listen x11|pynput     (on standard input: a line to begin measuring, a line to end)
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from threading import Thread

from benchmarks.input.moves import number_of
from recorder.capture.backends.x11.input_source import X11InputSource
from recorder.model.raw import RawEvent, RawPointer

Arrivals = list[tuple[int, int]]  # (number of the move, CLOCK_MONOTONIC ns)


def listen_x11(arrivals: Arrivals) -> Callable[[], object]:
    source = X11InputSource()
    source.open()

    def emit(event: RawEvent) -> None:
        if isinstance(event, RawPointer):
            arrivals.append((number_of(event.x, event.y), time.monotonic_ns()))

    Thread(target=source.run, args=(emit,), daemon=True).start()
    return lambda: source.flush(10)


def listen_pynput(arrivals: Arrivals) -> Callable[[], object]:
    """Both of its listeners, as a recorder needs them."""
    from pynput import keyboard, mouse

    def on_move(x: int, y: int) -> None:
        arrivals.append((number_of(x, y), time.monotonic_ns()))

    for listener in (keyboard.Listener(on_press=lambda _: None), mouse.Listener(on_move=on_move)):
        listener.start()
        listener.wait()
    time.sleep(0.3)  # it says so before it listens
    return lambda: time.sleep(1.0)


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    arrivals: Arrivals = []
    finish = {"x11": listen_x11, "pynput": listen_pynput}[sys.argv[1]](arrivals)
    print("ready", flush=True)
    for _ in sys.stdin:
        before_s = cpu_s()
        sys.stdin.readline()
        finish()
        print(json.dumps({"cpu_s": cpu_s() - before_s, "arrivals": arrivals}), flush=True)
        arrivals.clear()


if __name__ == "__main__":
    main()
