"""Whatever dies, hangs, sleeps or is stopped: nothing is stored that nobody watched, it says so, it ends by name."""

import ast
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import recorder
from recorder.capture.backends.fake import MONITORS, FakeFocusOracle, FakeGrabber, FakeInputSource
from recorder.capture.contract import Emit, IndicatorState
from recorder.consent import act
from recorder.consent.gate import GRANT_NS
from recorder.consent.keeper import VaultKeeper
from recorder.control import Request, ask
from recorder.errors import ExitCode, NoConsentError, RecorderError
from recorder.model.consent import ConsentGrant
from recorder.model.raw import RawEvent, RawWindows
from recorder.pipeline import recording as supervising
from recorder.pipeline import worker as working
from recorder.pipeline.recording import Checks, Why
from tests.pipeline.rig import (
    CANARY,
    Desk,
    Running,
    Sleeper,
    balanced,
    click,
    key,
    move,
    prepared,
    running,
    shown,
    until,
    windows,
)
from tests.recorded import RecordedHome

NOTHING = RawWindows(t_ns=0, generation=-1, stack=(), focused=None, monitors=MONITORS, composited=False)
THREADS = {"worker", "input", "frames", "accessibility", "control"}  # and the supervisor, which is the main thread
GRANT_S = GRANT_NS / 1e9
SOON_S = 3.0  # in which the badge must have left "recording"


# Which threads there are


def test_these_are_all_threads_of_a_recording(home: RecordedHome) -> None:
    before = set(threading.enumerate())
    with running(home) as run:
        mine = {thread.name for thread in set(threading.enumerate()) - before}
        run.recording.pause()
        paused = {thread.name for thread in set(threading.enumerate()) - before}
        run.recording.resume()
        run.stop()

    assert mine == THREADS | {"supervisor"}
    assert paused == {"supervisor", "worker", "control"}


def test_threads_are_made_in_three_places_alone() -> None:
    """Whoever adds one has to say here what happens when it dies or hangs."""
    package = Path(recorder.__file__).parent
    makers = {"Thread", "Timer", "ThreadPool", "ThreadPoolExecutor", "start_new_thread", "to_thread", "Pool"}
    found = {
        (path.relative_to(package).as_posix(), made)
        for path in package.rglob("*.py")
        for made in _called(ast.parse(path.read_text())) & makers
        if path.relative_to(package).parts[0] not in ("demo", "page", "review")  # no part of a recording
    }

    assert found == {(f"pipeline/{name}.py", "Thread") for name in ("recording", "sources", "worker")}


def _called(tree: ast.Module) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {call.id for call in calls if isinstance(call, ast.Name)}
    return names | {call.attr for call in calls if isinstance(call, ast.Attribute)}


# Threads that hang


class Stuck:
    """Makes whoever asks wait, once it is told to, until the test ends."""

    def __init__(self) -> None:
        self.now = threading.Event()
        self.over = threading.Event()

    def hold(self) -> None:
        if self.now.is_set():
            self.over.wait(30)


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stuck]:
    """The times after which it ends are shorter; those after which nothing is recorded are the real ones."""
    monkeypatch.setattr(supervising, "HUNG_S", 3.2)
    monkeypatch.setattr(supervising, "WORKER_HUNG_S", 3.2)
    monkeypatch.setattr(supervising, "HUNG_JOIN_S", 0.3)
    monkeypatch.setattr(supervising, "OPEN_TIMEOUT_S", 0.3)
    made = Stuck()
    yield made
    made.over.set()


class StuckInput(FakeInputSource):
    def __init__(self, stuck: Stuck) -> None:
        super().__init__([windows()], NOTHING)
        self._stuck = stuck

    def run(self, emit: Emit) -> None:
        def emit_slowly(raw: RawEvent) -> None:
            self._stuck.hold()
            emit(raw)

        super().run(emit_slowly)


class CountedInput(FakeInputSource):
    opened = 0

    def open(self) -> None:
        self.opened += 1
        super().open()


