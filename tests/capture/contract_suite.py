"""What every input source promises. Subclass `InputSourceContract` and give it a `stage`."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from recorder.capture.contract import InputSource
from recorder.model.raw import RawButton, RawEvent, RawKey, RawPointer, RawWheel, RawWindows
from tests.capture.hearing import Hearing, hearing

CLOSE_WITHIN_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A source, and a person in front of it. `key` types a key by its X name (down, up)."""

    source: InputSource
    move: Callable[[int, int], None]
    click: Callable[[int], None]
    wheel_up: Callable[[], None]
    key: Callable[[str], None]


class InputSourceContract:
    """The contract of `recorder.capture.contract.InputSource`, as sentences."""

    @pytest.fixture
    def stage(self) -> Stage:
        raise NotImplementedError

    def test_the_windows_come_before_anything_else(self, stage: Stage) -> None:
        with hearing(stage.source) as heard:
            stage.move(20, 30)

            assert heard.all(RawPointer)
        assert isinstance(heard.events[0], RawWindows)

    def test_a_move_ends_where_the_pointer_went(self, stage: Stage) -> None:
        with hearing(stage.source) as heard:
            for x in range(40, 60):
                stage.move(x, 2 * x)

            assert [(move.x, move.y) for move in heard.all(RawPointer)] == [(x, 2 * x) for x in range(40, 60)]

    def test_a_click_is_a_press_and_a_release_where_the_pointer_is(self, stage: Stage) -> None:
        with hearing(stage.source) as heard:
            stage.move(70, 71)
            stage.click(3)

            clicks = [(b.button, b.pressed, b.x, b.y) for b in heard.all(RawButton)]
        assert clicks == [(3, True, 70, 71), (3, False, 70, 71)]

    def test_a_notch_of_the_wheel_is_one_event_and_no_button(self, stage: Stage) -> None:
        with hearing(stage.source) as heard:
            stage.move(80, 81)
            stage.wheel_up()

            assert [(w.dx, w.dy) for w in heard.all(RawWheel)] == [(0.0, 1.0)]
            assert not heard.all(RawButton)

    def test_a_key_has_its_name_and_its_character(self, stage: Stage) -> None:
        with hearing(stage.source) as heard:
            for name in ("a", "Return", "7"):
                stage.key(name)

            keys = [(k.keysym, k.text, k.pressed) for k in heard.all(RawKey)]
        assert keys[:2] == [("a", "a", True), ("a", "a", False)]
        assert keys[2:4] == [("Return", None, True), ("Return", None, False)]
        assert keys[4:] == [("7", "7", True), ("7", "7", False)]

    def test_time_never_runs_backwards_and_is_the_monotonic_clock(self, stage: Stage) -> None:
        before_ns = time.monotonic_ns()
        with hearing(stage.source) as heard:
            for n in range(20):
                stage.move(100 + n, 100)
                stage.key("b")
            heard.all(RawKey)
        after_ns = time.monotonic_ns()

        times = [event.t_ns for event in heard.events if not isinstance(event, RawWindows)]
        assert times == sorted(times)
        assert self.earliest(before_ns) <= times[0]
        assert times[-1] <= after_ns

    def earliest(self, before_ns: int) -> int:
        """From when on an event may be stamped that happened after `before_ns`."""
        return before_ns

    def test_flush_means_that_everything_is_here(self, stage: Stage) -> None:
        with hearing(stage.source) as heard:
            for n in range(1, 6):
                stage.move(200 + n, 50)

                assert heard.source.flush(10.0)
                assert [event.x for event in heard.events if isinstance(event, RawPointer)][-1] == 200 + n

    def test_close_ends_a_blocked_run_at_once(self, stage: Stage) -> None:
        with hearing(stage.source) as heard:
            assert heard.wait_for(lambda event: isinstance(event, RawWindows))
            assert ended_after_s(heard) < CLOSE_WITHIN_S

    def test_closing_twice_or_before_running_is_no_error(self, stage: Stage) -> None:
        stage.source.open()
        stage.source.close()
        stage.source.close()
        heard: list[RawEvent] = []
        stage.source.run(heard.append)

        assert not [event for event in heard if not isinstance(event, RawWindows)]

    def test_a_closed_source_hears_nothing_and_can_be_opened_again(self, stage: Stage) -> None:
        with hearing(stage.source) as first:
            stage.key("c")
            assert len(first.all(RawKey)) == 2
        stage.key("d")
        with hearing(stage.source) as second:
            stage.key("e")

            assert [key.text for key in second.all(RawKey)] == ["e", "e"]
        assert len([event for event in first.events if isinstance(event, RawKey)]) == 2


def ended_after_s(heard: Hearing) -> float:
    """Close from this thread; how long `run` took to return in its own."""
    start_s = time.monotonic()
    heard.source.close()
    heard.thread.join(5)
    assert not heard.thread.is_alive()
    return time.monotonic() - start_s
