"""A recorded session with made-up things in it that a guard should not have let through, in every stream."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from recorder.model.element import ElementRole
from recorder.model.redacted import (
    EventKind,
    KeyClass,
    RedactedContext,
    RedactedFrame,
    Redaction,
    RedactionMethod,
    Trigger,
)
from recorder.model.seals.guard import SEAL
from tests.recorded import Story, event

SIZE_PX = (640, 400)
PHONE, CARD, MAIL = "0151 23456789", "4111 1111 1111 1111", "zelda.qhktfzt@example.org"
NAME, TOKEN, SECRET = "Zelda Qhktfzt", "xK9f2Lq0Wv7", "hunter-two"
PLACE = (60, 120)


def painted(text: str = "", *, boxes: int = 3, at: tuple[int, int] = PLACE, size_px: int = 20) -> bytes:
    """A masked picture: a window, filled boxes in it, and `text` where nobody masked it."""
    image = Image.new("RGB", SIZE_PX, "#e8e8e8")
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, 600, 380), fill="white")
    for number in range(boxes):
        pen.rectangle((40, 200 + 40 * number, 40 + 32 * (3 + number), 218 + 40 * number), fill="#808080")
    if text:
        pen.text(at, text, font=ImageFont.load_default(size_px), fill="#202020")
    return np.asarray(image).tobytes()


def frame(frame_id: int, t_us: int, rgb: bytes) -> tuple[int, RedactedFrame]:
    return t_us, RedactedFrame(
        frame_id=frame_id,
        t_us=t_us,
        screen=0,
        width=SIZE_PX[0],
        height=SIZE_PX[1],
        scale=1.0,
        trigger=Trigger.ACTION_PRE,
        context_id=0,
        n_redactions=3,
        masked_px=100,
        withheld_px=0,
        apps=("Editor",),
        rgb=rgb,
        seal=SEAL,
    )


def words_shown(frame_id: int, t_us: int) -> tuple[int, Redaction]:
    """The row that says that more than masks was at work in a frame."""
    return t_us, Redaction(
        t_us=t_us,
        target="frames",
        ref_id=frame_id,
        field="image",
        rect=None,
        category="word",
        detector="reveal/1",
        method=RedactionMethod.SOLID,
        count=1,
        seal=SEAL,
    )


def context(context_id: int, t_us: int, title: str, host: str | None, path: str | None) -> tuple[int, RedactedContext]:
    return t_us, RedactedContext(
        context_id=context_id,
        t_us=t_us,
        app="Browser",
        window_title=title,
        url_host=host,
        url_path=path,
        window_rect=None,
        screen=0,
        source="fake",
        seal=SEAL,
    )


def keys(run: int, t_us: int, typed: Sequence[str | None]) -> list[tuple[int, object]]:
    """The key rows of a run, down and up; None stands for a masked key."""
    return [
        event(
            t_us + 100_000 * number + 50_000 * (not pressed),
            EventKind.KEY,
            run=run,
            pressed=pressed,
            key_class=KeyClass.MASKED if character is None else KeyClass.LETTER,
            char=character,
            injected=False,
        )
        for number, character in enumerate(typed)
        for pressed in (True, False)
    ]


def story(extra: Sequence[tuple[int, object]] = (), *, task: str | None = None) -> Story:
    """Nothing to look at but what is in `extra` and `task`."""
    return Story(titles=("notes", "start page"), frames=0, size_px=SIZE_PX, task=task, extra=list(extra))


def full_story() -> Story:
    """One thing in every stream; two of the pictures are the same bytes."""
    target = event(31_000_000, EventKind.TARGET, target_role=ElementRole.LINK, target_name=f"Call {PHONE}")
    text = event(33_000_000, EventKind.TEXT_RUN, t_end_us=34_000_000, run=1, text=f"my password: {SECRET}")
    return story(
        [
            frame(100, 1_000_000, painted(f"card {CARD}")),
            frame(101, 2_000_000, painted()),
            frame(102, 3_000_000, painted(f"card {CARD}")),
            context(50, 30_500_000, f"Chat with {NAME} today", "example.org", "/find?who=zelda"),
            target,
            text,
            *keys(7, 40_000_000, list(MAIL)),
        ],
        task=f"use the key {TOKEN}",
    )
