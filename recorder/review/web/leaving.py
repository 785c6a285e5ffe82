"""What would leave, shown to the byte; then either the folder that the person named, or it stays here."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from recorder.page.calls import Call, NotThereError, Turn
from recorder.review import decide
from recorder.review.leaving import Exit, Outlets, Preview
from recorder.review.shelf import Shelf
from recorder.review.web.approving import Digest
from recorder.store.audit import Action

MOST_ROWS = 200
Ids = Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(min_length=1, max_length=10_000)]


class Which(msgspec.Struct, forbid_unknown_fields=True):
    """Sessions, by id."""

    sessions: Ids


class Export(msgspec.Struct, forbid_unknown_fields=True):
    """`shown`: what stands for the preview that was shown. `folder`: a new one, by its whole path."""

    sessions: Ids
    folder: Annotated[str, Meta(min_length=1, max_length=4096)]
    shown: Digest


class Rows(msgspec.Struct, forbid_unknown_fields=True):
    """Some rows of a table as they would leave."""

    table: Literal["steps", "frames", "events", "contexts", "redactions", "sessions"]
    offset: Annotated[int, Meta(ge=0, le=2**40)] = 0
    count: Annotated[int, Meta(ge=1, le=MOST_ROWS)] = 50


class Leaving:
    """What the calls share: the one preview that was made last."""

    def __init__(self, shelf: Shelf, outlets: Outlets) -> None:
        self._shelf, self._exit = shelf, Exit(outlets)

    def preview(self, body: Which) -> Any:
        return self._exit.look(self._known(body.sessions)).told

    def progress(self) -> dict[str, Any]:
        return self._exit.told()

    def stop(self) -> dict[str, Any]:
        self._exit.stop()
        return {}

    def folder(self) -> dict[str, Any]:
        return {"folder": str(self._exit.folder())}

    def rows(self, query: Rows) -> dict[str, Any]:
        return {"offset": query.offset, "rows": self._shown().rows(query.table, query.offset, query.count)}

    def report(self) -> Response:
        return Response(self._shown().report, media_type="image/png")

    def export(self, body: Export) -> dict[str, Any]:
        done = self._exit.write(self._known(body.sessions), Path(body.folder), body.shown)
        return {"path": str(done.path), "bytes": done.size_bytes, "rows": done.rows, "shown": done.manifest_sha256}

    def keep(self, body: Which) -> dict[str, Any]:
        for session_id in self._known(body.sessions):
            decide.reject(self._shelf.unlocked, self._shelf.reader(session_id))
            self._shelf.note(Action.REVIEW_REJECTED, object_id=session_id)
        return {"kept": len(set(body.sessions))}

    def _known(self, session_ids: list[str]) -> list[str]:
        """Each once. Raises: as `Shelf.reader`."""
        there = set(self._shelf.ids())
        if not there.issuperset(session_ids):
            raise NotThereError("there is no such session")
        return list(dict.fromkeys(session_ids))

    def _shown(self) -> Preview:
        if self._exit.preview is None:
            raise NotThereError("nothing was worked out yet")
        return self._exit.preview


def calls(shelf: Shelf, outlets: Outlets) -> list[Call]:
    leaving, here = Leaving(shelf, outlets), "/api/leaving"
    made = (
        ("POST", f"{here}/preview", "Work out what would leave, to the byte.", leaving.preview, Which, None),
        ("GET", f"{here}/progress", "How far that is.", leaving.progress, None, None),
        ("POST", f"{here}/stop", "End what is being worked out or written.", leaving.stop, None, None),
        ("GET", f"{here}/folder", "A folder that could be written.", leaving.folder, None, None),
        ("GET", f"{here}/rows", "Rows as they would leave.", leaving.rows, None, Rows),
        ("GET", f"{here}/report.png", "The redaction report's picture.", leaving.report, None, None),
        ("POST", f"{here}/export", "Write exactly what was shown to a new folder.", leaving.export, Export, None),
    )
    keep = Call(method="POST", path=f"{here}/keep", does="Keep these here.", run=leaving.keep, body=Which, changes=True)
    looks = (
        Call(method=method, path=path, does=does, run=run, body=body, query=query, turn=Turn.BESIDE)
        for method, path, does, run, body, query in made
    )
    return [*looks, keep]
