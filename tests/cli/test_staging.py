"""`recorder delete --stage`, `--staged`, `--undo`, `--purge`, `--window`, `--hits`: what they say and what is left."""

from pathlib import Path

import pytest

from recorder.demo.scan import scan
from recorder.store.audit import AuditLog
from tests.recorded import STARTED_US, RecordedHome, S, Story, home

__all__ = ["home"]

CANARIES = ("Q7-canary-editor-title", "Z4-canary-browser-title")
STORY = Story(titles=CANARIES, seconds=60, frames=6)


def _bytes(home: RecordedHome) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (home.path / "sessions").rglob("*") if path.is_file()}


def _views(home: RecordedHome, session_id: str) -> str:
    return "\n".join(
        home.run(*command).stdout
        for command in (
            ("list", "--json"),
            ("show", session_id, "--json"),
            ("show", session_id, "--events"),
            ("review", "search", CANARIES[1], "--json"),
        )
    )


def test_a_staged_app_is_in_no_view_and_comes_back_bit_for_bit(home: RecordedHome) -> None:
    session_id = home.record(STORY)
    before, shown = _bytes(home), _views(home, session_id)
    assert CANARIES[1] in shown

    staged = home.json("delete", "--app", "Browser", "--stage")
    assert (staged["id"], staged["what"], staged["app"], staged["sessions"]) == (1, "app", "Browser", [session_id])
    assert (staged["events"], staged["frames"], staged["seconds"]) == (25, 3, pytest.approx(30, abs=0.5))
    assert _bytes(home) == before
    hidden = _views(home, session_id)
    assert CANARIES[1] not in hidden
    assert "Browser" not in hidden
    assert home.json("list")[0]["staged"] is True
    assert "1 deletion is staged and left out here" in home.run("list").stderr
    assert "a part of it is staged for deletion" in home.run("show", session_id).stdout

    assert home.json("delete", "--undo")["undone"] == [1]
    assert _bytes(home) == before
    assert _views(home, session_id) == shown


def test_it_says_until_when_it_can_be_undone_and_what_is_staged(home: RecordedHome) -> None:
    home.record(STORY)

    said = home.run("delete", "--app", "Browser", "--stage").stdout
    assert "staged as 1: 25 events, 3 pictures, 30 s of recording" in said
    assert "it can be undone until you purge; nothing is purged by itself" in said
    assert "recorder delete --undo 1" in said
    assert "Browser" in home.run("delete", "--staged").stdout
    (listed,) = home.json("delete", "--staged")
    assert (listed["id"], listed["events"], listed["frames"]) == (1, 25, 3)
    home.run("delete", "--undo", "all")
    assert home.json("delete", "--staged") == []


def test_purging_leaves_no_byte(home: RecordedHome) -> None:
    session_id = home.record(STORY)
    gone = home.record(started_us=STARTED_US + 86_400 * S)
    home.run("delete", "--app", "Browser", "--stage")
    home.run("delete", "--session", gone, "--stage")
    home.run("delete", "--purge", code=2)  # nobody is here to ask
    planned = home.json("delete", "--purge", "--dry-run")

    receipt = home.json("delete", "--purge", "--yes")
    assert receipt == planned | {"dry_run": False, "verified": True}
    assert (receipt["purged"], receipt["sessions_gone"], receipt["sessions"]) == ([1, 2], 1, [session_id, gone])
    assert scan([home.path], CANARIES[1:]) == []
    assert [one["id"] for one in home.json("list")] == [session_id]
    assert home.json("delete", "--purge", "--yes")["purged"] == []


def test_the_history_says_what_was_staged_undone_and_purged_and_never_which_app(home: RecordedHome) -> None:
    session_id = home.record(STORY)
    for arguments in (
        ["--app", "Browser", "--stage"],
        ["--undo"],
        ["--app", "Browser", "--stage"],
        ["--purge", "--yes"],
    ):
        home.run("delete", *arguments)

    lines = [(row.action, row.object_id) for row in AuditLog(home.path, home.unlocked).rows()]
    actions = ["deletion_staged", "deletion_undone", "deletion_staged", "deleted"]
    assert lines[-4:] == [(action, session_id) for action in actions]
    assert "Browser" not in (home.path / "audit.jsonl").read_text()


def test_a_session_staged_whole_is_refused_by_name_with_the_way_back(home: RecordedHome) -> None:
    session_id = home.record(STORY)
    home.run("delete", "--session", "last", "--stage")

    done = home.run("show", session_id, code=2)
    assert "staged for deletion" in done.stderr
    assert "recorder delete --undo" in done.stderr
    assert home.json("list") == []
    assert home.json("review", "search", CANARIES[0]) == []


