"""Words: what is on the lists stays, what nobody knows is masked, and a name takes along what belongs to it.

Names are decided in two steps. First each word alone: unknown, a name, a word that is a name somewhere, a word. Then
its neighbours: beside a name in capitals a capital letter, a rare word or a rare name is part of the name; a short
number beside a masked word is a house number, a unit of an identity number or an age.
"""

import re
from collections.abc import Iterator
from enum import IntEnum

from recorder.guard.text.lists import Lists
from recorder.guard.text.spans import Span, words_of

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_QUANTITY = re.compile(
    r"(?!0\d)\d{1,4}(?:[xkp]|(?i:px|pt|em|rem|vh|vw|ms|s|min|kb|mb|gb|tb|kib|mib|gib|hz|khz|mhz|ghz|fps|dpi|"
    r"bit|bits|st|nd|rd|th|am|pm|kg|km|"
    r"cm|mm))|\d{3,4}x\d{3,4}|[fhqrvFHQRV]\d{1,2}"
)
_LONGEST_NUMBER = 3  # digits that may stand alone: PINs, years and postal codes begin at four
# Names that are typed in lower case more often as names than as words.
_TYPED = frozenset(("mark", "bill", "drew", "joy", "faith", "grant", "art", "hope", "guy"))
_BEFORE_PLACES = frozenset(
    words_of(
        """new old east west north south upper lower lake port saint san santa los las mount fort great little store"""
    )
)
_TITLES = frozenset(
    words_of(
        """mr mrs ms miss mx dr prof sir madam lady lord judge officer captain herr frau monsieur madame mme señor
    señora signor signora sr sra don doña pan pani fru uncle aunt"""
    )
)
# Rare names that are no part of the name behind them: `Call John`.
_CALLS = frozenset(
    words_of("""call add edit list link press put see hang close block cancel go like just keep new best""")
)
_COMPANY = frozenset(
    words_of("""group inc ltd llc plc co corp sons partners associates holdings company limited kg ag sa brothers""")
)
_BETWEEN = frozenset(
    words_of(
        """de la le du des di del da do dos van von der den y e et und i al el en op bin ben af av zu am u nad sur aan
    bei im ob"""
    )
)
_GAP = re.compile(r"[ .,'_&:#/-]{0,4}")
_EDGES = "'`*_#-=+~.:!?/&,;()[]{}\"<>|"
_ODD_MARKS = re.compile(r"[#$%^~!*&+@](?=\S)|[)\]}](?=[^\W_])")
_ABBREVIATION = 3  # characters; `Dr.` and `J.` end no sentence
_BLANKS = frozenset(' \t\n\r"«»“”„')
_STOPS = frozenset(' \t\n\r,;()[]{}"<>|«»“”„…')


class Kind(IntEnum):
    """What a word is, alone."""

    FUNCTION = 0
    COMMON = 1
    WORD = 2
    RARE_NAME = 3  # a word that is a name somewhere
    NAME = 4  # a word that is a name here
    SHORT_NUMBER = 5
    UNKNOWN = 6
    NUMBER = 7


class Token:
    """One word and what became of it."""

    __slots__ = ("capital", "category", "end", "kind", "lower", "start")

    def __init__(self, start: int, word: str, kind: Kind, lower: str) -> None:
        self.start, self.end, self.kind, self.lower = start, start + len(word), kind, lower
        self.capital = word[0].isupper()
        self.category: str | None = None

    @property
    def rule(self) -> str:
        """What it was masked for."""
        how = {Kind.UNKNOWN: "unknown", Kind.NUMBER: "digits_4", Kind.NAME: "list", Kind.RARE_NAME: "list"}
        return f"{self.category}_{how.get(self.kind, 'beside')}"


