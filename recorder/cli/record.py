"""`recorder record`: consent, badge, recording; the session's id is the last line of stdout."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recorder.cli import output
from recorder.cli.recovery import recover_dead_sessions
from recorder.cli.trusted import trusted_head
from recorder.consent.gate import ConsentGate
from recorder.errors import RecorderError
from recorder.store.home import recorder_home

if TYPE_CHECKING:
    from recorder.pipeline.recording import Ended, Recording

LOOK_S = 0.25  # how often the line on the terminal is brought up to date


@click.command(epilog='Example:  recorder record --task "book a train"')
@click.option("--task", help="What you are about to do, in your own words; stored with the session.")
@click.option("--seconds", type=click.FloatRange(min=0.1), help="Stop by itself after so many seconds.")
@click.option("--purpose", help="What this session is for: one of the purposes you agreed to.")
def record(task: str | None, seconds: float | None, purpose: str | None) -> None:
    """Record the apps you allowed, until Ctrl+C. A badge on the screen says what is happening at every moment."""
    home = recorder_home()
    gate = ConsentGate.open(home, trusted_head(home))
    gate.grant(purpose)  # refuse before anything is locked, recovered or imported
    from recorder.capture.chooser import choose_backend
    from recorder.pipeline.prepare import Wish, prepare
    from recorder.store.lock import RunLock

    with RunLock(home):
        recover_dead_sessions(home)
        recording = prepare(home, gate, choose_backend, Wish(task=task, purpose=purpose))
        _warn_near_cap(home)
        for trouble in recording.troubles:
            output.note(f"{trouble}; recorder doctor says more")
        recording.when_orphaned = _leave
        with _stopped_by_signals(recording):
            ended = _run(recording, home, seconds)
    _say_goodbye(recording, ended)


def _warn_near_cap(home: Path) -> None:
    from recorder.store.policy_file import load_policy

    keep = load_policy(home).keep
    if keep.max_bytes is None:
        return
    from recorder.store.tidy import near_cap

    if near_cap(home, keep):
        output.note("your recordings take nearly as much as [keep] max_gb allows: recorder tidy makes room")


def _run(recording: "Recording", home: Path, seconds: float | None) -> "Ended":
    output.note("recording the apps on your list; pause with the badge, stop with Ctrl+C or `recorder stop`")
    with _live() as show:
        return recording.run(seconds=seconds, watch=show)


def _say_goodbye(recording: "Recording", ended: "Ended") -> None:
    """The session's id comes last on stdout, whatever ended it. Raises: the error that ended it."""
    final = recording.status()
    output.note(
        f"stopped after {final['duration_s']:.0f} s: {final['events']} events and {final['frames']} pictures kept, "
        f"{final['withheld']} withheld. Look at them: recorder show {recording.session_id}"
    )
    output.answer(recording.session_id)
    if ended.error is not None:
        raise ended.error


def _leave(error: RecorderError) -> None:
    """The main thread hangs for good: nobody else can end the process. All that is to be kept is sealed."""
    if select.select([], [2], [], 0)[1]:  # it may be the terminal that it hangs on
        os.write(2, f"recorder: error: {output.clean(error.message)}\n".encode())
    os._exit(error.exit_code)


@contextmanager
def _stopped_by_signals(recording: "Recording") -> Iterator[None]:
    """Ctrl+C, a closed terminal and `kill` end the recording in order: sealed, and nothing lost."""

    def stop(_number: int, _frame: object) -> None:
        recording.stop()

    numbers = [signal.SIGINT, signal.SIGTERM] + ([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _live() -> Iterator[Callable[[dict[str, Any]], None]]:
    """One line on the terminal's stderr that is always up to date; nothing where nobody looks.

    A terminal that takes nothing (Ctrl+S, a connection that hangs) is not written to: it would stop the supervisor.
    """
    if not sys.stderr.isatty():
        yield lambda status: None
        return
    from rich.console import Console
    from rich.live import Live

    shown_at = [0.0]

    def show(status: dict[str, Any]) -> None:
        if time.monotonic() - shown_at[0] > LOOK_S and select.select([], [sys.stderr], [], 0)[1]:
            shown_at[0] = time.monotonic()
            live.update(_line(status), refresh=True)

    with Live(console=Console(stderr=True, highlight=False), auto_refresh=False, transient=True) as live:
        yield show


def _line(status: dict[str, Any]) -> Any:
    from rich.text import Text

    colours = {"recording": "green", "withholding": "yellow", "paused": "cyan"}
    text = Text("● ", style=colours.get(status["state"], "white"))
    text.append(f"{status['state']:<12}", style="bold")
    text.append(
        f"{status['duration_s']:6.0f} s   {status['events']} events   {status['frames']} pictures   "
        f"{status['withheld']} withheld   {output.size(status['bytes'])}"
    )
    return text
