"""Staged means: out of every view at once, no byte changed, undone bit for bit, and purged it is what a deletion is."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import BusyError, DamagedError, PlatformError, UsageError
from recorder.format.seal import Recipient
from recorder.model.redacted import EventKind, Redacted, RedactedEvent
from recorder.model.seals.guard import SEAL
from recorder.model.session import SessionStart, SessionState
from recorder.model.tables import STORED
from recorder.store import approval, delete, keys, staged, staged_file, staged_view
from recorder.store.delete import Receipt
from recorder.store.home import ensure
from recorder.store.selector import Picked, Selector, What
from recorder.store.session import SessionReader, list_sessions, shown_ids
from recorder.store.vault import UnlockedVault, Vault
from tests.store.synthetic import (
    PASSPHRASE,
    SECOND,
    STARTED_AT_US,
    Clock,
    button,
    context,
    every_byte,
    frame,
    make_vault,
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
APP = Selector(what=What.APP, app=CANARY)


def bytes_of(home: Path) -> dict[str, bytes]:
    """Every byte below sessions/."""
    folder = home / "sessions"
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def view(home: Path, unlocked: UnlockedVault, *, raw: bool = False) -> dict[str, Any]:
    """All that any read path tells of all sessions."""
    told: dict[str, Any] = {}
    for session_id in shown_ids(home, unlocked):
        reader = SessionReader(home, session_id, unlocked, staged=not raw)
        told[session_id] = {
            "tables": {name: reader.table(name).to_pylist() for name in STORED},
            "segments": {name: [part.to_pylist() for part in reader.segments(name)] for name in STORED},
            "columns": {name: reader.table(name, ["t_us"]).to_pylist() for name in STORED},
            "pictures": {one.frame_id: (one.t_us, one.t_end_us, one.encoded, one.row) for one in reader.frames()},
            "counts": {name: reader.count(name) for name in STORED},
            "apps": reader.apps,
            "gaps": reader.gaps,
            "counters": reader.counters,
        }
    return told


def listed(home: Path, unlocked: UnlockedVault) -> list[tuple[Any, ...]]:
    """What `recorder list` says, but for sizes on the disk."""
    return [(one.session_id, one.apps, one.events, one.frames, one.gaps) for one in list_sessions(home, unlocked)]


def test_what_is_staged_is_out_of_every_view_and_no_byte_of_a_session_changes(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = two_apps(home, recipient, canary=CANARY)
    before, shown = bytes_of(home), view(home, unlocked)

    made = staged.stage(home, unlocked, APP)

    assert (made.id, made.counts["events"], made.counts["frames"]) == (1, 38, 1)
    assert bytes_of(home) == before
    assert CANARY not in str(view(home, unlocked))
    reader = SessionReader(home, start.session_id, unlocked)
    with pytest.raises(UsageError, match="no frame 2"):
        reader.frame(2)
    assert reader.frame(1).size == (64, 48)
    assert listed(home, unlocked) == [(start.session_id, ("Editor",), 98, 2, 1)]
    assert CANARY.encode() not in every_byte(home)  # its name in staged.json is sealed

    staged.undo(home, unlocked)

    assert bytes_of(home) == before
    assert view(home, unlocked) == shown


SELECTORS: dict[str, Callable[[SessionStart], Selector]] = {
    "app": lambda start: APP,
    "range": lambda start: _between(start, 30, 70),
    "range of one segment": lambda start: _between(start, 62, 80),
    "range of nothing": lambda start: _between(start, 900, 901),
    "session": lambda start: Selector(what=What.SESSION, session_id=start.session_id),
    "frames": lambda start: Selector(what=What.FRAMES, session_id=start.session_id, frame_ids=(1, 3)),
    "events": lambda start: Selector(what=What.EVENTS, session_id=start.session_id, span=(40, 60)),
    "window": lambda start: _picked(start, What.WINDOW, contexts=(3,)),
    "hits": lambda start: _picked(start, What.HITS, contexts=(2,), events=(5, 6, 90), frames=(1,)),
    "all": lambda start: Selector(what=What.ALL),
}


def _between(start: SessionStart, first_s: int, last_s: int) -> Selector:
    at = start.started_at_us
    return Selector(what=What.BETWEEN, span=(at + first_s * SECOND, at + last_s * SECOND))


def _picked(start: SessionStart, what: What, **rows: Any) -> Selector:
    return Selector(what=what, picked=(Picked(session_id=start.session_id, **rows),))


@pytest.mark.parametrize("name", SELECTORS)
def test_what_is_shown_after_staging_is_what_is_left_after_deleting(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, name: str
) -> None:
    """Table by table, segment by segment, picture by picture, and the books."""
    start = two_apps(home, recipient, canary=CANARY)
    selector = SELECTORS[name](start)

    made = staged.stage(home, unlocked, selector)
    shown, summaries = view(home, unlocked), listed(home, unlocked)
    dry = delete.delete(home, unlocked, selector, dry_run=True)
    receipt = delete.delete(home, unlocked, selector)

    assert view(home, unlocked, raw=True) == shown
    assert listed(home, unlocked) == summaries
    assert (dry.events, dry.frames, dry.sessions) == (receipt.events, receipt.frames, receipt.sessions)
    counted = (made.counts.get("events", 0), made.counts.get("frames", 0), made.counts.get("sessions", 0))
    assert counted == (receipt.events, receipt.frames, receipt.sessions)
    assert receipt.verified


def test_purging_makes_all_stages_real_at_once_and_forgets_them(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = two_apps(home, recipient, canary=CANARY)
    other = two_apps(home, recipient, canary="Terminal", started_at_us=STARTED_AT_US + 3600 * SECOND)
    staged.stage(home, unlocked, APP)
    staged.stage(home, unlocked, _between(start, 100, 130))
    staged.stage(home, unlocked, Selector(what=What.SESSION, session_id=other.session_id))
    shown = view(home, unlocked)

    receipt = staged.purge(home, unlocked)

    assert (receipt.verified, receipt.sessions, receipt.session_ids) == (True, 1, (start.session_id, other.session_id))
    assert staged.listed(home, unlocked) == ()
    assert view(home, unlocked) == shown
    assert CANARY.encode() not in every_byte(home)
    assert unlocked.epochs == [2]
    assert staged.purge(home, unlocked) == Receipt(dry_run=False, verified=True)


def test_an_apps_deletion_that_is_staged_takes_nothing_that_is_recorded_later(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    two_apps(home, recipient, canary=CANARY)
    staged.stage(home, unlocked, APP)
    later = two_apps(home, recipient, canary=CANARY, started_at_us=STARTED_AT_US + 3600 * SECOND)

    assert SessionReader(home, later.session_id, unlocked).apps == (CANARY, "Editor")
    staged.purge(home, unlocked)
    assert SessionReader(home, later.session_id, unlocked).count("events") == 135


def test_an_approval_does_not_hold_while_something_is_staged_and_holds_again_after_undo(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = two_apps(home, recipient)
    _approve(home, unlocked, start)
    assert _state(home, unlocked, start) is SessionState.APPROVED

    staged.stage(home, unlocked, Selector(what=What.FRAMES, session_id=start.session_id, frame_ids=(1,)))
    assert _state(home, unlocked, start) is SessionState.UNREVIEWED
    staged.undo(home, unlocked)

    assert _state(home, unlocked, start) is SessionState.APPROVED


def test_what_is_approved_with_something_staged_is_what_is_left_and_nothing_else(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = two_apps(home, recipient)
    staged.stage(home, unlocked, Selector(what=What.FRAMES, session_id=start.session_id, frame_ids=(1,)))
    _approve(home, unlocked, start)
    assert _state(home, unlocked, start) is SessionState.APPROVED

    staged.stage(home, unlocked, Selector(what=What.FRAMES, session_id=start.session_id, frame_ids=(2,)))
    assert _state(home, unlocked, start) is SessionState.UNREVIEWED
    staged.undo(home, unlocked, 2)
    assert _state(home, unlocked, start) is SessionState.APPROVED
    staged.undo(home, unlocked, 1)

    assert _state(home, unlocked, start) is SessionState.UNREVIEWED


def _approve(home: Path, unlocked: UnlockedVault, start: SessionStart) -> None:
    files = SessionReader(home, start.session_id, unlocked).files()
    decision = approval.Decision(session_id=start.session_id, state=SessionState.APPROVED, at_us=1, files=files)
    approval.save(home, unlocked, decision)


def _state(home: Path, unlocked: UnlockedVault, start: SessionStart) -> SessionState:
    return SessionReader(home, start.session_id, unlocked).state


def test_a_session_that_is_staged_whole_is_nowhere(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    start = two_apps(home, recipient)

    staged.stage(home, unlocked, Selector(what=What.SESSION, session_id=start.session_id))

    assert (shown_ids(home, unlocked), list_sessions(home, unlocked)) == ([], [])
    with pytest.raises(UsageError, match="staged for deletion"):
        SessionReader(home, start.session_id, unlocked)


def test_what_is_being_recorded_is_not_staged_and_the_hint_says_what_works(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = session_start(started_at_us=STARTED_AT_US + 3600 * SECOND)
    done = two_apps(home, recipient, canary=CANARY)
    writer = make_writer(home, recipient, start, Clock())
    writer.append(pointer(1))

    for selector in (APP, Selector(what=What.SESSION, session_id=start.session_id)):
        with pytest.raises(BusyError, match="being recorded") as refused:
            staged.stage(home, unlocked, selector)
        assert "recorder forget" in (refused.value.hint or "")
    made = staged.stage(home, unlocked, Selector(what=What.SESSION, session_id=done.session_id))
    writer.append(pointer(2))
    assert staged.purge(home, unlocked).sessions == 1
    writer.close({})

    assert (made.id, SessionReader(home, start.session_id, unlocked).count("events")) == (1, 2)


def test_a_deletion_for_good_leaves_no_target_behind(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    start = two_apps(home, recipient, canary=CANARY)
    other = two_apps(home, recipient, started_at_us=STARTED_AT_US + 3600 * SECOND)
    staged.stage(home, unlocked, APP)
    staged.stage(home, unlocked, Selector(what=What.SESSION, session_id=other.session_id))

    delete.delete_between(home, unlocked, STARTED_AT_US + 80 * SECOND, STARTED_AT_US + 130 * SECOND)
    delete.delete_session(home, unlocked, other.session_id)

    (left,) = staged.listed(home, unlocked)
    assert (left.id, list(left.targets)) == (1, [start.session_id])
    shown = view(home, unlocked)
    assert CANARY not in str(shown)
    staged.purge(home, unlocked)
    assert view(home, unlocked) == shown


# What holds against damage and forgery


@contextmanager
def refused(home: Path, unlocked: UnlockedVault, start: SessionStart) -> Iterator[None]:
    """Nothing is shown or listed, and the message names the file."""
    yield
    for read in (
        lambda: SessionReader(home, start.session_id, unlocked),
        lambda: list_sessions(home, unlocked),
        lambda: shown_ids(home, unlocked),
        lambda: staged.listed(home, unlocked),
        lambda: staged.stage(home, unlocked, APP),
        lambda: staged.undo(home, unlocked),
        lambda: staged.purge(home, unlocked),
    ):
        with pytest.raises(DamagedError, match=r"staged\.json"):
            read()


def test_with_any_part_of_the_file_changed_nothing_is_shown(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = two_apps(home, recipient, canary=CANARY)
    staged.stage(home, unlocked, APP)
    path = home / "staged.json"
    good = path.read_bytes()

    for bad in (b"", b"{}", good[: len(good) // 2], good.replace(b'"epoch": 1', b'"epoch": 7'), _flipped(good)):
        path.write_bytes(bad)
        with refused(home, unlocked, start):
            pass
    path.write_bytes(good)
    assert CANARY not in str(view(home, unlocked))


def _flipped(content: bytes) -> bytes:
    at = content.index(b'"sealed": "') + 2000
    return content[:at] + (b"A" if content[at : at + 1] != b"A" else b"B") + content[at + 1 :]


def test_a_file_that_is_taken_away_or_put_back_is_missed(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = two_apps(home, recipient, canary=CANARY)
    staged.stage(home, unlocked, Selector(what=What.FRAMES, session_id=start.session_id, frame_ids=(1,)))
    older = (home / "staged.json").read_bytes()
    staged.stage(home, unlocked, APP)

    (home / "staged.json").write_bytes(older)
    with refused(home, unlocked, start):
        pass
    (home / "staged.json").unlink()
    with refused(home, unlocked, start):
        pass


def test_a_forged_file_is_refused_where_nothing_was_ever_staged(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, tmp_path: Path
) -> None:
    """Made by somebody with the public half of this vault, or with another vault."""
    start = two_apps(home, recipient)
    theirs = ensure(tmp_path / "theirs")
    other = make_vault(theirs)[1]
    staged_file.save(theirs, other, staged_file.Staged(next_id=3))
    sealed = unlocked.recipient.seal(b'{"next_id":1,"stages":[],"overlays":{}}', "staged")

    (home / "staged.json").write_bytes((theirs / "staged.json").read_bytes())
    with refused(home, unlocked, start):
        pass
    import base64
    import json

    fields = {"version": 1, "epoch": 1, "mac": "0" * 64, "sealed": base64.b64encode(sealed).decode()}
    (home / "staged.json").write_text(json.dumps(fields))
    with refused(home, unlocked, start):
        pass


def test_undo_all_is_the_way_out_of_a_damaged_file_and_a_session_can_still_be_deleted(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start, gone = two_apps(home, recipient, canary=CANARY), two_apps(home, recipient, canary=CANARY)
    shown = view(home, unlocked)
    staged.stage(home, unlocked, APP)
    (home / "staged.json").write_bytes(b"{")

    assert delete.delete_session(home, unlocked, gone.session_id).verified
    assert staged.undo_all(home, unlocked) is None

    assert view(home, unlocked) == {start.session_id: shown[start.session_id]}
    assert staged.listed(home, unlocked) == ()


def test_a_stage_survives_the_rotation_of_the_vaults_key(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    two_apps(home, recipient, canary=CANARY)
    other = two_apps(home, recipient)
    staged.stage(home, unlocked, APP)
    delete.delete_session(home, unlocked, other.session_id)

    again = Vault.open(home).unlock(lambda: PASSPHRASE)
    assert (again.epochs, len(staged.listed(home, again))) == ([2], 1)
    assert CANARY not in str(view(home, again))


def test_undo_names_what_is_staged_and_nothing_else(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    two_apps(home, recipient, canary=CANARY)
    with pytest.raises(UsageError):
        staged.undo(home, unlocked)
    assert staged.stage(home, unlocked, Selector(what=What.APP, app="Nobody")).id == 0
    first, second = (staged.stage(home, unlocked, APP).id for _ in range(2))

    assert (first, second) == (1, 2)
    with pytest.raises(UsageError):
        staged.undo(home, unlocked, 7)
    assert staged.undo(home, unlocked).id == 2
    assert staged.undo(home, unlocked, 1).id == 1
    assert staged.stage(home, unlocked, APP).id == 3  # an id is never given twice


# Crashes


@pytest.mark.parametrize("step", ["write", "act", "rotate", "refresh", "_verify", "drop", "_remove_intent"])
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_in_mid_purge_is_rolled_forward(
    home: Path,
    unlocked: UnlockedVault,
    recipient: Recipient,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    after: bool,
) -> None:
    start = two_apps(home, recipient, canary=CANARY)
    other = two_apps(home, recipient, started_at_us=STARTED_AT_US + 3600 * SECOND)
    _approve(home, unlocked, start)
    staged.stage(home, unlocked, APP)
    staged.stage(home, unlocked, Selector(what=What.SESSION, session_id=other.session_id))
    shown = view(home, unlocked)
    owners = {"write": "intent", "act": "rewrite", "refresh": "staged_view", "drop": "staged_view"}
    target = f"recorder.store.{owners.get(step, 'delete')}.{step}"
    real = _real(target)

    def crash(*given: Any, **more: Any) -> None:
        if after:
            real(*given, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(target, crash)
        with pytest.raises(KeyboardInterrupt):
            staged.purge(home, unlocked)
    begun = step != "write" or after
    assert delete.pending(home) is (begun and (step, after) != ("_remove_intent", True))
    assert CANARY not in str(view(home, unlocked).get(start.session_id))

    again = Vault.open(home).unlock(lambda: PASSPHRASE)
    delete.resume(home, again)
    assert len(staged.listed(home, again)) == (0 if begun else 2)
    staged.purge(home, again)

    assert view(home, again) == shown
    assert (staged.listed(home, again), delete.pending(home)) == ((), False)
    assert CANARY.encode() not in every_byte(home)


def _real(target: str) -> Callable[..., Any]:
    import importlib

    module, name = target.rsplit(".", 1)
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


@pytest.mark.parametrize("step", ["_write", "set_head 1", "set_head 2"])
def test_a_crash_while_staging_leaves_it_staged_or_not(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    two_apps(home, recipient, canary=CANARY)
    other = Selector(what=What.FRAMES, session_id=shown_ids(home, unlocked)[0], frame_ids=(1,))
    staged.stage(home, unlocked, other)
    calls = 0
    real = UnlockedVault.set_head

    def crash(*given: Any) -> None:
        nonlocal calls
        calls += 1
        if step == "_write" or calls == int(step[-1]):
            raise KeyboardInterrupt
        real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(staged_file, "_write", crash) if step == "_write" else patch.setattr(
            UnlockedVault, "set_head", crash
        )
        with pytest.raises(KeyboardInterrupt):
            staged.stage(home, unlocked, APP)

    found = [one.id for one in staged.listed(home, unlocked)]
    assert found == ([1, 2] if step == "set_head 2" else [1])
    assert staged.stage(home, unlocked, APP).id == found[-1] + 1


# The byte scan


def test_a_copy_of_an_old_file_anywhere_in_the_home_fails_the_deletion_until_it_is_gone(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = two_apps(home, recipient, canary=CANARY)
    segment = next((home / "sessions" / start.session_id / "segments").glob("0002-frames*"))
    copy = home / "consent" / "editor.bak"
    copy.write_bytes(b"x" * 1_048_500 + segment.read_bytes())  # over the edge of what is read at once
    staged.stage(home, unlocked, APP)

    with pytest.raises(PlatformError, match=r"consent/editor\.bak"):
        staged.purge(home, unlocked)
    assert len(staged.listed(home, unlocked)) == 1
    assert delete.pending(home)
    with pytest.raises(PlatformError, match=r"consent/editor\.bak"):
        delete.resume(home, unlocked)
    copy.unlink()

    assert delete.resume(home, unlocked) >= 1
    assert (staged.listed(home, unlocked), delete.pending(home)) == ((), False)


@pytest.mark.parametrize("what", ["key", "manifest", "decoded"])
def test_a_copy_of_an_old_wrapped_key_fails_the_deletion(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, what: str
) -> None:
    import base64
    import json

    start = two_apps(home, recipient, canary=CANARY)
    folder = home / "sessions" / start.session_id
    (key,) = (folder / "keys").iterdir()
    content = {
        "key": key.read_bytes(),
        "manifest": (folder / "manifest.json").read_bytes(),
        "decoded": base64.b64decode(json.loads(key.read_bytes())["sealed"]),
    }
    (home / "copy").write_bytes(b"abc" + content[what])

    with pytest.raises(PlatformError, match="copy still holds"):
        delete.delete_app(home, unlocked, CANARY)


def test_a_damaged_picture_is_found_before_anything_is_changed(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = two_apps(home, recipient, canary=CANARY)
    path = next((home / "sessions" / start.session_id / "segments").glob("0002-frames*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    before = bytes_of(home)

    with pytest.raises(DamagedError):
        delete.delete_app(home, unlocked, CANARY)

    assert bytes_of(home) == before
    assert not delete.pending(home)


# Any selectors, in any order


def _rich(home: Path, recipient: Recipient) -> list[SessionStart]:
    """Two sessions: contexts and pictures over segments' ends, a text run in two segments, gaps, releases elsewhere."""
    held: dict[str, Any] = {"kind": EventKind.TEXT_HELD, "seal": SEAL}
    run: dict[str, Any] = {"run": 1, "context_id": 1, "app": "one", "seal": SEAL}
    first: list[Redacted] = [
        context(1, 0, "one", "first"),
        frame(1, SECOND, context_id=1, apps=("one",)),
        redaction(SECOND, 1),
        button(2 * SECOND, "two", context_id=1),
        RedactedEvent(t_us=3 * SECOND, run=1, context_id=1, app="one", **held),
        *(pointer(n * SECOND, context_id=1, app="one", x=n) for n in range(4, 9)),
    ]
    second: list[Redacted] = [
        button(10 * SECOND, "two", pressed=False, context_id=1),
        seen(1, 11 * SECOND),
        RedactedEvent(t_us=3 * SECOND, t_end_us=11 * SECOND, kind=EventKind.TEXT_RUN, text="word", **run),
        context(2, 12 * SECOND, "two", "second"),
        frame(2, 13 * SECOND, context_id=2, apps=("two", "one")),
        shortcut(14 * SECOND, "ctrl+s", context_id=2, app="two"),
        RedactedEvent(t_us=15 * SECOND, t_end_us=18 * SECOND, kind=EventKind.PAUSE, seal=SEAL),
        pointer(19 * SECOND),
    ]
    third: list[Redacted] = [
        context(3, 20 * SECOND, "one", "third"),
        frame(3, 21 * SECOND, context_id=3),
        redaction(21 * SECOND, 3),
        *(pointer(n * SECOND, context_id=3, app="one", x=n) for n in range(22, 26)),
    ]
    starts = [session_start(started_at_us=STARTED_AT_US + n * 3600 * SECOND) for n in range(2)]
    return [record(home, recipient, [first, second, third], start) for start in starts]


