"""Text in, the places where it stands out: keys, app names, titles, addresses, the task. Literal, letter case aside.

There is no pattern language: `(555) 123` is these nine characters, and no input makes a search fail.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recorder.model.redacted import EventKind
from recorder.store.session import SessionReader

# Every column with text in it that a person could look for. `tests/review/test_search.py` holds this complete.
SEARCHED: dict[str, tuple[str, ...]] = {
    "events": (
        *("kind", "key", "key_class", "char", "text", "count_bucket", "target_role", "target_name"),
        *("reason", "channel", "app"),
    ),
    "contexts": ("app", "window_title", "url_host", "url_path", "source"),
    "frames": ("apps", "trigger"),
    "redactions": ("target", "field", "category", "detector", "method"),
}
_MASKED = "\0"
Fits = Callable[[str], bool]
NUMBER = {"events": "seq", "contexts": "context_id", "frames": "frame_id", "redactions": "ref_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One row that contains the text. `number` is its seq, context_id or frame_id; `text` the whole stored value."""

    session_id: str
    table: str
    column: str
    number: int | None
    t_us: int
    text: str


def search(reader: SessionReader, text: str) -> list[Hit]:
    """All hits in one session, by time. An empty text finds nothing."""
    needle = fold(text)
    return search_by(reader, lambda folded: needle in folded) if needle else []


def search_by(reader: SessionReader, fits: Fits) -> list[Hit]:
    """The same for whatever `fits` says of a text that was folded; by time."""
    hits = [hit for table in SEARCHED for hit in _search_table(reader, table, fits)]
    hits.extend(found_typed(reader, fits))
    hits.extend(found_in_task(reader.session_id, reader.start.task, fits))
    return sorted(hits, key=lambda hit: (hit.t_us, hit.table, hit.number or 0, hit.column))


def fold(text: str) -> str:
    """How two texts are compared: compatibility forms and letter case are the same (Unicode 3.13, D146)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _search_table(reader: SessionReader, name: str, fits: Fits) -> Iterator[Hit]:
    table = reader.table(name, None if name != "frames" else ["frame_id", "t_us", "apps", "trigger"])
    for column in SEARCHED[name]:
        if column in table.column_names:
            yield from _search_column(reader.start.session_id, name, table, column, fits)


def _search_column(session_id: str, name: str, table: pa.Table, column: str, fits: Fits) -> Iterator[Hit]:
    table = table.set_column(table.column_names.index(column), column, joined(table[column]))
    # Values repeat, so each distinct one is compared once.
    matching = [value for value in pc.unique(table[column]).to_pylist() if value is not None and fits(fold(value))]
    if not matching:
        return
    found = table.filter(pc.is_in(table[column], value_set=pa.array(matching, pa.string())))
    rows = zip(*(found[wanted].to_pylist() for wanted in (NUMBER[name], "t_us", column)), strict=True)
    for number, t_us, value in rows:
        yield Hit(session_id=session_id, table=name, column=column, number=number, t_us=t_us, text=value)


def joined(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts as they are compared: a list of them is one."""
    if not pa.types.is_list(texts.type):
        return texts
    rows = [None if row is None else ", ".join(row) for row in texts.to_pylist()]
    return pa.chunked_array([pa.array(rows, pa.string())])


def found_typed(reader: SessionReader, fits: Fits) -> Iterator[Hit]:
    """The single keys of a run, joined in the order in which they were typed: also what was taken away again."""
    parts = reader.segments("events", ["seq", "t_us", "kind", "run", "pressed", "char"])
    pressed = [_pressed(part) for part in parts if "char" in part.column_names]
    if not pressed:
        return
    runs: dict[int, list[dict[str, Any]]] = {}
    for row in pa.concat_tables(pressed).sort_by("seq").to_pylist():
        runs.setdefault(row["run"], []).append(row)
    for rows in runs.values():
        typed = "".join(row["char"] or _MASKED for row in rows)
        if len(typed) > 1 and fits(fold(typed)):
            text, first = typed.replace(_MASKED, "\u25a0"), rows[0]
            yield Hit(
                session_id=reader.session_id,
                table="events",
                column="char",
                number=first["seq"],
                t_us=first["t_us"],
                text=text,
            )


def _pressed(events: pa.Table) -> pa.Table:
    """Keys of runs, as they went down."""
    of_runs = pc.and_(pc.is_valid(events["run"]), pc.fill_null(events["pressed"], False))
    keys = events.filter(pc.and_(of_runs, pc.equal(events["kind"], EventKind.KEY)))
    return keys.select(["seq", "t_us", "run", "char"])


def found_in_task(session_id: str, task: str | None, fits: Fits) -> Iterator[Hit]:
    """What the person said that the session was for."""
    if task is not None and fits(fold(task)):
        yield Hit(session_id=session_id, table="sessions", column="task", number=None, t_us=0, text=task)
