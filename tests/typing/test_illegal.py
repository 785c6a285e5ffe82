"""The type checker refuses every way past a gate that `illegal.py` tries, and refuses nothing else there."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ILLEGAL = Path(__file__).with_name("illegal.py")
ERROR = re.compile(r"illegal\.py:(\d+): error: .*\[([a-z-]+)\]$")
PROMISED = re.compile(r"# E: ([a-z-]+)$")


def promised_errors() -> set[tuple[int, str]]:
    lines = enumerate(ILLEGAL.read_text().splitlines(), start=1)
    return {(number, match[1]) for number, line in lines if (match := PROMISED.search(line))}


def mypy_errors() -> tuple[set[tuple[int, str]], str]:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-pretty", "--hide-error-context", str(ILLEGAL)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    errors = (ERROR.search(line) for line in done.stdout.splitlines())
    return {(int(match[1]), match[2]) for match in errors if match}, done.stdout + done.stderr


def test_mypy_refuses_exactly_the_marked_lines() -> None:
    found, output = mypy_errors()

    assert found == promised_errors(), output


def test_every_function_of_the_illegal_programs_is_refused_somewhere() -> None:
    programs = ILLEGAL.read_text().split("\ndef ")[1:]

    assert len(programs) >= 10
    assert all("# E: " in program for program in programs)
