"""Whether a point of the screen may be recorded, and if not, why: allowed exactly where pixels may be kept. And whose
window is there."""

from recorder.guard.regions import Region, subtract, topmost
from recorder.guard.standing import Standing
from recorder.model.geometry import Rect
from recorder.model.policy import AppRule
from recorder.model.raw import RawWindow, RawWindows
from recorder.model.redacted import GapReason

_NOWHERE = Rect(0, 0, 0, 0)


class Under:
    """The windows under the pointer. Moves stay within one rectangle for long, so the last one found is tried first."""

    def __init__(self) -> None:
        self._windows: RawWindows | None = None
        self._standing: Standing | None = None
        self._region: Region = ()
        self._last = _NOWHERE
        self._app_at: tuple[Rect, str | None] = (_NOWHERE, None)

    def follow(self, windows: RawWindows | None, standing: Standing, region: Region) -> None:
        """The stack or the verdicts changed; `region` is where all that can be seen is allowed."""
        self._windows, self._standing, self._region = windows, standing, region
        self._last = _NOWHERE
        self._app_at = (_NOWHERE, None)

    def refusal(self, x: int, y: int, t_ns: int) -> GapReason | None:
        """Why the point may not be recorded for what happened at `t_ns`; None when it may."""
        if self._last.contains(x, y):
            return self._refusal_then(x, y, t_ns)
        for rect in self._region:
            if rect.contains(x, y):
                self._last = rect
                return self._refusal_then(x, y, t_ns)
        return self._why(x, y)

    def window(self, x: int, y: int) -> int | None:
        """The number of the window on top at a point."""
        top = topmost(self._windows, x, y) if self._windows is not None else None
        return None if top is None else top.window

    def _refusal_then(self, x: int, y: int, t_ns: int) -> GapReason | None:
        """A point that may be recorded now: a site counts from when it was first said."""
        if self._windows is None or self._standing is None or not self._standing.allowlist.has_sites:
            return None
        top = topmost(self._windows, x, y)
        verdict = GapReason.WINDOW_UNKNOWN if top is None else self._standing.judge(top, t_ns)
        return None if isinstance(verdict, AppRule) else verdict

    def app(self, x: int, y: int) -> str | None:
        """The name of the rule that allows the window on top at a point; None when none does."""
        if not self._app_at[0].contains(x, y):
            self._app_at = self._look(x, y)
        return self._app_at[1]

    def _look(self, x: int, y: int) -> tuple[Rect, str | None]:
        """The app at a point, and a rectangle around it in which that is the answer."""
        top = topmost(self._windows, x, y) if self._windows is not None else None
        if self._windows is None or self._standing is None or top is None:
            return _NOWHERE, None
        bare = subtract([top.rect], _above(self._windows, top))
        return next(rect for rect in bare if rect.contains(x, y)), self._standing.name(top)

    def _why(self, x: int, y: int) -> GapReason:
        if self._windows is None or self._standing is None:
            return GapReason.WINDOW_UNKNOWN
        window = topmost(self._windows, x, y)
        if window is None:
            return GapReason.APP_NOT_ALLOWED  # the bare desktop
        verdict = self._standing.judge(window)
        # Allowed, but something foreign shows through it, or it is off every screen.
        return GapReason.APP_NOT_ALLOWED if isinstance(verdict, AppRule) else verdict


def _above(windows: RawWindows, window: RawWindow) -> list[Rect]:
    stack = windows.stack
    return [other.rect for other in stack[next(n for n, one in enumerate(stack) if one is window) + 1 :]]
