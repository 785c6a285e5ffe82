"""Eight hours of recording, in a minute or two: memory, threads and open files stay as they are, and the books balance.

Only the clock is hurried: the recording, its threads, the guard, the writer and the disk are the real ones.
"""

import gc
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from recorder.consent.gate import ConsentGate
from recorder.model.policy import FramePacing, Policy
from recorder.model.raw import Mods, RawEvent, RawKey
from recorder.pipeline.lease import Clocks
from recorder.pipeline.prepare import Wish, prepare
from recorder.pipeline.recording import Ended, Recording
from recorder.store.policy_file import save_policy
from recorder.store.session import SessionReader
from tests.pipeline.rig import RULE, Desk, balanced, click, key, move, shown, until, windows
from tests.recorded import RecordedHome

S = 1_000_000_000
STEPS = 6  # in a minute
MOVES = 10  # in a step
COLOURS = ((200, 10, 10), (10, 200, 10), (10, 10, 200))


@dataclass(frozen=True, slots=True)
class Taken:
    """What the process has in use."""

    resident_kb: int
    threads: int
    files: int


def taken() -> Taken:
    gc.collect()
    resident_kb = int(Path("/proc/self/statm").read_text().split()[1]) * (os.sysconf("SC_PAGESIZE") // 1024)
    return Taken(resident_kb, len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd")))  # noqa: PTH208


class Day:
    """A recording whose time passes when it is told to."""

    def __init__(self, home: RecordedHome) -> None:
        self.now_ns = time.monotonic_ns()
        self.home, self.desk = home, Desk()
        save_policy(home.path, Policy(apps=(RULE,), pacing=FramePacing(min_gap_ms=50)))
        clocks = Clocks(monotonic_ns=lambda: self.now_ns)
        self.recording: Recording = prepare(
            home.path, ConsentGate.open(home.path, home.head), lambda: self.desk, Wish(), clocks
        )
        self.ended: list[Ended] = []
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._thread.start()
        until(lambda: self.recording.status()["state"] == "recording", 10)
        self.seen = 0

    def _run(self) -> None:
        self.ended.append(self.recording.run(seconds=None, watch=lambda _: None))

    def minute(self, number: int) -> None:
        for step in range(STEPS):
            self.now_ns += 60 * S // STEPS
            events = [*(move(number % 600, self.now_ns + at) for at in range(MOVES)), *_act(self.now_ns + MOVES, step)]
            if step == 0:
                events.insert(0, windows(generation=number + 2, t_ns=self.now_ns))
                self.desk.grabber().show(shown(self.now_ns, COLOURS[number % 3], number + 2))
            self.desk.happen(*events)
            self.seen += len(events) - (step == 0)
            until(lambda: self._counted() >= self.seen, 20)
        until(lambda: not self.desk.grabber()._frames, 20)  # pictures that wait for a slow machine are no leak

    def _counted(self) -> int:
        return sum(tally.seen for kind, tally in dict(self.recording._worker.counters()).items() if kind != "frame")

    def stop(self) -> SessionReader:
        self.recording.stop()
        self._thread.join(30)
        assert [ended.error for ended in self.ended] == [None]
        return SessionReader(self.home.path, self.recording.session_id, self.home.unlocked)


def _act(t_ns: int, step: int) -> list[RawEvent]:
    """A click, a word, and now and then a shortcut."""
    typed = [
        key(letter, t_ns + 10 + at, pressed=pressed) for at, letter in enumerate("word") for pressed in (True, False)
    ]
    control = [
        RawKey(t_ns=t_ns + 30, keycode=31, keysym="s", text="s", pressed=pressed, mods=Mods.CTRL, injected=False)
        for pressed in (True, False)
    ]
    return [click(t_ns), click(t_ns + 1, pressed=False), *typed, *(control if step == 3 else [])]


def check(home: RecordedHome, minutes: int, settled_at: int) -> None:
    day = Day(home)
    early: Taken | None = None
    for number in range(minutes):
        day.minute(number)
        if number == settled_at:
            early = taken()
    late = taken()
    reader = day.stop()

    assert early is not None
    assert (late.threads, late.files) == (early.threads, early.files)
    assert late.resident_kb < early.resident_kb * 1.05 + 2_000
    assert reader.duration_us >= (minutes - 1) * 60_000_000
    assert minutes - 1 <= len(reader.manifest.segments) <= minutes + 2
    books = reader.counters
    assert balanced(books)
    assert books["pointermove"].seen == minutes * STEPS * MOVES
    assert books["button"].stored == minutes * STEPS * 2
    assert sum(tally.seen for kind, tally in books.items() if kind != "frame") == day.seen
    assert books["frame"].seen >= minutes // 2
    assert [row for row in reader.table("events").to_pylist() if row["reason"] == "input_lost"] == []


def test_an_hour_takes_no_more_than_its_first_quarter(home: RecordedHome) -> None:
    check(home, minutes=60, settled_at=25)


@pytest.mark.soak
def test_eight_hours_take_no_more_than_two(home: RecordedHome) -> None:
    check(home, minutes=480, settled_at=120)
