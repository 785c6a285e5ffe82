"""`recorder forget`: the last minutes, gone for good at once."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recorder.cli import choice, output, receipt
from recorder.cli.moments import seconds as parse_seconds
from recorder.cli.opened import open_home
from recorder.consent.clock import SystemClock
from recorder.store.audit import Action
from recorder.store.home import recorder_home, session_ids

if TYPE_CHECKING:
    from recorder.store.ends import Reach


@click.command(epilog="Example:  recorder forget 5m")
@click.argument("length")
@click.option("--json", "as_json", is_flag=True, help="One JSON value: the receipt.")
def forget(length: str, as_json: bool) -> None:
    """Delete the last LENGTH (30s, 5m, 1h), recording or not. Asks nothing: it is gone for good at once."""
    home, length_us = recorder_home(), round(parse_seconds(length) * 1_000_000)
    forgotten = _forget_running(home, length_us / 1_000_000)
    found = _reach(home, length_us)
    earlier = _forget_stored(home, found.since_us, found.until_us) if found.since_us < found.until_us else {}
    earlier = _with_whole(home, found.whole, earlier or receipt.nothing())
    if found.is_wider:
        output.note(f"the clock was set or the machine slept: to be sure of the last {length}, more may have gone")
    for name in ("events", "frames"):
        earlier[name] += forgotten.get(name, 0)
    earlier["recording"] = bool(forgotten)
    receipt.show(earlier, as_json)


def _forget_running(home: Path, length_s: float) -> dict[str, int]:
    """Through the running recorder, which alone can reach what it holds; empty when none runs.

    Raises: PlatformError when it does not confirm.
    """
    from recorder.control import Request, ask
    from recorder.errors import PlatformError
    from recorder.store.lock import is_running

    if not is_running(home):
        return {}
    answer = ask(home, Request.FORGET, seconds=length_s)
    if not answer.get("ok"):
        raise PlatformError(
            str(answer.get("error", "the running recorder refused")), hint="run it again, or: recorder stop"
        )
    return {name: count for name, count in answer.items() if isinstance(count, int)}


def _reach(home: Path, length_us: int) -> "Reach":
    """Which part of what is stored belongs to the last minutes, however somebody set the clock meanwhile."""
    from recorder.store import ends
    from recorder.store.listing import list_sessions
    from recorder.store.lock import is_being_written

    now_us, boot_ns = time.time_ns() // 1000, SystemClock().boot_ns()
    slept_ns = boot_ns - time.monotonic_ns()
    ended = [one for one in list_sessions(home, None) if not is_being_written(home / "sessions" / one.session_id)]
    if any(one.started_at_us is not None and one.duration_us is None for one in ended):
        open_home()  # finds out where those ended that were killed
        ended = [one for one in list_sessions(home, None) if not is_being_written(home / "sessions" / one.session_id)]
    stored = [
        ends.Stored(one.session_id, one.started_at_us, one.started_at_us + one.duration_us)
        for one in ended
        if one.started_at_us is not None and one.duration_us is not None
    ]
    before_us = min([ends.FAR_US, *_starts_of_running(home)])
    return ends.reach(home, stored, length_us, now_us=now_us, boot_ns=boot_ns, slept_ns=slept_ns, before_us=before_us)


def _with_whole(home: Path, session_ids: tuple[str, ...], earlier: dict[str, Any]) -> dict[str, Any]:
    """Sessions that no range of time can name, because the clock was set back behind them: they go whole."""
    if not session_ids:
        return earlier
    opened = open_home()
    there = tuple(one for one in session_ids if (home / "sessions" / one).is_dir())
    chosen = choice.whole(there)
    seconds = chosen.seconds(opened, there)
    also = receipt.values(chosen.carry_out(opened, dry_run=False, action=Action.FORGOTTEN), seconds)
    numbers = {name: earlier[name] + also[name] for name in earlier if type(also.get(name)) in (int, float)}
    return earlier | numbers | {"sessions": [*earlier["sessions"], *also["sessions"]]}


def _starts_of_running(home: Path) -> list[int]:
    from recorder.store.listing import list_sessions
    from recorder.store.lock import is_being_written

    return [
        one.started_at_us
        for one in list_sessions(home, None)
        if one.started_at_us is not None and is_being_written(home / "sessions" / one.session_id)
    ]


def _forget_stored(home: Path, since_us: int, until_us: int) -> dict[str, Any]:
    """Sessions that nobody writes any more. The vault is opened only if there are any."""
    if not session_ids(home) or not _may_reach(home, since_us, until_us):
        return receipt.nothing()
    opened = open_home()
    chosen = choice.between(since_us, until_us)
    seconds = chosen.seconds(opened, chosen.carry_out(opened, dry_run=True).session_ids)
    done = chosen.carry_out(opened, dry_run=False, action=Action.FORGOTTEN)
    return receipt.values(done, seconds)


def _may_reach(home: Path, since_us: int, until_us: int) -> bool:
    """Whether a stored session may reach into the range, by clear times alone; a session without an end may."""
    from recorder.store.listing import list_sessions
    from recorder.store.lock import is_being_written

    return any(
        one.started_at_us is None
        or (
            one.started_at_us < until_us
            and (one.duration_us is None or one.started_at_us + one.duration_us >= since_us)
        )
        for one in list_sessions(home, None)
        if not is_being_written(home / "sessions" / one.session_id)
    )
