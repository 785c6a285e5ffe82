"""Pixels of what may be kept, read between two looks at the window stack; nothing outside the plan is ever read."""

import contextlib
import os
import select
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

import mss.exception
from Xlib import X

from recorder.capture.backends.x11.clock import ServerClock
from recorder.capture.backends.x11.connection import LOST, RequestError, drain, open_display
from recorder.capture.backends.x11.damage import WindowDamage, pieces
from recorder.capture.backends.x11.painted import subtract
from recorder.capture.backends.x11.regimes import PixmapRegime, Regime, RootRegime, black
from recorder.capture.backends.x11.windows import WindowTracker
from recorder.capture.contract import Grabber, KeepPlan
from recorder.errors import PlatformError
from recorder.model.geometry import Rect
from recorder.model.raw import RawFrame, RawPatch, RawWindows

PATIENCE_S = 0.1  # how long closing waits for a grab that is under way
_NEW_TOPS = (X.CreateNotify, X.ReparentNotify, X.DestroyNotify)


class X11Grabber(Grabber):
    """Screenshots of one display. The pointer is never in the picture.

    The two looks and the reading are one sequence of requests to a server that serves one at a time: whatever changes
    a window before the second look has its event in the stream by then. Where the pixels come from is the regime's:
    the root window, or under a compositor each window's own pixmap.
    """

    def __init__(self, display_name: str | None = None) -> None:
        self._name = display_name
        self._in_use = (
            threading.Lock()
        )  # held during wait and grab, so that close never pulls the socket from under them
        self._closed = threading.Event()
        self._display: Any = None
        self._changed_ns: int | None = None
        self._seen: tuple[int, tuple[Rect, ...]] | None = None  # generation and plan of the last good frame
        self._watched: set[int] | None = None  # windows that the last plan kept something of; None: no plan yet

    def open(self) -> None:
        """Connect. Raises: PlatformError."""
        self._display = open_display(self._name)
        self._wake, self._waker = os.pipe()
        self._clock = ServerClock()
        self._damage = WindowDamage(self._display)
        self._tracker = WindowTracker(self._display)
        self._tracker.start()
        self._damage.follow(self._tracker.all_tops())
        self._regime = self._new_regime(time.monotonic_ns())

    def wait(self, timeout_s: float) -> int | None:
        """See the contract. The answer stays the same until the next `grab`."""
        deadline = time.monotonic() + timeout_s
        with self._in_use, contextlib.suppress(*LOST):
            while not self._closed.is_set():
                self._handle_pending()
                left_s = min(deadline, self._doubt_ends_s()) - time.monotonic()
                if self._changed_ns is not None or left_s <= 0:
                    return self._changed_ns or self._end_of_doubt()
                select.select([self._display.fileno(), self._wake], [], [], left_s)
        return None

    def rest(self, timeout_s: float) -> None:
        """See the contract. What windows draw right after they appear is proof only for who watched from the start."""
        deadline = time.monotonic() + timeout_s
        with self._in_use, contextlib.suppress(*LOST):
            while not self._closed.is_set():
                self._handle_pending()
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    return
                select.select([self._display.fileno(), self._wake], [], [], left_s)

    def grab(self, plan: KeepPlan) -> RawFrame | None:
        """See the contract. `live` always: damage is reported from before the first pixel is read."""
        with self._in_use:
            if self._closed.is_set():
                return None
            try:
                return self._grab(plan)
            except (*LOST, RequestError, mss.exception.ScreenShotError, PlatformError):
                # The screen changed its size under the camera, or the display is gone; the next grab starts afresh.
                self._seen = None
                self._regime.drop_camera()
                return None

    def close(self) -> None:
        """Any thread, more than once."""
        if self._closed.is_set() or self._display is None:
            self._closed.set()
            return
        self._closed.set()
        os.write(self._waker, b"x")
        if not self._in_use.acquire(timeout=PATIENCE_S):
            # The server hangs in the middle of a grab. Without its connection that comes to nothing, whenever it ends.
            with contextlib.suppress(OSError):
                self._display.display.socket.shutdown(socket.SHUT_RDWR)
            if not self._in_use.acquire(timeout=PATIENCE_S):
                return  # it waits for the camera's answer, and is not waited for
        try:
            self._dispose()
        finally:
            self._in_use.release()

    def _dispose(self) -> None:
        self._regime.drop_camera()
        with contextlib.suppress(*LOST):
            self._display.close()
        os.close(self._wake)
        os.close(self._waker)

    def _grab(self, plan: KeepPlan) -> RawFrame:
        drain(self._display, self._handle)
        t_start_ns = time.monotonic_ns()
        regime = self._regime
        reseeded = regime.prepare(t_start_ns)
        windows = self._tracker.snapshot(t_start_ns)
        kept = self._inside(plan(windows), windows)
        full = reseeded or self._seen != (windows.generation, kept)
        # Damage is taken before the pixels are read: what is drawn in between is read now and announced again.
        self._changed_ns = None
        drawn = self._take_damage(kept, windows, t_start_ns)
        patches = self._read(kept, windows, drawn, full=full, t_ns=t_start_ns)
        drain(self._display, self._handle)
        steady = self._tracker.generation == windows.generation
        self._seen = (windows.generation, kept) if steady else None
        for window, rects in () if steady else drawn.items():
            self._regime.ledger.doubt(window, rects, t_start_ns)
        return RawFrame(
            t_start_ns=t_start_ns,
            t_end_ns=time.monotonic_ns(),
            windows=windows,
            steady=steady,
            full=full,
            live=True,
            per_window=regime.per_window,
            patches=patches,
        )

    def _take_damage(self, kept: Sequence[Rect], windows: RawWindows, t_ns: int) -> dict[int, list[Rect]]:
        """What was drawn in the windows of which something is kept, since they were last looked at."""
        self._watched = self._regime.sources(kept, self._tracker.layout(), windows.stack)
        drawn = {
            window: self._damage.take(window, self._tracker.origin(window))
            for window in self._watched & self._damage.announced
        }
        for window, rects in drawn.items():
            self._regime.ledger.drawn(window, rects, t_ns)
        return drawn

    def _read(
        self, kept: Sequence[Rect], windows: RawWindows, drawn: dict[int, list[Rect]], *, full: bool, t_ns: int
    ) -> tuple[RawPatch, ...]:
        dirty = self._regime.ledger.expire(t_ns) + [rect for rects in drawn.values() for rect in rects]
        trusted = self._regime.trusted(kept, windows.stack)
        if not full:
            return self._regime.read(pieces(dirty, trusted, _bounds(windows)), windows.stack)
        return self._regime.read(trusted, windows.stack) + tuple(black(rect) for rect in subtract(kept, trusted))

    def _inside(self, plan: Sequence[Rect], windows: RawWindows) -> tuple[Rect, ...]:
        """What of the plan is on a monitor: reading outside the root window is an error that would lose the frame."""
        bounds = _bounds(windows)
        return tuple(part for rect in plan if (part := rect.intersect(bounds)))

    def _handle_pending(self) -> None:
        while self._display.pending_events():
            self._handle(self._display.next_event())

    def _handle(self, event: Any) -> None:
        now_ns = time.monotonic_ns()
        generation, compositors, bounds = self._tracker.generation, self._tracker.compositors, self._tracker.bounds
        self._tracker.handle(event)
        if event.type == self._damage.event_type:
            self._on_damage(event, now_ns)
        elif event.type in _NEW_TOPS:
            for late in self._damage.follow(self._tracker.all_tops()):
                self._regime.ledger.watched_late(late)
        if self._tracker.compositors != compositors:
            self._change_regime(now_ns)
        if self._tracker.bounds != bounds:
            self._regime.screen_resized(self._tracker.bounds, now_ns)
        if self._tracker.generation != generation:
            self._stack_changed(now_ns)
            self._note(now_ns)
        self._forget_window(event)

    def _on_damage(self, event: Any, now_ns: int) -> None:
        self._clock.arrived(event.timestamp, now_ns)
        window = self._damage.on_event(event)
        if window is not None and (self._watched is None or window in self._watched):
            self._note(self._clock.to_ns(event.timestamp))

    def _forget_window(self, event: Any) -> None:
        if event.type == X.DestroyNotify:
            self._regime.gone(event.window.id)
        elif event.type == X.UnmapNotify and event.event == self._display.screen().root:
            clean = self._damage.forget(event.window.id)
            ledger = self._regime.ledger
            (ledger.rested if clean else ledger.watched_late)(event.window.id)
        elif event.type == self._tracker.shape_event:
            self._regime.shape_changed(event.affected_window.id)

    def _stack_changed(self, now_ns: int) -> None:
        """Damage is taken at once where what was drawn so far proves nothing for later. That it is lost for the next
        picture does not matter: after a window change everything is read."""
        every = self._regime.per_window  # a new pixmap matters long before anything of the window is kept
        for window in self._regime.stack_changed(self._tracker.layout(), now_ns):
            if every or window in self._damage.announced or window in (self._watched or ()):
                drawn = self._damage.take(window, self._tracker.origin(window))
                self._regime.ledger.drawn(window, drawn, now_ns)

    def _change_regime(self, now_ns: int) -> None:
        """The screen changed hands: what it and the pixmaps show may be a copy of anything."""
        self._regime.end()
        self._regime = self._new_regime(now_ns)
        self._regime.ledger.distrust()

    def _new_regime(self, now_ns: int) -> Regime:
        layout = self._tracker.layout()
        if self._tracker.composited:
            return PixmapRegime(self._display, self._name, layout, now_ns)
        return RootRegime(self._name, layout, self._tracker.bounds)

    def _doubt_ends_s(self) -> float:
        expiry_ns = self._regime.ledger.next_expiry_ns
        return float("inf") if expiry_ns is None else expiry_ns / 1e9

    def _end_of_doubt(self) -> int | None:
        """Parts that may be read from now on count as a change."""
        if time.monotonic() >= self._doubt_ends_s():
            self._note(time.monotonic_ns())
        return self._changed_ns

    def _note(self, t_ns: int) -> None:
        if self._changed_ns is None:
            self._changed_ns = t_ns


def _bounds(windows: RawWindows) -> Rect:
    """The box around all monitors."""
    right = max((m.rect.right for m in windows.monitors), default=0)
    bottom = max((m.rect.bottom for m in windows.monitors), default=0)
    return Rect(0, 0, right, bottom)
