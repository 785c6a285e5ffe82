"""What is being written outside of the home, noted in it, so that what a kill leaves there goes with the next command.

The note stands from before the first byte until after the last one, and is sealed: where a person keeps things is their
own affair. What is in the making lies beside its place under a name that says which process makes it.
"""

import base64
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from recorder.errors import DamagedError
from recorder.format.manifest import unbase64
from recorder.store.folders import listed
from recorder.store.home import owner_is_me, remove_file, sync_folder, temporary_name, write_private, writer_lives
from recorder.store.steps import Step, step
from recorder.store.vault import UnlockedVault

PARTIAL = ".partial"
_PREFIX, _SUFFIX = "outside-", ".json"
_TEMPORARY = re.compile(r"[0-9]+-[0-9a-f]{16}")
_CONTEXT = "outside"


def partial_of(place: Path) -> Path:
    """Where to write what is to lie at `place`: beside it, on the same disk."""
    return place.with_name(f".{place.name}.{temporary_name()}{PARTIAL}")


def remove_abandoned(place: Path) -> None:
    """What was being written to `place` by processes that are gone. Nothing else, and nobody else's."""
    beginning = f".{place.name}."
    for path in place.parent.iterdir():
        writer = path.name.removeprefix(beginning).removesuffix(PARTIAL)
        named = path.name == f"{beginning}{writer}{PARTIAL}" and _TEMPORARY.fullmatch(writer)
        if not named or path.is_symlink() or not owner_is_me(path) or writer_lives(writer):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def noted(home: Path, unlocked: UnlockedVault, place: Path) -> Iterator[None]:
    """While something is written to `place`. Raises: PlatformError when the home takes no note; nothing is written."""
    note = home / f"{_PREFIX}{temporary_name()}{_SUFFIX}"
    _write(note, str(place.absolute()), unlocked)
    step(Step.OUTSIDE_NOTED)
    try:
        yield
    finally:
        with suppress(OSError):  # a note that stays is looked at by the next command
            if not _in_the_making(place):
                remove_file(note)
                sync_folder(home)
    step(Step.OUTSIDE_DONE)


def count(home: Path) -> int:
    """How many notes nobody is at work for any more. Needs no key."""
    return len(_left(home))


def clean(home: Path, unlocked: UnlockedVault) -> list[str]:
    """Remove what was cut short, and its note. Returns, in words, what could not be: a place that is not there now is
    looked at again next time."""
    said = []
    for note in _left(home):
        try:
            place = Path(_read(note, unlocked))
        except DamagedError:
            remove_file(note)
            said.append(f"something was cut short while it was written; what is left of it is called .*{PARTIAL}")
            continue
        try:
            remove_abandoned(place)
            if place.is_file() and not place.is_symlink() and not place.stat().st_size:
                place.unlink()  # it was put there to keep the place
        except FileNotFoundError:
            said.append(f"{place} was cut short while it was written; what is left of it goes when its disk is there")
            continue
        except OSError as failure:
            said.append(f"{place} was cut short, and what is left of it can't be removed: {failure.strerror}")
            continue
        remove_file(note)
        step(Step.OUTSIDE_CLEANED)
    return said


def reseal(home: Path, unlocked: UnlockedVault) -> None:
    """Wrap the notes to the vault's newest key. Under `keys_lock`. What does not open stays."""
    for note in _notes(home):
        try:
            place, epoch = _open(note, unlocked)
        except DamagedError:
            continue
        if epoch != unlocked.recipient.epoch:
            _write(note, place, unlocked)


def _in_the_making(place: Path) -> bool:
    """Whether something of this process is left beside `place`, though it is done with it."""
    mine = f".{place.name}.{os.getpid()}-"
    return any(path.name.startswith(mine) for path in place.parent.iterdir())


def _notes(home: Path) -> list[Path]:
    return listed(home, _PREFIX, _SUFFIX)


def _left(home: Path) -> list[Path]:
    return [one for one in _notes(home) if not writer_lives(one.name.removeprefix(_PREFIX).removesuffix(_SUFFIX))]


def _write(note: Path, place: str, unlocked: UnlockedVault) -> None:
    sealed = base64.b64encode(unlocked.recipient.seal(json.dumps(place).encode(), _CONTEXT)).decode()
    write_private(note, json.dumps({"epoch": unlocked.recipient.epoch, "sealed": sealed}).encode())


def _read(note: Path, unlocked: UnlockedVault) -> str:
    return _open(note, unlocked)[0]


def _open(note: Path, unlocked: UnlockedVault) -> tuple[str, int]:
    """The place and the epoch. Raises: DamagedError."""
    try:
        fields: Any = json.loads(note.read_bytes())
        epoch = int(fields["epoch"])
        return str(json.loads(unlocked.open(unbase64(fields["sealed"]), _CONTEXT, epoch))), epoch
    except (ValueError, KeyError, TypeError, RecursionError, FileNotFoundError):
        raise DamagedError("a note of what was being written does not parse") from None
