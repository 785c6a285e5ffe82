"""Writes schemas/v<N>/ from `recorder/model/tables.py`, or (`--check`) says which file is not what it would write."""

import json
import sys
from pathlib import Path

from recorder.format.schema import arrow_text, json_schema
from recorder.model.tables import SCHEMA_VERSION, TABLES

FOLDER = Path(__file__).parents[1] / "schemas" / f"v{SCHEMA_VERSION}"


def generated() -> dict[Path, str]:
    """The text of every generated file."""
    arrow = {FOLDER / f"{table}.arrow.txt": arrow_text(table) for table in TABLES}
    rows = {table: json.dumps(json_schema(table), indent=2, ensure_ascii=False) + "\n" for table in TABLES}
    return arrow | {FOLDER / f"{table}.schema.json": text for table, text in rows.items()}


def stale(wanted: dict[Path, str]) -> list[str]:
    """Files that differ from what would be written, are missing, or describe a table that is no more."""
    differ = [path for path, text in wanted.items() if not path.exists() or path.read_bytes() != text.encode()]
    there = {*FOLDER.glob("*.arrow.txt"), *FOLDER.glob("*.schema.json")}
    return sorted(str(path.relative_to(FOLDER.parents[1])) for path in {*differ, *(there - wanted.keys())})


def main() -> int:
    wanted = generated()
    if "--check" in sys.argv[1:]:
        names = stale(wanted)
        for name in names:
            print(f"recorder: error: {name} is not what recorder/model/tables.py says", file=sys.stderr)
        if names:
            print("recorder: hint: run make schemas; a released version's folder never changes", file=sys.stderr)
        return 1 if names else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in (*FOLDER.glob("*.arrow.txt"), *FOLDER.glob("*.schema.json")):
        path.unlink()
    for path, text in wanted.items():
        path.write_bytes(text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
