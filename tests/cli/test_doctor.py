"""`recorder doctor` and the five lines: what is missing is named, with what to do; nothing is asked or recorded."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recorder.demo.desktop import VirtualDesktop
from recorder.errors import ExitCode
from recorder.store.vault import Vault
from tests.cli.machines import COMMAND, KEYRING_PASSWORD, PASSPHRASE, ROOT, Machine
from tests.store.synthetic import two_apps


def checks(machine: Machine) -> tuple[int, dict[str, dict[str, object]]]:
    done = machine.run("doctor", "--json")
    value = json.loads(done.stdout)
    assert value["ok"] == (done.returncode == 0)
    return done.returncode, {check["name"]: check for check in value["checks"]}


def test_a_machine_without_display_and_keyring_is_told_what_is_missing(bare_machine: Machine) -> None:
    code, found = checks(bare_machine)

    assert code == ExitCode.ENVIRONMENT
    assert not found["display"]["ok"]
    assert "no display found" in str(found["display"]["detail"])
    assert not found["keys"]["ok"]
    assert found["keys"]["hint"]
    assert found["policy"]["ok"]
    assert found["disk"]["ok"]
    assert not bare_machine.home.exists()


def test_a_policy_that_makes_no_sense_is_found(bare_machine: Machine) -> None:
    bare_machine.run("allow", "xterm")
    (bare_machine.home / "policy.toml").write_text("version = 1\nallow = 'all'\n")

    _, found = checks(bare_machine)
    assert "line 2: 'allow'" in str(found["policy"]["detail"])


@pytest.fixture(scope="module")
def desktop() -> Iterator[VirtualDesktop]:
    with VirtualDesktop(keyring_password=KEYRING_PASSWORD) as virtual:
        yield virtual


@pytest.mark.desktop
def test_a_whole_desktop_is_good(desktop: VirtualDesktop, tmp_path: Path) -> None:
    machine = Machine(dict(desktop.env) | {"RECORDER_HOME": str(tmp_path / "home")})
    machine.opt_in("1 7")
    machine.run("allow", "xterm")

    code, found = checks(machine)
    assert code == ExitCode.GOOD, found
    assert found["consent"]["detail"] == "given"
    assert "1920x1080" in str(found["display"]["detail"])
    assert machine.run("doctor").stdout.count("good") == len(found)


def test_the_five_lines_follow_the_day(passphrase_machine: Machine) -> None:
    assert "allow" in passphrase_machine.run().stdout.splitlines()[4]
    passphrase_machine.run("allow", "xterm")

    lines = passphrase_machine.run().stdout.splitlines()
    assert len(lines) == 5
    assert "given, 2 kinds of data" in lines[0]
    assert "not checked" in lines[0]
    assert lines[4].endswith("recorder record")


def with_damaged(tmp_path: Path, file: str) -> Path:
    """A copy of the whole package in which one byte of one file is another."""
    copy = tmp_path / "code"
    shutil.copytree(ROOT / "recorder", copy / "recorder", ignore=shutil.ignore_patterns("__pycache__"))
    path = copy / "recorder" / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return copy


def run_from(code: Path, machine: Machine, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=code, env=machine.env | {"PYTHONPATH": str(code)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_damaged_word_list_is_named_and_nothing_is_kept_of_any_text(bare_machine: Machine, tmp_path: Path) -> None:
    code = with_damaged(tmp_path, "guard/text/lists/words.txt")

    done = run_from(code, bare_machine, "doctor", "--json")

    (text,) = [check for check in json.loads(done.stdout)["checks"] if check["name"] == "text"]
    assert not text["ok"]
    assert text["detail"] == "the word list words.txt is damaged: all text is withheld"
    assert "pip install" in text["hint"]
    masked = run_from(code, bare_machine, "mask", "the file")
    assert "words.txt is damaged" in masked.stderr
    assert masked.stdout.splitlines()[0] == "[closed]"


def test_the_reader_of_words_is_checked_only_if_a_rule_asks_for_it(bare_machine: Machine, tmp_path: Path) -> None:
    code = with_damaged(tmp_path, "guard/reveal/data/eng.traineddata")
    before = {
        check["name"]: check for check in json.loads(run_from(code, bare_machine, "doctor", "--json").stdout)["checks"]
    }
    assert before["words"]["ok"]
    assert before["text"]["ok"]

    bare_machine.home.mkdir(parents=True, exist_ok=True)
    rule = 'version = 1\n[[app]]\nname = "Editor"\nwm_class = "Editor"\npictures = "words"\n'
    (bare_machine.home / "policy.toml").write_text(rule)
    (bare_machine.home / "policy.toml").chmod(0o600)
    asked = {
        check["name"]: check for check in json.loads(run_from(code, bare_machine, "doctor", "--json").stdout)["checks"]
    }
    assert asked["words"]["detail"] == "the reader's data eng.traineddata is damaged: pictures stay masked", asked
    _, whole = checks(bare_machine)
    assert whole["words"]["ok"], whole["words"]


KNOWS = {"RECORDER_PASSPHRASE_COMMAND": f"printf '{PASSPHRASE}'"}


def deep(machine: Machine) -> tuple[int, dict[str, Any]]:
    done = machine.run("doctor", "--deep", "--json", **KNOWS)
    value = json.loads(done.stdout)
    assert value["ok"] == (done.returncode == 0)
    return done.returncode, value


def test_deep_reads_every_session_and_names_what_is_damaged(passphrase_machine: Machine) -> None:
    home = passphrase_machine.home
    ids = [two_apps(home, Vault.open(home).recipient).session_id for _ in range(3)]
    assert deep(passphrase_machine)[0] == ExitCode.GOOD
    file = home / "sessions" / ids[0] / "segments" / "0002-frames.parquet"
    file.write_bytes(file.read_bytes()[:-100])
    manifest = home / "sessions" / ids[1] / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"consent-1", b"consent-2"))

    code, value = deep(passphrase_machine)
    assert code == ExitCode.USAGE
    found = {one["id"]: one["damaged"] for one in value["sessions"]}
    assert found[ids[0]] == [f"session {ids[0]}, segment 0002 (frames) does not verify"]
    assert found[ids[1]] == [f"session {ids[1]}: its manifest was changed after the session was closed"]
    assert found[ids[2]] == []
    done = passphrase_machine.run("doctor", "--deep", **KNOWS)
    assert "1 of 3 sessions are whole" in done.stdout
    assert "reading session 1 of 3" in done.stderr
    assert done.stdout.count("BAD") == 2


def test_deep_reads_the_history_too(passphrase_machine: Machine) -> None:
    path = passphrase_machine.home / "audit.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))

    code, value = deep(passphrase_machine)
    assert code == ExitCode.USAGE
    assert [one["problem"] for one in value["history"]] == ["cut_off"]


def test_deep_on_a_fresh_machine_finds_nothing_and_makes_no_home(bare_machine: Machine) -> None:
    assert bare_machine.run("doctor", "--deep").returncode == ExitCode.GOOD
    assert not bare_machine.home.exists()


def test_deep_without_the_passphrase_says_so(passphrase_machine: Machine) -> None:
    assert passphrase_machine.run("doctor", "--deep").returncode == ExitCode.ENVIRONMENT


def test_an_export_that_was_cut_short_is_said_and_how_it_goes(bare_machine: Machine) -> None:
    bare_machine.run("allow", "xterm")  # there is a home
    (bare_machine.home / f"outside-99999999-{'0' * 16}.json").write_bytes(b"{}")

    _, found = checks(bare_machine)

    assert not found["exports"]["ok"]
    assert "1 cut short" in str(found["exports"]["detail"])
    assert "recorder list" in str(found["exports"]["hint"])
