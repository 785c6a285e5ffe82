"""What a person sees of a home, as plain values that can be compared; and what must hold of any home at any time."""

import hashlib
import json
from pathlib import Path
from typing import Any

from recorder.model.tables import STORED
from recorder.store import holders
from recorder.store.audit import AuditLog
from recorder.store.home import session_ids
from recorder.store.segment import orphans
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault

Seen = dict[str, Any]


def look(home: Path, unlocked: UnlockedVault) -> Seen:
    """Every row of every session (pictures by their hash), the books, the state, the counts."""
    return {one: _session(SessionReader(home, one, unlocked)) for one in session_ids(home)}


def _session(reader: SessionReader) -> Seen:
    tables = {name: [_plain(row) for row in reader.table(name).to_pylist()] for name in sorted(STORED)}
    return {
        "tables": tables,
        "state": str(reader.state),
        "books": {kind: repr(tally) for kind, tally in sorted(reader.counters.items())},
        "counts": {name: reader.count(name) for name in ("events", "frames")},
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    picture = row.get("image")
    if picture is not None:
        row["image"] = hashlib.sha256(picture["bytes"]).hexdigest()
    return row


def digest(seen: Seen) -> str:
    return hashlib.sha256(json.dumps(seen, sort_keys=True, default=str).encode()).hexdigest()


def wrong(home: Path, unlocked: UnlockedVault) -> list[str]:
    """What is wrong with a home that was opened and put in order: each as a sentence."""
    found = [f"left behind: {path.name}" for path in home.rglob(".tmp-*")]
    found += [f"left behind: {path.name}" for path in home.rglob("*.rlog")]
    found += [f"still pending: {path.name}" for path in (home / "pending").glob("*")]
    found += ["a move of the key is not finished"] if holders.untidy(home) else []
    found += [f"the vault has {len(unlocked.epochs)} keys"] if len(unlocked.epochs) != 1 else []
    found += [f"the history: {finding.words}" for finding in AuditLog(home, unlocked).check().findings]
    for session_id in session_ids(home):
        found += _wrong_in(home, session_id, unlocked)
    return found


def _wrong_in(home: Path, session_id: str, unlocked: UnlockedVault) -> list[str]:
    reader = SessionReader(home, session_id, unlocked)
    found = [f"a file that nothing names: {name}" for name in orphans(reader.folder, reader.manifest)]
    keys = len(list((reader.folder / "keys").iterdir()))
    found += [f"{keys} keys of one session"] if keys != 1 else []
    found += ["it says that it is being recorded"] if reader.recording else []
    found += [f"the books of {kind} do not balance" for kind, one in reader.counters.items() if not one.balances]
    for name in ("events", "frames"):
        rows = reader.table(name).num_rows
        found += [f"{reader.count(name)} {name} are counted, {rows} are there"] if reader.count(name) != rows else []
    return found