class StuckOracle(FakeFocusOracle):
    def __init__(self, stuck: Stuck) -> None:
        super().__init__()
        self._stuck = stuck

    def run(self, emit: Emit) -> None:
        while not self._closed.wait(0.1):
            self.turned_ns = time.monotonic_ns()
            self._stuck.hold()


class StuckGrabber(FakeGrabber):
    def __init__(self, stuck: Stuck) -> None:
        super().__init__([], MONITORS)
        self._stuck = stuck

    def grab(self, plan: Any) -> Any:
        self._stuck.hold()
        return super().grab(plan)


def without_recording(run: Running) -> None:
    """From the moment on at which something hangs: badge and status leave "recording" soon."""
    assert run.status()["state"] == "recording"
    until(lambda: run.desk.badge.shown[-1] != IndicatorState.RECORDING or not run.alive, SOON_S)
    assert run.status()["state"] != "recording"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        pytest.param("input", StuckInput, marks=pytest.mark.soak),
        pytest.param("accessibility", StuckOracle, marks=pytest.mark.soak),
        ("frames", StuckGrabber),
    ],
)
def test_a_capture_thread_that_hangs_ends_it_and_the_others_store_nothing_meanwhile(
    home: RecordedHome, stuck: Stuck, name: str, part: Callable[[Stuck], Any]
) -> None:
    parts = {"input": "input", "accessibility": "oracle", "frames": "grabber"}
    with running(home, Desk(**{parts[name]: part(stuck)})) as run:
        run.desk.happen(click(x=11))
        run.stored(1)
        stuck.now.set()
        run.desk.happen(move())  # whoever hangs at the next event hangs now
        without_recording(run)
        run.desk.happen(click(x=99), key("s"), key("s", pressed=False))
        ended = run.wait()

    assert ended.why is Why.CAPTURE_HUNG
    assert ended.error is not None
    assert (ended.error.exit_code, name in ended.error.message) == (ExitCode.ENVIRONMENT, True)
    assert [row["x"] for row in run.events("button")] == [11]
    assert run.events("key", "text_run") == []
    assert "input_lost" in [row["reason"] for row in run.events("gap")]
    assert balanced(run.reader.counters)


def test_a_capture_thread_that_comes_back_is_asked_anew_before_anything_is_stored(
    home: RecordedHome, stuck: Stuck
) -> None:
    """What it knows is from before; it is closed and opened again, as after a pause."""
    with running(home, Desk(grabber=StuckGrabber(stuck), input=CountedInput([windows()], NOTHING))) as run:
        stuck.now.set()
        without_recording(run)
        stuck.now.clear()
        stuck.over.set()
        until(lambda: run.status()["state"] == "recording", 2.0)
        run.desk.happen(click(x=77))
        run.stored(1)
        source = run.desk.input_source()
        assert isinstance(source, CountedInput)
        assert source.opened == 2
        assert run.stop().error is None

    assert [row["x"] for row in run.events("button")] == [77]
    assert [row["reason"] for row in run.events("gap")] == ["input_lost"]


def test_a_worker_that_hangs_ends_it(home: RecordedHome, stuck: Stuck) -> None:
    with running(home) as run:
        stuck.now.set()
        run.recording._inbox.command(lambda _: stuck.hold())
        without_recording(run)
        ended = run.wait(5.0)
        stuck.over.set()

    assert ended.why is Why.WORKER_HUNG
    assert ended.error is not None
    assert ended.error.exit_code == ExitCode.BUG
    assert not run.desk.badge.visible


@pytest.mark.soak
def test_a_command_that_hangs_ends_it(home: RecordedHome, stuck: Stuck) -> None:
    with running(home) as run:
        with run.recording._switching:
            asking = threading.Thread(target=lambda: _unanswered(home, Request.RESUME), daemon=True)
            asking.start()
            without_recording(run)
            ended = run.wait(5.0)
        asking.join(6)

    assert ended.why is Why.CONTROL_HUNG
    assert ended.error is not None
    assert ended.error.exit_code == ExitCode.BUG


