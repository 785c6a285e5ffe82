"""`recorder forget`: the last minutes, gone for good at once."""

import time
from pathlib import Path
from typing import Any

import click

from recorder.cli import choice, receipt
from recorder.cli.moments import seconds as parse_seconds
from recorder.cli.opened import open_home
from recorder.store.audit import Action
from recorder.store.home import recorder_home, session_ids


@click.command(epilog="Example:  recorder forget 5m")
@click.argument("length")
@click.option("--json", "as_json", is_flag=True, help="One JSON value: the receipt.")
def forget(length: str, as_json: bool) -> None:
    """Delete the last LENGTH (30s, 5m, 1h), recording or not. Asks nothing: it is gone for good at once."""
    home, now_us = recorder_home(), time.time_ns() // 1000
    since_us = now_us - round(parse_seconds(length) * 1_000_000)
    forgotten = _forget_running(home, (now_us - since_us) / 1_000_000)
    until_us = min([now_us + 1, *_starts_of_running(home)])
    earlier = _forget_stored(home, since_us, until_us) if since_us < until_us else receipt.nothing()
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


def _starts_of_running(home: Path) -> list[int]:
    from recorder.store.lock import is_being_written
    from recorder.store.listing import list_sessions

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
    from recorder.store.lock import is_being_written
    from recorder.store.listing import list_sessions

    return any(
        one.started_at_us is None
        or (
            one.started_at_us < until_us
            and (one.duration_us is None or one.started_at_us + one.duration_us >= since_us)
        )
        for one in list_sessions(home, None)
        if not is_being_written(home / "sessions" / one.session_id)
    )
