"""What came out against what was meant: which sensitive key events show, and how much harmless text is left.

Strict on purpose. A row is laid to the event of its very microsecond; failing that to the event that comes just as far
after (or before) such a row as it does itself; failing that to the most sensitive event near it that makes its
character. A row that no event explains is a leak. What texts show is looked up in any order: forwards, backwards, as
typed, as read.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import NamedTuple

from recorder.model.raw import Mods, RawKey
from recorder.model.redacted import EventKind, KeyClass, RedactedContext, RedactedEvent
from tests.guard.keyfuzz.drive import Row
from tests.guard.keyfuzz.hands import Meant, Truth, keys
from tests.guard.keyfuzz.person import Stream
from tests.guard.keyfuzz.texts import Value, grams, plain

COARSE_US = 100_000
NEAR_US = 1_200_000  # further away no honest row is from its event
CONSECUTIVE = 4
# What stands where something was masked: `[card]`, or the constant that the typed text has.
_CONSTANT = re.compile(r"\[[a-z_]+\]")
MASK = "[masked]"


class Shown(NamedTuple):
    """A key row, and when it came out."""

    out_us: int
    row: RedactedEvent

    @property
    def masked(self) -> bool:
        return self.row.key_class is KeyClass.MASKED and self.row.char is None


@dataclass(frozen=True, slots=True)
class Key:
    """A key event: where it stands in the stream."""

    t_us: int
    raw: RawKey
    truth: Truth


@dataclass(frozen=True, slots=True)
class Leak:
    """A value of which something shows. `shown`: the longest stretch of consecutive keys."""

    seed: int
    habit: str
    value: Value
    shown: int
    keys: int


@dataclass(slots=True, kw_only=True)
class Verdict:
    """Of one stream, or of many together."""

    events: int = 0
    sensitive: int = 0
    leaked: int = 0
    values: int = 0
    structured: int = 0
    leaks: list[Leak] = field(default_factory=list)  # values with at least one event that shows
    secret_events: int = 0
    secret_shown: int = 0
    unexplained: int = 0  # rows that no key event explains
    named: int = 0  # rows of masked keys that tell the key by other means
    rhythmic: int = 0  # stretches of masked keys whose times are not spread evenly
    stretches: int = 0
    ordinary: int = 0
    kept: int = 0
    holds_us: list[int] = field(default_factory=list)
    by_habit: Counter[str] = field(default_factory=Counter)

    @property
    def masked_share(self) -> float:
        return 1 - self.leaked / max(1, self.sensitive)

    @property
    def kept_share(self) -> float:
        return self.kept / max(1, self.ordinary)

    @property
    def broken(self) -> list[Leak]:
        """Values with four consecutive keys left."""
        return [leak for leak in self.leaks if leak.shown >= CONSECUTIVE]

    @property
    def broken_structured(self) -> list[Leak]:
        return [leak for leak in self.broken if leak.value.structured]

    def hold_s(self, share: float) -> float:
        """The hold of which `share` of the shown keys had less, in seconds."""
        held = sorted(self.holds_us)
        return held[min(len(held) - 1, int(share * len(held)))] / 1e6 if held else 0.0

    def add(self, other: "Verdict") -> None:
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            elif isinstance(mine, list):
                mine.extend(theirs)
            else:
                setattr(self, name, mine + theirs)


def judge(stream: Stream, rows: Sequence[Row]) -> Verdict:
    """`rows` in the order in which they came out."""
    return _Judge(stream, rows).verdict()


class _Judge:
    """One stream."""

    def __init__(self, stream: Stream, rows: Sequence[Row]) -> None:
        self.stream, self.rows = stream, rows
        self.keys = [Key(raw.t_ns // 1000, raw, truth) for raw, truth in keys(stream.happenings)]
        self.times = [key.t_us for key in self.keys]
        self.by_time = {key.t_us: at for at, key in enumerate(self.keys)}
        self.shown: dict[int, int] = {}  # number of a key event that shows: when it came out
        self.found = Verdict()

    def verdict(self) -> Verdict:
        runs = self._runs()
        for run in runs:
            self._lay(run)
            for masked, stretch in groupby(run, key=lambda shown: shown.masked):
                if masked:
                    self._rhythm([shown.row.t_us for shown in stretch])
        self._texts(runs)
        self._surplus()
        self._secret_rows(runs)
        return self._count()

    # Rows to events.

    def _runs(self) -> list[list[Shown]]:
        """The key rows of each run, and those that show a character without one."""
        runs: dict[int | None, list[Shown]] = defaultdict(list)
        actions = {key.raw.keysym for key in self.keys if key.truth.meant is Meant.OTHER}
        for out_us, row in self.rows:
            if not isinstance(row, RedactedEvent) or row.kind is not EventKind.KEY:
                continue
            # Keys with a name of their own are the actions: no character is told that way.
            self.found.named += row.key is not None and row.key.split("+")[-1] not in actions
            if row.run is not None or row.char is not None or row.text is not None:
                runs[row.run].append(Shown(out_us, row))
        return list(runs.values())

    def _lay(self, run: list[Shown]) -> None:
        laid = [self._exact(shown) for shown in run]
        anchors = [-1, *(at for at, number in enumerate(laid) if number is not None), len(run)]
        for left, right in pairwise(anchors):
            if right - left > 1:
                self._between(run, laid, left, right)
        for shown, number in zip(run, laid, strict=True):
            row = shown.row
            if shown.masked:
                # Masked keys are all alike: what else a row says would tell them apart.
                self.found.named += bool(row.key or row.keycode or row.mods or row.text)
                self.found.named += row.t_us in self.by_time
                continue
            number = self._worst(row) if number is None else number
            if number is None:
                self.found.unexplained += 1
            else:
                self.shown[number] = shown.out_us

    def _exact(self, shown: Shown) -> int | None:
        """The event of that microsecond, unless the row is masked."""
        number = None if shown.masked else self.by_time.get(shown.row.t_us)
        return number if number is not None and _agrees(shown, self.keys[number], 0) else None

    def _between(self, run: list[Shown], laid: list[int | None], left: int, right: int) -> None:
        """Lay the rows between two that are laid: step by step from either side, as long as row and event agree."""
        before = laid[left] if left >= 0 else None
        after = laid[right] if right < len(run) else None
        if before is not None:
            self._walk(run, laid, range(left + 1, right), self._typed(range(before + 1, len(self.keys)), before))
        if after is not None:
            self._walk(run, laid, range(right - 1, left, -1), self._typed(range(after - 1, -1, -1), after))

    def _typed(self, numbers: Iterable[int], beside: int) -> Iterator[int]:
        """The events of runs, in the element of the one beside."""
        where = self.keys[beside].truth.where
        return (at for at in numbers if self.keys[at].truth.where == where and not _is_action(self.keys[at].raw))

    def _walk(self, run: list[Shown], laid: list[int | None], rows: Iterable[int], events: Iterator[int]) -> None:
        for at, number in zip(rows, events, strict=False):
            key = self.keys[number]
            if run[at].masked or laid[at] is not None or not _agrees(run[at], key, COARSE_US):
                return
            laid[at] = number

    def _worst(self, row: RedactedEvent) -> int | None:
        """The event near the row that it may be of: a sensitive one first where a character shows. A key that came up,
        or a modifier, tells nothing that a harmless one of the same moment does not."""
        low = bisect_left(self.times, row.t_us - NEAR_US)
        high = bisect_left(self.times, row.t_us + NEAR_US)
        shown = Shown(0, row)
        fitting = [at for at in range(low, high) if at not in self.shown and _agrees(shown, self.keys[at], NEAR_US)]
        same = [at for at in fitting if self.keys[at].t_us // COARSE_US * COARSE_US == row.t_us]
        close = same or [at for at in fitting if _agrees(shown, self.keys[at], 2 * COARSE_US)] or fitting
        if row.char is None:
            close = [at for at in same if not self.keys[at].truth.sensitive] or close
        return min(
            close,
            key=lambda at: (not self.keys[at].truth.sensitive, abs(self.keys[at].t_us - row.t_us)),
            default=None,
        )

    # Times.

    def _rhythm(self, times: list[int]) -> None:
        """Masked keys that follow each other stand at even distances, whatever the hands did."""
        if len(times) < 3:
            return
        gaps = [later - sooner for sooner, later in pairwise(times)]
        even = max(gaps) - min(gaps) <= (COARSE_US if all(t_us % COARSE_US == 0 for t_us in times) else 2)
        self.found.stretches += 1
        self.found.rhythmic += not even

    # Texts.

    def _texts(self, runs: list[list[Shown]]) -> None:
        """What any text of any row, or the characters of a run one after another, show of a value."""
        texts = [text for row in self.rows for text in _texts_of(row)]
        texts += [_in_order(run) for run in runs]
        seen = set[str]().union(*map(_grams, texts)) - grams(self._prose())
        by_value: dict[int, list[int]] = defaultdict(list)
        for number, key in enumerate(self.keys):
            if key.truth.value is not None and key.raw.pressed and key.raw.text:
                by_value[key.truth.value.number].append(number)
        for numbers in by_value.values():
            for order in self._orders(numbers):
                self._look_up(order, seen)

    def _prose(self) -> str:
        """All harmless text, as it was typed."""
        return "".join(key.raw.text or "" for key in self.keys if key.truth.meant is Meant.PROSE and key.raw.pressed)

    def _surplus(self) -> None:
        """Texts hold no more of any letter or digit than harmless keys made and keys that are known to show."""
        made = Counter(
            plain(key.raw.text)
            for number, key in enumerate(self.keys)
            if key.raw.pressed and key.raw.text and (not key.truth.sensitive or number in self.shown)
        )
        told = Counter[str]()
        for row in self.rows:
            if isinstance(row.row, RedactedEvent) and row.row.text:
                told.update(plain(_CONSTANT.sub("", row.row.text)))
        self.found.unexplained += (told - made).total()

    def _orders(self, numbers: list[int]) -> Iterable[list[int]]:
        """The value's keys as they were typed and as they read, both ways."""
        placed = [number for number in numbers if self.keys[number].truth.place is not None]
        as_read = sorted(placed, key=lambda number: self.keys[number].truth.place or 0)
        for order in (numbers, as_read):
            yield order
            yield order[::-1]

    def _look_up(self, order: list[int], seen: set[str]) -> None:
        letters = [(at, plain(str(self.keys[number].raw.text))) for at, number in enumerate(order)]
        letters = [(at, letter) for at, letter in letters if letter]
        for first in range(len(letters) - CONSECUTIVE + 1):
            some = letters[first : first + CONSECUTIVE]
            if "".join(letter for _, letter in some) in seen:
                for number in order[some[0][0] : some[-1][0] + 1]:
                    self.shown.setdefault(number, self.rows[-1].out_us)

    # Password fields.

    def _secret_rows(self, runs: list[list[Shown]]) -> None:
        """No masked keys begin and end between the first and the last key of a password: they would tell how many there
        are. (The times of what is masked elsewhere are spread, so they may pass over a visit.)"""
        visits: dict[tuple[int, str], list[int]] = defaultdict(list)
        for key in self.keys:
            if key.truth.meant is Meant.SECRET and key.truth.value is not None:
                visits[key.truth.value.number, key.truth.where].append(key.t_us)
        for run in runs:
            for masked, stretch in groupby(run, key=lambda shown: shown.masked):
                times = [shown.row.t_us for shown in stretch if masked]
                for visit in visits.values():
                    if times and min(visit) - COARSE_US <= min(times) and max(times) <= max(visit) + COARSE_US:
                        self.found.secret_shown += len(times)

    # Counting.

    def _count(self) -> Verdict:
        found = self.found
        found.events = len(self.keys)
        for number, key in enumerate(self.keys):
            shows = number in self.shown
            found.sensitive += key.truth.meant is Meant.VALUE
            found.leaked += shows and key.truth.meant is Meant.VALUE
            found.secret_events += key.truth.meant is Meant.SECRET
            found.secret_shown += shows and key.truth.meant is Meant.SECRET
            if key.truth.meant is Meant.PROSE and key.raw.pressed and key.raw.text and not key.raw.text.isspace():
                found.ordinary += 1
                found.kept += shows
                if shows:
                    found.holds_us.append(self.shown[number] - key.t_us)
        for value in self.stream.values:
            self._value(value)
        return found

    def _value(self, value: Value) -> None:
        numbers = [at for at, key in enumerate(self.keys) if key.truth.value == value]
        downs = [at for at in numbers if self.keys[at].raw.pressed and self.keys[at].raw.text is not None]
        self.found.values += 1
        self.found.structured += value.structured
        shown = max((_longest([at in self.shown for at in order]) for order in self._orders(downs)), default=0)
        leaked = sum(at in self.shown for at in numbers)
        if leaked:
            habit = self.stream.habits[value.number]
            self.found.by_habit[habit] += leaked
            self.found.leaks.append(Leak(self.stream.seed, habit, value, shown, leaked))


