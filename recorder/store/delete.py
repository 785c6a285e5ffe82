"""Deletion for good: intent, rewrite what is touched under new keys, switch, rotate the vault's key, unlink, verify.

A crash anywhere is rolled forward by `resume`. A session being recorded is not touched here: `Writer.forget` is.
Counting and deleting are the same code, so a dry run says what the real one does.
"""

import base64
import dataclasses
import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from recorder.errors import BusyError, DamagedError, PlatformError
from recorder.format.manifest import unbase64
from recorder.store import rewrite
from recorder.store.cut import Range
from recorder.store.home import check_room, ensure, remove_file, session_ids, sync_folder, write_private
from recorder.store.lock import FileLock, is_being_written, session_lock
from recorder.store.recover import recover_session
from recorder.store.rotate import remove_session, rotate, rotation_asked, sweep
from recorder.store.segment import read_manifest
from recorder.store.session import SessionReader
from recorder.store.steps import Step, step
from recorder.store.vault import UnlockedVault


class What(StrEnum):
    """By what a deletion chooses."""

    SESSION = "session"
    BETWEEN = "between"
    APP = "app"
    FRAMES = "frames"
    EVENTS = "events"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """What to delete. `span`: Unix microseconds [from, to) for BETWEEN, first and last seq for EVENTS."""

    what: What
    session_id: str | None = None
    span: Range | None = None
    app: str | None = None
    frame_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What went (or, with `dry_run`, would go). `session_ids`: those touched; `sessions`: those gone whole.
    `verified`: no byte of what went is named or opened by anything in the home folder any more. `unnamed`: sessions
    that do not say of everything which app it is of, because the consent had no names in it: what an app's deletion
    could not tell apart was left there."""

    dry_run: bool
    session_ids: tuple[str, ...] = ()
    sessions: int = 0
    segments: int = 0
    events: int = 0
    frames: int = 0
    contexts: int = 0
    redactions: int = 0
    size_bytes: int = 0  # of the files that went
    unnamed: tuple[str, ...] = ()
    verified: bool = False


@dataclass(slots=True)
class _Work:
    """Counts while it goes on, and the old names and wrapped keys whose absence is checked at the end."""

    counts: Counter[str] = field(default_factory=Counter)
    touched: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    old_paths: list[Path] = field(default_factory=list)
    old_secrets: list[bytes] = field(default_factory=list)


def delete_session(home: Path, unlocked: UnlockedVault, session_id: str, *, dry_run: bool = False) -> Receipt:
    """A whole session. Raises: BusyError while it is being recorded, UsageError when there is none."""
    SessionReader.folder_of(home, session_id)
    return delete(home, unlocked, Selector(what=What.SESSION, session_id=session_id), dry_run=dry_run)


def delete_all(home: Path, unlocked: UnlockedVault, *, dry_run: bool = False) -> Receipt:
    """Every session."""
    return delete(home, unlocked, Selector(what=What.ALL), dry_run=dry_run)


def delete_between(home: Path, unlocked: UnlockedVault, from_us: int, to_us: int, *, dry_run: bool = False) -> Receipt:
    """Everything in [from, to), Unix microseconds, in every session. A session that lies in it goes whole."""
    return delete(home, unlocked, Selector(what=What.BETWEEN, span=(from_us, to_us)), dry_run=dry_run)


def delete_app(home: Path, unlocked: UnlockedVault, app: str, *, dry_run: bool = False) -> Receipt:
    """Everything of an app (its rule's name): what went to it, its contexts, and every picture that shows it or may do
    so. What went to another app while this one had the keyboard stays. `Receipt.unnamed`: where that can't be told."""
    return delete(home, unlocked, Selector(what=What.APP, app=app), dry_run=dry_run)


def delete_frames(
    home: Path, unlocked: UnlockedVault, session_id: str, frame_ids: Iterable[int], *, dry_run: bool = False
) -> Receipt:
    """Single pictures."""
    SessionReader.folder_of(home, session_id)
    chosen = Selector(what=What.FRAMES, session_id=session_id, frame_ids=tuple(sorted(frame_ids)))
    return delete(home, unlocked, chosen, dry_run=dry_run)


def delete_events(
    home: Path, unlocked: UnlockedVault, session_id: str, first_seq: int, last_seq: int, *, dry_run: bool = False
) -> Receipt:
    """Events by number, both ends included."""
    SessionReader.folder_of(home, session_id)
    chosen = Selector(what=What.EVENTS, session_id=session_id, span=(first_seq, last_seq))
    return delete(home, unlocked, chosen, dry_run=dry_run)


def delete(home: Path, unlocked: UnlockedVault, selector: Selector, *, dry_run: bool = False) -> Receipt:
    """Raises: BusyError while another deletion runs or what is chosen is being recorded; DamagedError when a session
    can't be read that would have to be (a damaged one can be deleted whole); PlatformError when the disk is full."""
    with _alone(home):
        _resume(home, unlocked)
        for session_id in session_ids(home):
            recover_session(home / "sessions" / session_id, unlocked)
        _refuse_what_is_recorded(home, selector)
        if dry_run:
            return _receipt(_carry_out(home, unlocked, selector, dry_run=True), dry_run=True)
        intent = _write_intent(home, unlocked, selector)
        step(Step.DELETE_INTENT)
        work = _carry_out(home, unlocked, selector, dry_run=False)
        if work.touched:
            rotate(home, unlocked)
        verified = _verify(home, work)
        step(Step.DELETE_VERIFIED)
        _remove_intent(intent)
        return _receipt(work, dry_run=False, verified=verified)


def pending(home: Path) -> bool:
    """Whether a deletion was cut short, or the vault's key has still to change: nothing is verified before `resume`."""
    folder = home / "pending"
    return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())


