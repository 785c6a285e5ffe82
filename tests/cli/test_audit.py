"""`recorder audit`, as a process of its own: what it lists, what it hides, what it leaves, what it can't reach."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recorder.errors import ExitCode
from recorder.store.lock import RunLock
from recorder.store.session import SessionReader
from tests.cli.machines import ROOT, KeyringMachine
from tests.recorded import PASSPHRASE, RecordedHome, home
from tests.review.planted import CARD, MAIL, NAME, PHONE, SECRET, TOKEN, full_story, story

__all__ = ["home"]
FOUND = (CARD, MAIL, NAME, PHONE, SECRET, TOKEN)


def test_every_stream_is_in_the_table_and_only_the_ends_of_what_was_found(home: RecordedHome) -> None:
    session_id = home.record(full_story())

    done = home.run("audit", session_id)

    for word in ("frame", "title", "typed", "url", "target", "task", "card number", "capitalised pair"):
        assert word in done.stdout
    assert "3 pictures (2 of them different): 7 to look at" in done.stdout
    assert not [secret for secret in FOUND if secret in done.stdout + done.stderr]
    assert "ze…rg" in done.stdout
    assert "of 3 pictures, about" in done.stderr
    assert MAIL in home.run("audit", session_id, "--reveal").stdout


def test_json_has_places_and_what_was_found_on_request_alone(home: RecordedHome) -> None:
    home.record(full_story())

    found = home.json("audit", "last")
    assert (found["frames"], found["frames_read"], found["damaged"]) == (3, 2, [])
    (card,) = [one for one in found["sightings"] if one["where"] == "frame"]
    assert (card["rule"], card["ref_id"], card["at_s"], card["times"]) == ("card_number", 100, 1.0, 2)
    assert card["at"] == "2025-10-09T08:53:21.000Z"
    assert card["rect"]["width"] > 100
    assert not any("text" in one for one in found["sightings"])

    revealed = home.json("audit", "last", "--reveal")["sightings"]
    assert {one["text"] for one in revealed} >= {MAIL, NAME, PHONE}


def test_nothing_to_look_at_is_no_proof_and_no_error(home: RecordedHome) -> None:
    session_id = home.record(story())

    told = home.run("audit", session_id).stdout
    assert "nothing to look at. That is no proof" in told
    assert f"recorder show {session_id}" in told


def test_pictures_are_written_for_the_owners_eyes_alone_with_a_box(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record(full_story())
    folder = tmp_path / "to-look-at"

    done = home.run("audit", session_id, "--pictures", str(folder))

    assert "for your eyes" in done.stderr
    (picture,) = folder.iterdir()
    assert picture.name == "frame-000100.png"
    assert stat.S_IMODE(picture.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    marked = np.asarray(Image.open(picture)).reshape(-1, 3)
    assert (marked == (0xD1, 0x24, 0x2F)).all(axis=1).sum() > 200
    assert not Image.open(picture).info


def test_no_picture_is_written_over_others_or_into_the_home(home: RecordedHome, tmp_path: Path) -> None:
    home.record(full_story())
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")

    home.run("audit", "last", "--pictures", str(tmp_path / "full"), code=ExitCode.USAGE)
    home.run("audit", "last", "--pictures", str(home.path / "open"), code=ExitCode.USAGE)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine"]
    assert not (home.path / "open").exists()


def test_the_history_says_that_it_was_audited_and_how_much_was_seen(home: RecordedHome) -> None:
    session_id = home.record(full_story())
    home.run("audit", session_id)

    row = home.json("log")[-1]
    assert (row["actor"], row["action"], row["object_id"], row["count"]) == ("review", "audited", session_id, 7)
    assert home.run("log", "--verify").returncode == 0


def test_an_audit_changes_no_approval(home: RecordedHome) -> None:
    session_id = home.record(full_story())
    home.run("review", "approve", session_id)
    home.run("audit", session_id)

    assert home.json("show", session_id)["state"] == "approved"


def test_a_damaged_part_is_named_and_the_rest_is_read(home: RecordedHome) -> None:
    session_id = home.record(full_story())
    reader = SessionReader(home.path, session_id, home.unlocked)
    (frames, *_) = [file for entry in reader.manifest.segments for file in entry.files if file.table == "frames"]
    path = next(home.path.rglob(frames.name))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    done = home.run("audit", session_id, "--json", code=ExitCode.USAGE)

    found = json.loads(done.stdout)
    assert found["damaged"]
    assert {one["where"] for one in found["sightings"]} >= {"title", "typed", "task"}
    assert "segment" in done.stderr


# What Python opens for writing and what it makes of sockets is told; then the real command runs.
TRACED = """
import os, socket, sys
told = []
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        told.append(f"writes {os.fsdecode(arguments[0])}")
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        told.append(event)
sys.addaudithook(hook)
from recorder.cli import main
code = main(sys.argv[1:])
try:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    told.append("the network is open")
except PermissionError:
    told.append("cut off")
