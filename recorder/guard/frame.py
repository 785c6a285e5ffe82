"""When pictures are kept: raw frames in, masked frames out, at an action, a new context, or after long enough.

A raw frame only updates the canvas. It is examined and minted when there is a reason to, so an idle screen costs
nothing and a busy one is examined at the pace of the person's actions.

With a compositor the root picture may show windows that are hidden (fades, thumbnails), so that frames of it are
withheld. Accepted are those that were read window by window.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recorder.guard.books import Books
from recorder.guard.canvas import Canvas
from recorder.guard.gaps import Gaps
from recorder.guard.mask import DETECTOR
from recorder.guard.mint import Mint
from recorder.guard.pixels import one_thread
from recorder.guard.regions import Region, Shares, apps_in, subtract
from recorder.guard.sight import Sight
from recorder.model.policy import FramePacing
from recorder.model.raw import RawFrame, RawWindows
from recorder.model.redacted import Channel, GapReason, Redacted, RedactionMethod, Trigger

if TYPE_CHECKING:  # without a rule that asks for words nothing of it is loaded
    from recorder.guard.reveal import Revealer
    from recorder.guard.reveal.page import Page

MS = 1_000_000
CALM_NS, CALM_CHANGES = 1_000 * MS, 5  # more changes of the stack than this within a second: not vouched for
POST_NS, POST_LATEST_NS = 300 * MS, 2_000 * MS
# An application without a background leaves the pixels of the window that covered it until it has repainted itself,
# so what was uncovered is withheld for as long as that may take.
SETTLE_NS = 200 * MS
_MOST_FRESH = 256
_MOST_DAMAGES = 256


# Asked with the windows on the canvas and, for each window, when (ns) its pixels were last painted there.
See = Callable[[RawWindows, Mapping[int, int]], Sight]


@dataclass(slots=True)
class _Last:
    """The frame minted last on a screen, and until when it was known to equal that screen."""

    frame_id: int
    t_ns: int
    started_ns: int  # of the grab that showed it last: damage from then on may not be in it
    known_ns: int
    live: bool
    stale_ns: int | None = None  # the first change since
    partial: bool = False  # minted while something was withheld until it settles
    unsure: bool = False  # and among that something that has to be confirmed
    words: Region = ()  # where words might show in it


class Frames:
    """The canvases of all monitors and the rules of when to mint from them."""

    def __init__(
        self,
        mint: Mint,
        books: Books,
        gaps: Gaps,
        shares: Callable[[RawWindows], Shares | None],
        sight: See = lambda _windows, _painted: Sight(),
        revealer: Revealer | None = None,
    ) -> None:
        """`shares`: whose pixels are kept under these windows; None when no app may be named. Without a `revealer` no
        word is shown."""
        one_thread()
        self._mint, self._books, self._gaps, self._shares = mint, books, gaps, shares
        self._sight, self._revealer = sight, revealer
        self._painted: dict[int, int] = {}
        self.pacing = FramePacing()
        self._canvases: list[Canvas] = []
        self._last: dict[int, _Last] = {}
        self._generation: int | None = None  # of the canvases; None: they hold nothing
        self._shows: RawWindows | None = None  # the windows that are on the canvas
        self._keep: Region = ()
        self._t_ns = self._started_ns = 0  # of the last grab on the canvas: its end and its start
        self._live = False
        self._context_id: int | None = None
        self._new_context = False
        self._covers: Region = ()  # secret when the canvas was painted or at any time since
        self._pending = False  # the last raw frame is not booked yet
        self._damages: list[int] = []  # in order; frames come in late, so several may wait
        self.full_asked = 0  # grows when a frame was useless because the picture that it updates is not held
        self._action_ns: int | None = None
        self._changes: deque[int] = deque(maxlen=CALM_CHANGES + 1)
        self._fresh: list[tuple[Region, int]] = []
        self._left: list[tuple[RawWindows, int]] = []  # stacks of before, and until when their pixels may still show

    # What the guard tells.

    def stack_changed(self, windows: RawWindows | None, before: Region | None, now: Region, t_ns: int) -> None:
        """The stacking order changed; `windows` were there, these regions were and are kept."""
        self._changes.append(t_ns)
        if windows is None or before is None:
            return
        self._left = [*self._left[1 - _MOST_FRESH :], (windows, t_ns + SETTLE_NS)]
        if len(self._fresh) >= _MOST_FRESH:
            self._fresh = [(tuple(rect for region, _ in self._fresh for rect in region), t_ns + SETTLE_NS)]
        fresh = subtract(now, before)
        if fresh:
            self._fresh.append((fresh, t_ns + SETTLE_NS))

    def damaged(self, t_ns: int) -> None:
        """The screen began to differ from the canvas."""
        if len(self._damages) < _MOST_DAMAGES:
            self._damages.append(t_ns)
        for last in self._last.values():
            if last.stale_ns is None and t_ns >= last.started_ns:
                last.stale_ns = t_ns

    def context_changed(self) -> None:
        """The next frame is the first of a new context."""
        self._new_context = True

    def covered(self, covers: Region) -> None:
        """These places are secret from now on: also in what is on the canvas already."""
        self._covers = tuple(dict.fromkeys((*self._covers, *covers)))

    def rules_changed(self, keep: Callable[[RawWindows], Region]) -> None:
        """Other windows may be allowed now: what is on the canvas stays only if nothing changed for it."""
        if self._shows is None or keep(self._shows) != self._keep:
            self.forget()

    def forget_last(self) -> None:
        """The frames minted so far may be gone: nothing refers to them any more."""
        self._last.clear()

    def forget(self) -> None:
        """Drop every pixel; nothing is minted until a full frame comes."""
        if self._generation is not None:
            for canvas in self._canvases:
                canvas.reset(())
        self._generation = self._shows = None
        self._keep = ()
        self._action_ns = None
        self._settle_books(stored=False)

    # Raw frames.

    def withhold(self, reason: GapReason, t_ns: int, out: list[Redacted]) -> None:
        """A raw frame may not be used, and what was on the canvas before it can't be brought up to date."""
        self._books.withheld("frame", reason)
        self._gaps.withhold(Channel.FRAMES, reason, t_ns, out)
        self.forget()

    def see(self, frame: RawFrame, keep: Region, covers: Region, context_id: int | None, out: list[Redacted]) -> None:
        """One raw frame, in an open gate; `keep` is what its own windows allow, `covers` what is secret now."""
        reason = self._refusal(frame, keep)
        if reason is not None:
            return self.withhold(reason, frame.t_end_ns, out)
        self._settle_books(stored=False)
        touched = self._paint(frame, keep, covers)
        self._started_ns, self._t_ns = frame.t_start_ns, frame.t_end_ns
        self._live, self._context_id = frame.live, context_id
        self._damages = [t_ns for t_ns in self._damages if t_ns >= frame.t_start_ns]
        self._still_equal(touched)
        if self._hasty(frame.t_end_ns):
            self._books.withheld("frame", GapReason.TOO_FAST)
            return self._gaps.withhold(Channel.FRAMES, GapReason.TOO_FAST, frame.t_end_ns, out)
        self._gaps.kept(Channel.FRAMES, out)
        self._pending = True
        self._after_frame(out)
        return None

    def _refusal(self, frame: RawFrame, keep: Region) -> GapReason | None:
        if not frame.steady:
            return GapReason.WINDOWS_CHANGED
        if frame.windows.composited and not frame.per_window:
            return GapReason.COMPOSITED
        if not keep:
            return GapReason.APP_NOT_ALLOWED
        # An update of a picture that we do not hold: of another stack, or of one that was dropped.
        if not frame.full and (self._generation != frame.windows.generation or self._keep != keep):
            self.full_asked += 1
            return GapReason.WINDOWS_CHANGED
        return None

    def _paint(self, frame: RawFrame, keep: Region, covers: Region) -> set[int]:
        """Bring the canvases up to date. Returns the screens that were painted on."""
        if frame.full:
            self._rebuild(frame.windows, keep)
        self._generation, self._shows = frame.windows.generation, frame.windows
        self._keep, self._covers = keep, covers
        touched = {canvas.monitor.index for canvas in self._canvases if frame.full}
        for canvas in self._canvases:
            for patch in frame.patches:
                if canvas.paint(patch):
                    touched.add(canvas.monitor.index)
        self._note_painted(frame)
        return touched

    def _note_painted(self, frame: RawFrame) -> None:
        stack = frame.windows.stack
        if frame.full:
            self._painted = {window.window: frame.t_end_ns for window in stack}
        for window in stack:
            if any(window.rect.intersect(patch.rect) for patch in frame.patches):
                self._painted[window.window] = frame.t_end_ns

    def _rebuild(self, windows: RawWindows, keep: Region) -> None:
        if [canvas.monitor for canvas in self._canvases] != list(windows.monitors):
            self._canvases = [Canvas(monitor, self._page()) for monitor in windows.monitors]
            self._last.clear()
        for canvas in self._canvases:
            canvas.reset(keep)

    def _page(self) -> Page | None:
        if self._revealer is None:
            return None
        from recorder.guard.reveal.page import Page

        return Page(self._revealer)

    def _still_equal(self, touched: set[int]) -> None:
        for canvas in self._canvases:
            last = self._last.get(canvas.monitor.index)
            if last is not None and canvas.monitor.index not in touched and not canvas.dirty:
                self._equal(last)
            elif last is not None and last.stale_ns is None:
                last.stale_ns = last.known_ns

    def _hasty(self, t_ns: int) -> bool:
        while self._changes and t_ns - self._changes[0] > CALM_NS:
            self._changes.popleft()
        return len(self._changes) > CALM_CHANGES

    def _after_frame(self, out: list[Redacted]) -> None:
        if self._action_ns is not None and self._t_ns - self._action_ns >= POST_NS:
            in_time = self._t_ns - self._action_ns <= POST_LATEST_NS
            if not in_time or self._mint_all(Trigger.ACTION_POST, self._t_ns, out):
                self._action_ns = None
        self.tick(self._t_ns, out)

    # Reasons to mint.

    def action(self, t_ns: int, out: list[Redacted]) -> None:
        """Something that is kept is about to happen: the picture before it comes first, if it really is from before."""
        if self._generation is not None and self._t_ns < t_ns:
            self._mint_all(Trigger.ACTION_PRE, t_ns, out)
        self._action_ns = t_ns

    def tick(self, t_ns: int, out: list[Redacted]) -> None:
        """Time passed: at the latest after the longest gap a changed screen is kept."""
        if self._generation is None or self._hasty(t_ns):
            return
        if self._new_context and self._context_id is not None and not self._hidden(t_ns):
            self._new_context = False
            self._mint_all(Trigger.CONTEXT, t_ns, out)
        limit_ns = self.pacing.max_gap_ms * MS
        for canvas in self._canvases:
            last = self._last.get(canvas.monitor.index)
            waits = (canvas.dirty or canvas.unread) and (last is None or t_ns - last.t_ns >= limit_ns)
            confirmed = last is not None and self._tells_more(last)
            if (waits or confirmed) and not canvas.empty:
                self._mint_one(canvas, Trigger.IDLE, t_ns, out)
        if self._revealer is not None:
            self._revealer.begin(aside=True)
            for canvas in self._canvases:
                canvas.read_ahead()

    def at(self, screen: int | None, t_ns: int) -> tuple[int | None, int | None]:
        """The last frame of a screen and how long ago (µs) it was last known to equal it."""
        last = self._last.get(screen) if screen is not None else None
        if last is None or last.t_ns > t_ns:  # a late event: what is on hand shows what came after it
            return None, None
        if last.stale_ns is not None and last.stale_ns <= t_ns:
            return last.frame_id, (t_ns - last.stale_ns) // 1000
        return last.frame_id, 0 if last.live else max(0, t_ns - last.known_ns) // 1000

    def _mint_all(self, trigger: Trigger, now_ns: int, out: list[Redacted]) -> bool:
        """Mint from every canvas that looks different. Returns whether any did."""
        if self._hasty(now_ns):
            return False
        minted = [self._mint_one(canvas, trigger, now_ns, out) for canvas in self._canvases]
        return any(minted)

    def _mint_one(self, canvas: Canvas, trigger: Trigger, now_ns: int, out: list[Redacted]) -> bool:
        last = self._last.get(canvas.monitor.index)
        sight = self._look()
        hidden = self._hidden(now_ns) + sight.unsure
        if canvas.empty or (last is not None and not self._due(last, trigger, hidden, sight)):
            return False
        if self._revealer is not None:
            self._revealer.begin()
        canvas.examine(self._covers, hidden, sight.fields, sight.words)
        if last is not None and not canvas.changed:
            last.words = sight.words
            self._seen(last, out)
            return False
        self._new(canvas, trigger, self._apps(canvas, now_ns), out)
        made = self._last[canvas.monitor.index]
        made.partial, made.unsure, made.words = bool(hidden), bool(sight.unsure), sight.words
        return True

    def _look(self) -> Sight:
        return self._sight(self._shows, self._painted) if self._shows is not None else Sight()

    def _tells_more(self, last: _Last) -> bool:
        """Whether accessibility has said by now what the last frame had to do without."""
        if not last.unsure and self._revealer is None:
            return False
        sight = self._look()
        return (last.unsure and not sight.unsure) or _shows_more(last, sight)

    def _due(self, last: _Last, trigger: Trigger, hidden: Region, sight: Sight) -> bool:
        if trigger is Trigger.CONTEXT or (last.partial and not hidden) or _shows_more(last, sight):
            return True
        return self._t_ns - last.t_ns >= self.pacing.min_gap_ms * MS

    def _hidden(self, now_ns: int) -> Region:
        known_ns = self._settled_ns(now_ns)
        self._fresh = [(region, until_ns) for region, until_ns in self._fresh if until_ns > known_ns]
        return tuple(rect for region, _ in self._fresh for rect in region)

    def _settled_ns(self, now_ns: int) -> int:
        return now_ns if self._live and not self._damages else self._t_ns

    def _apps(self, canvas: Canvas, now_ns: int) -> tuple[str, ...] | None:
        """Whose pixels the canvas may show: of the windows that are on it, and of those just before them, because what
        they covered may not have been painted anew."""
        known_ns = self._settled_ns(now_ns)
        self._left = [(windows, until_ns) for windows, until_ns in self._left if until_ns > known_ns]
        stacks = [windows for windows, _ in self._left] + ([self._shows] if self._shows is not None else [])
        shown = [self._shares(windows) for windows in stacks]
        found = {app for one in shown if one is not None for app in apps_in(one, canvas.monitor.rect)}
        return None if None in shown else tuple(sorted(found))

    def _seen(self, last: _Last, out: list[Redacted]) -> None:
        if self._t_ns > last.known_ns:
            out.append(self._mint.frame_seen(self._t_ns, last.frame_id))
        self._equal(last)
        self._settle_books(stored=False)

    def _equal(self, last: _Last) -> None:
        """The last grab shows what that frame shows."""
        last.started_ns, last.known_ns, last.live = self._started_ns, self._t_ns, self._live
        last.stale_ns = self._damages[0] if self._damages else None

    def _new(self, canvas: Canvas, trigger: Trigger, apps: tuple[str, ...] | None, out: list[Redacted]) -> None:
        filled = canvas.filled()
        frame = self._mint.frame(
            self._t_ns,
            canvas.monitor,
            trigger=trigger,
            context_id=self._context_id,
            n_redactions=filled.boxes + filled.secrets + filled.fields,
            masked_px=filled.masked_px,
            withheld_px=filled.withheld_px,
            apps=apps,
            rgb=canvas.minted(),
        )
        out.append(frame)
        hidden = (("text_like", filled.boxes), ("secret_input", filled.secrets), ("input_field", filled.fields))
        # A picture in which words show says so, for whoever looks for what should not.
        detector = self._revealer.version if self._revealer is not None and canvas.shows_words else DETECTOR
        for category, number in hidden:
            if number:
                out.append(self._redaction(frame.frame_id, category, number, detector))
        last = _Last(frame.frame_id, self._t_ns, self._started_ns, self._t_ns, self._live)
        self._equal(last)
        self._last[canvas.monitor.index] = last
        self._settle_books(stored=True)

    def _redaction(self, frame_id: int, category: str, number: int, detector: str) -> Redacted:
        return self._mint.redaction(
            self._t_ns,
            "frames",
            frame_id,
            "image",
            category=category,
            detector=detector,
            method=RedactionMethod.SOLID,
            count=number,
        )

    def _settle_books(self, *, stored: bool) -> None:
        """Book the last raw frame: it became a row, or only moved one along (equal, or not worth a row of its own)."""
        if self._pending:
            self._pending = False
            if stored:
                self._books.stored("frame")
            else:
                self._books.aggregated("frame")

    def close(self) -> None:
        """No more frames."""
        self.forget()
        self._canvases = []


def _shows_more(last: _Last, sight: Sight) -> bool:
    """Whether words may show where the last frame had to mask them, because fields were not known then."""
    return bool(sight.words) and sight.words != last.words
