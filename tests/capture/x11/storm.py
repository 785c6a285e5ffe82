"""Windows in known colours that switch, move, fade and pop up at a given pace, and what a camera sees of it."""

import time
from collections.abc import Sequence
from typing import Any

import mss
import numpy as np

from recorder.capture.backends.x11.apart import YOUNG_NS
from recorder.capture.backends.x11.grabber import X11Grabber
from recorder.capture.backends.x11.painted import DOUBT_NS
from recorder.capture.contract import KeepPlan
from recorder.guard import Guard
from recorder.model.geometry import Rect
from recorder.model.raw import RawFrame, RawWindows
from recorder.model.redacted import RedactedFrame
from tests.capture.x11.paint import BLUE, GREEN, RED, YELLOW, Background, Painter
from tests.capture.x11.test_grabber import colours, only

SETTLED_S = (YOUNG_NS + DOUBT_NS) / 1e9 + 0.3
SCREEN = Rect(0, 0, 1920, 1080)


class Naive:
    """A plan that also reads what it keeps from the root window, right when the grabber is about to read."""

    def __init__(self, plan: KeepPlan, screen: Rect = SCREEN) -> None:
        self._plan, self._screen = plan, screen
        self._camera = mss.MSS(with_cursor=False)
        self.foreign_px = 0

    def __call__(self, windows: RawWindows) -> Sequence[Rect]:
        kept = self._plan(windows)
        self.foreign_px = 0
        for part in filter(None, (rect.intersect(self._screen) for rect in kept)):
            raw = self._camera.grab((part.x, part.y, part.right, part.bottom)).raw
            bgrx = np.frombuffer(raw, np.uint8).reshape(-1, 4)
            self.foreign_px += int(((bgrx[:, 0] > 30) | (bgrx[:, 1] > 30)).sum())
        return kept


class Sight:
    """What a run saw: steady frames, what was in them, and what the root window showed in the same moments."""

    def __init__(self, guard: Guard | None = None) -> None:
        """With a guard it also sees what that would store."""
        self._guard = guard
        self.stored = 0
        self.stored_colours: set[int] = set()
        self.steady = self.read = self.naive_leaks = 0
        self.colours: set[int] = set()
        self.allowed_px = 0

    def look(self, grabber: X11Grabber, plan: Naive) -> RawFrame | None:
        frame = grabber.grab(plan)
        if frame is None:
            return None
        self._store(frame)
        if not frame.steady:
            return None
        found = colours(frame)
        self.steady += 1
        self.read += RED in found
        self.naive_leaks += plan.foreign_px > 0
        self.colours |= found
        return frame

    def _store(self, frame: RawFrame) -> None:
        """What the pipeline would do with it: the windows, then the frame, then time passes."""
        if self._guard is None:
            return
        rows = self._guard.step(frame.windows) + self._guard.see_frame(frame) + self._guard.tick(frame.t_end_ns)
        for picture in (row for row in rows if isinstance(row, RedactedFrame)):
            rgb = np.frombuffer(picture.rgb, np.uint8).reshape(-1, 3).astype(np.uint32)
            self.stored += 1
            self.stored_colours |= set(np.unique(rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]).tolist())


def settle(grabber: X11Grabber, seconds: float = SETTLED_S) -> None:
    grabber.rest(seconds)


def storm(painter: Painter, red: Any, others: Sequence[Any], per_second: float, left: int = 100) -> Background:
    """Windows that are raised, moved, unmapped, mapped, resized, and popups, all at `per_second` changes."""

    def step(number: int) -> None:
        one = others[number // 10 % len(others)]
        match number % 10:
            case 0 | 5:
                painter.lift(one)
            case 1 | 6:
                one.unmap()  # fades out while what lay below counts as visible
            case 2:
                painter.move(red, left + number % 37, 100 + number % 23)
            case 3 | 8:
                one.map()
            case 7:
                painter.window(YELLOW, left + 100, 150, 120, 200).destroy()  # a popup, gone at once, fading in and out
            case 4 if number % 60 == 4:  # what this brings shows the others until it is drawn
                red.configure(width=560 - number % 40, height=460 - number % 30)
            case _:
                painter.lift(red)
        painter.display.sync()
        if number % 60 not in (4, 5, 6):
            painter.fill(red, RED)
        time.sleep(1 / per_second)

    return Background(step)


def run_storm(
    painter: Painter,
    grabber: X11Grabber,
    *,
    hollow: bool,
    per_second: float,
    seconds: float,
    left: int = 100,
    screen: Rect = SCREEN,
    guard: Guard | None = None,
) -> Sight:
    """`left`: where the kept window begins; the others lie 200 px to its right."""
    red = painter.window(RED, left, 100, 500, 400, hollow=hollow)
    others = [painter.window(colour, left + 200, 200, 500, 400) for colour in (BLUE, GREEN)]
    painter.fill(red, RED)
    painter.appeared = lambda: None
    settle(grabber)
    sight, plan, end = Sight(guard), Naive(only(RED), screen), time.monotonic() + seconds
    with storm(painter, red, others, per_second, left):
        while time.monotonic() < end:
            grabber.wait(0.05)
            sight.look(grabber, plan)
    return sight
