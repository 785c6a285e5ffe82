"""A monitor's number stands for one place and size: whatever comes and goes, no other place ever gets it."""

from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.screens import Screens
from recorder.model.geometry import Monitor, Rect
from recorder.model.raw import RawFrame, RawWindows

LEFT, RIGHT, WHOLE = Rect(0, 0, 640, 800), Rect(640, 0, 640, 800), Rect(0, 0, 1280, 800)


def stack(*places: Rect) -> RawWindows:
    """As the platform counts: from 0 on, whatever was there before."""
    monitors = tuple(Monitor(index=index, rect=rect) for index, rect in enumerate(places))
    return RawWindows(t_ns=0, generation=1, stack=(), focused=None, monitors=monitors, composited=False)


def numbers(screens: Screens, *places: Rect) -> list[int]:
    return [monitor.index for monitor in screens.windows(stack(*places)).monitors]


def test_the_monitors_of_the_start_keep_the_numbers_that_the_session_states() -> None:
    screens = Screens((Monitor(index=0, rect=LEFT), Monitor(index=1, rect=RIGHT)))

    assert numbers(screens, LEFT, RIGHT) == [0, 1]
    assert numbers(screens, RIGHT) == [1]  # the platform calls it 0 now
    assert numbers(screens, WHOLE) == [2]
    assert numbers(screens, LEFT, RIGHT) == [0, 1]


def test_mirrors_of_one_place_are_told_apart() -> None:
    assert numbers(Screens(), LEFT, LEFT) == [0, 1]


def test_windows_whose_monitors_are_called_right_are_not_copied() -> None:
    windows = stack(LEFT, RIGHT)

    assert Screens(windows.monitors).windows(windows) is windows


def test_a_frame_goes_by_the_same_numbers() -> None:
    screens = Screens((Monitor(index=0, rect=LEFT),))
    frame = RawFrame(t_start_ns=0, t_end_ns=1, windows=stack(RIGHT), steady=True, full=True, live=True, patches=())

    assert [monitor.index for monitor in screens.frame(frame).windows.monitors] == [1]
    assert numbers(screens, RIGHT) == [1]


rects = st.sampled_from([LEFT, RIGHT, WHOLE, Rect(0, 0, 320, 200)])


@given(st.lists(st.lists(rects, max_size=4, unique=True), max_size=12))
def test_no_two_places_ever_have_the_same_number(times: list[list[Rect]]) -> None:
    screens, seen = Screens(stack(*times[0]).monitors if times else ()), set()
    for places in times:
        seen |= {(monitor.index, monitor.rect) for monitor in screens.windows(stack(*places)).monitors}

    assert len({index for index, _ in seen}) == len({rect for _, rect in seen}) == len(seen)
