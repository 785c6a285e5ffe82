"""What staged deletions hide, worked out anew: after one is staged or undone, and after rows went for good."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from recorder.errors import DamagedError
from recorder.store import rewrite, staged_file, staged_json
from recorder.store.chosen import Chosen, unite_chosen
from recorder.store.home import session_ids
from recorder.store.overlay import Overlay
from recorder.store.rewrite import Changes
from recorder.store.session import SessionReader
from recorder.store.staged_file import Stage, Staged
from recorder.store.vault import UnlockedVault


def with_stages(
    home: Path,
    unlocked: UnlockedVault,
    staged: Staged,
    stages: Iterable[Stage],
    known: dict[str, Changes] | None = None,
) -> Staged:
    """The same with other stages. Only sessions whose targets change are read; `known`: what is planned already of a
    session that has no other target. Raises: DamagedError."""
    changed = replace(staged, stages=tuple(stages))
    overlays = dict(staged.overlays)
    names = {name for stage in (*staged.stages, *changed.stages) for name in stage.targets}
    for name in names:
        targets = changed.targets(name)
        if targets != staged.targets(name):
            overlays[name] = _overlay(home, name, unlocked, targets, (known or {}).get(name))
    return replace(changed, overlays=_that_hide(overlays))


def refresh(
    home: Path, unlocked: UnlockedVault, touched: Iterable[str] | None = None, carried_out: Iterable[int] = ()
) -> None:
    """After a deletion for good: sessions that are gone are no target any more, and of those that were rewritten less
    is left to hide. `touched` None: any may have been. `carried_out`: stages of which nothing is left to hide, so that
    nothing has to be read for them. A damaged file stays as it is, and an error."""
    done = set(carried_out)
    with suppress(DamagedError):
        staged = staged_file.load(home, unlocked)
        there = set(session_ids(home))
        stages = tuple(_among(stage, there) for stage in staged.stages)
        overlays = {name: one for name, one in staged.overlays.items() if name in there}
        for name in sorted(overlays if touched is None else set(touched) & set(overlays)):
            of_it = [stage for stage in stages if name in stage.targets]
            targets = [] if done.issuperset(stage.id for stage in of_it) else [stage.targets[name] for stage in of_it]
            overlays[name] = _overlay(home, name, unlocked, targets, None)
        changed = replace(staged, stages=tuple(s for s in stages if s.targets), overlays=_that_hide(overlays))
        if changed != staged:
            staged_file.save(home, unlocked, changed)


def drop(home: Path, unlocked: UnlockedVault, ids: Iterable[int]) -> None:
    """These stages were carried out."""
    gone = set(ids)
    staged = staged_file.load(home, unlocked)
    if gone & {stage.id for stage in staged.stages}:
        left = [stage for stage in staged.stages if stage.id not in gone]
        staged_file.save(home, unlocked, with_stages(home, unlocked, staged, left))


def _overlay(
    home: Path, session_id: str, unlocked: UnlockedVault, targets: list[Chosen], known: Changes | None
) -> Overlay:
    if not targets or session_id not in session_ids(home):
        return Overlay()
    chosen = unite_chosen(targets)
    mark = unlocked.mac("staged-view/1", session_id.encode() + b"\0" + staged_json.canonical(chosen))
    if chosen.whole:
        return Overlay(whole=True, mark=mark)
    if known is None or len(targets) > 1:
        known = rewrite.plan(SessionReader(home, session_id, unlocked, staged=False), chosen)
    if not known.counts:
        return Overlay()
    return Overlay(
        cut=known.cut,
        left=known.left,
        gaps=known.gaps,
        notes=known.notes,
        kinds=dict(known.kinds),
        mark=mark,
        task=known.task,
    )


def _that_hide(overlays: dict[str, Overlay]) -> dict[str, Overlay]:
    return {name: one for name, one in overlays.items() if one.mark}


def _among(stage: Stage, there: set[str]) -> Stage:
    return replace(stage, targets={name: one for name, one in stage.targets.items() if name in there})
