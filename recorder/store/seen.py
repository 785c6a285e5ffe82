"""`seen.json` beside a session: which of its pictures and events its owner has looked at. It never leaves, and no
approval follows from it.

It is sealed to the session's own identity, so it ends with what it names: a deletion for good makes a new identity, and
only what is left of the session is carried over. It has a MAC of the vault. Whatever is missing, changed, put in from
elsewhere or sealed to a key that is gone counts as not looked at.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recorder.errors import DamagedError
from recorder.format.manifest import unbase64
from recorder.format.seal import Identity, Recipient
from recorder.store.cut import Range, merge
from recorder.store.home import remove_file, sync_folder, write_private
from recorder.store.vault import HeadKeeper

FILE_NAME = "seen.json"
PURPOSE = "seen/1"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Numbers:
    """A set of numbers as half-open runs, in order: what was looked at is mostly one stretch after the other."""

    runs: tuple[Range, ...] = ()

    @classmethod
    def of(cls, numbers: Iterable[int]) -> "Numbers":
        return cls(merge((number, number + 1) for number in numbers))

    def __or__(self, other: "Numbers") -> "Numbers":
        return Numbers(merge([*self.runs, *other.runs]))

    def __and__(self, other: "Numbers") -> "Numbers":
        return Numbers(tuple(_shared(self.runs, other.runs)))

    def __contains__(self, number: int) -> bool:
        return any(first <= number < end for first, end in self.runs)

    def __iter__(self) -> Iterator[int]:
        return (number for first, end in self.runs for number in range(first, end))

    def __len__(self) -> int:
        return sum(end - first for first, end in self.runs)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked at of one session. `frames`: ids; `events`: seq."""

    frames: Numbers = Numbers()
    events: Numbers = Numbers()

    def __or__(self, other: "Seen") -> "Seen":
        return Seen(self.frames | other.frames, self.events | other.events)

    def __and__(self, other: "Seen") -> "Seen":
        return Seen(self.frames & other.frames, self.events & other.events)

    def __bool__(self) -> bool:
        return bool(self.frames.runs or self.events.runs)


def load(folder: Path, identity: Identity, keeper: HeadKeeper) -> Seen:
    """What was looked at of the session in `folder`; nothing where that can't be told."""
    path = folder / FILE_NAME
    try:
        if path.is_symlink():
            return Seen()
        fields = json.loads(path.read_bytes())
        if fields["version"] != VERSION:
            return Seen()
        plain = identity.open(unbase64(fields["sealed"]), _context(folder))
        if not keeper.check_mac(PURPOSE, _bound(folder, plain), str(fields["mac"])):
            return Seen()
        return _parse(json.loads(plain))
    except (OSError, ValueError, KeyError, TypeError, DamagedError, RecursionError):
        return Seen()


def save(folder: Path, recipient: Recipient, keeper: HeadKeeper, seen: Seen) -> None:
    """Replace what is known, at once or not at all. `recipient`: the session's."""
    fields = {"frames": seen.frames.runs, "events": seen.events.runs}
    plain = json.dumps(fields, separators=(",", ":")).encode()
    sealed = base64.b64encode(recipient.seal(plain, _context(folder))).decode()
    kept = {"version": VERSION, "mac": keeper.mac(PURPOSE, _bound(folder, plain)), "sealed": sealed}
    write_private(folder / FILE_NAME, json.dumps(kept, sort_keys=True).encode() + b"\n")


def discard(folder: Path) -> None:
    """Forget that anything was looked at."""
    if (folder / FILE_NAME).exists():
        remove_file(folder / FILE_NAME)
        sync_folder(folder)


def _parse(fields: dict[str, Any]) -> Seen:
    return Seen(*(Numbers(merge((int(one[0]), int(one[1])) for one in fields[name])) for name in ("frames", "events")))


def _shared(ours: tuple[Range, ...], theirs: tuple[Range, ...]) -> Iterator[Range]:
    at = other = 0
    while at < len(ours) and other < len(theirs):
        first, end = max(ours[at][0], theirs[other][0]), min(ours[at][1], theirs[other][1])
        if first < end:
            yield first, end
        if ours[at][1] < theirs[other][1]:
            at += 1
        else:
            other += 1


def _context(folder: Path) -> str:
    return f"seen|{folder.name}"


def _bound(folder: Path, plain: bytes) -> bytes:
    return folder.name.encode() + b"\0" + plain
