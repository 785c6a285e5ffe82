"""What stands on the screen and what of it may be recorded: windows, rules and sightings as they are now."""

from recorder.guard.allowlist import Allowlist
from recorder.guard.regions import Region, kept, screen_of
from recorder.guard.sightings import Document, Witness
from recorder.guard.standing import Standing
from recorder.model.policy import AppRule
from recorder.model.raw import RawWindow, RawWindows
from recorder.model.redacted import GapReason


class Desk:
    """The stack and the verdicts on it. `look` works them out again; nothing else changes them."""

    def __init__(self, allowlist: Allowlist) -> None:
        self.allowlist = allowlist
        self.witness = Witness()
        self.windows: RawWindows | None = None
        self.look(0)

    def look(self, t_ns: int) -> None:
        """The stack, the rules, or what is known of a window changed, or time went by."""
        windows = self.windows
        self.standing = Standing(allowlist=self.allowlist, seen=self.witness.seen, now_ns=t_ns)
        self._ends_ns = self.standing.ends_ns(windows) if self.allowlist.has_sites else None
        # Where events may be recorded, and where pixels may.
        self.region: Region | None = None if windows is None else kept(windows, self.standing.allows)
        self.shown = self.region
        if self.allowlist.has_sites and windows is not None:
            self.shown = kept(windows, self.standing.shows)
        self.window = focused(windows)
        verdict = GapReason.WINDOW_UNKNOWN if self.window is None else self.standing.judge(self.window)
        self.rule = verdict if isinstance(verdict, AppRule) else None
        # Why nothing of the focused window may be recorded.
        self.refusal = None if isinstance(verdict, AppRule) else verdict

    def lapsed(self, t_ns: int) -> bool:
        """Whether what was known of some window holds no longer."""
        return self._ends_ns is not None and t_ns >= self._ends_ns

    def refusal_at(self, t_ns: int) -> GapReason | None:
        """Why a key of that time may not be recorded; None when it may."""
        if self.refusal is not None or self.rule is None or self.window is None or not self.rule.sites:
            return self.refusal
        verdict = self.standing.judge(self.window, t_ns)
        return None if isinstance(verdict, AppRule) else verdict

    def judge(self, number: int) -> AppRule | GapReason:
        """The verdict on a window by its number."""
        stack = () if self.windows is None else self.windows.stack
        found = next((window for window in stack if window.window == number), None)
        return GapReason.WINDOW_UNKNOWN if found is None else self.standing.judge(found)

    @property
    def document(self) -> Document | None:
        """What the focused window shows."""
        return None if self.window is None else self.standing.seen.document_of(self.window)

    @property
    def screen(self) -> int | None:
        """The monitor that shows most of the focused window."""
        if self.window is None or self.windows is None:
            return None
        return screen_of(self.window.rect, self.windows.monitors)


def focused(windows: RawWindows | None) -> RawWindow | None:
    """The window that has the keyboard."""
    if windows is None or windows.focused is None:
        return None
    return next((window for window in windows.stack if window.window == windows.focused), None)
