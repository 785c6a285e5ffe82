"""What was masked once is masked everywhere: a set of keyed hashes that lives and dies with the process.

A password that was found in a form must not come through in a title where nothing says what it is. Only values that
might pass alone are kept in mind: what nobody knows is masked wherever it stands.
"""

import hashlib
import re
from collections.abc import Iterator

from recorder.guard.text.detector import Detector
from recorder.guard.text.fold import fold
from recorder.guard.text.spans import Masked, Span, apply, bridge, union
from recorder.model.memory_only import memory_only

_TOKEN = re.compile(r"[^\W_]+")
_SHORTEST = 3  # characters of a value; a value of fewer says nothing, and masking it everywhere hides everything
_MOST_WORDS = 8
CAPACITY = 50_000
_HARMLESS = "window"  # masked only for what stands before it


@memory_only
class Memory:
    """Keyed hashes of values. `key`: 16 to 64 random bytes that nobody else has.

    When it is full the oldest is dropped for each new one; `has_dropped` says so.
    """

    __slots__ = ("_hashes", "_key", "_shapes", "generation", "has_dropped")

    def __init__(self, key: bytes) -> None:
        if not 16 <= len(key) <= 64:
            raise ValueError("the key needs 16 to 64 bytes")
        self._key = key
        self.generation = 0  # another number: another text may be masked now
        self.forget()

    def forget(self) -> None:
        """Nothing was ever masked."""
        self._hashes: dict[bytes, None] = {}
        self._shapes: set[int] = set()  # lengths of the values, so that most stretches need no hash
        self.has_dropped = False
        self.generation += 1

    def __len__(self) -> int:
        return len(self._hashes)

    def add(self, value: str) -> None:
        """The same letters and digits are masked from now on, whatever their case, script of digits or separators."""
        plain = _plain(value)
        if len(plain) < _SHORTEST:
            return
        hashed = self._hash(plain)
        if hashed in self._hashes:
            return
        self._hashes[hashed] = None
        self.generation += 1
        self._shapes.add(len(plain))
        if len(self._hashes) > CAPACITY:
            del self._hashes[next(iter(self._hashes))]
            self.has_dropped = True

    def find(self, text: str) -> Iterator[Span]:
        """Stretches of up to eight words that were masked before. May overlap."""
        if not self._hashes:
            return
        folded = fold(text)
        tokens = [(match.start(), match.end(), match[0].casefold()) for match in _TOKEN.finditer(folded)]
        for first, (start, _, _) in enumerate(tokens):
            plain = ""
            for _, end, word in tokens[first : first + _MOST_WORDS]:
                plain += word
                if len(plain) in self._shapes and self._hash(plain) in self._hashes:
                    yield Span(start, end, "value", "masked_before")

    def traces(self, text: str) -> Iterator[tuple[int, int, bytes]]:
        """What `find` would look for in a text: stretches, start and end, with a keyed hash for `holds`."""
        tokens = [(match.start(), match.end(), match[0].casefold()) for match in _TOKEN.finditer(fold(text))]
        for first, (start, _, _) in enumerate(tokens):
            plain = ""
            for _, end, word in tokens[first : first + _MOST_WORDS]:
                plain += word
                if len(plain) >= _SHORTEST:
                    yield start, end, self._hash(plain)

    def holds(self, trace: bytes) -> bool:
        """Whether a stretch of which only the hash is left was masked by now."""
        return trace in self._hashes

    def _hash(self, plain: str) -> bytes:
        return hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=16, key=self._key).digest()


def _plain(value: str) -> str:
    return "".join(_TOKEN.findall(fold(value))).casefold()


class Masker:
    """The detector and its memory: one for all channels of a recording."""

    def __init__(self, detector: Detector, memory: Memory) -> None:
        self._detector, self.memory = detector, memory
        self.version = detector.version

    @property
    def trouble(self) -> str | None:
        """Why everything is masked, None when all is well."""
        return self._detector.trouble

    def detect(self, text: str) -> list[Span]:
        """As `Detector.detect`, and what was masked before; keeps in mind what is masked now."""
        found = self._detector.detect(text)
        if any(span.category == "closed" for span in found):
            return found
        for span in found:
            self.keep_in_mind(text[span.start : span.end])
        covered = {at for span in found for at in range(span.start, span.end)}
        again = (span for span in self.memory.find(text) if not covered.issuperset(range(span.start, span.end)))
        return bridge(text, union([*found, *again]))

    def mask(self, text: str) -> Masked:
        """`text` with a constant in the place of every span."""
        return apply(text, self.detect(text))

    def asks(self, text: str) -> bool:
        """Whether `text` is a label: whatever stood after it would be masked. Keeps nothing in mind."""
        label = f"{text.rstrip(' :')}: "
        return any(span.end > len(label) for span in self._detector.detect(f"{label}{_HARMLESS}"))

    def keep_in_mind(self, value: str) -> None:
        """`value` was masked somewhere: mask it everywhere. A single word without which there is no sentence is not."""
        if self._detector.passes(value) and not self._detector.is_function_word(value):
            self.memory.add(value)
