"""Decrypted tables and canaries in, every canary that they still hold out: in a cell, or spread over rows.

A secret typed key by key stands in no single cell. So the rows are joined the way a thief would: characters, key
names, key codes and code points in order, with keyups and separators left in and taken out.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from recorder.demo.needles import SHORTEST_CANARY, squeeze
from recorder.demo.scan import Hit, scan_bytes


class Column(Protocol):
    def to_pylist(self) -> list[Any]: ...


class Table(Protocol):
    """What of a `pyarrow.Table` is needed here."""

    @property
    def column_names(self) -> list[str]: ...

    def column(self, name: str) -> Column: ...


# Key codes of evdev in rows of the US keyboard, each from its first code on; X11 counts 8 higher.
_KEYBOARD = {2: "1234567890-=", 16: "qwertyuiop[]", 30: "asdfghjkl;'`", 43: "\\zxcvbnm,./", 57: " "}
_NUMPAD = {55: "*", 71: "789-456+1230.", 98: "/"}
EVDEV = {first + n: char for first, row in (_KEYBOARD | _NUMPAD).items() for n, char in enumerate(row)}
_NAMED = "space= minus=- underscore=_ period=. at=@ plus=+ slash=/ numbersign=# exclam=! dollar=$ asterisk=* colon=:"
KEY_NAMES = dict(pair.split("=", 1) for pair in _NAMED.split()) | {"space": " ", "equal": "="}


def scan_tables(tables: Mapping[str, Table], canaries: Sequence[str]) -> list[Hit]:
    """Search every cell of every column, and every column joined in row order. `Hit.path` is `table.column`,
    `Hit.offset` the row (-1: spread over rows)."""
    return [hit for name, table in tables.items() for hit in _scan_table(name, table, canaries)]


def _scan_table(name: str, table: Table, canaries: Sequence[str]) -> Iterator[Hit]:
    columns = {column: table.column(column).to_pylist() for column in table.column_names}
    pressed = columns.get("pressed")
    for column, cells in columns.items():
        where = f"{name}.{column}"
        yield from _cells(where, cells, canaries)
        for form, text in _joined(cells, pressed):
            yield from (Hit(where, -1, c, form) for c in canaries if _holds(text, c))


def _cells(where: str, cells: Sequence[Any], canaries: Sequence[str]) -> Iterator[Hit]:
    first_row: dict[bytes, int] = {}
    for row, cell in enumerate(cells):
        for leaf in _leaves(cell):
            content = leaf.encode("utf-8", "surrogatepass") if isinstance(leaf, str) else leaf
            first_row.setdefault(content, row)
    for content, row in first_row.items():
        yield from (Hit(where, row, hit.what, hit.form) for hit in scan_bytes(content, canaries))


def _leaves(cell: Any) -> Iterator[str | bytes]:
    """All strings and bytes in a cell, however deep."""
    match cell:
        case str() | bytes():
            yield cell
        case Mapping():
            for key, value in cell.items():
                yield from _leaves(key)
                yield from _leaves(value)
        case list() | tuple():
            for value in cell:
                yield from _leaves(value)


def _joined(cells: Sequence[Any], pressed: Sequence[Any] | None) -> Iterator[tuple[str, str]]:
    """A column read as keystrokes, in each way that may give a text."""
    rows = [("joined", list(cells))]
    if pressed is not None:
        rows.append(("joined keydowns", [c for c, down in zip(cells, pressed, strict=True) if down]))
    for form, values in rows:
        yield form, "".join(v for v in values if isinstance(v, str))
        yield f"{form}, key names", "".join(_key_text(v) for v in values if isinstance(v, str))
        codes = [v for v in values if isinstance(v, int) and not isinstance(v, bool)]
        yield f"{form}, evdev", "".join(EVDEV.get(v, "") for v in codes)
        yield f"{form}, X11 key codes", "".join(EVDEV.get(v - 8, "") for v in codes)
        yield f"{form}, code points", "".join(chr(v) for v in codes if 32 <= v < 0x3000)


def _key_text(name: str) -> str:
    """`h`, `shift+h`, `Key.h` -> h; `period` -> a full stop; names of other keys -> nothing."""
    last = name if len(name) == 1 else name.removeprefix("Key.").rsplit("+", 1)[-1].strip("'\"<>")
    return last if len(last) == 1 else KEY_NAMES.get(last.lower(), "")


def _holds(text: str, canary: str) -> bool:
    """The canary as it is, or what is left of both without separators and case (keys do not show Shift)."""
    bare = squeeze(canary)
    return canary in text or (len(bare) >= SHORTEST_CANARY and bare in squeeze(text))
