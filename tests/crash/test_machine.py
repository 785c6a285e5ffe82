"""Append, roll, crash, forget, delete, stage, undo, purge and reopen in any order, beside sets of what must be. What is
deleted, staged, undone or purged may be cut short at any named step: then it was not begun, or it is finished.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from recorder.store import delete, keyholder, staged, steps
from recorder.store.home import ensure
from recorder.store.recover import recover
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from recorder.store.vault import Vault
from recorder.store.writer import Writer
from tests.conftest import SOAK
from tests.store.synthetic import PASSPHRASE, STARTED_AT_US, Clock, make_vault, make_writer, pointer, session_start

APART_US = 3_600_000_000
MOST_STEPS, NEVER = 90, 1_000_000  # about as many as the longest of them passes; more than any does
Row = tuple[str, int]  # session id, time
T = TypeVar("T")


class Crash(BaseException):
    """The process is gone: nothing catches it."""


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What it costs to guess is tried in tests/store/test_vault.py; here a home is opened hundreds of times."""
    monkeypatch.setattr(keyholder, "ARGON2", {"memory_cost": 64, "iterations": 1, "lanes": 1})
    yield
    steps.watch(None)


class HomeMachine(RuleBasedStateMachine):
    """Several sessions. `parts`: the rows of each segment; `stages`: by id, which rows are hidden."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.home = ensure(self.folder / "home")
        self.vault, self.unlocked = make_vault(self.home)
        self.origin: dict[str, int] = {}
        self.parts: list[list[Row]] = []
        self.open: list[Row] = []
        self.stages: dict[int, frozenset[Row]] = {}
        self.writer: Writer | None = None
        self.now = 0

    @property
    def stored(self) -> list[Row]:
        return sorted(row for part in self.parts for row in part)

    @property
    def shown(self) -> list[Row]:
        hidden = frozenset[Row]().union(*self.stages.values())
        return [row for row in self.stored if row not in hidden]

    # Recording

    @precondition(lambda self: self.writer is None and len(self.origin) < 3)
    @rule()
    def start(self) -> None:
        origin = STARTED_AT_US + len(self.origin) * APART_US
        begun = session_start(started_at_us=origin)
        self.clock, self.now, self.session_id = Clock(), 0, begun.session_id
        self.writer = make_writer(self.home, Vault.open(self.home).recipient, begun, self.clock)
        self.origin[begun.session_id] = origin

    @precondition(lambda self: self.writer is not None)
    @rule(count=st.integers(1, 5))
    def append(self, count: int) -> None:
        assert self.writer is not None
        for _ in range(count):
            self.now += 10
            self.clock.now_ns = self.now * 1000
            self.writer.append(pointer(self.now))
            self.open.append((self.session_id, self.now))

    @precondition(lambda self: self.writer is not None)
    @rule()
    def roll(self) -> None:
        assert self.writer is not None
        self.writer.roll()
        self.parts, self.open = [*self.parts, self.open], []

    @precondition(lambda self: self.writer is not None and self.now > 0)
    @rule(back=st.integers(1, 60))
    def forget(self, back: int) -> None:
        assert self.writer is not None
        since = max(self.now - back, 1)
        self.writer.forget(since)
        mine = [part for part in self.parts if part and part[0][0] == self.session_id and part[-1][1] >= since]
        self.parts = [part for part in self.parts if part not in mine]
        self.parts.append([row for row in self.open if row[1] < since])
        self.open = []
        self.now += 10

    @precondition(lambda self: self.writer is not None)
    @rule(clean=st.booleans())
    def stop(self, clean: bool) -> None:
        assert self.writer is not None
        if clean:
            self.writer.close({})
        else:
            if self.writer._open is not None:
                self.writer._open.journal.flush()
            self.writer._lock.release()
            recover(self.home, self.unlocked)
        self.writer = None
        self.parts, self.open = [*self.parts, self.open], []

    @rule()
    def reopen(self) -> None:
        """Another command, with what is on the disk."""
        self.unlocked = Vault.open(self.home).unlock(lambda: PASSPHRASE)
        delete.resume(self.home, self.unlocked)

    # Deleting

    def cut_short(self, data: st.DataObject, work: Callable[[], T]) -> T | None:
        """What `work` returns; None when it ended at a step, and somebody else went on."""
        left = [data.draw(st.just(NEVER) | st.integers(0, MOST_STEPS), label="ends at step")]

        def watch(_: object) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Crash

        steps.watch(watch)
        try:
            return work()
        except Crash:
            steps.watch(None)
            self.reopen()
            return None
        finally:
            steps.watch(None)

    def rows_on_disk(self) -> frozenset[Row]:
        """All that is shown."""
        return frozenset(
            (session_id, row["t_us"])
            for session_id in self.origin
            for row in SessionReader(self.home, session_id, self.unlocked).table("events", ["kind", "t_us"]).to_pylist()
            if row["kind"] == "pointermove"
        )

    def choose(self, data: st.DataObject) -> tuple[Selector, frozenset[Row]]:
        """A range that begins inside of one session: what is meant stays a part of it."""
        session_id = data.draw(st.sampled_from(sorted(self.origin)))
        first = data.draw(st.integers(1, 300))
        last = data.draw(st.integers(first, 301))
        origin = self.origin[session_id]
        rows = frozenset(row for row in self.shown if row[0] == session_id and first <= row[1] < last)
        return Selector(what=What.BETWEEN, span=(origin + first, origin + last)), rows

    @precondition(lambda self: self.writer is None and self.origin)
    @rule(data=st.data())
    def delete_range(self, data: st.DataObject) -> None:
        selector, _ = self.choose(data)
        assert selector.span is not None
        first, last = selector.span
        gone = {row for row in self.stored if first <= self.origin[row[0]] + row[1] < last}
        done = self.cut_short(data, lambda: delete.delete(self.home, self.unlocked, selector))
        if done is None and self.rows_on_disk() == frozenset(self.shown):
            done = delete.delete(self.home, self.unlocked, selector)  # not begun, or it took nothing that is shown
        self.parts = [[row for row in part if row not in gone] for part in self.parts]

    @precondition(lambda self: self.writer is None and self.origin)
    @rule(data=st.data())
    def stage(self, data: st.DataObject) -> None:
        selector, rows = self.choose(data)
        known = {one.id for one in staged.listed(self.home, self.unlocked)}
        done = self.cut_short(data, lambda: staged.stage(self.home, self.unlocked, selector))
        made = {one.id for one in staged.listed(self.home, self.unlocked)} - known
        assert made == ({done.id} - {0} if done is not None else made)
        assert made or not rows or done is None
        for number in made:
            self.stages[number] = rows

    @precondition(lambda self: self.writer is None and self.stages)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.stages)))
        done = self.cut_short(data, lambda: staged.undo(self.home, self.unlocked, number))
        if done is not None or number not in {one.id for one in staged.listed(self.home, self.unlocked)}:
            del self.stages[number]

    @precondition(lambda self: self.writer is None)
    @rule(data=st.data())
    def purge(self, data: st.DataObject) -> None:
        done = self.cut_short(data, lambda: staged.purge(self.home, self.unlocked))
        if done is None and staged.listed(self.home, self.unlocked):
            return  # not begun
        hidden = frozenset[Row]().union(*self.stages.values())
        self.parts = [[row for row in part if row not in hidden] for part in self.parts]
        self.stages = {}

    @invariant()
    def what_is_shown_is_what_must_be(self) -> None:
        assert sorted(self.rows_on_disk()) == self.shown

    @invariant()
    def nothing_is_damaged(self) -> None:
        for session_id in self.origin:
            assert SessionReader(self.home, session_id, self.unlocked, staged=False).check() == []

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)


TestHome = HomeMachine.TestCase
TestHome.settings = settings(
    max_examples=200 if SOAK else 6,
    stateful_step_count=30 if SOAK else 18,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
