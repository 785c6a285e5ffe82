"""A page's address in, what may be stored of it out: the host and the path, each label and each part judged alone.

Port, user, query and fragment never leave. A host that the volunteer chose by name stands as it is; of a site chosen
with `*.` the part that was written stands. All else must be known to be harmless, but for the public suffix.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from recorder.guard.sites import chosen, host_of
from recorder.guard.text import Masker

MASK = "[…]"
LONGEST = 512  # characters of a path; the rest of a longer one is cut off
MOST_PARTS = 16
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gob", "gov", "ne", "net", "or", "org"))
_SEPARATORS = re.compile(r"[-_.+~%,;:=@!&()\[\]]+")
# What these find hinges on the separators that stand in an address for spaces: judged without those alone.
_OF_WORDS = frozenset(("name", "word"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`host` and `path` may be stored; `host_taken` and `path_taken` count by category what was masked in them."""

    host: str | None = None
    path: str | None = None
    host_taken: dict[str, int] = field(default_factory=dict)
    path_taken: dict[str, int] = field(default_factory=dict)


NOWHERE = Address()


class Addresses:
    """Reads addresses; the last one is kept in mind, as a page stays for long. Without a masker nothing is told."""

    def __init__(self, masker: Masker | None) -> None:
        self._masker = masker
        self._read_as: tuple[tuple[str, tuple[str, ...], int], Address] | None = None

    def read(self, url: str | None, sites: tuple[str, ...]) -> Address:
        """What may be told of `url` under a rule with these `sites`. Never raises."""
        masker = self._masker
        host = host_of(url)
        if masker is None or url is None or host is None:
            return NOWHERE
        # Read again when something was masked elsewhere in the meantime: it may stand in this address.
        if self._read_as is None or self._read_as[0] != (url, sites, masker.memory.generation):
            address = _read(masker, url, host, sites)
            self._read_as = (url, sites, masker.memory.generation), address
        return self._read_as[1]


def _read(masker: Masker, url: str, host: str, sites: tuple[str, ...]) -> Address:
    shown, host_taken = _host(masker, host, chosen(host, sites))
    path, path_taken = _path(masker, urlsplit(url.strip()).path)
    return Address(host=shown, path=path, host_taken=host_taken, path_taken=path_taken)


def _host(masker: Masker, host: str, site: str | None) -> tuple[str, dict[str, int]]:
    labels = host.split(".")
    kept = _suffix(labels) if site is None else len(site.removeprefix("*.").split("."))
    # Hosts have no capitals, by which names are known: so they are given some.
    shown, taken = _judged(masker, labels[: len(labels) - kept], as_names=True)
    return ".".join([*shown, *labels[len(labels) - kept :]]), taken


def _suffix(labels: list[str]) -> int:
    """How many labels at the end tell nothing but where the name was registered."""
    return 2 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 1


def _path(masker: Masker, path: str) -> tuple[str, dict[str, int]]:
    try:
        parts = [unquote(part, errors="strict") for part in path[:LONGEST].split("/")[1 : MOST_PARTS + 1]]
    except UnicodeDecodeError:
        return f"/{MASK}", {"hidden": 1}
    if len(path) > LONGEST and parts:
        parts[-1] = MASK  # cut in the middle: what is left of it is read as something else
    shown, taken = _judged(masker, parts)
    return "/" + "/".join(shown), taken


def _judged(masker: Masker, parts: list[str], *, as_names: bool = False) -> tuple[list[str], dict[str, int]]:
    """Each part as it is or masked whole, and what was masked, by category. `as_names`: also read as one."""
    reasons = [_reason(masker, part, as_names=as_names) for part in parts]
    whole = " ".join(_SEPARATORS.sub(" ", part) for part in parts)
    for index, reason in enumerate(_across(masker, whole, parts)):
        reasons[index] = reasons[index] or reason
    shown = [part if reason is None else MASK for part, reason in zip(parts, reasons, strict=True)]
    return shown, dict(Counter(reason for reason in reasons if reason is not None))


def _reason(masker: Masker, part: str, *, as_names: bool) -> str | None:
    """Why a part can't be told; None when it is harmless."""
    if part in ("", MASK):
        return None
    if not part.isprintable() or any(sign in part for sign in "/?#\\"):
        return "hidden"  # came out of an escape: it would be read as another address
    spaced = _SEPARATORS.sub(" ", part)
    for text in (spaced, spaced.title()) if as_names else (spaced,):
        for span in masker.detect(text):
            return span.category
    return next((span.category for span in masker.detect(part) if span.category not in _OF_WORDS), None)


def _across(masker: Masker, whole: str, parts: list[str]) -> list[str | None]:
    """What is only seen over several parts, such as a number that is written over them; by part."""
    spans = masker.detect(whole)
    found: list[str | None] = []
    at = 0
    for part in parts:
        end = at + len(_SEPARATORS.sub(" ", part))
        hit = next((span for span in spans if span.start < end and span.end > at), None) if part != MASK else None
        found.append(None if hit is None else hit.category)
        at = end + 1
    return found
