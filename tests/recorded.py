"""A home with a vault, a consent and sessions, made by the real parts: keys, gate, writer. All values synthetic."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder.consent import act
from recorder.consent.gate import ConsentGate
from recorder.consent.keeper import VaultKeeper
from recorder.consent.notice import SELF
from recorder.consent.record import Choices
from recorder.consent.state import TrustedHead
from recorder.model.consent import Category, ConsentGrant, Purpose
from recorder.model.geometry import Monitor, Rect
from recorder.model.redacted import (
    Channel,
    CountBucket,
    EventKind,
    FrameSeen,
    GapReason,
    RedactedContext,
    RedactedEvent,
    RedactedFrame,
    Redaction,
    RedactionMethod,
    Tally,
    Trigger,
)
from recorder.model.seals.guard import SEAL
from recorder.model.session import SessionStart
from recorder.store.vault import UnlockedVault, Vault
from recorder.store.writer import Writer

PASSPHRASE = "four random words here"
WIDTH, HEIGHT = 160, 90
S = 1_000_000
STARTED_US = 1_760_000_000_000_000  # 2025-10-09, long before any test runs


@dataclass(slots=True)
class Story:
    """What one synthetic session holds: pairs of (time, thing to append). `titles` may hold a test's canaries."""

    apps: Sequence[str] = ("Editor", "Browser")
    titles: Sequence[str] = ("notes", "start page")
    seconds: int = 60
    frames: int = 6
    moves: int = 20  # per app
    size_px: tuple[int, int] = (WIDTH, HEIGHT)
    task: str | None = "write a note"
    extra: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class RecordedHome:
    """One home. `unlocked` is its vault, `head` the consent's trusted head."""

    path: Path
    unlocked: UnlockedVault
    head: TrustedHead

    def grant(self, purpose: str | None = None) -> ConsentGrant:
        return ConsentGate.open(self.path, self.head).grant(purpose)

    def record(self, story: Story | None = None, *, started_us: int = STARTED_US, purpose: str | None = None) -> str:
        """Write one session through the real writer; returns its id."""
        with self.recording(story, started_us=started_us, purpose=purpose) as (session_id, _):
            return session_id

    @contextmanager
    def recording(
        self, story: Story | None = None, *, started_us: int = STARTED_US, purpose: str | None = None
    ) -> Iterator[tuple[str, Writer]]:
        """The same while it goes on: all things are in, the session is open, and at its last second."""
        start = _start(self.grant(), started_us, story := story or Story(), purpose)
        clock = [start.t0_ns]
        writer = Writer(
            self.path, start, self.grant(), self.unlocked.recipient, clock_ns=lambda: clock[0], floor_bytes=0
        )
        renewed = time.monotonic()
        for t_us, thing in sorted(_things(story), key=lambda pair: pair[0]):
            clock[0] = start.t0_ns + t_us * 1000
            if time.monotonic() - renewed > 1.0:  # a grant is good for five seconds
                writer.renew(self.grant())
                renewed = time.monotonic()
            writer.append(thing() if callable(thing) else thing)
            writer.tick()
        clock[0] = start.t0_ns + story.seconds * S * 1000
        yield start.session_id, writer
        writer.renew(self.grant())
        writer.close(_books(story))

    def run(self, *arguments: str, code: int = 0, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        """`python -m recorder …` in a process of its own, with a passphrase command instead of a terminal."""
        done = subprocess.run(
            [sys.executable, "-m", "recorder", *arguments],
            env=os.environ | {"RECORDER_HOME": str(self.path), "RECORDER_PASSPHRASE_COMMAND": f"echo '{PASSPHRASE}'"},
            input=typed,
            stdin=subprocess.DEVNULL if typed is None else None,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)


def make_home(path: Path, categories: Iterable[Category] = tuple(Category)) -> RecordedHome:
    """A vault under a passphrase, and a consent to these categories and to HCI research."""
    Vault.create(path, passphrase=PASSPHRASE)
    unlocked = Vault.open(path).unlock(lambda: PASSPHRASE)
    keeper = VaultKeeper(unlocked)
    wanted = frozenset(categories) & frozenset(SELF.categories)
    choices = Choices(categories=wanted, purposes=frozenset({Purpose.HCI_RESEARCH}), days=30, shown_s=30.0)
    act.give(path, keeper, SELF, choices)
    return RecordedHome(path, unlocked, act.read_head(keeper))


@pytest.fixture
def home(tmp_path: Path) -> RecordedHome:
    return make_home(tmp_path / "home")


def event(t_us: int, kind: EventKind, **more: Any) -> tuple[int, RedactedEvent]:
    return t_us, RedactedEvent(t_us=t_us, kind=kind, **more, seal=SEAL)


def gap(start_us: int, end_us: int, reason: GapReason, channel: Channel = Channel.ALL) -> tuple[int, RedactedEvent]:
    return end_us, RedactedEvent(
        t_us=start_us, kind=EventKind.GAP, t_end_us=end_us, reason=reason, channel=channel, seal=SEAL
    )


def picture(number: int, size_px: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    """A synthetic masked frame: flat areas, a few edges, different for every number."""
    width, height = size_px
    pixels = np.full((height, width, 3), 230, np.uint8)
    pixels[10:40, 10 : 20 + number % 100] = (20, 90, 200)
    for top in range(50, height - 10, 40):  # masked lines of text, of uneven length
        pixels[top : top + 10, 30 : 90 + (top * 37 + number // 5 * 11) % (width - 90)] = 0
    pixels[height - 10, number % width] = (number % 256, number // 256 % 256, 7)
    return pixels.tobytes()


def _start(grant: ConsentGrant, started_us: int, story: Story, purpose: str | None) -> SessionStart:
    return SessionStart(
        session_id=_uuid7(started_us),
        started_at_us=started_us,
        t0_ns=time.monotonic_ns(),
        study_id=grant.study_id,
        consent_id=grant.consent_id,
        consent_revision=grant.revision,
        consent_sha256=grant.record_sha256,
        purpose=purpose,
        categories=frozenset(grant.categories),
        task=story.task,
        os_family="linux",
        screens=(Monitor(index=0, rect=Rect(0, 0, *story.size_px)),),
        recorder_version="0.1.0",
        policy_sha256="0" * 64,
    )


def _uuid7(unix_us: int) -> str:
    """RFC 9562, section 5.7."""
    random_a, random_b = int.from_bytes(os.urandom(2), "big") >> 4, int.from_bytes(os.urandom(8), "big") >> 2
    return str(uuid.UUID(int=(unix_us // 1000) << 80 | 7 << 76 | random_a << 64 | 2 << 62 | random_b))


def _things(story: Story) -> Iterable[tuple[int, Any]]:
    """App after app: each has the keyboard for an equal share of the time, with clicks, keys, typing and pictures."""
    share = story.seconds * S // len(story.apps)
    for index, (app, title) in enumerate(zip(story.apps, story.titles, strict=True)):
        yield index * share, _context(index, index * share, app, title)
        yield from _input(index, app, index * share, share, story.moves)
    for number in range(story.frames):
        t_us = number * story.seconds * S // story.frames + 50_000
        yield from _picture(story, number, t_us, t_us // share)
    yield from story.extra


def _input(context_id: int, app: str, start: int, share: int, moves: int) -> Iterable[tuple[int, RedactedEvent]]:
    at = {"context_id": context_id, "app": app}
    place = at | {"x": 40, "y": 30, "injected": False}
    for number in range(moves):
        t_us = start + 100_000 + number * (share // 2 if moves > 20 else 200_000) // moves
        yield event(t_us, EventKind.POINTERMOVE, **at, x=number % 1000, y=30, injected=False)
    yield event(start + 400_000, EventKind.BUTTON, button=1, pressed=True, **place)
    yield event(start + 450_000, EventKind.BUTTON, button=1, pressed=False, **place)
    for pressed in (True, False):
        t_us = start + 600_000 + (not pressed) * 40_000
        yield event(t_us, EventKind.KEY, key="ctrl+s", keycode=31, mods=2, pressed=pressed, **at)
    typing = at | {"count_bucket": CountBucket.TO_16, "t_end_us": start + share - 500_000}
    yield start + share - 400_000, event(start + 800_000, EventKind.TEXT_RUN, **typing)[1]
    yield gap(start + share - 300_000, start + share - 200_000, GapReason.APP_NOT_ALLOWED)


def _context(context_id: int, t_us: int, app: str, title: str) -> RedactedContext:
    return RedactedContext(
        context_id=context_id,
        t_us=t_us,
        app=app,
        window_title=title,
        url_host=None,
        url_path=None,
        window_rect=Rect(0, 0, 100, 80),
        screen=0,
        source="fake",
        seal=SEAL,
    )


def _picture(story: Story, number: int, t_us: int, context_id: int) -> Iterable[tuple[int, Any]]:
    frame = partial(  # made when it is written: an hour of pictures does not fit into memory
        RedactedFrame,
        frame_id=number,
        t_us=t_us,
        screen=0,
        width=story.size_px[0],
        height=story.size_px[1],
        scale=1.0,
        trigger=Trigger.ACTION_PRE,
        context_id=context_id,
        n_redactions=2,
        masked_px=600,
        withheld_px=100,
        apps=(story.apps[context_id],),
        seal=SEAL,
    )
    yield t_us, lambda: frame(rgb=picture(number, story.size_px))
    yield t_us + 200_000, FrameSeen(frame_id=number, t_us=t_us + 200_000, seal=SEAL)
    yield (
        t_us,
        Redaction(
            t_us=t_us,
            target="frames",
            ref_id=number,
            field="image",
            rect=Rect(30, 50, 60, 10),
            category="text_region",
            detector="mask_all/1",
            method=RedactionMethod.SOLID,
            count=2,
            seal=SEAL,
        ),
    )


def _books(story: Story) -> dict[str, Tally]:
    apps = len(story.apps)
    return {
        "pointermove": Tally(
            seen=(story.moves + 5) * apps, stored=story.moves * apps, withheld={"app_not_allowed": 5 * apps}
        ),
        "button": Tally(seen=2 * apps, stored=2 * apps),
        "key": Tally(seen=14 * apps, stored=2 * apps, aggregated=12 * apps),
        "frame": Tally(seen=story.frames, stored=story.frames),
    }