print("\\n".join(told), file=sys.stderr)
sys.exit(code)
"""


def test_it_is_cut_off_from_the_network_asks_for_none_and_writes_only_its_history(
    home: RecordedHome, tmp_path: Path
) -> None:
    home.record(full_story())
    done = subprocess.run(
        [sys.executable, "-c", TRACED, "audit", "last"],
        env={name: value for name, value in os.environ.items() if "TELEMETRY" not in name}
        | {
            "RECORDER_HOME": str(home.path),
            "RECORDER_PASSPHRASE_COMMAND": f"echo '{PASSPHRASE}'",
            "HOME": str(tmp_path / "empty"),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True, text=True, timeout=120, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip

    told = [line for line in done.stderr.splitlines() if not line.startswith("recorder: ")]
    assert told.count("cut off") == 1, told
    assert not [line for line in told if line.startswith("socket.")]
    written = {Path(line.removeprefix("writes ")) for line in told if line.startswith("writes ")}
    ours = {path.relative_to(home.path).as_posix() for path in written if path != Path("/dev/null")}
    # Besides the history its head, which the vault keeps: a new file that takes the old one's place.
    assert {name for name in ours if not name.startswith(".tmp-")} == {"audit.jsonl", "audit.lock", "keys.lock"}
    assert not (tmp_path / "empty").exists()


def test_without_the_reader_it_says_what_to_install(home: RecordedHome) -> None:
    home.record(full_story())
    gone = "import sys\nfor name in ('rapidocr', 'onnxruntime'): sys.modules[name] = None\n"
    code = gone + (
        "import importlib.util as u\nreal = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name in ('rapidocr', 'onnxruntime') else real(name, *more)\n"
        "from recorder.cli import main\nsys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "audit", "last"],
        env=os.environ | {"RECORDER_HOME": str(home.path)},
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip

    assert done.returncode == ExitCode.ENVIRONMENT
    assert 'pip install "recorder[audit]"' in done.stderr
    assert done.stdout == ""


def test_what_is_still_being_recorded_is_not_audited_by_half(home: RecordedHome) -> None:
    lock = RunLock(home.path)
    with lock, home.recording(full_story()) as (session_id, _):
        told = home.run("audit", session_id, code=ExitCode.USAGE)

    assert "still being recorded" in told.stderr
    assert told.stdout == ""


@pytest.mark.parametrize("typed", ["nothing-like-it", ""])
def test_a_session_that_is_not_there_is_said(home: RecordedHome, typed: str) -> None:
    home.record(story())

    assert "no such session" in home.run("audit", typed, code=ExitCode.USAGE).stderr


# What `make_home` does, with the keyring in the place of the passphrase.
UNDER_THE_KEYRING = """
import os
from pathlib import Path
from unittest import mock
from recorder.store.vault import Vault
from tests import recorded
from tests.review.planted import full_story
create = Vault.create
with mock.patch.object(Vault, "create", lambda path, passphrase: create(path, passphrase=None)):
    recorded.make_home(Path(os.environ["RECORDER_HOME"])).record(full_story())
"""


def test_with_a_keyring_the_history_is_anchored_from_within_the_jail(keyring_machine: KeyringMachine) -> None:
    made = subprocess.run(
        [sys.executable, "-c", UNDER_THE_KEYRING],
        env=keyring_machine.env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr

    done = keyring_machine.run("audit", "last", "--json")

    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["sightings"]) == 7
    verified = json.loads(keyring_machine.run("log", "--json").stdout)
    assert verified[-1]["action"] == "audited"
    assert "without the key" not in keyring_machine.run("log", "--verify").stderr
