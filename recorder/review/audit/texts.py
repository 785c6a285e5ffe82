"""A session's texts in, sightings out: titles, addresses, typed text, names of targets, keys, the task."""

from collections.abc import Iterable, Iterator
from typing import Any

from recorder.errors import DamagedError
from recorder.model.redacted import EventKind
from recorder.review.audit import second
from recorder.review.audit.sighting import Sighting, Where
from recorder.store.session import SessionReader

# Every column with free text in it. `tests/review/test_audit_texts.py` holds this complete.
COLUMNS: dict[str, dict[str, Where]] = {
    "contexts": {"window_title": Where.TITLE, "url_host": Where.URL, "url_path": Where.URL},
    "events": {"text": Where.TYPED, "char": Where.TYPED, "target_name": Where.TARGET, "key": Where.KEY},
}
_MASKED = "\0"


class Texts:
    """Looks through all texts of a session. `read`: how many there were."""

    def __init__(self, reader: SessionReader, damaged: list[DamagedError]) -> None:
        self._reader, self._damaged = reader, damaged
        self.read = 0

    def look(self) -> Iterator[Sighting]:
        """What does not verify is added to `damaged` and left out."""
        yield from self._task()
        for row in self._rows("contexts", "context_id"):
            for column, where in COLUMNS["contexts"].items():
                yield from self._in(where, row["t_us"], row["context_id"], row.get(column))
        events = list(self._rows("events", "seq", "kind", "run", "pressed"))
        for row in events:
            yield from self._event(row)
        for run, t_us, typed in typed_in_runs(events):
            yield from self._in(Where.TYPED, t_us, run, typed)

    def _task(self) -> Iterator[Sighting]:
        yield from self._in(Where.TASK, 0, None, self._reader.start.task)

    def _event(self, row: dict[str, Any]) -> Iterator[Sighting]:
        yield from self._in(Where.TYPED, row["t_us"], row.get("run"), row.get("text"))
        yield from self._in(Where.TARGET, row["t_us"], row["seq"], row.get("target_name"))
        key = row.get("key")
        if key is not None and len(key) == 1:
            # The stored names are those of shortcuts and of keys that write nothing; one character is neither.
            yield Sighting(where=Where.KEY, t_us=row["t_us"], ref_id=row["seq"], rule="character_as_key", text=key)

    def _in(self, where: Where, t_us: int, ref_id: int | None, text: str | None) -> Iterator[Sighting]:
        if not text:
            return
        self.read += 1
        for start, end, rule in second.look(text):
            found = text[start:end].replace(_MASKED, "")
            yield Sighting(where=where, t_us=t_us, ref_id=ref_id, rule=rule, text=found, start=start, end=end)

    def _rows(self, table: str, *more: str) -> Iterable[dict[str, Any]]:
        columns = ["t_us", *more, *COLUMNS[table]]
        rows: list[dict[str, Any]] = self._reader.table(table, columns, damaged=self._damaged).to_pylist()
        return rows


def typed_in_runs(events: Iterable[dict[str, Any]]) -> Iterator[tuple[int, int, str]]:
    """Run, first time and the characters of each run in the order in which they were typed: what a reader of the single
    keys sees, which need not be what the run came to. Masked keys stand as NUL."""
    typed: dict[int, list[str]] = {}
    begun: dict[int, int] = {}
    for row in events:
        run = row.get("run")
        if row["kind"] == EventKind.KEY and row.get("pressed") and run is not None:
            begun.setdefault(run, row["t_us"])
            typed.setdefault(run, []).append(row.get("char") or _MASKED)
    for run, characters in typed.items():
        if any(character != _MASKED for character in characters):
            yield run, begun[run], "".join(characters)
