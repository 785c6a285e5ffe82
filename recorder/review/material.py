"""A session's tables in, what the order of risk is judged by out. Reads no picture and no text but window titles."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recorder.model.redacted import EventKind
from recorder.review.risk import Material, Picture, Span
from recorder.store.session import SessionReader

_FRAMES = ["frame_id", "t_us", "t_end_us", "screen", "context_id", "apps", "n_redactions", "masked_px", "withheld_px"]
_WORDS = "words/"  # the detector of pictures in which words show; see guard/reveal
_TYPED = (EventKind.TEXT_RUN, EventKind.PASTE)


def material(reader: SessionReader) -> Material:
    """What is staged for deletion is not in it, nor what does not verify."""
    taken = _rows(reader, "redactions", ["target", "ref_id", "detector"])
    hidden = {name: frozenset(r["ref_id"] for r in taken if r["target"] == name) for name in ("contexts", "events")}
    wordy = frozenset(r["ref_id"] for r in taken if r["target"] == "frames" and r["detector"].startswith(_WORDS))
    contexts = _rows(reader, "contexts", ["context_id", "app", "window_title"])
    events = _events(reader)
    return Material(
        pictures=[_picture(row, wordy) for row in _rows(reader, "frames", _FRAMES)],
        windows={row["context_id"]: (row.get("app"), row.get("window_title")) for row in contexts},
        typed=[_span(row) for row in events if row["kind"] in _TYPED],
        secrets=[_span(row) for row in events if row["kind"] == EventKind.SECRET_ENTRY],
        hidden_in=hidden["contexts"],
        hidden_at=[_span(row) for row in events if row.get("run") is not None and row["run"] in hidden["events"]],
    )


def _rows(reader: SessionReader, table: str, columns: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reader.table(table, columns, damaged=[]).to_pylist()
    return found


def _events(reader: SessionReader) -> list[dict[str, Any]]:
    """Typing, pastes and secret entries: of a million events they are few."""
    wanted = pa.array([*_TYPED, EventKind.SECRET_ENTRY], pa.string())
    parts = reader.segments("events", ["t_us", "t_end_us", "kind", "run"], damaged=[])
    return [row for part in parts for row in part.filter(pc.is_in(part["kind"], value_set=wanted)).to_pylist()]


def _picture(row: dict[str, Any], wordy: frozenset[int]) -> Picture:
    apps = row.get("apps")
    return Picture(
        frame_id=row["frame_id"],
        t_us=row["t_us"],
        t_end_us=row["t_end_us"],
        screen=row["screen"],
        context_id=row["context_id"],
        apps=None if apps is None else frozenset(apps),
        words_show=row["frame_id"] in wordy,
        masked=bool(row["n_redactions"] or row["masked_px"] or row["withheld_px"]),
        withheld=bool(row["withheld_px"]),
    )


def _span(row: dict[str, Any]) -> Span:
    return row["t_us"], max(row["t_us"], row["t_end_us"] or row["t_us"])
