"""A search kept until the next one, so that what is deleted is what was listed: every hit of it, or those chosen.

Literal, letter case aside: there is no pattern language. `person_needles` makes of what a person types about themselves
all the ways in which it is likely to stand somewhere; nothing of it is stored.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from recorder.errors import DamagedError, UsageError
from recorder.review.remembered import Hits, Memory
from recorder.review.search import Fits, Hit, fold
from recorder.review.shelf import Shelf
from recorder.store.selector import Picked, Selector, What

_KEPT = 3
_LEAST = 3  # letters of a part of a name: shorter ones stand in every other word
_NO_DIGIT = re.compile(r"[\s().\-/+\u2010-\u2015\u00a0]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needle:
    """One thing to look for. `kind`: text, name, email, phone or employer. `digits`: compared without what people put
    between digits."""

    kind: str
    folded: str
    digits: bool = False

    def stands_in(self, folded: str) -> bool:
        return self.folded in (_NO_DIGIT.sub("", folded) if self.digits else folded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`hit`, and which kind of needle it is of."""

    kind: str
    hit: Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """`parts`: the hits of each session in which there are any; a hit's number counts through all of them, and each is
    made when it is asked for. `failed`: sessions that could not be read to their end, so that nobody knows what else
    is in them."""

    id: str
    needles: tuple[Needle, ...]
    parts: tuple[Hits, ...]
    failed: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return sum(map(len, self.parts))

    def found(self, start: int, most: int) -> list[Found]:
        """Hits from that number on."""
        found: list[Hit] = []
        for part in self.parts:
            found += part[start : start + most - len(found)] if start < len(part) else []
            start = max(0, start - len(part))
        return [Found(kind=_kind(hit, self.needles), hit=hit) for hit in found]


@dataclass(slots=True)
class Searches:
    """The last few of them, in memory alone."""

    kept: dict[str, Search] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)

    def make(self, shelf: Shelf, needles: Sequence[Needle], session_id: str | None = None) -> Search:
        """In one session, or in all. Raises: UsageError when there is nothing to look for."""
        if not needles:
            raise UsageError("an empty text finds nothing")
        parts: list[Hits] = []
        failed: list[str] = []
        for one in [session_id] if session_id is not None else shelf.ids():
            try:
                parts.append(self.memory.of(shelf.reader(one)).search_by(_fits(needles)))
            except DamagedError:
                failed.append(one)
        found = tuple(part for part in parts if len(part))
        made = Search(id=secrets.token_hex(8), needles=tuple(needles), parts=found, failed=tuple(failed))
        self.kept[made.id] = made
        while len(self.kept) > _KEPT:
            del self.kept[next(iter(self.kept))]
        return made

    def selector(self, search_id: str, numbers: Sequence[int] | None = None) -> Selector:
        """Everything that a search found, or the hits with these numbers.

        Raises: UsageError when the search is not there any more, or failed: what it did not see can't be left out.
        """
        search = self.kept.get(search_id)
        if search is None:
            raise UsageError("that search is not there any more", hint="search again")
        if search.failed:
            raise UsageError("the search could not read everything, so nothing is deleted by it")
        if numbers is None:
            picked = (_all_of(part) for part in search.parts)
            return Selector(what=What.HITS, picked=tuple(one for one in picked if one is not None))
        chosen = (one.hit for number in numbers for one in search.found(number, 1))
        return Selector(what=What.HITS, picked=tuple(_picked(chosen)))


def _fits(needles: Sequence[Needle]) -> Fits:
    return lambda folded: any(needle.stands_in(folded) for needle in needles)


def _all_of(part: Hits) -> Picked | None:
    rows = part.numbers()
    numbers = {name: tuple(rows.get(name, ())) for name in ("events", "contexts", "frames")}
    if not part.in_task and not any(numbers.values()):
        return None
    return Picked(session_id=part.session_id, task=part.in_task, **numbers)


def _kind(hit: Hit, needles: Sequence[Needle]) -> str:
    """Of the longest needle: a whole address says more than the name in it."""
    folded = fold(hit.text)
    return max((needle for needle in needles if needle.stands_in(folded)), key=lambda one: len(one.folded)).kind


def _picked(hits: Iterable[Hit]) -> Iterable[Picked]:
    """Rows of each session, as `pick.hits` says them."""
    rows: dict[str, dict[str, set[int]]] = {}
    tasks: set[str] = set()
    for hit in hits:
        of = rows.setdefault(hit.session_id, {"events": set(), "contexts": set(), "frames": set()})
        if hit.table == "sessions":
            tasks.add(hit.session_id)
        elif hit.table in of and hit.number is not None:
            of[hit.table].add(hit.number)
    for session_id, of in rows.items():
        numbers = {name: tuple(sorted(some)) for name, some in of.items()}
        if session_id in tasks or any(numbers.values()):
            yield Picked(session_id=session_id, task=session_id in tasks, **numbers)


def text_needles(text: str) -> list[Needle]:
    folded = fold(text)
    return [Needle(kind="text", folded=folded)] if folded.strip() else []


def person_needles(*, name: str = "", email: str = "", phone: str = "", employer: str = "") -> list[Needle]:
    """A name whole, in parts and turned around; an address whole and its first part; a number without what stands
    between its digits, and its end; an employer whole."""
    made = [Needle(kind="name", folded=one) for one in _names(name)]
    made += [Needle(kind="email", folded=one) for one in _addresses(email)]
    made += [Needle(kind="phone", folded=one, digits=True) for one in _numbers(phone)]
    made += [Needle(kind="employer", folded=one) for one in [fold(employer).strip()] if one]
    return made


def _names(name: str) -> list[str]:
    parts = [part for part in re.split(r"[\s,]+", fold(name).strip()) if part]
    whole = [" ".join(parts), ", ".join([parts[-1], " ".join(parts[:-1])])] if len(parts) > 1 else []
    return [*dict.fromkeys([*whole, *(part for part in parts if len(part) >= _LEAST or len(parts) == 1)])]


def _addresses(email: str) -> list[str]:
    whole = fold(email).strip()
    first = whole.partition("@")[0]
    return [one for one in dict.fromkeys([whole, first if len(first) >= _LEAST else ""]) if one]


def _numbers(phone: str) -> list[str]:
    digits = _NO_DIGIT.sub("", fold(phone))
    national = digits.removeprefix("00").lstrip("0")
    return [one for one in dict.fromkeys([digits, national[-7:] if len(national) > 7 else ""]) if one]
