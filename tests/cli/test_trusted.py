"""The recorder's way to the consent, with real vaults: what somebody did to the files while nobody looked is found."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from recorder.errors import ExitCode
from tests.cli.machines import PASSPHRASE, KeyringMachine, Machine

ASK = """
import json, sys
from pathlib import Path
from recorder.cli.trusted import trusted_head
from recorder.consent.gate import ConsentGate
from recorder.errors import RecorderError
home = Path(sys.argv[1])
try:
    grant = ConsentGate.open(home, trusted_head(home)).grant()
    print(json.dumps({"granted": sorted(grant.categories)}))
except RecorderError as error:
    print(json.dumps({"refused": error.message, "code": int(error.exit_code)}))
secrets = [name for name in sys.modules if name.startswith(("keyring", "secretstorage"))]
print(json.dumps(secrets))
"""
KNOWS = {"RECORDER_PASSPHRASE_COMMAND": f"printf '{PASSPHRASE}'"}


def ask(machine: Machine, home: Path | None = None) -> dict[str, object]:
    """What a recorder that starts now would be told."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(home or machine.home)],
        env=machine.env | KNOWS, capture_output=True, text=True, timeout=60, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    answer = json.loads(done.stdout.splitlines()[0])
    assert isinstance(answer, dict)
    return answer


@pytest.fixture(params=["keyring", "passphrase"])
def volunteer(request: pytest.FixtureRequest) -> Machine:
    """Somebody who agreed to clicks and pictures, by both ways to keep a key."""
    if request.param == "passphrase":
        machine: Machine = request.getfixturevalue("passphrase_machine")
        return machine
    machine = request.getfixturevalue("keyring_machine")
    machine.opt_in("1 7 16")
    return machine


def events(machine: Machine) -> Path:
    return machine.home / "consent" / "events.jsonl"


def narrow(machine: Machine) -> None:
    assert machine.run("consent", "off", "screenshots", **KNOWS).returncode == 0


def test_what_was_given_is_granted(volunteer: Machine) -> None:
    assert ask(volunteer) == {"granted": ["pointer_clicks", "screenshots"]}


def test_without_a_vault_nobody_is_asked_and_nothing_granted(bare_machine: Machine) -> None:
    assert ask(bare_machine)["code"] == ExitCode.NO_CONSENT


def test_what_was_narrowed_is_granted(volunteer: Machine) -> None:
    narrow(volunteer)

    assert ask(volunteer) == {"granted": ["pointer_clicks"]}


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"payload":"e', b'"payload":"f'))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def remove(path: Path) -> None:
    path.unlink()


def repeat(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content + content.splitlines(keepends=True)[-1])


