"""What accessibility and the secrecy sensors say, each thing handed on to whom it concerns. Decides nothing itself."""

from collections.abc import Callable
from typing import Any

from recorder.guard.desk import Desk
from recorder.guard.fields import Fields
from recorder.guard.focus import Focus
from recorder.guard.frame import Frames
from recorder.guard.keyboard import Keyboard
from recorder.guard.secret import Secrecy
from recorder.guard.targets import Targets
from recorder.guard.typed import Field
from recorder.model.policy import AppRule, TextLevel
from recorder.model.raw import (
    RawCaret,
    RawDocument,
    RawFields,
    RawFocus,
    RawPrivacy,
    RawSecret,
    RawTarget,
    Role,
    SecretSource,
)
from recorder.model.redacted import GapReason, Redacted

Handler = Callable[[Any, list[Redacted]], None]


class Senses:
    """The focus and what surrounds it. `handlers` has one entry per raw type that it takes."""

    def __init__(
        self,
        desk: Desk,
        focus: Focus,
        secrecy: Secrecy,
        keyboard: Keyboard,
        frames: Frames,
        targets: Targets,
        fields: Fields,
        *,
        reconsider: Callable[[int, list[Redacted]], None],
        closed: Callable[[int], GapReason | None],
    ) -> None:
        """`reconsider`: other windows may be allowed now. `closed`: why nothing passes at a time, None when it does."""
        self._desk, self._focus, self._secrecy, self._keyboard = desk, focus, secrecy, keyboard
        self._frames, self._targets, self._fields = frames, targets, fields
        self._reconsider, self._closed = reconsider, closed
        self.handlers: dict[type, Handler] = {
            RawFocus: self._on_focus,
            RawCaret: self._on_caret,
            RawSecret: self._on_secret,
            RawTarget: self._on_target,
            RawDocument: self._on_document,
            RawPrivacy: self._on_privacy,
            RawFields: self._on_fields,
        }

    def watch_secrecy(
        self, t_ns: int, out: list[Redacted], *, announced: bool = False, source: SecretSource | None = None
    ) -> None:
        """Work out again whether input is secret, and where it is on the screen."""
        windows = self._desk.windows
        self._keyboard.secrecy(self._secrecy.visit(windows), t_ns, out, announced=announced, source=source)
        if windows is not None:
            self._frames.covered(self._secrecy.covers(windows))

    def lost(self, t_ns: int, out: list[Redacted]) -> None:
        """Nobody says any more (or not yet again) which element has the focus: every role is unknown, but for those
        that were secret before. That is no reason to close: of typing in an unknown one only a text_run is kept.
        """
        self._focus.forget_harmless()
        self._keyboard.typed.demote_all()
        self._fields.forget()
        self._desk.witness.forget_documents()
        self._reconsider(t_ns, out)

    def typed_into(self) -> Field | None:
        """Where text goes now, if more than a count of it may be kept."""
        desk = self._desk
        level = TextLevel.NONE if desk.rule is None else self._keyboard.typed.level(desk.rule.text)
        if level is TextLevel.NONE or desk.window is None:
            return None
        focus = self._focus.text_in(desk.window.window)
        if focus is None:
            return None
        return Field(desk.window.window, focus.element, level, focus.kind, focus.name, focus.rect)

    def text_level(self, window: int) -> TextLevel:
        """How closely typing in the window may be kept."""
        verdict = self._desk.judge(window)
        return self._keyboard.typed.level(verdict.text) if isinstance(verdict, AppRule) else TextLevel.NONE

    def _on_focus(self, raw: RawFocus, out: list[Redacted]) -> None:
        windows = self._desk.windows
        window = windows.focused if windows is not None else None
        element = self._focus.element_in(window)
        if self._focus.told(raw, windows) is None:
            return
        if self._focus.element_in(window) != element:
            self._keyboard.refocused(raw.t_ns)
        announced = self._focus.secret_in(window) and raw.role is not Role.UNKNOWN
        self.watch_secrecy(raw.t_ns, out, announced=announced)
        if announced:
            self._keyboard.announced_secret(raw.element, raw.t_ns, out)
        elif raw.role is Role.TEXT:
            self._keyboard.runs.doubt.harmless(raw.element, raw.t_ns)
        elif raw.role is Role.UNKNOWN:
            self._keyboard.unsure(raw.window, raw.element, raw.t_ns)
        if raw.role is Role.SECRET:
            self._keyboard.secret_place(raw.window, raw.element, raw.t_ns, out)

    def _on_caret(self, raw: RawCaret, _out: list[Redacted]) -> None:
        self._keyboard.runs.doubt.caret(raw.element, raw.offset, raw.t_ns)

    def _on_secret(self, raw: RawSecret, out: list[Redacted]) -> None:
        self._secrecy.told(raw)
        self.watch_secrecy(raw.t_ns, out, source=raw.source)
        if self._secrecy.locked:
            self._frames.forget()

    def _on_target(self, raw: RawTarget, out: list[Redacted]) -> None:
        if self._closed(raw.t_ns) is None and not self._secrecy.locked:
            self._targets.told(raw, self._desk, out)

    def _on_document(self, raw: RawDocument, out: list[Redacted]) -> None:
        left = self._desk.witness.document(raw)
        self._reconsider(raw.t_ns, out)
        if left and self._desk.judge(raw.window) is GapReason.SITE_NOT_ALLOWED:
            self._keyboard.drop(GapReason.SITE_NOT_ALLOWED, raw.t_ns, out)

    def _on_privacy(self, raw: RawPrivacy, out: list[Redacted]) -> None:
        turned = self._desk.witness.privacy(raw)
        self._reconsider(raw.t_ns, out)
        if turned:
            self._keyboard.drop(GapReason.PRIVATE_WINDOW, raw.t_ns, out)
            self._targets.forget()

    def _on_fields(self, raw: RawFields, _out: list[Redacted]) -> None:
        self._fields.told(raw)
