"""Hours of a made-up working day, as the guard would hand them to the store; all from a seed.

One hour: 130,000 events (nine of ten are pointer moves at 60 Hz in bursts, the rest clicks, wheel, shortcuts, text runs
and gaps), 360 contexts of five apps, 1,200 masked pictures of 1920x1080 with a redaction row each.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recorder.model.geometry import Rect
from recorder.model.redacted import (
    Channel,
    CountBucket,
    EventKind,
    FrameSeen,
    GapReason,
    Redacted,
    RedactedContext,
    RedactedEvent,
    RedactedFrame,
    Redaction,
    RedactionMethod,
    Trigger,
)
from recorder.model.seals.guard import SEAL

SEED = 20261121
SIZE_PX = (1920, 1080)
APPS = ("Editor", "Browser", "Terminal", "Mail", "Drawing")
S = 1_000_000
HOUR_S = 3600
EVENTS_PER_HOUR, FRAMES_PER_HOUR, CONTEXTS_PER_HOUR = 130_000, 1_200, 360
PER_S = EVENTS_PER_HOUR // HOUR_S  # 36; what is left over are the rarer kinds below


def hour(
    number: int, *, seconds: int = HOUR_S, pictures: bool = True, size_px: tuple[int, int] = SIZE_PX
) -> Iterator[Redacted]:
    """Everything of one hour, in order of time. `seconds`: only its beginning."""
    random = np.random.default_rng([SEED, number])
    base_s = number * HOUR_S
    stay_s, every_s = HOUR_S // CONTEXTS_PER_HOUR, HOUR_S // FRAMES_PER_HOUR
    at_px = np.array([900.0, 500.0])
    for second in range(seconds):
        t_us, context_id = (base_s + second) * S, (base_s + second) // stay_s
        app = APPS[context_id * 7 % len(APPS)]
        if second % stay_s == 0:
            yield _context(context_id, t_us, app)
        path = at_px + np.cumsum(np.cumsum(random.normal(0, 1.5, (PER_S, 2)), axis=0), axis=0)
        path = np.clip(path, 0, (size_px[0] - 1, size_px[1] - 1))
        at_px, xs, ys = path[-1], path[:, 0].astype(int).tolist(), path[:, 1].astype(int).tolist()
        jitter = random.integers(-300, 300, PER_S).tolist()
        for step in range(PER_S):
            at = t_us + 1000 + step * 16_667 + jitter[step]
            yield _event(at, EventKind.POINTERMOVE, context_id, app, x=xs[step], y=ys[step], injected=False)
        yield from _rare(random, second, t_us + 700_000, context_id, app, xs[-1], ys[-1])
        if pictures and second % every_s == 0:
            yield from _picture(base_s // every_s + second // every_s, t_us + 800_000, context_id, app, size_px)


def _rare(
    random: np.random.Generator, second: int, t_us: int, context_id: int, app: str, x: int, y: int
) -> Iterator[RedactedEvent]:
    """What is no move: about 400 an hour, of every kind."""
    kind = second % 9
    if kind == 0:
        for pressed in (True, False):
            at = t_us + (not pressed) * int(random.integers(60_000, 120_000))
            yield _event(at, EventKind.BUTTON, context_id, app, x=x, y=y, button=1, pressed=pressed, injected=False)
    elif kind == 3:
        yield _event(t_us, EventKind.WHEEL, context_id, app, x=x, y=y, scroll_dx=0, scroll_dy=-120, injected=False)
    elif kind == 5:
        for pressed in (True, False):
            at = t_us + (not pressed) * 45_000
            yield _event(at, EventKind.KEY, context_id, app, key="ctrl+s", keycode=31, mods=2, pressed=pressed)
    elif kind == 7:
        end = {"t_end_us": t_us + 100_000, "count_bucket": CountBucket.TO_16}
        yield _event(t_us, EventKind.TEXT_RUN, context_id, app, **end)
    elif second % 60 == 8:
        yield RedactedEvent(
            t_us=t_us,
            kind=EventKind.GAP,
            t_end_us=t_us + 50_000,
            reason=GapReason.APP_NOT_ALLOWED,
            channel=Channel.ALL,
            seal=SEAL,
        )


def _event(t_us: int, kind: EventKind, context_id: int, app: str, **more: Any) -> RedactedEvent:
    return RedactedEvent(t_us=t_us, kind=kind, context_id=context_id, app=app, **more, seal=SEAL)


def _context(context_id: int, t_us: int, app: str) -> RedactedContext:
    return RedactedContext(
        context_id=context_id,
        t_us=t_us,
        app=app,
        window_title=f"[name] - page {context_id % 23} - {app}",
        url_host="example.org" if app == "Browser" else None,
        url_path=f"/page/{context_id % 23}" if app == "Browser" else None,
        window_rect=Rect(0, 0, 1920, 1040),
        screen=0,
        source="fake",
        seal=SEAL,
    )


def _picture(
    frame_id: int, t_us: int, context_id: int, app: str, size_px: tuple[int, int]
) -> Iterator[RedactedFrame | FrameSeen | Redaction]:
    yield RedactedFrame(
        frame_id=frame_id,
        t_us=t_us,
        screen=0,
        width=size_px[0],
        height=size_px[1],
        scale=1.0,
        trigger=Trigger.ACTION_PRE,
        context_id=context_id,
        n_redactions=40,
        masked_px=300_000,
        withheld_px=0,
        apps=(app,),
        rgb=pixels(frame_id, APPS.index(app), size_px).tobytes(),
        seal=SEAL,
    )
    yield Redaction(
        t_us=t_us,
        target="frames",
        ref_id=frame_id,
        field="image",
        rect=Rect(30, 50, 600, 10),
        category="text_region",
        detector="mask_all/1",
        method=RedactionMethod.SOLID,
        count=40,
        seal=SEAL,
    )
    yield FrameSeen(frame_id=frame_id, t_us=t_us + 100_000, seal=SEAL)


def pixels(frame_id: int, app: int, size_px: tuple[int, int] = SIZE_PX) -> NDArray[np.uint8]:
    """(height, width, 3) uint8: a window with bars, icons, a shaded area, and lines of text masked in one colour.

    Every thirty pictures the document is another one; from one picture to the next one line grows, as in typing.
    """
    width, height = size_px
    made = document(frame_id // 30, app, size_px).copy()
    typed = height // 12 + 24 * (frame_id % 30 % max(1, (height - 120) // 24))
    made[typed : typed + 16, width // 7 : width // 7 + width // 4 + frame_id % 30 * 8] = (90, 90, 90)
    return made


@lru_cache(maxsize=1)
def document(number: int, app: int, size_px: tuple[int, int]) -> NDArray[np.uint8]:
    width, height = size_px
    look = np.random.default_rng([SEED, app, number])
    made = np.full((height, width, 3), (245, 246, 248), np.uint8)
    made[: height // 24] = (40 + 30 * app, 60, 90)
    made[:, : width // 8] = (225, 228, 232)
    ramp = np.linspace(90, 220, width // 4).astype(np.uint8)
    made[height // 2 : height // 2 + height // 5, width // 2 : width // 2 + width // 4] = ramp[None, :, None]
    for top in range(height // 12, height - 20, 24):
        length = int(look.integers(width // 10, width // 3)) // 8 * 8
        made[top : top + 16, width // 7 : width // 7 + length] = (90, 90, 90)
    for place in range(8, height - 24, 40):  # icons: small and noisy, not text-like
        made[place : place + 16, 16:32] = look.integers(0, 255, (16, 16, 3), np.uint8)
    return made