def link(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def give_away(path: Path) -> None:
    os.chown(path, 65534, 65534)


@pytest.mark.parametrize("damage", [edit, cut, half, remove, repeat, link, give_away])
def test_touched_events_mean_no_recording(volunteer: Machine, damage: Callable[[Path], None]) -> None:
    narrow(volunteer)
    damage(events(volunteer))

    answer = ask(volunteer)
    assert answer["code"] == ExitCode.NO_CONSENT
    assert "verified" in str(answer["refused"])
    shown = json.loads(volunteer.run("consent", "show", "--json", **KNOWS).stdout)
    assert shown["state"] == "unknown"
    assert not any(shown["categories"].values())


def test_events_from_before_a_narrowing_bring_nothing_back(volunteer: Machine) -> None:
    before = events(volunteer).read_bytes()
    narrow(volunteer)
    events(volunteer).write_bytes(before)

    assert ask(volunteer)["code"] == ExitCode.NO_CONSENT


def test_events_from_before_a_withdrawal_bring_nothing_back(volunteer: Machine, tmp_path: Path) -> None:
    before = tmp_path / "before"
    shutil.copytree(volunteer.home / "consent", before)
    assert volunteer.run("withdraw", "--keep-local", **KNOWS).returncode == 0
    shutil.rmtree(volunteer.home / "consent")
    shutil.copytree(before, volunteer.home / "consent")

    assert ask(volunteer)["code"] == ExitCode.NO_CONSENT


def test_a_whole_home_restored_from_before_a_withdrawal_grants_nothing(
    keyring_machine: KeyringMachine, tmp_path: Path
) -> None:
    """With a keyring. Under a passphrase the key lies in the home and comes back with it: see docs."""
    keyring_machine.opt_in("1")
    shutil.copytree(keyring_machine.home, tmp_path / "before")
    assert keyring_machine.run("withdraw").returncode == 0
    shutil.rmtree(keyring_machine.home)
    shutil.copytree(tmp_path / "before", keyring_machine.home)

    assert "granted" not in ask(keyring_machine)


def test_a_home_copied_to_another_machine_grants_nothing(
    keyring_machine: KeyringMachine, own_keyring_machine: KeyringMachine
) -> None:
    keyring_machine.opt_in("1")
    shutil.copytree(keyring_machine.home, own_keyring_machine.home)

    assert ask(own_keyring_machine)["code"] == ExitCode.ENVIRONMENT


def test_somebody_elses_consent_folder_grants_nothing(
    keyring_machine: KeyringMachine, passphrase_machine: Machine
) -> None:
    keyring_machine.opt_in("1 2 3")
    shutil.rmtree(keyring_machine.home / "consent")
    shutil.copytree(passphrase_machine.home / "consent", keyring_machine.home / "consent")

    assert ask(keyring_machine)["code"] == ExitCode.NO_CONSENT


def test_another_users_home_grants_nothing(volunteer: Machine) -> None:
    os.chown(volunteer.home, 65534, 65534)
    try:
        assert "granted" not in ask(volunteer)
    finally:
        os.chown(volunteer.home, os.getuid(), os.getgid())


def test_a_locked_keyring_grants_nothing(own_keyring_machine: KeyringMachine) -> None:
    own_keyring_machine.opt_in("1")
    own_keyring_machine.lock()

    assert ask(own_keyring_machine)["code"] == ExitCode.ENVIRONMENT


def test_an_empty_keyring_grants_nothing(own_keyring_machine: KeyringMachine) -> None:
    own_keyring_machine.opt_in("1")
    own_keyring_machine.forget_everything()

    assert ask(own_keyring_machine)["code"] == ExitCode.ENVIRONMENT


def test_a_wrong_passphrase_grants_nothing(passphrase_machine: Machine) -> None:
    passphrase_machine.env["PATH"] = os.environ["PATH"]
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(passphrase_machine.home)],
        env=passphrase_machine.env | {"RECORDER_PASSPHRASE_COMMAND": "printf something-else"},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert json.loads(done.stdout.splitlines()[0])["code"] == ExitCode.USAGE


def test_the_recorders_process_never_opens_the_vault(volunteer: Machine) -> None:
    """The keyring is never connected to, and no passphrase is read, in the process that asks for the head."""
    traced = (
        "import sys\n"
        "def hook(event, args):\n"
        "    if event == 'open' and str(args[0]).endswith('vault.key'): sys.exit('opened the key file')\n"
        "    if event == 'socket.connect': sys.exit('connected somewhere')\n"
        "sys.addaudithook(hook)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", traced + ASK, str(volunteer.home)],
        env=volunteer.env | KNOWS, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "granted" in done.stdout


def test_the_passphrase_is_asked_at_the_terminal_by_the_child(passphrase_machine: Machine) -> None:
    from recorder.demo.terminal import Terminal

    with Terminal([sys.executable, "-c", ASK, str(passphrase_machine.home)], env=passphrase_machine.env) as terminal:
        terminal.expect("Passphrase of your recordings: ")
        terminal.send(PASSPHRASE + "\n")
        terminal.expect("granted")
        assert terminal.wait() == 0
    assert PASSPHRASE not in terminal.output
