"""Every event that happened is accounted for: stored, aggregated into a text run, or withheld for a stated reason."""

import collections
from typing import Any

import pytest

from recorder.demo.desktop import VirtualDesktop
from recorder.demo.volunteer import Volunteer, session_of
from tests.e2e.conftest import OpenWindow

pytestmark = [pytest.mark.desktop]

GREEN, RED = 0x00C800, 0xC80000
Injected = collections.Counter[str]


def move(desktop: VirtualDesktop, count: int, delay_s: float) -> Injected:
    """`count` moves, each to another place inside the window at (100, 100) of 800 x 600, in one xdotool process."""
    places = [(120 + (i * 7) % 700, 120 + (i * 3) % 500) for i in range(count)]
    pause = ("sleep", delay_s) if delay_s else ()
    for at in range(0, count, 100):  # more at once, unwaited, could hang the X server (docs/limitations.md)
        steps = [word for x, y in places[at : at + 100] for word in ("mousemove", x, y, *pause)]
        desktop.xdotool(*steps, timeout_s=120)
    return Injected(pointermove=count)


def click(desktop: VirtualDesktop, count: int) -> Injected:
    desktop.xdotool("click", "--repeat", count, "--delay", 15, 1)
    return Injected(button=2 * count)


def drag(desktop: VirtualDesktop, count: int) -> Injected:
    for i in range(count):
        x = 200 + i * 10
        desktop.xdotool("mousemove", x, 300, "mousedown", 1, "mousemove", x + 60, 340, "mouseup", 1)
    return Injected(pointermove=2 * count, button=2 * count)


def wheel(desktop: VirtualDesktop, count: int) -> Injected:
    desktop.xdotool("click", "--repeat", count, "--delay", 10, 5)
    return Injected(wheel=count)


def type_words(desktop: VirtualDesktop, text: str, count: int) -> Injected:
    for _ in range(count):
        desktop.xdotool("type", "--delay", 4, text)
    return Injected(key=2 * len(text) * count)


def shortcuts(desktop: VirtualDesktop, count: int) -> Injected:
    desktop.xdotool("key", "--delay", 12, *["ctrl+c"] * count)
    desktop.xdotool("key", "--delay", 12, *["Right"] * count)
    return Injected(key=4 * count + 2 * count)


def workload(desktop: VirtualDesktop, window: int) -> Injected:
    """More than 4,000 events: moves at 60 and 125 Hz and as fast as it goes, clicks, drags, wheel, keys."""
    desktop.xdotool("windowactivate", "--sync", window, "mousemove", 110, 110)
    total = Injected(pointermove=1)
    total += move(desktop, 300, 1 / 60)
    total += move(desktop, 500, 1 / 125)
    total += move(desktop, 1200, 0)
    total += click(desktop, 100)
    total += drag(desktop, 20)
    total += wheel(desktop, 120)
    total += type_words(desktop, "the quick brown fox jumps over the lazy dog ", 15)
    return total + shortcuts(desktop, 80)


def seen(counters: dict[str, Any]) -> Injected:
    return Injected({kind: counters[kind]["seen"] for kind in ("pointermove", "button", "wheel", "key")})


def balances(tally: dict[str, Any]) -> bool:
    return bool(tally["seen"] == tally["stored"] + tally["aggregated"] + sum(tally["withheld"].values()))


def test_every_injected_event_is_in_the_store_or_in_a_text_run(
    keyring_desktop: VirtualDesktop, volunteer: Volunteer, plain_window: OpenWindow
) -> None:
    window = plain_window("Green", GREEN, 100, 100, 800, 600)
    volunteer.do("allow", "Green")
    with volunteer.recording() as process:
        injected = workload(keyring_desktop, window)
    counters = volunteer.ask("show", session_of(process))["counters"]

    assert sum(injected.values()) >= 4000
    assert seen(counters) == injected
    assert all(balances(tally) for tally in counters.values())
    for kind in ("pointermove", "button", "wheel"):
        assert counters[kind]["stored"] == injected[kind]
    typed = 2 * 44 * 15
    assert counters["key"]["aggregated"] == typed
    assert counters["key"]["stored"] == injected["key"] - typed


def test_an_app_that_is_not_allowed_leaves_nothing_but_gaps(
    keyring_desktop: VirtualDesktop, volunteer: Volunteer, plain_window: OpenWindow
) -> None:
    window = plain_window("Red", RED, 100, 100, 800, 600)
    volunteer.do("allow", "Green")
    with volunteer.recording() as process:
        keyring_desktop.xdotool("windowactivate", "--sync", window, "mousemove", 110, 110)
        injected = Injected(pointermove=1) + move(keyring_desktop, 100, 0) + click(keyring_desktop, 5)
        injected += type_words(keyring_desktop, "nobody may know", 2) + shortcuts(keyring_desktop, 5)
    session = session_of(process)
    counters = volunteer.ask("show", session)["counters"]
    events = volunteer.ask("show", session, "--events")

    assert seen(counters) == injected
    assert all(tally["stored"] == 0 and tally["aggregated"] == 0 for tally in counters.values())
    assert {event["kind"] for event in events} <= {"gap"}
    assert {event["reason"] for event in events} <= {"app_not_allowed"}
