"""`recorder review` in its command-line form, as a process of its own."""

import pytest

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

    told = home.run("review", "last").stdout
    assert f"recorder review approve {session_id}" in told
    assert f"recorder show {session_id} --frames" in told
    assert [s["state"] for s in home.json("review", "list")] == ["unreviewed"]


def test_search_is_literal_and_goes_through_all_sessions(home: RecordedHome) -> None:
    first = home.record(Story(titles=("call (555) 123", "start")))
    home.record(Story(titles=("nothing", "here")), started_us=STARTED_US + 3600 * S)

    (hit,) = home.json("review", "search", "(555) 123")
    expected = {"id": first, "table": "contexts", "column": "window_title", "number": 0, "at_s": 0.0}
    assert hit == expected | {"text": "call (555) 123"}
    assert home.json("review", "search", "[") == []
    assert "0 found" in home.run("review", "search", "*(").stdout


@pytest.mark.parametrize("arguments", [["--no-browser"], ["last", "--no-browser"]])
def test_the_page_that_is_not_there_yet_is_said_to_be_missing(home: RecordedHome, arguments: list[str]) -> None:
    home.record()

    assert "no review page" in home.run("review", *arguments, code=2).stderr


def test_an_empty_home_has_nothing_to_review(home: RecordedHome) -> None:
    assert home.json("review", "list") == []
    assert "nothing is recorded yet" in home.run("review").stdout
    assert "no session" in home.run("review", "approve", "last", code=2).stderr


def test_every_form_answers_help_with_an_example(home: RecordedHome) -> None:
    for words in (["review"], ["review", "search"], ["review", "approve"], ["review", "reject"], ["review", "list"]):
        assert "Example:" in home.run(*words, "--help").stdout
