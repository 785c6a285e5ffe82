"""The floor: a bare loop that listens with pynput and grabs the screen with mss, and keeps nothing. Ends on SIGTERM."""

import signal
import sys
import threading
import time

import mss
from pynput import keyboard, mouse

GRAB_GAP_S = 0.2  # as often as the recorder looks at a busy screen


def main() -> None:
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    counted = [0]

    def count(*_: object) -> None:
        counted[0] += 1

    listeners = [
        mouse.Listener(on_move=count, on_click=count, on_scroll=count),
        keyboard.Listener(on_press=count, on_release=count),
    ]
    for listener in listeners:
        listener.start()
        listener.wait()
    with mss.MSS() as screen:
        print("ready", flush=True)
        while not over.is_set():
            started = time.monotonic()
            screen.grab(screen.monitors[0])
            over.wait(max(0.0, GRAB_GAP_S - (time.monotonic() - started)))
    print(counted[0], file=sys.stderr)


if __name__ == "__main__":
    main()
