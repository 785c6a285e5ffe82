"""What is in front of the person: stacks of windows in, and whatever follows from them worked out again."""

from collections.abc import Callable

from recorder.guard.context import Contexts
from recorder.guard.desk import Desk
from recorder.guard.fields import Fields
from recorder.guard.focus import Focus
from recorder.guard.keyboard import Keyboard
from recorder.guard.keyrows import Moment
from recorder.guard.picturing import Picturing
from recorder.guard.pointing import Pointing
from recorder.model.raw import RawFrame, RawWindows
from recorder.model.redacted import Redacted


class Front:
    """Keeps the parts in step with the stack, the rules and the gate; decides nothing itself."""

    def __init__(
        self,
        desk: Desk,
        focus: Focus,
        fields: Fields,
        keyboard: Keyboard,
        picturing: Picturing,
        pointing: Pointing,
        contexts: Contexts,
        *,
        watch_secrecy: Callable[[int, list[Redacted]], None],
        is_open: Callable[[], bool],
    ) -> None:
        """`watch_secrecy`: work out again whether input is secret. `is_open`: whether the gate is."""
        self._desk, self._focus, self._fields, self._keyboard = desk, focus, fields, keyboard
        self._picturing, self._frames = picturing, picturing.frames
        self._pointing, self._contexts = pointing, contexts
        self._watch_secrecy, self._is_open = watch_secrecy, is_open

    def windows(self, raw: RawWindows, out: list[Redacted]) -> None:
        """Another stack."""
        before, region = self._desk.windows, self._desk.shown
        self._desk.windows = raw
        self._desk.witness.stack(raw)
        self._fields.stack(raw)
        self._focus.prune(raw)
        if before is not None and before.focused != raw.focused:
            self._focus.left(before.focused)
            self._keyboard.elsewhere(raw.t_ns)
        self.refocus(raw.t_ns, out)
        if before is None or before.generation != raw.generation:
            self._frames.stack_changed(before, region, self._desk.shown or (), raw.t_ns)

    def refocus(self, t_ns: int, out: list[Redacted]) -> None:
        """Work out again all that follows from the stack, the rules and the gate."""
        desk = self._desk
        desk.look(t_ns)
        self._pointing.follow(desk.windows, desk.standing, desk.region or ())
        shown = desk.window if desk.rule is not None and self._is_open() else None
        url = None if desk.document is None else desk.document.url
        if self._contexts.follow(shown, desk.rule, desk.windows, t_ns, out, url):
            self._frames.context_changed()
        self._watch_secrecy(t_ns, out)

    def keep_up(self, t_ns: int, out: list[Redacted]) -> None:
        """Time passed: what was known of a site may hold no longer, a title may be due."""
        if self._desk.lapsed(t_ns):
            self.reconsider(t_ns, out)
        elif self._contexts.stale or self._contexts.title_is_due(t_ns):
            self.refocus(t_ns, out)

    def reconsider(self, t_ns: int, out: list[Redacted]) -> None:
        """Other windows may be allowed now, though the stack is the same."""
        self.refocus(t_ns, out)
        self._picturing.reconsider()

    # Beside an event.

    def moment(self, t_ns: int) -> Moment:
        """Context and frame for what happens in the focused window."""
        at = self._frames.at(self._desk.screen, t_ns)
        return Moment(self._contexts.context_id, self._contexts.app, *at)

    def context_of(self, frame: RawFrame) -> int | None:
        """The context that the frame shows; None when the focus was elsewhere while it was taken."""
        return self._contexts.context_id if self._contexts.window == frame.windows.focused else None
