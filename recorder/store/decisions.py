"""`decisions.json`: which review decision of each session is its last one; the vault's head `review` vouches for it.

A decision beside a session is bound to bytes. This binds it to its time: one that was made before the last one, and is
put back, is none. The file is written first and the head after it; until the head follows, the decision that the file
was written for counts as none, and all others as they did. No state of the two is an error: what is not vouched for is
not decided, and can be decided again.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from recorder.store.home import ensure, session_ids, write_private
from recorder.store.lock import FileLock
from recorder.store.steps import Step, step
from recorder.store.vault import HeadKeeper

FILE_NAME = "decisions.json"
HEAD = "review"
PURPOSE = "decisions/1"
LOCK = "review.lock"
# A keyring takes milliseconds to answer, and a list asks for hundreds of sessions at once.
_GOOD_FOR_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """`macs`: of the last decision, by a name that only this vault can make of a session's id. `newest`: the name for
    which the file was written; `before`: the head at that moment, "" for none."""

    macs: Mapping[str, str]
    newest: str = ""
    before: str = ""

    def message(self) -> bytes:
        return json.dumps([sorted(self.macs.items()), self.newest, self.before], separators=(",", ":")).encode()


_KNOWN: "WeakKeyDictionary[HeadKeeper, tuple[bytes, float, Mapping[str, str]]]" = WeakKeyDictionary()


def is_last(home: Path, keeper: HeadKeeper, session_id: str, mac: str) -> bool:
    """Whether the session's last decision is the one with this MAC. Raises: PlatformError."""
    content = _content(home)
    known, now = _KNOWN.get(keeper), time.monotonic()
    if known is None or known[0] != hashlib.sha256(content).digest() or now - known[1] > _GOOD_FOR_S:
        found = _vouched_for(content, keeper.head(HEAD) or "", keeper)
        known = _KNOWN[keeper] = (hashlib.sha256(content).digest(), now, found)
    return known[2].get(_name(keeper, session_id)) == mac


@contextmanager
def deciding(home: Path) -> Iterator[None]:
    """One decision at a time, from the one beside the session to the head."""
    lock = FileLock(ensure(home) / LOCK)
    lock.take(wait=True)
    try:
        yield
    finally:
        lock.release()


def keep(home: Path, keeper: HeadKeeper, session_id: str, mac: str) -> None:
    """This decision is the session's last one from now on. Under `deciding`. Raises: PlatformError."""
    head = keeper.head(HEAD) or ""
    there = {_name(keeper, one) for one in session_ids(home)}
    macs = {name: one for name, one in _vouched_for(_content(home), head, keeper).items() if name in there}
    newest = _name(keeper, session_id)
    decisions = Decisions(macs=macs | {newest: mac}, newest=newest, before=head)
    fields = {"version": 1, "macs": decisions.macs, "newest": newest, "before": head}
    own = keeper.mac(PURPOSE, decisions.message())
    write_private(home / FILE_NAME, json.dumps(fields | {"mac": own}, sort_keys=True).encode() + b"\n")
    step(Step.REVIEW_LISTED)
    keeper.set_head(HEAD, own)
    _KNOWN.pop(keeper, None)
    step(Step.REVIEW_DONE)


def none_counts() -> dict[str, bytes]:
    """The vault's item under which no decision that was made counts any more: for a head that may be an older one."""
    return {f"head-{HEAD}": f"none-{secrets.token_hex(8)}".encode()}


def _content(home: Path) -> bytes:
    try:
        return (home / FILE_NAME).read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return b""


def _vouched_for(content: bytes, head: str, keeper: HeadKeeper) -> Mapping[str, str]:
    """What counts of a file under a head; empty for a file that is not the last one, or not ours."""
    try:
        fields = json.loads(content)
        macs = {str(name): str(one) for name, one in fields["macs"].items()}
        decisions = Decisions(macs=macs, newest=str(fields["newest"]), before=str(fields["before"]))
        own = str(fields["mac"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    if head not in (own, decisions.before) or not keeper.check_mac(PURPOSE, decisions.message(), own):
        return {}
    return macs if head == own else _without(macs, [decisions.newest])


def _without(macs: Mapping[str, str], names: Iterable[str]) -> Mapping[str, str]:
    gone = set(names)
    return {name: mac for name, mac in macs.items() if name not in gone}


def _name(keeper: HeadKeeper, session_id: str) -> str:
    # Not the id itself: of a session that is deleted nothing is left here that names it.
    return keeper.mac("decisions/name", session_id.encode())[:32]
