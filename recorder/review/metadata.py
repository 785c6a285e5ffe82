"""What leaves with a session beside the rows themselves: facts about the recording, and which columns the rows have.

Worked out from the model's tables and the session's own consent, as an export does it: the names here are held equal to
those of a real export by a test.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from recorder.format.schema import columns_of, granted_columns
from recorder.model.consent import Category
from recorder.model.session import SessionStart
from recorder.model.tables import KEPT_HOME, SCHEMA_VERSION, STORED, TABLES, ConsentColumns, SessionRow
from recorder.store.session import SessionReader

# Derived at export, or on every row: what can be said of it before.
DERIVED_ID = "a number made from this session's; it does not tell when the session was"
EXPORTED = (*STORED, "steps")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One value that leaves. `does`: what it means."""

    name: str
    value: str
    does: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """One exported table: (column, meaning), and pictures where there are any."""

    table: str
    columns: list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """`stays`: what is stored and never leaves."""

    facts: list[Fact]
    tables: list[Columns]
    stays: list[tuple[str, str]]


def metadata(reader: SessionReader) -> Metadata:
    return Metadata(facts=_facts(reader), tables=_tables(reader.start), stays=_stays())


def _facts(reader: SessionReader) -> list[Fact]:
    start = reader.start
    says: dict[str, Callable[[], str | None]] = {
        "session_id": lambda: DERIVED_ID,
        "schema_version": lambda: str(SCHEMA_VERSION),
        "consent_sha256": lambda: start.consent_sha256,
        "duration_us": lambda: f"{reader.duration_us} microseconds at most: the time of the last row that leaves",
        "os_family": lambda: start.os_family,
        "screens": lambda: "; ".join(_screen(asdict(one.rect), one.index, one.scale) for one in start.screens),
        "task": lambda: start.task,
        "recorder_version": lambda: start.recorder_version,
        "consent_id": lambda: start.consent_id,
        "consent_revision": lambda: str(start.consent_revision),
        "purpose": lambda: start.purpose,
    }
    kinds = {column.name: column.col.doc for row in (SessionRow, ConsentColumns) for column in columns_of(row)}
    kinds |= {"session_id": "which recording a row is of", "consent_id": "under which consent the row was made"}
    return [Fact(name=name, value=say() or "nothing", does=kinds[name]) for name, say in says.items()]


def _screen(rect: dict[str, int], index: int, scale: float) -> str:
    return f"screen {index}: {rect['width']} x {rect['height']} at {rect['x']}, {rect['y']}, scale {scale:g}"


def _tables(start: SessionStart) -> list[Columns]:
    categories = frozenset(Category(name) for name in start.categories)
    found = []
    for table in EXPORTED:
        names = {name for name in granted_columns(table, categories) if name not in KEPT_HOME}
        columns = [(c.name, _with_unit(c.col.doc, c.col.unit)) for c in columns_of(TABLES[table]) if c.name in names]
        if table == "frames" and columns:
            columns.append(("image", "the picture as you see it here, without loss"))
        if columns:
            found.append(Columns(table=table, columns=columns))
    return found


def _with_unit(doc: str, unit: str | None) -> str:
    return f"{doc} ({unit})" if unit else doc


def _stays() -> list[tuple[str, str]]:
    every = [column for row in (*STORED.values(), SessionRow) for column in columns_of(row)]
    found = {column.name: column.col.doc for column in every if column.name in KEPT_HOME and column.name != "image"}
    return sorted(found.items())
