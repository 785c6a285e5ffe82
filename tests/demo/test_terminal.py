"""The demonstration's terminal is one: programs find /dev/tty, get what is typed, and end with it."""

import os
import sys
import time
from pathlib import Path

import pytest

from recorder.demo.terminal import Terminal
from recorder.errors import RecorderError

ENV = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


def python(code: str) -> Terminal:
    return Terminal([sys.executable, "-c", code], env=ENV)


def test_what_is_typed_arrives_and_what_is_printed_comes_back() -> None:
    with python("name = input('name? '); print(f'hello {name}'); raise SystemExit(3)") as terminal:
        terminal.expect("name? ")
        terminal.send("Zoë\n")
        terminal.expect("hello Zoë")
        assert terminal.wait() == 3


def test_the_program_has_a_terminal_of_its_own() -> None:
    with python("import os; print(open('/dev/tty').isatty(), [os.isatty(n) for n in (0, 1, 2)])") as terminal:
        assert terminal.wait() == 0
        assert "True [True, True, True]" in terminal.output


def test_the_width_is_what_was_asked_for() -> None:
    with Terminal(
        [sys.executable, "-c", "import shutil; print(shutil.get_terminal_size())"], env=ENV, columns=77
    ) as at:
        assert at.wait() == 0
        assert "columns=77" in at.output


def test_what_was_waited_for_is_not_found_twice() -> None:
    with python("print('once'); input()") as terminal:
        terminal.expect("once")
        with pytest.raises(RecorderError, match="did not print 'once'"):
            terminal.expect("once", timeout_s=0.1)


def test_words_that_never_come_are_named() -> None:
    with (
        python("print('something else')") as terminal,
        pytest.raises(RecorderError, match="did not print 'these words'"),
    ):
        terminal.expect("these words", timeout_s=5)


def test_control_c_interrupts_the_program() -> None:
    with python("import time\nprint('ready', flush=True)\ntime.sleep(60)") as terminal:
        terminal.expect("ready")
        terminal.send("\x03")
        assert terminal.wait(timeout_s=5) != 0
        assert "KeyboardInterrupt" in terminal.output


def test_leaving_the_block_ends_the_program_and_what_it_started(tmp_path: Path) -> None:
    code = (
        "import os, time\n"
        "child = os.fork()\n"
        f"open({str(tmp_path / 'child')!r}, 'w').write(str(child)) if child else None\n"
        "print('ready', flush=True) if child else None\n"
        "time.sleep(60)"
    )
    with python(code) as terminal:
        terminal.expect("ready")
    child = int((tmp_path / "child").read_text())

    until = time.monotonic() + 2
    while alive(child):
        assert time.monotonic() < until, "the child lives on"
        time.sleep(0.005)
    assert terminal.process.returncode is not None


def alive(pid: int) -> bool:
    """Whether it runs; one that nobody has reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
