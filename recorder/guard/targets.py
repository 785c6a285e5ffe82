"""What a stored press acted on: the answer of accessibility in, a row of its own out, or nothing.

Answers come late: one is taken only for a press that was stored, in the window that it was stored for, within a second.
"""

from collections import OrderedDict
from dataclasses import dataclass

from recorder.guard.desk import Desk
from recorder.guard.mint import Mint
from recorder.guard.regions import in_sight
from recorder.guard.text import Masked, Masker
from recorder.model.consent import Category
from recorder.model.element import ElementRole
from recorder.model.geometry import Rect
from recorder.model.policy import AppRule
from recorder.model.raw import RawTarget
from recorder.model.redacted import EventKind, Redacted, RedactedEvent, RedactionMethod

LATEST_NS = 1_000_000_000
LONGEST = 200  # characters; what is longer is no label
_MOST = 64  # presses that wait for an answer
# Where the name may be what stands in it, what is typed, or a window's title, which has a category of its own.
_CONTENT = frozenset(
    (
        ElementRole.TEXTBOX,
        ElementRole.TEXT,
        ElementRole.PASSWORD,
        ElementRole.PARAGRAPH,
        ElementRole.DOCUMENT,
        ElementRole.TERMINAL,
        ElementRole.SPINBUTTON,
        ElementRole.WINDOW,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A press that was stored: on which window, and what its row says."""

    t_ns: int
    window: int | None
    app: str | None
    context_id: int | None


class Targets:
    """The presses that still wait for an answer."""

    def __init__(self, mint: Mint, masker: Masker | None) -> None:
        self._mint, self._masker = mint, masker
        self.categories: frozenset[Category] = frozenset()
        self._waiting: OrderedDict[int, Pressed] = OrderedDict()

    def pressed(self, press: Pressed) -> None:
        """A press was stored."""
        if Category.ACCESSIBILITY_TEXT not in self.categories:
            return
        self._waiting[press.t_ns] = press
        if len(self._waiting) > _MOST:
            self._waiting.popitem(last=False)

    def forget(self) -> None:
        """No answer is of use any more: the presses may be gone, or their rules."""
        self._waiting.clear()

    def told(self, raw: RawTarget, desk: Desk, out: list[Redacted]) -> None:
        """An answer, in an open gate."""
        press = self._waiting.pop(raw.pressed_ns, None)
        if press is None or Category.ACCESSIBILITY_TEXT not in self.categories:
            return
        if press.window is None or raw.window != press.window or raw.t_ns - raw.pressed_ns > LATEST_NS:
            return
        if isinstance(desk.judge(press.window), AppRule):
            self._tell(raw, press, desk, out)

    def _tell(self, raw: RawTarget, press: Pressed, desk: Desk, out: list[Redacted]) -> None:
        name = self._name(raw)
        t_ns = press.t_ns
        out.append(
            RedactedEvent(
                t_us=self._mint.t_us(t_ns),
                kind=EventKind.TARGET,
                target_role=raw.kind,
                target_name=None if name is None else name.text,
                target_rect=_within(raw, desk),
                context_id=press.context_id,
                app=press.app,
                seal=self._mint.seal,
            )
        )
        if self._masker is None or name is None:
            return
        for (category, _), count in name.counts.items():
            out.append(
                self._mint.redaction(
                    t_ns,
                    "events",
                    None,
                    "target_name",
                    category=category,
                    detector=self._masker.version,
                    method=RedactionMethod.CLASS_ONLY,
                    count=count,
                )
            )

    def _name(self, raw: RawTarget) -> Masked | None:
        name = "" if raw.name is None else raw.name.strip()
        if self._masker is None or raw.kind in _CONTENT or not 0 < len(name) <= LONGEST:
            return None
        masked = self._masker.mask(name)
        return None if any(category == "closed" for category, _ in masked.counts) else masked


def _within(raw: RawTarget, desk: Desk) -> Rect | None:
    """The element's rectangle as far as it lies in its window and on the screens; None when nothing of it does."""
    windows = desk.windows
    home = next((window.rect for window in windows.stack if window.window == raw.window), None) if windows else None
    part = None if raw.rect is None or home is None else raw.rect.intersect(home)
    if windows is None or part is None:
        return None
    rect = in_sight(part, windows.monitors)
    return rect if rect.area > 0 else None
