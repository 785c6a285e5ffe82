"""`staged.json`: what is staged for deletion, sealed to the vault, with a MAC that the vault's head `staged` names.

The head makes an older copy, a forged one or a missing one an error, never an answer: nothing is shown while it can't
be told what is staged. It is the MAC of the plain text, so wrapping the file to a new vault key does not change it.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from weakref import WeakKeyDictionary

from recorder.errors import DamagedError
from recorder.format.manifest import unbase64
from recorder.store import staged_json
from recorder.store.chosen import Chosen
from recorder.store.home import remove_file, sync_folder, write_private
from recorder.store.overlay import Overlay
from recorder.store.selector import Selector
from recorder.store.vault import UnlockedVault

FILE_NAME = "staged.json"
HEAD = "staged"
PURPOSE = "staged/1"
_NO_FILE = "-"
_NOTHING = Overlay()
_HINT = "recorder delete --undo all shows everything again that was staged; recorder delete --session removes for good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One staged deletion. `targets`: what it takes in each session that there was; `counts`: how much that is."""

    id: int
    at_us: int
    selector: Selector
    counts: Mapping[str, int]
    targets: Mapping[str, Chosen]
    unnamed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """All of them, and what they hide together of each session."""

    stages: tuple[Stage, ...] = ()
    overlays: Mapping[str, Overlay] = field(default_factory=dict)
    next_id: int = 1

    def overlay(self, session_id: str) -> Overlay:
        return self.overlays.get(session_id, _NOTHING)

    def targets(self, session_id: str) -> list[Chosen]:
        return [stage.targets[session_id] for stage in self.stages if session_id in stage.targets]


def numbered(staged: Staged, next_id: int) -> Staged:
    """The same, but the next stage gets this id."""
    return replace(staged, next_id=next_id)


_LOADED: "WeakKeyDictionary[UnlockedVault, tuple[bytes, str, Staged]]" = WeakKeyDictionary()


def load(home: Path, unlocked: UnlockedVault) -> Staged:
    """What is staged now. Raises: DamagedError when the file was changed, put back, forged or taken away."""
    heads = (unlocked.head(HEAD) or _NO_FILE).split()
    content = _content(home)
    if content is None:
        if _NO_FILE not in heads:
            raise DamagedError(f"{FILE_NAME} is gone, and something may be staged for deletion", hint=_HINT)
        return Staged()
    known = _LOADED.get(unlocked)
    if known is None or known[0] != content:
        known = _LOADED[unlocked] = (content, *_parse(content, unlocked))
    if known[1] not in heads:
        raise DamagedError(f"{FILE_NAME} is not the one that was written last", hint=_HINT)
    return known[2]


def save(home: Path, unlocked: UnlockedVault, staged: Staged) -> None:
    """Replace what is staged, at once or not at all."""
    plain = staged_json.encode(staged)
    mac = unlocked.mac(PURPOSE, plain)
    # Until the file is in place both the old and the new one are right; a crash in between leaves one of them.
    old = (unlocked.head(HEAD) or _NO_FILE).split()
    unlocked.set_head(HEAD, " ".join([mac, *old]))
    _write(home, unlocked, plain, mac)
    unlocked.set_head(HEAD, mac)


def reseal(home: Path, unlocked: UnlockedVault) -> None:
    """Wrap it to the vault's newest key. Under `keys_lock`. What does not open stays, and stays an error."""
    content = _content(home)
    if content is None:
        return
    try:
        plain, mac, epoch = _open(content, unlocked)
    except DamagedError:
        return
    if epoch != unlocked.recipient.epoch:
        _write(home, unlocked, plain, mac)


def adopt(home: Path, unlocked: UnlockedVault) -> None:
    """Take a file that verifies for the last one: after a restored backup the head may be older. What does not verify
    stays an error."""
    try:
        content = _content(home)
        if content is not None:
            unlocked.set_head(HEAD, _open(content, unlocked)[1])
    except DamagedError:
        return


def discard(home: Path, unlocked: UnlockedVault) -> None:
    """Forget what was staged, readable or not: all of it is shown again."""
    old = (unlocked.head(HEAD) or _NO_FILE).split()
    unlocked.set_head(HEAD, " ".join([_NO_FILE, *old]))
    remove(home)
    unlocked.set_head(HEAD, _NO_FILE)


def remove(home: Path) -> None:
    """The file alone, when the vault goes as well."""
    remove_file(home / FILE_NAME)
    sync_folder(home)


def _content(home: Path) -> bytes | None:
    path = home / FILE_NAME
    try:
        if path.is_symlink():
            raise DamagedError(f"{FILE_NAME} is a link", hint=_HINT)
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(home: Path, unlocked: UnlockedVault, plain: bytes, mac: str) -> None:
    sealed = base64.b64encode(unlocked.recipient.seal(plain, "staged")).decode()
    fields = {"version": 1, "epoch": unlocked.recipient.epoch, "mac": mac, "sealed": sealed}
    write_private(home / FILE_NAME, json.dumps(fields, sort_keys=True).encode() + b"\n")


def _open(content: bytes, unlocked: UnlockedVault) -> tuple[bytes, str, int]:
    """Plain text, MAC, epoch."""
    try:
        fields = json.loads(content)
        if fields["version"] != 1:
            raise DamagedError(f"{FILE_NAME} is of an unknown version", hint="a newer recorder may read it")
        epoch, mac, sealed = int(fields["epoch"]), str(fields["mac"]), unbase64(fields["sealed"])
    except (ValueError, KeyError, TypeError):
        raise DamagedError(f"{FILE_NAME} does not parse", hint=_HINT) from None
    try:
        plain = unlocked.open(sealed, "staged", epoch)
    except DamagedError:
        raise DamagedError(f"{FILE_NAME} does not open", hint=_HINT) from None
    if not unlocked.check_mac(PURPOSE, plain, mac):
        raise DamagedError(f"{FILE_NAME} does not verify", hint=_HINT)
    return plain, mac, epoch


def _parse(content: bytes, unlocked: UnlockedVault) -> tuple[str, Staged]:
    plain, mac, _ = _open(content, unlocked)
    return mac, staged_json.decode(plain, Stage, Staged)