def test_a_damaged_file_shows_nothing_until_everything_is_shown_again(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record(STORY)
    home.run("review", "approve", session_id)
    home.run("delete", "--app", "Browser", "--stage")
    (home.path / "staged.json").unlink()

    for command in (
        ["list"],
        ["show", session_id],
        ["review", "search", "x"],
        ["review", "approve", session_id],
        ["export", "--approved", "--out", str(tmp_path / "out")],
        ["delete", "--staged"],
    ):
        done = home.run(*command, code=2)
        assert "staged.json is gone" in done.stderr
        assert "recorder delete --undo all" in done.stderr
        assert CANARIES[0] not in done.stdout
    assert not (tmp_path / "out").exists()
    home.run("delete", "--undo", "all")
    assert home.json("list")[0]["state"] == "approved"


def test_what_is_staged_never_leaves_and_an_approval_holds_again_after_undo(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record(STORY)
    home.run("review", "approve", session_id)
    home.run("delete", "--app", "Browser", "--stage")

    home.run("export", session_id, "--out", str(tmp_path / "first"), code=4)
    home.run("review", "approve", session_id)
    home.run("export", session_id, "--out", str(tmp_path / "second"))
    assert scan([tmp_path / "second"], ["Browser", CANARIES[1]]) == []
    home.run("delete", "--undo")

    assert home.json("list")[0]["state"] == "unreviewed"  # what was approved last was less than this
    home.run("export", session_id, "--out", str(tmp_path / "third"), code=4)


@pytest.mark.parametrize(
    ("option", "text", "left", "gone"),
    [
        ("--window", CANARIES[1].upper(), CANARIES[0], CANARIES[1]),
        ("--hits", "Z4-canary", CANARIES[0], CANARIES[1]),
    ],
)
def test_a_window_or_what_a_search_finds_can_be_deleted(
    home: RecordedHome, option: str, text: str, left: str, gone: str
) -> None:
    session_id = home.record(STORY)
    planned = home.json("delete", option, text, "--dry-run")
    receipt = home.json("delete", option, text, "--yes")

    assert receipt == planned | {"dry_run": False, "verified": True}
    assert (receipt["sessions"], receipt["frames"], receipt["events"]) == ([session_id], 3, 25)
    assert home.json("review", "search", gone) == []
    assert home.json("review", "search", left) != []
    assert scan([home.path], [gone]) == []


def test_d2_a_word_in_the_task_takes_the_task_and_leaves_the_session(home: RecordedHome) -> None:
    session_id = home.record(Story(task="visit the xylophone shop"))
    home.run("review", "approve", session_id)
    events = home.run("show", session_id, "--events").stdout
    planned = home.json("delete", "--hits", "xylophone", "--dry-run")
    receipt = home.json("delete", "--hits", "xylophone", "--yes")

    assert receipt == planned | {"dry_run": False, "verified": True}
    assert (receipt["tasks"], receipt["events"], receipt["frames"], receipt["bytes"]) == (1, 0, 0, 0)
    assert home.json("show", session_id)["task"] is None
    assert home.run("show", session_id, "--events").stdout == events
    assert home.json("list")[0]["state"] == "unreviewed"
    assert home.json("review", "search", "xylophone") == []
    assert home.json("delete", "--hits", "xylophone", "--yes")["sessions"] == []


def test_a_staged_task_is_in_no_view_comes_back_and_is_said_where_it_is_listed(home: RecordedHome) -> None:
    session_id = home.record(Story(task="visit the xylophone shop"))
    before = _bytes(home)

    said = home.run("delete", "--hits", "xylophone", "--stage").stdout
    assert "staged as 1: 0 events, 0 pictures, 1 tasks" in said
    assert home.json("delete", "--staged")[0]["tasks"] == 1
    assert home.json("show", session_id)["task"] is None
    assert home.json("list")[0]["task"] is None
    assert home.json("review", "search", "xylophone") == []
    assert _bytes(home) == before
    home.run("delete", "--undo")
    assert home.json("show", session_id)["task"] == "visit the xylophone shop"
    home.run("delete", "--hits", "xylophone", "--stage")
    purged = home.json("delete", "--purge", "--yes")
    assert (purged["tasks"], purged["sessions_gone"], purged["verified"]) == (1, 0, True)
    assert home.json("show", session_id)["task"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["--undo", "--purge"],
        ["--staged", "--app", "Editor"],
        ["--undo", "x"],
        ["--undo", "9"],
        ["--stage"],
        ["--hits", " ", "--yes"],
        ["--purge", "--json"],
    ],
)
def test_nothing_happens_without_a_clear_word(home: RecordedHome, arguments: list[str]) -> None:
    home.record(STORY)
    before = _bytes(home)

    home.run("delete", *arguments, code=2)
    assert _bytes(home) == before