@pytest.fixture(scope="module")
def rich_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[SessionStart]]:
    home = ensure(tmp_path_factory.mktemp("rich") / "home")
    _, unlocked = make_vault(home)
    return home, _rich(home, unlocked.recipient)


@contextmanager
def copied(rich_home: tuple[Path, list[SessionStart]]) -> Iterator[tuple[Path, UnlockedVault, list[SessionStart]]]:
    folder = Path(tempfile.mkdtemp())
    try:
        shutil.copytree(rich_home[0], folder / "home", symlinks=True)
        yield folder / "home", Vault.open(folder / "home").unlock(lambda: PASSPHRASE), rich_home[1]
    finally:
        shutil.rmtree(folder)


numbers = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(lambda found: tuple(sorted(set(found))))
choices = st.one_of(
    st.tuples(st.just("app"), st.sampled_from(["one", "two", "three"])),
    st.tuples(st.just("between"), st.integers(-2, 28), st.integers(1, 12), st.integers(0, 1)),
    st.tuples(st.just("frames"), numbers, st.integers(0, 1)),
    st.tuples(st.just("events"), st.integers(0, 20), st.integers(0, 6), st.integers(0, 1)),
    st.tuples(st.just("picked"), numbers, numbers, numbers, st.integers(0, 1)),
    st.tuples(st.just("session"), st.integers(0, 1)),
)


