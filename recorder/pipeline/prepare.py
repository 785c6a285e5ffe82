"""From consent, policy and platform to a `Recording` that is ready to run; every refusal happens here, before anything
is written.

The order matters: consent first (nobody is asked about displays before they agreed), then the rules and their
self-test, then the platform, then the jail; the writer comes last, so that a refusal leaves no empty session.
"""

import os
import secrets
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from recorder import __version__
from recorder.capture.contract import Backend
from recorder.consent.gate import ConsentGate
from recorder.guard import Guard, self_test
from recorder.guard.text import Detector, Masker, Memory
from recorder.model.consent import Category, ConsentGrant
from recorder.model.policy import Policy
from recorder.model.session import SessionStart
from recorder.pipeline import words
from recorder.pipeline.lease import SYSTEM, Clocks
from recorder.pipeline.recording import Checks, Recording
from recorder.store.home import session_ids
from recorder.store.policy_file import load_policy, policy_path
from recorder.store.vault import Vault
from recorder.store.writer import Writer

# What passes the text detector; without one of them in the consent none is needed.
_TEXTS = frozenset(
    (
        Category.TEXT_CONTENT,
        Category.WINDOW_TITLES,
        Category.ACCESSIBILITY_TEXT,
        Category.URL_HOST,
        Category.URL_PATH,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the person asked for on the command line."""

    task: str | None = None
    purpose: str | None = None


def prepare(
    home: Path, gate: ConsentGate, choose: Callable[[], Backend], wish: Wish, clocks: Clocks = SYSTEM
) -> Recording:
    """Raises: NoConsentError, PolicyError, PlatformError, UsageError; after any of them nothing has been written."""
    grant = gate.grant(wish.purpose)
    policy = load_policy(home)
    self_test(policy)
    backend = choose()
    backend.check()
    start = _start(grant, policy, backend, wish, clocks, session_ids(home))
    shows_words = words.wanted(policy, grant.categories)
    text = _masker(grant, shows_words=shows_words)
    reader = words.revealer(text) if shows_words and text is not None else None
    backend.jail()
    guard = Guard(
        policy=policy,
        categories=grant.categories,
        blocked_apps=grant.blocked_apps,
        t0_ns=start.t0_ns,
        source=backend.name,
        text=text,
        reader=reader,
        screens=start.screens,
    )
    recipient = Vault.open(home).recipient
    writer = Writer(home, start, grant, recipient, clock_ns=clocks.monotonic_ns, grant_clock_ns=clocks.boot_ns)
    try:
        return Recording(
            home=home,
            session_id=start.session_id,
            t0_ns=start.t0_ns,
            backend=backend,
            guard=guard,
            writer=writer,
            grant=grant,
            policy=policy,
            checks=Checks(grant=lambda: gate.grant(wish.purpose), policy=PolicyWatch(home, policy).changed),
            clocks=clocks,
            troubles=_troubles(text, words.trouble() if shows_words and reader is None else None),
        )
    except BaseException:
        writer.discard()
        raise


def _masker(grant: ConsentGrant, *, shows_words: bool) -> Masker | None:
    """The text detector, where text was granted; its memory has a key that nobody else has and that is never stored."""
    if not _TEXTS & grant.categories and not shows_words:
        return None
    return Masker(Detector(time.perf_counter), Memory(secrets.token_bytes(32)))


def _troubles(text: Masker | None, reading: str | None) -> tuple[str, ...]:
    """What will be withheld because a part of the recorder itself is missing or damaged."""
    return tuple(filter(None, (None if text is None else text.trouble, reading)))


def _start(
    grant: ConsentGrant, policy: Policy, backend: Backend, wish: Wish, clocks: Clocks, earlier: Sequence[str]
) -> SessionStart:
    wall_us = clocks.wall_ns() // 1000
    return SessionStart(
        session_id=_uuid7(max([wall_us // 1000, *(unix_ms(other) + 1 for other in earlier[-1:])])),
        started_at_us=wall_us,
        t0_ns=clocks.monotonic_ns(),
        study_id=grant.study_id,
        consent_id=grant.consent_id,
        consent_revision=grant.revision,
        consent_sha256=grant.record_sha256,
        purpose=wish.purpose,
        categories=frozenset(str(category) for category in grant.categories),
        task=wish.task,
        os_family=backend.os_family,
        screens=backend.monitors() if Category.SCREENSHOTS in grant.categories else (),
        recorder_version=__version__,
        policy_sha256=policy.sha256,
    )


def _uuid7(unix_ms: int) -> str:
    """A UUID of version 7: 48 bits of time, 74 random bits (RFC 9562 section 5.7). Sorts by time."""
    number = unix_ms << 80 | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=number))


def unix_ms(session_id: str) -> int:
    """The time in a session's id. Sessions are listed by their ids, so a new one is always later than all others,
    even when the clock was set back."""
    number = uuid.UUID(session_id)
    return number.int >> 80 if number.version == 7 else 0


class PolicyWatch:
    """Notices that the policy file is another than the one in force; two stat calls a second."""

    def __init__(self, home: Path, policy: Policy) -> None:
        self._home = home
        self._sha256 = policy.sha256
        # Not looked at yet: the file may have changed since it was read, however long starting took.
        self._stamp: tuple[int, ...] | None = None

    def changed(self) -> Policy | None:
        """The rules of the changed file, None while it is the same. Raises: PolicyError."""
        stamp = self._look()
        if stamp == self._stamp:
            return None
        policy = load_policy(self._home)
        self._stamp = stamp
        if policy.sha256 == self._sha256:
            return None
        self_test(policy)
        self._sha256 = policy.sha256
        return policy

    def _look(self) -> tuple[int, ...]:
        try:
            found = policy_path(self._home).lstat()
        except OSError:
            return ()
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
