"""A recording from its start to its seal: what ends it, what it says meanwhile, and what it leaves behind."""

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from recorder.capture.backends.fake import (
    MONITORS,
    FakeFocusOracle,
    FakeFrame,
    FakeGrabber,
    FakeIndicator,
    FakeInputSource,
)
from recorder.capture.contract import Emit, IndicatorState
from recorder.consent import act
from recorder.consent.keeper import VaultKeeper
from recorder.control import Request, ask, socket_path
from recorder.errors import ExitCode, PlatformError, RecorderError
from recorder.model.consent import Category
from recorder.model.policy import PictureMode, Policy, TextLevel
from recorder.model.raw import RawWindows
from recorder.pipeline.inbox import Inbox
from recorder.pipeline.recording import Recording, Why
from recorder.store.audit import AuditLog
from recorder.store.lock import is_being_written
from recorder.store.policy_file import policy_path, save_policy
from tests.pipeline.rig import (
    BANK,
    CANARY,
    EDITOR,
    MAIL,
    RULE,
    Desk,
    Running,
    balanced,
    click,
    key,
    move,
    now,
    prepared,
    running,
    shown,
    until,
    windows,
)
from tests.recorded import RecordedHome

NOTHING = RawWindows(t_ns=0, generation=-1, stack=(), focused=None, monitors=MONITORS, composited=False)
THREADS = {"worker", "input", "frames", "accessibility", "control"}


def left_threads(before: set[threading.Thread]) -> set[str]:
    return {thread.name for thread in set(threading.enumerate()) - before} & THREADS


# What ends it


def test_stopping_seals_what_was_recorded(home: RecordedHome) -> None:
    with running(home) as run:
        run.desk.happen(click(), click(pressed=False))
        run.stored(2)
        assert run.stop().why is Why.ASKED

    assert [row["pressed"] for row in run.events("button")] == [True, False]
    assert balanced(run.reader.counters)
    assert not is_being_written(run.home.path / "sessions" / run.recording.session_id)


def test_what_happened_before_the_stop_is_in_it(home: RecordedHome) -> None:
    with running(home) as run:
        run.desk.happen(*(move(number) for number in range(500)))
        run.stop()

    assert run.reader.counters["pointermove"].seen == 500


def test_the_socket_stops_it(home: RecordedHome) -> None:
    with running(home) as run:
        assert ask(home.path, Request.STOP)["session"] == run.recording.session_id
        assert run.wait().why is Why.ASKED
        assert not socket_path(home.path).exists()


def test_seconds_count_from_when_it_records(home: RecordedHome) -> None:
    class SlowBadge(FakeIndicator):
        def open(self, state: IndicatorState) -> None:
            time.sleep(0.3)
            super().open(state)

    with running(home, Desk(indicator=SlowBadge()), seconds=0.5) as run:
        began = time.monotonic()
        assert run.wait().why is Why.TIME_UP

    assert time.monotonic() - began > 0.3


def test_a_badge_that_is_gone_stops_it_within_a_second(home: RecordedHome) -> None:
    with running(home) as run:
        run.desk.badge.lose()
        ended = run.wait(1.0)

    assert ended.why is Why.INDICATOR_GONE
    assert ended.error is not None
    assert ended.error.exit_code == ExitCode.ENVIRONMENT


class DyingSource(FakeInputSource):
    def run(self, emit: Emit) -> None:
        emit(windows())
        raise ValueError(CANARY)


class EndingOracle(FakeFocusOracle):
    def run(self, emit: Emit) -> None:
        return None


class DyingGrabber(FakeGrabber):
    def grab(self, plan: Any) -> Any:
        raise OSError(CANARY)


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"input": DyingSource([], NOTHING)}, "input: ValueError"),
        ({"oracle": EndingOracle()}, "accessibility: ended"),
        ({"grabber": DyingGrabber([], MONITORS)}, "frames: OSError"),
    ],
)
def test_a_capture_thread_that_dies_stops_it_and_is_named(home: RecordedHome, parts: Any, named: str) -> None:
    with running(home, Desk(**parts)) as run:
        ended = run.wait(2.0)

    assert ended.why is Why.CAPTURE_DIED
    assert ended.error is not None
    assert named in ended.error.message
    assert CANARY not in f"{ended!r} {ended.error.message}"
    assert ended.error.exit_code == ExitCode.ENVIRONMENT


