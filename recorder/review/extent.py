"""How many seconds of recording a deletion takes, for the list that a person sees before it."""

from collections.abc import Iterable, Mapping
from typing import Any

from recorder.errors import DamagedError
from recorder.store import sites
from recorder.store.session import SessionReader


def whole_us(readers: Iterable[SessionReader]) -> int:
    """All of these sessions."""
    return sum(reader.duration_us for reader in readers)


def between_us(readers: Iterable[SessionReader], from_us: int, to_us: int) -> int:
    """The part of these sessions that lies in [from, to), Unix microseconds."""
    return sum(_overlap(reader, from_us, to_us) for reader in readers)


def app_us(readers: Iterable[SessionReader], app: str) -> int:
    """How long an app had the keyboard in these sessions. A session that can't be read counts as nothing."""
    return sum(_in_front(reader, app) for reader in readers)


def site_us(readers: Iterable[SessionReader], site: str) -> int:
    """How long a site had the keyboard in these sessions, as its deletion counts it."""
    return sum(_in_force(reader, sites.contexts_on(_contexts(reader), site)) for reader in readers)


def contexts_us(readers: Iterable[SessionReader], contexts: Mapping[str, frozenset[int]]) -> int:
    """How long these contexts were in force. `contexts`: numbers by session."""
    return sum(_in_force(reader, contexts.get(reader.session_id, frozenset())) for reader in readers)


def _overlap(reader: SessionReader, from_us: int, to_us: int) -> int:
    start = reader.start.started_at_us
    return max(0, min(to_us, start + reader.duration_us) - max(from_us, start))


def _in_front(reader: SessionReader, app: str) -> int:
    try:
        contexts = reader.table("contexts", ["app", "t_us", "t_end_us"])
    except DamagedError:
        return 0
    if "app" not in contexts.column_names:
        return 0
    return sum((row["t_end_us"] or row["t_us"]) - row["t_us"] for row in contexts.to_pylist() if row["app"] == app)


def _contexts(reader: SessionReader) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = reader.table("contexts", sites.COLUMNS).to_pylist()
    return rows


def _in_force(reader: SessionReader, numbers: frozenset[int]) -> int:
    rows = reader.table("contexts", ["context_id", "t_us", "t_end_us"]).to_pylist() if numbers else []
    return sum((row["t_end_us"] or row["t_us"]) - row["t_us"] for row in rows if row["context_id"] in numbers)


def frames_us(readers: Iterable[SessionReader], frame_ids: frozenset[int]) -> int:
    """How long these pictures were on the screen."""
    rows = (row for reader in readers for row in reader.table("frames", ["frame_id", "t_us", "t_end_us"]).to_pylist())
    return sum(row["t_end_us"] - row["t_us"] for row in rows if row["frame_id"] in frame_ids)
