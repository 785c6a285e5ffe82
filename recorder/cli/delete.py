"""`recorder delete` and `recorder forget`: what goes is listed first, then it is gone for good."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recorder.cli import output
from recorder.cli.history import note
from recorder.cli.moments import seconds as parse_seconds
from recorder.cli.moments import span_us
from recorder.cli.opened import Opened, find_sessions, open_home
from recorder.errors import DamagedError, UsageError
from recorder.store.audit import Action, Actor
from recorder.store.home import recorder_home, session_ids

if TYPE_CHECKING:
    from recorder.store.delete import Receipt
    from recorder.store.session import SessionReader


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person chose. `carry_out(dry_run)` counts or deletes; `length_us` is how much recording it is."""

    carry_out: Callable[[bool], "Receipt"]
    length_us: Callable[["list[SessionReader]"], int]


@click.command(epilog="Example:  recorder delete --between 14:00 14:30")
@click.option("--session", help="One session: its id, the beginning of it, or `last`.")
@click.option("--between", nargs=2, metavar="FROM TO", help="A range: 14:30, or a date with Z or an offset.")
@click.option("--app", help="Everything of one app, by its name in `recorder allow --list`.")
@click.option("--all", "everything", is_flag=True, help="All sessions.")
@click.option("--dry-run", is_flag=True, help="Say what would go; delete nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value: the receipt.")
def delete(
    session: str | None,
    between: tuple[str, str] | None,
    app: str | None,
    everything: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Delete for good: the keys of what goes are destroyed, so nothing brings it back.

    Choose with exactly one of --session, --between, --app and --all.
    """
    if sum((session is not None, between is not None, app is not None, everything)) != 1:
        raise UsageError("say what to delete: one of --session, --between, --app, --all", hint="recorder delete --help")
    if not (dry_run or yes) and (as_json or not _at_a_terminal()):
        raise UsageError("nobody is here to ask, so nothing is deleted", hint="look with --dry-run, then say --yes")
    span = None if between is None else span_us(*between, datetime.now().astimezone())
    found = None if session is None else find_sessions([session])[0]
    opened = open_home()
    choice = _choice(opened, found, span, app)
    counted = choice.carry_out(True)
    listed = _values(counted, _length_us(opened, counted, choice))
    if dry_run:
        _print(listed, as_json)
        return
    if not yes:
        _print(listed, False)
        if counted.session_ids and not click.confirm("Delete this for good?"):
            raise UsageError("nothing was deleted")
    receipt = choice.carry_out(False)
    _log(opened, receipt, Action.DELETED)
    _print(_values(receipt, round(listed["seconds"] * 1_000_000)), as_json)


@click.command(epilog="Example:  recorder forget 5m")
@click.argument("length")
@click.option("--json", "as_json", is_flag=True, help="One JSON value: the receipt.")
def forget(length: str, as_json: bool) -> None:
    """Delete the last LENGTH (30s, 5m, 1h), recording or not. Asks nothing: it is gone for good at once."""
    home, now_us = recorder_home(), time.time_ns() // 1000
    since_us = now_us - round(parse_seconds(length) * 1_000_000)
    forgotten = _forget_running(home, (now_us - since_us) / 1_000_000)
    until_us = min([now_us + 1, *_starts_of_running(home)])
    earlier = _forget_stored(home, since_us, until_us) if since_us < until_us else _nothing()
    for name in ("events", "frames"):
        earlier[name] += forgotten.get(name, 0)
    earlier["recording"] = bool(forgotten)
    _print(earlier, as_json)


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
    from recorder.store.session import list_sessions

    return [
        one.started_at_us
        for one in list_sessions(home, None)
        if one.started_at_us is not None and is_being_written(home / "sessions" / one.session_id)
    ]


def _forget_stored(home: Path, since_us: int, until_us: int) -> dict[str, Any]:
    """Sessions that nobody writes any more. The vault is opened only if there are any."""
    from recorder.store.delete import delete_between

    if not session_ids(home) or not _may_reach(home, since_us, until_us):
        return _nothing()
    opened = open_home()
    choice = _choice(opened, None, (since_us, until_us), None)
    length_us = _length_us(opened, choice.carry_out(True), choice)
    receipt = delete_between(home, opened.unlocked, since_us, until_us)
    _log(opened, receipt, Action.FORGOTTEN)
    return _values(receipt, length_us)


def _may_reach(home: Path, since_us: int, until_us: int) -> bool:
    """Whether a stored session may reach into the range, by clear times alone; a session without an end may."""
    from recorder.store.lock import is_being_written
    from recorder.store.session import list_sessions

    return any(
        one.started_at_us is None
        or (
            one.started_at_us < until_us
            and (one.duration_us is None or one.started_at_us + one.duration_us >= since_us)
        )
        for one in list_sessions(home, None)
        if not is_being_written(home / "sessions" / one.session_id)
    )


def _choice(opened: Opened, session_id: str | None, span: tuple[int, int] | None, app: str | None) -> Choice:
    from recorder.review import extent
    from recorder.store import delete as store

    home, unlocked = opened.home, opened.unlocked
    if session_id is not None:
        return Choice(lambda dry: store.delete_session(home, unlocked, session_id, dry_run=dry), extent.whole_us)
    if span is not None:
        return Choice(
            lambda dry: store.delete_between(home, unlocked, *span, dry_run=dry),
            lambda readers: extent.between_us(readers, *span),
        )
    if app is not None:
        return Choice(
            lambda dry: store.delete_app(home, unlocked, app, dry_run=dry),
            lambda readers: extent.app_us(readers, app),
        )
    return Choice(lambda dry: store.delete_all(home, unlocked, dry_run=dry), extent.whole_us)


def _length_us(opened: Opened, counted: "Receipt", choice: Choice) -> int:
    """Of the sessions that open; what is damaged can be deleted but not measured."""
    readers = []
    for session_id in counted.session_ids:
        try:
            readers.append(opened.reader(session_id))
        except DamagedError:
            output.note(f"session {session_id} is damaged: what it held is not known")
    return choice.length_us(readers)


def _values(receipt: "Receipt", length_us: int) -> dict[str, Any]:
    return {
        "dry_run": receipt.dry_run,
        "sessions": list(receipt.session_ids),
        "sessions_gone": receipt.sessions,
        "events": receipt.events,
        "frames": receipt.frames,
        "seconds": length_us / 1_000_000,
        "bytes": receipt.size_bytes,
        "unnamed": list(receipt.unnamed),
        "verified": receipt.verified,
    }


def _nothing() -> dict[str, Any]:
    empty = {"dry_run": False, "sessions": [], "sessions_gone": 0, "events": 0, "frames": 0}
    return empty | {"seconds": 0.0, "bytes": 0, "unnamed": [], "verified": True}


def _print(values: dict[str, Any], as_json: bool) -> None:
    if as_json:
        output.answer_json(values)
        return
    what = f"{values['events']} events, {values['frames']} pictures, {values['seconds']:.0f} s of recording"
    what += f", {output.size(values['bytes'])}"
    for session_id in values["sessions"]:
        output.answer(f"  from {session_id}")
    if values["dry_run"]:
        output.answer(f"would go: {what}; {values['sessions_gone']} sessions whole")
    else:
        output.answer(f"gone for good: {what}; {values['sessions_gone']} sessions whole")
    if values["unnamed"]:
        count = len(values["unnamed"])
        output.note(
            f"{count} {'session' if count == 1 else 'sessions'} recorded without app names: which part is of this app "
            "can't be told, so it was left; recorder delete --session ID removes one whole"
        )
        for session_id in values["unnamed"]:
            output.note(f"  without app names: {session_id}")


def _log(opened: Opened, receipt: "Receipt", action: Action) -> None:
    """One line per deletion: how many rows, and which session if it was one; never which app or which minutes."""
    if receipt.session_ids:
        named = receipt.session_ids[0] if len(receipt.session_ids) == 1 else ""
        rows = receipt.events + receipt.frames
        note(opened.home, Actor.DELETE, action, heads=opened.unlocked, object_id=named, count=rows)


def _at_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
