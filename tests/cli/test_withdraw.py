"""Withdrawing: one command, at once, with or without the key; what it destroys is gone."""

import json
from pathlib import Path

from recorder.consent.withdrawal import read_notice
from recorder.errors import ExitCode
from recorder.store.lock import RunLock
from tests.cli.machines import PASSPHRASE, KeyringMachine, Machine

KNOWS = {"RECORDER_PASSPHRASE_COMMAND": f"printf '{PASSPHRASE}'"}
SESSION = "01910000-0000-7000-8000-000000000000"


def plant_session(home: Path) -> Path:
    folder = home / "sessions" / SESSION / "segments"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "0001-events.parquet").write_bytes(b"sealed")
    return folder.parent


def state(machine: Machine) -> str:
    return str(json.loads(machine.run("consent", "show", "--json", **KNOWS).stdout)["state"])


def notices(machine: Machine) -> list[Path]:
    return list((machine.home / "consent").glob("withdrawn-*.dsse.json"))


def test_with_a_keyring_keys_and_recordings_go(keyring_machine: KeyringMachine) -> None:
    before = keyring_machine.labels()
    keyring_machine.opt_in("1")
    session = plant_session(keyring_machine.home)

    done = keyring_machine.run("withdraw")
    assert done.returncode == ExitCode.GOOD, done.stderr
    assert "1 sessions" in done.stdout
    assert not session.exists()
    assert not (keyring_machine.home / "vault.json").exists()
    assert sorted(keyring_machine.labels()) == sorted(before)
    assert state(keyring_machine) == "withdrawn"
    assert keyring_machine.run("consent", "off", "screenshots").returncode == ExitCode.NO_CONSENT


def test_the_notice_proves_itself_and_names_nobody(keyring_machine: KeyringMachine) -> None:
    keyring_machine.opt_in("1")
    keyring_machine.run("withdraw")
    (path,) = notices(keyring_machine)

    notice = read_notice(path.read_bytes())
    assert set(notice) == {"v", "study_id", "pseudonym", "verify_key", "consent_id", "withdrawn_at_us"}
    assert notice["study_id"] == "self"


def test_under_a_passphrase_it_needs_none(passphrase_machine: Machine) -> None:
    """Somebody who forgot it can still get out: unsigned, and just as final."""
    session = plant_session(passphrase_machine.home)

    done = passphrase_machine.run("withdraw")
    assert done.returncode == ExitCode.GOOD
    assert "not signed" in done.stderr
    assert not session.exists()
    assert not (passphrase_machine.home / "vault.key").exists()
    assert notices(passphrase_machine) == []
    assert state(passphrase_machine) == "withdrawn"


def test_what_was_recorded_can_be_kept(passphrase_machine: Machine) -> None:
    session = plant_session(passphrase_machine.home)

    assert passphrase_machine.run("withdraw", "--keep-local", **KNOWS).returncode == ExitCode.GOOD
    assert session.exists()
    assert (passphrase_machine.home / "vault.key").exists()
    assert len(notices(passphrase_machine)) == 1
    assert state(passphrase_machine) == "withdrawn"


def test_with_a_locked_keyring_recording_ends_and_the_key_is_reported(own_keyring_machine: KeyringMachine) -> None:
    own_keyring_machine.opt_in("1")
    session = plant_session(own_keyring_machine.home)
    own_keyring_machine.lock()

    done = own_keyring_machine.run("withdraw")
    assert done.returncode == ExitCode.ENVIRONMENT
    assert "unlock the keyring" in done.stderr
    assert not session.exists()
    assert (own_keyring_machine.home / "consent" / "answer.json").exists()


def test_where_nothing_was_given_there_is_nothing_to_withdraw(bare_machine: Machine) -> None:
    assert bare_machine.run("withdraw").returncode == ExitCode.NO_CONSENT
    assert not bare_machine.home.exists()


def test_doing_it_twice_is_no_error(passphrase_machine: Machine) -> None:
    assert passphrase_machine.run("withdraw", **KNOWS).returncode == ExitCode.GOOD
    assert passphrase_machine.run("withdraw", **KNOWS).returncode == ExitCode.GOOD


def test_agreeing_again_afterwards_starts_afresh(passphrase_machine: Machine) -> None:
    passphrase_machine.run("withdraw", **KNOWS)
    passphrase_machine.opt_in("2", "--key-file", "passphrase")

    assert state(passphrase_machine) == "given"


def test_a_recorder_that_hangs_does_not_hold_it_up(passphrase_machine: Machine) -> None:
    with RunLock(passphrase_machine.home):
        done = passphrase_machine.run("withdraw", **KNOWS)

    assert done.returncode == ExitCode.GOOD
    assert "still running" in done.stderr
