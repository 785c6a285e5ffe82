"""Typed text: key events in, one coarse row per run out, and nothing at all of a run that turns out to be secret.

A run is held until whatever may have moved the focus before it is settled; see doubt.py.
"""

from dataclasses import dataclass, field, replace

from recorder.guard.books import Books
from recorder.guard.doubt import HOLD_NS, Doubt
from recorder.guard.mint import SECOND_US, Mint, ceil_to, floor_to
from recorder.model.redacted import CountBucket, EventKind, GapReason, Redacted, RedactedEvent

SILENCE_NS = 2_000_000_000

_BUCKETS = ((1, CountBucket.ONE), (4, CountBucket.TO_4), (8, CountBucket.TO_8))
_MORE_BUCKETS = ((16, CountBucket.TO_16), (32, CountBucket.TO_32))


def bucket(count: int) -> CountBucket:
    """How many keys, coarsely. `count` >= 1."""
    return next((name for most, name in (*_BUCKETS, *_MORE_BUCKETS) if count <= most), CountBucket.MORE)


@dataclass(slots=True, kw_only=True)
class Run:
    """Typing that belongs together. Knows how many keys, not which."""

    first_ns: int
    last_ns: int
    context_id: int | None
    app: str | None
    frame_id: int | None
    frame_age_us: int | None
    injected: bool
    keys: int = 0  # keydowns but for modifiers
    events: int = 0  # keydowns and keyups, for the books
    edited: bool = False
    pasted: bool = False
    times: list[int] = field(default_factory=list)  # when each of these keys went down: for taking back a part
    closed_ns: int | None = None
    fate: GapReason | bool | None = None  # None undecided, True stored, else why it was dropped

    def row(self, mint: Mint) -> RedactedEvent:
        """The only row that a run ever leaves."""
        return RedactedEvent(
            t_us=floor_to(mint.t_us(self.first_ns), SECOND_US),
            t_end_us=ceil_to(mint.t_us(self.last_ns), SECOND_US),
            kind=EventKind.TEXT_RUN,
            injected=self.injected,
            count_bucket=bucket(self.keys),
            edited=self.edited,
            pasted=self.pasted,
            context_id=self.context_id,
            app=self.app,
            frame_id=self.frame_id,
            frame_age_us=self.frame_age_us,
            seal=mint.seal,
        )


class Runs:
    """The open run, and those that are held while in doubt."""

    def __init__(self, mint: Mint, books: Books) -> None:
        self._mint = mint
        self._books = books
        self.open: Run | None = None
        self._held: list[Run] = []
        self.doubt = Doubt()

    @property
    def idle(self) -> bool:
        """Nothing waits for time to pass."""
        return self.open is None and not self._held

    def begin(self, run: Run) -> None:
        """A run opens."""
        self.open = run

    def close(self, t_ns: int) -> None:
        """The open run, if any, takes no more keys."""
        if self.open is not None:
            self.open.closed_ns = t_ns
            self._held.append(self.open)
            self.open = None

    def silent_at(self, t_ns: int) -> bool:
        """Whether the open run's silence is over by then."""
        return self.open is not None and t_ns - self.open.last_ns > SILENCE_NS

    def release(self, t_ns: int, out: list[Redacted]) -> None:
        """Store the held runs that nothing can turn secret any more."""
        self.doubt.expire(t_ns)
        for run in [run for run in self._held if self._safe(run, t_ns)]:
            self._held.remove(run)
            run.fate = True
            self._books.aggregated("key", run.events)
            out.append(run.row(self._mint))

    def drop_since(self, since_ns: int) -> list[Run]:
        """It was secret: take back every key from then on. Returns what was taken, in runs."""
        dropped = self.take_back(since_ns, None)
        if self.open is not None:  # what is safe of it ends here
            self.close(self.open.last_ns)
        return dropped

    def take_back(self, first_ns: int, last_ns: int | None) -> list[Run]:
        """Withhold keys from `first_ns` to `last_ns` as secret: out of the middle of a run, if need be."""
        runs = self._held + ([self.open] if self.open is not None else [])
        dropped = []
        for run in [run for run in runs if run.last_ns >= first_ns]:
            taken = [t for t in run.times if t >= first_ns and (last_ns is None or t <= last_ns)]
            if len(taken) == len(run.times):
                dropped.append(run)
            elif taken:
                dropped.append(self._split(run, taken))
        return self._drop(dropped, GapReason.SECRET_INPUT)

    def _split(self, run: Run, taken: list[int]) -> Run:
        """A run of its own out of the keys that went down at these times; their keyups stay with the others."""
        run.times = [t for t in run.times if t not in taken]
        run.keys, run.last_ns, run.events = len(run.times), run.times[-1], run.events - len(taken)
        return replace(run, times=taken, keys=len(taken), events=len(taken), first_ns=taken[0], last_ns=taken[-1])

    def drop_all(self, reason: GapReason) -> list[Run]:
        """Take everything that is not stored yet."""
        return self._drop(self._held + ([self.open] if self.open is not None else []), reason)

    def forget_apps(self) -> None:
        """Names may not be told any more."""
        for run in self._held + ([self.open] if self.open is not None else []):
            run.app = None

    def _drop(self, runs: list[Run], reason: GapReason) -> list[Run]:
        for run in runs:
            run.fate = reason
            self._books.withheld("key", reason, run.events)
        self._held = [run for run in self._held if run.fate is None]
        if self.open is not None and self.open.fate is not None:
            self.open = None
        return runs

    def _safe(self, run: Run, t_ns: int) -> bool:
        return run.closed_ns is not None and t_ns - run.closed_ns >= HOLD_NS and self.doubt.settled(run.last_ns)
