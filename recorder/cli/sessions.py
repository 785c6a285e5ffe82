"""`recorder list`: the sessions on this machine, as the vault's key opens them."""

from typing import TYPE_CHECKING

import click

from recorder.cli import output
from recorder.cli.staging import note_staged
from recorder.cli.unlock import unlock
from recorder.store.home import recorder_home, session_ids

if TYPE_CHECKING:
    from recorder.store.listing import SessionSummary

# The beginning of an id, its time to the millisecond (UUIDv7), stands for it in every command.
SHORT = 13


@click.command("list", epilog="Example:  recorder list --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def list_(as_json: bool) -> None:
    """List your sessions, oldest first."""
    found = _summaries()
    if as_json:
        output.answer_json([_as_json(one) for one in found])
    elif not found:
        output.answer("No sessions. To make one: recorder record")
    else:
        columns = ("session", "started", "length", "task", "apps", "events", "pictures", "gaps", "size", "state")
        output.answer_table(columns, [_as_row(one) for one in found])


def _summaries() -> list["SessionSummary"]:
    home = recorder_home()
    if not session_ids(home):
        return []  # nothing to open, so nobody is asked for a passphrase
    from recorder.store.listing import list_sessions

    unlocked = unlock(home)
    note_staged(home, unlocked)
    return list_sessions(home, unlocked)


def _as_json(one: "SessionSummary") -> dict[str, output.Json]:
    return {
        "id": one.session_id,
        "started": None if one.started_at_us is None else output.iso(one.started_at_us),
        "duration_s": None if one.duration_us is None else one.duration_us / 1_000_000,
        "task": one.task,
        "study": one.study_id,
        "apps": None if one.apps is None else list(one.apps),
        "events": one.events,
        "frames": one.frames,
        "gaps": one.gaps,
        "bytes": one.size_bytes,
        "state": str(one.state),
        "recording": one.recording,
        "staged": one.staged,
        "damaged": one.damaged,
    }


def _as_row(one: "SessionSummary") -> tuple[str, ...]:
    return (
        one.session_id[:SHORT],
        "?" if one.started_at_us is None else output.iso(one.started_at_us)[:19].replace("T", " "),
        "running" if one.recording else "?" if one.duration_us is None else output.length(one.duration_us),
        one.task or "",
        ", ".join(one.apps or ()),
        *("?" if count is None else str(count) for count in (one.events, one.frames, one.gaps)),
        output.size(one.size_bytes),
        str(one.state) if one.damaged is None else f"damaged: {one.damaged}",
    )
