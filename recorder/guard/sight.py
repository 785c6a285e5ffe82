"""Where in a picture input fields are filled, and where harmless words may show: rules, windows and fields in."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from recorder.guard.fields import Fields
from recorder.guard.regions import Region, kept, subtract
from recorder.model.policy import AppRule, PictureMode, TextLevel
from recorder.model.raw import RawWindow, RawWindows


class Sight(NamedTuple):
    """`fields` are filled whatever they show; in `words` what is proven harmless shows; `unsure` is withheld until
    somebody confirms whose it is. On the virtual desktop."""

    fields: Region = ()
    words: Region = ()
    unsure: Region = ()


def sight(
    windows: RawWindows,
    painted_ns: Mapping[int, int],
    *,
    rule: Callable[[RawWindow], AppRule | None],
    fields: Fields,
    content: bool,
    reveals: bool,
) -> Sight:
    """`rule` of a window, None when it is not allowed. `painted_ns`: when each window's pixels were read last.
    `content`: what is typed may be kept where the rule says so too, and then it may be seen. `reveals`: words can be
    read at all."""
    filled: list[Region] = []
    legible: set[int] = set()
    for index, window in enumerate(windows.stack):
        found = rule(window)
        if found is None:
            continue
        typed = content and found.text is TextLevel.WORDS
        if not typed:
            above = [other.rect for other in windows.stack[index + 1 :] if not other.see_through]
            filled.append(subtract(fields.boxes(window), above))
        if reveals and found.pictures is PictureMode.WORDS and (typed or _is_known(window, painted_ns, fields)):
            legible.add(window.window)
    # A window that may not show its words takes its whole rectangle away, also when it can be seen through.
    words = kept(windows, lambda window: window.window in legible) if legible else ()
    return Sight(tuple(rect for region in filled for rect in region), words)


def _is_known(window: RawWindow, painted_ns: Mapping[int, int], fields: Fields) -> bool:
    """Whether all fields that the window's pixels may show are known."""
    known_ns, at_ns = fields.known_ns(window.window), painted_ns.get(window.window)
    return known_ns is not None and at_ns is not None and known_ns >= at_ns
