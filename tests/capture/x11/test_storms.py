"""Windows that change 10, 30 and 200 times a second, without and with compositors that fade, on two monitors: no steady
frame, and nothing that the guard would store of it, has a pixel of a window that is not kept."""

import time
from collections.abc import Iterator

import pytest

from recorder.capture.backends.x11.grabber import X11Grabber
from recorder.guard import Guard
from recorder.guard.pixels import GREY
from recorder.model.consent import Category
from recorder.model.geometry import Rect
from recorder.model.policy import AppRule, FramePacing, Policy
from tests.capture.x11.paint import RED, Painter
from tests.capture.x11.storm import Sight, run_storm
from tests.desktop import FADES, VirtualDesktop, enter, start_fading

pytestmark = pytest.mark.desktop

MONITOR = (1280, 720)
BOTH = Rect(0, 0, 2 * MONITOR[0], MONITOR[1])
STRADDLING = 1000  # where the kept window begins, so that it and the others lie on both monitors
REGIMES = ("none", *sorted(FADES))


@pytest.fixture(params=REGIMES)
def grabber(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[X11Grabber]:
    with VirtualDesktop(session_bus=False, second_monitor=True, size=MONITOR) as desktop:
        enter(desktop, monkeypatch)
        if request.param != "none":
            start_fading(desktop, str(request.param))
        camera = X11Grabber()
        camera.open()
        yield camera
        camera.close()


def guard_of_red() -> Guard:
    # As many pictures as there can be: the guard drops those of hasty moments by itself.
    pacing = FramePacing(min_gap_ms=0, max_gap_ms=0)
    rule = AppRule(name="Red", executable=None, wm_class=f"{RED:06x}")
    return Guard(
        policy=Policy(apps=(rule,), pacing=pacing),
        categories=frozenset(Category),
        t0_ns=time.monotonic_ns(),
        source="x11",
    )


def weather(grabber: X11Grabber, *, hollow: bool, per_second: float, seconds: float) -> Sight:
    with Painter(lambda: grabber.rest(0.02)) as painter:
        return run_storm(
            painter,
            grabber,
            hollow=hollow,
            per_second=per_second,
            seconds=seconds,
            left=STRADDLING,
            screen=BOTH,
            guard=guard_of_red(),
        )


def nothing_foreign(sight: Sight) -> bool:
    filled = GREY << 16 | GREY << 8 | GREY
    return sight.colours <= {RED, 0} and sight.stored_colours <= {RED, 0, filled}


@pytest.mark.parametrize("per_second", [10, 200])
def test_no_foreign_pixel_on_either_monitor(grabber: X11Grabber, per_second: float) -> None:
    sight = weather(grabber, hollow=True, per_second=per_second, seconds=4)

    assert nothing_foreign(sight)
    assert sight.steady >= 10


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("per_second", [10, 30, 200])
def test_thousands_of_frames_without_a_foreign_pixel(grabber: X11Grabber, per_second: float) -> None:
    """Nine runs: the frames of all together are well over four thousand. `-rP` prints what each saw."""
    seconds = 90.0
    halves = [weather(grabber, hollow=hollow, per_second=per_second, seconds=seconds / 2) for hollow in (False, True)]
    for name in ("steady", "stored", "naive_leaks"):
        print(per_second, name, sum(getattr(half, name) for half in halves))

    assert all(map(nothing_foreign, halves))
    assert sum(half.steady for half in halves) >= seconds * 5
