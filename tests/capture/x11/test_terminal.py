"""Real pseudoterminals: which modes are a password prompt, and when a terminal is looked at."""

import os
import pty
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.capture.backends.x11 import terminal
from recorder.capture.backends.x11.terminal import Mode, Terminal, TerminalWatch

FLAGS = st.integers(min_value=0, max_value=0xFFFF)


@pytest.fixture
def shell() -> Iterator[int]:
    """A bash on a pseudoterminal of its own, child of this process; the master side."""
    pid, master = pty.fork()
    if pid == 0:
        os.execv("/bin/bash", ["bash", "--norc", "--noprofile"])
    os.read(master, 1024)  # its prompt: the terminal is its own now, and its line editor has begun
    yield master
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(master)


def type_line(master: int, text: str) -> None:
    os.write(master, text.encode() + b"\n")


def wait_until(watch: TerminalWatch, *, hides: bool, timeout_s: float = 10.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while watch.nudge(time.monotonic()) is not hides:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


@given(FLAGS)
def test_only_line_mode_without_echo_or_a_known_asker_hides(flags: int) -> None:
    mode = terminal.judge(flags, lambda: "bash")

    assert (mode is Mode.HIDES) is (bool(flags & termios.ICANON) and not flags & termios.ECHO)


@pytest.mark.parametrize(
    ("flags", "command", "mode"),
    [
        (termios.ISIG, "sudo", Mode.HIDES),  # shows an asterisk per key
        (termios.ISIG, "bash", Mode.RAW),  # a line editor
        (0, "sudo", Mode.RAW),  # relays a command
        (0, "ssh", Mode.RAW),
        (termios.ICANON | termios.ECHO, "sudo", Mode.ECHOES),
    ],
)
def test_key_by_key_reading_hides_only_while_a_known_asker_asks(flags: int, command: str, mode: Mode) -> None:
    assert terminal.judge(flags, lambda: command) is mode


@pytest.mark.parametrize("prompt", ["read -s x", "python3 -c 'import getpass; getpass.getpass()'", "su nobody -c true"])
def test_a_prompt_hides_until_it_is_answered(shell: int, prompt: str) -> None:
    watch = TerminalWatch()
    assert watch.focus(os.getpid(), time.monotonic()) is False
    # As root, su does not ask; as another user it does.
    prefix = "exec setpriv --reuid=65534 --regid=65534 --clear-groups " if prompt.startswith("su ") else ""
    if prefix and os.getuid() != 0:
        prefix = "exec "
    type_line(shell, f"{prefix}{prompt}")
    wait_until(watch, hides=True)
    type_line(shell, "synthetic")

    wait_until(watch, hides=False)


def test_a_prompt_that_shows_asterisks_hides(shell: int, tmp_path: Path) -> None:
    asker = tmp_path / "sudo"
    asker.write_bytes(Path("/bin/bash").read_bytes())
    asker.chmod(0o700)
    watch = TerminalWatch()
    watch.focus(os.getpid(), time.monotonic())
    type_line(shell, f"{asker} -c 'stty -icanon -echo isig; read -r x; stty sane'")

    wait_until(watch, hides=True)
    type_line(shell, "synthetic")
    wait_until(watch, hides=False)


def test_a_shell_at_its_prompt_is_not_looked_at_until_a_key_comes(shell: int) -> None:
    watch = TerminalWatch()
    watch.focus(os.getpid(), 100.0)
    deadline_s = time.monotonic() + 10
    while watch.due_s(100.0) is not None and time.monotonic() < deadline_s:
        watch.check(100.0)

    assert watch.due_s(100.0) is None
    watch.nudge(200.0)
    assert watch.due_s(200.0) == pytest.approx(200.0 + terminal.FAST_PERIOD_S)
    assert watch.due_s(200.0 + terminal.FAST_FOR_S) is None


def test_a_running_command_is_looked_at_slowly_without_keys(shell: int) -> None:
    watch = TerminalWatch()
    watch.focus(os.getpid(), 100.0)
    type_line(shell, "sleep 60")
    deadline_s = time.monotonic() + 10
    while watch.due_s(100.0) is None and time.monotonic() < deadline_s:
        watch.check(100.0)

    assert watch.due_s(100.0) == pytest.approx(100.0 + terminal.SLOW_PERIOD_S)


def test_a_window_without_terminals_is_never_looked_at() -> None:
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    watch = TerminalWatch()
    watch.focus(child.pid, 100.0)
    watch.nudge(101.0)

    assert watch.due_s(101.0) is None
    child.kill()
    child.wait()


def test_no_window_hides_nothing() -> None:
    watch = TerminalWatch()

    assert watch.focus(None, 100.0) is False
    assert watch.nudge(101.0) is False
    assert watch.due_s(101.0) is None


def test_the_terminal_that_a_program_was_started_from_is_not_its_own(shell: int, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    program = f"import os, subprocess; open('{pid_file}', 'w').write(str(os.getpid())); subprocess.run(['sleep', '60'])"
    type_line(shell, f'{sys.executable} -c "{program}"')
    deadline_s = time.monotonic() + 10
    while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < deadline_s:
        time.sleep(0.02)

    assert terminal.terminals_below(int(pid_file.read_text())) == ()
    assert len(terminal.terminals_below(os.getpid())) == 1


def test_another_users_terminal_counts_as_hiding(shell: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: str) -> int:
        raise PermissionError(13, "denied")

    assert len(terminal.terminals_below(os.getpid())) == 1
    monkeypatch.setattr(terminal, "_local_flags", refuse)

    assert TerminalWatch().focus(os.getpid(), 100.0) is True


def test_a_terminal_that_has_gone_hides_nothing() -> None:
    # Minor 4095 of the last major that Unix98 pseudoterminals have.
    assert terminal.mode_of(Terminal(os.makedev(143, 255), 1)) is Mode.GONE


def test_a_command_name_with_blanks_and_parentheses_is_read(tmp_path: Path) -> None:
    odd = tmp_path / "a) S 1 (b"
    odd.write_bytes(Path("/bin/sleep").read_bytes())
    odd.chmod(0o700)
    child = subprocess.Popen([odd, "60"])
    deadline_s = time.monotonic() + 10
    while (process := terminal.read_process(child.pid)) and process.command != odd.name:
        assert time.monotonic() < deadline_s

    assert process is not None
    assert process.parent == os.getpid()
    child.kill()
    child.wait()
    assert terminal.read_process(child.pid) is None
