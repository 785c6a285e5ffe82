"""A deletion resolved for one session: by numbers and times that mean the same for ever."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from recorder.model.redacted import Channel
from recorder.store.taken import Cut, Range, merge, unite


class Stretch(NamedTuple):
    """A time of which a gap row will say that something of this channel was deleted there."""

    span: Range
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A deletion resolved for one session. `whole`: its folder goes. `task`: what it was for is no more said.
    Without `gaps` the events that go say where."""

    whole: bool = False
    cut: Cut = field(default_factory=Cut)
    gaps: tuple[Stretch, ...] = ()
    task: bool = False


def unite_chosen(several: Iterable[Chosen]) -> Chosen:
    """What takes all that any of these takes. Where everything was deleted, a picture needs no gap of its own."""
    found = list(several)
    if any(one.whole for one in found):
        return Chosen(whole=True)
    gaps = [gap for one in found for gap in one.gaps]
    everything = merge(gap.span for gap in gaps if gap.channel is Channel.ALL)
    others = {channel: merge(g.span for g in gaps if g.channel is channel) for channel in {g.channel for g in gaps}}
    rest = [
        Stretch(span, channel)
        for channel, spans in sorted(others.items())
        for span in spans
        if channel is not Channel.ALL and not any(one[0] <= span[0] and span[1] <= one[1] for one in everything)
    ]
    whole = tuple(Stretch(span, Channel.ALL) for span in everything)
    return Chosen(cut=unite(one.cut for one in found), gaps=(*whole, *rest), task=any(one.task for one in found))
