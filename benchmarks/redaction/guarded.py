"""The guard as it ships, for one picture after the other: pixels in, what would be stored out."""

import time
from collections.abc import Callable

from recorder.guard import Guard
from recorder.guard.reveal import Revealer
from recorder.guard.reveal.tesseract import Tesseract
from recorder.guard.text import Detector, Masker, Memory
from recorder.model.consent import Category
from recorder.model.geometry import Monitor, Rect
from recorder.model.policy import AppRule, PictureMode, Policy, TextLevel
from recorder.model.raw import RawApp, RawFrame, RawPatch, RawWindow, RawWindows
from recorder.model.redacted import RedactedFrame

APP = RawApp(pid=1, executable="/usr/bin/app", wm_class="App", wm_instance="app")
IDLE_GRABS = 4  # that show nothing more: everything is read
KEY = bytes(range(32))  # of hashes in memory; a recording draws its own
APART_NS = 20_000_000_000  # longer than the longest gap of the pacing: every frame is a reason to keep a picture


def policy(*, reveal: bool) -> Policy:
    """One app. Typed text in words, so that input fields are not masked for their own sake: the harder case."""
    pictures = PictureMode.WORDS if reveal else PictureMode.MASKED
    return Policy(apps=(AppRule(name="App", executable=APP.executable, text=TextLevel.WORDS, pictures=pictures),))


class Guarded:
    """A guard, and a window of an allowed app on the whole screen."""

    def __init__(self, *, reveal: bool, clock: Callable[[], float] = lambda: 0.0) -> None:
        """`clock` is what a frame's time for reading lines is counted by; by this default there is always time."""
        # Only reveal mode asks the text detector; without it no title is kept, and titles are not what is measured.
        text = Masker(Detector(time.perf_counter), Memory(KEY)) if reveal else None
        self._guard = Guard(
            policy=policy(reveal=reveal),
            categories=frozenset(Category),
            t0_ns=0,
            source="benchmark",
            text=text,
            reader=Revealer(Tesseract(), text, key=KEY, clock=clock) if text else None,
        )
        self._t_ns, self._generation = 0, 0
        self._windows: RawWindows | None = None

    def shown(self, bgrx: bytes, width: int, height: int) -> RedactedFrame:
        """The picture as it would be stored in the end: only so many new lines are read for one frame, so it is grabbed
        again until nothing more is shown. Raises: LookupError when the guard keeps none.
        """
        whole = Rect(0, 0, width, height)
        patches = (RawPatch(rect=whole, bgrx=bgrx),)
        kept = self.update(whole, patches, full=True)
        idle = 0
        while idle < IDLE_GRABS:
            again = self.update(whole, patches, full=True)
            kept, idle = (kept, idle + 1) if again is None else (again, 0)
        if kept is None:
            raise LookupError("no picture was kept of a frame that looks different")
        return kept

    def update(self, whole: Rect, patches: tuple[RawPatch, ...], *, full: bool = False) -> RedactedFrame | None:
        """A grab of the screen `whole`: of everything, or of what changed. None when it looks as before, masked."""
        self._t_ns += APART_NS
        windows = self._on(whole)
        frame = RawFrame(
            t_start_ns=self._t_ns - 1,
            t_end_ns=self._t_ns,
            windows=windows,
            steady=True,
            full=full,
            live=True,
            patches=patches,
        )
        rows = [row for row in self._guard.see_frame(frame) if isinstance(row, RedactedFrame)]
        return rows[-1] if rows else None

    def _on(self, whole: Rect) -> RawWindows:
        if self._windows is not None and self._windows.monitors[0].rect == whole:
            return self._windows
        self._generation += 1
        window = RawWindow(
            window=1, rect=whole, app=APP, title="", see_through=False, own=False, override_redirect=False
        )
        self._windows = RawWindows(
            t_ns=self._t_ns - APART_NS // 2,
            generation=self._generation,
            stack=(window,),
            focused=1,
            monitors=(Monitor(index=0, rect=whole),),
            composited=False,
        )
        self._guard.step(self._windows)
        return self._windows
