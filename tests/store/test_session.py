"""Reading: what was swapped, cut or flipped is refused by name, and the rest stays readable."""

import shutil
from pathlib import Path

import pytest

from recorder.errors import DamagedError, UsageError
from recorder.format.seal import Recipient
from recorder.store.session import SessionReader, list_sessions, new_session_id
from recorder.store.vault import UnlockedVault
from tests.store.synthetic import STARTED_AT_US, two_apps


def _segments(home: Path, session_id: str) -> Path:
    return home / "sessions" / session_id / "segments"


@pytest.mark.parametrize("how", ["flip", "cut", "empty", "swap", "remove", "other session"])
def test_a_damaged_segment_is_named_and_the_rest_is_readable(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, how: str
) -> None:
    start, other = two_apps(home, recipient), two_apps(home, recipient)
    folder = _segments(home, start.session_id)
    path = folder / "0002-events.parquet"
    content = path.read_bytes()
    match how:
        case "flip":
            path.write_bytes(content[:50] + bytes((content[50] ^ 1,)) + content[51:])
        case "cut":
            path.write_bytes(content[:-20])
        case "empty":
            path.write_bytes(b"")
        case "swap":
            shutil.copy(folder / "0001-events.parquet", path)
        case "remove":
            path.unlink()
        case "other session":
            shutil.copy(_segments(home, other.session_id) / path.name, path)
    reader = SessionReader(home, start.session_id, unlocked)

    with pytest.raises(DamagedError, match=f"session {start.session_id}, segment 0002") as caught:
        reader.table("events")
    damaged: list[DamagedError] = []
    rows = reader.table("events", damaged=damaged)

    assert set(rows["context_id"].to_pylist()) == {1, 3}
    assert [error.message for error in damaged] == [caught.value.message]
    assert [error.message for error in reader.check()] == [caught.value.message]
    assert reader.table("frames").num_rows == 3
    assert SessionReader(home, other.session_id, unlocked).check() == []


def test_an_older_state_of_a_segment_is_refused(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    """Replay: the bytes were right once, under a key that the manifest no longer has."""
    from recorder.store.delete import delete_events

    start = two_apps(home, recipient)
    folder = _segments(home, start.session_id)
    old = (folder / "0001-events.parquet").read_bytes()
    delete_events(home, unlocked, start.session_id, 0, 3)
    (folder / "0001-events.r1.parquet").write_bytes(old)

    with pytest.raises(DamagedError, match="segment 0001"):
        SessionReader(home, start.session_id, unlocked).table("events")


def test_a_damaged_session_hides_none_of_the_others(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    bad, good = two_apps(home, recipient), two_apps(home, recipient, started_at_us=STARTED_AT_US + 10**9)
    (home / "sessions" / bad.session_id / "manifest.json").write_bytes(b'{"version": 1}')

    listed = {one.session_id: one for one in list_sessions(home, unlocked)}

    assert bad.session_id in (listed[bad.session_id].damaged or "")
    assert (listed[good.session_id].events, listed[good.session_id].apps) == (135, ("CANARY-7f3a", "Editor"))


def test_without_the_vault_a_list_shows_times_and_sizes_only(home: Path, recipient: Recipient) -> None:
    start = two_apps(home, recipient)

    (one,) = list_sessions(home, None)

    assert (one.session_id, one.started_at_us, one.recording) == (start.session_id, STARTED_AT_US, False)
    assert one.size_bytes > 0
    assert (one.task, one.apps, one.events, one.frames, one.gaps) == (None, None, None, None, None)


def test_the_manifest_holds_nothing_but_ids_times_sizes_and_sealed_keys(home: Path, recipient: Recipient) -> None:
    start = two_apps(home, recipient, canary="CANARY")

    manifest = (home / "sessions" / start.session_id / "manifest.json").read_text()
    for word in ("CANARY", "Editor", "synthetic task", "pointermove", "categories", "screens", "rows", "linux"):
        assert word not in manifest


def test_another_sessions_manifest_is_refused(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    one, two = two_apps(home, recipient), two_apps(home, recipient)
    shutil.copy(
        home / "sessions" / two.session_id / "manifest.json", home / "sessions" / one.session_id / "manifest.json"
    )

    with pytest.raises(DamagedError, match=one.session_id):
        SessionReader(home, one.session_id, unlocked)


def test_one_frame_is_found_and_a_missing_one_is_said(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = two_apps(home, recipient)
    reader = SessionReader(home, start.session_id, unlocked)

    assert reader.frame(2).getpixel((0, 0)) == (2, 2, 2)
    with pytest.raises(UsageError, match="no frame 9"):
        reader.frame(9)


def test_session_ids_sort_by_time_and_are_uuid7() -> None:
    import uuid

    ids = [new_session_id(STARTED_AT_US + n * 1000) for n in range(100)]

    assert ids == sorted(ids)
    assert all(uuid.UUID(one).version == 7 and uuid.UUID(one).variant == uuid.RFC_4122 for one in ids)
