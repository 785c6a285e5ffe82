"""`recorder review` in its command-line form, as a process of its own."""

from pathlib import Path

from tests.recorded import STARTED_US, RecordedHome, S, Story, home

__all__ = ["home"]


def test_a_session_is_unreviewed_until_somebody_says_otherwise(home: RecordedHome) -> None:
    session_id = home.record()

    assert [(s["id"], s["state"]) for s in home.json("review", "list")] == [(session_id, "unreviewed")]
    approved = home.json("review", "approve", "last")
    assert (approved["id"], approved["state"]) == (session_id, "approved")
    segments = [path.name for path in (home.path / "sessions" / session_id / "segments").iterdir()]
    assert sorted(approved["files"]) == sorted(["manifest.json", *segments])
    assert [s["state"] for s in home.json("review", "list")] == ["approved"]
    assert home.json("review", "reject", session_id[:20])["state"] == "withheld"
    assert [s["state"] for s in home.json("review", "list")] == ["withheld"]


def test_looking_at_a_session_says_what_can_be_typed_next(home: RecordedHome) -> None:
    session_id = home.record()

    told = home.run("review", "show", "last").stdout
    assert told.startswith(home.run("show", "last").stdout)
    assert f"recorder review approve {session_id}" in told
    assert f"recorder review show {session_id} --frames" in told
    assert [s["state"] for s in home.json("review", "list")] == ["unreviewed"]


def test_show_and_delete_are_the_same_commands_here(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record()

    assert home.json("review", "show", "last") == home.json("show", "last")
    assert home.json("review", "show", "last", "--events") == home.json("show", "last", "--events")
    home.run("review", "show", "last", "--frames", str(tmp_path / "pictures"))
    assert len(list((tmp_path / "pictures").iterdir())) == 6
    planned = home.json("review", "delete", "--session", "last", "--dry-run")
    assert (planned["dry_run"], planned["sessions"]) == (True, [session_id])
    assert home.json("review", "delete", "--app", "Browser", "--stage")["frames"] == 3
    assert home.json("show", "last")["apps"] == ["Editor"]
    home.run("review", "delete", "--undo")
    assert home.json("review", "delete", "--session", "last", "--yes")["verified"]
    assert home.json("review", "list") == []


def test_deciding_can_be_tried_and_decides_nothing_then(home: RecordedHome) -> None:
    session_id = home.record()

    tried = home.json("review", "approve", "last", "--dry-run")
    assert (tried["dry_run"], tried["state"], tried["would_be"]) == (True, "unreviewed", "approved")
    assert (tried["pictures"], tried["pictures_looked_at"]) == (6, 0)
    assert "0 of 6 pictures were looked at" in home.run("review", "approve", "last", "--dry-run").stdout
    assert home.json("review", "list")[0]["state"] == "unreviewed"
    done = home.json("review", "approve", "last")
    assert done["files"] == tried["files"]
    assert not done["dry_run"]
    assert home.json("review", "reject", "last", "--dry-run")["state"] == "approved"
    assert home.json("review", "list")[0]["state"] == "approved"
    actions = [line["action"] for line in home.json("log")]
    assert actions.count("review_approved") == 1
    assert "review_rejected" not in actions
    assert home.json("review", "reject", session_id)["state"] == "withheld"


def test_trying_to_approve_what_does_not_verify_is_refused_like_approving_it(home: RecordedHome) -> None:
    session_id = home.record()
    file = sorted((home.path / "sessions" / session_id / "segments").iterdir())[0]
    file.write_bytes(file.read_bytes()[:-30] + bytes(30))

    tried = home.run("review", "approve", "last", "--dry-run", code=2)
    assert home.run("review", "approve", "last", code=2).stderr == tried.stderr
    assert session_id in tried.stderr


def test_search_is_literal_and_goes_through_all_sessions(home: RecordedHome) -> None:
    first = home.record(Story(titles=("call (555) 123", "start")))
    home.record(Story(titles=("nothing", "here")), started_us=STARTED_US + 3600 * S)

    (hit,) = home.json("review", "search", "(555) 123")
    expected = {"id": first, "table": "contexts", "column": "window_title", "number": 0, "at_s": 0.0}
    assert hit == expected | {"text": "call (555) 123"}
    assert home.json("review", "search", "[") == []
    assert "0 found" in home.run("review", "search", "*(").stdout


def test_an_empty_home_has_nothing_to_review(home: RecordedHome) -> None:
    assert home.json("review", "list") == []
    assert "nothing is recorded yet" in home.run("review", "list").stdout
    assert "no session" in home.run("review", "approve", "last", code=2).stderr


def test_every_form_answers_help_with_an_example(home: RecordedHome) -> None:
    for name in ("search", "approve", "reject", "list", "show", "delete"):
        assert f"Example:  recorder review {name}" in home.run("review", name, "--help").stdout
    assert "Example:" in home.run("review", "--help").stdout
    assert "Example:  recorder show" in home.run("show", "--help").stdout
