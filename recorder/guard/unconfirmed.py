"""Which pixels show a site that nobody confirmed since they were painted: of those no picture is made yet."""

from collections.abc import Mapping

from recorder.guard.regions import Region, clip, desktop, subtract
from recorder.guard.standing import Standing
from recorder.model.raw import RawWindows

# A browser may tell of a new page a little after it has painted it: only what was said this much later confirms pixels.
LAG_NS = 200_000_000


def unconfirmed(windows: RawWindows, painted_ns: Mapping[int, int], standing: Standing) -> Region:
    """The pixels of such windows: disjoint, on the monitors. `painted_ns`: when each window was painted last."""
    if not standing.allowlist.has_sites:
        return ()
    screens = desktop(windows.monitors)
    found: list[Region] = []
    for index, window in enumerate(windows.stack):
        confirmed_ns, at_ns = standing.confirmed_ns(window), painted_ns.get(window.window)
        if confirmed_ns is None or (at_ns is not None and confirmed_ns >= at_ns + LAG_NS):
            continue
        above = [other.rect for other in windows.stack[index + 1 :] if not other.see_through]
        found.append(subtract(clip(window.rect, screens), above))
    return tuple(rect for region in found for rect in region)
