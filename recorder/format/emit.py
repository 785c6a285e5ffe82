"""Writes `schemas/v1/` from `model/tables.py`: JSON Schemas, Arrow schemas as text, and test vectors.

    python -m recorder.format.emit [FOLDER]            write what differs
    python -m recorder.format.emit --check [FOLDER]    exit 1 and name what differs

Vectors whose bytes hold fresh randomness (sealed values, encrypted tables) are written once and kept: a released
version's vectors never change. All others are the same bytes every time. Keys in vectors are synthetic.
"""

import base64
import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recorder.format import image, journal, manifest, parquet
from recorder.format.parquet import SegmentName
from recorder.format.schema import arrow_text, granted_columns, json_schema
from recorder.format.seal import Identity
from recorder.model.consent import Category
from recorder.model.tables import SCHEMA_VERSION, TABLES

SESSION = "01890000-0000-7000-8000-000000000001"
IDENTITY = Identity(bytes(range(96)))
DEK = bytes(range(32))
NAME = SegmentName(SESSION, 1, "contexts")
CONTEXT = "start|" + SESSION


def schemas() -> dict[str, bytes]:
    """Every generated schema by its file name."""
    found = {f"{table}.schema.json": _json(json_schema(table), sort=False) for table in TABLES}
    found |= {f"{table}.arrow.txt": arrow_text(table).encode() for table in TABLES}
    return found | {"store/manifest.schema.json": _json(_manifest_schema())}


def fixed_vectors() -> dict[str, bytes]:
    """Vectors without randomness. `cases.json` says what a reader must make of each file."""
    good = _journal()
    head = len(journal.encode_header(_header()))
    picture = image.encode(bytes(range(48)), 4, 4).data
    other = dataclasses.asdict(_manifest()) | {"version": 999}
    found = {
        "journal-ok.rlog": good,
        "journal-torn.rlog": good[:-5],
        "journal-bad-seal.rlog": _flip(good, head + 10),
        "journal-bad-header.rlog": _flip(good, head - 3),
        "journal-unknown-version.rlog": b"RECJRNL9" + good[8:],
        "manifest-ok.json": manifest.encode(_manifest()),
        "manifest-unknown-version.json": _json(other),
        "manifest-bad-schema.json": b'{"version": 1}\n',
        "manifest-bad-path.json": manifest.encode(_manifest()).replace(b"0001-contexts", b"../1-contexts"),
        "image-ok.qoi": picture,
        "image-bad-end.qoi": picture[:-1] + b"\0",
        "image-unknown.bin": b"GIF89a" + picture,
    }
    return found | {"cases.json": _json(_cases())}


