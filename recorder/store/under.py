"""What text may have stood under a box in pictures: unknown counts as under it. Pure: rows in, numbers out.

- The name of an element that was clicked or typed into, if the element's place touches the box or is not known, while
  the picture is nearer to that moment than any other of its screen.
- What was typed before the next picture into a window that this one may show, unless the place of the field is known
  and does not touch the box. That window: what the app had in front last, without a break, and what it had in front
  before that with the same title and address. What is typed stays, so its time alone excludes nothing.
- The title and the address of the window in front, if the box touches its head, where they are shown.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from recorder.model.geometry import Rect
from recorder.store.taken import Range, merge

EVENTS = ["seq", "t_us", "t_end_us", "run", "context_id", "target_name", "target_rect"]
CONTEXTS = ["context_id", "t_us", "t_end_us", "app", "window_title", "url_host", "url_path", "window_rect", "screen"]
FRAMES = ["frame_id", "t_us", "t_end_us", "screen", "width", "height", "context_id", "apps"]
# A window's title and address stand this far above and below the upper edge that is known of it, in logical pixels.
HEAD_ABOVE, HEAD_BELOW = 64, 160
LAST_US = 1 << 62
COARSE_US = 1_000_000  # typing is told to the second, so a run may seem to begin before its context

Row = Mapping[str, Any]


class Texts(NamedTuple):
    """What goes: names of elements by seq of their events, text runs by number, titles by number of their contexts;
    and the time in which all rows of these are."""

    names: frozenset[int]
    runs: frozenset[int]
    titles: frozenset[int]
    span: Range


@dataclass(frozen=True, slots=True)
class Front:
    """Contexts of one app that follow on one another. `last_us`: the last moment of a picture that may show them."""

    contexts: Sequence[Row]
    last_us: int


def under(box: Rect, scale: float, of_screen: Sequence[Row], chosen: Set[int], front: Sequence[Row]) -> "Under":
    """`of_screen`: all pictures of a screen; `chosen`: those in which the box is filled; `front`: all contexts of the
    session, by time."""
    near = nearest(of_screen, chosen)
    pictures = [(picture, near[picture["frame_id"]]) for picture in of_screen if picture["frame_id"] in near]
    titles = _titled(box, scale, (picture for picture, _ in pictures), front)
    spans = merge(near.values())
    hull = (spans[0][0], spans[-1][1]) if spans else (0, -1)
    typed = _typed_into(pictures, front)
    since = min([hull[0], *(row["t_us"] for row in front if row["context_id"] in typed)])
    return Under(box, spans, typed, titles, hull, since - COARSE_US)


@dataclass(frozen=True, slots=True)
class Under:
    """`near`: the times nearest to the pictures, in order, both ends included; `hull`: all of them and what is between.
    `typed`: by context, until when what was typed in it may be shown; no text of before `since_us` is."""

    box: Rect
    near: tuple[Range, ...]
    typed: Mapping[int, int]
    titles: frozenset[int]
    hull: Range
    since_us: int

    def texts(self, events: pa.Table, front: Sequence[Row], pictures: Iterable[Range]) -> Texts:
        """`events`: `EVENTS`, as far as they were granted; `pictures`: from when to when each lasted."""
        names, runs = self._names(events), self._runs(events)
        told = _any(events, names, runs)
        spans = [(row["t_us"], row["t_end_us"] or row["t_us"]) for row in told]
        spans += [(row["t_us"], row["t_end_us"] or row["t_us"]) for row in front if row["context_id"] in self.titles]
        ends = [*pictures, *spans]
        return Texts(names, runs, self.titles, (min(one[0] for one in ends), max(one[1] for one in ends) + 1))

    def _names(self, events: pa.Table) -> frozenset[int]:
        if "target_name" not in events.column_names:
            return frozenset()
        rows = events.filter(pc.is_valid(events["target_name"])).select(["seq", "t_us", "target_rect"]).to_pylist()
        starts = [first for first, _ in self.near]
        found = set[int]()
        for row in rows:
            place = bisect_right(starts, row["t_us"]) - 1
            if place >= 0 and row["t_us"] <= self.near[place][1] and self._may_touch(row["target_rect"]):
                found.add(row["seq"])
        return frozenset(found)

    def _runs(self, events: pa.Table) -> frozenset[int]:
        if "run" not in events.column_names:
            return frozenset()
        columns = [name for name in EVENTS if name in events.column_names and name != "target_name"]
        typed: dict[int, list[Row]] = {}
        for row in events.filter(pc.is_valid(events["run"])).select(columns).to_pylist():
            typed.setdefault(row["run"], []).append(row)
        return frozenset(run for run, rows in typed.items() if self._is_shown(rows) and self._stands_under(rows))

    def _is_shown(self, rows: Sequence[Row]) -> bool:
        first = min(row["t_us"] for row in rows)
        last = max(row["t_end_us"] or row["t_us"] for row in rows)
        contexts = {row["context_id"] for row in rows}
        if contexts == {None}:  # of a window that nobody knows
            return bool(first <= self.hull[1] and last >= self.hull[0])
        return any(first <= self.typed.get(context, -1) for context in contexts)

    def _stands_under(self, rows: Sequence[Row]) -> bool:
        places = [row["target_rect"] for row in rows if row.get("target_rect") is not None]
        return not places or any(self._may_touch(place) for place in places)

    def _may_touch(self, place: Mapping[str, int] | None) -> bool:
        return place is None or Rect(**place).intersect(self.box) is not None


def nearest(pictures: Iterable[Row], chosen: Set[int]) -> dict[int, Range]:
    """From the end of the picture before each chosen one to the beginning of the next, both included. `pictures`: all
    of one screen."""
    rows = sorted(pictures, key=lambda row: row["t_us"])
    spans = {}
    for before, row, after in zip([None, *rows], rows, [*rows[1:], None], strict=False):
        if row["frame_id"] in chosen:
            first = 0 if before is None else min(before["t_end_us"], row["t_us"])
            last = LAST_US if after is None else max(after["t_us"], row["t_end_us"])
            spans[row["frame_id"]] = (first, last)
    return spans


def fronts(contexts: Iterable[Row]) -> list[list[Row]]:
    """Contexts by time, cut wherever another app comes to the front. Where apps were not told all are one."""
    found: list[list[Row]] = []
    for row in contexts:
        if found and found[-1][0].get("app") == row.get("app"):
            found[-1].append(row)
        else:
            found.append([row])
    return found


def looks(context: Row) -> tuple[Any, ...]:
    """What tells one window of an app from another, as far as it was granted."""
    return tuple(context.get(name) for name in ("app", "window_title", "url_host", "url_path"))


def _typed_into(pictures: Iterable[tuple[Row, Range]], contexts: Sequence[Row]) -> dict[int, int]:
    """Contexts of the windows that a picture may show, and until when what was typed in them may be in one."""
    of_app: dict[str | None, list[list[Row]]] = {}
    for front in fronts(contexts):
        of_app.setdefault(front[0].get("app"), []).append(front)
    starts = {app: [front[0]["t_us"] for front in several] for app, several in of_app.items()}
    last: dict[tuple[str | None, int], int] = {}
    for picture, (_, until) in pictures:
        for app in _apps_in(picture, of_app):
            number = bisect_right(starts[app], picture["t_end_us"]) - 1
            if number >= 0:
                last[app, number] = max(last.get((app, number), 0), until)
    found: dict[int, int] = {}
    for (app, number), until in last.items():
        _add(found, of_app[app][: number + 1], until)
    return found


def _add(found: dict[int, int], several: Sequence[Sequence[Row]], until: int) -> None:
    """The last of these stretches, and of the others what looked like something in it."""
    shown = {looks(row) for row in several[-1]}
    earlier = [row for front in several[:-1] for row in front if looks(row) in shown]
    for row in (*several[-1], *earlier):
        found[row["context_id"]] = max(found.get(row["context_id"], 0), until)


def _apps_in(picture: Row, known: Mapping[str | None, Any]) -> Iterable[str | None]:
    """Those of which something may be visible. A context that names no app may be of any."""
    apps = picture.get("apps")
    return [app for app in known if apps is None or app is None or app in apps]


def _titled(box: Rect, scale: float, pictures: Iterable[Row], contexts: Sequence[Row]) -> frozenset[int]:
    starts = [row["t_us"] for row in contexts]
    found = set[int]()
    for picture in pictures:
        first = max(0, bisect_right(starts, picture["t_us"]) - 1)
        for row in contexts[first : bisect_right(starts, picture["t_end_us"])]:
            if row.get("app") in (None, *(picture.get("apps") or (row.get("app"),))) and _head(row, scale, box):
                found.add(row["context_id"])
    return frozenset(found)


def _head(context: Row, scale: float, box: Rect) -> bool:
    place = context.get("window_rect")
    if place is None:
        return True
    above, below = round(HEAD_ABOVE * scale), round(HEAD_BELOW * scale)
    head = Rect(place["x"], place["y"] - above, place["width"], above + min(below, place["height"]))
    return head.intersect(box) is not None


def _any(events: pa.Table, names: frozenset[int], runs: frozenset[int]) -> list[dict[str, Any]]:
    chosen = pc.is_in(events["seq"], value_set=pa.array(list(names), events["seq"].type))
    if "run" in events.column_names:
        chosen = pc.or_(chosen, pc.is_in(events["run"], value_set=pa.array(list(runs), events["run"].type)))
    rows: list[dict[str, Any]] = events.filter(chosen).select(["t_us", "t_end_us"]).to_pylist()
    return rows
