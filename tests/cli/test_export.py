"""`recorder export`, as a process of its own: what it refuses, and what it writes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet
import pytest

from recorder.consent import act
from recorder.consent.keeper import VaultKeeper
from recorder.consent.notice import SELF
from recorder.consent.record import Choices
from recorder.model.consent import Category, Purpose
from tests.recorded import STARTED_US, RecordedHome, S, home

__all__ = ["home"]


def test_what_is_not_approved_is_refused_with_the_way_to_approve_it(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record()

    told = home.run("export", "last", "--out", str(tmp_path / "out"), code=4)
    assert f"hint: recorder review approve {session_id}" in told.stderr
    assert "no session is approved" in home.run("export", "--approved", "--out", str(tmp_path / "out"), code=4).stderr
    assert not (tmp_path / "out").exists()


def test_an_approved_session_becomes_a_folder(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record()
    home.run("review", "approve", session_id)

    told = home.json("export", session_id, "--out", str(tmp_path / "out"))
    assert (told["sessions"], told["rows"]["frames"], told["path"]) == (1, 6, str(tmp_path / "out"))
    names = {"README.md", "data", "export-manifest.json", "redaction-report.json", "redaction-report.png"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names


def test_approved_takes_all_that_are_and_none_that_are_not(home: RecordedHome, tmp_path: Path) -> None:
    ids = [home.record(started_us=STARTED_US + day * 86_400 * S) for day in range(3)]
    for session_id in ids[:2]:
        home.run("review", "approve", session_id)

    assert home.json("export", "--approved", "--to-me", "--out", str(tmp_path / "out"))["sessions"] == 2
    assert len(json.loads((tmp_path / "out" / "export-manifest.json").read_text())["sessions"]) == 2


def test_one_changed_byte_after_the_approval_and_nothing_leaves(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record()
    home.run("review", "approve", session_id)
    file = next((home.path / "sessions" / session_id / "segments").glob("*frames*"))
    content = file.read_bytes()
    file.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])

    assert "changed after it was approved" in home.run("export", "last", "--out", str(tmp_path / "out"), code=4).stderr
    assert not (tmp_path / "out").exists()


def test_a_deletion_after_the_approval_ends_it(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record()
    home.run("review", "approve", session_id)
    home.run("delete", "--app", "Browser", "--yes")

    assert [s["state"] for s in home.json("review", "list")] == ["unreviewed"]
    home.run("export", session_id, "--out", str(tmp_path / "out"), code=4)


def test_without_a_consent_in_force_nothing_leaves(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record()
    home.run("review", "approve", session_id)
    act.end(home.path, VaultKeeper(home.unlocked))

    told = home.run("export", session_id, "--out", str(tmp_path / "out"), code=3)
    assert "withdrawn" in told.stderr
    assert not (tmp_path / "out").exists()


def test_after_a_narrower_consent_of_ones_own_only_what_both_allow_leaves(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record()
    home.run("review", "approve", session_id)
    fewer = Choices(categories=frozenset({Category.POINTER_CLICKS}), purposes=frozenset(Purpose), days=30, shown_s=30.0)
    act.give(home.path, VaultKeeper(home.unlocked), SELF, fewer)

    home.run("export", session_id, "--out", str(tmp_path / "out"))
    events = pyarrow.parquet.read_table(next((tmp_path / "out" / "data").glob("*events*")))
    assert "button" in events.column("kind").to_pylist()
    assert {"text_run", "key", "pointermove"}.isdisjoint(events.column("kind").to_pylist())
    assert not list((tmp_path / "out" / "data").glob("*frames*"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["last"],
        ["--out", "OUT"],
        ["last", "--approved", "--out", "OUT"],
        ["last", "--format", "csv", "--out", "OUT"],
        ["last", "--force", "--out", "OUT"],
        ["nothing", "--out", "OUT"],
        ["last", "--out", "OUT/deeper/still"],
        ["last", "--out", "HOME/inside"],
    ],
)
def test_a_command_that_does_not_add_up_is_refused(home: RecordedHome, tmp_path: Path, arguments: list[str]) -> None:
    home.record()
    home.run("review", "approve", "last")
    words = [word.replace("OUT", str(tmp_path / "out")).replace("HOME", str(home.path)) for word in arguments]

    home.run("export", *words, code=2)
    assert not (tmp_path / "out").exists()


def test_the_formats_that_exist_are_listed(home: RecordedHome, tmp_path: Path) -> None:
    told = home.run("export", "last", "--format", "lerobot", "--out", str(tmp_path / "out"), code=2)

    assert "parquet" in told.stderr


def test_a_home_without_anything_has_no_consent_either(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "recorder", "export", "--approved", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, env=os.environ | {"RECORDER_HOME": str(tmp_path / "new")}, capture_output=True)

    assert done.returncode == 3
    assert not (tmp_path / "new").exists()
