"""Many seeds through the guard and before the judge."""

from collections.abc import Iterable

from tests.guard.keyfuzz.drive import play
from tests.guard.keyfuzz.judge import Verdict, judge
from tests.guard.keyfuzz.person import stream_of


def campaign(seeds: Iterable[int], *, at_least: int | None = None) -> Verdict:
    """All the seeds, or as many as it takes for `at_least` key events. Raises: AssertionError, the books are wrong."""
    found = Verdict()
    for seed in seeds:
        stream = stream_of(seed)
        played = play(stream)
        assert played.keys.balances, f"the books of seed {seed} do not balance"
        found.add(judge(stream, played.rows))
        if at_least is not None and found.events >= at_least:
            break
    return found
