"""Where on the screen everything that shows belongs to allowed apps: rectangle arithmetic, nothing else."""

from collections.abc import Callable, Iterable, Sequence

from recorder.model.geometry import Monitor, Rect
from recorder.model.raw import RawWindow, RawWindows

Region = tuple[Rect, ...]  # disjoint, none empty


def cut(rects: Iterable[Rect], hole: Rect) -> list[Rect]:
    """What is left of disjoint rectangles without `hole`; still disjoint."""
    left: list[Rect] = []
    for rect in rects:
        common = rect.intersect(hole)
        if common is None:
            left.append(rect)
        else:
            left.extend(_around(rect, common))
    return left


def _around(rect: Rect, hole: Rect) -> list[Rect]:
    # Above and below over the whole width, then left and right of the hole.
    pieces = (
        Rect(rect.x, rect.y, rect.width, hole.y - rect.y),
        Rect(rect.x, hole.bottom, rect.width, rect.bottom - hole.bottom),
        Rect(rect.x, hole.y, hole.x - rect.x, hole.height),
        Rect(hole.right, hole.y, rect.right - hole.right, hole.height),
    )
    return [piece for piece in pieces if piece.area > 0]


def subtract(rects: Iterable[Rect], holes: Iterable[Rect]) -> Region:
    """What is left of disjoint rectangles without any of `holes`."""
    left = list(rects)
    for hole in holes:
        left = cut(left, hole)
    return tuple(left)


def clip(rect: Rect, screens: Iterable[Rect]) -> list[Rect]:
    """The parts of `rect` on disjoint screens."""
    return [common for screen in screens if (common := rect.intersect(screen)) is not None]


def desktop(monitors: Sequence[Monitor]) -> Region:
    """The monitors' area as disjoint rectangles (mirrored monitors overlap)."""
    area: list[Rect] = []
    for monitor in monitors:
        area.extend(subtract([monitor.rect], area))
    return tuple(rect for rect in area if rect.area > 0)


# Which app shows where: an app may be in it several times; apps overlap where one shows through another.
Shares = tuple[tuple[str, Region], ...]


def kept(windows: RawWindows, allows: Callable[[RawWindow], bool]) -> Region:
    """The region where all that can be seen is of allowed apps: disjoint, on the monitors.

    Goes up the stack. The desktop below is nobody's, so nothing is kept at first. An allowed opaque window covers what
    lies under it: its area is kept. One that can be seen through keeps only what was kept below it. Anything else
    takes its whole rectangle away, whatever its shape.
    """
    screens = desktop(windows.monitors)
    clean: list[Rect] = []
    for window in windows.stack:
        allowed = allows(window)
        if allowed and window.see_through:
            continue
        for part in clip(window.rect, screens):
            clean = cut(clean, part)
            if allowed:
                clean.append(part)
    return tuple(clean)


def shares(windows: RawWindows, name: Callable[[RawWindow], str | None]) -> Shares:
    """Whose pixels the kept region shows; `name` is None for a window that is not allowed. Together the regions are
    exactly what `kept` keeps: a window that can be seen through adds its app wherever something is kept below it."""
    screens = desktop(windows.monitors)
    found: list[tuple[str, list[Rect]]] = []
    for window in windows.stack:
        parts, app = clip(window.rect, screens), name(window)
        if app is not None and window.see_through:
            below = [rect for _, rects in found for rect in rects]
            found.append(
                (app, [both for part in parts for rect in below if (both := part.intersect(rect)) is not None])
            )
            continue
        found = [(other, list(subtract(rects, parts))) for other, rects in found]
        if app is not None:
            found.append((app, parts))
    return tuple((app, tuple(rects)) for app, rects in found if rects)


def apps_in(shown: Shares, area: Rect) -> set[str]:
    """The apps of which something shows in `area`."""
    return {app for app, region in shown if any(rect.intersect(area) is not None for rect in region)}


def recut(region: Region, variant: int) -> Region:
    """The same region as other rectangles: the first one is split at a height that differs from variant to variant."""
    if variant == 0 or not region or region[0].height < 2:
        return region
    first = region[0]
    at = 1 + (variant - 1) % (first.height - 1)
    upper = Rect(first.x, first.y, first.width, at)
    return (upper, Rect(first.x, first.y + at, first.width, first.height - at), *region[1:])


def contains(region: Iterable[Rect], x: int, y: int) -> bool:
    """Whether the point lies in the region."""
    return any(rect.contains(x, y) for rect in region)


def topmost(windows: RawWindows, x: int, y: int) -> RawWindow | None:
    """The window highest in the stack at a point; None over the bare desktop."""
    for window in reversed(windows.stack):
        if window.rect.contains(x, y):
            return window
    return None


def in_sight(rect: Rect, monitors: Sequence[Monitor]) -> Rect:
    """The part of a rectangle that is on the screens: their bounding box when it spans several; empty when none is."""
    parts = clip(rect, desktop(monitors))
    if not parts:
        return Rect(rect.x, rect.y, 0, 0)
    x, y = min(part.x for part in parts), min(part.y for part in parts)
    return Rect(x, y, max(part.right for part in parts) - x, max(part.bottom for part in parts) - y)


def screen_of(rect: Rect, monitors: Sequence[Monitor]) -> int | None:
    """The index of the monitor that shows most of `rect`; None when it is off every screen."""
    areas = [(common.area, -monitor.index) for monitor in monitors if (common := rect.intersect(monitor.rect))]
    return -max(areas)[1] if areas else None


def screen_at(x: int, y: int, monitors: Sequence[Monitor]) -> int | None:
    """The index of the monitor that shows the point."""
    return next((monitor.index for monitor in monitors if monitor.rect.contains(x, y)), None)
