"""Synthetic sessions for the store's tests: stamped values, a clock that is moved by hand, a home with a vault."""

import dataclasses
import time
from collections.abc import Iterable
from pathlib import Path

from recorder.format.seal import Recipient
from recorder.model.consent import Category, ConsentGrant
from recorder.model.geometry import Monitor, Rect
from recorder.model.redacted import (
    EventKind,
    FrameSeen,
    Redacted,
    RedactedContext,
    RedactedEvent,
    RedactedFrame,
    Redaction,
    RedactionMethod,
    Tally,
    Trigger,
)
from recorder.model.seals.consent import SEAL as CONSENT
from recorder.model.seals.guard import SEAL
from recorder.model.session import SessionStart
from recorder.store.session import new_session_id
from recorder.store.vault import UnlockedVault, Vault
from recorder.store.writer import Writer

PASSPHRASE = "synthetic passphrase"
EVERYTHING = frozenset(Category)
STARTED_AT_US = 1_700_000_000_000_000
FAR_NS = 1 << 62
SECOND = 1_000_000


class Clock:
    """Nanoseconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns

    def seconds(self, seconds: float) -> None:
        self.now_ns += int(seconds * 1e9)


def make_vault(home: Path) -> tuple[Vault, UnlockedVault]:
    vault = Vault.create(home, passphrase=PASSPHRASE)
    return vault, vault.unlock(lambda: PASSPHRASE)


def grant(categories: frozenset[Category] = EVERYTHING, *, until_ns: int = FAR_NS) -> ConsentGrant:
    return ConsentGrant(
        study_id="self",
        consent_id="consent-1",
        revision=1,
        record_sha256="00" * 32,
        categories=categories,
        purposes=frozenset(),
        blocked_apps=frozenset(),
        valid_until_ns=until_ns,
        seal=CONSENT,
    )


def session_start(
    *, started_at_us: int = STARTED_AT_US, categories: frozenset[Category] = EVERYTHING, task: str | None = None
) -> SessionStart:
    return SessionStart(
        session_id=new_session_id(started_at_us),
        started_at_us=started_at_us,
        t0_ns=0,
        study_id="self",
        consent_id="consent-1",
        consent_revision=1,
        consent_sha256="00" * 32,
        purpose=None,
        categories=frozenset(category.value for category in categories),
        task=task,
        os_family="linux",
        screens=(Monitor(index=0, rect=Rect(0, 0, 64, 48)),),
        recorder_version="0",
        policy_sha256="11" * 32,
    )


def make_writer(home: Path, recipient: Recipient, start: SessionStart, clock: Clock | None = None) -> Writer:
    categories = frozenset(Category(name) for name in start.categories)
    clock_ns = clock or time.monotonic_ns
    return Writer(home, start, grant(categories), recipient, clock_ns=clock_ns, floor_bytes=0)


def pointer(t_us: int, *, context_id: int | None = None, x: int = 1, app: str | None = None) -> RedactedEvent:
    return RedactedEvent(t_us=t_us, kind=EventKind.POINTERMOVE, x=x, y=2, context_id=context_id, app=app, seal=SEAL)


def button(t_us: int, app: str | None, *, pressed: bool = True, context_id: int | None = None) -> RedactedEvent:
    return RedactedEvent(
        t_us=t_us, kind=EventKind.BUTTON, x=1, y=2, button=1, pressed=pressed, context_id=context_id, app=app, seal=SEAL
    )


def shortcut(
    t_us: int, key: str, *, context_id: int | None = None, pressed: bool = True, app: str | None = None
) -> RedactedEvent:
    return RedactedEvent(
        t_us=t_us,
        kind=EventKind.KEY,
        key=key,
        keycode=1,
        pressed=pressed,
        mods=2,
        context_id=context_id,
        app=app,
        seal=SEAL,
    )


def context(context_id: int, t_us: int, app: str, title: str | None = None) -> RedactedContext:
    return RedactedContext(
        context_id=context_id,
        t_us=t_us,
        app=app,
        window_title=title,
        url_host=None,
        url_path=None,
        window_rect=Rect(0, 0, 10, 10),
        screen=0,
        source="fake",
        seal=SEAL,
    )


def frame(
    frame_id: int,
    t_us: int,
    *,
    context_id: int | None = None,
    rgb: bytes | None = None,
    apps: tuple[str, ...] | None = None,
    width: int = 64,
    height: int = 48,
) -> RedactedFrame:
    return RedactedFrame(
        frame_id=frame_id,
        t_us=t_us,
        screen=0,
        width=width,
        height=height,
        scale=1.0,
        trigger=Trigger.IDLE,
        context_id=context_id,
        n_redactions=1,
        masked_px=3,
        withheld_px=4,
        apps=apps,
        rgb=rgb if rgb is not None else bytes([frame_id % 251]) * (width * height * 3),
        seal=SEAL,
    )


def seen(frame_id: int, t_us: int) -> FrameSeen:
    return FrameSeen(frame_id=frame_id, t_us=t_us, seal=SEAL)


def redaction(t_us: int, frame_id: int) -> Redaction:
    return Redaction(
        t_us=t_us,
        target="frames",
        ref_id=frame_id,
        field="image",
        rect=Rect(1, 2, 3, 4),
        category="text",
        detector="mask_all/1",
        method=RedactionMethod.SOLID,
        count=1,
        seal=SEAL,
    )


def counters(**stored: int) -> dict[str, Tally]:
    return {kind: Tally(seen=count, stored=count) for kind, count in stored.items()}


def record(
    home: Path, recipient: Recipient, minutes: Iterable[Iterable[Redacted]], start: SessionStart | None = None
) -> SessionStart:
    """A closed session, one segment for each inner list; the clock ends just behind its last row."""
    start, clock = start or session_start(), Clock()
    writer = make_writer(home, recipient, start, clock)
    tally: dict[str, int] = {}
    for minute in minutes:
        for item in minute:
            writer.append(item)
            clock.now_ns = max(clock.now_ns, item.t_us * 1000)
            kind = (
                item.kind if isinstance(item, RedactedEvent) else "frame" if isinstance(item, RedactedFrame) else None
            )
            if kind is not None:
                tally[kind] = tally.get(kind, 0) + 1
        writer.roll()
    clock.seconds(0.001)
    writer.close(counters(**tally))
    return start


def two_apps(
    home: Path, recipient: Recipient, *, canary: str = "CANARY-7f3a", started_at_us: int = STARTED_AT_US
) -> SessionStart:
    """Three segments: minute 0 in Editor, minute 1 in Secrets (with the canary), minute 2 in Editor again."""
    start = session_start(started_at_us=started_at_us, task="synthetic task")
    editor = ("Editor",)
    return record(
        home,
        recipient,
        [
            [
                context(1, 0, "Editor", "notes"),
                frame(1, SECOND, context_id=1, apps=editor),
                redaction(SECOND, 1),
                *(pointer(SECOND * n, context_id=1, x=n) for n in range(1, 50)),
            ],
            [
                context(2, 60 * SECOND, canary, f"title {canary}"),
                frame(2, 61 * SECOND, context_id=2, apps=(canary,)),
                redaction(61 * SECOND, 2),
                shortcut(62 * SECOND, f"ctrl+{canary}", context_id=2),
                *(pointer(SECOND * n, context_id=2, x=n) for n in range(63, 100)),
                seen(2, 110 * SECOND),
            ],
            [
                context(3, 120 * SECOND, "Editor", "notes"),
                frame(3, 121 * SECOND, context_id=3, apps=editor),
                redaction(121 * SECOND, 3),
                *(pointer(SECOND * n, context_id=3, x=n) for n in range(122, 170)),
            ],
        ],
        start,
    )


def every_byte(home: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def copy(start: SessionStart, **changes: object) -> SessionStart:
    return dataclasses.replace(start, **changes)  # type: ignore[arg-type]
