"""Deleted means: in no byte of the home folder, in no decrypted table, under no key that still exists."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from recorder.errors import BusyError, DamagedError, UsageError
from recorder.format.seal import Recipient
from recorder.model.consent import Category
from recorder.model.redacted import EventKind, Redacted, RedactedEvent, Redaction, RedactionMethod
from recorder.model.seals.guard import SEAL as GUARD
from recorder.model.session import SessionStart, SessionState
from recorder.model.tables import STORED
from recorder.store import approval, delete, keys, rotate
from recorder.store.audit import AuditLog
from recorder.store.delete import Receipt
from recorder.store.session import SessionReader, list_sessions
from recorder.store.vault import UnlockedVault
from tests.store.synthetic import (
    SECOND,
    STARTED_AT_US,
    Clock,
    button,
    context,
    counters,
    every_byte,
    frame,
    make_writer,
    pointer,
    record,
    redaction,
    seen,
    session_start,
    shortcut,
    two_apps,
)

CANARY = "CANARY-7f3a"


def tables(home: Path, session_id: str, unlocked: UnlockedVault) -> dict[str, pa.Table]:
    reader = SessionReader(home, session_id, unlocked)
    return {name: reader.table(name) for name in STORED}


def everything_readable(home: Path, unlocked: UnlockedVault) -> str:
    """Every decrypted row of every session, and what is sealed in the manifests."""
    readers = [SessionReader(home, one.session_id, unlocked) for one in list_sessions(home, unlocked)]
    rows = [part.to_pylist() for reader in readers for name in STORED for part in reader.segments(name)]
    return str(rows) + str([(reader.start, reader.apps, reader.end_fields()) for reader in readers])


def without(rows: pa.Table, *gone: tuple[str, object]) -> list[dict[str, object]]:
    return [row for row in rows.to_pylist() if all(row[column] != value for column, value in gone)]


def test_deleting_an_app_leaves_nothing_of_it_and_all_of_the_rest(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = two_apps(home, recipient, canary=CANARY)
    before = tables(home, start.session_id, unlocked)
    old_files = {path.name: path.read_bytes() for path in (home / "sessions").rglob("*.parquet")}
    old_manifest = (home / "sessions" / start.session_id / "manifest.json").read_bytes()

    dry = delete.delete_app(home, unlocked, CANARY, dry_run=True)
    receipt = delete.delete_app(home, unlocked, CANARY)

    assert receipt == dataclasses.replace(dry, dry_run=False, verified=True)
    assert (receipt.events, receipt.frames, receipt.contexts, receipt.redactions) == (38, 1, 1, 1)
    assert CANARY not in everything_readable(home, unlocked)
    assert CANARY.encode() not in every_byte(home)
    after = tables(home, start.session_id, unlocked)
    assert without(after["events"], ("reason", "forgotten")) == without(before["events"], ("context_id", 2))
    assert after["frames"].to_pylist() == without(before["frames"], ("frame_id", 2))
    gaps = [row for row in after["events"].to_pylist() if row["kind"] == "gap"]
    assert [(row["reason"], row["channel"], row["t_us"], row["t_end_us"]) for row in gaps] == [
        ("forgotten", "all", 60 * SECOND, 120 * SECOND)
    ]
    # Untouched segments keep their bytes; nothing of a touched one's old bytes is anywhere.
    kept = {name for name in old_files if name.startswith(("0001", "0003"))}
    assert all(
        (home / "sessions" / start.session_id / "segments" / name).read_bytes() == old_files[name] for name in kept
    )
    assert all(old_files[name][100:164] not in every_byte(home) for name in old_files if name not in kept)
    assert old_manifest not in every_byte(home)


def test_an_old_copy_of_the_home_folder_opens_with_no_key_that_still_exists(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, tmp_path: Path
) -> None:
    """Unlinked blocks stay on the disk: all wrapped keys of the old state must be dead."""
    start = two_apps(home, recipient)
    key_file = next((home / "sessions" / start.session_id / "keys").iterdir())
    old_key, name = key_file.read_bytes(), key_file.name

    delete.delete_frames(home, unlocked, start.session_id, [1])

    assert unlocked.epochs == [2]
    key_file.write_bytes(old_key)
    with pytest.raises(DamagedError):
        keys.open_identity(key_file.parent.parent, name.removesuffix(".json"), unlocked)


def test_survivors_of_a_range_are_bit_exact_and_a_gap_stands_for_the_rest(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = two_apps(home, recipient)
    before = tables(home, start.session_id, unlocked)
    pictures = {one.frame_id: one.encoded for one in SessionReader(home, start.session_id, unlocked).frames()}
    since, until = 30 * SECOND, 70 * SECOND

    span = (STARTED_AT_US + since, STARTED_AT_US + until)
    dry = delete.delete_between(home, unlocked, *span, dry_run=True)
    receipt = delete.delete_between(home, unlocked, *span)

    assert receipt == dataclasses.replace(dry, dry_run=False, verified=True)
    after = tables(home, start.session_id, unlocked)
    outside = [row for row in before["events"].to_pylist() if not since <= row["t_us"] < until]
    assert without(after["events"], ("reason", "forgotten")) == outside
    gap = [row for row in after["events"].to_pylist() if row["kind"] == "gap"]
    assert [(row["t_us"], row["t_end_us"], row["reason"]) for row in gap] == [(since, until, "forgotten")]
    # Frame 2 was on the screen from 61 s to 110 s: it shows what the range held.
    left = {one.frame_id: one.encoded for one in SessionReader(home, start.session_id, unlocked).frames()}
    assert left == {number: picture for number, picture in pictures.items() if number != 2}


def test_the_same_range_again_finds_nothing_and_changes_nothing(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    two_apps(home, recipient)
    span = (STARTED_AT_US + 30 * SECOND, STARTED_AT_US + 70 * SECOND)
    delete.delete_between(home, unlocked, *span)
    files = {path: path.read_bytes() for path in (home / "sessions").rglob("*.parquet")}

    again = delete.delete_between(home, unlocked, *span)

    assert again == Receipt(dry_run=False, verified=True)
    assert {path: path.read_bytes() for path in (home / "sessions").rglob("*.parquet")} == files


def test_a_picture_still_on_the_screen_goes_with_the_range_it_was_seen_in(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    minutes: list[list[Redacted]] = [
        [frame(1, SECOND), pointer(2 * SECOND)],
        [seen(1, 90 * SECOND), pointer(95 * SECOND)],
    ]
    start = record(home, recipient, minutes)

    receipt = delete.delete_between(home, unlocked, STARTED_AT_US + 80 * SECOND, STARTED_AT_US + 91 * SECOND)

    assert (receipt.frames, receipt.events) == (1, 0)
    reader = SessionReader(home, start.session_id, unlocked)
    assert [part.num_rows for part in reader.segments("frames")] == []


def test_a_picture_that_may_show_an_app_goes_with_it(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    """`apps` None: nobody knows what is in the picture."""
    start = record(
        home,
        recipient,
        [
            [
                context(1, 0, "Editor"),
                frame(1, 1, context_id=1, apps=("Editor",)),
                frame(2, 2, context_id=1, apps=("Editor", "Other")),
                frame(3, 3, context_id=1),
                context(2, 10, "Other"),
                pointer(11, context_id=2),
                pointer(12),
            ]
        ],
    )

    delete.delete_app(home, unlocked, "Other")

    reader = SessionReader(home, start.session_id, unlocked)
    assert reader.table("frames")["frame_id"].to_pylist() == [1]
    assert reader.table("events")["kind"].to_pylist() == ["gap"]
    assert reader.apps == ("Editor",)


def deleted(home: Path, unlocked: UnlockedVault, app: str) -> Receipt:
    """Delete an app for real after a dry run whose counts must be the same."""
    dry = delete.delete_app(home, unlocked, app, dry_run=True)
    receipt = delete.delete_app(home, unlocked, app)
    assert receipt == dataclasses.replace(dry, dry_run=False, verified=True)
    return receipt


def left_at(home: Path, unlocked: UnlockedVault, start: SessionStart) -> list[int]:
    rows = SessionReader(home, start.session_id, unlocked).table("events").to_pylist()
    return [row["t_us"] for row in rows if row["kind"] != "gap"]


def test_what_went_to_an_app_goes_although_another_had_the_keyboard(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    """The first click into a window comes before it has the focus."""
    first: list[Redacted] = [
        context(1, 0, "Green"),
        pointer(10, context_id=1, app="Green"),
        *(pointer(20 + n, context_id=1, app="Blue") for n in range(3)),
        button(30, "Blue", context_id=1),
    ]
    second: list[Redacted] = [
        button(40, "Blue", pressed=False, context_id=1),
        context(2, 50, "Blue"),
        pointer(60, context_id=2, app="Blue"),
        context(3, 70, "Green"),
        pointer(80, context_id=3, app="Green"),
    ]
    start = record(home, recipient, [first, second])

    receipt = deleted(home, unlocked, "Blue")
    reader = SessionReader(home, start.session_id, unlocked)
    assert (receipt.events, receipt.contexts, receipt.unnamed) == (6, 1, ())
    assert left_at(home, unlocked, start) == [10, 80]
    assert reader.apps == ("Green",)
    assert "Blue" not in everything_readable(home, unlocked)
    gaps = [(row["t_us"], row["t_end_us"]) for row in reader.table("events").to_pylist() if row["kind"] == "gap"]
    assert gaps == [(20, 71)]
    assert all(tally.balances for tally in reader.counters.values())


@pytest.mark.parametrize(("app", "left"), [("Green", ["frame 3"]), ("Blue", ["frame 1"])])
def test_a_picture_of_two_apps_side_by_side_goes_with_either(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, app: str, left: list[str]
) -> None:
    rows: list[Redacted] = [
        frame(1, 1, apps=("Green",)),
        frame(2, 2, apps=("Blue", "Green")),
        redaction(2, 2),
        frame(3, 3, apps=("Blue",)),
        pointer(4, app="Red"),
    ]
    start = record(home, recipient, [rows])

    receipt = deleted(home, unlocked, app)
    reader = SessionReader(home, start.session_id, unlocked)
    assert (receipt.frames, receipt.redactions, receipt.events) == (2, 1, 0)
    assert [f"frame {one.frame_id}" for one in reader.frames()] == left
    assert app not in everything_readable(home, unlocked)
    assert left_at(home, unlocked, start) == [4]


@pytest.mark.parametrize("app", ["Green", "Blue"])
@pytest.mark.parametrize("keys", [False, True])
def test_a_release_goes_with_its_press_wherever_it_was(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, app: str, keys: bool
) -> None:
    def pressed(t_us: int, name: str, *, down: bool) -> Redacted:
        return shortcut(t_us, "ctrl+c", app=name, pressed=down) if keys else button(t_us, name, pressed=down)

    dragged: list[Redacted] = [pressed(1, "Green", down=True), pressed(2, "Blue", down=False)]
    others: list[Redacted] = [pressed(3, "Red", down=True), pressed(4, "Red", down=False)]
    start = record(home, recipient, [dragged[:1], [*dragged[1:], *others]])

    assert deleted(home, unlocked, app).events == (2 if app == "Green" else 1)
    assert left_at(home, unlocked, start) == [*([] if app == "Green" else [1]), 3, 4]


def test_what_went_to_another_app_stays_and_refers_to_no_context_of_the_deleted_one(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    """Blue has the keyboard; the click goes to Green, whose window is alone on the screen that the picture shows."""
    rows: list[Redacted] = [
        context(1, 0, "Blue"),
        frame(1, 5, context_id=1, apps=("Green",)),
        button(6, "Green", context_id=1),
        button(7, "Green", context_id=1, pressed=False),
        pointer(8, context_id=1),
        frame(2, 9, context_id=1, apps=("Blue", "Green")),
        redaction(9, 2),
    ]
    start = record(home, recipient, [rows])

    receipt = deleted(home, unlocked, "Blue")
    reader = SessionReader(home, start.session_id, unlocked)
    assert (receipt.events, receipt.frames, receipt.redactions, receipt.contexts) == (1, 1, 1, 1)
    assert left_at(home, unlocked, start) == [6, 7]
    assert [one.frame_id for one in reader.frames()] == [1]
    assert reader.table("events")["context_id"].null_count == reader.table("events").num_rows
    assert reader.table("frames")["context_id"].to_pylist() == [None]


def test_what_is_known_to_be_another_apps_stays_while_the_deleted_one_was_in_front(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    """No context is in force while a window that is not allowed has the keyboard; the last one has not ended yet."""
    rows: list[Redacted] = [context(1, 0, "Blue"), pointer(5, app="Green"), pointer(6), context(2, 9, "Green")]
    start = record(home, recipient, [rows])

    assert deleted(home, unlocked, "Blue").events == 1
    assert left_at(home, unlocked, start) == [5]


def test_a_session_without_app_names_is_left_and_named_in_the_receipt(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    nameless = session_start(categories=frozenset(Category) - {Category.APP_NAMES})
    rows: list[Redacted] = [context(1, 0, "Blue"), pointer(5, context_id=1, app="Blue"), frame(1, 6, apps=("Blue",))]
    record(home, recipient, [rows], nameless)
    empty = session_start(started_at_us=STARTED_AT_US + 1, categories=frozenset())
    record(home, recipient, [[]], empty)
    named = record(home, recipient, [rows], session_start(started_at_us=STARTED_AT_US + 2))
    before = tables(home, nameless.session_id, unlocked)

    receipt = deleted(home, unlocked, "Blue")
    assert receipt.unnamed == (nameless.session_id,)
    assert receipt.session_ids == (named.session_id,)
    assert tables(home, nameless.session_id, unlocked) == before
    assert b"Blue" not in every_byte(home)
    assert SessionReader(home, nameless.session_id, unlocked).apps == ()


def test_frames_and_event_numbers_can_be_deleted_by_themselves(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = two_apps(home, recipient)
    events = tables(home, start.session_id, unlocked)["events"]

    frames_receipt = delete.delete_frames(home, unlocked, start.session_id, [3, 99])
    events_receipt = delete.delete_events(home, unlocked, start.session_id, 5, 9)

    after = tables(home, start.session_id, unlocked)
    assert (frames_receipt.frames, frames_receipt.redactions, frames_receipt.events) == (1, 1, 0)
    assert (events_receipt.events, events_receipt.frames) == (5, 0)
    assert after["frames"]["frame_id"].to_pylist() == [1, 2]
    left = [row for row in after["events"].to_pylist() if row["kind"] != "gap"]
    assert left == [row for row in events.to_pylist() if not 5 <= row["seq"] <= 9]
    channels = [row["channel"] for row in after["events"].to_pylist() if row["kind"] == "gap"]
    assert sorted(channels) == ["all"] * (len(channels) - 1) + ["frames"]


def test_a_whole_session_goes_with_its_folder_and_the_others_stay_readable(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    gone, stays = two_apps(home, recipient), two_apps(home, recipient, canary="Terminal")
    before = tables(home, stays.session_id, unlocked)

    receipt = delete.delete_session(home, unlocked, gone.session_id)

    assert (receipt.sessions, receipt.events, receipt.frames, receipt.session_ids) == (1, 135, 3, (gone.session_id,))
    assert gone.session_id.encode() not in every_byte(home / "sessions")
    assert [row.object_id for row in AuditLog(home).rows()] == [gone.session_id]  # nothing else of the home names it
    assert [one.session_id for one in list_sessions(home, unlocked)] == [stays.session_id]
    assert tables(home, stays.session_id, unlocked) == before


def test_a_range_over_everything_leaves_not_even_a_gap(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    two_apps(home, recipient)

    receipt = delete.delete_between(home, unlocked, 0, STARTED_AT_US * 2)

    assert receipt.sessions == 1
    assert list((home / "sessions").iterdir()) == []
    assert delete.delete_all(home, unlocked) == Receipt(dry_run=False, verified=True)


def test_the_books_balance_after_a_deletion(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    start = two_apps(home, recipient)

    delete.delete_app(home, unlocked, CANARY)

    books = SessionReader(home, start.session_id, unlocked).counters
    events = SessionReader(home, start.session_id, unlocked).table("events")["kind"].to_pylist()
    assert all(tally.balances for tally in books.values())
    assert books["pointermove"].stored == events.count("pointermove")
    assert books["frame"].withheld == {"forgotten": 1}


def test_a_dictionary_in_memory_keeps_nothing_of_what_was_filtered_out(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    """Arrow dictionaries keep every value that was ever in a column, used or not: no schema has one, and no rewritten
    file carries a deleted string into its decrypted bytes."""
    canaries = [f"CANARY-{n:02d}-zq" for n in range(20)]
    rows: list[Redacted] = [
        context(0, 0, "Editor"),
        *(shortcut(n + 1, canary) for n, canary in enumerate(canaries)),
        pointer(50),
    ]
    start = record(home, recipient, [rows])

    delete.delete_events(home, unlocked, start.session_id, 0, 19)

    reader = SessionReader(home, start.session_id, unlocked)
    for name in STORED:
        for part in reader.segments(name):
            assert not any(pa.types.is_dictionary(field.type) for field in part.schema)
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, part.schema) as stream:
                stream.write_table(part)
            assert b"CANARY" not in bytes(sink.getvalue())


@pytest.mark.parametrize("step", ["write_manifest", "remove_file", "rotate", "_verify", "_remove_intent"])
def test_a_crash_in_mid_delete_is_rolled_forward(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    start = two_apps(home, recipient, canary=CANARY)
    modules = {"write_manifest": "segment", "remove_file": "rewrite", "rotate": "delete"}
    target = f"recorder.store.{modules.get(step, 'delete')}.{step}"

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(target, crash)
        with pytest.raises(KeyboardInterrupt):
            delete.delete_app(home, unlocked, CANARY)
    assert delete.pending(home)
    assert SessionReader(home, start.session_id, unlocked).state is SessionState.UNREVIEWED

    again = unlocked.vault.open(home).unlock(lambda: "synthetic passphrase")
    assert delete.resume(home, again) == 1

    assert not delete.pending(home)
    assert CANARY not in everything_readable(home, again)
    assert tables(home, start.session_id, again)["frames"]["frame_id"].to_pylist() == [1, 3]
    assert len(list((home / "sessions" / start.session_id / "keys").iterdir())) == 1
    forgotten = [r for r in tables(home, start.session_id, again)["events"].to_pylist() if r["reason"] == "forgotten"]
    assert len(forgotten) == 1


@pytest.mark.parametrize("step", ["add_epoch", "rewrap", "drop_old_epochs"])
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_in_mid_rotation_loses_no_session(
    home: Path,
    unlocked: UnlockedVault,
    recipient: Recipient,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    after: bool,
) -> None:
    sessions = [two_apps(home, recipient, started_at_us=STARTED_AT_US + n) for n in range(2)]
    before = [tables(home, one.session_id, unlocked) for one in sessions]
    owner = "recorder.store.keys" if step == "rewrap" else "recorder.store.vault.UnlockedVault"
    real: Callable[..., None] = getattr(UnlockedVault, step, None) or keys.rewrap

    def crash(*given: object) -> None:
        if after:
            real(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"{owner}.{step}", crash)
        with pytest.raises(KeyboardInterrupt):
            rotate.rotate(home, unlocked)

    again = unlocked.vault.open(home).unlock(lambda: "synthetic passphrase")
    delete.resume(home, again)
    assert [tables(home, one.session_id, again) for one in sessions] == before
    assert len(again.epochs) == 1


def test_what_is_being_recorded_is_not_deleted_behind_the_recorders_back(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    done = two_apps(home, recipient)
    start = session_start(started_at_us=STARTED_AT_US + 3600 * SECOND)
    writer = make_writer(home, recipient, start, Clock())
    writer.append(pointer(1))

    with pytest.raises(BusyError, match="being recorded"):
        delete.delete_session(home, unlocked, start.session_id)
    with pytest.raises(BusyError, match="being recorded"):
        delete.delete_app(home, unlocked, "Editor")
    assert delete.delete_session(home, unlocked, done.session_id).verified
    writer.append(pointer(2))
    writer.close({})

    assert tables(home, start.session_id, unlocked)["events"].num_rows == 2


def test_a_damaged_session_can_still_be_deleted(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    start = two_apps(home, recipient)
    (home / "sessions" / start.session_id / "manifest.json").write_bytes(b"{")

    assert delete.delete_session(home, unlocked, start.session_id).sessions == 1
    assert list((home / "sessions").iterdir()) == []


def test_a_name_that_is_no_session_is_a_usage_error(home: Path, unlocked: UnlockedVault) -> None:
    for name in ("../..", "", "nope", "0" * 65, "abc"):
        with pytest.raises(UsageError):
            delete.delete_session(home, unlocked, name)


def test_an_approval_does_not_survive_a_deletion(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    start = two_apps(home, recipient)
    reader = SessionReader(home, start.session_id, unlocked)
    decision = approval.Decision(
        session_id=start.session_id, state=SessionState.APPROVED, at_us=1, files=reader.files()
    )
    approval.save(home, unlocked, decision)
    assert reader.state is SessionState.APPROVED

    delete.delete_frames(home, unlocked, start.session_id, [1])

    assert SessionReader(home, start.session_id, unlocked).state is SessionState.UNREVIEWED


def test_forgetting_while_recording_cuts_the_open_segment_exactly(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    clock, start = Clock(), session_start()
    writer = make_writer(home, recipient, start, clock)
    writer.append(context(1, 0, "Editor", "kept"))
    writer.append(frame(1, 1))
    writer.append(pointer(10))
    writer.append(context(2, 20, "Editor", CANARY))
    writer.append(frame(2, 21))
    writer.append(redaction(21, 2))
    writer.append(shortcut(25, f"ctrl+{CANARY}"))
    clock.now_ns = 40_000

    counts = writer.forget(15)
    writer.append(shortcut(30, f"ctrl+{CANARY}"))  # late: the range is closed
    writer.append(seen(2, 45))
    writer.append(context(3, 50, "Editor", "after"))
    writer.append(pointer(51))
    writer.close({})

    assert counts == {"events": 1, "frames": 1, "segments": 0}
    assert CANARY not in everything_readable(home, unlocked)
    rows = tables(home, start.session_id, unlocked)
    assert [(r["kind"], r["t_us"], r["t_end_us"]) for r in rows["events"].to_pylist()] == [
        ("pointermove", 10, None),
        ("gap", 15, 41),
        ("pointermove", 51, None),
    ]
    assert rows["contexts"]["window_title"].to_pylist() == ["kept", "after"]
    assert rows["frames"]["frame_id"].to_pylist() == [1]
    assert delete.pending(home)
    assert delete.resume(home, unlocked) == 1
    assert unlocked.epochs == [2]


def test_forgetting_destroys_every_sealed_segment_that_reaches_into_the_range(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    clock, start = Clock(), session_start()
    writer = make_writer(home, recipient, start, clock)
    for minute in range(3):
        writer.append(frame(minute, minute * 60 * SECOND))
        writer.append(pointer((minute * 60 + 30) * SECOND))
        clock.now_ns = (minute * 60 + 40) * 10**9
        writer.roll()
    writer.append(seen(2, 170 * SECOND))  # minute 2's picture is still on the screen
    writer.append(pointer(171 * SECOND))
    clock.now_ns = 180 * 10**9

    counts = writer.forget(165 * SECOND)
    writer.close(counters(pointermove=4, frame=3))

    assert counts == {"events": 2, "frames": 1, "segments": 1}
    books = SessionReader(home, start.session_id, unlocked).counters
    assert (books["pointermove"].stored, books["frame"].stored) == (2, 2)
    rows = tables(home, start.session_id, unlocked)
    assert rows["frames"]["frame_id"].to_pylist() == [0, 1]
    kinds = [(r["kind"], r["t_us"] // SECOND) for r in rows["events"].to_pylist()]
    assert sorted(kinds) == [("gap", 120), ("gap", 165), ("pointermove", 30), ("pointermove", 90)]


def test_an_hour_of_deletions_meets_its_times(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    """Frame 0.5 s, minute 0.5 s, session 0.1 s on an idle machine; here with room for a loaded one."""
    import time

    start = two_apps(home, recipient)
    other = two_apps(home, recipient)
    began = time.perf_counter()
    delete.delete_frames(home, unlocked, start.session_id, [1])
    one_frame = time.perf_counter() - began
    began = time.perf_counter()
    delete.delete_session(home, unlocked, other.session_id)
    session = time.perf_counter() - began

    assert one_frame < 2.0
    assert session < 1.0


def _run(run: int, t_us: int, app: str) -> list[Redacted]:
    """A text run of four seconds: what is stored of it when it is certain."""
    common: dict[str, Any] = {"run": run, "context_id": run, "app": app, "seal": GUARD}
    return [
        *(
            RedactedEvent(t_us=t_us + at * SECOND, kind=EventKind.KEY, pressed=True, char=char, **common)
            for at, char in enumerate("word")
        ),
        RedactedEvent(t_us=t_us, t_end_us=t_us + 4 * SECOND, kind=EventKind.TEXT_RUN, text=f"{app} word", **common),
        Redaction(
            t_us=t_us,
            target="events",
            ref_id=run,
            field="char",
            rect=None,
            category="name",
            detector="text/1",
            method=RedactionMethod.CLASS_ONLY,
            count=1,
            seal=GUARD,
        ),
    ]


def _typed_session(home: Path, recipient: Recipient) -> SessionStart:
    """Run 1 (app one) has its placeholder in the first segment and the rest in the second, run 2 (app two) after it."""
    start, clock = session_start(), Clock()
    writer = make_writer(home, recipient, start, clock)
    held: dict[str, Any] = {"kind": EventKind.TEXT_HELD, "seal": GUARD}
    writer.append(context(1, 0, "one"))
    writer.append(RedactedEvent(t_us=50 * SECOND, run=1, context_id=1, app="one", **held))
    clock.seconds(70)
    writer.tick()
    placeholder = RedactedEvent(t_us=80 * SECOND, run=2, context_id=2, app="two", **held)
    rows: list[Redacted] = [context(2, 80 * SECOND, "two"), placeholder]
    for row in (*rows, *_run(1, 50 * SECOND, "one"), *_run(2, 80 * SECOND, "two"), pointer(90 * SECOND, context_id=2)):
        writer.append(row)
    clock.seconds(60)
    writer.close(counters(key=8, pointermove=1))
    return start


def _of_run(home: Path, start: SessionStart, unlocked: UnlockedVault, run: int) -> int:
    """Rows of the run that are left, with its redactions."""
    stored = tables(home, start.session_id, unlocked)
    events = [row for row in stored["events"].to_pylist() if row["run"] == run]
    redactions = [row for row in stored["redactions"].to_pylist() if row["ref_id"] == run]
    return len(events) + len(redactions)


@pytest.mark.parametrize("by", ["time", "app", "number"])
def test_a_deletion_that_meets_a_part_of_a_text_run_takes_all_of_it_in_every_segment(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, by: str
) -> None:
    start = _typed_session(home, recipient)
    assert (_of_run(home, start, unlocked, 1), _of_run(home, start, unlocked, 2)) == (7, 7)

    match by:
        case "time":  # the last letter of four alone
            begin = start.started_at_us + 53 * SECOND
            delete.delete_between(home, unlocked, begin, begin + SECOND // 2)
        case "app":
            delete.delete_app(home, unlocked, "one")
        case _:
            delete.delete_events(home, unlocked, start.session_id, 3, 3)

    assert (_of_run(home, start, unlocked, 1), _of_run(home, start, unlocked, 2)) == (0, 7)


def test_forgetting_while_recording_leaves_no_text_of_a_run_that_reaches_into_the_range(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start, clock = session_start(), Clock()
    writer = make_writer(home, recipient, start, clock)
    for row in (context(1, 0, "one"), *_run(1, 10 * SECOND, "one"), *_run(2, 30 * SECOND, "one")):
        writer.append(row)
    clock.seconds(40)

    writer.forget(32 * SECOND)
    writer.close(counters(key=8))

    assert (_of_run(home, start, unlocked, 1), _of_run(home, start, unlocked, 2)) == (6, 0)


def test_a_session_that_was_half_removed_keeps_nobody_out_and_is_removed(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, staying = two_apps(home, recipient), two_apps(home, recipient, started_at_us=STARTED_AT_US + 3600 * SECOND)

    def cut_short(folder: Path) -> None:
        rmtree(folder / "segments")
        raise KeyboardInterrupt

    rmtree = shutil.rmtree
    monkeypatch.setattr("recorder.store.rotate.shutil.rmtree", cut_short)
    with pytest.raises(KeyboardInterrupt):
        delete.delete_session(home, unlocked, going.session_id)
    monkeypatch.undo()
    delete.resume(home, unlocked)

    assert [path.name for path in (home / "sessions").iterdir()] == [staying.session_id]
    assert SessionReader(home, staying.session_id, unlocked).check() == []
    assert not delete.pending(home)
