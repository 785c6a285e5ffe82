"""Deletion for good: plan, intent, rewrite what is touched under new keys, rotate the vault's key, unlink, verify.

A crash anywhere is rolled forward by `resume`. A session being recorded is not touched here: `Writer.forget` is.
Counting and deleting are the same code, so a dry run says what the real one does.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from recorder.errors import BusyError, DamagedError, PlatformError
from recorder.store import deleted, intent, probes, staged_view
from recorder.store.audit import Action
from recorder.store.home import ensure, remove_file, session_ids, sync_folder
from recorder.store.lock import FileLock, is_being_written
from recorder.store.planned import Plan, locked, plan_all
from recorder.store.probes import Probe
from recorder.store.recover import recover_session
from recorder.store.rekey import rekey
from recorder.store.rotate import rotate, rotation_asked, sweep
from recorder.store.segment import read_manifest
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from recorder.store.steps import Step, step
from recorder.store.vault import UnlockedVault

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What went (or, with `dry_run`, would go). `session_ids`: those touched; `sessions`: those gone whole.
    `verified`: no byte of what went is named, held or opened by anything in the home folder any more. `unnamed`:
    sessions that do not say of everything which app or site it is of, because the consent had no names in it or a
    site's was masked: what could not be told apart was left there."""

    dry_run: bool
    session_ids: tuple[str, ...] = ()
    sessions: int = 0
    segments: int = 0
    events: int = 0
    frames: int = 0
    contexts: int = 0
    redactions: int = 0
    brushed: int = 0  # pictures that stay, with a box filled in them
    texts: int = 0  # what stood under such boxes, or may have
    tasks: int = 0  # of sessions that stay, and do not say any more what they were for
    size_bytes: int = 0  # of the files that went
    unnamed: tuple[str, ...] = ()
    verified: bool = False


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


def delete(
    home: Path,
    unlocked: UnlockedVault,
    selector: Selector,
    *,
    dry_run: bool = False,
    action: Action = Action.DELETED,
) -> Receipt:
    """`action`: how the history calls it; its line is written here, so that a deletion that a crash cuts short has it,
    too. Raises: BusyError while another deletion runs or what is chosen is being recorded; DamagedError when a session
    can't be read that would have to be (a damaged one can be deleted whole); PlatformError when the disk is full, or
    when a byte of what should be gone is left."""
    with alone(home):
        prepare(home, unlocked, selector)
        plans = plan_all(home, unlocked, selector, for_good=not dry_run)
        if dry_run:
            return _receipt(plans, dry_run=True)
        found = [probe for plan in plans for probe in plan.old_probes]
        line = _line(plans, action)
        path = intent.write(home, unlocked, selector, found, line)
        step(Step.DELETE_INTENT)
        _carry_out(home, unlocked, path, selector, plans, found, line)
        return _receipt(plans, dry_run=False, verified=True)


def prepare(home: Path, unlocked: UnlockedVault, selector: Selector) -> None:
    """Finish what was cut short, so that the sessions are as they will be; refuse what is being recorded."""
    # A session whose damage keeps an earlier deletion from being finished must be removable whole.
    with suppress(DamagedError) if selector.whole else _as_it_is():
        _resume(home, unlocked)
    _refuse_what_is_recorded(home, selector)


def pending(home: Path) -> bool:
    """Whether a deletion was cut short, or the vault's key has still to change: nothing is verified before `resume`."""
    folder = home / "pending"
    return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())


def resume(home: Path, unlocked: UnlockedVault) -> int:
    """Finish deletions that were cut short and rotations that were asked for. Returns how many there were."""
    with alone(home):
        return _resume(home, unlocked)


def _resume(home: Path, unlocked: UnlockedVault) -> int:
    # A journal opens with the identity under which it was written: it is sealed before any session gets another one.
    for session_id in session_ids(home):
        recover_session(home / "sessions" / session_id, unlocked)
    unfinished = [(path, intent.read(path, unlocked)) for path in intent.paths(home)]
    for path, (selector, found, stages, line) in unfinished:
        # Without a selector the rewriting was done before the crash: nothing is chosen any more.
        wanted = selector or Selector(what=What.SESSIONS, stages=stages)
        plans = plan_all(home, unlocked, wanted, for_good=True)
        _carry_out(home, unlocked, path, wanted, plans, found, line, again=True)
    rekey(home, unlocked)
    asked = rotation_asked(home, unlocked)
    if asked:
        rotate(home, unlocked)
    return len(unfinished) + int(asked)