def _selector(choice: tuple[Any, ...], starts: list[SessionStart]) -> Selector:
    which = starts[choice[-1]] if isinstance(choice[-1], int) else starts[0]
    match choice:
        case ("app", app):
            return Selector(what=What.APP, app=app)
        case ("between", first, length, _):
            return _between(which, first, first + length)
        case ("frames", ids, _):
            return Selector(what=What.FRAMES, session_id=which.session_id, frame_ids=ids)
        case ("events", first, length, _):
            return Selector(what=What.EVENTS, session_id=which.session_id, span=(first, first + length))
        case ("picked", contexts, frames, events, _):
            return _picked(which, What.HITS, contexts=contexts, frames=frames, events=events)
        case _:
            return Selector(what=What.SESSION, session_id=which.session_id)


SLOW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(chosen=st.lists(choices, min_size=1, max_size=4), data=st.data())
def test_whatever_is_staged_in_any_order_and_undone_in_any_order_nothing_has_changed(
    rich_home: tuple[Path, list[SessionStart]], chosen: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    with copied(rich_home) as (home, unlocked, starts):
        before, shown = bytes_of(home), view(home, unlocked)
        ids = [staged.stage(home, unlocked, _selector(one, starts)).id for one in chosen]
        for stage_id in data.draw(st.permutations([one for one in ids if one])):
            staged.undo(home, unlocked, stage_id)
        assert bytes_of(home) == before
        assert view(home, unlocked) == shown


@SLOW
@given(chosen=st.lists(choices, min_size=1, max_size=3), data=st.data())
def test_whatever_is_staged_is_shown_as_purging_leaves_it_and_the_order_does_not_matter(
    rich_home: tuple[Path, list[SessionStart]], chosen: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    selectors = data.draw(st.permutations(chosen))
    with copied(rich_home) as (home, unlocked, starts):
        for one in chosen:
            staged.stage(home, unlocked, _selector(one, starts))
        expected = view(home, unlocked)
    with copied(rich_home) as (home, unlocked, starts):
        for one in selectors:
            staged.stage(home, unlocked, _selector(one, starts))
        shown, summaries = view(home, unlocked), listed(home, unlocked)
        assert shown == expected
        assert staged.purge(home, unlocked).verified
        assert view(home, unlocked) == shown
        assert listed(home, unlocked) == summaries
        assert all(SessionReader(home, one, unlocked).check() == [] for one in shown_ids(home, unlocked))


@SLOW
@given(chosen=choices)
def test_whatever_is_staged_is_shown_as_a_plain_deletion_leaves_it(
    rich_home: tuple[Path, list[SessionStart]], chosen: tuple[Any, ...]
) -> None:
    with copied(rich_home) as (home, unlocked, starts):
        staged.stage(home, unlocked, _selector(chosen, starts))
        shown = view(home, unlocked)
    with copied(rich_home) as (home, unlocked, starts):
        delete.delete(home, unlocked, _selector(chosen, starts))
        assert view(home, unlocked) == shown


def test_the_same_again_hides_no_more_and_undoing_one_of_two_still_hides(
    rich_home: tuple[Path, list[SessionStart]],
) -> None:
    with copied(rich_home) as (home, unlocked, starts):
        selector = _between(starts[0], 5, 15)
        staged.stage(home, unlocked, selector)
        shown = view(home, unlocked)
        staged.stage(home, unlocked, selector)
        assert view(home, unlocked) == shown
        staged.undo(home, unlocked, 1)
        assert view(home, unlocked) == shown


def test_a_window_takes_every_picture_that_may_show_it_and_nothing_of_its_apps_other_windows(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = record(
        home,
        recipient,
        [
            [
                context(1, 0, "Browser", "other"),
                frame(1, 1, context_id=1, apps=("Browser",)),
                shortcut(2, "ctrl+t", context_id=1, app="Browser"),
                context(2, 10, "Browser", "bank"),
                frame(2, 11, context_id=2, apps=("Browser",)),
                shortcut(12, "ctrl+c", context_id=2, app="Browser"),
                context(3, 20, "Editor", "notes"),
                frame(3, 21, context_id=3, apps=("Browser", "Editor")),  # the bank may still be visible
                frame(4, 22, context_id=3, apps=("Editor",)),
                shortcut(23, "ctrl+v", context_id=3, app="Editor"),
            ]
        ],
    )

    delete.delete(home, unlocked, _picked(start, What.WINDOW, contexts=(2,)))

    reader = SessionReader(home, start.session_id, unlocked)
    assert reader.table("frames")["frame_id"].to_pylist() == [1, 4]
    assert reader.table("contexts")["window_title"].to_pylist() == ["other", "notes"]
    left = [row["key"] for row in reader.table("events").to_pylist() if row["kind"] == "key"]
    assert left == ["ctrl+t", "ctrl+v"]


def test_the_modules_that_these_tests_break_exist() -> None:
    assert all(callable(one) for one in (keys.make, staged_view.refresh, staged_file.reseal))
