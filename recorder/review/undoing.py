"""What a person takes out on the page: counted first, hidden at once, undone and done again, and at last purged.

Undoing lasts as long as the staged deletion does, over reloads and restarts; doing again lasts as long as the page. A
new deletion ends what could be done again, as in every editor.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from recorder.errors import UsageError
from recorder.review import extent
from recorder.review.shelf import Shelf
from recorder.store import delete, staged
from recorder.store.audit import Action, Actor
from recorder.store.delete import Receipt
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from recorder.store.staged import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How much a deletion is. `sessions`: those touched; `whole`: how many of them go whole. `brushed`: pictures that
    stay with a box filled in them; `texts`: what may have stood under one."""

    sessions: tuple[str, ...]
    whole: int
    events: int
    frames: int
    tasks: int
    brushed: int
    texts: int
    seconds: float
    size_bytes: int
    unnamed: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        return not self.sessions


@dataclass(slots=True)
class Undoing:
    """The stack of one page. `again`: what was undone, the last one last."""

    shelf: Shelf
    again: list[Selector] = field(default_factory=list)

    def preview(self, selector: Selector) -> Amount:
        """Exactly what `stage` would take. Raises: as `staged.stage`."""
        self._check(selector)
        self.shelf.let_go()
        found = delete.delete(self.shelf.home, self.shelf.unlocked, selector, dry_run=True)
        return Amount(
            sessions=found.session_ids,
            whole=found.sessions,
            events=found.events,
            frames=found.frames,
            tasks=found.tasks,
            brushed=found.brushed,
            texts=found.texts,
            seconds=self._seconds(selector, found.session_ids),
            size_bytes=found.size_bytes,
            unnamed=found.unnamed,
        )

    def stage(self, selector: Selector) -> Stage:
        """Raises: UsageError when it takes nothing; as `staged.stage`."""
        self._check(selector)
        made = self._staged(selector)
        self.again.clear()
        return made

    def undo(self, stage_id: int | None = None) -> Stage:
        """Raises: as `staged.undo`."""
        undone = staged.undo(self.shelf.home, self.shelf.unlocked, stage_id)
        self.again.append(undone.selector)
        self.shelf.changed()
        self._note(undone, Action.DELETION_UNDONE)
        return undone

    def redo(self) -> Stage:
        """Raises: UsageError when nothing was undone; as `staged.stage`."""
        if not self.again:
            raise UsageError("there is nothing to do again")
        made = self._staged(self.again[-1])
        self.again.pop()
        return made

    def listed(self) -> tuple[Stage, ...]:
        """What is staged, oldest first."""
        return staged.listed(self.shelf.home, self.shelf.unlocked)

    def purge(self) -> Receipt:
        """Everything that is staged, for good, verified byte by byte. Raises: as `staged.purge`."""
        try:
            done = staged.purge(self.shelf.home, self.shelf.unlocked)
        finally:
            self.shelf.changed()
        self.again.clear()
        return done

    def _staged(self, selector: Selector) -> Stage:
        self.shelf.let_go()
        made = staged.stage(self.shelf.home, self.shelf.unlocked, selector)
        self.shelf.changed()
        if not made.id:
            raise UsageError("nothing like that is recorded, so nothing is deleted")
        self._note(made, Action.DELETION_STAGED)
        return made

    def _note(self, made: Stage, action: Action) -> None:
        names = tuple(made.targets)
        rows = sum(made.counts.get(name, 0) for name in ("events", "frames", "brushed", "texts"))
        object_id = names[0] if len(names) == 1 else ""
        self.shelf.note(action, actor=Actor.DELETE, object_id=object_id, count=rows)

    def _check(self, selector: Selector) -> None:
        """A session is named by whoever asks: it has to be one that is shown."""
        if selector.session_id is not None:
            self.shelf.reader(selector.session_id)

    def _seconds(self, selector: Selector, session_ids: tuple[str, ...]) -> float:
        readers = [self.shelf.reader(one) for one in session_ids if one in self.shelf.ids()]
        return _length_us(selector, readers) / 1_000_000


def values(stage: Stage) -> dict[str, Any]:
    """A staged deletion as the page lists it: what it chose by, and how much; no title and no search word."""
    counts: Mapping[str, int] = stage.counts
    return {
        "id": stage.id,
        "at_us": stage.at_us,
        "what": stage.selector.what.value,
        "app": stage.selector.app,
        "sessions": sorted(stage.targets),
        "whole": counts.get("sessions", 0),
        "events": counts.get("events", 0),
        "frames": counts.get("frames", 0),
        "brushed": counts.get("brushed", 0),
        "texts": counts.get("texts", 0),
        "bytes": counts.get("size_bytes", 0),
    }


def amount_values(found: Amount) -> dict[str, Any]:
    """As the page takes it."""
    told = asdict(found)
    return told | {"bytes": told.pop("size_bytes"), "nothing": found.nothing}


def receipt_values(receipt: Receipt) -> dict[str, Any]:
    return asdict(receipt)


def _length_us(selector: Selector, readers: list[SessionReader]) -> int:
    if selector.whole:
        return extent.whole_us(readers)
    if selector.what is What.BETWEEN and selector.span is not None:
        return extent.between_us(readers, *selector.span)
    if selector.app is not None:
        return extent.app_us(readers, selector.app)
    if selector.what is What.SITE and selector.site is not None:
        return extent.site_us(readers, selector.site)
    if selector.what is What.FRAMES:
        return extent.frames_us(readers, frozenset(selector.frame_ids))
    return extent.contexts_us(readers, {one.session_id: frozenset(one.contexts) for one in selector.picked})
