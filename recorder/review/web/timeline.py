"""The timeline, the frames' index, filters, events and the tabs of one session, for the page."""

from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from recorder.model.redacted import EventKind
from recorder.page.calls import Call, NotThereError, Number, Us
from recorder.review import texts as found_texts
from recorder.review.filters import Filter, event_mask, hits, windows_in
from recorder.review.held import Held
from recorder.review.hidden import hidden
from recorder.review.index import first, index
from recorder.review.metadata import metadata
from recorder.review.overlay import overlay
from recorder.review.shelf import Shelf
from recorder.review.timeline import BUCKETS, kinds_in, short, timeline
from recorder.review.words import CHANNELS, REASONS
from recorder.review.words import KINDS as KIND_WORDS

MOST_ROWS = 500
Names = Annotated[list[Annotated[str, Meta(max_length=10_000)]], Meta(max_length=500)]
Numbers = Annotated[list[Number], Meta(max_length=100_000)]


class Lanes(msgspec.Struct, forbid_unknown_fields=True):
    """`buckets`: how many steps the lane of activity has."""

    buckets: Annotated[int, Meta(ge=1, le=10_000)] = BUCKETS


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """`windows`: numbers in the timeline's list of titles; `only`: numbers of frames."""

    apps: Names = []
    windows: Numbers = []
    kinds: list[EventKind] = []
    has_text: bool = False
    has_redaction: bool = False
    unreviewed: bool = False
    only: Numbers | None = None


class Page(msgspec.Struct, forbid_unknown_fields=True):
    """Some rows of the events. `near_us`: instead of `offset`, the rows around that time. `moves`: those of the pointer
    as well."""

    wanted: Wanted = msgspec.field(default_factory=Wanted)
    offset: Annotated[int, Meta(ge=0, le=2**40)] = 0
    limit: Annotated[int, Meta(ge=1, le=MOST_ROWS)] = 100
    near_us: Us | None = None
    moves: bool = False


class TextPage(msgspec.Struct, forbid_unknown_fields=True):
    """`kind`: one of them alone; empty: all."""

    offset: Annotated[int, Meta(ge=0, le=2**40)] = 0
    limit: Annotated[int, Meta(ge=1, le=MOST_ROWS)] = 100
    kind: Annotated[str, Meta(max_length=20)] = ""


class WholeText(msgspec.Struct, forbid_unknown_fields=True):
    """The texts of a kind that first stand at a time."""

    kind: Annotated[str, Meta(max_length=20)]
    t_us: Us


