"""The leak self-test on the desktop at hand: real windows and pixels through the real guard, in memory only.

The canaries are the recorder's own badge, which stands above everything and may be in no picture, and a made-up word
that is typed at the guard (not at the desktop: nobody's window receives a key).
"""

import time
from collections.abc import Iterable

import numpy as np

from recorder.capture.contract import Backend, IndicatorState
from recorder.errors import PlatformError, RecorderError
from recorder.guard import Guard
from recorder.model.consent import Category
from recorder.model.geometry import Rect
from recorder.model.policy import AppRule, Policy
from recorder.model.raw import Mods, RawApp, RawButton, RawFrame, RawKey, RawWindows
from recorder.model.redacted import Redacted, RedactedFrame

CANARY = "qzvxkwjhqzvx"
TRIES = 10
SETTLE_S = 0.8  # under a compositor nothing is read sooner of a window that is new to the grabber


def leak_self_test(backend: Backend) -> str:
    """Act as if every open app were allowed; what still may not be seen must not be seen. What was shown, in words.

    Raises: RecorderError when something leaked; PlatformError when this desktop can't be looked at.
    """
    badge = backend.indicator()
    badge.open(IndicatorState.WITHHOLDING)
    try:
        frame = _steady_frame(backend)
    finally:
        badge.close()
    rows = _through_the_guard(frame)
    _check_keys(rows)
    pictures = [row for row in rows if isinstance(row, RedactedFrame)]
    if not pictures:
        return "a canary typed at the guard left nothing; pictures are withheld on this desktop as it is now"
    _check_badge(frame.windows, pictures)
    return "a canary typed at the guard left nothing; the badge is in no picture"


def _steady_frame(backend: Backend) -> RawFrame:
    grabber = backend.grabber()
    grabber.open()
    try:
        for _ in range(TRIES):
            grabber.rest(SETTLE_S)
            frame = grabber.grab(lambda windows: _guard(windows).keep_plan(windows))
            if frame is not None and frame.steady and any(window.own for window in frame.windows.stack):
                return frame
    finally:
        grabber.close()
    raise PlatformError("the windows on this desktop never stand still", hint="close what moves and try again")


def _guard(windows: RawWindows) -> Guard:
    rules = tuple(_rule(window.app) for window in windows.stack if window.app is not None and _known(window.app))
    policy = Policy(apps=tuple(dict.fromkeys(rules)))
    return Guard(policy=policy, categories=frozenset(Category), t0_ns=0, source="self_test")


def _known(app: RawApp) -> bool:
    return bool(app.executable or app.wm_class)


def _rule(app: RawApp) -> AppRule:
    return AppRule(name="any", executable=app.executable, wm_class=app.wm_class)


def _through_the_guard(frame: RawFrame) -> list[Redacted]:
    """The windows, the canary's keys, the frame, and an action that makes the guard keep the picture."""
    guard = _guard(frame.windows)
    now_ns = frame.t_end_ns
    rows = guard.step(frame.windows)
    for number, letter in enumerate(CANARY):
        for pressed in (True, False):
            rows += guard.step(
                RawKey(
                    t_ns=now_ns + number,
                    keycode=30,
                    keysym=letter,
                    text=letter,
                    pressed=pressed,
                    mods=Mods.NONE,
                    injected=True,
                )
            )
    rows += guard.see_frame(frame)
    middle = frame.windows.monitors[0].rect
    for delay_ns in (1_000_000_000, 12_000_000_000):
        press = RawButton(
            t_ns=now_ns + delay_ns, x=middle.x, y=middle.y, button=1, pressed=True, mods=Mods.NONE, injected=True
        )
        rows += guard.step(press) + guard.tick(now_ns + delay_ns + 1)
    return rows + guard.close(time.monotonic_ns() + 60_000_000_000)


def _check_keys(rows: Iterable[Redacted]) -> None:
    """No row but a picture may hold a letter of the canary in any field; none may hold it as a whole."""
    for row in rows:
        key = getattr(row, "key", None)
        if key in set(CANARY) or (not isinstance(row, RedactedFrame) and CANARY in repr(row)):
            raise RecorderError("the leak self-test failed: a typed key passed the guard", hint="do not record")


def _check_badge(windows: RawWindows, pictures: Iterable[RedactedFrame]) -> None:
    own = [window.rect for window in windows.stack if window.own]
    for picture in pictures:
        monitor = next(one for one in windows.monitors if one.index == picture.screen)
        pixels = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
        for rect in own:
            if _shows(pixels, monitor.rect, rect):
                raise RecorderError("the leak self-test failed: the badge is in a picture", hint="do not record")


def _shows(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", monitor: Rect, rect: Rect) -> bool:
    """Whether any pixel of `rect` (desktop coordinates) is anything but withheld (black) in the monitor's picture."""
    part = monitor.intersect(rect)
    if part is None:
        return False
    x, y = part.x - monitor.x, part.y - monitor.y
    return bool(pixels[y : y + part.height, x : x + part.width].any())
