"""What a deletion does to each session, found out before anything is touched. A plan that is not carried out leaves
nothing: counting, staging and deleting are the same code.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from recorder.errors import BusyError, DamagedError
from recorder.store import probes, rewrite, staged_file
from recorder.store.choose import choose, names_apps, names_sites
from recorder.store.chosen import Chosen, unite_chosen
from recorder.store.folders import files_in
from recorder.store.home import check_room, session_ids
from recorder.store.lock import is_being_written, session_lock
from recorder.store.probes import Probe
from recorder.store.rotate import remove_session
from recorder.store.segment import read_manifest
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault

T = TypeVar("T")


@dataclass(slots=True)
class Plan:
    """What a deletion does to one session. `counts` is empty when it finds nothing; `chosen` is resolved: it means the
    same for ever. `changes` None: the session goes whole."""

    session_id: str
    chosen: Chosen
    counts: Counter[str]
    act: Callable[[], None]
    changes: rewrite.Changes | None = None
    unnamed: bool = False
    old_paths: list[Path] = field(default_factory=list)
    old_probes: list[Probe] = field(default_factory=list)


def plan_all(home: Path, unlocked: UnlockedVault, selector: Selector, *, for_good: bool) -> list[Plan]:
    """One for each session in which something is found (or can't be told apart). `for_good`: with probes of all that
    goes, after a check that it can be read."""
    plans = []
    for session_id in session_ids(home):
        if not selector.may_reach(session_id) or is_being_written(home / "sessions" / session_id):
            continue
        plan = locked(home, session_id, partial(_plan, home, session_id, unlocked, selector))
        if plan.counts and for_good:
            _with_probes(home, plan, unlocked)
        if plan.counts or plan.unnamed:
            plans.append(plan)
    return plans


def _plan(home: Path, session_id: str, unlocked: UnlockedVault, selector: Selector) -> Plan:
    if selector.whole:
        return _whole(home, session_id, unlocked)
    if selector.what is What.STAGED:
        return _plan_staged(home, session_id, unlocked, frozenset(selector.stages))
    reader = SessionReader(home, session_id, unlocked, staged=False)
    reader.hold(rewrite.PLANNED)
    unnamed = not _told_apart(reader, selector)
    plan = _plan_chosen(home, reader, unlocked, choose(reader, selector))
    plan.unnamed = unnamed
    return plan


def _told_apart(reader: SessionReader, selector: Selector) -> bool:
    if selector.site is not None:
        return names_sites(reader, selector.site)
    return selector.app is None or names_apps(reader)


def _plan_staged(home: Path, session_id: str, unlocked: UnlockedVault, ids: frozenset[int]) -> Plan:
    stages = [stage for stage in staged_file.load(home, unlocked).stages if stage.id in ids]
    targets = [stage.targets[session_id] for stage in stages if session_id in stage.targets]
    chosen = unite_chosen(targets)
    if chosen.whole:
        return _whole(home, session_id, unlocked)
    if not targets:
        return Plan(session_id, chosen, Counter(), lambda: None)
    reader = SessionReader(home, session_id, unlocked, staged=False)
    reader.hold(rewrite.PLANNED)
    return _plan_chosen(home, reader, unlocked, chosen)


def _plan_chosen(home: Path, reader: SessionReader, unlocked: UnlockedVault, chosen: Chosen) -> Plan:
    if chosen.whole:
        return _whole(home, reader.session_id, unlocked)
    changes = rewrite.plan(reader, chosen)
    reader.hold({})  # of a plan that waits for its turn only the numbers that it is about stay in memory

    def act() -> None:
        check_room(home, changes.old_bytes, floor_bytes=0)  # old and new files lie beside each other until the switch
        rewrite.act(reader, changes, unlocked)

    resolved = Chosen(cut=changes.cut, gaps=changes.stretches, task=changes.task)
    return Plan(reader.session_id, resolved, changes.counts, act, changes)


def _whole(home: Path, session_id: str, unlocked: UnlockedVault) -> Plan:
    folder = home / "sessions" / session_id
    counts: Counter[str] = Counter({"sessions": 1})
    try:
        manifest = read_manifest(folder)
        counts["segments"], counts["size_bytes"] = len(manifest.segments), manifest.size_bytes
        reader = SessionReader(home, session_id, unlocked, staged=False)
        counts.update({table: reader.count(table) for table in ("events", "frames", "contexts", "redactions")})
    except DamagedError:
        pass  # what can't be read can still be deleted; what it held is not known
    return Plan(session_id, Chosen(whole=True), counts, lambda: remove_session(folder))


def _with_probes(home: Path, plan: Plan, unlocked: UnlockedVault) -> None:
    folder = home / "sessions" / plan.session_id
    if plan.changes is None:
        plan.old_paths = files_in(folder)
    else:
        rewrite.check_old(SessionReader(home, plan.session_id, unlocked, staged=False), plan.changes)
        names = [file.name for entry in plan.changes.old_entries for file in entry.files]
        plan.old_paths = [folder / "segments" / name for name in names]
    plan.old_probes = [*probes.of_keys(folder), *(one for path in plan.old_paths for one in probes.of_file(path))]


def locked(home: Path, session_id: str, work: Callable[[], T]) -> T:
    """Raises: BusyError when somebody else has the session in hand."""
    lock = session_lock(home / "sessions" / session_id)
    if not lock.take():
        raise BusyError(f"session {session_id} is in use")
    try:
        return work()
    finally:
        lock.release()
