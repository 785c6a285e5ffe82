"""Which pixels may be read, and which raw frames may become pictures: the desk, secrecy and consent put to each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from recorder.guard.books import Books
from recorder.guard.desk import Desk
from recorder.guard.fields import Fields
from recorder.guard.frame import Frames
from recorder.guard.gaps import Gaps
from recorder.guard.mint import Mint
from recorder.guard.regions import Region, Shares, kept, recut, shares
from recorder.guard.secret import Secrecy
from recorder.guard.sight import Sight, sight
from recorder.guard.unconfirmed import unconfirmed
from recorder.model.consent import Category
from recorder.model.raw import RawFrame, RawWindows
from recorder.model.redacted import GapReason, Redacted

if TYPE_CHECKING:  # without a rule that asks for words nothing of it is loaded
    from recorder.guard.reveal import Revealer


class Picturing:
    """Raw frames on their way to `Frames`. Not thread-safe but for `keep_plan`."""

    def __init__(
        self,
        mint: Mint,
        books: Books,
        gaps: Gaps,
        desk: Desk,
        secrecy: Secrecy,
        fields: Fields,
        *,
        closed: Callable[[int], GapReason | None],
        reader: Revealer | None,
    ) -> None:
        """`closed` says why nothing at all passes at a time, None when the gate is open."""
        self._books, self._desk, self._secrecy, self._fields = books, desk, secrecy, fields
        self._closed, self._reveals = closed, reader is not None
        self.categories: frozenset[Category] = frozenset()
        self.frames = Frames(mint, books, gaps, self._shares, self._sight, reader)

    def see(self, frame: RawFrame, context_id: int | None, out: list[Redacted]) -> None:
        """One raw frame; `context_id` is the context that it shows.

        Raises: ValueError when a patch has not as many bytes as its rectangle needs.
        """
        self._books.seen("frame")
        reason = self._closed(frame.t_end_ns)
        if reason is None and Category.SCREENSHOTS not in self.categories:
            reason = GapReason.CATEGORY_OFF
        if reason is not None:
            self._books.withheld("frame", reason)
        elif self._secrecy.locked:
            self.frames.withhold(GapReason.SCREEN_LOCKED, frame.t_end_ns, out)
        else:
            covers = self._secrecy.covers(frame.windows)
            self.frames.see(frame, self._kept(frame.windows), covers, context_id, out)

    def keep_plan(self, windows: RawWindows) -> Region:
        """The rectangles whose pixels may be read: disjoint, on the monitors. The same pixels for the same rules.

        Any thread. A frame is checked against the rules again when it comes in, so a race with new rules is harmless.
        The grabber reads everything when the plan changes. So when only a full frame is of use (updates were lost),
        the same region is cut elsewhere.
        """
        return recut(self._kept(windows), self.frames.full_asked)

    def reconsider(self) -> None:
        """Other windows may be allowed now: what was read stays only if nothing changed for it."""
        self.frames.rules_changed(self._kept)

    def _kept(self, windows: RawWindows) -> Region:
        return kept(windows, self._desk.standing.shows) if Category.SCREENSHOTS in self.categories else ()

    def _shares(self, windows: RawWindows) -> Shares | None:
        return shares(windows, self._desk.standing.shown_name) if Category.APP_NAMES in self.categories else None

    def _sight(self, windows: RawWindows, painted_ns: Mapping[int, int]) -> Sight:
        content = Category.TEXT_CONTENT in self.categories
        rule = self._desk.standing.shown_rule
        seen = sight(windows, painted_ns, rule=rule, fields=self._fields, content=content, reveals=self._reveals)
        return seen._replace(unsure=unconfirmed(windows, painted_ns, self._desk.standing))
