"""Pictures, contexts and events in; the pictures that deserve the first look out, each with the reasons in plain words.

Pure. The order is a help for eyes that get tired, no judgement of what is harmless: a picture without a reason may hold
a secret as well, and stays in the queue behind the others.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

NEAR_US = 1_500_000  # before or after a picture's time on the screen

Span = tuple[int, int]  # first and last microsecond


class Why(StrEnum):
    """A closed list; `WORDS` says each to a person."""

    SECRET = "secret"
    WORDS_SHOW = "words_show"
    TYPING = "typing"
    HIDDEN_NEAR = "hidden_near"
    NOTHING_MASKED = "nothing_masked"
    UNKNOWN_APPS = "unknown_apps"
    FIRST_OF_APP = "first_of_app"
    NEW_WINDOW = "new_window"
    BESIDE = "beside"


WORDS: Mapping[Why, str] = {
    Why.SECRET: "a password or another secret was entered at that time",
    Why.WORDS_SHOW: "words can be read in it: not everything that may be text is masked",
    Why.TYPING: "something was being typed",
    Why.HIDDEN_NEAR: "something was hidden in the title, the address or what was typed; it may show here as well",
    Why.NOTHING_MASKED: "nothing in it was masked",
    Why.UNKNOWN_APPS: "nobody knows which apps show in it",
    Why.FIRST_OF_APP: "the first picture of an app",
    Why.NEW_WINDOW: "the first picture of a window",
    Why.BESIDE: "a part of another window was masked in it",
}
_WEIGHT: Mapping[Why, int] = {
    Why.SECRET: 8,
    Why.WORDS_SHOW: 6,
    Why.TYPING: 4,
    Why.HIDDEN_NEAR: 4,
    Why.NOTHING_MASKED: 4,
    Why.UNKNOWN_APPS: 3,
    Why.FIRST_OF_APP: 3,
    Why.NEW_WINDOW: 2,
    Why.BESIDE: 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture. `apps`: those that show in it, None: not known. `words_show`: not all that may be text is masked;
    `masked`: something is; `withheld`: something that is not allowed was masked in it."""

    frame_id: int
    t_us: int
    t_end_us: int
    screen: int = 0
    context_id: int | None = None
    apps: frozenset[str] | None = frozenset()
    words_show: bool = False
    masked: bool = True
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What there is to judge by. `windows`: what tells one window from another, by context; `typed`, `secrets`: when;
    `hidden_in`: contexts of whose title or address something was hidden; `hidden_at`: when something typed was."""

    pictures: Sequence[Picture]
    windows: Mapping[int, tuple[str | None, str | None]]
    typed: Sequence[Span] = ()
    secrets: Sequence[Span] = ()
    hidden_in: frozenset[int] = frozenset()
    hidden_at: Sequence[Span] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Risky:
    """A picture in the queue. `reasons`: the weightiest first; empty for one that nothing speaks against."""

    frame_id: int
    t_us: int
    screen: int
    weight: int
    reasons: tuple[Why, ...]


def rank(material: Material) -> list[Risky]:
    """Every picture, the ones with the weightiest reasons first, then by time."""
    near_typing, near_secret = _near(material.typed), _near(material.secrets)
    near_hidden = _near(material.hidden_at)
    new = _first_of(material)
    some_known = any(one.apps is not None for one in material.pictures)
    found = []
    for one in material.pictures:
        holds = {
            Why.SECRET: near_secret(one),
            Why.WORDS_SHOW: one.words_show,
            Why.TYPING: near_typing(one),
            Why.HIDDEN_NEAR: one.context_id in material.hidden_in or near_hidden(one),
            Why.NOTHING_MASKED: not one.masked,
            Why.UNKNOWN_APPS: one.apps is None and some_known,  # of all of them it would be no reason
            Why.FIRST_OF_APP: Why.FIRST_OF_APP in new.get(one.frame_id, ()),
            Why.NEW_WINDOW: Why.NEW_WINDOW in new.get(one.frame_id, ()),
            Why.BESIDE: one.withheld,
        }
        found.append(_risky(one, [why for why, true in holds.items() if true]))
    return sorted(found, key=lambda one: (-one.weight, one.t_us, one.screen))


def _risky(one: Picture, reasons: Iterable[Why]) -> Risky:
    ordered = tuple(sorted(reasons, key=lambda why: -_WEIGHT[why]))
    weight = sum(_WEIGHT[why] for why in ordered)
    return Risky(frame_id=one.frame_id, t_us=one.t_us, screen=one.screen, weight=weight, reasons=ordered)


def _first_of(material: Material) -> dict[int, set[Why]]:
    """The first picture of each app and of each window."""
    found: dict[int, set[Why]] = {}
    apps: set[str] = set()
    windows: set[tuple[str | None, str | None]] = set()
    for one in sorted(material.pictures, key=lambda picture: (picture.t_us, picture.screen)):
        window = None if one.context_id is None else material.windows.get(one.context_id)
        if (one.apps or frozenset()) - apps:
            found.setdefault(one.frame_id, set()).add(Why.FIRST_OF_APP)
        if window is not None and window not in windows:
            found.setdefault(one.frame_id, set()).add(Why.NEW_WINDOW)
            windows.add(window)
        apps |= one.apps or frozenset()
    return found


def _near(spans: Sequence[Span]) -> Callable[[Picture], bool]:
    """Whether one of the spans is near a picture's time. Spans that touch are one, so a search is enough."""
    merged = _merged(spans)
    ends = [end for _, end in merged]

    def near(picture: Picture) -> bool:
        at = bisect_left(ends, picture.t_us - NEAR_US)
        return at < len(merged) and merged[at][0] <= picture.t_end_us + NEAR_US

    return near


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
