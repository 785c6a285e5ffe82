"""The frame of the command line: exit codes, what an unexpected error may say, start-up, help for every command."""

import ast
import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

import recorder.cli
from recorder.cli import COMMANDS, cli, main, output
from recorder.errors import ExitCode, PolicyError
from tests.cli.machines import ROOT, Machine

CANARY = "hunter2-canary"


def test_a_usage_error_names_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recrod"]) == ExitCode.USAGE
    assert main(["consent", "off"]) == ExitCode.USAGE

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[0] == "recorder: error: No such command 'recrod'"
    assert said.err.splitlines()[1] == "recorder: hint: recorder --help"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command `doctor` that raises what the test puts here."""
    raised: list[BaseException] = []

    def fail(_: object) -> None:
        secret = CANARY
        raise raised[0] from ValueError(secret)

    monkeypatch.setattr("recorder.cli.doctor.CHECKS", {})
    monkeypatch.setattr("recorder.cli.doctor.recorder_home", lambda: fail(None))
    return raised


@pytest.mark.parametrize("error", [ValueError(CANARY), KeyError(CANARY), OSError(CANARY), AssertionError(CANARY)])
def test_an_unexpected_error_says_its_kind_and_place_and_nothing_else(
    failing: list[BaseException], error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(error)

    assert main(["doctor"]) == ExitCode.BUG
    said = capsys.readouterr()
    assert CANARY not in said.out + said.err
    assert type(error).__name__ in said.err
    assert "recorder.cli.doctor:" in said.err
    assert "Traceback" not in said.err


def test_a_device_that_refuses_is_the_machines_and_names_no_file(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(OSError(errno.EIO, os.strerror(errno.EIO), f"/{CANARY}"))

    assert main(["doctor"]) == ExitCode.ENVIRONMENT
    said = capsys.readouterr()
    assert CANARY not in said.out + said.err
    assert os.strerror(errno.EIO) in said.err


def test_an_error_of_ours_says_what_and_what_to_do(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(PolicyError("no", hint="do this"))

    assert main(["doctor"]) == ExitCode.POLICY
    assert capsys.readouterr().err == "recorder: error: no\nrecorder: hint: do this\n"


def test_ctrl_c_is_not_a_crash(failing: list[BaseException], capsys: pytest.CaptureFixture[str]) -> None:
    failing.append(KeyboardInterrupt())

    assert main(["doctor"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_goes_away_is_not_a_crash(bare_machine: Machine) -> None:
    command = f"{sys.executable} -m recorder --help | true"
    done = subprocess.run(["bash", "-c", command], env=bare_machine.env, capture_output=True, text=True, check=False)

    assert done.stderr == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0

    assert f"Example:  recorder {name}" in capsys.readouterr().out


def test_the_overview_lists_every_command_without_importing_it(bare_machine: Machine) -> None:
    code = "import sys; from recorder.cli import main; main(['--help']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=bare_machine.env, capture_output=True, text=True, check=True
    )
    listed, modules = done.stdout.rsplit("\n", 2)[0], done.stdout.splitlines()[-1].split()

    assert all(f"  {name} " in listed for name in COMMANDS)
    heavy = {"rich", "numpy", "pyarrow", "keyring", "cryptography", "PIL", "Xlib"}
    assert not heavy & set(modules)
    assert not {f"recorder.cli.{entry.module}" for entry in COMMANDS.values()} & set(modules)


def test_start_up_takes_less_than_150_milliseconds_of_a_processor(bare_machine: Machine) -> None:
    def cost(*command: str) -> float:
        before = os.times()
        subprocess.run([sys.executable, *command], env=bare_machine.env, capture_output=True, check=True)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    assert min(cost("-m", "recorder", "--help") for _ in range(5)) < 0.150


def test_a_fresh_machine_is_summed_up_in_five_lines(bare_machine: Machine) -> None:
    done = bare_machine.run()

    lines = done.stdout.splitlines()
    assert (done.returncode, len(lines)) == (0, 5)
    assert [line.split()[0] for line in lines] == ["consent", "recording", "unreviewed", "disk", "next"]
    assert lines[0].split() == ["consent", "none"]
    assert lines[4].endswith("recorder consent --self")
    assert not bare_machine.home.exists()


def test_list_and_show_on_a_fresh_machine(bare_machine: Machine) -> None:
    assert bare_machine.run("list", "--json").stdout == "[]\n"
    assert bare_machine.run("allow", "--list", "--json").stdout == "[]\n"
    assert not bare_machine.home.exists()


def test_names_that_steer_a_terminal_are_taken_apart() -> None:
    assert output.clean("a\x1b[31mb\x07\u202ec\n") == "a�[31mb��c�"
    assert output.clean("ä b\n", keep="\n") == "ä b\n"


@pytest.mark.parametrize(
    ("unix_us", "text"),
    [(0, "1970-01-01T00:00:00.000Z"), (1_769_850_000_123_999, "2026-01-31T09:00:00.123Z")],
)
def test_times_are_iso_8601_in_utc_with_milliseconds(unix_us: int, text: str) -> None:
    assert output.iso(unix_us) == text


def test_only_the_command_line_prints() -> None:
    package = Path(recorder.cli.__file__).parent.parent
    printing = [
        path.relative_to(package)
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]

    assert set(map(str, printing)) <= {"cli/output.py"}


def test_no_variable_fills_in_an_option() -> None:
    """click can read options from the environment; here nothing outside may decide anything."""
    context = click.Context(cli)
    assert context.auto_envvar_prefix is None
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        assert not [parameter.name for parameter in command.params if parameter.envvar]
        assert "auto_envvar_prefix" not in command.context_settings


def test_the_package_runs_as_a_module() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "recorder", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.startswith("recorder")
    assert time.monotonic() - began < 10