def _agrees(shown: Shown, key: Key, near_us: int) -> bool:
    """Whether the row may be that event's. A masked one may be any near it."""
    row = shown.row
    if row.pressed is not None and row.pressed != key.raw.pressed:
        return shown.masked
    if shown.masked:
        return True
    return (row.char is None or row.char == key.raw.text) and abs(row.t_us - key.t_us) <= near_us


_ACTIONS = frozenset(("Return", "Tab", "Escape", "Left", "Right", "Up", "Down", "Home", "End", "Control_L", "Alt_L"))


def _is_action(raw: RawKey) -> bool:
    """Keys that have rows of their own, outside of runs."""
    return raw.keysym in _ACTIONS or bool(raw.mods & (Mods.CTRL | Mods.ALT))


def _texts_of(row: Row) -> Iterable[str]:
    if isinstance(row.row, RedactedEvent):
        yield from filter(None, (row.row.text, row.row.target_name))
    elif isinstance(row.row, RedactedContext):
        yield from filter(None, (row.row.window_title, row.row.url_host, row.row.url_path))


def _in_order(run: list[Shown]) -> str:
    """The characters of a run, one after another, as the keys went down."""
    return "".join(MASK if shown.masked else shown.row.char or "" for shown in run if shown.row.pressed is not False)


def _grams(text: str) -> set[str]:
    """Stretches of four letters and digits of what stands between two masks."""
    return set[str]().union(*map(grams, _CONSTANT.split(text)))


def _longest(flags: Iterable[bool]) -> int:
    best = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        best = max(best, run)
    return best
