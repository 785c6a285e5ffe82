"""A recording session: its identity, where it stands in review, and the proof that a person approved its bytes."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from enum import StrEnum

from recorder.model.geometry import Monitor
from recorder.model.seals.review import ReviewSeal, check


class SessionState(StrEnum):
    """What `recorder list` shows. Nothing becomes approved by time passing."""

    UNREVIEWED = "unreviewed"
    PARTLY = "partly"
    APPROVED = "approved"
    WITHHELD = "withheld"  # rejected in review: stays here, never leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStart:
    """What is fixed when a session begins. `started_at_us`: Unix time, microseconds UTC; `t0_ns`: the same instant on
    CLOCK_MONOTONIC, from which all `t_us` count."""

    session_id: str  # UUIDv7
    started_at_us: int
    t0_ns: int
    study_id: str
    consent_id: str
    consent_revision: int
    consent_sha256: str
    purpose: str | None
    categories: frozenset[str]
    task: str | None
    os_family: str  # linux, windows, macos
    screens: tuple[Monitor, ...]
    recorder_version: str
    policy_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedSession:
    """Minted by review alone: a person approved exactly these bytes. `files` maps the name of each segment file, and of
    the manifest with its sealed task, purpose and consent, to the SHA-256 (hex) of what was shown; export re-hashes and
    refuses on any difference."""

    session_id: str
    approved_at_us: int
    files: Mapping[str, str]
    seal: InitVar[ReviewSeal]

    def __post_init__(self, seal: ReviewSeal) -> None:
        check(seal)
