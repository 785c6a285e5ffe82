"""Sets of whole numbers kept as runs: an app's events are a few long stretches, and there may be a million of them."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import accumulate, chain
from operator import sub


class Numbers(Set[int]):
    """A set like any other, and equal to one that holds the same. Immutable."""

    __slots__ = ("_edges",)

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        edges = array("q")
        for number in sorted(set(numbers)):
            if edges and number == edges[-1] + 1:
                edges[-1] = number
            else:
                edges.extend((number, number))
        self._edges = edges

    @classmethod
    def of(cls, numbers: Set[int]) -> "Numbers":
        """The same numbers; no copy of what are Numbers already."""
        return numbers if isinstance(numbers, Numbers) else cls(numbers)

    @classmethod
    def of_edges(cls, edges: Sequence[int]) -> "Numbers":
        """From `edges`: the first and the last number of each run, in order, with a hole between any two.

        Raises: ValueError for anything else.
        """
        made = cls()
        made._edges = array("q", edges)
        firsts, lasts = edges[::2], edges[1::2]
        if len(firsts) != len(lasts) or any(first > last for first, last in zip(firsts, lasts, strict=True)):
            raise ValueError("a run of numbers ends before it begins")
        if any(first < last + 2 for first, last in zip(firsts[1:], lasts, strict=False)):
            raise ValueError("runs of numbers are out of order")
        return made

    @classmethod
    def of_steps(cls, steps: Iterable[int]) -> "Numbers":
        """Back from `steps`. Raises: ValueError, TypeError."""
        return cls.of_edges(list(accumulate(steps)))

    @classmethod
    def union(cls, several: Iterable[Set[int]]) -> "Numbers":
        """What is in any of them."""
        found = [one for one in map(cls.of, several) if one]
        return found[0] if len(found) == 1 else cls.of_edges(_merged(sorted(chain(*(one.runs() for one in found)))))

    @property
    def edges(self) -> "array[int]":
        """First and last number of each run. Not to be changed."""
        return self._edges

    def runs(self) -> Iterator[tuple[int, int]]:
        """The first and the last number of each, in order."""
        return zip(self._edges[::2], self._edges[1::2], strict=True)

    def steps(self) -> list[int]:
        """How far each edge is from the one before it: small numbers, for JSON."""
        edges = self._edges.tolist()
        return list(map(sub, edges, [0, *edges[:-1]]))

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        place = bisect_right(self._edges, number)
        return bool(place % 2) or (place > 0 and self._edges[place - 1] == number)

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(range(first, last + 1) for first, last in self.runs())

    def __len__(self) -> int:
        return sum(self._edges[1::2]) - sum(self._edges[::2]) + len(self._edges) // 2

    def __bool__(self) -> bool:
        return bool(self._edges)

    def __eq__(self, other: object) -> bool:
        return self._edges == other._edges if isinstance(other, Numbers) else super().__eq__(other)

    def __hash__(self) -> int:
        return self._hash()

    def __repr__(self) -> str:
        return f"<Numbers: {len(self)} in {len(self._edges) // 2} runs>"


def _merged(runs: Iterable[tuple[int, int]]) -> list[int]:
    edges: list[int] = []
    for first, last in runs:
        if edges and first <= edges[-1] + 1:
            edges[-1] = max(edges[-1], last)
        else:
            edges += (first, last)
    return edges


NONE = Numbers()
