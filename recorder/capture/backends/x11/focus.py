"""Which top-level has the keyboard, and whether some client has grabbed it, at one position of the event stream.

Focus events on the children of the root say it exactly and in order. A window that takes the focus before its events
were selected stays unseen, so the server is asked as well. Its answer belongs to some later position of the stream:
it is bracketed by two marks (property changes on a window of our own) and counts from the second mark on, and only
when no focus event lies between the two. Until then nothing has the keyboard.
"""

from collections.abc import Callable
from typing import Any

from Xlib import X, Xatom

from recorder.capture.backends.x11.connection import attempt

_LEAVES = (X.NotifyAncestor, X.NotifyVirtual, X.NotifyNonlinear, X.NotifyNonlinearVirtual)
_ENTERS = (*_LEAVES, X.NotifyInferior)
_LOSSES = (X.DestroyNotify, X.UnmapNotify, X.ReparentNotify)

IsTop = Callable[[int], bool]
TopOf = Callable[[int], int | None]


class KeyboardFocus:
    """`watch(window)` selects FocusChange on it without losing what is selected there. Thread: the connection's."""

    def __init__(self, display: Any, watch: Callable[[int], None]) -> None:
        self.focused: int | None = None
        self.grabbed: bool | None = None
        self._display = display
        self._watch = watch
        self._root = display.screen().root
        self._before, self._after = display.intern_atom("_RECORDER_ASK"), display.intern_atom("_RECORDER_ANSWER")
        self._marks: Any = None
        self._asked = False  # an answer is on its way
        self._answer: int | None = None  # the focused window itself
        self._stale = False  # a focus event came between the marks

    def start(self) -> None:
        """Make the window for the marks, and find out whether the keyboard is grabbed right now."""
        self._marks = self._root.create_window(
            -1, -1, 1, 1, 0, X.CopyFromParent, X.InputOnly, override_redirect=1, event_mask=X.PropertyChangeMask
        )
        self.grabbed = self._try_grab()

    def ask(self) -> None:
        """Ask the server; the answer arrives through `handle`. Does nothing while a question is open."""
        if self._asked:
            self._stale = True
            return
        self._asked, self._stale = True, False
        self._mark(self._before)
        reply = attempt(self._display.get_input_focus)
        self._answer = getattr(reply.focus, "id", None) if reply else None
        if self._answer is not None:
            # Grabs within one application are announced to the focused window alone.
            self._watch(self._answer)
        self._mark(self._after)

    def handle(self, event: Any, is_top: IsTop, top_of: TopOf) -> None:
        """Take in one event of the connection, of whatever type."""
        if event.type in (X.FocusIn, X.FocusOut):
            self._on_focus(event, is_top)
        elif event.type == X.PropertyNotify and event.window == self._marks:
            self._on_mark(event.atom, top_of)
        elif event.type in _LOSSES and event.window.id == self.focused:
            self.focused = None
            self.ask()

    def _on_focus(self, event: Any, is_top: IsTop) -> None:
        if event.mode in (X.NotifyGrab, X.NotifyUngrab):
            self.grabbed = event.mode == X.NotifyGrab
            return
        if event.detail == X.NotifyPointer:
            return
        self._stale = True
        window = event.window.id
        if event.type == X.FocusIn:
            if is_top(window) and event.detail in _ENTERS:
                self.focused = window
            elif window == self._root.id:
                self.focused = None
        elif window == self.focused and event.detail in _LEAVES:
            self.focused = None
        self.ask()

    def _on_mark(self, atom: int, top_of: TopOf) -> None:
        if atom == self._before:
            self._stale = False
        elif atom == self._after:
            self._asked = False
            if self._stale:
                self.ask()
            else:
                # Not before: at this position of the stream the window is where the answer found it.
                self.focused = None if self._answer is None else top_of(self._answer)

    def _mark(self, atom: int) -> None:
        self._marks.change_property(atom, Xatom.INTEGER, 8, b"", X.PropModeAppend)

    def _try_grab(self) -> bool | None:
        """Once, at the start: a grab that began before can't be seen any other way. Ours lasts for one round trip."""
        status = attempt(lambda: self._root.grab_keyboard(0, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime))
        if status == X.GrabSuccess:
            self._display.ungrab_keyboard(X.CurrentTime)
            self._display.sync()
            return False
        return True if status in (X.AlreadyGrabbed, X.GrabFrozen) else None
