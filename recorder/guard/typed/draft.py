"""The text of a run as far as it can be followed: keys move a model of the caret, and nothing that was there is lost.

What stood in the field before is not known. When the caret may be anywhere (a click, Up, an undo), a new segment
begins: the text typed from there on, whose place among the others nobody knows.
"""

from recorder.guard.typed.stroke import Glyph


class Snap:
    """A copy of a segment before something was taken away: `glyphs[start:end]` went."""

    __slots__ = ("end", "glyphs", "start")

    def __init__(self, glyphs: list[Glyph], start: int, end: int) -> None:
        self.glyphs, self.start, self.end = glyphs, start, end


class Draft:
    """`segments` are texts whose order in the field is not known; the last one has the caret. `chron` is everything
    that was typed, in the order of time; `snaps` what stood there before each burst of deletions."""

    def __init__(self) -> None:
        self._glyphs: list[Glyph] = []
        self.segments: list[list[Glyph]] = [self._glyphs]
        self.chron: list[Glyph] = []
        self.snaps: list[Snap] = []
        self.unfinished: list[Glyph] = []  # the last characters of words
        self._caret = 0
        self._anchor: int | None = None  # where a selection began
        self._burst: Snap | None = None

    @property
    def is_at_end(self) -> bool:
        """Whether nothing that is known stands behind the caret."""
        return self._caret == len(self._glyphs)

    def insert(self, glyph: Glyph) -> None:
        """A character at the caret, in place of the selection."""
        self._take_selection()
        self._glyphs.insert(self._caret, glyph)
        self._caret += 1
        self.chron.append(glyph)
        self._burst = None

    def delete_back(self) -> None:
        """Backspace. What it takes before the beginning of the segment is not known."""
        if not self._take_selection() and self._caret > 0:
            self._take(self._caret - 1, self._caret)

    def delete_on(self) -> None:
        """Delete."""
        if not self._take_selection() and self._caret < len(self._glyphs):
            self._take(self._caret, self._caret + 1)

    def delete_word(self, *, back: bool) -> None:
        """The word beside the caret. Where words end differs between programs, so the caret is unknown afterwards."""
        start = end = self._caret
        if not self._take_selection():
            while back and start > 0 and (self._glyphs[start - 1].char.isalnum() or start == end):
                start -= 1
            while not back and end < len(self._glyphs) and (self._glyphs[end].char.isalnum() or start == end):
                end += 1
            if start < end:
                self._take(start, end)
        self.lose(finished=True)

    def cut(self) -> None:
        """The selection, if there is one that is known."""
        if not self._take_selection():
            self.lose()

    def move(self, by: int, *, selecting: bool) -> None:
        """Left or Right. Beyond the ends of the segment stands what is not known."""
        if self._anchor is not None and not selecting:
            start, end = self._selection()
            return self._go(start if by < 0 else end, selecting=False)
        if not 0 <= self._caret + by <= len(self._glyphs):
            return self.lose()
        return self._go(self._caret + by, selecting=selecting)

    def home(self, *, selecting: bool) -> None:
        """To the beginning of the line."""
        at = self._caret
        while at > 0 and self._glyphs[at - 1].char != "\n":
            at -= 1
        self._go(at, selecting=selecting)

    def end(self, *, selecting: bool) -> None:
        """To the end of the line."""
        at = self._caret
        while at < len(self._glyphs) and self._glyphs[at].char != "\n":
            at += 1
        self._go(at, selecting=selecting)

    def select_all(self) -> None:
        """All that is known of the text."""
        self._anchor, self._caret, self._burst = 0, len(self._glyphs), None

    def lose(self, *, finished: bool = False) -> None:
        """The caret may be anywhere. Unless the word before it is `finished`, the rest of it may never be seen."""
        if not finished and self._caret > 0 and not self._glyphs[self._caret - 1].char.isspace():
            self.unfinished.append(self._glyphs[self._caret - 1])
        self._caret, self._anchor, self._burst = 0, None, None
        if self._glyphs:
            self._glyphs = []
            self.segments.append(self._glyphs)

    def _go(self, to: int, *, selecting: bool) -> None:
        self._anchor = (self._caret if self._anchor is None else self._anchor) if selecting else None
        self._caret, self._burst = to, None

    def _selection(self) -> tuple[int, int]:
        anchor = self._caret if self._anchor is None else self._anchor
        return min(anchor, self._caret), max(anchor, self._caret)

    def _take_selection(self) -> bool:
        start, end = self._selection()
        self._anchor = None
        if start < end:
            self._burst = None
            self._take(start, end)
        return start < end

    def _take(self, start: int, end: int) -> None:
        burst = self._burst
        if burst is None:
            self._burst = Snap(list(self._glyphs), start, end)
            self.snaps.append(self._burst)
        elif start < self._caret:
            burst.start -= end - start
        else:
            burst.end += end - start
        for glyph in self._glyphs[start:end]:
            glyph.gone = True
        del self._glyphs[start:end]
        self._caret = start