def _unanswered(home: RecordedHome, request: Request) -> None:
    try:
        ask(home.path, request)
    except RecorderError:
        return


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_who_answers_commands_ends_it(home: RecordedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(home) as run:

        def end(_self: object) -> None:
            raise SystemExit

        monkeypatch.setattr("recorder.control._same_user", end)
        with pytest.raises(RecorderError):
            ask(home.path, Request.STATUS)
        ended = run.wait(2.0)

    assert ended.why is Why.CONTROL_DIED
    assert ended.error is not None
    assert ended.error.exit_code == ExitCode.BUG


# The supervisor itself: what watches consent, rules and badge


def spoiled(run: Running, grant: Callable[[], None]) -> None:
    """From now on asking for the consent does this first."""
    asked = run.recording._checks

    def ask_after_that() -> ConsentGrant:
        grant()
        return asked.grant()

    run.recording._checks = Checks(grant=ask_after_that, policy=asked.policy)


def test_while_the_supervisor_hangs_nothing_is_stored_and_nothing_says_recording(
    home: RecordedHome, stuck: Stuck
) -> None:
    with running(home) as run:
        run.desk.happen(click(x=11))
        run.stored(1)
        stuck.now.set()
        spoiled(run, stuck.hold)
        until(lambda: ask(home.path, Request.STATUS)["state"] != "recording", SOON_S)
        run.desk.happen(click(x=99))
        run.desk.grabber().show(shown())
        until(lambda: run.recording._worker.counters()["button"].seen == 2)
        stuck.over.set()
        until(lambda: run.status()["state"] == "recording", 2.0)
        run.desk.happen(click(x=22))
        run.stored(2)
        run.stop()

    assert [row["x"] for row in run.events("button")] == [11, 22]
    assert [row["reason"] for row in run.events("gap")] == ["input_lost"]
    assert (run.reader.counters["button"].withheld or {}) == {"input_lost": 1}
    assert balanced(run.reader.counters)


def test_a_supervisor_that_hangs_for_good_leaves_a_sealed_session_and_is_told_on(
    home: RecordedHome, stuck: Stuck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "ORPHANED_S", 0.5)
    told: list[RecorderError] = []
    with running(home) as run:
        run.recording.when_orphaned = told.append
        run.desk.happen(click(x=11))
        run.stored(1)
        stuck.now.set()
        spoiled(run, stuck.hold)
        until(lambda: told, SOON_S + 1.0)
        assert [row["x"] for row in run.events("button")] == [11]
        stuck.over.set()
        ended = run.wait()

    assert "hangs" in told[0].message
    assert told[0].exit_code == ExitCode.BUG
    assert ended.why is Why.WORKER_DIED


@pytest.mark.parametrize(
    ("error", "code"),
    [(ValueError(CANARY), ExitCode.BUG), (OSError(5, CANARY), ExitCode.ENVIRONMENT), (OSError(CANARY), ExitCode.BUG)],
)
def test_a_supervisor_that_fails_ends_it_without_saying_what_it_saw(
    home: RecordedHome, error: Exception, code: ExitCode
) -> None:
    def fail() -> None:
        raise error

    with running(home) as run:
        run.desk.happen(click(x=11))
        run.stored(1)
        spoiled(run, fail)
        ended = run.wait(2.0)

    assert ended.why is Why.SUPERVISOR_FAILED
    assert ended.error is not None
    assert ended.error.exit_code == code
    assert CANARY not in f"{ended!r} {ended.error.message} {ended.error.hint}"
    assert [row["x"] for row in run.events("button")] == [11]


class Leaving(FakeGrabber):
    def grab(self, plan: Any) -> Any:
        raise SystemExit(CANARY)


def test_a_thread_that_leaves_by_the_back_door_is_noticed(home: RecordedHome) -> None:
    with running(home, Desk(grabber=Leaving([], MONITORS))) as run:
        ended = run.wait(2.0)

    assert ended.why is Why.CAPTURE_DIED
    assert ended.error is not None
    assert "frames: SystemExit" in ended.error.message


def test_a_worker_that_leaves_by_the_back_door_is_noticed_and_seals(home: RecordedHome) -> None:
    def leave(_: int) -> None:
        raise SystemExit(CANARY)

    with running(home) as run:
        run.desk.happen(click(x=11))
        run.stored(1)
        run.recording._inbox.command(leave)
        ended = run.wait(2.0)

    assert ended.why is Why.WORKER_DIED
    assert [row["x"] for row in run.events("button")] == [11]


# A pipe in the place of a file: whoever opens it would wait for ever


@pytest.mark.parametrize(
    ("name", "why"), [("policy.toml", Why.POLICY_INVALID), ("consent/events.jsonl", Why.CONSENT_ENDED)]
)
def test_a_pipe_in_the_place_of_a_watched_file_stops_it_at_once(home: RecordedHome, name: str, why: Why) -> None:
    import os

    with running(home) as run:
        (home.path / name).unlink()
        os.mkfifo(home.path / name, 0o600)
        ended = run.wait(2.0)

    assert ended.why is why


# A machine that sleeps


def test_after_a_sleep_what_was_being_typed_is_withheld_and_a_gap_says_so(home: RecordedHome) -> None:
    sleeper = Sleeper()
    with running(home, sleeper=sleeper) as run:
        run.desk.happen(click(x=11), key("h"), key("h", pressed=False))
        run.stored(1)
        until(lambda: run.recording._worker.counters()["key"].seen == 2)
        asked = _count_grants(run)
        sleeper.sleep(3600)
        until(lambda: run.recording._lease.lapses == 1, SOON_S)
        until(lambda: run.status()["state"] == "recording", SOON_S)
        assert asked
        run.desk.happen(click(x=22))
        run.stored(2)
        assert run.stop().error is None

    assert [row["x"] for row in run.events("button")] == [11, 22]
    assert run.events("text_run", "key") == []
    assert (run.reader.counters["key"].withheld or {}) == {"input_lost": 2}
    assert [row["reason"] for row in run.events("gap")] == ["input_lost"]
    assert balanced(run.reader.counters)


def _count_grants(run: Running) -> list[int]:
    asked: list[int] = []
    spoiled(run, lambda: asked.append(1))
    return asked


def test_a_short_sleep_counts_as_one_too(home: RecordedHome) -> None:
    """Shorter than any lease or grant: somebody else may be at the desk all the same."""
    sleeper = Sleeper()
    with running(home, sleeper=sleeper) as run:
        sleeper.sleep(0.5)
        until(lambda: run.recording._lease.lapses == 1 and run.status()["state"] == "recording", 2.0)
        run.stop()

    assert [row["reason"] for row in run.events("gap")] == ["input_lost"]


def test_a_machine_that_takes_longer_than_a_grant_holds_to_look_anew_records_again(home: RecordedHome) -> None:
    sleeper = Sleeper()
    with running(home, sleeper=sleeper) as run:
        whole = run.recording._sources.open

        def slowly() -> None:
            time.sleep(GRANT_S + 1.5)
            whole()

        run.recording._sources.open = slowly  # type: ignore[method-assign]
        sleeper.sleep(60)
        until(lambda: run.recording._lease.lapses == 1, SOON_S)
        assert run.status()["state"] == "withholding"
        run.desk.happen(click(x=11))
        until(lambda: run.status()["state"] == "recording", 2 * GRANT_S)
        assert run.recording._lease.lapses == 1
        run.desk.happen(click(x=22))
        run.stored(1)
        run.stop()

    assert [row["x"] for row in run.events("button")] == [22]


@pytest.mark.parametrize("asleep_days", [31, 400])
def test_a_consent_that_ended_while_the_machine_slept_stores_nothing_any_more(
    home: RecordedHome, asleep_days: int
) -> None:
    sleeper = Sleeper()
    with running(home, sleeper=sleeper) as run:
        run.desk.happen(click(x=11))
        run.stored(1)
        sleeper.sleep(asleep_days * 86_400)
        run.desk.happen(click(x=99), key("s"))
        run.desk.grabber().show(shown())
        ended = run.wait(2.0)

    assert ended.why is Why.CONSENT_ENDED
    assert ended.error is not None
    assert ended.error.exit_code == ExitCode.NO_CONSENT
    assert "expired" in ended.error.message
    assert [row["x"] for row in run.events("button")] == [11]
    assert run.events("text_run", "key") == []
    assert list(run.reader.frames()) == []


def test_a_consent_that_is_taken_back_during_a_sleep_is_looked_at_before_anything_is_stored(
    home: RecordedHome,
) -> None:
    sleeper = Sleeper()
    with running(home, sleeper=sleeper) as run:
        sleeper.sleep(60)
        act.end(home.path, VaultKeeper(home.unlocked))
        run.desk.happen(click(x=99))
        ended = run.wait(2.0)

    assert ended.why is Why.CONSENT_ENDED
    assert run.events("button") == []


def test_a_sleep_during_a_pause_ends_no_pause(home: RecordedHome) -> None:
    sleeper = Sleeper()
    with running(home, sleeper=sleeper) as run:
        run.recording.pause()
        sleeper.sleep(3600)
        until(lambda: run.recording._lease.lapses == 1 and not run.recording._lease.lapsed, 2.0)
        assert run.status()["state"] == "paused"
        run.recording.resume()
        until(lambda: run.status()["state"] == "recording", 2.0)
        run.desk.happen(windows(generation=2), click(x=22))
        run.stored(1)
        run.stop()

    assert [row["x"] for row in run.events("button")] == [22]


# A clock that somebody sets


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0, 86_400.0 * 29, -86_400.0 * 365])
def test_a_clock_that_is_set_changes_no_time_in_the_recording(home: RecordedHome, jump_s: float) -> None:
    sleeper = Sleeper()
    with running(home, sleeper=sleeper) as run:
        run.desk.happen(*(move(x) for x in range(20)))
        run.stored(20)
        sleeper.set_clock(jump_s)
        until(lambda: run.recording._checked > 0)
        run.desk.happen(*(move(x) for x in range(20, 40)))
        run.stored(40)
        assert run.stop().error is None

    times = [row["t_us"] for row in run.events("pointermove")]
    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] < 60_000_000
    assert run.events("gap") == []


