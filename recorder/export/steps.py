"""Actions, contexts and frames in, the steps table out: each action with the picture from before it and after it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from recorder.export.actions import actions
from recorder.export.rows import Action, EventRow, rows
from recorder.format.schema import arrow_schema
from recorder.model.redacted import Channel, EventKind
from recorder.model.tables import StepAction

WAIT_US = 2_000_000  # silence of this length, with nothing withheld in it, is a wait


@dataclass(frozen=True, slots=True)
class FrameTime:
    """When one stored frame was taken and until when the screen was known to look like it."""

    frame_id: int
    t_us: int
    t_end_us: int
    screen: int


def derive(events: pa.Table, contexts: pa.Table, frames: pa.Table) -> pa.Table:
    """The steps of one session, by time, with the columns of `model/tables.py`.

    `obs_frame_id` is the last frame taken at or before the step, `obs_age_us` the time since it was last known to
    equal the screen; `next_frame_id` the first frame of the same screen taken at or after the step's end.
    `app` is the one that the events went to; a switch's is the one that is in front from there on. `withheld_us` is how
    much of the time since the previous step's end may hide input. `target` is the element that was clicked or
    typed into, where accessibility told of one in time. `text` is empty where the words were not kept.
    """
    stored = list(rows(events))
    gaps = _gaps(stored)
    apps = {row["context_id"]: row["app"] for row in contexts.select(["context_id", "app"]).to_pylist()}
    found = [*actions(stored), *_switches(contexts)]
    found.sort(key=lambda action: (action.t_start_us, action.kind is StepAction.SWITCH))
    found = _with_waits(found, gaps)
    return _table(found, _Frames(frames), gaps, apps)


class _Frames:
    """Frames by time, for "the last one before" and "the first one after"."""

    def __init__(self, frames: pa.Table) -> None:
        columns = (frames[name].to_pylist() for name in ("frame_id", "t_us", "t_end_us", "screen"))
        everything = (FrameTime(i, t, t if end is None else end, s or 0) for i, t, end, s in zip(*columns, strict=True))
        self._by_time = sorted(everything, key=lambda frame: (frame.t_us, frame.frame_id))
        self._times = [frame.t_us for frame in self._by_time]
        self._by_id = {frame.frame_id: frame for frame in self._by_time}

    def before(self, action: Action) -> FrameTime | None:
        """The frame that the event row names if it is still there, else the last one by time."""
        named = self._by_id.get(action.frame_id) if action.frame_id is not None else None
        if named is not None:
            return named
        index = bisect_right(self._times, action.t_start_us)
        return self._by_time[index - 1] if index else None

    def after(self, action: Action, before: FrameTime | None) -> FrameTime | None:
        for frame in self._by_time[bisect_left(self._times, action.t_end_us) :]:
            if frame is not before and (before is None or frame.screen == before.screen):
                return frame
        return None


def _age(action: Action, frame: FrameTime | None) -> int | None:
    if frame is None:
        return None
    if action.frame_age_us is not None and frame.frame_id == action.frame_id:
        return action.frame_age_us
    return max(0, action.t_start_us - frame.t_end_us)


def _gaps(stored: Iterable[EventRow]) -> list[tuple[int, int]]:
    """Disjoint stretches, by time, in which input may have been withheld."""
    spans = sorted(
        (row.t_us, max(row.t_us, row.t_end_us or row.t_us))
        for row in stored
        if row.kind in (EventKind.GAP, EventKind.PAUSE) and row.channel != Channel.FRAMES
    )
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _switches(contexts: pa.Table) -> list[Action]:
    """A change of the app that has the keyboard. A new title in the same app is none."""
    found: list[Action] = []
    current: str | None = None
    for row in contexts.select(["context_id", "t_us", "app"]).sort_by("t_us").to_pylist():
        if row["app"] is not None and row["app"] != current:
            if current is not None:
                found.append(_still(StepAction.SWITCH, row["t_us"], row["t_us"], row["context_id"]))
            current = row["app"]
    return found


def _with_waits(found: Sequence[Action], gaps: Sequence[tuple[int, int]]) -> list[Action]:
    """Add a wait wherever nothing happened for long and nothing was withheld: silence is not idleness."""
    complete: list[Action] = []
    clear_from: int | None = None
    for action in found:
        if clear_from is not None:
            complete.extend(_waits(clear_from, action.t_start_us, gaps))
        clear_from = max(clear_from or 0, action.t_end_us)
        complete.append(action)
    return complete


def _waits(start: int, end: int, gaps: Sequence[tuple[int, int]]) -> Iterable[Action]:
    if end - start < WAIT_US:
        return
    for gap_start, gap_end in gaps[_first_gap(gaps, start) :]:
        if gap_start >= end:
            break
        if gap_start - start >= WAIT_US:
            yield _still(StepAction.WAIT, start, gap_start, None)
        start = max(start, gap_end)
    if end - start >= WAIT_US:
        yield _still(StepAction.WAIT, start, end, None)


def _first_gap(gaps: Sequence[tuple[int, int]], start: int) -> int:
    """Index of the first gap that ends after `start`; gaps are disjoint and sorted, so their ends are too."""
    return bisect_right(gaps, start, key=lambda gap: gap[1])


def _still(kind: StepAction, start: int, end: int, context_id: int | None) -> Action:
    return Action(kind=kind, t_start_us=start, t_end_us=end, first_seq=None, last_seq=None, context_id=context_id)


def _withheld(start: int, end: int, gaps: Sequence[tuple[int, int]]) -> int:
    total = 0
    for gap_start, gap_end in gaps[_first_gap(gaps, start) :]:
        if gap_start >= end:
            break
        total += min(end, gap_end) - max(start, gap_start)
    return total


def _table(
    found: Sequence[Action], frames: _Frames, gaps: Sequence[tuple[int, int]], apps: dict[int, str | None]
) -> pa.Table:
    written: list[dict[str, object]] = []
    since, context = 0, None
    for number, action in enumerate(found):
        before = frames.before(action)
        after = frames.after(action, before)
        context = context if action.context_id is None else action.context_id
        written.append(
            {
                **{name: getattr(action, name) for name in _COPIED},
                "step_id": number,
                "action": action.kind.value,
                "keys": list(action.keys) or None,
                "obs_frame_id": before.frame_id if before else None,
                "obs_age_us": _age(action, before),
                "next_frame_id": after.frame_id if after else None,
                "context_id": context,
                "app": _app(action, context, apps),
                "withheld_us": _withheld(min(since, action.t_start_us), action.t_end_us, gaps),
            }
        )
        since = max(since, action.t_end_us)
    return pa.Table.from_pylist(written, schema=arrow_schema("steps"))


def _app(action: Action, context: int | None, apps: dict[int, str | None]) -> str | None:
    """The app that the events say; else the one in front, but for the pointer, which may be over another."""
    if action.app is not None or action.kind in _POINTED or context is None:
        return action.app
    return apps.get(context)


_POINTED = frozenset(
    {
        *(kind for kind in StepAction if kind.value.endswith("click")),
        *(StepAction.MOUSE_DOWN, StepAction.MOUSE_UP, StepAction.DRAG, StepAction.SCROLL),
    }
)
_COPIED = (
    *("t_start_us", "t_end_us", "x", "y", "x2", "y2", "button", "clicks", "text", "count_bucket"),
    *("scroll_dx", "scroll_dy", "target", "first_seq", "last_seq"),
)
