"""Which allowed window has the keyboard: a row whenever that changes. Titles wait for the text detector."""

from recorder.guard.mint import Mint
from recorder.guard.regions import clip, desktop, screen_of
from recorder.model.consent import Category
from recorder.model.geometry import Rect
from recorder.model.policy import AppRule
from recorder.model.raw import RawWindow, RawWindows
from recorder.model.redacted import Redacted

# Where a window stands is told only to who may know where things are.
_PLACES = frozenset((Category.POINTER_CLICKS, Category.POINTER_PATH, Category.SCREENSHOTS))
TITLES = "no_detector/1"


class Contexts:
    """The context in force; none while the focused window is not allowed or the gate is closed."""

    def __init__(self, mint: Mint, source: str) -> None:
        self._mint, self._source = mint, source
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
        """The focused window, if it is allowed, by `rule`. Returns whether a new context began."""
        self.stale = False
        if window is None or rule is None or windows is None:
            self.context_id = self.window = self.app = None
            return False
        app = rule.name if Category.APP_NAMES in self.categories else None
        # Another name for the same window is another context: what is deleted by a name must be found by it.
        same = window.window == self.window and app in (self.app, None)
        self.window, self.app = window.window, app
        if same:
            return False
        places = bool(_PLACES & self.categories)
        row = self._mint.context(
            t_ns,
            app=app,
            rect=_in_sight(window.rect, windows) if places else None,
            screen=screen_of(window.rect, windows.monitors) if places else None,
            source=self._source,
        )
        self.context_id = row.context_id
        out.append(row)
        if Category.WINDOW_TITLES in self.categories:
            out.append(self._drop_title(t_ns, row.context_id))
        return True

    def _drop_title(self, t_ns: int, context_id: int) -> Redacted:
        return self._mint.redaction(
            t_ns, "contexts", context_id, "window_title", category="text", detector=TITLES, drop=True, count=1
        )


def _in_sight(rect: Rect, windows: RawWindows) -> Rect:
    """The window's rectangle on the screens: their bounding box when it spans several."""
    parts = clip(rect, desktop(windows.monitors))
    if not parts:
        return Rect(rect.x, rect.y, 0, 0)
    x, y = min(part.x for part in parts), min(part.y for part in parts)
    return Rect(x, y, max(part.right for part in parts) - x, max(part.bottom for part in parts) - y)
