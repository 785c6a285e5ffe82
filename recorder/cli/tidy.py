"""`recorder tidy`: deletes what `[keep]` in policy.toml says is too old or too much. What goes is listed first."""

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from recorder.cli import output
from recorder.cli.opened import Opened, open_home
from recorder.errors import RecorderError, UsageError
from recorder.store.audit import Action, AuditLog
from recorder.store.home import recorder_home, session_ids
from recorder.store.policy_file import load_policy

if TYPE_CHECKING:
    from recorder.model.policy import Keep
    from recorder.store.delete import Receipt
    from recorder.store.tidy import Stored, Tidying

HINT = "put `[keep]` with `days = 30` or `max_gb = 5` into policy.toml"


@click.command(epilog="Example:  recorder tidy --dry-run")
@click.option("--dry-run", is_flag=True, help="Say what would go; delete nothing.")
@click.option("--also-approved", is_flag=True, help="Also what is approved and was not exported yet.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def tidy(dry_run: bool, also_approved: bool, yes: bool, as_json: bool) -> None:
    """Delete for good what is older, or more, than you want to keep: `[keep]` in policy.toml, oldest first.

    Without `[keep]` nothing goes. What is approved and was never exported stays unless you say --also-approved.
    """
    home = recorder_home()
    keep = load_policy(home).keep
    if keep.days is None and keep.max_bytes is None:
        raise UsageError("nothing says how long recordings are kept, so all are", hint=HINT)
    if not (dry_run or yes) and (as_json or not (sys.stdin.isatty() and sys.stdout.isatty())):
        raise UsageError("nobody is here to ask, so nothing is deleted", hint="look with --dry-run, then say --yes")
    if not session_ids(home):
        _print(_values(None, None, dry_run=dry_run), as_json)
        return
    opened = open_home()
    planned = _plan(opened, keep, also_approved=also_approved)
    if dry_run or not yes:
        _print(_values(planned, None, dry_run=True), as_json and dry_run)
    if dry_run:
        return
    if not yes and planned.goes and not click.confirm("Delete this for good?"):
        raise UsageError("nothing was deleted")
    _print(_values(planned, _carry_out(opened, planned), dry_run=False), as_json)


def _plan(opened: Opened, keep: "Keep", *, also_approved: bool) -> "Tidying":
    from recorder.store.tidy import plan

    now_us = time.time_ns() // 1000
    return plan(opened.home, opened.unlocked, keep, now_us, _exported(opened), also_approved=also_approved)


def _exported(opened: Opened) -> frozenset[str]:
    """By the history. One that does not verify proves nothing, so everything counts as not exported."""
    history = AuditLog(opened.home, opened.unlocked)
    try:
        history.verify()
        return frozenset(row.object_id for row in history.rows() if row.action == Action.EXPORTED)
    except RecorderError as error:
        output.note(f"{error.message}: every session counts as not exported")
        return frozenset()


def _carry_out(opened: Opened, planned: "Tidying") -> "Receipt | None":
    from recorder.store.delete import delete

    if not planned.goes:
        return None
    return delete(opened.home, opened.unlocked, planned.selector)


def _values(planned: "Tidying | None", done: "Receipt | None", *, dry_run: bool) -> dict[str, Any]:
    goes = planned.goes if planned is not None else ()
    return {
        "dry_run": dry_run,
        "sessions": [_one(one) for one in goes],
        "bytes": sum(one.size_bytes for one in goes),
        "spared": [_one(one) for one in planned.spared] if planned is not None else [],
        "left_bytes": planned.left_bytes if planned is not None else 0,
        "verified": done.verified if done is not None else not dry_run,
    }


def _one(one: "Stored") -> dict[str, Any]:
    why = None if one.why is None else one.why.value
    ended = output.iso(one.ended_at_us)
    return {"id": one.session_id, "ended": ended, "bytes": one.size_bytes, "why": why, "unexported": one.waiting}


def _print(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        output.answer_json(found)
        return
    for one in found["sessions"]:
        waiting = ", approved and not exported" if one["unexported"] else ""
        output.answer(f"  {one['id']}  ended {one['ended'][:10]}, {output.size(one['bytes'])} ({one['why']}{waiting})")
    begin = "would go" if found["dry_run"] else "gone for good"
    count = len(found["sessions"])
    left = output.size(found["left_bytes"])
    output.answer(f"{begin}: {count} sessions, {output.size(found['bytes'])}; {left} of recordings left")
    for one in found["spared"]:
        output.note(f"{one['id']} is due, but approved and not exported: export it, or say --also-approved")
