"""`recorder tidy`: nothing goes by itself, nothing unsaid, and what was previewed is what goes."""

import time

from recorder.model.policy import Keep, Policy
from recorder.store.policy_file import save_policy
from tests.recorded import STARTED_US, RecordedHome, S, home

__all__ = ["home"]

OLD = STARTED_US


def test_without_a_word_about_keeping_nothing_goes(home: RecordedHome) -> None:
    home.record(started_us=OLD)

    done = home.run("tidy", "--yes", code=2)
    assert "[keep]" in done.stderr
    assert len(home.json("list")) == 1


def test_what_is_old_goes_and_the_preview_is_the_result(home: RecordedHome) -> None:
    old, recent = home.record(started_us=OLD), home.record(started_us=time.time_ns() // 1000 - 3600 * S)
    save_policy(home.path, Policy(keep=Keep(days=30)))

    home.run("tidy", code=2)  # nobody is here to ask
    planned = home.json("tidy", "--dry-run")
    assert [(one["id"], one["why"]) for one in planned["sessions"]] == [(old, "old")]
    assert len(home.json("list")) == 2
    done = home.json("tidy", "--yes")
    assert done == planned | {"dry_run": False, "verified": True}
    assert [one["id"] for one in home.json("list")] == [recent]


def test_what_is_approved_and_was_not_exported_is_spared_until_it_left_or_somebody_says_so(home: RecordedHome) -> None:
    first, second = home.record(started_us=OLD), home.record(started_us=OLD + 3600 * S)
    save_policy(home.path, Policy(keep=Keep(days=30)))
    for session_id in (first, second):
        home.run("review", "approve", session_id)
    home.run("export", first, "--out", str(home.path.parent / "out"))

    planned = home.run("tidy", "--dry-run")
    assert f"{second} is due, but approved and not exported" in planned.stderr
    assert [one["id"] for one in home.json("tidy", "--yes")["sessions"]] == [first]
    assert [one["id"] for one in home.json("tidy", "--yes", "--also-approved")["sessions"]] == [second]
    assert home.json("list") == []


def test_a_history_that_was_changed_proves_no_export(home: RecordedHome) -> None:
    session_id = home.record(started_us=OLD)
    save_policy(home.path, Policy(keep=Keep(days=30)))
    home.run("review", "approve", session_id)
    home.run("export", session_id, "--out", str(home.path.parent / "out"))
    log = home.path / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b"review_approved", b"review_rejected"))

    done = home.run("tidy", "--dry-run")
    assert "every session counts as not exported" in done.stderr
    assert f"{session_id} is due" in done.stderr
