"""How anything leaves: with a consent in force, after an approval of exactly these bytes, by the code in export."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recorder.cli.history import note
from recorder.cli.opened import Opened
from recorder.errors import UsageError
from recorder.format.schema import columns_of
from recorder.model.tables import TABLES, ConsentColumns
from recorder.review.leaving import Column, File, Leaving, Progress, Table, Written
from recorder.store.audit import Action, Actor
from recorder.store.outside import refuse_inside

if TYPE_CHECKING:
    from recorder.export.folder import Exported
    from recorder.export.preview import Shown
    from recorder.model.consent import ConsentGrant
    from recorder.model.session import ReviewedSession

DEFAULT_PARENT = "recorder-exports"
_PICTURE = "the picture as you see it here, without loss"


class ExportOutlets:
    """For the review page. `review.leaving.Outlets` says what each of these does."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def preview(self, session_ids: Sequence[str], progress: Progress) -> "LeavingPreview":
        from recorder.export.folder import measure
        from recorder.export.preview import Shown

        grant = grant_now(self._opened)
        readers = self._opened.readers(session_ids)
        blocked = blocked_names(self._opened.home, grant)
        measured = measure(grant, list(readers.values()), blocked=blocked, progress=progress)
        return LeavingPreview(session_ids, Shown(measured))

    def write(self, session_ids: Sequence[str], folder: Path, as_shown: str, progress: Progress) -> Written:
        from recorder.review.decide import approved

        target = folder.expanduser()
        if not target.is_absolute():
            raise UsageError("name the whole path of the folder", hint=f"such as {self.folder()}")
        readers = self._opened.readers(session_ids)
        reviewed = [approved(self._opened.unlocked, reader) for reader in readers.values()]
        grant = grant_now(self._opened)
        refuse_inside(target, self._opened.home)
        if target.parent == _default_parent():
            target.parent.mkdir(mode=0o700, exist_ok=True)
        done = write_reviewed(self._opened, grant, reviewed, target, progress=progress, as_shown=as_shown)
        return Written(
            path=done.path, size_bytes=done.size_bytes, manifest_sha256=done.manifest_sha256, rows=dict(done.rows)
        )

    def folder(self) -> Path:
        number = 1
        while (_default_parent() / f"export-{number}").exists():
            number += 1
        return _default_parent() / f"export-{number}"


class LeavingPreview:
    """What was measured, in the words of the page."""

    def __init__(self, session_ids: Sequence[str], shown: "Shown") -> None:
        self._shown = shown
        measured = shown.measured
        self.told = Leaving(
            session_ids=tuple(session_ids),
            tables=tuple(_table(shape) for shape in shown.shapes),
            files=tuple(File(**entry, text=shown.text(entry["path"])) for entry in measured.files),
            size_bytes=measured.size_bytes,
            manifest_sha256=measured.manifest_sha256,
        )

    def rows(self, table: str, offset: int, count: int) -> Sequence[Mapping[str, Any]]:
        return self._shown.rows(table, offset, count)

    @property
    def report(self) -> bytes:
        return self._shown.report


def write_reviewed(
    opened: Opened,
    grant: "ConsentGrant",
    reviewed: "Sequence[ReviewedSession]",
    out: Path,
    *,
    progress: Progress,
    as_shown: str | None = None,
) -> "Exported":
    """Write what was approved to a new folder; a line of the history for each session. Raises: as `folder.write`."""
    from recorder.export.folder import write
    from recorder.store.unfinished import noted

    refuse_inside(out, opened.home)
    readers = opened.readers([item.session_id for item in reviewed])
    blocked = blocked_names(opened.home, grant)
    with noted(opened.home, opened.unlocked, out):
        done = write(grant, reviewed, readers, out.absolute(), blocked=blocked, progress=progress, as_shown=as_shown)
    for item in reviewed:
        note(opened.home, Actor.EXPORT, Action.EXPORTED, heads=opened.unlocked, object_id=item.session_id)
    return done


def grant_now(opened: Opened) -> "ConsentGrant":
    """Raises: NoConsentError."""
    from recorder.consent.act import note_time
    from recorder.consent.gate import ConsentGate
    from recorder.consent.keeper import VaultKeeper

    return ConsentGate.open(opened.home, note_time(opened.home, VaultKeeper(opened.unlocked))).grant()


def blocked_names(home: Path, grant: "ConsentGrant") -> frozenset[str]:
    """Names under which apps are stored that the person took back by one of their identities."""
    from recorder.store.policy_file import load_policy

    rules = load_policy(home).apps if grant.blocked_apps else ()
    identities = {rule.name: {rule.executable, rule.wm_class, rule.desktop_id, rule.bundle_id} for rule in rules}
    return frozenset(name for name, known in identities.items() if known & grant.blocked_apps)


def _default_parent() -> Path:
    return Path.home() / DEFAULT_PARENT


def _table(shape: Any) -> Table:
    known = {one.name: one.col for row in (TABLES[shape.name], ConsentColumns) for one in columns_of(row)}
    columns = tuple(Column(name=name, does=_does(name, known), filled=filled) for name, filled in shape.filled.items())
    return Table(name=shape.name, rows=shape.rows, columns=columns, size_bytes=shape.size_bytes)


def _does(name: str, known: Mapping[str, Any]) -> str:
    if name == "session_id":
        return "a number made from this session's; it does not tell when the session was"
    if name == "image":
        return _PICTURE
    col = known[name]
    return f"{col.doc} ({col.unit})" if col.unit else str(col.doc)