def random_vectors() -> dict[str, bytes]:
    """Vectors that differ each time they are made."""
    sealed = IDENTITY.recipient.seal(b'{"synthetic": true}', CONTEXT)
    names = granted_columns("contexts", frozenset(Category))
    row = dict.fromkeys(names) | {"context_id": 1, "t_us": 0, "t_end_us": 9, "app": "Editor", "source": "fake"}
    rows = parquet.table_of("contexts", names, [tuple(row.values())])
    segment = parquet.encode(rows, NAME, DEK)
    extra = rows.append_column("secret", [["not in the schema"]])
    return {
        "sealed-ok.bin": sealed,
        "sealed-bad-seal.bin": _flip(sealed, len(sealed) - 1),
        "segment-ok.parquet": segment,
        "segment-bad-seal.parquet": _flip(segment, 40),
        "segment-short.parquet": segment[: len(segment) // 2],
        "segment-bad-schema.parquet": parquet.encode(extra, NAME, DEK),
        "segment-moved.parquet": parquet.encode(rows, NAME._replace(segment=2), DEK),
    }


def differing(folder: Path) -> Iterator[tuple[Path, bytes | None]]:
    """Files that are not as they should be, with their right bytes; None for one of a table that is no more."""
    vectors = folder / "vectors"
    wanted = {folder / name: data for name, data in schemas().items()}
    wanted |= {vectors / name: data for name, data in fixed_vectors().items()}
    wanted |= {vectors / name: data for name, data in random_vectors().items() if not (vectors / name).exists()}
    for path, data in wanted.items():
        if not path.exists() or path.read_bytes() != data:
            yield path, data
    there = {*folder.rglob("*.arrow.txt"), *folder.rglob("*.schema.json")}
    yield from ((path, None) for path in sorted(there - wanted.keys()))


def main(arguments: list[str]) -> int:
    """Returns the exit code: 1 when `--check` finds a difference."""
    names = [one for one in arguments if one != "--check"]
    folder = Path(names[0] if names else f"schemas/v{SCHEMA_VERSION}")
    check = "--check" in arguments
    found = list(differing(folder))
    for path, data in found:
        sys.stderr.write(f"{'differs' if check else 'written'}: {path}\n")
        if not check:
            _put(path, data)
    if check and found:
        sys.stderr.write("make schemas writes them; a released version's folder never changes\n")
    return 1 if check and found else 0


def _put(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _json(value: Any, *, sort: bool = True) -> bytes:
    return json.dumps(value, indent=2, sort_keys=sort, ensure_ascii=False).encode() + b"\n"


def _flip(data: bytes, position: int) -> bytes:
    return data[:position] + bytes((data[position] ^ 1,)) + data[position + 1 :]


def _header() -> journal.Header:
    columns = {"events": ["seq", "t_us", "kind"], "frames": [], "contexts": [], "redactions": []}
    return journal.Header(session_id=SESSION, segment=1, key="c3ludGhldGlj", nonce_prefix="00010203", columns=columns)


def _journal() -> bytes:
    encoder = journal.Encoder(_header(), DEK)
    return encoder.head + encoder.batch([("e", [0, 5, "pause"])]) + encoder.batch([("e", [1, 9, "pause"])])


def _manifest() -> manifest.Manifest:
    file = manifest.FileEntry(name="0001-contexts.parquet", table="contexts", size_bytes=1, sha256="00" * 32)
    entry = manifest.SegmentEntry(segment=1, t_us=0, t_end_us=9, sealed="c3ludGhldGlj", files=(file,))
    return manifest.Manifest(
        session_id=SESSION,
        started_at_us=0,
        ended_at_us=9,
        stage=manifest.Stage.CLOSED,
        consent_id="synthetic",
        consent_revision=1,
        key_id="0011223344556677",
        public=base64.b64encode(IDENTITY.recipient.public).decode(),
        start="c3ludGhldGlj",
        end=None,
        segments=(entry,),
    )


def _manifest_schema() -> dict[str, Any]:
    text, number = {"type": "string"}, {"type": "integer"}
    file = {"name": text, "table": text, "size_bytes": number, "sha256": text}
    files = {"type": "array", "items": _object(file)}
    entry = {"segment": number, "t_us": number, "t_end_us": number, "sealed": text, "files": files}
    fields: dict[str, Any] = {
        "version": {"const": manifest.VERSION},
        "session_id": text,
        "started_at_us": number,
        "ended_at_us": {"type": ["integer", "null"]},
        "stage": {"enum": list(manifest.Stage)},
        "consent_id": text,
        "consent_revision": number,
        "key_id": text,
        "public": text,
        "start": text,
        "end": {"type": ["string", "null"]},
        "segments": {"type": "array", "items": _object(entry)},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "manifest.json"} | _object(fields)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties), "additionalProperties": False}


def _cases() -> dict[str, Any]:
    outcomes = {
        "journal-ok.rlog": "ok",
        "journal-torn.rlog": "bad-seal",
        "journal-bad-seal.rlog": "bad-seal",
        "journal-bad-header.rlog": "bad-schema",
        "journal-unknown-version.rlog": "unknown-version",
        "manifest-ok.json": "ok",
        "manifest-unknown-version.json": "unknown-version",
        "manifest-bad-schema.json": "bad-schema",
        "manifest-bad-path.json": "bad-schema",
        "image-ok.qoi": "ok",
        "image-bad-end.qoi": "bad-schema",
        "image-unknown.bin": "unknown-version",
        "sealed-ok.bin": "ok",
        "sealed-bad-seal.bin": "bad-seal",
        "segment-ok.parquet": "ok",
        "segment-bad-seal.parquet": "bad-seal",
        "segment-short.parquet": "bad-seal",
        "segment-bad-schema.parquet": "bad-schema",
        "segment-moved.parquet": "bad-seal",
    }
    keys = {"identity": IDENTITY.secret.hex(), "data_key": DEK.hex(), "session_id": SESSION, "segment": 1}
    return {"keys": keys | {"table": NAME.table, "sealed_context": CONTEXT}, "outcomes": outcomes}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