class Words:
    """Finds words that are not known to be harmless."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._kinds = {word: self._kind_on_lists(word) for word in lists.harmless}

    def find(self, text: str) -> Iterator[Span]:
        """`text` is folded."""
        tokens = [self._token(match) for match in _TOKEN.finditer(text)]
        for token in tokens:
            if token.kind > Kind.WORD:
                token.category = self._alone(token)
        self._neighbours(text, tokens)
        for token in tokens:
            if token.category:
                yield from _with_its_run(text, token)

    def passes(self, word: str) -> bool:
        """Whether a word or number (folded) would be left standing somewhere."""
        kind = self._kind(word, word.lower())
        return kind < Kind.UNKNOWN

    def is_function_word(self, word: str) -> bool:
        return word.lower() in self._lists.function

    def _token(self, match: re.Match[str]) -> Token:
        word = match[0]
        lower = word.lower().removesuffix("'s")
        return Token(match.start(), word, self._kind(word, lower), lower)

    def _kind(self, word: str, lower: str) -> Kind:
        kind = self._kinds.get(lower)
        if kind is not None:
            return kind
        if word.isdigit():
            return Kind.SHORT_NUMBER if len(word) <= _LONGEST_NUMBER else Kind.NUMBER
        if len(word) == 1 and word.isascii():
            return Kind.COMMON
        if _QUANTITY.fullmatch(word):
            return Kind.SHORT_NUMBER
        return Kind.WORD if self._is_identifier(word) else Kind.UNKNOWN

    def _kind_on_lists(self, lower: str) -> Kind:
        lists = self._lists
        if lower in lists.function:
            return Kind.FUNCTION
        if lower in lists.names:
            return Kind.NAME
        if lower in lists.rare_names:
            return Kind.RARE_NAME
        return Kind.COMMON if lower in lists.common else Kind.WORD

    def _is_identifier(self, word: str) -> bool:
        """`fileName`, `HTTPServer`: two to five harmless words of which none is a name."""
        humps = _HUMPS.findall(word) if word.isascii() and not word.islower() else ()
        return 2 <= len(humps) <= 5 and sum(map(len, humps)) == len(word) and all(map(self._is_plain, humps))

    def _is_plain(self, hump: str) -> bool:
        lower = hump.lower()
        return len(lower) > 1 and lower in self._lists.harmless and lower not in self._lists.names

    def _alone(self, token: Token) -> str | None:
        """What it is masked as whatever stands beside it, None when that decides."""
        match token.kind:
            case Kind.NUMBER:
                return "number"
            case Kind.UNKNOWN:
                return "name" if token.capital or token.lower in self._lists.names else "word"
            case Kind.NAME:
                rare = token.lower not in self._lists.common or token.lower in _TYPED
                return "name" if token.capital or rare else None
            case Kind.RARE_NAME if token.capital and token.lower not in self._lists.common:
                return "name"
        return None

    def _neighbours(self, text: str, tokens: list[Token]) -> None:
        """Twice, once in each direction, so that what a neighbour takes along takes its own neighbour along."""
        for order in (tokens, tokens[::-1]):
            previous: Token | None = None
            for token in order:
                if previous and not (token.category and previous.category) and _touch(text, previous, token):
                    self._spread(previous, token)
                previous = token
        for left, token, right in zip(tokens, tokens[1:], tokens[2:], strict=False):
            if not token.category and token.lower in _BETWEEN and _are_names(left, right):
                token.category = "name"

    def _spread(self, one: Token, other: Token) -> None:
        known, taken = (one, other) if one.category else (other, one)
        if known.category:
            taken.category = self._taken_along(known, taken)
        else:
            _mask_after_title(*((one, other) if one.start < other.start else (other, one)))

    def _taken_along(self, known: Token, taken: Token) -> str | None:
        """What `taken` is masked as beside `known`, which is masked."""
        if taken.kind is Kind.SHORT_NUMBER:
            return "number"
        if known.category not in ("name", "street"):
            return None
        after = taken.start > known.start
        if taken.capital and known.capital:
            if after and taken.lower in self._lists.streets:
                return "street"
            if (after and taken.lower in _COMPANY) or (not after and taken.lower in _TITLES):
                return "name"
            if not after and taken.lower in _CALLS - _BEFORE_PLACES:
                return None
            if len(taken.lower) == 1 or taken.kind in (Kind.WORD, Kind.RARE_NAME, Kind.NAME):
                return "name"
            if taken.kind is Kind.FUNCTION and self._is_a_name(taken.lower):
                return "name"
            return "name" if not after and taken.lower in _BEFORE_PLACES else None
        return "name" if taken.kind in (Kind.RARE_NAME, Kind.NAME) and self._is_a_name(known.lower) else None

    def _is_a_name(self, lower: str) -> bool:
        return lower in self._lists.names or lower in self._lists.rare_names


def _mask_after_title(left: Token, right: Token) -> None:
    if left.lower in _TITLES and right.capital and right.kind is not Kind.SHORT_NUMBER:
        right.category = "name"


def _touch(text: str, one: Token, other: Token) -> bool:
    """Whether nothing but blanks and marks part them, and no end of a sentence."""
    left, right = (one, other) if one.start < other.start else (other, one)
    gap = right.start - left.end
    if gap == 1 and text[left.end] == " ":
        return True
    if gap > 4 or not _GAP.fullmatch(text, left.end, right.start):
        return False
    return text[left.end] != "." or left.end - left.start <= _ABBREVIATION or right.kind is Kind.SHORT_NUMBER


def _are_names(left: Token, right: Token) -> bool:
    return left.category in ("name", "street", "word") and right.category in ("name", "street", "word", "number")


def _with_its_run(text: str, token: Token) -> Iterator[Span]:
    """The word, and all that stands together with it without a blank: `anna-lena_final.txt` as a whole."""
    if (token.start == 0 or text[token.start - 1] == " ") and text[token.end : token.end + 1] in ("", " "):
        yield Span(token.start, token.end, str(token.category), token.rule)
        return
    start, end = _run_around(text, token.start, token.end, _BLANKS)
    if not (_is_mixed(text[token.start : token.end]) or _ODD_MARKS.search(text, start, end)):
        start, end = _run_around(text, token.start, token.end, _STOPS)
    run = text[start:end]
    start += len(run) - len(run.lstrip(_EDGES))
    end -= len(run) - len(run.rstrip(_EDGES))
    yield Span(min(start, token.start), max(end, token.end), str(token.category), token.rule)


def _run_around(text: str, start: int, end: int, stops: frozenset[str]) -> tuple[int, int]:
    while start and text[start - 1] not in stops:
        start -= 1
    while end < len(text) and text[end] not in stops:
        end += 1
    return start, end


def _is_mixed(word: str) -> bool:
    """Whether letters and digits alternate: a key or a password, which may have brackets in it."""
    return not (word.isalpha() or word.isdigit())