def _carry_out(
    home: Path,
    unlocked: UnlockedVault,
    path: Path,
    selector: Selector,
    plans: list[Plan],
    found: list[Probe],
    line: deleted.Line | None,
    *,
    again: bool = False,
) -> None:
    """From the intent in `path` to its end. `again`: after a crash, with anything of it done already."""
    sweep(home)
    step(Step.DELETE_SWEPT)
    for plan in plans:
        if plan.counts:
            locked(home, plan.session_id, plan.act)
            step(Step.DELETE_CARRIED_OUT)
    if again or any(plan.counts for plan in plans):
        rotate(home, unlocked)
    touched = None if again else [plan.session_id for plan in plans]
    staged_view.refresh(home, unlocked, touched, selector.stages)
    _verify(home, [old for plan in plans for old in plan.old_paths], found, touched)
    step(Step.DELETE_VERIFIED)
    if selector.stages:
        staged_view.drop(home, unlocked, selector.stages)
        step(Step.STAGE_PURGED)
    if line is not None:
        deleted.write(home, unlocked, line)
    _remove_intent(path)


def _refuse_what_is_recorded(home: Path, selector: Selector) -> None:
    if selector.what is What.STAGED:
        return  # nothing that is being recorded can be staged
    for session_id in session_ids(home):
        folder = home / "sessions" / session_id
        if selector.may_reach(session_id) and is_being_written(folder):
            before = selector.what is What.BETWEEN and selector.span is not None
            if before and selector.span is not None and selector.span[1] <= read_manifest(folder).started_at_us:
                continue
            hint = "`recorder stop` first; `recorder forget` deletes the last minutes while recording"
            raise BusyError(f"session {session_id} is being recorded", hint=hint)


def _line(plans: Iterable[Plan], action: Action) -> deleted.Line | None:
    touched = [plan for plan in plans if plan.counts]
    if not touched:
        return None
    named = touched[0].session_id if len(touched) == 1 else ""
    rows = sum(plan.counts[name] for plan in touched for name in ("events", "frames", "brushed", "texts"))
    return deleted.Line(action, time.time_ns() // 1000, named, rows)


def _remove_intent(path: Path) -> None:
    remove_file(path)
    sync_folder(path.parent)
    step(Step.DELETE_DONE)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One deletion at a time. Raises: BusyError."""
    lock = FileLock(ensure(home) / "delete.lock")
    if not lock.take():
        raise BusyError("another deletion is running")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


# The check


def _verify(home: Path, old_paths: Iterable[Path], found: Iterable[Probe], touched: Iterable[str] | None) -> None:
    """No old file is there, and no piece of one or of an old wrapped key is in what is there.

    Raises: PlatformError naming what is left; the intent stays, so that the next start tries again.
    """
    left = [path for path in old_paths if path.exists()]
    if left:
        raise PlatformError(f"{left[0].name} is still there", hint="the deletion goes on at the next start")
    holder = probes.find(home, found, None if touched is None else frozenset(touched))
    if holder is not None:
        raise PlatformError(
            f"{holder.relative_to(home)} still holds a piece of what was deleted",
            hint="nothing counts as approved until that file is removed and the deletion was run again",
        )


def _receipt(plans: Iterable[Plan], *, dry_run: bool, verified: bool = False) -> Receipt:
    done = list(plans)
    counts: Counter[str] = Counter()
    for plan in done:
        counts.update(plan.counts)
    return Receipt(
        dry_run=dry_run,
        session_ids=tuple(plan.session_id for plan in done if plan.counts),
        unnamed=tuple(plan.session_id for plan in done if plan.unnamed),
        verified=verified,
        **counts,
    )