def resume(home: Path, unlocked: UnlockedVault) -> int:
    """Finish deletions that were cut short and rotations that were asked for. Returns how many there were."""
    with _alone(home):
        return _resume(home, unlocked)


def _resume(home: Path, unlocked: UnlockedVault) -> int:
    intents = sorted((home / "pending").glob("delete-*.json"))
    for intent in intents:
        selector = _read_intent(intent, unlocked)
        if selector is not None:
            _carry_out(home, unlocked, selector, dry_run=False)
    asked = rotation_asked(home, unlocked)
    if intents or asked:
        rotate(home, unlocked)
    for intent in intents:
        _remove_intent(intent)
    return len(intents) + int(asked)


def _carry_out(home: Path, unlocked: UnlockedVault, selector: Selector, *, dry_run: bool) -> _Work:
    work = _Work()
    if not dry_run:
        sweep(home)
        step(Step.DELETE_SWEPT)
    for session_id in session_ids(home):
        if selector.session_id not in (None, session_id) or is_being_written(home / "sessions" / session_id):
            continue
        _one_session(home, session_id, unlocked, selector, work, dry_run=dry_run)
    return work


def _one_session(
    home: Path, session_id: str, unlocked: UnlockedVault, selector: Selector, work: _Work, *, dry_run: bool
) -> None:
    folder = home / "sessions" / session_id
    lock = session_lock(folder)
    if not lock.take():
        raise BusyError(f"session {session_id} is in use")
    try:
        plan = _plan(home, session_id, unlocked, selector)
        if plan.unnamed:
            work.unnamed.append(session_id)
        if not plan.counts:
            return
        work.touched.append(session_id)
        work.counts.update(plan.counts)
        if not dry_run:
            work.old_paths += plan.old_paths
            work.old_secrets += plan.old_secrets
            plan.act()
            step(Step.DELETE_CARRIED_OUT)
    finally:
        lock.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    counts: Counter[str]
    old_paths: list[Path]
    old_secrets: list[bytes]
    act: Callable[[], None]
    unnamed: bool = False


def _plan(home: Path, session_id: str, unlocked: UnlockedVault, selector: Selector) -> _Plan:
    folder = home / "sessions" / session_id
    if selector.what in (What.SESSION, What.ALL):
        return _whole(folder, unlocked, home)
    reader = SessionReader(home, session_id, unlocked)
    span = _session_span(selector, reader)
    if span is not None and rewrite.covers(span, reader):
        return _whole(folder, unlocked, home)
    chosen = rewrite.resolve(reader, span=span, app=selector.app, frame_ids=selector.frame_ids, seqs=_seqs(selector))
    changes = rewrite.plan(reader, chosen)
    old = [reader.folder / "segments" / file.name for entry in changes.old_entries for file in entry.files]

    def act() -> None:
        check_room(home, changes.old_bytes, floor_bytes=0)
        rewrite.act(reader, changes, unlocked)

    unnamed = selector.app is not None and not rewrite.names_apps(reader)
    return _Plan(counts=changes.counts, old_paths=old, old_secrets=_wrapped(folder), act=act, unnamed=unnamed)


