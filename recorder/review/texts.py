"""Every text of a session that would leave: typed, titles, sites, addresses, names of elements and of apps, the task.

Each distinct text once, with how often and since when it stands there. Nothing is left out: what is too long for a list
is cut there, and can be asked for whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from recorder.review.held import Held

LONGEST = 2000
# Where a text stands, in words: (name, which rows, column).
_OF: tuple[tuple[str, str, str], ...] = (
    ("typed", "rare", "text"),
    ("title", "contexts", "window_title"),
    ("site", "contexts", "url_host"),
    ("address", "contexts", "url_path"),
    ("element", "rare", "target_name"),
    ("app", "contexts", "app"),
)
KINDS = ("task", *(name for name, _, _ in _OF))


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """`t_us`: where it stands first. `characters` of the whole; `text` is cut when it has more than `LONGEST`."""

    kind: str
    text: str
    t_us: int
    count: int
    characters: int


def texts(held: Held) -> list[Text]:
    """By kind in the order of `KINDS`, then by time."""
    task = held.reader.start.task
    found = [_text("task", task, 0, 1)] if task else []
    for kind, rows, column in _OF:
        found.extend(_distinct(kind, getattr(held, rows), column))
    return found


def whole(held: Held, kind: str, t_us: int) -> list[str]:
    """The texts of this kind that first stand there, uncut."""
    if kind == "task":
        return [held.reader.start.task] if held.reader.start.task else []
    rows, column = next((rows, column) for name, rows, column in _OF if name == kind)
    table: pa.Table = getattr(held, rows)
    here = table.filter(pc.and_(pc.equal(table["t_us"], t_us), pc.is_valid(table[column])))
    return list(dict.fromkeys(here[column].to_pylist()))


def _distinct(kind: str, rows: pa.Table, column: str) -> Iterator[Text]:
    rows = rows.select([column, "t_us"]).filter(pc.is_valid(rows[column]))
    sums = rows.group_by(column).aggregate([("t_us", "min"), ("t_us", "count")]).sort_by("t_us_min")
    values = (sums[name].to_pylist() for name in (column, "t_us_min", "t_us_count"))
    for text, t_us, count in zip(*values, strict=True):
        if text:
            yield _text(kind, text, t_us, count)


def _text(kind: str, text: str, t_us: int, count: int) -> Text:
    return Text(kind=kind, text=text[:LONGEST], t_us=t_us, count=count, characters=len(text))
