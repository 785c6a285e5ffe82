"""The three capture threads: open together or not at all, silent once they are closed, and no more frames than fit."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from recorder.capture.backends.fake import MONITORS, FakeFocusOracle, FakeGrabber, FakeInputSource
from recorder.capture.contract import Ask, Emit, KeepPlan
from recorder.errors import PlatformError
from recorder.model.consent import Category
from recorder.model.geometry import Rect
from recorder.model.policy import AppRule, Policy
from recorder.model.raw import Fault, Mods, RawButton, RawDamage, RawFault, RawFocus, RawFrame, RawWindows, Role
from recorder.pipeline.inbox import Inbox
from recorder.pipeline.sources import FRAME_SLOTS, LOOK_S, Sources
from tests.pipeline.rig import CANARY, EDITOR, SCREEN, Desk, key, move, shown, until, windows

NOTHING = RawWindows(t_ns=0, generation=-1, stack=(), focused=None, monitors=MONITORS, composited=False)


class Stage:
    """Sources that deliver into an inbox that nobody empties but the test."""

    def __init__(self, desk: Desk, capacity: int = 1000, *, frames: bool = True) -> None:
        self.desk = desk
        self.inbox = Inbox(capacity)
        self.sources = Sources(desk, self.inbox, lambda _: (SCREEN,), min_gap_s=0.001, frames=frames)
        self.items: list[Any] = []

    def read(self) -> list[Any]:
        while (item := self.inbox.get(0)) is not None:
            self.items.append(item)
        return self.items

    def count(self, kind: type) -> int:
        return sum(isinstance(item, kind) for item in self.read())


@pytest.fixture
def stages() -> Iterator[list[Stage]]:
    made: list[Stage] = []
    yield made
    for stage in made:
        stage.sources.close()


def opened(stages: list[Stage], desk: Desk | None = None, **options: Any) -> Stage:
    stage = Stage(desk or Desk(), **options)
    stages.append(stage)
    stage.sources.open()
    return stage


def test_what_happens_arrives_in_order(stages: list[Stage]) -> None:
    stage = opened(stages, frames=False)
    moves = [move(number) for number in range(100)]
    stage.desk.happen(*moves)
    stage.sources.flush(2.0)

    assert stage.read()[1:] == moves


def test_every_keydown_and_every_change_of_window_is_told_to_the_oracle(stages: list[Stage]) -> None:
    stage = opened(stages, frames=False)
    stage.desk.happen(key(), key(pressed=False), windows(generation=2), windows(generation=2))
    stage.sources.flush(2.0)

    assert stage.desk.focus_oracle().nudges == 1
    assert [number for number, _ in stage.desk.focus_oracle().told] == [1, 2]


def test_a_press_is_told_with_the_window_that_is_on_top_there(stages: list[Stage]) -> None:
    stage = opened(stages, frames=False)
    presses = [
        RawButton(t_ns=at, x=x, y=30, button=1, pressed=pressed, mods=Mods.NONE, injected=False)
        for at, x, pressed in ((10, 40, True), (11, 40, False), (12, -5, True))
    ]
    stage.desk.happen(windows(generation=3), *presses)
    stage.sources.flush(2.0)

    assert stage.desk.focus_oracle().presses == [(10, 40, 30, 3), (12, -5, 30, None)]


def test_only_the_windows_of_allowed_apps_may_be_asked_about_also_when_the_rules_change(stages: list[Stage]) -> None:
    stage = opened(stages, frames=False)
    oracle = stage.desk.focus_oracle()
    stage.desk.happen(windows(generation=2))
    stage.sources.flush(2.0)
    assert oracle.asked == [frozenset()]
    assert not oracle.shown[-1]

    editor = Policy(apps=(AppRule(name="editor", executable=EDITOR.executable, wm_class=EDITOR.wm_class),))
    stage.sources.follow(editor, frozenset({Category.SCREENSHOTS}), frozenset())
    assert oracle.asked[-1] == {Ask.FIELDS}
    assert [window.window for window in oracle.shown[-1]] == [2]

    stage.sources.follow(editor, frozenset({Category.SCREENSHOTS}), frozenset({"editor"}))
    assert not oracle.shown[-1]


def test_new_pixels_are_told_to_the_oracle(stages: list[Stage]) -> None:
    stage = opened(stages, Desk(grabber=FakeGrabber([shown()], MONITORS)))
    until(lambda: stage.count(RawFrame) == 1)
    until(lambda: stage.desk.focus_oracle().paints == 1)


def test_without_an_oracle_the_guard_is_told(stages: list[Stage]) -> None:
    class Absent(FakeFocusOracle):
        def open(self) -> None:
            raise PlatformError("none here")

    fault = opened(stages, Desk(oracle=Absent())).sources.without_oracle()
    assert fault is not None
    assert fault.fault is Fault.ACCESSIBILITY_LOST
    assert opened(stages).sources.without_oracle() is None


def test_an_oracle_that_can_not_be_opened_yet_goes_on_trying_and_is_told_what_it_needs(stages: list[Stage]) -> None:
    class Late(FakeFocusOracle):
        """Connects while it runs."""

        def open(self) -> None:
            raise PlatformError("the bus does not answer yet")

        def run(self, emit: Emit) -> None:
            emit(RawFault(t_ns=2, fault=Fault.ACCESSIBILITY_LOST, over=True))
            super().run(emit)

    stage = opened(stages, Desk(oracle=Late()), frames=False)
    stage.desk.happen(windows(generation=2), key())
    stage.sources.flush(2.0)

    assert stage.sources.without_oracle() is not None
    until(lambda: stage.count(RawFault) == 1)
    assert stage.desk.focus_oracle().told[-1][0] == 2
    assert stage.desk.focus_oracle().nudges == 1


def test_a_window_that_becomes_allowed_on_a_still_screen_is_read(stages: list[Stage]) -> None:
    stage = Stage(Desk())
    stages.append(stage)
    planned: list[Rect] = []
    stage.sources._plan = lambda _: tuple(planned)
    stage.sources.open()
    stage.desk.grabber().show(shown())
    until(lambda: stage.count(RawFrame) == 1)
    stage.sources.frame_taken()
    planned.append(SCREEN)

    until(lambda: stage.count(RawFrame) == 2)
    assert [len(item.patches) for item in stage.items if isinstance(item, RawFrame)] == [0, 1]
    stage.sources.frame_taken()
    time.sleep(LOOK_S + 0.1)  # that nothing comes can't be awaited
    assert stage.count(RawFrame) == 2


def test_no_more_frames_wait_than_there_are_slots(stages: list[Stage]) -> None:
    stage = opened(stages)
    stage.desk.grabber().show(*(shown(colour=(number, 0, 0)) for number in range(20)))
    until(lambda: stage.count(RawFrame) == FRAME_SLOTS)
    time.sleep(0.05)  # that nothing comes can't be awaited
    assert stage.count(RawFrame) == FRAME_SLOTS

    stage.sources.frame_taken()
    until(lambda: stage.count(RawFrame) == FRAME_SLOTS + 1)


def test_opening_again_makes_no_more_slots(stages: list[Stage]) -> None:
    """The frames of before the pause are still with the worker, which gives their slots back later."""
    stage = opened(stages)
    stage.desk.grabber().show(*(shown(colour=(number, 0, 0)) for number in range(30)))
    for _ in range(4):
        until(lambda: stage.count(RawFrame) == FRAME_SLOTS)
        stage.sources.close()
        stage.sources.open()
        time.sleep(0.02)
        assert stage.count(RawFrame) == FRAME_SLOTS


def test_a_frame_that_found_no_room_gives_its_slot_back(stages: list[Stage]) -> None:
    stage = opened(stages, capacity=1)
    stage.desk.grabber().show(*(shown(colour=(number, 0, 0)) for number in range(10)))
    until(lambda: stage.inbox.lost.get("frame", 0) > FRAME_SLOTS + 1)
    stage.sources.close()

    assert stage.sources._frame_slots._value == FRAME_SLOTS


def test_a_change_is_told_before_the_frame_that_shows_it(stages: list[Stage]) -> None:
    stage = opened(stages)
    stage.desk.grabber().show(shown())
    until(lambda: stage.count(RawFrame) == 1)

    kinds = [type(item) for item in stage.items if isinstance(item, RawFrame | RawDamage)]
    assert kinds[-2:] == [RawDamage, RawFrame] or kinds.index(RawDamage) < kinds.index(RawFrame)


def test_without_the_category_nobody_opens_the_screen(stages: list[Stage]) -> None:
    class Untouched(FakeGrabber):
        def open(self) -> None:
            raise AssertionError

    stage = opened(stages, Desk(grabber=Untouched([], MONITORS)), frames=False)
    assert stage.sources.died is None
    assert {thread.name for thread in stage.sources._threads} == {"input", "accessibility"}


class NoScreen(FakeGrabber):
    def __init__(self, error: Exception) -> None:
        super().__init__([], MONITORS)
        self.error = error

    def open(self) -> None:
        raise self.error


@pytest.mark.parametrize("error", [PlatformError("no screen"), OSError(CANARY)])
def test_a_part_that_cannot_open_leaves_none_open(error: Exception) -> None:
    stage = Stage(Desk(grabber=NoScreen(error)))
    before = set(threading.enumerate())

    with pytest.raises(PlatformError) as refused:
        stage.sources.open()

    assert CANARY not in refused.value.message
    assert stage.sources._parts == []
    until(lambda: set(threading.enumerate()) <= before)


def test_what_a_late_part_says_after_the_close_is_not_heard(stages: list[Stage]) -> None:
    class Late(FakeFocusOracle):
        """Still waiting for an answer when it is closed; gives it afterwards."""

        answer = threading.Event()
        done = threading.Event()

        def run(self, emit: Emit) -> None:
            super().run(emit)
            self.answer.wait(5)
            emit(RawFocus(t_ns=1, window=1, element="field", role=Role.TEXT))
            self.done.set()

        def close(self) -> None:
            super().close()
            threading.Timer(0.05, self.answer.set).start()

    oracle = Late()
    stage = opened(stages, Desk(oracle=oracle))
    stage.sources.close()
    assert oracle.done.wait(2)

    assert stage.count(RawFocus) == 0


def test_the_first_thread_that_ends_unasked_is_named_by_its_type_alone(stages: list[Stage]) -> None:
    class Dying(FakeInputSource):
        def run(self, emit: Emit) -> None:
            raise KeyError(CANARY)

    stage = opened(stages, Desk(input=Dying([], NOTHING)))
    until(lambda: stage.sources.died is not None)

    assert stage.sources.died == "input: KeyError"


def test_closing_is_no_death_and_may_be_done_twice(stages: list[Stage]) -> None:
    stage = opened(stages)
    stage.sources.close()
    stage.sources.close()

    assert stage.sources.died is None
    assert stage.sources._threads == []


def test_a_part_that_fails_to_close_keeps_no_other_open(stages: list[Stage]) -> None:
    class Stubborn(FakeFocusOracle):
        def close(self) -> None:
            super().close()
            raise PlatformError("the bus is gone")

    stage = opened(stages, Desk(oracle=Stubborn()))
    stage.sources.close()

    assert stage.desk.input_source()._closed
    assert stage.desk.grabber()._closed


def test_a_display_that_cannot_be_read_now_is_tried_again(stages: list[Stage]) -> None:
    class Sleepy(FakeGrabber):
        tries = 0

        def grab(self, plan: KeepPlan) -> RawFrame | None:
            self.tries += 1
            return None if self.tries < 5 else super().grab(plan)

    grabber = Sleepy([shown()], MONITORS)
    stage = opened(stages, Desk(grabber=grabber))
    until(lambda: stage.count(RawFrame) == 1)

    assert grabber.tries >= 5
