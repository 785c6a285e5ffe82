"""kill -9 at any moment: everything sealed opens, at most the last second is lost, and recovery says what it found."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recorder.format.seal import Recipient
from recorder.store.home import ensure
from recorder.store.recover import needs_recovery, recover
from recorder.store.rotate import ask_for_rotation
from recorder.store.session import SessionReader, list_sessions
from recorder.store.vault import UnlockedVault
from tests.store.synthetic import Clock, context, frame, make_vault, make_writer, pointer, session_start, shortcut

ROOT = Path(__file__).parents[2]
# A writer that rolls every 0.3 s, so that kills hit every step of sealing; it prints what it has appended, and when.
CHILD = """
import sys, time
from pathlib import Path
from recorder.format.seal import Recipient
from recorder.store import writer
from recorder.store.vault import Vault
from tests.store.synthetic import frame, make_writer, pointer, session_start
home = Path(sys.argv[1])
writer.ROLL_NS = 300_000_000
one = make_writer(home, Vault.open(home).recipient, session_start(started_at_us=int(sys.argv[2])))
for n in range(10**9):
    one.append(pointer(n))
    if n % 50 == 0:
        one.append(frame(n, n))
    print(n, time.monotonic_ns(), flush=True)
    one.tick()
    time.sleep(0.001)
"""


def _kill_after(home: Path, started_at_us: int, delay_s: float) -> tuple[list[tuple[int, int]], int]:
    """Run the writer, kill it `delay_s` after its first row. Returns (row, when appended) and when it was killed."""
    command = [sys.executable, "-c", CHILD, str(home), str(started_at_us)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(delay_s)
        os.kill(child.pid, signal.SIGKILL)
        killed_ns = time.monotonic_ns()
        lines = [first, *child.stdout.read().splitlines()]
    whole = [line.split() for line in lines]
    return [(int(parts[0]), int(parts[1])) for parts in whole if len(parts) == 2], killed_ns


def _kill_many(home: Path, unlocked: UnlockedVault, times: int) -> float:
    """Returns the worst loss in seconds."""
    chance = random.Random(7)
    worst = 0.0
    for number in range(times):
        appended, killed_ns = _kill_after(home, 1_700_000_000_000_000 + number * 1000, chance.uniform(0.0, 0.9))
        (done,) = recover(home, unlocked)
        assert done.problem is None
        reader = SessionReader(home, done.session_id, unlocked)
        rows = reader.table("events")["t_us"].to_pylist()
        assert reader.check() == []
        assert rows == list(range(len(rows)))  # a prefix: nothing invented, nothing lost in the middle
        assert done.events <= len(rows)
        lost = [when for number, when in appended if number >= len(rows)]
        worst = max(worst, (killed_ns - min(lost)) / 1e9 if lost else 0.0)
        assert needs_recovery(home) == []
        assert not list(home.rglob(".tmp-*"))
        assert not list(home.rglob("*.rlog"))
    return worst


def test_a_killed_writer_loses_at_most_a_second_at_twenty_random_moments(home: Path, unlocked: UnlockedVault) -> None:
    assert _kill_many(home, unlocked, 20) <= 1.0


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_killed_writer_loses_at_most_a_second_at_many_moments(home: Path, unlocked: UnlockedVault) -> None:
    assert _kill_many(home, unlocked, int(os.environ.get("SOAK_KILLS", "200"))) <= 1.0


def test_a_session_whose_writer_lives_is_left_alone(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    writer = make_writer(home, recipient, session_start(), Clock())
    writer.append(pointer(1))

    assert recover(home, unlocked) == []
    writer.append(pointer(2))
    writer.close({})


def _die(writer: object) -> None:
    """What a kill leaves: the journal as it is on disk, the lock released by the kernel."""
    writer._open.journal.sync()  # type: ignore[attr-defined]
    writer._lock.release()  # type: ignore[attr-defined]


def test_recovery_says_what_it_found(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    start = session_start()
    writer = make_writer(home, recipient, start, Clock())
    writer.append(context(1, 0, "Editor", "title"))
    writer.append(frame(1, 5))
    writer.append(pointer(7))
    _die(writer)
    journal = next(home.rglob("*.rlog"))
    journal.write_bytes(journal.read_bytes() + b"\x40\0\0\0torn")

    (done,) = recover(home, unlocked)

    assert (done.session_id, done.events, done.frames, done.until_us) == (start.session_id, 1, 1, 7)
    assert done.lost_bytes == 8
    reader = SessionReader(home, start.session_id, unlocked)
    assert reader.recovered
    assert not reader.recording
    assert reader.table("contexts")["window_title"].to_pylist() == ["title"]
    assert reader.frame(1).size == (64, 48)
    assert recover(home, unlocked) == []


def test_a_flipped_bit_in_a_journal_never_becomes_a_row(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    writer = make_writer(home, recipient, session_start(), Clock())
    for n in range(3):
        writer.append(pointer(n))
        assert writer._open is not None
        writer._open.journal.flush()
    _die(writer)
    journal = next(home.rglob("*.rlog"))
    content = bytearray(journal.read_bytes())
    content[-100] ^= 1
    journal.write_bytes(content)

    (done,) = recover(home, unlocked)

    assert done.lost_bytes > 0
    assert done.events == 2


def test_a_forget_that_was_cut_short_is_finished(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    start = session_start()
    writer = make_writer(home, recipient, start, Clock())
    writer.append(frame(1, 5))
    writer.append(pointer(5))
    writer.roll()
    writer.append(pointer(20))
    writer.append(shortcut(30, "ctrl+CANARY"))
    doomed = writer._past.doomed((25, 40), {})
    ask_for_rotation(home)
    doomed.write(writer._folder)
    _die(writer)

    recover(home, unlocked)

    rows = SessionReader(home, start.session_id, unlocked).table("events").to_pylist()
    assert [(row["kind"], row["t_us"]) for row in rows] == [("pointermove", 5), ("pointermove", 20), ("gap", 25)]
    assert not list(home.rglob("forget.json"))


def test_a_session_that_died_before_its_first_row_is_gone_or_empty(tmp_path: Path) -> None:
    home = ensure(tmp_path / "home")
    vault, unlocked = make_vault(home)
    start = session_start()
    writer = make_writer(home, vault.recipient, start)
    writer._lock.release()
    (home / "sessions" / "0123-died-in-mkdir").mkdir(mode=0o700)
    ghost = home / "sessions" / "00000000-0000-7000-8000-000000000000"
    ghost.mkdir(mode=0o700)

    recover(home, unlocked)

    assert not ghost.exists()
    assert [one.session_id for one in list_sessions(home, unlocked)] == [start.session_id]
