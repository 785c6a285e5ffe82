"""Which allowed window has the keyboard, and its masked title: a row whenever one of the two changes."""

from recorder.guard.mint import Mint
from recorder.guard.regions import clip, desktop, screen_of
from recorder.guard.titles import NONE, Title, Titles
from recorder.model.consent import Category
from recorder.model.geometry import Rect
from recorder.model.policy import AppRule
from recorder.model.raw import RawWindow, RawWindows
from recorder.model.redacted import Redacted, RedactionMethod

# Where a window stands is told only to who may know where things are.
_PLACES = frozenset((Category.POINTER_CLICKS, Category.POINTER_PATH, Category.SCREENSHOTS))


class Contexts:
    """The context in force; none while the focused window is not allowed or the gate is closed."""

    def __init__(self, mint: Mint, source: str, titles: Titles) -> None:
        self._mint, self._source, self._titles = mint, source, titles
        self._title: Title = NONE
        self.categories: frozenset[Category] = frozenset()
        self.context_id: int | None = None
        self.window: int | None = None
        self.app: str | None = None  # the rule's name, if names are granted
        self.stale = False

    def begin_anew(self) -> None:
        """The row of this context may be gone: the next event needs a new one."""
        self.context_id = self.window = self.app = None
        self.stale = True

    def follow(
        self,
        window: RawWindow | None,
        rule: AppRule | None,
        windows: RawWindows | None,
        t_ns: int,
        out: list[Redacted],
    ) -> bool:
        """The focused window, if it is allowed, by `rule`. Returns whether another window, app or rule has it now."""
        self.stale = False
        if window is None or rule is None or windows is None:
            self.context_id = self.window = self.app = None
            return False
        app = rule.name if Category.APP_NAMES in self.categories else None
        # Another name for the same window is another context: what is deleted by a name must be found by it.
        same = window.window == self.window and app in (self.app, None)
        title = self._read_title(window)
        if same and (title == self._title or not self._titles.may_follow(title, t_ns)):
            self._titles.is_waiting = title != self._title
            return False
        self.window, self.app, self._title = window.window, app, title
        self._titles.told(t_ns)
        self._tell(window, windows, t_ns, out)
        return not same

    def title_is_due(self, t_ns: int) -> bool:
        """Whether a title waits to be told and its time has come."""
        return self.window is not None and self._titles.is_due(t_ns)

    def _read_title(self, window: RawWindow) -> Title:
        return self._titles.read(window) if Category.WINDOW_TITLES in self.categories else NONE

    def _tell(self, window: RawWindow, windows: RawWindows, t_ns: int, out: list[Redacted]) -> None:
        places = bool(_PLACES & self.categories)
        row = self._mint.context(
            t_ns,
            app=self.app,
            title=self._title.text,
            rect=_in_sight(window.rect, windows) if places else None,
            screen=screen_of(window.rect, windows.monitors) if places else None,
            source=self._source,
        )
        self.context_id = row.context_id
        out.append(row)
        if self._title.dropped:
            out.append(self._taken(t_ns, row.context_id, self._title.dropped, RedactionMethod.DROP, 1))
        for category, count in self._title.taken.items():
            out.append(self._taken(t_ns, row.context_id, category, RedactionMethod.CLASS_ONLY, count))

    def _taken(self, t_ns: int, context_id: int, category: str, method: RedactionMethod, count: int) -> Redacted:
        return self._mint.redaction(
            t_ns,
            "contexts",
            context_id,
            "window_title",
            category=category,
            detector=self._titles.detector,
            method=method,
            count=count,
        )


def _in_sight(rect: Rect, windows: RawWindows) -> Rect:
    """The window's rectangle on the screens: their bounding box when it spans several."""
    parts = clip(rect, desktop(windows.monitors))
    if not parts:
        return Rect(rect.x, rect.y, 0, 0)
    x, y = min(part.x for part in parts), min(part.y for part in parts)
    return Rect(x, y, max(part.right for part in parts) - x, max(part.bottom for part in parts) - y)
