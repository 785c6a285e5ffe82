"""The command line: finds the command by name, runs it, and turns whatever goes wrong into an exit code.

Start-up is part of the contract, so a command's module is imported only when that command is called.
"""

import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from recorder import __version__
from recorder.cli import output
from recorder.cli.lean import without_pandas
from recorder.errors import ExitCode, RecorderError


class Entry(NamedTuple):
    """Where a command lives and what it does, so that `recorder --help` need not import it."""

    module: str
    attribute: str
    does: str


# One line per command, in the order of a volunteer's day. The attribute is a click command (or group).
COMMANDS: dict[str, Entry] = {
    "consent": Entry("consent", "consent", "Choose what is recorded; see, narrow or copy what you chose."),
    "allow": Entry("allow", "allow", "Put an app on the list of those that are recorded."),
    "disallow": Entry("allow", "disallow", "Take an app off that list."),
    "record": Entry("record", "record", "Record until Ctrl+C."),
    "pause": Entry("control", "pause", "Pause the running recorder."),
    "resume": Entry("control", "resume", "Go on after a pause."),
    "stop": Entry("control", "stop", "Stop the running recorder."),
    "status": Entry("control", "status", "Say what the running recorder is doing."),
    "forget": Entry("forget", "forget", "Delete the last minutes."),
    "list": Entry("sessions", "list_", "List your sessions."),
    "show": Entry("show", "show", "Show what a session holds."),
    "review": Entry("review", "review", "Search, approve or reject what was recorded."),
    "audit": Entry("audit", "audit", "Have all of it read a second time before you approve."),
    "delete": Entry("delete", "delete", "Delete for good."),
    "tidy": Entry("tidy", "tidy", "Delete what is older or more than you want to keep."),
    "export": Entry("export", "export", "Write what you approved to a folder. Sends nothing."),
    "withdraw": Entry("withdraw", "withdraw", "End your consent and destroy what was recorded."),
    "key": Entry("key", "key", "Change, back up or restore the key of your recordings."),
    "mask": Entry("mask", "mask", "Try what would be kept of a text."),
    "log": Entry("log", "log", "Show the history of what was done."),
    "doctor": Entry("doctor", "doctor", "Check whether this machine is ready."),
    "demo": Entry("demo", "demo", "See the whole thing on a virtual desktop."),
}


class Commands(click.Group):
    """A group whose commands are imported when they are called, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = getattr(importlib.import_module(f"recorder.cli.{entry.module}"), entry.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.module}.{entry.attribute} is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.does) for name, entry in COMMANDS.items()])


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example:  recorder consent --self",
)
@click.version_option(__version__, prog_name="recorder")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Record your desktop by choice: redacted on this machine, yours to look at and delete before anything leaves.

    Without a command: where things stand, in five lines.
    """
    if ctx.invoked_subcommand is None:
        from recorder.cli.overview import print_overview

        print_overview()


OS_HINT = (
    "what is sealed is kept, and what was begun goes on at the next start; `recorder doctor` looks for what is wrong"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (`recorder.errors.ExitCode`; 130 after Ctrl+C, 141 for a closed pipe).

    This is the error boundary: of an exception that nobody expected, only the type's name and the place leave, because
    its message may carry what was captured.
    """
    os.umask(0o077)
    if argv is None:  # a process of its own
        without_pandas()
    try:
        answer = cli.main(args=None if argv is None else list(argv), prog_name="recorder", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as wrong:
        return _usage(wrong)
    except (click.Abort, KeyboardInterrupt):
        output.error("interrupted")
        return 130
    except RecorderError as error:
        output.error(error.message, hint=error.hint)
        return int(error.exit_code)
    except BrokenPipeError:
        # Python would complain once more when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as failure:  # noqa: BLE001 - the boundary of docs: nothing unexpected gets past it
        return _unexpected(failure)
    return answer if isinstance(answer, int) else int(ExitCode.GOOD)


def _unexpected(failure: Exception) -> int:
    """A device that refuses is the machine's, all else is ours. No path and no message: either may be somebody's."""
    if isinstance(failure, OSError) and failure.errno is not None:
        output.error(f"this machine refuses: {os.strerror(failure.errno)} at {_place(failure)}", hint=OS_HINT)
        return int(ExitCode.ENVIRONMENT)
    output.error(f"internal error: {type(failure).__name__} at {_place(failure)}", hint="please report this line")
    return int(ExitCode.BUG)


def _usage(wrong: click.ClickException) -> int:
    ctx = getattr(wrong, "ctx", None)
    hint = None if ctx is None else f"{ctx.command_path} --help"
    output.error(wrong.format_message().rstrip("."), hint=hint)
    return int(ExitCode.USAGE)


def _place(failure: BaseException) -> str:
    """`module:line` of the innermost frame of ours (the outermost frame when none is)."""
    package = Path(__file__).parent.parent
    frames = traceback.extract_tb(failure.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(package)] or frames[:1]
    if not ours:
        return "?"
    path = Path(ours[-1].filename)
    module = path.relative_to(package.parent) if path.is_relative_to(package) else Path(path.name)
    return f"{'.'.join(module.with_suffix('').parts)}:{ours[-1].lineno}"
