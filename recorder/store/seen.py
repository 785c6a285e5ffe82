"""`seen.json` beside a session: which of its pictures and events its owner has looked at. It never leaves, and no
approval follows from it.

It is sealed to the session's own identity, so it ends with what it names: a deletion for good makes a new identity, and
only what is left of the session is carried over. It has a MAC of the vault. Whatever is missing, changed, put in from
elsewhere or sealed to a key that is gone counts as not looked at.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recorder.errors import DamagedError
from recorder.format.manifest import unbase64
from recorder.format.seal import Identity, Recipient
from recorder.store.home import remove_file, sync_folder, write_private
from recorder.store.numbers import NONE, Numbers
from recorder.store.vault import HeadKeeper

FILE_NAME = "seen.json"
PURPOSE = "seen/1"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked at of one session. `frames`: ids; `events`: seq."""

    frames: Numbers = NONE
    events: Numbers = NONE

    def __or__(self, other: "Seen") -> "Seen":
        return Seen(Numbers.union([self.frames, other.frames]), Numbers.union([self.events, other.events]))

    def __and__(self, other: "Seen") -> "Seen":
        return Seen(both(self.frames, other.frames), both(self.events, other.events))

    def __bool__(self) -> bool:
        return bool(self.frames or self.events)


def both(ours: Numbers, theirs: Numbers) -> Numbers:
    """What is in either, run by run: there may be a million of them."""
    return Numbers.of_edges([edge for run in _shared(list(ours.runs()), list(theirs.runs())) for edge in run])


def load(folder: Path, identity: Identity, keeper: HeadKeeper) -> Seen:
    """What was looked at of the session in `folder`; nothing where that can't be told."""
    path = folder / FILE_NAME
    try:
        if path.is_symlink():
            return Seen()
        fields = json.loads(path.read_bytes())
        plain = identity.open(unbase64(fields["sealed"]), _context(folder))
        if fields["version"] != VERSION or not keeper.check_mac(PURPOSE, _bound(folder, plain), str(fields["mac"])):
            return Seen()
        found = json.loads(plain)
        return Seen(Numbers.of_steps(found["frames"]), Numbers.of_steps(found["events"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, DamagedError, RecursionError):
        return Seen()


def save(folder: Path, recipient: Recipient, keeper: HeadKeeper, seen: Seen) -> None:
    """Replace what is known, at once or not at all. `recipient`: the session's."""
    fields = {"frames": seen.frames.steps(), "events": seen.events.steps()}
    plain = json.dumps(fields, separators=(",", ":")).encode()
    sealed = base64.b64encode(recipient.seal(plain, _context(folder))).decode()
    kept = {"version": VERSION, "mac": keeper.mac(PURPOSE, _bound(folder, plain)), "sealed": sealed}
    write_private(folder / FILE_NAME, json.dumps(kept, sort_keys=True).encode() + b"\n")


def discard(folder: Path) -> None:
    """Forget that anything was looked at."""
    if (folder / FILE_NAME).exists():
        remove_file(folder / FILE_NAME)
        sync_folder(folder)


def _shared(ours: list[tuple[int, int]], theirs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Runs whose first and last number are in both."""
    at = other = 0
    while at < len(ours) and other < len(theirs):
        first, last = max(ours[at][0], theirs[other][0]), min(ours[at][1], theirs[other][1])
        if first <= last:
            yield first, last
        if ours[at][1] < theirs[other][1]:
            at += 1
        else:
            other += 1


def _context(folder: Path) -> str:
    return f"seen|{folder.name}"


def _bound(folder: Path, plain: bytes) -> bytes:
    return folder.name.encode() + b"\0" + plain
