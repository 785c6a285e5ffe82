"""A text in, the stretches of it that must not be kept out: everything that is not known to be harmless.

One detector for typed text, titles, text from accessibility, OCR lines and addresses. No disk but for the lists when
it is made, no network, no thread; the clock is an argument.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from importlib.resources.abc import Traversable

from recorder.guard.text import lists
from recorder.guard.text.addresses import find_addresses, hosts
from recorder.guard.text.fold import ODD, fold
from recorder.guard.text.numbers import find_numbers, find_plates
from recorder.guard.text.places import find_places
from recorder.guard.text.secret import find_secrets
from recorder.guard.text.spans import Masked, Span, apply, bridge, union
from recorder.guard.text.split import pieces
from recorder.guard.text.words import Words

VERSION = "text/1"
BUDGET_S = 0.25
LONGEST = 1 << 17  # characters; what is longer is masked unread, and no title, line or run is
# Longer than any word or identifier that a person would want to read; nothing in it is looked at.
_BLOB = re.compile(r"(?<!\S)(?=\S{0,64}?[^\W_])\S{65,}")
# A secret on the line after its label. It may cross the border of two pieces.
_NEXT_LINE = re.compile(
    r"(?i)(?<![^\W_])(?:password|passwd|passphrase|passcode|pwd|pin|secret|token|api[ _-]?key|otp|security code)"
    r" {0,3}[:=]? {0,3}\r?\n[ \t]{0,8}([^\n]{1,64})"
)


class Detector:
    """Finds what is not known to be harmless. `trouble` says why everything is masked, None when all is well.

    `clock` gives seconds; a text on which more than `budget_s` would be spent is masked as a whole.
    """

    version = VERSION

    def __init__(
        self, clock: Callable[[], float], *, budget_s: float = BUDGET_S, home: Traversable = lists.HOME
    ) -> None:
        self._clock, self._budget_s = clock, budget_s
        self.trouble: str | None = None
        self._words: Words | None = None
        self._harmless: frozenset[str] = frozenset()
        self._streets: frozenset[str] = frozenset()
        try:
            loaded = lists.load(home)
        except lists.DamagedListError as damage:
            self.trouble = f"{damage}: all text is withheld"
        else:
            self._words, self._streets = Words(loaded), loaded.streets
            self._harmless = loaded.harmless

    def detect(self, text: str, *, keep_hosts: bool = False) -> list[Span]:
        """Sorted, disjoint, not empty. With `keep_hosts` the scheme and host of addresses of the web stay."""
        if not text:
            return []
        if self._words is None:
            return [Span(0, len(text), "closed", "no_lists")]
        until = self._clock() + self._budget_s
        if len(text) > LONGEST:
            return [Span(0, len(text), "closed", "too_long")]
        folded = fold(text)
        found: list[Span] = [*_across(folded)]
        for start, piece in pieces(folded):
            found += (Span(start + s, start + e, *said) for s, e, *said in self._in_piece(piece))
            if self._clock() > until:
                return [Span(0, len(text), "closed", "over_budget")]
        spans = bridge(text, union(found))
        return _without(spans, hosts(folded)) if keep_hosts else spans

    def mask(self, text: str, *, keep_hosts: bool = False) -> Masked:
        """`text` with a constant in the place of every span."""
        return apply(text, self.detect(text, keep_hosts=keep_hosts))

    def passes(self, text: str) -> bool:
        """Whether some word or number of `text`, alone, would be left standing somewhere."""
        words = self._words
        return words is not None and any(map(words.passes, re.findall(r"[^\W_]+", fold(text))))

    def is_function_word(self, text: str) -> bool:
        """Whether `text` is one word without which there is no sentence: in a name masked, elsewhere no secret."""
        return self._words is not None and self._words.is_function_word(fold(text).strip())

    def _in_piece(self, piece: str) -> Iterator[Span]:
        if self._words is not None:
            yield from find_addresses(piece)
            yield from find_secrets(piece)
            yield from find_numbers(piece)
            yield from find_plates(piece, self._harmless)
            yield from find_places(piece, self._streets)
            yield from self._words.find(piece)


def _across(folded: str) -> Iterator[Span]:
    """What may be longer than a piece or lie across two."""
    for match in _BLOB.finditer(folded):
        yield Span(match.start(), match.end(), "token", "blob")
    for match in _NEXT_LINE.finditer(folded):
        yield Span(match.start(1), match.end(1), "secret", "secret_label")
    for match in re.finditer(f"{ODD}+", folded):
        yield Span(match.start(), match.end(), "hidden", "odd_character")


def _without(spans: Iterable[Span], kept: Iterable[tuple[int, int]]) -> list[Span]:
    """The spans without what lies in `kept` (sorted, disjoint)."""
    holes = list(kept)
    left: list[Span] = []
    for span in spans:
        at = span.start
        for start, end in holes:
            if start < span.end and end > at:
                left += [span._replace(start=at, end=start)] if start > at else []
                at = max(at, end)
        left += [span._replace(start=at)] if at < span.end else []
    return left
