"""The frozen word lists. Read once, when a detector is made, and used only when every byte is as it was shipped."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

HOME = files("recorder.guard.text") / "lists"
NAMES = ("common", "function", "names", "rare_names", "streets", "terms", "words")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Lists:
    """All words are in lower case, composed (NFC)."""

    harmless: frozenset[str]  # may stay, unless it is a name where it stands
    common: frozenset[str]  # the most frequent of them
    function: frozenset[str]  # words without which there is no sentence
    names: frozenset[str]  # first names and frequent surnames
    rare_names: frozenset[str]  # words that are also names somewhere
    streets: frozenset[str]  # what streets are called by


class DamagedListError(Exception):
    """A list is missing or not as it was shipped. The message names the list."""


def load(home: Traversable = HOME) -> Lists:
    """Raises: DamagedListError."""
    sums = _sums(home)
    words = {name: _read(home, f"{name}.txt", sums) for name in NAMES}
    return Lists(
        harmless=words["words"] | words["function"] | words["terms"],
        common=words["common"] | words["terms"],
        function=words["function"],
        names=words["names"],
        rare_names=words["rare_names"],
        streets=words["streets"],
    )


def _sums(home: Traversable) -> dict[str, str]:
    try:
        lines = (home / "sums.txt").read_text(encoding="ascii").splitlines()
        return {name: digest for digest, name in (line.split(" ") for line in lines)}
    except (OSError, ValueError):
        raise DamagedListError("the word lists' sums.txt is missing or damaged") from None


def _read(home: Traversable, name: str, sums: dict[str, str]) -> frozenset[str]:
    try:
        content = (home / name).read_bytes()
    except OSError:
        raise DamagedListError(f"the word list {name} is missing") from None
    if hashlib.blake2b(content, digest_size=32).hexdigest() != sums.get(name):
        raise DamagedListError(f"the word list {name} is damaged")
    return frozenset(content.decode("utf-8").split())
