"""Redacted values to journal operations: rows of the granted columns only, `seq` counted here.

The categories are enforced here once more, after the guard: what is not granted has no column, and a row of a kind that
is not granted is not made at all.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from recorder.format import image
from recorder.model.consent import Category
from recorder.model.geometry import Rect
from recorder.model.redacted import (
    FrameSeen,
    Redacted,
    RedactedContext,
    RedactedEvent,
    RedactedFrame,
    Redaction,
    Tally,
)
from recorder.model.tables import KIND_NEEDS
from recorder.store.books import after_deletion
from recorder.store.cut import gap_row
from recorder.store.rows import columns_for, journal_columns
from recorder.store.taken import EMPTY_KINDS, ForgottenGap, Range

Operation = tuple[str, Any, bytes | None]
PICTURE_COLUMNS = {"sha256", "codec", "image"}


class RowMaker:
    """Holds what the next row depends on: the count, the context in force, the last picture of each screen."""

    def __init__(self, categories: frozenset[Category]) -> None:
        self._seq = 0
        self._last_t_us = 0
        self._context: list[Any] | None = None
        self._context_due = False
        self._shown: dict[int, tuple[int, list[Any]]] = {}  # screen: frame id, row
        self._held_back: list[Range] = []
        self._lost: Counter[str] = Counter()
        self._makers: dict[type, Callable[[Any], Operation | None]] = {
            RedactedEvent: self._event,
            RedactedContext: self._context_row,
            RedactedFrame: self._frame,
            FrameSeen: self._seen,
            Redaction: self._redaction,
        }
        self.narrow(categories)

    def narrow(self, categories: frozenset[Category]) -> None:
        """From here on rows have the columns of these categories. Only between two segments."""
        self.categories = categories
        self.columns = journal_columns(columns_for(categories))
        self._kinds = {kind for kind, needs in KIND_NEEDS.items() if not needs or categories & set(needs)}
        self._types = Category.KEY_SHAPE in categories
        names = [name for name in self.columns["events"] if name != "seq"]
        self._event_fields = attrgetter(*names)
        self._target_at = names.index("target_rect") if "target_rect" in names else None
        self._frames_wanted = bool(self.columns["frames"])
        self._context, self._shown = None, {}

    def op(self, item: Redacted) -> Operation | None:
        """What to write for it; None when nothing may be. Raises: TypeError for what is not a redacted type."""
        make = self._makers.get(type(item))
        if make is None:
            raise TypeError(f"the store takes redacted types only, not {type(item).__name__}")
        return make(item)

    def _event(self, event: RedactedEvent) -> Operation | None:
        t_us = event.t_us
        if event.kind not in self._kinds or (event.run is not None and not self._types):
            return None
        if self._held_back and event.kind not in EMPTY_KINDS and self._is_held_back(t_us, event.t_end_us or t_us):
            self._lost[event.kind] += 1
            return None
        if t_us > self._last_t_us:
            self._last_t_us = t_us
        values = self._event_fields(event)
        if self._target_at is not None and event.target_rect is not None:
            values = (*values[: self._target_at], rect_value(event.target_rect), *values[self._target_at + 1 :])
        return "e", (self.next_seq(), *values), None

    def _context_row(self, context: RedactedContext) -> Operation | None:
        self._last_t_us = max(self._last_t_us, context.t_us)
        self._context = [self._context_value(context, name) for name in self.columns["contexts"]]
        self._context_due = self._is_held_back(context.t_us, context.t_us)
        return None if self._context_due else ("c", list(self._context), None)

    def _context_value(self, context: RedactedContext, name: str) -> Any:
        if name == "t_end_us":
            return None
        found = getattr(context, name)
        return rect_value(found) if name == "window_rect" else found

    def _frame(self, frame: RedactedFrame) -> Operation | None:
        if not self._frames_wanted:
            return None
        if self._is_held_back(frame.t_us, frame.t_us):
            self._lost["frame"] += 1
            return None
        picture = image.encode(frame.rgb, frame.width, frame.height)
        made = {"t_end_us": frame.t_us, "sha256": picture.sha256, "codec": picture.codec}
        row = [made[name] if name in made else getattr(frame, name) for name in self.columns["frames"]]
        self._last_t_us = max(self._last_t_us, frame.t_us)
        self._shown[frame.screen] = (frame.frame_id, row)
        return "f", row, picture.data

    def _seen(self, seen: FrameSeen) -> Operation | None:
        known = any(frame_id == seen.frame_id for frame_id, _ in self._shown.values())
        if not known or self._is_held_back(seen.t_us, seen.t_us):
            return None
        return "s", (seen.frame_id, seen.t_us), None

    def _redaction(self, redaction: Redaction) -> Operation | None:
        if self._is_held_back(redaction.t_us, redaction.t_us):
            return None
        found = {name: getattr(redaction, name) for name in self.columns["redactions"]}
        if "rect" in found:
            found["rect"] = rect_value(redaction.rect)
        return "r", tuple(found.values()), None

    def next_seq(self) -> int:
        self._seq += 1
        return self._seq - 1

    def segment_begins(self) -> None:
        """Every segment names the context in force by itself, so that it can stand alone."""
        self._context_due = self._context is not None

    def due_context(self) -> list[Any] | None:
        """The row that carries the context over, once, before the next row of a new segment or after a forgotten range:
        a title that was only shown in the range is never written."""
        if self._context is None or not self._context_due:
            return None
        self._context_due = False
        row = list(self._context)
        row[self.columns["contexts"].index("t_us")] = self._last_t_us
        return row

    def continued_frame(self, frame_id: int, t_us: int) -> list[Any] | None:
        """The row that carries a frame of an earlier segment over, without its picture; None when it was forgotten."""
        row = next((list(row) for shown, row in self._shown.values() if shown == frame_id), None)
        if row is not None:
            changes = {"t_us": t_us, "t_end_us": t_us} | dict.fromkeys(PICTURE_COLUMNS)
            row = [changes.get(n, v) if n in changes else v for n, v in zip(self.columns["frames"], row, strict=True)]
        return row

    def gap_row(self, gap: ForgottenGap) -> tuple[Any, ...]:
        return tuple(gap_row(gap, self.columns["events"]).values())

    def hold_back(self, ranges: tuple[Range, ...]) -> None:
        """Rows of these ranges that arrive from now on are dropped, and no picture is carried over them."""
        self._held_back.extend(ranges)
        self._last_t_us = max(self._last_t_us, *(end for _, end in ranges))
        self._shown = {}

    def lost(self, kinds: Mapping[str, int]) -> None:
        """Count stored rows that were forgotten afterwards."""
        self._lost.update(kinds)

    def books(self, counters: Mapping[str, Tally]) -> dict[str, Tally]:
        """The guard's books with what was forgotten moved from stored to withheld."""
        return after_deletion(counters, self._lost)

    def _is_held_back(self, start: int, end: int) -> bool:
        return any(start < last and end >= first for first, last in self._held_back)


def rect_value(rect: Rect | None) -> dict[str, int] | None:
    return None if rect is None else {"x": rect.x, "y": rect.y, "width": rect.width, "height": rect.height}
