"""CPU time of the guard on one core: masking whole and partly changed 1080p pictures, and steps of events.

python benchmarks/guard/run.py            # a table
python benchmarks/guard/run.py --json     # the same as one JSON object
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from recorder.guard import Guard, mask
from recorder.guard.canvas import Canvas
from recorder.guard.pixels import one_thread
from recorder.model.consent import Category
from recorder.model.geometry import Monitor, Rect
from recorder.model.policy import AppRule, Policy
from recorder.model.raw import Mods, RawApp, RawKey, RawPatch, RawPointer, RawWindow, RawWindows

WIDTH, HEIGHT = 1920, 1080
SCREEN = Monitor(index=0, rect=Rect(0, 0, WIDTH, HEIGHT))
WORDS = ("def", "review", "session", "the quick brown", "fox", "4111 1111", "anna.berg@example.org", "over", "12:45")


def desk(lines: int = 44) -> Any:
    """A desktop as a person may have it: an editor, a terminal, a web page with a photo, panels and icons."""
    random = np.random.default_rng(3)
    screen = np.full((HEIGHT, WIDTH, 4), 240, np.uint8)
    screen[40:1060, 20:960, :3] = 255
    screen[40:560, 980:1900, :3] = (40, 30, 30)
    screen[580:1060, 980:1900, :3] = 255
    for x0, y0, x1, y1 in ((20, 40, 960, 1060), (980, 40, 1900, 560), (980, 580, 1900, 1060)):
        cv2.rectangle(screen, (x0, y0), (x1 - 1, y1 - 1), (150, 150, 150, 0), 1)
        cv2.line(screen, (x0, y0 + 26), (x1, y0 + 26), (150, 150, 150, 0), 1)
    for line in range(lines):
        _text(screen, 40 + 24 * int(random.integers(0, 4)), 90 + 22 * line, random, 6, (0, 0, 0))
    for line in range(20):
        _text(screen, 1000, 90 + 22 * line, random, 5, (210, 210, 210))
    for line in range(10):
        _text(screen, 1000, 640 + 24 * line, random, 5, (60, 60, 60))
    screen[880:1040, 1000:1300, :3] = cv2.GaussianBlur(random.integers(0, 255, (160, 300, 3), np.uint8), (9, 9), 3)
    for index in range(16):
        cv2.circle(screen, (40 + 40 * index, 18), 10, (int(random.integers(0, 200)), 90, 40, 0), -1, cv2.LINE_AA)
    screen[..., 3] = 0
    return screen


def _text(screen: Any, x: int, y: int, random: np.random.Generator, words: int, ink: tuple[int, int, int]) -> None:
    text = " ".join(random.choice(WORDS, words))
    flat = np.ascontiguousarray(screen[..., :3])
    cv2.putText(flat, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, ink, 1, cv2.LINE_AA)
    screen[..., :3] = flat


def cpu_ms(work: Callable[[], object], times: int) -> float:
    """Best of three: CPU milliseconds per call."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - started) / times * 1000)
    return best


def patch(screen: Any, rect: Rect) -> RawPatch:
    return RawPatch(rect=rect, bgrx=screen[rect.y : rect.bottom, rect.x : rect.right].tobytes())


def canvas_of(screen: Any) -> Canvas:
    canvas = Canvas(SCREEN)
    canvas.reset((SCREEN.rect,))
    canvas.paint(patch(screen, SCREEN.rect))
    canvas.examine((), ())
    return canvas


def partly(canvas: Canvas, screen: Any, rect: Rect) -> float:
    """One changed rectangle: copied, examined, minted."""
    changes = [patch(np.roll(screen, shift, axis=1), rect) for shift in (0, 7)]
    turn = [0]

    def work() -> None:
        turn[0] ^= 1
        canvas.paint(changes[turn[0]])
        canvas.examine((), ())
        canvas.minted()

    return cpu_ms(work, 20)


