"""`recorder key` from outside, with a real keyring on a bus of its own and with passphrases."""

import json
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from recorder.errors import ExitCode
from recorder.store.vault import Vault
from tests.cli.machines import PASSPHRASE, ROOT, KeyringMachine, Machine
from tests.store.synthetic import two_apps

KNOWS = {"RECORDER_PASSPHRASE_COMMAND": f"printf '{PASSPHRASE}'"}
NEW = "quite another passphrase"
KNOWS_NEW = {"RECORDER_PASSPHRASE_COMMAND": f"printf '{NEW}'"}
GIVES_NEW = {"RECORDER_NEW_PASSPHRASE_COMMAND": f"printf '{NEW}'"}
OF_BACKUP = {"RECORDER_BACKUP_PASSPHRASE_COMMAND": "printf 'the passphrase of the backup'"}


@pytest.fixture
def volunteer(keyring_machine: KeyringMachine) -> KeyringMachine:
    """Agreed, with two sessions; the key is in a real keyring."""
    return _with_sessions(keyring_machine)


@pytest.fixture
def own_volunteer(own_keyring_machine: KeyringMachine) -> KeyringMachine:
    """The same with a keyring to break."""
    return _with_sessions(own_keyring_machine)


def _with_sessions(machine: KeyringMachine) -> KeyringMachine:
    machine.opt_in("1 7")
    for _ in range(2):
        two_apps(machine.home, Vault.open(machine.home).recipient)
    return machine


def states(machine: Machine, **variables: str) -> list[str]:
    """Every session with its state, read with the key."""
    done = machine.run("review", "list", "--json", **variables)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row["damaged"] for row in rows] == [None] * len(rows)
    return [row["state"] for row in rows]


def where(machine: Machine) -> dict[str, object]:
    value = json.loads(machine.run("key", "--json").stdout)
    assert isinstance(value, dict)
    return value


def test_out_of_the_keyring_and_into_it_again(volunteer: KeyringMachine) -> None:
    vault_id = Vault.open(volunteer.home).vault_id

    done = volunteer.run("key", "change", "--to", "passphrase", **GIVES_NEW)
    assert done.returncode == 0, done.stderr
    assert (where(volunteer)["kind"], where(volunteer)["epoch"]) == ("passphrase", 2)
    assert not any(vault_id in label for label in volunteer.labels())
    assert stat.S_IMODE((volunteer.home / "vault.key").stat().st_mode) == 0o600
    assert len(states(volunteer, **KNOWS_NEW)) == 2

    done = volunteer.run("key", "change", "--to", "keyring", **KNOWS_NEW)
    assert done.returncode == 0, done.stderr
    assert (where(volunteer)["kind"], where(volunteer)["epoch"]) == ("keyring", 3)
    assert not (volunteer.home / "vault.key").exists()
    assert len(states(volunteer)) == 2
    assert volunteer.run("log", "--verify").returncode == 0
    assert volunteer.run("consent", "show").returncode == 0


def test_a_passphrase_is_changed_at_a_terminal(passphrase_machine: Machine) -> None:
    two_apps(passphrase_machine.home, Vault.open(passphrase_machine.home).recipient)

    with passphrase_machine.terminal("key", "change") as terminal:
        terminal.expect("Passphrase of your recordings: ")
        terminal.send(f"{PASSPHRASE}\n")
        for question in ("recordings): ", "again: "):
            terminal.expect(question)
            terminal.send(f"{NEW}\n")
        assert terminal.wait() == 0, terminal.output

    assert NEW not in terminal.output
    assert passphrase_machine.run("review", "list", **KNOWS).returncode == ExitCode.USAGE
    assert states(passphrase_machine, **KNOWS_NEW) == ["unreviewed"]


def test_a_wrong_passphrase_changes_nothing(passphrase_machine: Machine) -> None:
    before = (passphrase_machine.home / "vault.key").read_bytes()

    wrong = {"RECORDER_PASSPHRASE_COMMAND": "printf 'not the passphrase'"}
    done = passphrase_machine.run("key", "change", **wrong, **GIVES_NEW)
    assert done.returncode == ExitCode.USAGE
    assert "not the vault's passphrase" in done.stderr
    assert (passphrase_machine.home / "vault.key").read_bytes() == before


def test_into_a_keyring_that_is_not_there(passphrase_machine: Machine) -> None:
    done = passphrase_machine.run("key", "change", "--to", "keyring", **KNOWS)

    assert done.returncode == ExitCode.ENVIRONMENT
    assert where(passphrase_machine)["kind"] == "passphrase"
    assert passphrase_machine.run("review", "list", **KNOWS).returncode == 0