def test_a_clock_that_is_set_back_revives_no_consent(home: RecordedHome) -> None:
    sleeper = Sleeper()
    with running(home, sleeper=sleeper) as run:
        sleeper.set_clock(31 * 86_400)
        assert run.wait(2.0).why is Why.CONSENT_ENDED
        sleeper.set_clock(-31 * 86_400)
    with pytest.raises(NoConsentError):
        run.recording._checks.grant()


def test_the_last_five_minutes_while_recording_are_of_the_clock_that_nobody_sets(home: RecordedHome) -> None:
    sleeper = Sleeper()
    with running(home, sleeper=sleeper) as run:
        run.desk.happen(click(x=11))
        run.stored(1)
        sleeper.set_clock(3600)
        assert ask(home.path, Request.FORGET, seconds=300.0)["events"] == 1
        sleeper.set_clock(-7200)
        run.desk.happen(click(x=22))
        until(lambda: run.recording._worker.counters()["button"].stored == 2)
        assert ask(home.path, Request.FORGET, seconds=300.0)["events"] >= 1
        run.stop()

    assert run.events("button") == []


def test_ids_rise_whatever_the_clock_says(home: RecordedHome) -> None:
    ids = []
    sleeper = Sleeper()
    for jump_s in (0.0, 3600.0, -7200.0, 3600.0, -86_400.0):
        sleeper.set_clock(jump_s)
        recording = prepared(home, Desk(), sleeper=sleeper)
        ids.append(recording.session_id)
        run = Running(home, Desk(), recording)
        run.start(0.2)
        run.wait()

    assert ids == sorted(ids)
    assert sorted(path.name for path in (home.path / "sessions").iterdir()) == ids
