"""The history: what was done, in order, without content; a changed line is found."""

import json

import pytest

from recorder.errors import ExitCode
from tests.cli.machines import PASSPHRASE, KeyringMachine, Machine

KNOWS = {"RECORDER_PASSPHRASE_COMMAND": f"printf '{PASSPHRASE}'"}


def actions(machine: Machine) -> list[str]:
    done = machine.run("log", "--json")
    assert done.returncode == 0, done.stderr
    return [row["action"] for row in json.loads(done.stdout)]


def test_a_fresh_machine_has_no_history_and_gets_no_home(bare_machine: Machine) -> None:
    assert actions(bare_machine) == []
    assert bare_machine.run("log", "--verify").returncode == 0
    assert not bare_machine.home.exists()


def test_what_was_done_is_there_in_order(keyring_machine: KeyringMachine) -> None:
    keyring_machine.opt_in("1 7")
    keyring_machine.run("allow", "Green")
    keyring_machine.run("consent", "off", "screenshots")
    keyring_machine.run("withdraw")

    wanted = ["vault_made", "consent_given", "policy_changed", "consent_narrowed"]
    assert actions(keyring_machine) == [*wanted, "consent_withdrawn", "vault_destroyed"]
    assert keyring_machine.run("log", "--verify").returncode == 0
    assert "Green" not in keyring_machine.run("log").stdout


def test_it_verifies_and_says_so(passphrase_machine: Machine) -> None:
    done = passphrase_machine.run("log", "--verify", **KNOWS)

    assert done.returncode == 0
    assert "verified: 2 lines" in done.stderr


@pytest.mark.parametrize("change", ["edit", "first", "last"])
def test_a_changed_history_is_found(keyring_machine: KeyringMachine, change: str) -> None:
    keyring_machine.opt_in("1 7")
    keyring_machine.run("consent", "off", "screenshots")
    path = keyring_machine.home / "audit.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[0] = lines[0].replace(b'"count":0', b'"count":9') if change == "edit" else lines[0]
    kept = {"edit": lines, "first": lines[1:], "last": lines[:-1]}[change]
    path.write_bytes(b"".join(kept))

    assert keyring_machine.run("log", "--verify").returncode == ExitCode.USAGE


def test_what_is_wrong_is_said_in_words_and_stays_said(keyring_machine: KeyringMachine) -> None:
    keyring_machine.opt_in("1 7")
    keyring_machine.run("consent", "off", "screenshots")
    path = keyring_machine.home / "audit.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))

    done = keyring_machine.run("log", "--verify")
    assert done.returncode == ExitCode.USAGE
    assert "line 3 (and whatever followed) is missing: the end was cut off" in done.stderr
    assert keyring_machine.run("consent", "off", "pointer_clicks").returncode == 0
    done = keyring_machine.run("log", "--verify", "--json")
    value = json.loads(done.stdout)
    assert (done.returncode, value["ok"], value["unanchored"]) == (ExitCode.USAGE, False, 0)
    assert [one["problem"] for one in value["problems"]] == ["gap"]
    assert value["problems"][0]["line"] == 3
    assert [row["action"] for row in value["rows"]][2:] == ["history_gap", "consent_narrowed"]


def test_a_good_history_as_json(passphrase_machine: Machine) -> None:
    value = json.loads(passphrase_machine.run("log", "--verify", "--json", **KNOWS).stdout)

    assert (value["ok"], value["lines"], value["key"], value["problems"]) == (True, 2, True, [])
    assert value["rows"] == json.loads(passphrase_machine.run("log", "--json").stdout)


def test_a_cut_history_is_noticed_before_a_recording_begins(keyring_machine: KeyringMachine) -> None:
    """The child that fetches the consent for the recorder vouches for the lines on which the recorder goes on."""
    keyring_machine.opt_in("1 7")
    path = keyring_machine.home / "audit.jsonl"
    path.write_bytes(b"")

    assert keyring_machine.run("record", "--seconds", "1").returncode == ExitCode.POLICY  # no app is allowed here
    assert actions(keyring_machine)[0] == "history_gap"
