"""Append, roll, crash, recover, delete, forget in any order: what is stored is what a plain list would hold."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from recorder.store import delete
from recorder.store.home import ensure
from recorder.store.recover import recover
from recorder.store.session import SessionReader
from recorder.store.writer import Writer
from tests.store.synthetic import STARTED_AT_US, Clock, make_vault, make_writer, pointer, session_start


class StoreMachine(RuleBasedStateMachine):
    """One session; `rows` holds the times of the pointer events that must be there, and `sealed` how they lie."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.home = ensure(self.folder / "home")
        vault, self.unlocked = make_vault(self.home)
        self.start, self.clock = session_start(), Clock()
        self.writer: Writer | None = make_writer(self.home, vault.recipient, self.start, self.clock)
        self.open: list[int] = []
        self.sealed: list[list[int]] = []
        self.now = 0

    @precondition(lambda self: self.writer is not None)
    @rule(count=st.integers(1, 5))
    def append(self, count: int) -> None:
        assert self.writer is not None
        for _ in range(count):
            self.now += 10
            self.clock.now_ns = self.now * 1000
            self.writer.append(pointer(self.now))
            self.open.append(self.now)

    @precondition(lambda self: self.writer is not None)
    @rule()
    def roll(self) -> None:
        assert self.writer is not None
        self.writer.roll()
        self.sealed, self.open = [*self.sealed, self.open], []

    @precondition(lambda self: self.writer is not None)
    @rule(back=st.integers(1, 60))
    def forget(self, back: int) -> None:
        assert self.writer is not None
        since = max(self.now - back, 1)
        self.writer.forget(since)
        self.sealed = [part for part in self.sealed if part and part[-1] < since]
        self.sealed.append([t for t in self.open if t < since])
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
        self.sealed, self.open = [*self.sealed, self.open], []

    @precondition(lambda self: self.writer is None and self.exists)
    @rule(data=st.data())
    def delete_range(self, data: st.DataObject) -> None:
        first = data.draw(st.integers(1, self.now + 1))
        last = data.draw(st.integers(first, self.now + 1))
        span = (STARTED_AT_US + first, STARTED_AT_US + last)
        gone = sum(first <= t < last for t in self.stored)
        assert delete.delete_between(self.home, self.unlocked, *span, dry_run=True).events == gone
        assert delete.delete_between(self.home, self.unlocked, *span).events == gone
        self.sealed = [[t for t in part if not first <= t < last] for part in self.sealed]

    @property
    def stored(self) -> list[int]:
        return [t for part in self.sealed for t in part]

    @property
    def exists(self) -> bool:
        return (self.home / "sessions" / self.start.session_id).exists()

    @invariant()
    def what_is_sealed_is_what_it_must_be(self) -> None:
        reader = SessionReader(self.home, self.start.session_id, self.unlocked)
        rows = reader.table("events", ["t_us", "kind"]).to_pylist()
        assert [row["t_us"] for row in rows if row["kind"] == "pointermove"] == self.stored
        assert reader.check() == []

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)


TestStore = StoreMachine.TestCase
TestStore.settings = settings(
    max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
