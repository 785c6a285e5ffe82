"""The only printing: answers to stdout, everything else to stderr as `recorder: …`.

Control characters are taken out on the way: the name of an app or a window could otherwise steer the terminal.
"""

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

UNPRINTABLE = ("Cc", "Cf", "Cs", "Zl", "Zp")  # Unicode's general categories of control, format, surrogate, separators

WIDEST = 10_000

Json = None | bool | int | float | str | Sequence["Json"] | dict[str, "Json"]


def answer(text: str = "") -> None:
    """One line (or several) of the answer, to stdout."""
    print(clean(text, keep="\n"), flush=True)  # noqa: T201


def answer_json(value: Json) -> None:
    """The whole answer as one JSON value; nothing else may go to stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=True), flush=True)  # noqa: T201


def answer_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table to stdout. Cells are plain text: neither markup nor control characters in them mean anything."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    # Piped output must not be cut to a width that nobody chose; a table takes only what it needs.
    width = None if sys.stdout.isatty() else WIDEST
    Console(highlight=False, emoji=False, markup=False, width=width).print(table)


def note(text: str) -> None:
    """Progress or a remark, to stderr."""
    print(f"recorder: {clean(text)}", file=sys.stderr, flush=True)  # noqa: T201


def error(text: str, *, hint: str | None = None) -> None:
    """What failed, and what to do about it, to stderr."""
    print(f"recorder: error: {clean(text)}", file=sys.stderr, flush=True)  # noqa: T201
    if hint:
        print(f"recorder: hint: {clean(hint)}", file=sys.stderr, flush=True)  # noqa: T201


def clean(text: str, *, keep: str = "") -> str:
    """`text` without control and direction-changing characters: names of apps and windows are not to be believed."""
    return "".join(
        c if c in keep or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else "�" for c in text
    )


def iso(unix_us: int) -> str:
    """Unix microseconds as ISO 8601 UTC with milliseconds: `2026-01-31T09:00:00.000Z`."""
    seconds, micro = divmod(unix_us, 1_000_000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=micro)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def size(size_bytes: int) -> str:
    """Bytes for the eye: `1.4 MB`."""
    amount = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def length(duration_us: int) -> str:
    """A length of time for the eye: `1:02:03` or `2:03`."""
    minutes, seconds = divmod(duration_us // 1_000_000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