def test_without_accessibility_it_goes_on(home: RecordedHome) -> None:
    class Absent(FakeFocusOracle):
        def open(self) -> None:
            raise PlatformError("no accessibility here")

    with running(home, Desk(oracle=Absent())) as run:
        run.desk.happen(click())
        run.stored(1)
        assert run.stop().error is None


# Consent and rules while it runs


def narrowed(home: RecordedHome, **out: Any) -> None:
    act.narrow(home.path, VaultKeeper(home.unlocked), act.Narrowing(**out))


def test_a_withdrawn_consent_stops_it(home: RecordedHome) -> None:
    with running(home) as run:
        act.end(home.path, VaultKeeper(home.unlocked))
        ended = run.wait()

    assert ended.why is Why.CONSENT_ENDED
    assert ended.error is not None
    assert ended.error.exit_code == ExitCode.NO_CONSENT


def test_a_category_that_is_taken_back_is_gone_from_then_on(home: RecordedHome) -> None:
    with running(home) as run:
        run.desk.happen(move(1), click())
        run.stored(2)
        narrowed(home, categories=frozenset({Category.POINTER_PATH}))
        until(lambda: kept_back(run, "pointermove"))
        run.desk.happen(move(7), click(pressed=False))
        run.stored(3)
        run.stop()

    assert [row["x"] for row in run.events("pointermove")] == [1]
    assert len(run.events("button")) == 2
    assert balanced(run.reader.counters)


def kept_back(run: Running, kind: str) -> bool:
    run.desk.happen(move(5000))  # outside of every screen: never stored, whatever the consent
    return "category_off" in (run.recording._worker.counters()[kind].withheld or {})


def test_an_app_that_is_taken_back_is_withheld_from_then_on(home: RecordedHome) -> None:
    with running(home) as run:
        run.desk.happen(click())
        run.stored(1)
        narrowed(home, apps=frozenset({"/usr/bin/editor"}))
        until(lambda: run.desk.badge.shown[-1] == IndicatorState.WITHHOLDING, 2.0)
        run.desk.happen(click(), click(pressed=False))
        run.stop()

    # A release that follows nothing stored is nothing either.
    assert run.reader.counters["button"].stored == 1


def test_another_policy_takes_effect_while_it_runs(home: RecordedHome) -> None:
    with running(home) as run:
        save_policy(home.path, Policy(apps=(MAIL,)))
        until(lambda: run.desk.badge.shown[-1] == IndicatorState.WITHHOLDING, 2.0)
        run.desk.happen(click())
        save_policy(home.path, Policy(apps=(MAIL, RULE)))
        until(lambda: run.desk.badge.shown[-1] == IndicatorState.RECORDING, 2.0)
        run.desk.happen(click(x=99))
        run.stored(1)
        run.stop()

    assert [row["x"] for row in run.events("button")] == [99]


def test_levels_and_sites_of_a_rule_take_effect_while_it_runs(home: RecordedHome) -> None:
    closer = replace(RULE, text=TextLevel.WORDS, pictures=PictureMode.WORDS)
    with running(home) as run:
        save_policy(home.path, Policy(apps=(closer,)))
        until(lambda: run.recording._guard._desk.rule == closer, 2.0)
        run.desk.happen(click())
        run.stored(1)
        save_policy(home.path, Policy(apps=(replace(closer, sites=("example.org",)),)))
        until(lambda: run.desk.badge.shown[-1] == IndicatorState.WITHHOLDING, 2.0)
        run.desk.happen(click(x=99))
        until(lambda: "site_not_allowed" in (run.recording._worker.counters()["button"].withheld or {}))
        save_policy(home.path, Policy(apps=(RULE,)))
        until(lambda: run.recording._guard._desk.rule == RULE, 2.0)
        run.stop()

    assert [row["x"] for row in run.events("button")] == [40]


def test_a_policy_that_changed_while_it_started_is_noticed(home: RecordedHome) -> None:
    class Slow(Desk):
        def jail(self) -> list[str]:
            save_policy(home.path, Policy(apps=(MAIL,)))  # after it was read
            return []

    desk = Slow()
    run = Running(home, desk, prepared(home, desk))
    run.start()
    until(lambda: run.status()["duration_s"] > 0.2 and "withholding" in desk.badge.shown)
    desk.happen(click())
    until(lambda: (run.recording._worker.counters()["button"].seen, run.alive) == (1, True))
    run.stop()

    assert run.reader.counters["button"].withheld == {"app_not_allowed": 1}


