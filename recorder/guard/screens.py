"""Numbers for monitors: one place, size and scale has one number for a whole recording, and no other ever gets it.

The platform counts the monitors that are there. When one goes, the next may have its number from then on; but rows say
by number where a picture was, and `sessions.screens` says it of those of the start alone.
"""

from dataclasses import replace

from recorder.model.geometry import Monitor, Rect
from recorder.model.raw import RawFrame, RawWindows

_Key = tuple[Rect, float, int]  # where, scale, and which of those that show the same place


class Screens:
    """What the monitors of a recording are called. The pipeline's worker alone."""

    def __init__(self, at_start: tuple[Monitor, ...] = ()) -> None:
        self._numbers = dict(zip(_keys(at_start), (monitor.index for monitor in at_start), strict=True))

    def windows(self, raw: RawWindows) -> RawWindows:
        """The same windows, with the monitors' lasting numbers."""
        monitors = tuple(
            monitor if monitor.index == number else replace(monitor, index=number)
            for monitor, number in zip(raw.monitors, map(self._number, _keys(raw.monitors)), strict=True)
        )
        if monitors == raw.monitors:
            return raw
        return RawWindows(
            t_ns=raw.t_ns,
            generation=raw.generation,
            stack=raw.stack,
            focused=raw.focused,
            monitors=monitors,
            composited=raw.composited,
        )

    def frame(self, raw: RawFrame) -> RawFrame:
        """The same frame, with the monitors' lasting numbers."""
        windows = self.windows(raw.windows)
        if windows is raw.windows:
            return raw
        return RawFrame(
            t_start_ns=raw.t_start_ns,
            t_end_ns=raw.t_end_ns,
            windows=windows,
            steady=raw.steady,
            full=raw.full,
            live=raw.live,
            patches=raw.patches,
            per_window=raw.per_window,
        )

    def _number(self, key: _Key) -> int:
        return self._numbers.setdefault(key, max(self._numbers.values(), default=-1) + 1)


def _keys(monitors: tuple[Monitor, ...]) -> list[_Key]:
    places = [(monitor.rect, monitor.scale) for monitor in monitors]
    return [(*place, places[:at].count(place)) for at, place in enumerate(places)]
