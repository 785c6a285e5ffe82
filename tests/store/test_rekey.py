"""What was forgotten while recording opens with no key that is left, though the recorder had none to destroy."""

from pathlib import Path

from recorder.format.seal import Recipient
from recorder.store import delete
from recorder.store.recover import recover
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault
from recorder.store.writer import Writer
from tests.crash.raw_disk import readable
from tests.store.synthetic import Clock, make_writer, pointer, session_start, shortcut

CANARY = "CANARY-51d0aa9e"


def forgetting(home: Path, recipient: Recipient, copies: Path) -> tuple[Writer, str]:
    """A recording that has a sealed and an open segment with the canary, both copied first, and forgets them."""
    begun, clock = session_start(), Clock()
    writer = make_writer(home, recipient, begun, clock)
    writer.append(pointer(10))
    writer.roll()
    for t_us in (20, 30):
        writer.append(shortcut(t_us, f"ctrl+{CANARY}"))
        if t_us == 20:
            writer.roll()
    assert writer._open is not None
    writer._open.journal.sync()
    for path in [path for path in (home / "sessions").rglob("*") if path.is_file()]:
        kept = copies / path.relative_to(home)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(path.read_bytes())
    clock.now_ns = 40_000
    writer.forget(15)
    return writer, begun.session_id


def test_what_was_forgotten_opens_with_no_key_that_is_left(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, tmp_path: Path
) -> None:
    writer, session_id = forgetting(home, recipient, tmp_path / "copies")
    writer.close({})
    assert readable([tmp_path / "copies"], unlocked, CANARY) != []  # what the resume is for
    delete.resume(home, unlocked)

    assert readable([tmp_path / "copies", home], unlocked, CANARY) == []
    reader = SessionReader(home, session_id, unlocked)
    assert reader.table("events")["t_us"].to_pylist()[0] == 10
    assert reader.check() == []
    assert not delete.pending(home)


def test_a_session_that_is_still_recorded_keeps_its_key_until_it_ends(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, tmp_path: Path
) -> None:
    writer, session_id = forgetting(home, recipient, tmp_path / "copies")
    delete.resume(home, unlocked)
    writer.append(pointer(50))
    writer.close({})
    assert delete.pending(home)
    delete.resume(home, unlocked)

    assert readable([tmp_path / "copies", home], unlocked, CANARY) == []
    assert 50 in SessionReader(home, session_id, unlocked).table("events")["t_us"].to_pylist()
    assert not delete.pending(home)


def test_a_journal_is_sealed_before_its_session_gets_another_key(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, tmp_path: Path
) -> None:
    writer, session_id = forgetting(home, recipient, tmp_path / "copies")
    writer.append(pointer(50))
    assert writer._open is not None
    writer._open.journal.sync()
    writer._lock.release()  # what a kill leaves
    delete.resume(home, unlocked)

    assert recover(home, unlocked) == []
    assert 50 in SessionReader(home, session_id, unlocked).table("events")["t_us"].to_pylist()
    assert readable([tmp_path / "copies", home], unlocked, CANARY) == []
