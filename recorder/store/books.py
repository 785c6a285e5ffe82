"""A session's books after rows of it were deleted: they still balance."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from recorder.model.redacted import GapReason, Tally
from recorder.store.taken import EMPTY_KINDS


def after_deletion(counters: Mapping[str, Tally], lost: Mapping[str, int]) -> dict[str, Tally]:
    """Books that still balance after rows were deleted: they count as withheld, reason `forgotten`."""
    return {kind: _moved(tally, min(lost.get(kind, 0), tally.stored)) for kind, tally in counters.items()}


def _moved(tally: Tally, count: int) -> Tally:
    if not count:
        return tally
    withheld = dict(tally.withheld or {})
    withheld[GapReason.FORGOTTEN] = withheld.get(GapReason.FORGOTTEN, 0) + count
    return replace(tally, stored=tally.stored - count, withheld=withheld)


def kind_counts(kinds: Mapping[str, int], frames: int) -> Counter[str]:
    """Deleted rows by the names that the books use; gaps that go are no loss."""
    return Counter({k: n for k, n in kinds.items() if k not in EMPTY_KINDS} | ({"frame": frames} if frames else {}))
