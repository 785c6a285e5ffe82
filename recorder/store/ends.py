"""When sessions began and ended by the clock that nobody can set: for "the last five minutes" after a clock was set.

run/ends.json: the id of this start of the machine (Linux: random(4), boot_id), and for each of its sessions
CLOCK_BOOTTIME at its beginning, how long the machine had slept by then, and CLOCK_BOOTTIME at its end (null while it
goes on or where it was killed). Other starts are forgotten; where a machine has no such id nothing is noted, and the
time of day has to do.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recorder.store.home import private_folder, write_private

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
LARGEST_BYTES = 1_000_000
SLACK_US = 2_000_000  # the two clocks drift, and are not read at once
FAR_US = 1 << 60

Times = dict[str, tuple[int, int, int | None]]


@dataclass(frozen=True, slots=True)
class Stored:
    """A session that nobody writes any more, by the time of day: Unix microseconds."""

    session_id: str
    started_us: int
    ended_us: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Which time of day has to go, so that nothing of the last minutes stays: [since, until). `is_wider`: it is more
    than was asked for, because the clock was set or the machine slept. `whole`: sessions that lie behind `before`."""

    since_us: int
    until_us: int
    is_wider: bool
    whole: tuple[str, ...]


def began(home: Path, session_id: str, boot_ns: int, slept_ns: int) -> None:
    """`slept_ns`: CLOCK_BOOTTIME less CLOCK_MONOTONIC. Raises: PlatformError from the disk."""
    _write(home, _read(home) | {session_id: (boot_ns, slept_ns, None)})


def ended(home: Path, session_id: str, boot_ns: int) -> None:
    """Raises: PlatformError from the disk; then the session counts as one that ended just now."""
    times = _read(home)
    if session_id in times:
        _write(home, times | {session_id: (*times[session_id][:2], boot_ns)})


def reach(
    home: Path, stored: Sequence[Stored], length_us: int, *, now_us: int, boot_ns: int, slept_ns: int, before_us: int
) -> Reach:
    """What "the last `length_us`" means for these sessions at `now_us` (time of day) and `boot_ns`. Errs by taking
    more. Nothing from `before_us` on can be named by time: a recording goes on there."""
    times = _read(home)
    since_us, until_us, whole = now_us - length_us, now_us + 1, []
    asked_us = since_us
    for one in stored:
        first_us = _first_us(one, _age_us(times, one, boot_ns, slept_ns), length_us, now_us)
        if first_us is None:
            continue
        since_us, until_us = min(since_us, first_us), max(until_us, one.ended_us + 1)
        if one.ended_us >= before_us:
            whole.append(one.session_id)
    is_wider = asked_us - since_us > SLACK_US or until_us > now_us + SLACK_US or bool(whole)
    return Reach(since_us, min(until_us, before_us), is_wider, tuple(whole))


def _age_us(times: Times, one: Stored, boot_ns: int, slept_ns: int) -> int | None:
    """How long ago the session ended, or less: of one that was killed nobody knows how much of the machine's sleep
    since then was within it. None: nobody can say."""
    if one.session_id not in times:
        return None
    began_ns, slept_before_ns, ended_ns = times[one.session_id]
    if ended_ns is None:
        ended_ns = began_ns + (one.ended_us - one.started_us) * 1000 + slept_ns - slept_before_ns
    return max(0, boot_ns - ended_ns) // 1000


def _first_us(one: Stored, age_us: int | None, length_us: int, now_us: int) -> int | None:
    """From when on, by its own time of day, the session reaches into the last `length_us`; None: not at all."""
    if age_us is None:
        return one.started_us if one.ended_us > now_us else None  # the clock was set back
    return None if age_us >= length_us else one.ended_us - (length_us - age_us)


def _read(home: Path) -> Times:
    """Of this start of the machine; nothing where it can't be read or makes no sense."""
    try:
        content = _path(home).read_bytes()[:LARGEST_BYTES]
        kept = json.loads(content)
        if kept["boot"] != _boot():
            return {}
        return {
            str(name): (int(first), int(slept), None if last is None else int(last))
            for name, (first, slept, last) in kept["times"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write(home: Path, times: Times) -> None:
    boot = _boot()
    if boot is None:
        return
    there = {name: spans for name, spans in times.items() if (home / "sessions" / name).is_dir()}
    private_folder(_path(home).parent)
    write_private(_path(home), json.dumps({"boot": boot, "times": there}).encode() + b"\n")


def _boot() -> str | None:
    try:
        return BOOT_ID.read_text().strip() or None
    except OSError:
        return None


def _path(home: Path) -> Path:
    return home / "run" / "ends.json"
