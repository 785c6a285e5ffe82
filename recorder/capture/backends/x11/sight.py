"""What surrounds the focus: elements under the pointer, pages, input fields, private windows. Asked only when told to.

One question at a time, each bounded; whatever is urgent for secrets interrupts it, and it is asked again. A process
that does not answer is left alone for longer and longer, and what it shows is unknown meanwhile.
"""

import contextlib
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from recorder.capture.backends.x11.atspi import Atspi
from recorder.capture.backends.x11.bus import InterruptedCallError, Signal
from recorder.capture.backends.x11.documents import Documents, Settling
from recorder.capture.backends.x11.elements import Elements
from recorder.capture.backends.x11.fields import find_fields
from recorder.capture.backends.x11.privacy import Privacy
from recorder.capture.backends.x11.targets import SECOND_LOOK_NS, Press, find_target
from recorder.capture.backends.x11.top_levels import TopLevels
from recorder.capture.contract import Ask
from recorder.model.geometry import Rect
from recorder.model.raw import RawDocument, RawEvent, RawFields, RawPrivacy, RawTarget, RawWindow

T = TypeVar("T")

BUDGET_S = 0.3
# After an interruption, or while there is nothing to ask yet.
_AGAIN_S = 0.02
# How long a process that did not answer is left alone: first, and at most.
_SILENCE_S = (0.5, 8.0)
_HEAVY_SILENCE_S = (10.0, 120.0)  # after a search that was too much: it goes on in there, with nobody to tell
_FOCUSED_DOCUMENT_S = 0.2
_OTHER_DOCUMENT_S = 1.0
_SETTLING_DOCUMENT_S = 0.05
_FIELDS_S = 0.5
# An application searches a window in the thread that draws it: it gets this many times as long to rest.
_REST, _LONGEST_REST_S = 20, 10.0
# A window's top-level comes some time after the window, and its name after that.
_PRIVACY_LOOKS_S = (0.05, 0.05, 0.15, 0.3, 0.6, 1.0, 2.0)
_PRIVACY_AGAIN_S = 3.0  # while nothing is known
_NEVER_S = float("inf")
_MAX_PRESSES = 4
_SECOND_LOOK_S = SECOND_LOOK_NS / 1e9
_MAX_WINDOWS = 512


@dataclass(slots=True)
class _View:
    """What is due for one window on the screen (time.monotonic seconds)."""

    window: RawWindow
    document_s: float = 0.0
    document_asked_s: float = 0.0
    fields_s: float = 0.0
    fields_are_old: bool = True
    settling: Settling = field(default_factory=Settling)
    privacy_s: float = 0.0
    looks: int = 0


