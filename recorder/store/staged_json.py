"""Staged deletions as JSON and back. Sets of numbers are written as the steps between the
edges of their runs: an app's events are long stretches."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from recorder.errors import DamagedError
from recorder.model.redacted import Channel
from recorder.store import brushed
from recorder.store.chosen import Chosen, Stretch
from recorder.store.numbers import Numbers
from recorder.store.overlay import Left, Overlay
from recorder.store.selector import parse_selector
from recorder.store.taken import Cut, ForgottenGap, Range

if TYPE_CHECKING:
    from recorder.store.staged_file import Stage, Staged

_SETS = ("frames", "contexts", "events", "runs")
_SPANS = ("ranges", "seqs", "unclaimed")


def encode(staged: "Staged") -> bytes:
    fields = {
        "next_id": staged.next_id,
        "stages": [_stage(one) for one in staged.stages],
        "overlays": {name: _overlay(one) for name, one in staged.overlays.items()},
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def decode(plain: bytes, make_stage: "type[Stage]", make_staged: "type[Staged]") -> "Staged":
    """Raises: DamagedError."""
    try:
        fields = json.loads(plain)
        return make_staged(
            next_id=int(fields["next_id"]),
            stages=tuple(_parse_stage(one, make_stage) for one in fields["stages"]),
            overlays={name: _parse_overlay(one) for name, one in fields["overlays"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedError("staged.json holds what is not understood") from None


def canonical(chosen: Chosen) -> bytes:
    """The same bytes for the same cut."""
    return json.dumps(_chosen(chosen), sort_keys=True, separators=(",", ":")).encode()


def _stage(stage: "Stage") -> dict[str, Any]:
    return {
        "id": stage.id,
        "at_us": stage.at_us,
        "selector": stage.selector.fields(),
        "counts": dict(stage.counts),
        "targets": {name: _chosen(one) for name, one in stage.targets.items()},
        "unnamed": list(stage.unnamed),
    }


def _parse_stage(fields: dict[str, Any], make: "Callable[..., Stage]") -> "Stage":
    return make(
        id=int(fields["id"]),
        at_us=int(fields["at_us"]),
        selector=parse_selector(fields["selector"]),
        counts={name: int(count) for name, count in fields["counts"].items()},
        targets={name: _parse_chosen(one) for name, one in fields["targets"].items()},
        unnamed=tuple(fields["unnamed"]),
    )


def _chosen(chosen: Chosen) -> dict[str, Any]:
    gaps = [[*span, channel.value] for span, channel in chosen.gaps]
    return {"whole": chosen.whole, "cut": _cut(chosen.cut), "gaps": gaps, "task": chosen.task}


def _parse_chosen(fields: dict[str, Any]) -> Chosen:
    gaps = tuple(Stretch((int(first), int(last)), Channel(channel)) for first, last, channel in fields["gaps"])
    return Chosen(whole=bool(fields["whole"]), cut=_parse_cut(fields["cut"]), gaps=gaps, task=bool(fields["task"]))


def _cut(cut: Cut) -> dict[str, Any]:
    sets = {name: Numbers.of(getattr(cut, name)).steps() for name in _SETS}
    spans = {name: [list(span) for span in getattr(cut, name)] for name in _SPANS}
    return sets | spans | {"brushed": [brushed.as_json(one) for one in cut.brushed]}


def _parse_cut(fields: dict[str, Any]) -> Cut:
    found: dict[str, Any] = {name: Numbers.of_steps(fields[name]) for name in _SETS}
    found |= {name: _spans(fields[name]) for name in _SPANS}
    found["brushed"] = tuple(brushed.from_json(one) for one in fields.get("brushed", ()))
    return Cut(**found)


def _spans(fields: list[list[int]]) -> tuple[Range, ...]:
    return tuple((int(first), int(last)) for first, last in fields)


def _overlay(overlay: Overlay) -> dict[str, Any]:
    return {
        "whole": overlay.whole,
        "cut": _cut(overlay.cut),
        "left": {n: {"rows": dict(one.rows), "apps": one.apps, "gaps": one.gaps} for n, one in overlay.left.items()},
        "gaps": {n: [[*gap.span, gap.channel.value, gap.seq] for gap in gaps] for n, gaps in overlay.gaps.items()},
        "notes": {n: [brushed.note_as_json(note) for note in notes] for n, notes in overlay.notes.items()},
        "kinds": dict(overlay.kinds),
        "mark": overlay.mark,
        "task": overlay.task,
    }


def _parse_overlay(fields: dict[str, Any]) -> Overlay:
    left = {
        int(number): Left(rows=dict(one["rows"]), apps=tuple(one["apps"]), gaps=int(one["gaps"]))
        for number, one in fields["left"].items()
    }
    return Overlay(
        whole=bool(fields["whole"]),
        cut=_parse_cut(fields["cut"]),
        left=left,
        gaps={int(number): tuple(_gap(*one) for one in gaps) for number, gaps in fields["gaps"].items()},
        notes={int(n): tuple(map(brushed.note_from_json, notes)) for n, notes in fields.get("notes", {}).items()},
        kinds=dict(fields["kinds"]),
        mark=str(fields["mark"]),
        task=bool(fields["task"]),
    )


def _gap(first: int, last: int, channel: str, seq: int | None) -> ForgottenGap:
    return ForgottenGap((int(first), int(last)), Channel(channel), seq)
