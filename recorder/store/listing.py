"""All sessions of a home, without opening a table of any. Nothing here needs pyarrow: `recorder list` is quick."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recorder.errors import RecorderError
from recorder.format.manifest import Manifest, Stage
from recorder.model.session import SessionState
from recorder.store import staged_file
from recorder.store.home import session_folder, session_ids
from recorder.store.manifest_file import read_manifest
from recorder.store.opened import OpenSession
from recorder.store.staged_file import Staged
from recorder.store.vault import UnlockedVault


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """One line of `recorder list`. What is sealed is None without the vault; `damaged` says what does not verify."""

    session_id: str
    started_at_us: int | None = None
    duration_us: int | None = None
    size_bytes: int = 0
    recording: bool = False
    task: str | None = None
    study_id: str | None = None
    apps: tuple[str, ...] | None = None
    events: int | None = None
    frames: int | None = None
    gaps: int | None = None
    state: SessionState = SessionState.UNREVIEWED
    staged: bool = False  # a part of it is staged for deletion, and is not counted here
    damaged: str | None = None


def list_sessions(home: Path, unlocked: UnlockedVault | None) -> list[SessionSummary]:
    """All sessions, oldest first, but those that are staged for deletion whole: without `unlocked` nobody knows which.
    A damaged one is listed as such and hides none of the others.

    Raises: DamagedError when it can't be told what is staged.
    """
    if unlocked is None:
        return [_summary(home, session_id, None, None) for session_id in session_ids(home)]
    staged = staged_file.load(home, unlocked)
    shown = (session_id for session_id in session_ids(home) if not staged.overlay(session_id).whole)
    return [_summary(home, session_id, unlocked, staged) for session_id in shown]


def shown_ids(home: Path, unlocked: UnlockedVault) -> list[str]:
    """Sessions that are not staged for deletion whole, oldest first. Raises: DamagedError."""
    staged = staged_file.load(home, unlocked)
    return [session_id for session_id in session_ids(home) if not staged.overlay(session_id).whole]


def _summary(home: Path, session_id: str, unlocked: UnlockedVault | None, staged: Staged | None) -> SessionSummary:
    try:
        if unlocked is None or staged is None:
            manifest = read_manifest(session_folder(home, session_id))
            return SessionSummary(session_id=session_id, **_clear_fields(manifest))
        reader = OpenSession(home, session_id, unlocked, staged=staged)
        return SessionSummary(session_id=session_id, **_clear_fields(reader.manifest), **_sealed_fields(reader))
    except RecorderError as error:
        return SessionSummary(session_id=session_id, damaged=error.message)


def _clear_fields(manifest: Manifest) -> dict[str, Any]:
    end = manifest.ended_at_us
    return {
        "started_at_us": manifest.started_at_us,
        "duration_us": None if end is None else end - manifest.started_at_us,
        "size_bytes": manifest.size_bytes,
        "recording": manifest.stage is Stage.RECORDING,
    }


def _sealed_fields(reader: OpenSession) -> dict[str, Any]:
    return {
        "task": reader.start.task,
        "study_id": reader.start.study_id,
        "apps": reader.apps,
        "events": reader.count("events"),
        "frames": reader.count("frames"),
        "gaps": reader.gaps,
        "state": reader.state,
        "staged": reader.hidden,
    }