@pytest.mark.parametrize("text", ["version = 1\napps = all\n", "version = 1\n", "[[["])
def test_a_policy_that_makes_no_sense_stops_it(home: RecordedHome, text: str) -> None:
    with running(home) as run:
        policy_path(home.path).write_text(text)
        ended = run.wait(2.0)

    assert ended.why is Why.POLICY_INVALID
    assert ended.error is not None
    assert ended.error.exit_code == ExitCode.POLICY


# What does not start leaves nothing


class NoBadge(FakeIndicator):
    def open(self, state: IndicatorState) -> None:
        raise PlatformError("the badge can't be shown")


class NoScreen(FakeGrabber):
    def open(self) -> None:
        raise PlatformError("the screen can't be read")


class OddScreen(FakeGrabber):
    def open(self) -> None:
        raise OSError(CANARY)


class NoInput(FakeInputSource):
    def open(self) -> None:
        raise PlatformError("nothing can be heard")


def no_history(home: RecordedHome) -> None:
    """Nothing can be written where the history should be: what happened would stand nowhere."""
    (home.path / "audit.jsonl").unlink(missing_ok=True)
    (home.path / "audit.jsonl").mkdir()


@pytest.mark.parametrize(
    ("parts", "spoil"),
    [
        ({"indicator": NoBadge()}, None),
        ({"grabber": NoScreen([], MONITORS)}, None),
        ({"grabber": OddScreen([], MONITORS)}, None),
        ({"input": NoInput([], NOTHING)}, None),
        ({}, no_history),
    ],
)
def test_what_does_not_start_leaves_nothing(
    home: RecordedHome, parts: Any, spoil: Callable[[RecordedHome], None] | None
) -> None:
    before = set(threading.enumerate())
    desk = Desk(**parts)
    recording = prepared(home, desk)
    if spoil is not None:
        spoil(home)

    with pytest.raises(RecorderError) as refused:
        recording.run(seconds=1.0, watch=lambda _: None)

    assert CANARY not in refused.value.message
    assert list((home.path / "sessions").iterdir()) == []
    assert not socket_path(home.path).exists()
    until(lambda: not left_threads(before))
    assert not desk.badge.visible


def test_it_leaves_no_thread_behind(home: RecordedHome) -> None:
    before = set(threading.enumerate())
    with running(home) as run:
        run.recording.pause()
        run.recording.resume()
        run.stop()

    until(lambda: not left_threads(before))


# Pause


def test_nothing_from_the_press_on_is_stored(home: RecordedHome) -> None:
    with running(home) as run:
        run.desk.input_source().push(click())
        run.stored(1)
        pressed = now()
        run.desk.badge.press()
        # Somebody goes on working until the listening ends.
        while run.status()["state"] != "paused":
            run.desk.happen(move(3))
        run.desk.grabber().show(shown())
        until(lambda: run.desk.badge.shown[-1] == IndicatorState.PAUSED)
        assert now() - pressed < 300_000_000
        run.desk.happen(click(pressed=False), key())
        run.stop()

    t0_ns = run.recording._t0_ns
    (pause,) = run.events("pause")
    assert pause["t_us"] - (pressed - t0_ns) // 1000 < 100_000
    assert not [row for row in run.events("button", "key", "pointermove", "text_run") if row["t_us"] >= pause["t_us"]]
    assert len(run.events("button")) == 1


def test_a_pause_counts_from_the_press_however_long_it_takes_to_get_through(home: RecordedHome) -> None:
    """Another thread holds the switch, as one that reopens after an overflow does."""
    with running(home) as run:
        with run.recording._switching:
            pause = threading.Thread(target=run.recording.pause)
            pause.start()
            until(lambda: run.recording._guard.withholding)
            run.desk.happen(click())
            until(lambda: run.recording._worker.counters()["button"].seen == 1)
        pause.join(3)
        run.stop()

    assert run.reader.counters["button"].withheld == {"paused": 1}