class Sight:
    """Used by the accessibility thread only. `run_due` raises BusLostError, never InterruptedCallError."""

    def __init__(self, emit: Callable[[RawEvent], None]) -> None:
        self._emit = emit
        self._atspi: Atspi | None = None
        self._elements: Elements | None = None
        self._tops = TopLevels()
        self._documents = Documents(self._tops)
        self._privacy = Privacy(self._tops)
        self._asked: frozenset[Ask] = frozenset()
        self._focused: int | None = None
        self._views: OrderedDict[int, _View] = OrderedDict()
        self._presses: deque[Press] = deque(maxlen=_MAX_PRESSES)
        self._press_s = 0.0
        self._silent: dict[tuple[int | None, bool], tuple[float, float]] = {}
        self._hears_pages = False

    def attach(self, atspi: Atspi | None) -> None:
        """A new connection, on which no name of an old one means anything; None: there is none."""
        self._atspi = atspi
        self._elements = Elements(atspi) if atspi is not None else None
        self._tops.attach(atspi)
        self._documents.attach(atspi)
        self._silent.clear()
        self._hears_pages = False
        for view in self._views.values():
            self._renew(view)

    def ask(self, asked: frozenset[Ask]) -> None:
        """What is of use from now on."""
        self._asked = asked
        if Ask.TARGETS not in asked:
            self._presses.clear()

    def press(self, press: Press) -> None:
        """A button went down."""
        if Ask.TARGETS in self._asked:
            self._presses.append(press)
            self._press_s = 0.0
        self.stir()

    def focus(self, window: int | None) -> None:
        """Another window has the keyboard."""
        self._focused = window
        if (view := self._views.get(window or 0)) is not None:
            self._renew(view)

    def show(self, windows: Sequence[RawWindow]) -> None:
        """These are on the screen now, and may be asked about."""
        before, self._views = self._views, OrderedDict()
        for window in windows[-_MAX_WINDOWS:]:
            view = before.get(window.window)
            if view is None or view.window.app != window.app:
                view = _View(window)
            elif view.window.title != window.title:
                self._renew(view)
            elif view.window.rect != window.rect:
                view.fields_are_old = True
            view.window = window
            self._views[window.window] = view
        self._tops.show(windows)
        self._documents.keep(self._views)
        self._privacy.keep(self._views)

    def stir(self) -> None:
        """A key, a press or new pixels: fields may have come and gone."""
        for view in self._views.values():
            view.fields_are_old = True

    def painted(self) -> None:
        """New pixels: what is known of every window is from before."""
        self.stir()
        soon_s = time.monotonic() + _AGAIN_S
        for view in self._views.values():
            view.document_s = min(view.document_s, max(soon_s, view.document_asked_s + _FOCUSED_DOCUMENT_S / 2))

    def handle(self, signal: Signal) -> None:
        """One signal of the accessibility bus."""
        if signal.member == "NameOwnerChanged":
            if signal.sender == "org.freedesktop.DBus" and signal.body:
                self._tops.left(str(signal.body[0]))
            return
        is_new_page = signal.member in ("StateChanged", "Activate", "LoadComplete")
        if is_new_page:
            self._documents.stir(signal.sender)
        for view in self._views.values():
            if view.window.window == self._focused or signal.member == "LoadComplete":
                view.fields_are_old = True
                view.document_s = 0.0 if is_new_page else view.document_s

    def due_s(self) -> float | None:
        """When `run_due` has something to do (time.monotonic seconds)."""
        return min((due_s for due_s, _ in self._jobs()), default=None)

    def run_due(self, now_s: float) -> None:
        """Do the first thing that is due: what is seldom asked again goes first."""
        for due_s, job in self._jobs():
            if due_s <= now_s:
                with contextlib.suppress(InterruptedCallError):  # it stays due
                    job()
                return

    def _jobs(self) -> list[tuple[float, Callable[[], None]]]:
        """When, and what, the more urgent first."""
        if self._atspi is None:
            return []
        jobs: list[tuple[float, Callable[[], None]]] = []
        if self._presses:
            jobs.append((self._press_s, self._answer_press))
        views = sorted(self._views.values(), key=lambda view: view.window.window != self._focused)
        browsers = [view for view in views if view.window.app is not None and view.window.app.browser]
        unsure = [view for view in browsers if view.privacy_s < _NEVER_S]
        jobs += [(view.privacy_s, partial(self._say_privacy, view)) for view in unsure]
        if Ask.ADDRESSES in self._asked:
            if browsers and not self._hears_pages:
                jobs.append((0.0, partial(self._hear_pages, self._atspi)))
            jobs += [(view.document_s, partial(self._say_document, view)) for view in browsers]
        if Ask.FIELDS in self._asked:
            jobs += [(view.fields_s, partial(self._say_fields, view)) for view in views if view.fields_are_old]
        return jobs

    def _answer_press(self) -> None:
        press = self._presses[0]
        self._press_s = time.monotonic() + _SECOND_LOOK_S
        view, elements = self._views.get(press.window or 0), self._elements
        if view is None or elements is None or press.is_late():
            self._presses.popleft()
            return

        def question(deadline_s: float) -> tuple[RawTarget | None, bool] | None:
            top = self._tops.known(view.window, deadline_s)
            return (None, True) if top is None else find_target(elements, top, view.window, press, deadline_s)

        answer = self._ask_process(view, question, press.deadline_s)
        if answer is None or answer[1]:
            self._presses.popleft()
        if answer is not None and answer[0] is not None:
            self._emit(answer[0])

    def _say_privacy(self, view: _View) -> None:
        view.privacy_s = time.monotonic() + _AGAIN_S
        t_ns = time.monotonic_ns()
        found = self._ask_process(view, partial(self._privacy.judge, view.window))
        private, is_news = self._privacy.settle(view.window.window, found)
        view.privacy_s = time.monotonic() + self._privacy_pause_s(view, private)
        if is_news or view.looks == 0:
            self._emit(RawPrivacy(t_ns=t_ns, window=view.window.window, private=private))
        view.looks += 1

    def _privacy_pause_s(self, view: _View, private: bool | None) -> float:
        """How long what was found is good for: what is known is looked at once more, after all windows are there."""
        if private is not None:
            return _PRIVACY_AGAIN_S if view.looks == 0 else _NEVER_S
        return _PRIVACY_LOOKS_S[view.looks] if view.looks < len(_PRIVACY_LOOKS_S) else _PRIVACY_AGAIN_S

    def _hear_pages(self, atspi: Atspi) -> None:
        self._hears_pages = True
        atspi.hear_pages(time.monotonic() + BUDGET_S)

    def _say_document(self, view: _View) -> None:
        view.document_s = time.monotonic() + _AGAIN_S
        t_ns = time.monotonic_ns()
        found = self._ask_process(view, partial(self._documents.address, view.window))
        url, is_final = view.settling.settle(found, t_ns)
        gap_s = _FOCUSED_DOCUMENT_S if view.window.window == self._focused else _OTHER_DOCUMENT_S
        view.document_asked_s = t_ns / 1e9
        view.document_s = view.document_asked_s + (gap_s if is_final else _SETTLING_DOCUMENT_S)
        self._emit(RawDocument(t_ns=t_ns, window=view.window.window, url=url))

    def _say_fields(self, view: _View) -> None:
        view.fields_s = time.monotonic() + _AGAIN_S
        t_ns = time.monotonic_ns()
        rects = self._ask_process(view, partial(self._find_fields, view.window), is_heavy=True)
        took_s = time.monotonic() - t_ns / 1e9
        view.fields_s = time.monotonic() + max(_FIELDS_S, min(took_s * _REST, _LONGEST_REST_S))
        view.fields_are_old = False
        self._emit(RawFields(t_ns=t_ns, window=view.window.window, rects=rects))

    def _find_fields(self, window: RawWindow, deadline_s: float) -> tuple[Rect, ...] | None:
        top = self._tops.known(window, deadline_s)
        if top is None or self._atspi is None or self._elements is None:
            return None
        return find_fields(self._atspi, self._elements, top, deadline_s)

    def _ask_process(
        self,
        view: _View,
        question: Callable[[float], T | None],
        deadline_s: float | None = None,
        *,
        is_heavy: bool = False,
    ) -> T | None:
        """The answer, None when there is none in time or the process is being left alone. That a heavy question was
        too much for it says nothing about the others.

        Raises: BusLostError, InterruptedCallError.
        """
        pid = view.window.app.pid if view.window.app is not None else None
        began_s = time.monotonic()
        alone_until_s, silence_s = self._silent.get((pid, is_heavy), (0.0, 0.0))
        if pid is None or began_s < alone_until_s:
            return None
        deadline_s = min(deadline_s or began_s + BUDGET_S, began_s + BUDGET_S)
        answer = question(deadline_s)
        if answer is None and time.monotonic() >= deadline_s:
            shortest_s, longest_s = _HEAVY_SILENCE_S if is_heavy else _SILENCE_S
            silence_s = min(max(2 * silence_s, shortest_s), longest_s)
            self._silent[pid, is_heavy] = (time.monotonic() + silence_s, silence_s)
        else:
            self._silent.pop((pid, is_heavy), None)
        return answer

    def _renew(self, view: _View) -> None:
        view.document_s = view.fields_s = view.privacy_s = 0.0
        view.fields_are_old, view.looks = True, 0
