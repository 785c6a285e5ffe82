"""Writes the frozen lists of `recorder/guard/text/lists/` from packages with a licence that allows it.

    apt-get install scowl                                 # or: apt-get download scowl && dpkg -x scowl_*.deb DIR
    pip install faker==40.54.0 names==0.3.0
    python tools/wordlists.py [--scowl DIR/usr/share/dict/scowl]

The same packages give the same bytes. Sources and licences: `recorder/guard/text/lists/README.md`.
"""

import argparse
import hashlib
import importlib
import pkgutil
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

LISTS = Path(__file__).parents[1] / "recorder" / "guard" / "text" / "lists"
SPELLINGS = ("english", "american", "british")
# Census names are taken in order of frequency until this share of all people bears one of them.
SURNAME_SHARE, RARE_SURNAME_SHARE, FIRST_NAME_SHARE = 50.0, 80.0, 90.0
# Faker's generic English list has every name that anybody in the United States was ever given: too many are words.
GENERIC = "en"
# Names somewhere, or slips in the census, but above all words of every window: names beside another name only.
EVERYDAY = """
    add among angle author back best block blue box button call can cancel card case close constant day do edit
    else far field fields floor free general good hand hang head her high house hung in job just key keys less
    lies light line link list loan long lot low main made major manual many means media miles my new numbers
    page per press red season see server short small so soon sun ties till trace true unique unknown us valid
    way will may ball ever fair heard innocent joke land law mad mile odd pack person post powers said self
    sharp story street strong walls weeks west wise deal carry desire tea quick man little
"""
WORD = re.compile(r"[^\W\d_]{2,}")
ENDINGS = ("s", "es", "d", "ed", "ing", "ly", "er", "ers", "or", "est", "ness", "ment", "able", "less", "ful", "al")
BEGINNINGS = ("un", "re", "in", "non", "mis", "over", "pre", "sub", "auto", "multi")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--scowl", type=Path, default=Path("/usr/share/dict/scowl"))
    scowl: Path = options.parse_args().scowl
    common = set(scowl_words(scowl, 10))
    words = vocabulary(scowl, common)
    names = (set(faker_names("first")) | set(census_names(SURNAME_SHARE))) - set(EVERYDAY.split())
    rare = (set(faker_names("first", "last")) | set(census_names(RARE_SURNAME_SHARE)) | set(EVERYDAY.split())) - names
    lists = {
        "words.txt": words,
        "common.txt": common & words,
        "names.txt": names,
        "rare_names.txt": rare & words,  # of the others only those matter that would pass as words
        "streets.txt": set(street_words()),
    }
    for name, words in lists.items():
        (LISTS / name).write_text("\n".join(sorted(words)) + "\n", encoding="utf-8")
        print(f"{len(words):6} {name}")
    write_sums()


def write_sums() -> None:
    """One line per list, those written by hand too: BLAKE2b-256 and name. A list that differs is not used."""
    found = sorted(path for path in LISTS.glob("*.txt") if path.name != "sums.txt")
    lines = [f"{hashlib.blake2b(path.read_bytes(), digest_size=32).hexdigest()} {path.name}" for path in found]
    (LISTS / "sums.txt").write_text("\n".join(lines) + "\n", encoding="ascii")


def scowl_words(folder: Path, size: int) -> Iterator[str]:
    """Words of one size of SCOWL in lower case, without possessives, abbreviations and proper names."""
    for spelling in SPELLINGS:
        path = folder / f"{spelling}-words.{size}"
        for word in path.read_text("latin-1").split() if path.exists() else ():
            if WORD.fullmatch(word):
                yield word.lower()


def vocabulary(scowl: Path, common: set[str]) -> set[str]:
    """Common and less common words, and of the rare ones those that are a form of one of them."""
    known = common | set(scowl_words(scowl, 20))
    return known | {word for word in scowl_words(scowl, 35) if set(stems(word)) & known}


def stems(word: str) -> Iterator[str]:
    """What may be left of a word without its ending or beginning: `planned` gives `plann`, `plan`, `planne`."""
    for ending in ENDINGS:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            yield from (stem, stem + "e", stem[:-1] if stem[-1:] == stem[-2:-1] else stem)
            yield stem[:-1] + "y" if stem.endswith("i") else stem
    yield from (word.removeprefix(beginning) for beginning in BEGINNINGS if word.startswith(beginning))


def faker_names(*kinds: str) -> Iterator[str]:
    """First or last names of every locale that is written in letters with upper and lower case."""
    wanted = re.compile(rf"({'|'.join(kinds)})_?names")
    for provider in providers("person"):
        for field, value in vars(provider).items():
            if wanted.search(field) and "romanized" not in field and provider.__module__.split(".")[-1] != GENERIC:
                yield from (word for text in strings(value) for word in name_words(text))


def census_names(surname_share: float) -> Iterator[str]:
    """The United States census of 1990, as the package `names` carries it."""
    names = Path(str(importlib.import_module("names").__file__)).parent
    yield from census(names / "dist.all.last", surname_share)
    for name in ("dist.female.first", "dist.male.first"):
        yield from census(names / name, FIRST_NAME_SHARE)


def census(path: Path, share: float) -> Iterator[str]:
    for line in path.read_text("ascii").splitlines():
        name, _, cumulative, _ = line.split()
        if float(cumulative) <= share:
            yield name.lower()


def street_words() -> Iterator[str]:
    """What streets are called by, at either end: street, road, calle, ulica …, in lower case."""
    for provider in providers("address"):
        for field, value in vars(provider).items():
            if re.fullmatch(r"street_(suffix|prefix)\w*", field):
                yield from (word for text in strings(value) for word in name_words(text))


def providers(kind: str) -> Iterator[type]:
    package = importlib.import_module(f"faker.providers.{kind}")
    for found in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{found.name}").Provider


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list | set | dict):
        for part in value:
            yield from strings(part)


def name_words(text: str) -> Iterator[str]:
    """The words of a name that have letter case and at least two letters, composed (NFC) and in lower case."""
    for word in WORD.findall(unicodedata.normalize("NFC", text)):
        if word.lower() != word.upper():
            yield word.lower()


if __name__ == "__main__":
    main()
