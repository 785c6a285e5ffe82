"""Deletions that can still be undone: staged, they take no byte; what they choose is out of every view at once.

A staged deletion is bound to the sessions that there are when it is staged, and within them to numbers and times: an
app's deletion takes nothing of what is recorded afterwards. `purge` makes all of them real; there is no other end but
`undo`, and none comes by time passing.
"""

import time
from collections import Counter
from pathlib import Path

from recorder.errors import DamagedError, UsageError
from recorder.store import delete, staged_file, staged_view
from recorder.store.delete import Receipt
from recorder.store.planned import plan_all
from recorder.store.selector import Selector, What
from recorder.store.staged_file import Stage
from recorder.store.steps import Step, step
from recorder.store.vault import UnlockedVault

__all__ = ["Stage", "listed", "purge", "stage", "undo", "undo_all"]


def stage(home: Path, unlocked: UnlockedVault, selector: Selector) -> Stage:
    """Hide what `selector` chooses. Its `id` is 0, and nothing is kept, when nothing was found.

    Raises: as `delete.delete`; BusyError for what is being recorded: `forget` deletes of that.
    """
    with delete.alone(home):
        delete.prepare(home, unlocked, selector)
        staged = staged_file.load(home, unlocked)
        plans = plan_all(home, unlocked, selector, for_good=False)
        counts: Counter[str] = Counter()
        for plan in plans:
            counts.update(plan.counts)
        made = Stage(
            id=staged.next_id if counts else 0,
            at_us=time.time_ns() // 1000,
            selector=selector,
            counts=dict(counts),
            targets={plan.session_id: plan.chosen for plan in plans if plan.counts},
            unnamed=tuple(plan.session_id for plan in plans if plan.unnamed),
        )
        if counts:
            known = {plan.session_id: plan.changes for plan in plans if plan.changes is not None}
            changed = staged_view.with_stages(home, unlocked, staged, [*staged.stages, made], known)
            staged_file.save(home, unlocked, staged_file.numbered(changed, made.id + 1))
            step(Step.STAGE_WRITTEN)
        return made


def undo(home: Path, unlocked: UnlockedVault, stage_id: int | None = None) -> Stage:
    """Show again what a staged deletion hid (None: the last one), bit for bit as it was.

    Raises: UsageError when there is no such stage; DamagedError when it can't be told what is staged.
    """
    with delete.alone(home):
        delete.prepare(home, unlocked, Selector(what=What.STAGED))
        staged = staged_file.load(home, unlocked)
        wanted = [one for one in staged.stages if stage_id in (None, one.id)]
        if not wanted:
            raise UsageError("nothing like that is staged", hint="recorder delete --staged")
        left = [one for one in staged.stages if one is not wanted[-1]]
        staged_file.save(home, unlocked, staged_view.with_stages(home, unlocked, staged, left))
        step(Step.STAGE_UNDONE)
        return wanted[-1]


def undo_all(home: Path, unlocked: UnlockedVault) -> int | None:
    """Show everything again, also where it can't be told what was staged. Returns how many; None: unknown."""
    with delete.alone(home):
        try:
            count = len(staged_file.load(home, unlocked).stages)
        except DamagedError:
            count = None
        staged_file.discard(home, unlocked)
        delete.prepare(home, unlocked, Selector(what=What.STAGED))
        return count


def listed(home: Path, unlocked: UnlockedVault) -> tuple[Stage, ...]:
    """Oldest first. Raises: DamagedError."""
    return staged_file.load(home, unlocked).stages


def purge(home: Path, unlocked: UnlockedVault) -> Receipt:
    """Delete for good everything that is staged, in one go; a stage is forgotten once its deletion was verified.

    Raises: as `delete.delete`.
    """
    delete.resume(home, unlocked)
    stages = listed(home, unlocked)
    if not stages:
        return Receipt(dry_run=False, verified=True)
    selector = Selector(what=What.STAGED, stages=tuple(one.id for one in stages))
    return delete.delete(home, unlocked, selector)
