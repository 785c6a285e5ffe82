"""Agreeing, looking, narrowing and refusing at a real terminal, with a real keyring and without one."""

import json
import re
import stat
from pathlib import Path

import pytest

from recorder.cli.dialogue import Screen
from recorder.consent.notice import SELF
from recorder.consent.words import SENTENCE
from recorder.demo.terminal import Terminal
from recorder.errors import ExitCode
from recorder.model.consent import Category, Purpose
from tests.cli.machines import PASSPHRASE, KeyringMachine, Machine

GOOD, USAGE, NO_CONSENT, ENVIRONMENT = ExitCode.GOOD, ExitCode.USAGE, ExitCode.NO_CONSENT, ExitCode.ENVIRONMENT
WITH_PASSPHRASE = ("--key-file", "passphrase")


def shown(machine: Machine) -> dict[str, object]:
    done = machine.run("consent", "show", "--json", **knows_passphrase())
    assert done.returncode == GOOD, done.stderr
    value = json.loads(done.stdout)
    assert isinstance(value, dict)
    return value


def knows_passphrase() -> dict[str, str]:
    return {"RECORDER_PASSPHRASE_COMMAND": f"printf '{PASSPHRASE}'"}


def test_agreeing_with_a_keyring(keyring_machine: KeyringMachine) -> None:
    before = len(keyring_machine.labels())
    keyring_machine.opt_in("1 7 16")

    consent = shown(keyring_machine)
    assert consent["state"] == "given"
    assert consent["study"] == "self"
    assert consent["revision"] == 1
    assert consent["categories"] == {str(one): one in ("pointer_clicks", "screenshots") for one in Category}
    assert consent["purposes"] == ["hci_research"]
    assert consent["apps"] == []
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(consent["expires_at"]))
    assert len(keyring_machine.labels()) > before
    assert not (keyring_machine.home / "vault.key").exists()


def test_agreeing_with_a_passphrase(passphrase_machine: Machine) -> None:
    assert shown(passphrase_machine)["state"] == "given"
    everything = b"".join(path.read_bytes() for path in passphrase_machine.home.rglob("*") if path.is_file())
    assert PASSPHRASE.encode() not in everything


