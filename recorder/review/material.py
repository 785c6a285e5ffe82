"""A session's tables in, what the order of risk is judged by out. Reads no picture and no text but window titles."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recorder.model.redacted import EventKind
from recorder.review.held import Held
from recorder.review.risk import Material, Picture, Span

_FRAMES = ["frame_id", "t_us", "t_end_us", "screen", "context_id", "apps", "n_redactions", "masked_px", "withheld_px"]
_WORDS = "words/"  # the detector of pictures in which words show; see guard/reveal
_TYPED = (EventKind.TEXT_RUN, EventKind.PASTE)
_HELD = (*_TYPED, EventKind.SECRET_ENTRY)


def material(held: Held) -> Material:
    """What is staged for deletion is not in it, nor what does not verify."""
    taken = held.redactions.select(["target", "ref_id", "detector"]).to_pylist()
    hidden = {name: frozenset(r["ref_id"] for r in taken if r["target"] == name) for name in ("contexts", "events")}
    wordy = frozenset(r["ref_id"] for r in taken if r["target"] == "frames" and r["detector"].startswith(_WORDS))
    contexts = held.contexts.select(["context_id", "app", "window_title"]).to_pylist()
    frames = held.reader.table("frames", _FRAMES, damaged=[]).to_pylist()
    events = held.rare.filter(pc.is_in(held.rare["kind"], value_set=pa.array(_HELD, pa.string())))
    rows = events.select(["t_us", "t_end_us", "kind", "run"]).to_pylist()
    return Material(
        pictures=[_picture(row, wordy) for row in frames],
        windows={row["context_id"]: (row["app"], row["window_title"]) for row in contexts},
        typed=[_span(row) for row in rows if row["kind"] in _TYPED],
        secrets=[_span(row) for row in rows if row["kind"] == EventKind.SECRET_ENTRY],
        hidden_in=hidden["contexts"],
        hidden_at=[_span(row) for row in rows if row["run"] in hidden["events"]],
    )


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
