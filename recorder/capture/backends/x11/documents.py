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


@dataclass(slots=True)
class _Page:
    document: Element
    attributes: tuple[str, ...]
    confirmations_left: int = _SEARCH_EVERY


class Documents:
    """Remembers each window's page, so that it need not be searched. Methods that ask raise BusLostError and
    InterruptedCallError. Thread: accessibility."""

    def __init__(self, tops: TopLevels) -> None:
        self._tops = tops
        self._elements: Elements | None = None
        self._pages: dict[int, _Page] = {}

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
        page = self._pages.pop(window.window, None)
        if page is not None and page.confirmations_left > 0:
            found = self._elements.address(page.document, page.attributes, deadline_s)
            if found is not None:
                page.confirmations_left -= 1
                self._pages[window.window] = page
                return found[1]
        return self._search(window, deadline_s)

    def _search(self, window: RawWindow, deadline_s: float) -> str | None:
        assert self._elements is not None
        top = self._tops.known(window, deadline_s)
        documents = self._elements.documents(top, deadline_s) if top is not None else None
        if not documents or not self._is_one_page(documents, deadline_s):
            return None
        found = self._elements.address(documents[0], ADDRESS_ATTRIBUTES, deadline_s)
        if found is None:
            return None
        self._pages[window.window] = _Page(documents[0], (found[0],))
        return found[1]

    def _is_one_page(self, documents: list[Element], deadline_s: float) -> bool:
        """Whether all others lie inside the first: frames of the same page, and no second page beside it."""
        assert self._elements is not None
        if len(documents) == 1:
            return True
        rects = self._elements.rects(documents, deadline_s)
        if not rects or len(rects) != len(documents):
            return False
        outer: Rect = rects[0]
        return all(outer.intersect(rect) == rect for rect in rects[1:])
