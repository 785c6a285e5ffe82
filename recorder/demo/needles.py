"""A secret in, every byte string under which it may hide out. Pure; the search itself is `scan.py`."""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

# Shorter ones stand in random bytes by chance: 6 bytes once in 2.8 TB, 4 bytes once in 43 GB of every form.
SHORTEST_CANARY = 6


@dataclass(frozen=True, slots=True)
class Needle:
    """`pattern` is what to look for; `form` says how `canary` was written there."""

    pattern: bytes
    canary: str
    form: str


def needles(canaries: Sequence[str]) -> tuple[Needle, ...]:
    """Every form of every canary, each pattern once.

    Raises: ValueError for a canary of fewer than 6 characters (it would be found by chance).
    """
    return _needles(tuple(canaries))


@cache
def _needles(canaries: tuple[str, ...]) -> tuple[Needle, ...]:
    if any(len(canary) < SHORTEST_CANARY for canary in canaries):
        raise ValueError(f"a canary needs at least {SHORTEST_CANARY} characters")
    found = {n.pattern: n for canary in reversed(canaries) for n in reversed([*_forms(canary)])}
    return tuple(found.values())


def _forms(canary: str) -> Iterator[Needle]:
    for text, case in ((canary, ""), (canary.lower(), " lower case"), (canary.upper(), " upper case")):
        yield from (Needle(pattern, canary, form + case) for form, pattern in _spellings(text))
    yield from (Needle(pattern, canary, form) for form, pattern in _packings(canary))


def _spellings(text: str) -> Iterator[tuple[str, bytes]]:
    """As text: what a log, a string column or a character set makes of it."""
    yield "utf-8", text.encode()
    yield "utf-16le", text.encode("utf-16-le")
    yield "utf-16be", text.encode("utf-16-be")
    yield "utf-32le", text.encode("utf-32-le")
    yield "reversed", text[::-1].encode()
    for name, separator in (
        ("space", " "),
        ("line", "\n"),
        ("comma", ","),
        ("dash", "-"),
        ("bar", "|"),
    ):
        yield f"one by one, {name}", separator.join(text).encode()
    yield "one by one, JSON", ", ".join(f'"{c}"' for c in text).encode()
    yield "one by one, dense JSON", ",".join(f'"{c}"' for c in text).encode()


def _packings(text: str) -> Iterator[tuple[str, bytes]]:
    """As an encoding of its bytes."""
    raw = text.encode()
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    yield "hex with spaces", raw.hex(" ").encode()
    yield "percent", quote(text, safe="").encode()
    yield "percent, every byte", "".join(f"%{b:02x}" for b in raw).encode()
    yield "PERCENT, every byte", "".join(f"%{b:02X}" for b in raw).encode()
    yield "escaped", "".join(f"\\u{ord(c):04x}" for c in text).encode()
    yield "code points", ", ".join(str(ord(c)) for c in text).encode()
    yield "dense code points", ",".join(str(ord(c)) for c in text).encode()
    for name, source in (("base64", raw), ("base64 of utf-16le", text.encode("utf-16-le"))):
        for shift in range(3):
            yield f"{name} +{shift}", _base64_core(source, shift)
            yield f"{name} +{shift}, URL", _base64_core(source, shift).translate(bytes.maketrans(b"+/", b"-_"))


def _base64_core(raw: bytes, shift: int) -> bytes:
    """The characters that depend on `raw` alone when it stands `shift` bytes after a multiple of three."""
    encoded = base64.b64encode(bytes(shift) + raw)
    # A character carries 6 bits: those that hold a bit of a neighbour (before or after) can be anything.
    first = -(-shift * 8 // 6)
    last = (shift + len(raw)) * 8 // 6
    return encoded[first:last]


def squeeze(text: str) -> str:
    """Letters and digits in lower case: what is left of a text when separators and case are taken away."""
    return re.sub(r"[\W_]+", "", text).casefold()
