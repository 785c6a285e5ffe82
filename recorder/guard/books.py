"""The books: every event and frame that came in was stored, aggregated into another row, or withheld, by kind."""

from recorder.model.redacted import GapReason, Tally

KINDS = ("pointermove", "button", "wheel", "key", "frame")


class Books:
    """One `Tally` per kind. What is still undecided (keys of an open run, the last frame) is booked when decided."""

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {kind: Tally(withheld={}) for kind in KINDS}

    def seen(self, kind: str) -> None:
        self.tallies[kind].seen += 1

    def stored(self, kind: str, count: int = 1) -> None:
        self.tallies[kind].stored += count

    def aggregated(self, kind: str, count: int = 1) -> None:
        self.tallies[kind].aggregated += count

    def lost(self, kind: str, count: int) -> None:
        """Events that found no room: seen, and withheld for that reason. Kinds that are not counted are ignored."""
        if kind in self.tallies:
            self.tallies[kind].seen += count
            self.withheld(kind, GapReason.OVERFLOW, count)

    def reconcile(self, reason: GapReason) -> None:
        """Whatever was seen but never booked was withheld."""
        for kind, tally in self.tallies.items():
            booked = tally.stored + tally.aggregated + sum((tally.withheld or {}).values())
            self.withheld(kind, reason, tally.seen - booked)

    def withheld(self, kind: str, reason: GapReason, count: int = 1) -> None:
        if not count:
            return
        tally = self.tallies[kind]
        tally.withheld = tally.withheld or {}
        tally.withheld[reason.value] = tally.withheld.get(reason.value, 0) + count
