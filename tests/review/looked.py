"""Sessions to look at, made by the real writer: a minute of two apps, and whatever a test puts in besides."""

from collections.abc import Sequence
from functools import partial

from recorder.model.redacted import CountBucket, EventKind, RedactedFrame, Redaction, RedactionMethod, Trigger
from recorder.model.seals.guard import SEAL
from recorder.review.held import Held
from recorder.store.session import SessionReader
from tests.recorded import HEIGHT, WIDTH, RecordedHome, S, Story, event, picture


def held(home: RecordedHome, story: Story | None = None) -> Held:
    """One session, recorded and opened."""
    return Held(reader(home, story))


def reader(home: RecordedHome, story: Story | None = None) -> SessionReader:
    return SessionReader(home.path, home.record(story or Story()), home.unlocked)


def frame(
    frame_id: int, t_us: int, *, screen: int = 0, apps: Sequence[str] | None = ("Editor",), filled: int = 0
) -> tuple[int, object]:
    """A picture of some screen, made when it is written."""
    made = partial(
        RedactedFrame,
        frame_id=frame_id,
        t_us=t_us,
        screen=screen,
        width=WIDTH,
        height=HEIGHT,
        scale=1.0,
        trigger=Trigger.IDLE,
        context_id=None,
        n_redactions=filled,
        masked_px=0,
        withheld_px=0,
        apps=None if apps is None else tuple(apps),
        seal=SEAL,
    )
    return t_us, lambda: made(rgb=picture(frame_id))


def typed(t_us: int, text: str | None, *, run: int = 1) -> tuple[int, object]:
    """A text run of which words are kept, or None: only about how long it was."""
    return event(
        t_us, EventKind.TEXT_RUN, t_end_us=t_us + S, run=run, text=text, count_bucket=CountBucket.TO_8, app="Editor"
    )


def taken_out(
    t_us: int, target: str, field: str, category: str, *, ref_id: int = 0, count: int = 1
) -> tuple[int, object]:
    """A redaction row."""
    return t_us, Redaction(
        t_us=t_us,
        target=target,
        ref_id=ref_id,
        field=field,
        rect=None,
        category=category,
        detector="text/1",
        method=RedactionMethod.SOLID,
        count=count,
        seal=SEAL,
    )