def test_a_keyring_that_is_locked_in_the_middle_changes_nothing(own_volunteer: KeyringMachine, tmp_path: Path) -> None:
    locks = tmp_path / "locks.py"
    locks.write_text("import secretstorage as s\ns.get_default_collection(s.dbus_init()).lock()\nprint('a' * 20)\n")
    asked = {"RECORDER_NEW_PASSPHRASE_COMMAND": f"{sys.executable} {locks}"}

    done = own_volunteer.run("key", "change", "--to", "passphrase", **asked)
    assert done.returncode == ExitCode.ENVIRONMENT, done.stderr
    assert where(own_volunteer)["kind"] == "keyring"
    assert not (own_volunteer.home / "vault.key").exists()
    assert own_volunteer.run("key", "change", "--to", "passphrase", **GIVES_NEW).returncode == ExitCode.ENVIRONMENT


def test_a_lost_keyring_is_made_good_by_the_backup(own_volunteer: KeyringMachine, tmp_path: Path) -> None:
    file = tmp_path / "recorder.key"
    done = own_volunteer.run("key", "backup", str(file), **OF_BACKUP)
    assert done.returncode == 0, done.stderr
    assert "destroy this file when you delete" in done.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    own_volunteer.forget_everything()
    assert own_volunteer.run("review", "list").returncode == ExitCode.ENVIRONMENT

    done = own_volunteer.run("key", "restore", str(file), **OF_BACKUP)
    assert done.returncode == 0, done.stderr
    assert len(states(own_volunteer)) == 2
    assert own_volunteer.run("log", "--verify").returncode == 0
    assert "given" in own_volunteer.run("consent", "show").stdout


def test_on_a_new_machine_with_the_copied_folder(
    volunteer: KeyringMachine, bare_machine: Machine, tmp_path: Path
) -> None:
    file = tmp_path / "recorder.key"
    volunteer.run("key", "backup", str(file), **OF_BACKUP)
    shutil.copytree(volunteer.home, bare_machine.home)

    done = bare_machine.run("key", "restore", str(file), **OF_BACKUP)
    assert done.returncode == ExitCode.ENVIRONMENT  # no keyring there, and nothing is gone round
    assert not (bare_machine.home / "vault.key").exists()
    done = bare_machine.run("key", "restore", str(file), "--to", "passphrase", **OF_BACKUP, **GIVES_NEW)
    assert done.returncode == 0, done.stderr
    assert len(states(bare_machine, **KNOWS_NEW)) == 2


def test_what_a_backup_refuses(volunteer: KeyringMachine, passphrase_machine: Machine, tmp_path: Path) -> None:
    file = tmp_path / "recorder.key"
    assert volunteer.run("key", "backup", str(file), **OF_BACKUP).returncode == 0

    twice = volunteer.run("key", "backup", str(file), **OF_BACKUP)
    assert (twice.returncode, "exists" in twice.stderr) == (ExitCode.USAGE, True)
    inside = volunteer.run("key", "backup", str(volunteer.home / "x.key"), **OF_BACKUP)
    assert (inside.returncode, "inside" in inside.stderr) == (ExitCode.USAGE, True)
    there = volunteer.run("key", "restore", str(file), **OF_BACKUP)
    assert (there.returncode, "opens it" in there.stderr) == (ExitCode.USAGE, True)
    wrong = volunteer.run("key", "restore", str(file), RECORDER_BACKUP_PASSPHRASE_COMMAND="printf 'not that one'")
    assert (wrong.returncode, "not the backup's passphrase" in wrong.stderr) == (ExitCode.USAGE, True)
    before = (passphrase_machine.home / "vault.key").read_bytes()
    other = passphrase_machine.run("key", "restore", str(file), **OF_BACKUP, **GIVES_NEW)
    assert (other.returncode, "of another home" in other.stderr) == (ExitCode.USAGE, True)
    assert (passphrase_machine.home / "vault.key").read_bytes() == before


