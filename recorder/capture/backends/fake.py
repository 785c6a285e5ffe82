"""A platform in memory: scripted events in, pictures from arrays, an indicator that remembers. It looks at no clock,
but to say that its threads are there.

Everything a script holds is emitted by the input source, in the script's order (focus and secrecy too), so that one
run equals the next. Times are those that the events carry. A script may be a generator that paces itself.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from threading import Condition, Event

import numpy as np
from numpy.typing import NDArray

from recorder.capture.contract import (
    Ask,
    Backend,
    Emit,
    FocusOracle,
    Grabber,
    Indicator,
    IndicatorSignal,
    IndicatorState,
    InputSource,
    KeepPlan,
)
from recorder.errors import PlatformError
from recorder.model.geometry import Monitor, Rect
from recorder.model.raw import RawApp, RawEvent, RawFrame, RawPatch, RawWindow, RawWindows

Picture = NDArray[np.uint8]  # (height, width, 4) uint8, BGRX, of the whole virtual desktop
MONITORS = (Monitor(index=0, rect=Rect(0, 0, 640, 480)),)
GRAB_NS = 1_000_000  # how long a grab takes in the fake's time
TURN_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeFrame:
    """What is shown from `t_ns` on. `windows_after`: what the second look at the windows finds, if it differs."""

    t_ns: int
    windows: RawWindows
    picture: Picture
    windows_after: RawWindows | None = None


def desktop(monitors: Sequence[Monitor]) -> Rect:
    """The smallest rectangle that holds all monitors."""
    x, y = min(m.rect.x for m in monitors), min(m.rect.y for m in monitors)
    right, bottom = max(m.rect.right for m in monitors), max(m.rect.bottom for m in monitors)
    return Rect(x, y, right - x, bottom - y)


def paint(monitors: Sequence[Monitor], *layers: tuple[Rect, tuple[int, int, int]]) -> Picture:
    """A picture of rectangles in (red, green, blue), later ones on top, black elsewhere."""
    area = desktop(monitors)
    picture: Picture = np.zeros((area.height, area.width, 4), np.uint8)
    for rect, (red, green, blue) in layers:
        _part(picture, area, rect)[:] = (blue, green, red, 0)
    return picture


def _part(picture: Picture, area: Rect, rect: Rect) -> Picture:
    inside = area.intersect(rect)
    if inside is None:
        return picture[:0, :0]
    x, y = inside.x - area.x, inside.y - area.y
    return picture[y : y + inside.height, x : x + inside.width]


class FakeInputSource(InputSource):
    """Emits the script, then whatever is pushed, until closed. Opened again, it goes on with the script; what is pushed
    between a close and the next open is lost, as it is on a real desktop."""

    def __init__(self, script: Iterable[RawEvent], nothing: RawWindows) -> None:
        self._script: Iterator[RawEvent] = iter(script)
        self._latest = nothing
        self._pushed: list[RawEvent] = []
        self._changed = Condition()
        self._closed = True
        self._drained = False
        self._was_opened = False

    def open(self) -> None:
        with self._changed:
            self._closed = self._drained = False
            self._was_opened = True

    def run(self, emit: Emit) -> None:
        self.turned_ns = None  # a script paces itself
        first = next(self._script, None)
        if not isinstance(first, RawWindows):
            emit(self._latest)  # the contract: what is known of the windows comes before the first event
        for event in chain(() if first is None else (first,), self._script):
            if isinstance(event, RawWindows):
                self._latest = event
            emit(event)
            if self._closed:
                return
        self._run_pushed(emit)

    def _run_pushed(self, emit: Emit) -> None:
        while True:
            with self._changed:
                self._drained = not self._pushed
                self._changed.notify_all()
                while not self._changed.wait_for(lambda: self._pushed or self._closed, TURN_S):
                    self.turned_ns = time.monotonic_ns()
                if self._closed:
                    return
                self.turned_ns = time.monotonic_ns()
                event = self._pushed.pop(0)
            if isinstance(event, RawWindows):
                self._latest = event
            emit(event)

    def push(self, *events: RawEvent) -> None:
        """Let these happen after everything scripted. Any thread."""
        with self._changed:
            if self._closed and self._was_opened:
                return
            self._pushed.extend(events)
            self._drained = False
            self._changed.notify_all()

    def flush(self, timeout_s: float) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._drained or self._closed, timeout_s)
            return self._drained

    def close(self) -> None:
        with self._changed:
            if not self._closed:
                self._pushed.clear()
            self._closed = True
            self._changed.notify_all()

    def latest_windows(self) -> RawWindows:
        """The last stack that was emitted, or the script's first before it runs."""
        first = next(self._script, None) if self._closed and self._latest.generation < 0 else None
        if first is not None:
            self._script = chain((first,), self._script)
        return first if isinstance(first, RawWindows) else self._latest


