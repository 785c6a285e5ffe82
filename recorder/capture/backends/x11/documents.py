"""The address of the page that a browser's window shows."""

from collections.abc import Iterable
from dataclasses import dataclass

from recorder.capture.backends.x11.atspi import Atspi
from recorder.capture.backends.x11.atspi_wire import Element
from recorder.capture.backends.x11.elements import ADDRESS_ATTRIBUTES, Elements
from recorder.capture.backends.x11.top_levels import TopLevels
from recorder.model.geometry import Rect
from recorder.model.raw import RawWindow

# A page that stays may get a second one beside it without a word: looked for again after so many confirmations.
_SEARCH_EVERY = 10
_WIDE, _HIGH = 0.9, 0.5
_COMPARED = 80  # characters of a title
SETTLE_NS = 250_000_000


@dataclass(slots=True)
class _Known:
    document: Element
    attribute: str
    confirmations_left: int = _SEARCH_EVERY


class Documents:
    """Remembers each window's page, so that it need not be searched. Methods that ask raise BusLostError and
    InterruptedCallError. Thread: accessibility."""

    def __init__(self, tops: TopLevels) -> None:
        self._tops = tops
        self._elements: Elements | None = None
        self._pages: dict[int, _Known] = {}

    def attach(self, atspi: Atspi | None) -> None:
        """Another connection, or none."""
        self._elements = Elements(atspi) if atspi is not None else None
        self._pages.clear()

    def keep(self, windows: Iterable[int]) -> None:
        """Only these windows are left."""
        left = set(windows)
        self._pages = {window: page for window, page in self._pages.items() if window in left}

    def stir(self, bus_name: str) -> None:
        """Something was loaded, or the focus went somewhere, in that application: its pages are searched again."""
        self._pages = {window: page for window, page in self._pages.items() if page.document.bus_name != bus_name}

    def address(self, window: RawWindow, deadline_s: float) -> str | None:
        """The address of the page that the window shows now; None when that is not certain."""
        if self._elements is None:
            return None
        known = self._pages.pop(window.window, None)
        if known is not None and known.confirmations_left > 0:
            page = self._elements.page(known.document, (known.attribute,), deadline_s)
            if page is not None and is_titled_like(window.title, page.title):
                known.confirmations_left -= 1
                self._pages[window.window] = known
                return page.address
        return self._search(window, deadline_s)

    def _search(self, window: RawWindow, deadline_s: float) -> str | None:
        assert self._elements is not None
        top = self._tops.known(window, deadline_s)
        document = self._only_document(top, window, deadline_s) if top is not None else None
        page = self._elements.page(document, ADDRESS_ATTRIBUTES, deadline_s) if document is not None else None
        if document is None or page is None or not is_titled_like(window.title, page.title):
            return None
        self._pages[window.window] = _Known(document, page.attribute)
        return page.address

    def _only_document(self, top: Element, window: RawWindow, deadline_s: float) -> Element | None:
        """The page, if no second one stands beside it: either there is no room, or all others lie inside the first."""
        assert self._elements is not None
        first = self._elements.first_document(top, deadline_s)
        place = self._elements.rect(first, deadline_s) if first is not None else None
        if place is None or _leaves_no_room(place, window.rect):
            return first if place is not None else None
        documents = self._elements.documents(top, deadline_s)
        rects = self._elements.rects(documents, deadline_s) if documents else None
        if not documents or not rects or len(rects) != len(documents):
            return None
        return documents[0] if all(rects[0].intersect(rect) == rect for rect in rects[1:]) else None


def is_titled_like(title: str, page_title: str) -> bool:
    """Whether a window of this X11 title may show a page of that title.

    When the person goes to another tab the window's title changes with the picture, the accessible tree of Firefox up
    to half a second later: until then it would vouch for a page that is no longer there.
    """
    return " ".join(page_title.split())[:_COMPARED] in " ".join(title.split())


class Settling:
    """Holds an address back until its host has been the same for a while: the tree may be ahead of the picture too."""

    def __init__(self) -> None:
        self._host: str | None = None
        self._since_ns = 0

    def settle(self, url: str | None, t_ns: int) -> tuple[str | None, bool]:
        """What may be said at `t_ns`, and whether that is final."""
        host = _host(url) if url is not None else None
        if host != self._host:
            self._host, self._since_ns = host, t_ns
        is_settled = t_ns - self._since_ns >= SETTLE_NS
        return (url if is_settled else None), is_settled or url is None


def _leaves_no_room(page: Rect, window: Rect) -> bool:
    """As wide as the window, and at least half as high: beside it are tabs and bars, no second page."""
    return page.width >= _WIDE * window.width and page.height >= _HIGH * window.height


def _host(url: str) -> str:
    """Everything up to the path; the whole address where there is no host."""
    scheme, mark, rest = url.partition("://")
    return scheme + mark + rest.partition("/")[0]