def test_everything_is_private_from_its_creation(passphrase_machine: Machine) -> None:
    for path in [passphrase_machine.home, *passphrase_machine.home.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_without_a_keyring_the_passphrase_is_offered_and_nothing_is_made(bare_machine: Machine) -> None:
    with bare_machine.terminal("consent", "--self") as terminal:
        code = terminal.wait()

    assert code == ENVIRONMENT
    assert "--key-file passphrase" in terminal.output
    assert not bare_machine.home.exists()


def test_a_locked_keyring_is_not_gone_round(own_keyring_machine: KeyringMachine) -> None:
    own_keyring_machine.opt_in()
    own_keyring_machine.lock()

    done = own_keyring_machine.run("consent", "show", "--json")
    assert (done.returncode, done.stdout) == (ENVIRONMENT, "")
    assert "keyring" in done.stderr


def test_a_keyring_that_lost_the_key_is_not_gone_round(own_keyring_machine: KeyringMachine) -> None:
    own_keyring_machine.opt_in()
    own_keyring_machine.forget_everything()

    done = own_keyring_machine.run("consent", "show")
    assert done.returncode == ENVIRONMENT
    assert own_keyring_machine.run("consent", "off", "screenshots").returncode == ENVIRONMENT
    overview = own_keyring_machine.run()
    assert overview.returncode == GOOD
    assert "given" not in overview.stdout


@pytest.mark.parametrize("options", [(), WITH_PASSPHRASE])
def test_a_piped_sentence_is_no_consent(keyring_machine: KeyringMachine, options: tuple[str, ...]) -> None:
    typed = f"1 2 3\n\n{SENTENCE}\n{PASSPHRASE}\n{PASSPHRASE}\n"

    done = keyring_machine.run("consent", "--self", *options, typed=typed)
    assert done.returncode == NO_CONSENT
    assert "terminal" in done.stderr
    assert not keyring_machine.home.exists()


def test_environment_variables_agree_to_nothing(bare_machine: Machine) -> None:
    names = ("CONSENT", "CATEGORIES", "YES", "ACCEPT", "SELF", "STUDY", "ALLOW", "PURPOSE", "CONSENT_SELF", "FOR_SELF")
    variables = {f"RECORDER_{name}": "all" for name in names} | knows_passphrase()

    assert bare_machine.run("consent", "--self", *WITH_PASSPHRASE, **variables).returncode == NO_CONSENT
    assert json.loads(bare_machine.run("consent", "show", "--json", **variables).stdout)["state"] == "none"


# The conversation


def test_nothing_is_ticked_beforehand() -> None:
    screen = Screen(SELF)

    assert screen.choices(0).categories == frozenset()
    assert screen.choices(0).purposes == frozenset()
    assert "[x]" not in screen.text()


def test_a_number_toggles_and_a_second_time_toggles_back() -> None:
    screen = Screen(SELF)
    numbers = range(1, len(Category) + len(Purpose) + 1)
    for number in numbers:
        assert screen.apply(str(number)) is None
    assert screen.choices(0).categories == frozenset(Category)
    assert screen.choices(0).purposes == frozenset(Purpose)

    assert screen.apply(" ".join(map(str, numbers))) is None
    assert "[x]" not in screen.text()


@pytest.mark.parametrize("typed", ["0", "18", "x", "d0", "d366", "d", "1 99", "all", "-1", "１"])
def test_what_is_not_on_the_screen_changes_nothing(typed: str) -> None:
    screen = Screen(SELF)

    assert screen.apply(typed)
    assert (screen.on, screen.days) == (set(), 90)


def test_one_key_says_no(keyring_machine: KeyringMachine) -> None:
    for step in range(3):  # at the notice's screen, after choosing, and instead of the sentence
        with keyring_machine.terminal("consent", "--self") as terminal:
            terminal.expect("> ")
            for typed in ("1\n", "\n")[:step]:
                terminal.send(typed)
                terminal.expect("> ")
            terminal.send("n")
            code = terminal.wait()

        assert code == GOOD
        assert "You said no" in terminal.output
        assert not keyring_machine.home.exists()


def test_after_a_no_nothing_asks_again(passphrase_machine: Machine) -> None:
    passphrase_machine.run("withdraw", **knows_passphrase())
    passphrase_machine.run("consent", "refuse")

    assert "consent --self" not in passphrase_machine.run().stdout
    assert shown(passphrase_machine)["state"] == "refused"


def test_going_on_with_nothing_ticked_leads_nowhere(keyring_machine: KeyringMachine) -> None:
    with keyring_machine.terminal("consent", "--self") as terminal:
        terminal.expect("> ")
        terminal.send("16\n")  # a purpose alone
        terminal.expect("> ")
        terminal.send("\n")
        terminal.expect("nothing would be recorded")
        terminal.expect("> ")
        terminal.send("\x03")
        assert terminal.wait() == GOOD
    assert not keyring_machine.home.exists()


def test_only_the_exact_sentence_agrees(keyring_machine: KeyringMachine) -> None:
    with keyring_machine.terminal("consent", "--self") as terminal:
        terminal.expect("> ")
        terminal.send("1\n")
        terminal.expect("> ")
        terminal.send("\n")
        for wrong in ("yes", SENTENCE.lower(), SENTENCE + "!", ""):
            terminal.expect("> ")
            terminal.send(wrong + "\n")
            terminal.expect("not the sentence")
        terminal.expect("> ")
        terminal.send("n")
        assert terminal.wait() == GOOD
    assert not keyring_machine.home.exists()


def test_two_different_passphrases_make_nothing(bare_machine: Machine) -> None:
    with bare_machine.terminal("consent", "--self", *WITH_PASSPHRASE) as terminal:
        _agree(terminal)
        for _ in range(3):
            terminal.expect("recordings): ")
            terminal.send("one passphrase\n")
            terminal.expect("again: ")
            terminal.send("another passphrase\n")
        assert terminal.wait() == USAGE

    assert "passphrase\r\n" not in terminal.output  # not echoed
    assert not (bare_machine.home / "vault.json").exists()


def test_the_passphrase_may_come_from_a_command(bare_machine: Machine) -> None:
    bare_machine.env |= knows_passphrase()
    bare_machine.opt_in("1", *WITH_PASSPHRASE)

    assert shown(bare_machine)["state"] == "given"


def test_a_wrong_passphrase_shows_nothing(passphrase_machine: Machine) -> None:
    done = passphrase_machine.run("consent", "show", RECORDER_PASSPHRASE_COMMAND="printf wrong-passphrase")

    assert (done.returncode, done.stdout) == (USAGE, "")


def test_without_terminal_and_command_a_passphrase_is_not_read_from_a_pipe(passphrase_machine: Machine) -> None:
    done = passphrase_machine.run("consent", "show", typed=f"{PASSPHRASE}\n")

    assert done.returncode == ENVIRONMENT
    assert "RECORDER_PASSPHRASE_COMMAND" in done.stderr


# Afterwards


def test_taking_one_thing_out_takes_one_command(keyring_machine: KeyringMachine) -> None:
    keyring_machine.opt_in("1 7 16")
    keyring_machine.run("allow", "Green")
    for name in ("screenshots", "hci_research", "Green"):
        assert keyring_machine.run("consent", "off", name).returncode == GOOD

    consent = shown(keyring_machine)
    assert consent["state"] == "narrowed"
    assert consent["revision"] == 4
    assert [one for one, on in dict(consent["categories"]).items() if on] == ["pointer_clicks"]  # type: ignore[call-overload]
    assert consent["purposes"] == []
    assert consent["apps"] == []


def test_taking_out_what_is_nothing_is_refused(keyring_machine: KeyringMachine) -> None:
    keyring_machine.opt_in("1")

    done = keyring_machine.run("consent", "off", "screnshots")
    assert done.returncode == USAGE
    assert "screenshots" in done.stderr
    assert shown(keyring_machine)["revision"] == 1


def test_agreeing_to_more_is_a_new_consent(keyring_machine: KeyringMachine) -> None:
    keyring_machine.opt_in("1")
    first = shown(keyring_machine)["consent_id"]
    keyring_machine.opt_in("1 7")

    assert shown(keyring_machine)["consent_id"] != first
    assert shown(keyring_machine)["revision"] == 1


def test_saying_no_to_more_leaves_what_stood(keyring_machine: KeyringMachine) -> None:
    keyring_machine.opt_in("1")
    with keyring_machine.terminal("consent", "--self") as terminal:
        terminal.expect("> ")
        terminal.send("n")
        terminal.wait()

    assert shown(keyring_machine)["state"] == "given"


def test_renewing_needs_the_sentence_too(keyring_machine: KeyringMachine) -> None:
    keyring_machine.opt_in("1")
    assert keyring_machine.run("consent", "renew", typed=f"{SENTENCE}\n").returncode == NO_CONSENT
    with keyring_machine.terminal("consent", "renew", "--days", "200") as terminal:
        terminal.expect("> ")
        terminal.send(f"{SENTENCE}\n")
        assert terminal.wait() == GOOD

    assert shown(keyring_machine)["state"] == "renewed"


def test_the_receipt_holds_the_signed_record_and_the_text(passphrase_machine: Machine) -> None:
    receipt = json.loads(passphrase_machine.run("consent", "receipt", "--json").stdout)

    assert receipt["record"]["study_id"] == "self"
    assert receipt["envelope"]["signatures"]
    assert "WHAT CAN GO WRONG" in receipt["notice"]
    assert SENTENCE in passphrase_machine.run("consent", "receipt").stdout


def test_a_study_file_is_refused_clearly(bare_machine: Machine, tmp_path: Path) -> None:
    invitation = tmp_path / "study.dsse.json"
    invitation.write_text("{}")
    for name in (str(invitation), "study.json"):
        done = bare_machine.run("consent", name)
        assert (done.returncode, "not supported yet" in done.stderr) == (USAGE, True)


def test_withdrawing_takes_no_more_steps_than_agreeing(keyring_machine: KeyringMachine) -> None:
    agreeing = keyring_machine.opt_in("1").count("> ")
    done = keyring_machine.run("withdraw")  # no question: it works without a terminal

    assert done.returncode == GOOD
    assert done.stdout.count("> ") == 0 < agreeing


def _agree(terminal: Terminal) -> None:
    for typed in ("1\n", "\n", f"{SENTENCE}\n"):
        terminal.expect("> ")
        terminal.send(typed)
