"""Pointer, buttons and wheel: each event becomes a row, or is booked as withheld under a gap."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from recorder.guard.books import Books
from recorder.guard.context import Contexts
from recorder.guard.frame import Frames
from recorder.guard.gaps import Gaps
from recorder.guard.mint import Mint
from recorder.guard.pointer import Under
from recorder.guard.regions import Region, screen_at
from recorder.guard.secret import Secrecy
from recorder.guard.standing import Standing
from recorder.guard.targets import Pressed, Targets
from recorder.model.consent import Category
from recorder.model.raw import RawButton, RawPointer, RawWheel, RawWindows
from recorder.model.redacted import Channel, EventKind, GapReason, Redacted, RedactedEvent

WHEEL_PAUSE_NS = 500_000_000  # a turn after this long is a new action

Positioned: TypeAlias = RawPointer | RawButton | RawWheel


class _Press(NamedTuple):
    """What became of a button's press: why it was withheld, None when it was stored; and whose window it went to."""

    reason: GapReason | None
    app: str | None


class Pointing:
    """What the pointer does, judged by the window that it is over."""

    def __init__(
        self,
        mint: Mint,
        books: Books,
        gaps: Gaps,
        frames: Frames,
        contexts: Contexts,
        secrecy: Secrecy,
        targets: Targets,
        *,
        closed: Callable[[int], GapReason | None],
    ) -> None:
        """`closed` says why nothing at all passes at a time, None when the gate is open."""
        self._mint, self._books, self._gaps, self._frames = mint, books, gaps, frames
        self._contexts, self._secrecy, self._targets, self._closed = contexts, secrecy, targets, closed
        self.categories: frozenset[Category] = frozenset()
        self._under = Under()
        self._windows: RawWindows | None = None
        self._pressed: dict[int, _Press] = {}  # buttons that are down
        self._wheel_ns: int | None = None

    # What the gate tells.

    def follow(self, windows: RawWindows | None, standing: Standing, region: Region) -> None:
        """The stack or the verdicts changed; `region` is where all that can be seen is allowed."""
        self._windows = windows
        self._under.follow(windows, standing, region)

    def forget_pressed(self) -> None:
        """The gate shut: what is down now was pressed before it opens again."""
        self._pressed.clear()
        self._targets.forget()

    def forget_apps(self) -> None:
        """The rule that allowed a press may be gone, and then its name is told no more."""
        self._pressed = {button: press._replace(app=None) for button, press in self._pressed.items()}
        self._targets.forget()

    # Events.

    def pointer(self, raw: RawPointer, out: list[Redacted]) -> None:
        """The pointer moved."""
        self._books.seen("pointermove")
        if self._passes(raw, "pointermove", Category.POINTER_PATH, out):
            self._keep(raw, "pointermove", EventKind.POINTERMOVE, out)

    def wheel(self, raw: RawWheel, out: list[Redacted]) -> None:
        """The wheel turned."""
        self._books.seen("wheel")
        if not self._passes(raw, "wheel", Category.POINTER_CLICKS, out):
            return
        if self._wheel_ns is None or raw.t_ns - self._wheel_ns >= WHEEL_PAUSE_NS:
            self._frames.action(raw.t_ns, out)
        self._wheel_ns = raw.t_ns
        self._keep(raw, "wheel", EventKind.WHEEL, out)

    def press(self, raw: RawButton, out: list[Redacted]) -> None:
        """A button went down."""
        self._books.seen("button")
        reason = self._refusal(raw, Category.POINTER_CLICKS)
        self._pressed[raw.button] = _Press(reason, self._app_at(raw) if reason is None else None)
        if reason is not None:
            return self._withhold(raw, "button", reason, out)
        self._frames.action(raw.t_ns, out)
        self._keep(raw, "button", EventKind.BUTTON, out)
        window, context_id = self._under.window(raw.x, raw.y), self._contexts.context_id
        return self._targets.pressed(
            Pressed(t_ns=raw.t_ns, window=window, app=self._app_at(raw), context_id=context_id)
        )

    def release(self, raw: RawButton, out: list[Redacted]) -> None:
        """A button went up: shares the fate of its press, but never tells a place in a window that is not allowed."""
        self._books.seen("button")
        # Without a press it was pressed before anything was recorded: on nobody knows what.
        press = self._pressed.pop(raw.button, _Press(GapReason.WINDOW_UNKNOWN, None))
        reason = self._closed(raw.t_ns)
        if reason is None:
            reason = press.reason if Category.POINTER_CLICKS in self.categories else GapReason.CATEGORY_OFF
        if reason is not None:
            self._withhold(raw, "button", reason, out)
        else:
            outside = self._secrecy.locked or self._under.refusal(raw.x, raw.y, raw.t_ns) is not None
            self._keep(raw, "button", EventKind.BUTTON, out, hidden=press if outside else None)

    def _passes(self, raw: Positioned, kind: str, category: Category, out: list[Redacted]) -> bool:
        reason = self._refusal(raw, category)
        if reason is not None:
            self._withhold(raw, kind, reason, out)
        return reason is None

    def _refusal(self, raw: Positioned, category: Category) -> GapReason | None:
        closed = self._closed(raw.t_ns)
        if closed is not None:
            return closed
        if category not in self.categories:
            return GapReason.CATEGORY_OFF
        return GapReason.SCREEN_LOCKED if self._secrecy.locked else self._under.refusal(raw.x, raw.y, raw.t_ns)

    def _withhold(self, raw: Positioned, kind: str, reason: GapReason, out: list[Redacted]) -> None:
        self._books.withheld(kind, reason)
        if self._closed(raw.t_ns) is None:  # a closed gate has a row of its own
            self._gaps.withhold(Channel.POINTER, reason, raw.t_ns, out)

    def _keep(
        self, raw: Positioned, kind: str, name: EventKind, out: list[Redacted], *, hidden: _Press | None = None
    ) -> None:
        """`hidden`: the press of a release whose place may not be told; it belongs to the app of that."""
        self._gaps.kept(Channel.POINTER, out)
        self._books.stored(kind)
        screen = None if self._windows is None else screen_at(raw.x, raw.y, self._windows.monitors)
        frame_id, frame_age_us = self._frames.at(screen, raw.t_ns)
        button = raw if isinstance(raw, RawButton) else None
        wheel = raw if isinstance(raw, RawWheel) else None
        out.append(
            RedactedEvent(
                t_us=self._mint.t_us(raw.t_ns),
                kind=name,
                x=raw.x if hidden is None else None,
                y=raw.y if hidden is None else None,
                button=None if button is None else button.button,
                pressed=None if button is None else button.pressed,
                scroll_dx=None if wheel is None else wheel.dx,
                scroll_dy=None if wheel is None else wheel.dy,
                mods=None if isinstance(raw, RawPointer) else int(raw.mods),
                injected=raw.injected,
                context_id=self._contexts.context_id,
                app=self._app_at(raw) if hidden is None else hidden.app,
                frame_id=frame_id,
                frame_age_us=frame_age_us,
                seal=self._mint.seal,
            )
        )

    def _app_at(self, raw: Positioned) -> str | None:
        return self._under.app(raw.x, raw.y) if Category.APP_NAMES in self.categories else None
