"""Which allowed window has the keyboard, its masked title and address: a row whenever one of them changes."""

from dataclasses import replace

from recorder.guard.address import NOWHERE, Address, Addresses
from recorder.guard.mint import Mint
from recorder.guard.regions import in_sight, screen_of
from recorder.guard.titles import NONE, Title, Titles
from recorder.model.consent import Category
from recorder.model.policy import AppRule
from recorder.model.raw import RawWindow, RawWindows
from recorder.model.redacted import Redacted, RedactionMethod

# Where a window stands is told only to who may know where things are.
_PLACES = frozenset((Category.POINTER_CLICKS, Category.POINTER_PATH, Category.SCREENSHOTS))


class Contexts:
    """The context in force; none while the focused window is not allowed or the gate is closed."""

    def __init__(self, mint: Mint, source: str, titles: Titles, addresses: Addresses) -> None:
        self._mint, self._source, self._titles, self._addresses = mint, source, titles, addresses
        self._title: Title = NONE
        self._address: Address = NOWHERE
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
        url: str | None = None,
    ) -> bool:
        """The focused window, if it is allowed, by `rule`, and the address that it shows. Returns whether another
        window, app or rule has it now."""
        self.stale = False
        if window is None or rule is None or windows is None:
            self.context_id = self.window = self.app = None
            return False
        app = rule.name if Category.APP_NAMES in self.categories else None
        # Another name for the same window is another context: what is deleted by a name must be found by it.
        same = window.window == self.window and app in (self.app, None)
        title, address = self._read_title(window), self._read_address(url, rule)
        told = title == self._title and address == self._address
        if same and (told or not self._may_follow(title, address, t_ns)):
            self.app = app  # which is not told from now on when its category went
            self._titles.is_waiting = not told
            return False
        self.window, self.app, self._title, self._address = window.window, app, title, address
        self._titles.told(t_ns)
        self._tell(window, windows, t_ns, out)
        return not same

    def title_is_due(self, t_ns: int) -> bool:
        """Whether a title waits to be told and its time has come."""
        return self.window is not None and self._titles.is_due(t_ns)

    def _read_title(self, window: RawWindow) -> Title:
        return self._titles.read(window) if Category.WINDOW_TITLES in self.categories else NONE

    def _may_follow(self, title: Title, address: Address, t_ns: int) -> bool:
        """Whether they may follow the last ones already; what only goes away always may."""
        if title != self._title and not self._titles.may_follow(title, t_ns):
            return False
        return address in (self._address, NOWHERE) or self._titles.is_rested(t_ns)

    def _read_address(self, url: str | None, rule: AppRule) -> Address:
        if not {Category.URL_HOST, Category.URL_PATH} & self.categories:
            return NOWHERE
        address = self._addresses.read(url, rule.sites)
        if Category.URL_HOST not in self.categories:
            address = replace(address, host=None, host_taken={})
        return address if Category.URL_PATH in self.categories else replace(address, path=None, path_taken={})

    def _tell(self, window: RawWindow, windows: RawWindows, t_ns: int, out: list[Redacted]) -> None:
        places = bool(_PLACES & self.categories)
        row = self._mint.context(
            t_ns,
            app=self.app,
            title=self._title.text,
            host=self._address.host,
            path=self._address.path,
            rect=in_sight(window.rect, windows.monitors) if places else None,
            screen=screen_of(window.rect, windows.monitors) if places else None,
            source=self._source,
        )
        self.context_id = row.context_id
        out.append(row)
        if self._title.dropped:
            out.append(self._taken(t_ns, "window_title", self._title.dropped, 1, RedactionMethod.DROP))
        fields = (
            ("window_title", self._title.taken),
            ("url_host", self._address.host_taken),
            ("url_path", self._address.path_taken),
        )
        for name, taken in fields:
            for category, count in taken.items():
                out.append(self._taken(t_ns, name, category, count))

    def _taken(
        self, t_ns: int, name: str, category: str, count: int, method: RedactionMethod = RedactionMethod.CLASS_ONLY
    ) -> Redacted:
        return self._mint.redaction(
            t_ns,
            "contexts",
            self.context_id,
            name,
            category=category,
            detector=self._titles.detector,
            method=method,
            count=count,
        )
