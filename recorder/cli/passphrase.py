"""Where a passphrase comes from: the terminal, or the command in RECORDER_PASSPHRASE_COMMAND.

The variable says where the key is, never what is allowed: every act of consent still needs a person at a terminal. The
passphrase is in this process's memory only; it is never an argument, a variable or a line of a log.
"""

import getpass
import os
import shlex
import subprocess
import sys

from recorder.cli import output
from recorder.errors import PlatformError, UsageError

COMMAND_VARIABLE = "RECORDER_PASSPHRASE_COMMAND"
# A new passphrase and that of a backup are others than the one in use, so their commands have names of their own.
NEW_VARIABLE = "RECORDER_NEW_PASSPHRASE_COMMAND"
BACKUP_VARIABLE = "RECORDER_BACKUP_PASSPHRASE_COMMAND"
NEW_WORDS = "New passphrase (you need it to look at your recordings): "
COMMAND_TIMEOUT_S = 120.0
TRIES = 3
SHORTEST_PASSPHRASE = 8


def ask() -> str:
    """The passphrase of the existing vault.

    Raises: PlatformError when there is neither a terminal nor a command to ask, or the command fails.
    """
    return _from_command() or _from_terminal("Passphrase of your recordings: ")


def ask_of_backup() -> str:
    """The passphrase of an existing backup of the key. Raises: as `ask`."""
    return _from_command(BACKUP_VARIABLE) or _from_terminal("Passphrase of the backup: ", BACKUP_VARIABLE)


def ask_new(variable: str = COMMAND_VARIABLE, words: str = NEW_WORDS) -> str:
    """A new passphrase, asked twice (a command is asked once: it can't mistype).

    Raises: UsageError after three tries that differ or are too short; PlatformError as `ask`.
    """
    given = _from_command(variable)
    if given is not None:
        return _long_enough(given)
    for _ in range(TRIES):
        typed = _from_terminal(words, variable)
        if len(typed) < SHORTEST_PASSPHRASE:
            output.note(f"that is shorter than {SHORTEST_PASSPHRASE} characters; four or five random words are good")
        elif typed != _from_terminal("The same passphrase again: ", variable):
            output.note("the two differ")
        else:
            return typed
    raise UsageError("no passphrase was chosen", hint="nothing was changed; run the command again")


def _long_enough(passphrase: str) -> str:
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise UsageError(f"the passphrase is shorter than {SHORTEST_PASSPHRASE} characters")
    return passphrase


def _from_command(variable: str = COMMAND_VARIABLE) -> str | None:
    words = shlex.split(os.environ.get(variable, ""))
    if not words:
        return None
    try:
        # No shell: the words are the program and its arguments. It may ask at the terminal itself.
        done = subprocess.run(words, stdout=subprocess.PIPE, timeout=COMMAND_TIMEOUT_S, check=True)
        passphrase = done.stdout.decode().removesuffix("\n").removesuffix("\r")
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        raise PlatformError(f"the command in {variable} gave no passphrase", hint="run it by hand") from None
    if not passphrase:
        raise PlatformError(f"the command in {variable} printed nothing", hint="run it by hand")
    return passphrase


def _from_terminal(prompt: str, variable: str = COMMAND_VARIABLE) -> str:
    # getpass falls back to reading stdin with echo on; where nobody sits at a terminal we refuse instead.
    if not (sys.stdin.isatty() or _has_terminal()):
        raise PlatformError(
            "a passphrase is needed and there is no terminal to ask at",
            hint=f"run it at a terminal, or set {variable}",
        )
    return getpass.getpass(prompt)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