def test_after_a_deletion_the_backup_is_said_to_be_out_of_date(volunteer: KeyringMachine, tmp_path: Path) -> None:
    file = tmp_path / "recorder.key"
    volunteer.run("key", "backup", str(file), **OF_BACKUP)
    assert where(volunteer)["backup"]["current"] is True  # type: ignore[index]
    assert "out of date" not in volunteer.run().stderr

    session = json.loads(volunteer.run("list", "--json").stdout)[0]["id"]
    assert volunteer.run("delete", "--session", session, "--yes").returncode == 0
    assert "backup of the key" in volunteer.run().stderr
    assert "out of date" in volunteer.run("key").stdout
    volunteer.run("key", "backup", str(tmp_path / "new.key"), **OF_BACKUP)
    assert "out of date" not in volunteer.run().stderr


def test_what_reveal_prints_is_a_program_that_needs_nothing_of_the_recorder(
    volunteer: KeyringMachine, tmp_path: Path
) -> None:
    done = volunteer.run("key", "reveal", "last")
    assert done.returncode == 0, done.stderr
    assert "open the session for every program" in done.stderr

    ran = subprocess.run(
        [sys.executable, "-I", "-c", done.stdout + "\nimport sys\nassert 'recorder' not in sys.modules\n"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert sum(int(line.split()[-1]) for line in ran.stdout.splitlines() if "-events" in line) == 135
    assert "key_revealed" in volunteer.run("log", "--json").stdout


@pytest.mark.parametrize("library", ["pyarrow", "polars"])
def test_the_programs_in_the_documents_open_a_session_elsewhere(
    volunteer: KeyringMachine, tmp_path: Path, library: str
) -> None:
    text = (ROOT / "docs" / "open-elsewhere.md").read_text()
    (program,) = [
        block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if f"import {library}" in block
    ]
    revealed = volunteer.run("key", "reveal", "last", "--json")
    assert revealed.returncode == 0, revealed.stderr

    ran = subprocess.run(
        [sys.executable, "-I", "-c", program + "\nassert 'recorder' not in sys.modules\n"],
        input=revealed.stdout, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    rows = [line.split() for line in ran.stdout.splitlines()]
    assert sum(int(count) for _, table, count in rows if table == "events") == 135
    assert {table for _, table, _ in rows} == {"events", "frames", "contexts", "redactions"}


def test_a_home_without_a_key_says_so(bare_machine: Machine) -> None:
    for arguments in (["key"], ["key", "change"], ["key", "backup", "/tmp/never"]):
        done = bare_machine.run(*arguments)
        assert done.returncode == ExitCode.ENVIRONMENT
        assert "no keys yet" in done.stderr
    assert not bare_machine.home.exists()


def test_a_command_that_holds_the_key_leaves_no_core_dump(passphrase_machine: Machine, tmp_path: Path) -> None:
    """Looked at while it waits for the new passphrase, with the key in its memory."""
    looks = tmp_path / "looks.py"
    looks.write_text(
        "import os, pathlib\n"
        "limits = pathlib.Path(f'/proc/{os.getppid()}/limits').read_text()\n"
        "core = next(line for line in limits.splitlines() if line.startswith('Max core'))\n"
        f"pathlib.Path({str(tmp_path / 'seen')!r}).write_text(' '.join(core.split()[4:6]))\n"
        "print('a' * 20)\n"
    )
    asked = {"RECORDER_NEW_PASSPHRASE_COMMAND": f"{sys.executable} {looks}"}

    assert passphrase_machine.run("key", "change", **KNOWS, **asked).returncode == 0
    assert (tmp_path / "seen").read_text() == "0 0"


@pytest.mark.parametrize(("hides", "seen"), [(True, "refused"), (False, "open")])
def test_no_program_of_the_same_account_may_read_its_memory(hides: bool, seen: str) -> None:
    """As an ordinary user: root may read everything. Without the hiding it is open, so that the test can fail."""
    code = (
        "import ctypes, os, resource, sys, time\n"  # before the account changes: the interpreter may be another's
        "from recorder.capture.backends.hidden import hide_memory\n"
        "os.setuid(65534)\n"
        "told, tell = os.pipe()\n"
        "victim = os.fork()\n"
        "if victim == 0:\n"
        "    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)\n"  # as a process that was started by an ordinary user
        "    hide_memory() if sys.argv[1] == 'True' else None\n"
        "    os.write(tell, b'x'); time.sleep(30)\n"
        "os.close(tell)\n"
        "assert os.read(told, 1) == b'x'\n"
        "try:\n"
        "    open(f'/proc/{victim}/mem', 'rb'); print('open')\n"
        "except PermissionError:\n"
        "    print('refused')\n"
        "os.kill(victim, 9); os.waitpid(victim, 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(hides)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.strip() == seen