def test_after_a_resume_it_records_again_and_the_pause_is_a_row(home: RecordedHome) -> None:
    with running(home) as run:
        run.desk.happen(click())
        run.stored(1)
        assert ask(home.path, Request.PAUSE)["state"] == "paused"
        assert ask(home.path, Request.RESUME)["ok"]
        until(lambda: run.status()["state"] == "recording")
        run.desk.happen(windows(generation=2), click())
        run.stored(2)
        run.stop()

    assert [row["kind"] for row in run.events("button", "pause")] == ["button", "pause", "button"]
    assert [row.action for row in AuditLog(home.path).rows()][-4:] == [
        "recording_started", "recording_paused", "recording_resumed", "recording_stopped",
    ]  # fmt: skip


def test_a_resume_on_a_desktop_that_is_gone_ends_it_with_what_is_wrong(home: RecordedHome) -> None:
    class Gone(FakeInputSource):
        gone = False

        def open(self) -> None:
            if self.gone:
                raise PlatformError("the display is gone")
            super().open()

    source = Gone([windows()], NOTHING)
    with running(home, Desk(input=source)) as run:
        run.recording.pause()
        source.gone = True
        answer = ask(home.path, Request.RESUME)
        ended = run.wait(2.0)

    assert (answer["ok"], answer["error"]) == (False, "the display is gone")
    assert ended.why is Why.CAPTURE_DIED
    assert ended.error is not None
    assert ended.error.message == "the display is gone"
    assert not socket_path(home.path).exists()