def _whole(folder: Path, unlocked: UnlockedVault, home: Path) -> _Plan:
    counts: Counter[str] = Counter({"sessions": 1})
    try:
        manifest = read_manifest(folder)
        counts["segments"], counts["size_bytes"] = len(manifest.segments), manifest.size_bytes
        reader = SessionReader(home, folder.name, unlocked)
        counts.update({table: reader.count(table) for table in ("events", "frames", "contexts", "redactions")})
    except DamagedError:
        pass  # what can't be read can still be deleted; what it held is not known
    files = [path for path in folder.rglob("*") if path.is_file()]
    return _Plan(counts=counts, old_paths=files, old_secrets=_wrapped(folder), act=lambda: remove_session(folder))


def _session_span(selector: Selector, reader: SessionReader) -> Range | None:
    if selector.what is not What.BETWEEN or selector.span is None:
        return None
    origin = reader.manifest.started_at_us
    return selector.span[0] - origin, selector.span[1] - origin


def _seqs(selector: Selector) -> Range | None:
    return selector.span if selector.what is What.EVENTS else None


def _refuse_what_is_recorded(home: Path, selector: Selector) -> None:
    for session_id in session_ids(home):
        folder = home / "sessions" / session_id
        if selector.session_id in (None, session_id) and is_being_written(folder):
            before = selector.what is What.BETWEEN and selector.span is not None
            if before and selector.span is not None and selector.span[1] <= read_manifest(folder).started_at_us:
                continue
            hint = "`recorder stop` first; `recorder forget` deletes the last minutes while recording"
            raise BusyError(f"session {session_id} is being recorded", hint=hint)


# The intent: sealed, because it may name an app.


def _write_intent(home: Path, unlocked: UnlockedVault, selector: Selector) -> Path:
    path = ensure(home) / "pending" / f"delete-{secrets.token_hex(8)}.json"
    plain = json.dumps(dataclasses.asdict(selector)).encode()
    sealed = base64.b64encode(unlocked.recipient.seal(plain, "intent")).decode()
    write_private(path, json.dumps({"epoch": unlocked.recipient.epoch, "sealed": sealed}).encode())
    return path


def _read_intent(path: Path, unlocked: UnlockedVault) -> Selector | None:
    """None when its key is gone: the rotation that follows the rewriting was done, so only the sweep is left."""
    try:
        fields = json.loads(path.read_bytes())
        epoch = int(fields["epoch"])
        if epoch not in unlocked.epochs:
            return None
        plain: dict[str, Any] = json.loads(unlocked.open(unbase64(fields["sealed"]), "intent", epoch))
    except (ValueError, KeyError, TypeError):
        raise DamagedError("an unfinished deletion does not parse") from None
    span = None if plain["span"] is None else (int(plain["span"][0]), int(plain["span"][1]))
    changes = {"what": What(plain["what"]), "span": span, "frame_ids": tuple(plain["frame_ids"])}
    return Selector(**plain | changes)


def _remove_intent(path: Path) -> None:
    remove_file(path)
    sync_folder(path.parent)
    step(Step.DELETE_DONE)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One deletion at a time. Raises: BusyError."""
    lock = FileLock(ensure(home) / "delete.lock")
    if not lock.take():
        raise BusyError("another deletion is running")
    try:
        yield
    finally:
        lock.release()


# The check


def _wrapped(folder: Path) -> list[bytes]:
    """What would open the session as it was: the wrapped keys, as they stand in files."""
    found = [path.read_bytes() for path in (folder / "keys").glob("*.json")]
    with suppress(DamagedError):
        found += [entry.sealed.encode() for entry in read_manifest(folder).segments]
    return found


def _verify(home: Path, work: _Work) -> bool:
    """No old file is there, and no old wrapped key is in any byte of what is there.

    Raises: PlatformError naming what is left; the intent stays, so that the next start tries again.
    """
    left = [path for path in work.old_paths if path.exists()]
    if left:
        raise PlatformError(f"{left[0].name} is still there", hint="the deletion goes on at the next start")
    for path in home.rglob("*"):
        if path.suffix in (".json", ".jsonl", ".toml") and path.is_file():
            content = path.read_bytes()
            if any(secret in content for secret in work.old_secrets):
                raise PlatformError(f"{path.name} still holds a deleted key", hint="run the deletion again")
    return True


def _receipt(work: _Work, *, dry_run: bool, verified: bool = False) -> Receipt:
    return Receipt(
        dry_run=dry_run,
        session_ids=tuple(work.touched),
        unnamed=tuple(work.unnamed),
        verified=verified,
        **work.counts,
    )
