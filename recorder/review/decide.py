"""A person's decision about a session, bound to the bytes that they could see; mints `ReviewedSession`, and only here.

The default answer is no: no decision, a decision about other bytes, or one that does not verify, is no approval.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from recorder.errors import DamagedError, PolicyError, UsageError
from recorder.model.seals.review import SEAL
from recorder.model.session import ReviewedSession, SessionState
from recorder.store import approval
from recorder.store.approval import Decision
from recorder.store.segment import MANIFEST
from recorder.store.session import STAGED, SessionReader
from recorder.store.vault import UnlockedVault


def shown(reader: SessionReader) -> str:
    """What stands for exactly what this reader shows of its session, as SHA-256 (hex): the manifest, which has the hash
    of every file, its rows and pictures, and what is staged. A page keeps it beside what it displays."""
    return _shown(reader.session_id, reader.displayed())


def approve(unlocked: UnlockedVault, reader: SessionReader, *, as_shown: str | None = None) -> ReviewedSession:
    """Approve a session exactly as it is now: every byte of it has just been read and verified. `as_shown`: what
    `shown` said when it was displayed; None: it is as the reader has it.

    Raises: PolicyError when it is not any more what was displayed; UsageError while it is being recorded; DamagedError
    when a part can't be shown: what nobody can look at, nobody can approve.
    """
    return _mint(_save(unlocked, reader, SessionState.APPROVED, ready(reader, as_shown=as_shown)))


def ready(reader: SessionReader, *, as_shown: str | None = None) -> dict[str, str]:
    """The files that `approve` would approve, by SHA-256 (hex); nothing is decided. Raises: as `approve`."""
    if reader.recording:
        raise UsageError(f"session {reader.session_id} is still being recorded", hint="recorder stop, then approve it")
    files = reader.files()
    _refuse_unless_shown(reader.session_id, files, as_shown)
    damaged = reader.check()
    if damaged or reader.files() != files:
        raise damaged[0] if damaged else DamagedError(f"session {reader.session_id} changed while it was read")
    return files


def reject(unlocked: UnlockedVault, reader: SessionReader) -> None:
    """Keep a session here, whatever was decided before."""
    _save(unlocked, reader, SessionState.WITHHELD, reader.files())


def approved(unlocked: UnlockedVault, reader: SessionReader) -> ReviewedSession:
    """The approval of a session, if there is one for the bytes that lie on the disk at this moment.

    Raises: PolicyError otherwise.
    """
    try:
        decision = approval.load(unlocked.home, unlocked, reader.session_id)
    except DamagedError:
        raise _refusal(reader, "it changed after it was decided") from None
    if decision is None or decision.state is not SessionState.APPROVED:
        raise _refusal(reader, "nobody has approved it")
    if approval.state(unlocked.home, unlocked, reader.session_id, _files_now(reader)) is not SessionState.APPROVED:
        raise _refusal(reader, "it changed after it was approved")
    return _mint(decision)


def is_approved(unlocked: UnlockedVault, reader: SessionReader) -> bool:
    """Whether `approved` would return."""
    try:
        approved(unlocked, reader)
    except PolicyError:
        return False
    return True


def _save(unlocked: UnlockedVault, reader: SessionReader, state: SessionState, files: Mapping[str, str]) -> Decision:
    now_us = time.time_ns() // 1000
    decision = Decision(session_id=reader.session_id, state=state, at_us=now_us, files=dict(files))
    approval.save(unlocked.home, unlocked, decision)
    return decision


def _refuse_unless_shown(session_id: str, files: Mapping[str, str], as_shown: str | None) -> None:
    if as_shown is not None and not hmac.compare_digest(as_shown.encode(), _shown(session_id, files).encode()):
        raise PolicyError(
            f"session {session_id} changed since you looked", hint="look at it again as it is now, then decide"
        )


def _shown(session_id: str, files: Mapping[str, str]) -> str:
    """The manifest names every file with its hash, so its own hash is enough."""
    fields = [session_id, files.get(MANIFEST), files.get(STAGED)]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def _files_now(reader: SessionReader) -> Mapping[str, str]:
    """Empty when a file is gone: equal to no approval."""
    try:
        return reader.files()
    except DamagedError:
        return {}


def _mint(decision: Decision) -> ReviewedSession:
    return ReviewedSession(
        session_id=decision.session_id, approved_at_us=decision.at_us, files=dict(decision.files), seal=SEAL
    )


def _refusal(reader: SessionReader, why: str) -> PolicyError:
    session_id = reader.session_id
    return PolicyError(f"session {session_id} is not approved: {why}", hint=f"recorder review approve {session_id}")
