"""What someone finds who reads the raw disk and has every key that is left: all files, those that went included.

Every key file is tried with every key of the vault, every manifest with every session key that this gave, every table
and journal with every data key that that gave. What opens is searched for the canary.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from recorder.errors import DamagedError
from recorder.format import journal, manifest, parquet
from recorder.format.manifest import ID, SegmentSecret
from recorder.format.parquet import SegmentName
from recorder.format.seal import Identity
from recorder.store.journal import open_key
from recorder.store.vault import UnlockedVault

DataKeys = dict[tuple[str, int, str], set[bytes]]


def readable(roots: Iterable[Path], unlocked: UnlockedVault, canary: str) -> list[str]:
    """Names of files in which the canary lies open, or opens. `vault.key` is left out: an old copy of it with its
    passphrase is the residual that docs/threat-model.md names."""
    files = [path for root in roots for path in sorted(root.rglob("*")) if path.is_file() and path.name != "vault.key"]
    open_now = [path.name for path in files if canary.encode() in path.read_bytes()]
    identities = list(_identities(files, unlocked))
    found = [*open_now, *_intents(files, unlocked, canary), *_journals(files, identities, canary)]
    return found + list(_tables(files, _data_keys(files, identities), canary))


def _session_of(path: Path) -> str:
    return next((part for part in reversed(path.parts) if ID.fullmatch(part)), "")


def _identities(files: list[Path], unlocked: UnlockedVault) -> Iterator[Identity]:
    for path in files:
        if path.parent.name != "keys":
            continue
        context = f"identity|{_session_of(path)}|{path.stem}"
        for epoch in unlocked.epochs:
            with suppress(DamagedError, ValueError, KeyError):
                sealed = base64.b64decode(json.loads(path.read_bytes())["sealed"])
                yield Identity(unlocked.open(sealed, context, epoch))


def _intents(files: list[Path], unlocked: UnlockedVault, canary: str) -> Iterator[str]:
    for path in files:
        if path.parent.name == "pending" and path.suffix == ".json":
            for epoch in unlocked.epochs:
                with suppress(DamagedError, ValueError, KeyError):
                    sealed = base64.b64decode(json.loads(path.read_bytes())["sealed"])
                    if canary.encode() in unlocked.open(sealed, "intent", epoch):
                        yield path.name


def _data_keys(files: list[Path], identities: list[Identity]) -> DataKeys:
    found: DataKeys = {}
    for path in files:
        if path.name != "manifest.json":
            continue
        with suppress(DamagedError):
            named = manifest.decode(path.read_bytes())
            for entry in named.segments:
                for identity in identities:
                    with suppress(DamagedError):
                        secret = SegmentSecret.open(entry.sealed, identity, named.session_id, entry.segment)
                        for table, key in secret.keys.items():
                            found.setdefault((named.session_id, entry.segment, table), set()).add(key)
    return found


def _journals(files: list[Path], identities: list[Identity], canary: str) -> Iterator[str]:
    for path in files:
        if path.suffix == ".rlog":
            content = path.read_bytes()
            for identity in identities:
                with suppress(DamagedError):
                    key = open_key(journal.decode_header(content)[0], identity)
                    if canary in repr(journal.decode(content, key, torn_tail=True).ops):
                        yield path.name


def _tables(files: list[Path], keys: DataKeys, canary: str) -> Iterator[str]:
    for path in files:
        if path.suffix != ".parquet":
            continue
        segment, _, table = path.name.split(".")[0].partition("-")
        name = SegmentName(_session_of(path), int(segment), table)
        for key in keys.get((name.session_id, name.segment, table), ()):
            with suppress(DamagedError):
                rows = parquet.decode(path.read_bytes(), name, key)
                if canary in repr(rows.drop_columns([c for c in ("image",) if c in rows.column_names]).to_pylist()):
                    yield path.name
