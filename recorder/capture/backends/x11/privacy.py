"""Whether a browser's window is private: what its own frame says, or for its menus and dialogs its process' frames."""

from collections import OrderedDict
from collections.abc import Iterable

from recorder.capture.backends.x11.browsers import Family, family_of, is_private
from recorder.capture.backends.x11.top_levels import TopLevel, TopLevels, is_frame
from recorder.model.raw import RawWindow

_MAX_WINDOWS = 4096


class Privacy:
    """Judges windows. Once private stays private; what was public and does not answer now, stays public: a window does
    not change its kind. Methods that ask raise BusLostError and InterruptedCallError. Thread: accessibility."""

    def __init__(self, tops: TopLevels) -> None:
        self._tops = tops
        self._private: OrderedDict[int, None] = OrderedDict()
        self._said: dict[int, bool | None] = {}

    def keep(self, windows: Iterable[int]) -> None:
        """Only these windows are left. Which ones were private is remembered beyond that."""
        left = set(windows)
        self._said = {window: said for window, said in self._said.items() if window in left}

    def judge(self, window: RawWindow, deadline_s: float) -> bool | None:
        """What is known now; None when that is nothing."""
        family = family_of(window.app) if window.app is not None else None
        if window.app is None or window.app.pid is None or family is None or family is Family.NEVER_SAYS:
            return None
        if family is Family.ALWAYS:
            return True
        tops = self._tops.of_process(window.app.pid, deadline_s)
        if tops is None:
            return None
        own = self._tops.choose(window, tops)
        if own is not None and is_frame(own) and window.title.strip():
            said = is_private(family, own.name, window.title, own.css_class)
            if said is not None:
                return said
        if not window.override_redirect and (own is None or not window.title.strip()):
            return None
        return _of_process(family, tops)

    def settle(self, window: int, private: bool | None) -> tuple[bool | None, bool]:
        """What to say about the window, and whether that is news."""
        is_first, before = window not in self._said, self._said.get(window)
        if private or window in self._private:
            self._private[window] = None
            if len(self._private) > _MAX_WINDOWS:
                self._private.popitem(last=False)
            now: bool | None = True
        else:
            now = before if private is None else private
        self._said[window] = now
        return now, is_first or now is not before


def _of_process(family: Family, tops: list[TopLevel]) -> bool | None:
    """Private if any window of the process is; public if all that say something are."""
    said = {is_private(family, top.name, "", top.css_class) for top in tops if is_frame(top) and top.name}
    said.discard(None)
    return None if not said else True in said
