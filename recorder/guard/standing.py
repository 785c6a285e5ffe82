"""Which windows may be recorded now, and why not: the rules together with what accessibility said about each window.

Immutable, so that the thread that reads pixels may judge with what was in force when it asked. Closed: a browser's
window that nobody vouched for is withheld, and so is one whose site is not known to be one of the rule's.
"""

from dataclasses import dataclass

from recorder.guard.allowlist import Allowlist
from recorder.guard.sightings import Document, Sightings
from recorder.guard.sites import chosen
from recorder.model.policy import AppRule
from recorder.model.raw import RawWindow, RawWindows
from recorder.model.redacted import GapReason

# A browser may show the page of before until the new one is painted, four seconds at most (Chromium,
# `kNewContentRenderingDelay`): no pixel is read from a site before.
PAINT_NS = 4_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Rules and sightings at one instant, `now_ns`: documents that nobody confirmed since long count as unknown."""

    allowlist: Allowlist
    seen: Sightings
    now_ns: int

    def judge(self, window: RawWindow, t_ns: int | None = None) -> AppRule | GapReason:
        """The rule that allows the window (for what happened at `t_ns`, else now), or why it may not be recorded."""
        verdict = self.allowlist.judge(window)
        if not isinstance(verdict, AppRule):
            return verdict
        if window.app is not None and window.app.browser:
            private = self.seen.private_of(window)
            if private is not False:
                return GapReason.WINDOW_UNKNOWN if private is None else GapReason.PRIVATE_WINDOW
        if verdict.sites and self._site(window, verdict, t_ns) is None:
            return GapReason.SITE_NOT_ALLOWED
        return verdict

    def allows(self, window: RawWindow) -> bool:
        """Whether what happens in the window may be recorded now."""
        return isinstance(self.judge(window), AppRule)

    def name(self, window: RawWindow) -> str | None:
        """The name of the rule that allows the window now; None when none does."""
        verdict = self.judge(window)
        return verdict.name if isinstance(verdict, AppRule) else None

    def shows(self, window: RawWindow) -> bool:
        """Whether the window's pixels may be read now."""
        verdict = self.judge(window)
        if not isinstance(verdict, AppRule):
            return False
        if not verdict.sites:
            return True
        document = self._site(window, verdict, None)
        return document is not None and document.until_ns - document.since_ns >= PAINT_NS

    def shown_rule(self, window: RawWindow) -> AppRule | None:
        """The rule by which the window's pixels may be read; None when none does."""
        verdict = self.judge(window)
        return verdict if isinstance(verdict, AppRule) and self.shows(window) else None

    def shown_name(self, window: RawWindow) -> str | None:
        """The name of the rule by which the window's pixels may be read; None when none does."""
        return self.name(window) if self.shows(window) else None

    def confirmed_ns(self, window: RawWindow) -> int | None:
        """When it was last said that the window shows an allowed site; None when its rule knows no sites."""
        verdict = self.allowlist.judge(window)
        if not isinstance(verdict, AppRule) or not verdict.sites:
            return None
        document = self._site(window, verdict, None)
        return -1 if document is None else document.until_ns

    def ends_ns(self, windows: RawWindows | None) -> int | None:
        """From when on some window is not allowed any more unless its site is confirmed; None: never."""
        stack = () if windows is None else windows.stack
        known = [document.ends_ns for window in stack if (document := self._watched(window)) is not None]
        return min(known, default=None)

    def _watched(self, window: RawWindow) -> Document | None:
        verdict = self.allowlist.judge(window)
        return self._site(window, verdict, None) if isinstance(verdict, AppRule) and verdict.sites else None

    def _site(self, window: RawWindow, rule: AppRule, t_ns: int | None) -> Document | None:
        """The document of a window that was on one of the rule's sites at `t_ns`."""
        document = self.seen.document_of(window)
        if document is None or chosen(document.host, rule.sites) is None:
            return None
        if not document.is_fresh(self.now_ns if t_ns is None else max(t_ns, self.now_ns)):
            return None
        return None if t_ns is not None and t_ns < document.since_ns else document