class FakeFocusOracle(FocusOracle):
    """Emits nothing of its own (the script holds focus and secrecy); remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[int | None, RawApp | None]] = []
        self.nudges = 0
        self.asked: list[frozenset[Ask]] = []
        self.presses: list[tuple[int, int, int, int | None]] = []
        self.shown: list[tuple[RawWindow, ...]] = []
        self.paints = 0
        self._closed = Event()

    def open(self) -> None:
        self._closed.clear()

    def run(self, emit: Emit) -> None:
        while not self._closed.wait(TURN_S):
            self.turned_ns = time.monotonic_ns()

    def window_focused(self, window: int | None, app: RawApp | None) -> None:
        self.told.append((window, app))

    def nudge(self) -> None:
        self.nudges += 1

    def ask(self, asked: frozenset[Ask]) -> None:
        self.asked.append(asked)

    def pressed(self, t_ns: int, x: int, y: int, window: int | None) -> None:
        self.presses.append((t_ns, x, y, window))

    def windows_shown(self, windows: Sequence[RawWindow]) -> None:
        self.shown.append(tuple(windows))

    def painted(self) -> None:
        self.paints += 1

    def close(self) -> None:
        self._closed.set()


class FakeGrabber(Grabber):
    """Shows the scripted frames one after the other: `wait` announces the next, `grab` reads it."""

    def __init__(self, frames: Iterable[FakeFrame], monitors: Sequence[Monitor]) -> None:
        self._frames = list(frames)
        self._area = desktop(monitors)
        self._now: FakeFrame | None = None
        self._kept: tuple[int, tuple[Rect, ...], Picture] | None = None  # generation, plan, picture of the last grab
        self._changed = Condition()
        self._closed = True

    def open(self) -> None:
        self._closed, self._kept = False, None

    def wait(self, timeout_s: float) -> int | None:
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._closed, timeout_s)
            return self._frames[0].t_ns if self._frames and not self._closed else None

    def grab(self, plan: KeepPlan) -> RawFrame | None:
        with self._changed:
            self._now = self._frames.pop(0) if self._frames else self._now
            now = self._now
        if now is None or self._closed:
            return None
        keep = tuple(plan(now.windows))
        full = self._kept is None or self._kept[:2] != (now.windows.generation, keep)
        patches = tuple(p for rect in keep if (p := self._patch(now.picture, rect, full=full)) is not None)
        self._kept = (now.windows.generation, keep, now.picture.copy())
        after = now.windows_after or now.windows
        return RawFrame(
            t_start_ns=now.t_ns,
            t_end_ns=now.t_ns + GRAB_NS,
            windows=now.windows,
            steady=after.generation == now.windows.generation,
            full=full,
            live=True,
            patches=patches,
        )

    def _patch(self, picture: Picture, rect: Rect, *, full: bool) -> RawPatch | None:
        inside = self._area.intersect(rect)
        if inside is not None and not full and self._kept is not None:
            inside = self._changed_part(picture, self._kept[2], inside)
        if inside is None:
            return None
        return RawPatch(rect=inside, bgrx=_part(picture, self._area, inside).tobytes())

    def _changed_part(self, new: Picture, old: Picture, rect: Rect) -> Rect | None:
        differs = (_part(new, self._area, rect) != _part(old, self._area, rect)).any(axis=2)
        if not differs.any():
            return None
        rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        x, y, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
        return Rect(rect.x + x, rect.y + y, right - x, bottom - y)

    def show(self, *frames: FakeFrame) -> None:
        """Let the screen change to these, one after the other. Any thread."""
        with self._changed:
            self._frames.extend(frames)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class FakeIndicator(Indicator):
    """Remembers every state that it was told to show, in `shown`; `press` and `lose` stand for the person."""

    def __init__(self) -> None:
        self.shown: list[IndicatorState] = []
        self.visible = False
        self._pressed = 0
        self._gone = False
        self._changed = Condition()

    def open(self, state: IndicatorState) -> None:
        if self._gone:
            raise PlatformError("the indicator can't be shown")
        self.visible = True
        self.shown.append(state)

    def show(self, state: IndicatorState) -> None:
        self.shown.append(state)

    def wait(self, timeout_s: float) -> IndicatorSignal | None:
        with self._changed:
            self._changed.wait_for(lambda: self._gone or self._pressed or not self.visible, timeout_s)
            if self._gone:
                return IndicatorSignal.GONE
            if not self._pressed:
                return None
            self._pressed -= 1
            return IndicatorSignal.TOGGLE_PAUSE

    def press(self) -> None:
        """The person clicks the badge."""
        with self._changed:
            self._pressed += 1
            self._changed.notify_all()

    def lose(self) -> None:
        """The badge is no longer visible, for ever."""
        with self._changed:
            self._gone, self.visible = True, False
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self.visible = False
            self._changed.notify_all()


class FakeBackend(Backend):
    """One scripted desktop. Its parts are made once, so that a test can look at them: `backend.indicator().shown`.

    A script that does not begin with a `RawWindows` gets an empty one (no window, generation -1) put before it.
    """

    name = "fake"

    def __init__(
        self,
        script: Iterable[RawEvent] = (),
        frames: Iterable[FakeFrame] = (),
        monitors: Sequence[Monitor] = MONITORS,
        *,
        refusal: PlatformError | None = None,
    ) -> None:
        self._monitors = tuple(monitors)
        self._refusal = refusal
        nothing = RawWindows(t_ns=0, generation=-1, stack=(), focused=None, monitors=self._monitors, composited=False)
        self._input = FakeInputSource(script, nothing)
        self._oracle = FakeFocusOracle()
        self._grabber = FakeGrabber(frames, self._monitors)
        self._indicator = FakeIndicator()

    def check(self) -> None:
        if self._refusal is not None:
            raise self._refusal

    def windows(self) -> RawWindows:
        return self._input.latest_windows()

    def monitors(self) -> tuple[Monitor, ...]:
        return self._monitors

    def input_source(self) -> FakeInputSource:
        return self._input

    def focus_oracle(self) -> FakeFocusOracle:
        return self._oracle

    def grabber(self) -> FakeGrabber:
        return self._grabber

    def indicator(self) -> FakeIndicator:
        return self._indicator

    def jail(self) -> list[str]:
        return []
