"""What the detector says about a text: which stretches are masked, as what, and by which rule. Never the content."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """`text[start:end]` is masked. `category` is what stands there instead; `rule` found it."""

    start: int
    end: int
    category: str
    rule: str


@dataclass(frozen=True, slots=True)
class Masked:
    """A text in which every masked stretch is a constant, and how often each (category, rule) masked something."""

    text: str
    counts: dict[tuple[str, str], int]

    @property
    def is_whole(self) -> bool:
        """Whether nothing had to be masked."""
        return not self.counts


def words_of(text: str) -> tuple[str, ...]:
    """The words of a list that is written as one text."""
    return tuple(text.split())


# Where two rules mask the same character the more telling category is shown; it masks no more and no less.
_ORDER = words_of(
    """closed secret card iban url email mac ip path domain id date phone hidden street postcode value name number token
    word"""
)
_RANK = {category: rank for rank, category in enumerate(_ORDER)}


def union(found: Iterable[Span]) -> list[Span]:
    """The same characters, in spans that are sorted and do not overlap: overlapping ones become one."""
    merged: list[Span] = []
    for span in sorted(found):
        if merged and span.start < merged[-1].end:
            merged[-1] = _join(merged[-1], span)
        else:
            merged.append(span)
    return merged


def _join(left: Span, right: Span) -> Span:
    best = min(left, right, key=lambda span: _RANK[span.category])
    return Span(left.start, max(left.end, right.end), best.category, best.rule)


def bridge(text: str, spans: list[Span]) -> list[Span]:
    """Spans of one category with nothing but a single blank or mark between them become one.

    How many words a name or an address has is nobody's business.
    """
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and last.category == span.category and text[last.end : span.start] in _THIN:
            joined[-1] = last._replace(end=span.end)
        else:
            joined.append(span)
    return joined


_THIN = frozenset(("", " ", "-", ".", ". ", ", ", ",", "'", "’", "/", "_"))


def apply(text: str, spans: list[Span]) -> Masked:
    """`text` with every span replaced by its category in brackets. `spans` as from `union`."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], f"[{span.category}]"]
        at = span.end
    parts.append(text[at:])
    return Masked("".join(parts), dict(Counter((span.category, span.rule) for span in spans)))
