"""Review decisions beside the sessions: bound to exact file hashes, under a MAC that only this vault makes, and each
only until the next one about its session (`decisions.py`)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recorder.errors import DamagedError
from recorder.model.session import SessionState
from recorder.store import decisions
from recorder.store.folders import listed
from recorder.store.home import remove_file, session_folder, write_private
from recorder.store.steps import Step, step
from recorder.store.vault import HeadKeeper

PURPOSE = "approval/2"  # 1 did not bind the manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the person decided about exactly these files (name to SHA-256, hex): segments and the manifest, whose sealed
    start says task, purpose and consent."""

    session_id: str
    state: SessionState
    at_us: int
    files: Mapping[str, str]

    def message(self) -> bytes:
        fields = [self.session_id, self.state, self.at_us, sorted(self.files.items())]
        return json.dumps(fields, separators=(",", ":")).encode()


def save(home: Path, keeper: HeadKeeper, decision: Decision) -> None:
    """Keep a decision; it replaces an earlier one. A crash in between leaves neither. Raises: PlatformError."""
    mac = keeper.mac(PURPOSE, decision.message())
    fields = {
        "state": decision.state,
        "at_us": decision.at_us,
        "files": dict(decision.files),
        "mac": mac,
    }
    with decisions.deciding(home):
        write_private(_path(home, decision.session_id), json.dumps(fields, indent=1, sort_keys=True).encode() + b"\n")
        step(Step.REVIEW_WRITTEN)
        decisions.keep(home, keeper, decision.session_id, mac)


def load(home: Path, keeper: HeadKeeper, session_id: str) -> Decision | None:
    """The last decision, as it was made; None when there is none. Raises: DamagedError when it does not verify, or is
    not the last one."""
    try:
        fields = json.loads(_path(home, session_id).read_bytes())
        state, at_us, files = SessionState(fields["state"]), int(fields["at_us"]), dict(fields["files"])
        decision = Decision(session_id=session_id, state=state, at_us=at_us, files=files)
        mac = str(fields["mac"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DamagedError(f"session {session_id}: its review decision does not parse") from None
    if not keeper.check_mac(PURPOSE, decision.message(), mac):
        raise DamagedError(f"session {session_id}: its review decision does not verify")
    if not decisions.is_last(home, keeper, session_id, mac):
        raise DamagedError(f"session {session_id}: its review decision is not the last one that was made")
    return decision


def is_decided(home: Path, session_id: str) -> bool:
    """Whether there is a decision at all, valid or not: most sessions have none, and nothing has to be hashed."""
    return _path(home, session_id).exists()


def state(home: Path, keeper: HeadKeeper, session_id: str, files: Mapping[str, str]) -> SessionState:
    """Where a session with these files stands. Anything else than a decision about exactly them is no approval; a
    session that was withheld stays so. While a deletion is unfinished nothing is approved."""
    try:
        decision = load(home, keeper, session_id)
    except DamagedError:
        return SessionState.UNREVIEWED
    if decision is None:
        return SessionState.UNREVIEWED
    if decision.state is SessionState.WITHHELD:
        return SessionState.WITHHELD
    unfinished = bool(listed(home / "pending", "delete-"))
    return decision.state if dict(decision.files) == dict(files) and not unfinished else SessionState.UNREVIEWED


def discard(home: Path, session_id: str) -> None:
    """Take a decision back."""
    remove_file(_path(home, session_id))


def _path(home: Path, session_id: str) -> Path:
    return session_folder(home, session_id) / "review.json"