class Looks:
    """What the calls share: the sessions that are looked at."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def held(self, session_id: str) -> Held:
        return self._shelf.held(session_id)

    def timeline(self, session_id: str, query: Lanes) -> Any:
        held = self.held(session_id)
        return {
            "lanes": timeline(held, query.buckets),
            "kinds": kinds_in(held),
            "apps": _apps(held),
            "titles": [[*short(title), us] for title, us in windows_in(held)],
            "words": {"reasons": REASONS, "channels": CHANNELS, "kinds": KIND_WORDS},
        }

    def first(self, session_id: str) -> Any:
        return {"first": first(self._shelf.reader(session_id))}

    def frames(self, session_id: str) -> Any:
        return index(self.held(session_id).frames)

    def hits(self, session_id: str, body: Wanted) -> Any:
        held = self.held(session_id)
        return hits(held, _filter(held, body), _reviewed(held, body))

    def events(self, session_id: str, body: Page) -> Any:
        held = self.held(session_id)
        wanted = _filter(held, body.wanted)
        mask = event_mask(held, wanted, hits(held, wanted, _reviewed(held, body.wanted)).ranges)
        if not body.moves and EventKind.POINTERMOVE not in wanted.kinds:
            mask = mask & ~held.events.of(EventKind.POINTERMOVE)
        positions = np.flatnonzero(mask)
        offset = body.offset
        if body.near_us is not None:
            at = int(np.searchsorted(held.events.t_us[positions], body.near_us))
            offset = max(0, min(at - body.limit // 2, len(positions) - body.limit))
        rows = held.rows(positions[offset : offset + body.limit].tolist())
        return {"total": len(positions), "offset": offset, "rows": [_cut(row) for row in rows]}

    def overlay(self, session_id: str, frame_id: int) -> Any:
        found = overlay(self.held(session_id), frame_id)
        if found is None:
            raise NotThereError("there is no such frame")
        return found

    def texts(self, session_id: str, query: TextPage) -> Any:
        found = found_texts.texts(self.held(session_id))
        counts = {kind: sum(one.kind == kind for one in found) for kind in found_texts.KINDS}
        found = [one for one in found if query.kind in ("", one.kind)]
        rows = found[query.offset : query.offset + query.limit]
        return {"total": len(found), "offset": query.offset, "counts": counts, "rows": rows}

    def whole_text(self, session_id: str, query: WholeText) -> Any:
        if query.kind not in found_texts.KINDS:
            raise NotThereError("there is no such kind of text")
        return {"texts": found_texts.whole(self.held(session_id), query.kind, query.t_us)}

    def hidden(self, session_id: str) -> Any:
        return hidden(self.held(session_id))

    def metadata(self, session_id: str) -> Any:
        return metadata(self.held(session_id).reader)


def calls(shelf: Shelf) -> list[Call]:
    looks, here = Looks(shelf), "/api/sessions/{session_id}"
    return [
        Call(method="GET", path=f"{here}/timeline", does="The lanes.", run=looks.timeline, query=Lanes),
        Call(method="GET", path=f"{here}/first", does="The earliest frame.", run=looks.first),
        Call(method="GET", path=f"{here}/frames", does="All frames, without pictures.", run=looks.frames),
        Call(method="POST", path=f"{here}/hits", does="What fits a filter.", run=looks.hits, body=Wanted),
        Call(method="POST", path=f"{here}/events", does="A page of events.", run=looks.events, body=Page),
        Call(
            method="GET",
            path=f"{here}/frames/{{frame_id:int}}/overlay",
            does="What was done while a picture was there.",
            run=looks.overlay,
        ),
        Call(method="GET", path=f"{here}/texts", does="The texts.", run=looks.texts, query=TextPage),
        Call(method="GET", path=f"{here}/texts/whole", does="One uncut.", run=looks.whole_text, query=WholeText),
        Call(method="GET", path=f"{here}/hidden", does="What was taken out, by which rule.", run=looks.hidden),
        Call(method="GET", path=f"{here}/metadata", does="What leaves beside the rows.", run=looks.metadata),
    ]


def _filter(held: Held, wanted: Wanted) -> Filter:
    titles = [title for title, _ in windows_in(held)] if wanted.windows else []
    windows = frozenset(titles[number] for number in wanted.windows if number < len(titles))
    only = None if wanted.only is None else frozenset(wanted.only)
    return Filter(
        apps=frozenset(wanted.apps),
        windows=windows,
        kinds=frozenset(wanted.kinds),
        has_text=wanted.has_text,
        has_redaction=wanted.has_redaction,
        unreviewed=wanted.unreviewed,
        only=frozenset() if wanted.windows and not windows else only,  # a window that is gone: nothing fits
    )


def _reviewed(held: Held, wanted: Wanted) -> frozenset[int]:
    return frozenset(held.reader.seen().frames) if wanted.unreviewed else frozenset()


def _apps(held: Held) -> list[str]:
    """Every app that has a band or a picture."""
    in_front = held.contexts["app"].drop_null().unique().to_pylist()
    return sorted({*in_front, *(app for apps in held.frames.app_sets for app in apps or ())})


def _cut(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value[: found_texts.LONGEST] if isinstance(value, str) else value for name, value in row.items()}
