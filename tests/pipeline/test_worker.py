"""The worker keeps the order, and of what goes wrong inside it only a type's name gets out."""

import shutil
import threading
from typing import Any

import pytest

from recorder.capture.backends.fake import MONITORS, FakeGrabber
from recorder.demo.scan import scan
from recorder.errors import ExitCode
from recorder.guard import Guard
from recorder.model.raw import RawDamage, RawEvent, RawFrame, RawKey
from recorder.pipeline.recording import Why
from recorder.store.recover import recover
from tests.pipeline.rig import (
    CANARY,
    SCREEN,
    Bench,
    balanced,
    bench,
    click,
    key,
    move,
    now,
    running,
    shown,
    until,
    windows,
)
from tests.recorded import RecordedHome

MS = 1_000_000


def frame(t_end_ns: int) -> RawFrame:
    """A grab of one millisecond of the editor."""
    grabber = FakeGrabber([shown(t_end_ns - MS)], MONITORS)
    grabber.open()
    made = grabber.grab(lambda _: (SCREEN,))
    assert made is not None
    return made


def settled(made: Bench) -> None:
    made.inbox.command(lambda _: None).done.wait(5)


def test_a_frame_that_ended_after_an_event_is_never_shown_before_it(home: RecordedHome) -> None:
    made = bench(home)
    start = now()
    made.inbox.put(windows(t_ns=start))
    # As they come in: a picture of after the click overtakes the click.
    made.inbox.put(frame(start + 10 * MS))
    made.inbox.put(frame(start + 30 * MS))
    made.inbox.put(RawDamage(t_ns=start + 40 * MS))
    made.inbox.put(click(start + 20 * MS))
    made.inbox.put(click(start + 50 * MS, pressed=False))
    made.worker.start()
    rows = made.finish()

    order = [(what, (t_ns - start) // MS) for what, t_ns in made.guard.order]
    assert order == [("event", 0), ("event", 40), ("frame", 10), ("event", 20), ("frame", 30), ("event", 50)]
    pressed = next(row for row in rows if row["kind"] == "button")
    assert pressed["frame_id"] is not None
    assert made.taken == [2]


def test_a_frame_waits_for_events_that_may_still_come(home: RecordedHome) -> None:
    made = bench(home)
    made.worker.start()
    made.inbox.put(windows())
    until(lambda: len(made.guard.order) == 1)
    ended = now()
    made.inbox.put(frame(ended))
    until(lambda: len(made.guard.order) == 2)

    assert now() - ended >= 50 * MS
    made.finish()


@pytest.mark.parametrize("error", [ValueError(CANARY), KeyError(CANARY), MemoryError(CANARY), RuntimeError(CANARY)])
def test_of_a_guard_that_fails_only_the_types_name_is_known(
    home: RecordedHome, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: Exception
) -> None:
    step = Guard.step

    def fail_on_keys(self: Guard, raw: RawEvent) -> Any:
        if isinstance(raw, RawKey):
            raise error
        return step(self, raw)

    with running(home) as run:
        monkeypatch.setattr(Guard, "step", fail_on_keys)
        run.desk.happen(windows(), click(), key())
        ended = run.wait()

    assert ended.why is Why.WORKER_DIED
    assert ended.error is not None
    assert ended.error.exit_code == ExitCode.BUG
    assert type(error).__name__ in ended.error.message
    assert CANARY not in f"{ended!r} {ended.error.message} {ended.error.hint}"
    assert CANARY not in "".join(capfd.readouterr())
    assert scan([home.path], [CANARY]) == []
    # What came before is sealed.
    assert len(run.events("button")) == 1
    assert balanced(run.reader.counters)


def test_a_full_disk_ends_the_recording_and_keeps_what_is_safe(
    home: RecordedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(home) as run:
        run.desk.happen(click())
        run.stored(1)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1000, 999, 1))
        run.desk.happen(click(pressed=False))
        ended = run.wait()
        monkeypatch.undo()

    assert ended.why is Why.STORE_FAILED
    assert ended.error is not None
    assert ended.error.exit_code == ExitCode.ENVIRONMENT
    assert "full" in ended.error.message
    (one,) = recover(home.path, home.unlocked)

    assert (one.session_id, one.problem) == (run.recording.session_id, None)
    assert one.events >= 1


def test_a_pause_drops_frames_that_wait_and_events_from_the_press_on(home: RecordedHome) -> None:
    made = bench(home)
    start = now()
    made.inbox.put(windows(t_ns=start))
    made.inbox.put(click(start + MS))
    made.inbox.put(frame(start + 2 * MS))
    made.inbox.command(lambda _: made.worker.pause(start + 3 * MS))
    # Still on their way when the sources were closed.
    for later in (move(5, start + 3 * MS), click(start + 4 * MS, pressed=False), key("h", start + 5 * MS)):
        made.inbox.put(later)
    made.inbox.put(frame(start + 6 * MS))
    made.worker.start()
    rows = made.finish()

    assert [row["kind"] for row in rows if row["kind"] not in ("gap", "pause")] == ["button"]
    books = made.worker.counters()
    assert balanced(books)
    assert books["frame"].stored == 0
    assert made.taken == [2 - (books["frame"].seen == 0)]


def test_what_is_forgotten_is_gone_and_what_comes_after_is_kept(home: RecordedHome) -> None:
    made = bench(home)
    made.worker.start()
    made.inbox.put(windows())
    made.inbox.put(click())
    settled(made)
    counts: dict[str, int] = {}
    made.inbox.command(lambda _: counts.update(made.worker.forget((0, 10**12)))).done.wait(5)
    made.worker.stop()
    assert made.worker.join(5)

    assert counts["events"] == 1
    assert [row["kind"] for row in made.rows()] == ["gap"]
    assert balanced(made.worker.counters())


def test_a_worker_that_hangs_is_no_longer_shown_as_recording(
    home: RecordedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, step = threading.Event(), Guard.step

    def hang_on_keys(self: Guard, raw: RawEvent) -> Any:
        if isinstance(raw, RawKey):
            go_on.wait(10)
        return step(self, raw)

    try:
        with running(home) as run:
            monkeypatch.setattr(Guard, "step", hang_on_keys)
            run.desk.happen(key())
            until(lambda: run.desk.badge.shown[-1] == "withholding", 3)
            go_on.set()
            until(lambda: run.desk.badge.shown[-1] == "recording", 3)
    finally:
        go_on.set()