def masking() -> dict[str, float]:
    """CPU ms per frame by how much changed."""
    screen = desk()
    whole = patch(screen, SCREEN.rect)
    canvas = canvas_of(screen)
    filled = canvas.filled()

    def full() -> None:
        canvas.reset((SCREEN.rect,))
        canvas.paint(whole)
        canvas.examine((), ())
        canvas.minted()

    found = {"whole frame": cpu_ms(full, 10)}
    found["find boxes only"] = cpu_ms(lambda: mask.find(canvas._pixels, canvas._inside, (0, 0, 1920, 1088)), 10)
    found["a caret, 2x20 px"] = partly(canvas, screen, Rect(400, 300, 2, 20))
    found["a line, 600x22 px"] = partly(canvas, screen, Rect(40, 300, 600, 22))
    found["a window, 920x520 px"] = partly(canvas, screen, Rect(980, 40, 920, 520))
    found["hidden area, %"] = 100 * filled.masked_px / SCREEN.rect.area
    return found


def without_opencv() -> dict[str, float]:
    """The same by numpy alone."""
    from recorder.guard import canvas as canvas_module
    from recorder.guard import pixels

    kept, modules = mask.cv2, (mask, canvas_module, pixels)
    try:
        for module in modules:
            module.cv2 = None  # type: ignore[attr-defined]
        found = masking()
    finally:
        for module in modules:
            module.cv2 = kept  # type: ignore[attr-defined]
    return {f"numpy: {name}": found[name] for name in ("whole frame", "a line, 600x22 px", "hidden area, %")}


def stepping() -> dict[str, float]:
    """CPU µs per event, with a desk of 20 windows."""
    app = RawApp(pid=1, executable="/usr/bin/editor", wm_class="Editor", wm_instance="editor")
    other = RawApp(pid=2, executable="/usr/bin/other", wm_class="Other", wm_instance="other")

    def window(number: int, rect: Rect, owner: RawApp) -> RawWindow:
        return RawWindow(
            window=number, rect=rect, app=owner, title="", see_through=False, own=False, override_redirect=False
        )

    stack = [window(number, Rect(90 * number, 20, 80, 60), other) for number in range(2, 21)]
    seen = RawWindows(
        t_ns=0,
        generation=1,
        stack=(window(1, SCREEN.rect, app), *stack),
        focused=1,
        monitors=(SCREEN,),
        composited=False,
    )
    guard = Guard(
        policy=Policy(apps=(AppRule(name="Editor", executable="/usr/bin/editor"),)),
        categories=frozenset(Category),
        t0_ns=0,
        source="fake",
    )
    guard.step(seen)
    ms = 1_000_000
    moves = [RawPointer(t_ns=n * ms, x=n % 1900, y=90 + n % 900, injected=False) for n in range(10_000)]
    foreign = [RawPointer(t_ns=n * ms, x=95, y=30, injected=False) for n in range(10_000, 20_000)]
    keys = [
        RawKey(
            t_ns=(20_000 + n * 40) * ms,
            keycode=30,
            keysym="a",
            text="a",
            pressed=n % 2 == 0,
            mods=Mods.NONE,
            injected=False,
        )
        for n in range(10_000)
    ]
    found = {}
    for name, raws in (("pointermove, allowed", moves), ("pointermove, withheld", foreign), ("text key", keys)):
        started = time.process_time()
        for raw in raws:
            guard.step(raw)
        found[f"{name}, µs"] = (time.process_time() - started) / len(raws) * 1e6
    found["window change, µs"] = cpu_ms(lambda: guard.step(seen), 200) * 1000
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true")
    as_json = arguments.parse_args().json
    one_thread()
    results = masking() | stepping() | without_opencv()
    results["peak RSS, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if as_json:
        print(json.dumps({name: round(value, 2) for name, value in results.items()}))
    else:
        for name, value in results.items():
            print(f"{name:32} {value:8.2f}")


if __name__ == "__main__":
    main()
