"""The fake keeps the same contract as the real thing, and does exactly what its script says."""

from itertools import count

import numpy as np
import pytest

from recorder.capture.backends.fake import MONITORS, FakeBackend, FakeFrame, paint
from recorder.capture.contract import IndicatorSignal, IndicatorState
from recorder.errors import PlatformError
from recorder.model.geometry import Rect
from recorder.model.raw import Mods, RawButton, RawEvent, RawKey, RawPointer, RawWheel, RawWindows
from tests.capture.contract_suite import InputSourceContract, Stage
from tests.capture.hearing import hearing

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def windows(generation: int, t_ns: int = 0) -> RawWindows:
    return RawWindows(t_ns=t_ns, generation=generation, stack=(), focused=None, monitors=MONITORS, composited=False)


class TestFakeInputSource(InputSourceContract):
    @pytest.fixture
    def stage(self) -> Stage:
        source = FakeBackend().input_source()
        clock = count(1)
        at = [0, 0]

        def move(x: int, y: int) -> None:
            at[:] = x, y
            source.push(RawPointer(t_ns=next(clock), x=x, y=y, injected=False))

        def click(button: int) -> None:
            for pressed in (True, False):
                source.push(
                    RawButton(
                        t_ns=next(clock),
                        x=at[0],
                        y=at[1],
                        button=button,
                        pressed=pressed,
                        mods=Mods.NONE,
                        injected=False,
                    )
                )

        def wheel_up() -> None:
            source.push(RawWheel(t_ns=next(clock), x=at[0], y=at[1], dx=0.0, dy=1.0, mods=Mods.NONE, injected=False))

        def key(name: str) -> None:
            text = name if len(name) == 1 else None
            for pressed in (True, False):
                source.push(
                    RawKey(
                        t_ns=next(clock),
                        keycode=1,
                        keysym=name,
                        text=text,
                        pressed=pressed,
                        mods=Mods.NONE,
                        injected=False,
                    )
                )

        return Stage(source=source, move=move, click=click, wheel_up=wheel_up, key=key)

    def earliest(self, before_ns: int) -> int:
        return 0  # the script's time, not the machine's


def test_a_script_is_emitted_in_its_order_with_its_times() -> None:
    script: list[RawEvent] = [windows(4), *(RawPointer(t_ns=n, x=n, y=0, injected=False) for n in (10, 20))]
    backend = FakeBackend(script)

    assert backend.windows().generation == 4
    with hearing(backend.input_source()) as heard:
        assert [move.t_ns for move in heard.all(RawPointer)] == [10, 20]
    assert heard.events == script


def test_a_grab_reads_only_what_the_plan_keeps() -> None:
    picture = paint(MONITORS, (Rect(10, 10, 20, 20), (1, 2, 3)))
    grabber = FakeBackend(frames=[FakeFrame(t_ns=5, windows=windows(1), picture=picture)]).grabber()
    grabber.open()

    assert grabber.wait(0) == 5
    frame = grabber.grab(lambda _: [Rect(10, 10, 20, 20)])

    assert frame is not None
    assert frame.full
    assert [patch.rect for patch in frame.patches] == [Rect(10, 10, 20, 20)]
    assert bytes(frame.patches[0].bgrx) == bytes((3, 2, 1, 0)) * 400


def test_the_next_grab_of_the_same_windows_brings_what_changed() -> None:
    keep = [Rect(0, 0, 100, 100)]
    first, second = paint(MONITORS), paint(MONITORS, (Rect(30, 40, 5, 6), WHITE), (Rect(200, 0, 9, 9), WHITE))
    frames = [FakeFrame(t_ns=t, windows=windows(1), picture=p) for t, p in ((1, first), (2, second))]
    grabber = FakeBackend(frames=frames).grabber()
    grabber.open()

    grabber.grab(lambda _: keep)
    update = grabber.grab(lambda _: keep)

    assert update is not None
    assert not update.full
    assert [patch.rect for patch in update.patches] == [Rect(30, 40, 5, 6)]
    assert np.frombuffer(update.patches[0].bgrx, np.uint8).reshape(6, 5, 4)[:, :, :3].min() == 255


def test_windows_that_change_around_a_grab_make_it_unsteady() -> None:
    frame = FakeFrame(t_ns=1, windows=windows(1), picture=paint(MONITORS), windows_after=windows(2))
    grabber = FakeBackend(frames=[frame]).grabber()
    grabber.open()

    got = grabber.grab(lambda _: [])

    assert got is not None
    assert not got.steady
    assert got.patches == ()


def test_the_indicator_remembers_what_it_was_told_and_answers_for_the_person() -> None:
    indicator = FakeBackend().indicator()
    indicator.open(IndicatorState.RECORDING)
    indicator.show(IndicatorState.PAUSED)
    indicator.press()

    assert indicator.wait(0) is IndicatorSignal.TOGGLE_PAUSE
    assert indicator.wait(0) is None
    indicator.lose()
    assert [indicator.wait(0) for _ in range(3)] == [IndicatorSignal.GONE] * 3
    assert indicator.shown == [IndicatorState.RECORDING, IndicatorState.PAUSED]


def test_a_fake_may_refuse_like_a_platform() -> None:
    with pytest.raises(PlatformError):
        FakeBackend(refusal=PlatformError("no")).check()
    assert FakeBackend().jail() == []
