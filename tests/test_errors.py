"""At most eight kinds of error, each with a documented exit code; messages that a person can act on."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from recorder import errors
from recorder.errors import (
    BusyError,
    DamagedError,
    ExitCode,
    NoConsentError,
    PlatformError,
    PolicyError,
    RecorderError,
    UsageError,
)

ROOT = Path(__file__).parents[1]
KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, RecorderError)]


def test_there_are_at_most_eight_kinds() -> None:
    assert 1 < len(KINDS) <= 8


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (RecorderError, 1),
        (UsageError, 2),
        (DamagedError, 2),
        (NoConsentError, 3),
        (PolicyError, 4),
        (PlatformError, 5),
        (BusyError, 6),
    ],
)
def test_the_exit_codes_stay_as_documented(kind: type[RecorderError], code: int) -> None:
    assert kind("x").exit_code == code


def test_every_exit_code_is_reached_by_some_kind() -> None:
    assert {ExitCode.GOOD, *(kind.exit_code for kind in KINDS)} == set(ExitCode)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_keeps_its_message_and_its_hint_apart(kind: type[RecorderError]) -> None:
    error = kind("no display found", hint="try `recorder demo`")

    assert str(error) == error.message == "no display found"
    assert error.hint == "try `recorder demo`"
    assert kind("x").hint is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_when_it_happens(kind: type[RecorderError]) -> None:
    assert kind.__doc__
    assert kind.__doc__ != Exception.__doc__


def test_errors_stand_below_everything_else() -> None:
    code = "import sys, recorder.errors; print([m for m in sys.modules if m.startswith('recorder.')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['recorder.errors']"