def test_pauses_from_everywhere_at_once_do_not_lock_up(home: RecordedHome) -> None:
    with running(home) as run:
        for _ in range(5):
            threads = [
                threading.Thread(target=ask, args=(home.path, Request.PAUSE)),
                threading.Thread(target=run.recording.pause),
                threading.Thread(target=run.recording.pause),
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(3)
                assert not thread.is_alive()
            assert run.status()["state"] == "paused"
            run.recording.resume()
        assert run.stop().error is None

    assert len(run.events("pause")) == 5


def test_however_toggles_race_the_badge_and_the_sources_agree_in_the_end(home: RecordedHome) -> None:
    with running(home) as run:
        threads = [threading.Thread(target=act) for act in 3 * (run.recording.toggle_pause, run.recording.resume)]
        for thread in threads:
            thread.start()
        run.desk.badge.press()
        for thread in threads:
            thread.join(5)
            assert not thread.is_alive()
        run.recording.resume()
        until(lambda: run.desk.badge.shown[-1] == IndicatorState.RECORDING)
        run.desk.happen(windows(generation=3), click())
        until(lambda: run.recording._worker.counters()["button"].stored == 1)
        assert run.stop().error is None


def test_a_resume_that_comes_while_it_stops_listens_to_nothing(home: RecordedHome) -> None:
    before = set(threading.enumerate())
    with running(home) as run:
        run.recording.pause()
        resume = threading.Thread(target=run.recording.resume)
        run.recording.stop()
        resume.start()
        run.wait()
        resume.join(3)
        run.recording.resume()

    until(lambda: not left_threads(before))


# What it says


class HonestBadge(FakeIndicator):
    """Notes, for every state that it is told to show, what the recording was doing at that moment."""

    recording: Recording | None = None

    def __init__(self) -> None:
        super().__init__()
        self.lies: list[str] = []

    def show(self, state: IndicatorState) -> None:
        assert self.recording is not None
        is_paused = self.recording._state == "paused"
        if is_paused != (state is IndicatorState.PAUSED):
            self.lies.append(f"{state} while {self.recording._state}")
        super().show(state)


@pytest.mark.parametrize("seed", range(3))
def test_it_never_says_recording_while_it_does_not(home: RecordedHome, seed: int) -> None:
    chance = random.Random(seed)
    badge = HonestBadge()
    desk = Desk(indicator=badge)
    run = Running(home, desk, prepared(home, desk))
    badge.recording = run.recording
    run.start()
    until(lambda: badge.shown[-1:] == [IndicatorState.RECORDING])
    try:
        for generation in range(2, 14):
            _one_step(run, chance.choice(("pause", "resume", "bank", "editor")), generation)
    finally:
        run.stop()

    assert badge.lies == []
    assert badge.shown[0] is IndicatorState.WITHHOLDING


def _one_step(run: Running, step: str, generation: int) -> None:
    badge, paused = run.desk.badge, run.status()["state"] == "paused"
    if step == "pause":
        run.recording.pause()
        assert badge.shown[-1] is IndicatorState.PAUSED
    elif step == "resume":
        run.recording.resume()
        assert badge.shown[-1] is not IndicatorState.PAUSED
    else:
        run.desk.happen(windows(BANK if step == "bank" else EDITOR, generation))
        wanted = IndicatorState.WITHHOLDING if run.recording._guard.withholding else IndicatorState.RECORDING
        until(lambda: paused or badge.shown[-1] in (wanted, str(run.recording._present())), 1.0)
    if step == "bank" and not paused:
        until(lambda: badge.shown[-1] is IndicatorState.WITHHOLDING, 1.0)
        assert run.status()["state"] == "withholding"


def test_what_it_says_is_counts_and_states_alone(home: RecordedHome) -> None:
    with running(home) as run:
        run.desk.happen(key(), click())
        run.stored(1)
        status = ask(home.path, Request.STATUS)
        run.stop()

    assert set(status) == {"ok", "state", "session", "duration_s", "events", "frames", "withheld", "bytes"}
    assert "editor" not in json.dumps(status).lower()


def test_forgetting_reaches_the_running_recorder_and_odd_lengths_do_not(home: RecordedHome) -> None:
    with running(home) as run:
        run.desk.happen(click())
        run.stored(1)
        for odd in (float("inf"), float("nan"), -1.0, 0, "soon", None):
            assert ask(home.path, Request.FORGET, seconds=odd)["ok"] is False
        assert ask(home.path, Request.FORGET, seconds=60.0)["events"] == 1
        run.desk.happen(click(pressed=False, x=77))
        run.stored(1)
        assert run.stop().error is None

    assert [row["x"] for row in run.events("button")] == [77]
    assert [row["reason"] for row in run.events("gap")] == ["forgotten"]


def void(_: object) -> None:
    return None


def test_an_overflow_is_said_and_overcome(home: RecordedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Inbox.__init__, "__defaults__", (50,))
    with running(home) as run:
        hold = threading.Event()
        run.recording._inbox.command(lambda _: void(hold.wait(5)))  # the worker is busy
        run.desk.happen(*(move(number) for number in range(200)))
        until(run.recording._inbox.overflowed.is_set)
        hold.set()
        until(lambda: not run.recording._inbox.overflowed.is_set())
        until(lambda: run.status()["state"] == "recording")

        def stored() -> bool:  # the state may still be that of before
            run.desk.happen(click())
            time.sleep(0.1)
            return run.recording._worker.counters()["button"].stored > 0

        until(stored)
        assert run.stop().error is None

    books = run.reader.counters
    assert balanced(books)
    assert (books["pointermove"].withheld or {})["overflow"] > 0
    assert "overflow" in [row["reason"] for row in run.events("gap")]


# Pictures


def test_a_picture_is_kept_of_before_and_after_a_click(home: RecordedHome) -> None:
    with running(home) as run:
        run.desk.grabber().show(shown(colour=(200, 10, 10)))
        until(lambda: run.recording._worker.counters()["frame"].seen >= 1)
        run.desk.happen(click())
        run.stored(1)
        run.stop()

    (button,) = run.events("button")
    (picture,) = [frame for frame in run.reader.frames() if frame.frame_id == button["frame_id"]]
    assert picture.t_us <= button["t_us"]


def test_a_picture_around_which_the_windows_changed_is_never_kept(home: RecordedHome) -> None:
    """Somebody switches to another app between the look at the windows and the pixels."""
    with running(home) as run:
        now_shown = shown(colour=(200, 10, 10))
        raced = FakeFrame(
            t_ns=now_shown.t_ns,
            windows=now_shown.windows,
            picture=now_shown.picture,
            windows_after=windows(BANK, generation=2),
        )
        run.desk.grabber().show(raced)
        until(lambda: run.recording._worker.counters()["frame"].seen >= 1)
        run.desk.happen(click())
        run.stored(1)
        run.stop()

    assert list(run.reader.frames()) == []
    assert (run.reader.counters["frame"].withheld or {})["windows_changed"] >= 1
    assert balanced(run.reader.counters)
