"""A selector and one session in, what it takes there out: a cut by numbers and times that mean the same for ever."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from recorder.model.redacted import Channel
from recorder.store import brush, sites, theirs
from recorder.store.chosen import Chosen, Stretch, unite_chosen
from recorder.store.numbers import Numbers
from recorder.store.selector import Picked, Selector, What
from recorder.store.session import SessionReader
from recorder.store.taken import EMPTY_KINDS, Cut, Range, merge

LAST_US = 1 << 62
_OF_CONTEXTS = ("context_id", "t_us", "t_end_us", "app")


def choose(reader: SessionReader, selector: Selector) -> Chosen:
    """Raises: DamagedError when something that has to be read for it does not verify."""
    if selector.whole:
        return Chosen(whole=True)
    if selector.what is What.BETWEEN and selector.span is not None:
        origin = reader.manifest.started_at_us
        return _between(reader, (selector.span[0] - origin, selector.span[1] - origin))
    if selector.app is not None:
        return _app(reader, selector.app)
    if selector.site is not None:
        return _site(reader, selector.site)
    if selector.what is What.EVENTS and selector.span is not None:
        return Chosen(cut=Cut(seqs=(selector.span,)))
    if selector.what is What.BRUSH:
        return _brushed(reader, selector)
    picked = selector.picked_in(reader.session_id)
    if picked is not None:
        return _all_of(reader, picked)
    return _frames(reader, selector.frame_ids)


def _brushed(reader: SessionReader, selector: Selector) -> Chosen:
    if selector.rect is None or selector.reach is None or not selector.frame_ids:
        return Chosen()
    found = brush.choose(reader, selector.frame_ids[0], selector.rect, brush.Reach(selector.reach))
    return Chosen() if found is None else Chosen(cut=Cut(brushed=(found,)))


def names_apps(reader: SessionReader) -> bool:
    """Whether all that the session holds may say which app it is of, so that one app's part can be told apart. False
    where the consent had no names in it, from the start or from some moment on."""
    named = (("events", ["kind", "app"]), ("contexts", ["app"]), ("frames", ["frame_id", "apps"]))
    return all(
        columns[-1] in part.column_names or not _content(part)
        for name, columns in named
        for part in reader.segments(name, ["t_us", *columns])
    )


def names_sites(reader: SessionReader, site: str) -> bool:
    """The same for a site, as far as addresses were told at all: False also where the name of one is masked and may
    hide this one."""
    rows = _contexts(reader, sites.COLUMNS)
    return not rows or ("url_host" in rows[0] and not sites.may_be_more(rows, site))


def _content(part: Any) -> int:
    """How many rows hold something."""
    if "kind" not in part.column_names:
        return int(part.num_rows)
    return sum(kind not in EMPTY_KINDS for kind in part["kind"].to_pylist())


def _between(reader: SessionReader, span: Range) -> Chosen:
    """A range that takes the whole session leaves not even a gap."""
    if span[0] <= 0 and span[1] > reader.duration_us:
        return Chosen(whole=True)
    inside = (max(span[0], 0), min(span[1], reader.duration_us + 1))
    seen = frozenset(
        one for one, shown in _frame_spans(reader).items() if shown[0] < inside[1] and shown[1] > inside[0]
    )
    return Chosen(cut=Cut(ranges=(inside,), frames=seen), gaps=(Stretch(inside, Channel.ALL),))


def _frames(reader: SessionReader, frame_ids: Iterable[int]) -> Chosen:
    wanted = frozenset(frame_ids)
    spans = _frame_spans(reader) if wanted else {}
    gaps = merge(spans[one] for one in wanted if one in spans)
    return Chosen(cut=Cut(frames=wanted), gaps=tuple(Stretch(span, Channel.FRAMES) for span in gaps))


def _app(reader: SessionReader, app: str) -> Chosen:
    if app not in reader.apps:
        return Chosen()
    rows = _contexts(reader)
    mine = frozenset(row["context_id"] for row in rows if row.get("app") == app)
    events, beside = theirs.events_of(reader.table("events", theirs.COLUMNS), app, mine)
    return _with_front(reader, rows, mine, events, beside, _frames_showing(reader, frozenset({app})))


def _site(reader: SessionReader, site: str) -> Chosen:
    rows = _contexts(reader, sites.COLUMNS)
    mine = sites.contexts_on(rows, site)
    if not mine:
        return Chosen()
    early = [(row.get("app"), (row["t_us"] - sites.LATE_US, row["t_us"])) for row in sites.firsts(rows, mine)]
    frames = reader.table("frames", ["frame_id", "t_us", "t_end_us", "apps"]).to_pylist()
    events = theirs.events_before(reader.table("events", theirs.COLUMNS), early)
    seen = (row["frame_id"] for row in frames if any(_may_show(row, app, span) for app, span in early))
    found = Picked(session_id=reader.session_id, contexts=tuple(sorted(mine)), frames=tuple(seen), events=events)
    return _all_of(reader, found)


def _may_show(row: dict[str, Any], app: str | None, span: Range) -> bool:
    apps = row.get("apps")
    return (apps is None or app is None or app in apps) and row["t_us"] < span[1] and row["t_end_us"] >= span[0]


def _all_of(reader: SessionReader, picked: Picked) -> Chosen:
    return unite_chosen([_picked(reader, picked), _frames(reader, picked.frames), Chosen(task=picked.task)])


def _picked(reader: SessionReader, picked: Picked) -> Chosen:
    """Of a window also every picture that may show it: all of its app from the window's first moment on, because it may
    have been visible behind another one."""
    rows = _contexts(reader)
    mine = frozenset(picked.contexts)
    found = [row for row in rows if row["context_id"] in mine]
    events, beside = Numbers(picked.events), list[Range]()
    frames = frozenset[int]()
    table = reader.table("events", theirs.COLUMNS)
    for app in sorted({row.get("app") or "" for row in found}):
        here = [row for row in found if (row.get("app") or "") == app]
        numbers, spans = theirs.events_in(table, app, *_own_and_beside(rows, app, mine))
        events, beside = Numbers.union([events, numbers]), [*beside, *spans]
        since = min(row["t_us"] for row in here)
        frames |= _frames_showing(reader, frozenset({app}), since)
    chosen = _with_front(reader, rows, mine, events, beside, frames | _frames_of(reader, mine))
    spans_of = {row["seq"]: row for row in table.to_pylist() if row["seq"] in picked.events} if picked.events else {}
    own = [(row["t_us"], (row["t_end_us"] or row["t_us"]) + 1) for row in spans_of.values()]
    if not own:
        return chosen
    return unite_chosen([chosen, Chosen(gaps=tuple(Stretch(span, Channel.ALL) for span in merge(own)))])


def _with_front(
    reader: SessionReader,
    rows: list[dict[str, Any]],
    mine: frozenset[int],
    events: Numbers,
    beside: list[Range],
    frames: frozenset[int],
) -> Chosen:
    # A context lasts until the next one, though its own rows may have ended with an earlier segment.
    ends = [max(row["t_end_us"] + 1, after["t_us"]) for row, after in pairwise([*rows, *rows[-1:]])]
    front = [(row["t_us"], end) for row, end in zip(rows, ends, strict=True) if row["context_id"] in mine]
    cut = Cut(frames=frames, contexts=mine, events=events, unclaimed=merge(front))
    gaps = merge([*front, *beside])
    if gaps:
        return Chosen(cut=cut, gaps=tuple(Stretch(span, Channel.ALL) for span in gaps))
    return unite_chosen([Chosen(cut=cut), _frames(reader, frames)])


def _own_and_beside(
    rows: list[dict[str, Any]], app: str, mine: frozenset[int]
) -> tuple[frozenset[int], frozenset[int], list[Range]]:
    """The chosen contexts of an app, its other ones, and the stretches up to its next ones before and after: what went
    to the app there while another had the keyboard may have gone to the chosen window."""
    of_app = [row for row in rows if (row.get("app") or "") == app]
    own = frozenset(row["context_id"] for row in of_app) & mine
    starts = [0, *(row["t_us"] for row in of_app), LAST_US]
    spans = [(starts[at], starts[at + 2]) for at, row in enumerate(of_app) if row["context_id"] in own]
    return own, frozenset(row["context_id"] for row in of_app) - own, list(merge(spans))


def _contexts(reader: SessionReader, columns: Iterable[str] = _OF_CONTEXTS) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = reader.table("contexts", list(columns)).to_pylist()
    return rows


def _frames_showing(reader: SessionReader, apps: frozenset[str], since_us: int = 0) -> frozenset[int]:
    """Pictures that show one of the apps, and those of which nobody knows what they show."""
    frames = reader.table("frames", ["frame_id", "t_end_us", "apps"])
    rows = (row for row in frames.to_pylist() if row["t_end_us"] >= since_us)
    return frozenset(row["frame_id"] for row in rows if row.get("apps") is None or not apps.isdisjoint(row["apps"]))


def _frames_of(reader: SessionReader, contexts: frozenset[int]) -> frozenset[int]:
    """Pictures that were taken while one of the contexts was in force."""
    frames = reader.table("frames", ["frame_id", "context_id"])
    if not contexts or "context_id" not in frames.column_names:
        return frozenset()
    return frozenset(row["frame_id"] for row in frames.to_pylist() if row["context_id"] in contexts)


def _frame_spans(reader: SessionReader) -> dict[int, Range]:
    frames = reader.table("frames", ["frame_id", "t_us", "t_end_us"]).to_pylist()
    return {row["frame_id"]: (row["t_us"], row["t_end_us"] + 1) for row in frames}
