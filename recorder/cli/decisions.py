"""`recorder review approve` and `reject`: the two decisions, by the gate that the page uses as well."""

from typing import Any

import click

from recorder.cli import output
from recorder.cli.history import note
from recorder.cli.opened import Opened, find_sessions, open_home
from recorder.store.audit import Action, Actor


@click.command(epilog="Example:  recorder review approve last")
@click.argument("session")
@click.option("--dry-run", is_flag=True, help="Say what would be approved; decide nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def approve(session: str, dry_run: bool, as_json: bool) -> None:
    """Let SESSION be exported, exactly as it is stored now. Any later change takes the approval away."""
    from recorder.review import decide

    (session_id,) = find_sessions([session])
    opened = open_home()
    reader = opened.reader(session_id)
    looked = _looked(opened, session_id)
    if dry_run:
        files = decide.ready(reader)
        found = {"id": session_id, "state": reader.state.value, "would_be": "approved", "files": files}
        _answer(found | looked | {"dry_run": True}, as_json, [f"would be approved: {_what(session_id, files, looked)}"])
        return
    approved = decide.approve(opened.unlocked, reader)
    note(opened.home, Actor.REVIEW, Action.REVIEW_APPROVED, heads=opened.unlocked, object_id=session_id)
    files = dict(approved.files)
    at = output.iso(approved.approved_at_us)
    found = {"id": session_id, "state": "approved", "approved": at, "files": files} | looked | {"dry_run": False}
    lines = [f"approved: {_what(session_id, files, looked)}", f"take it back with: recorder review reject {session_id}"]
    _answer(found, as_json, lines)


@click.command(epilog="Example:  recorder review reject last")
@click.argument("session")
@click.option("--dry-run", is_flag=True, help="Say what would become of it; decide nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def reject(session: str, dry_run: bool, as_json: bool) -> None:
    """Keep SESSION here: it is not exported. Takes an approval back, too."""
    from recorder.review.decide import reject as decide

    (session_id,) = find_sessions([session])
    opened = open_home()
    reader = opened.reader(session_id)
    if dry_run:
        found = {"id": session_id, "state": reader.state.value, "would_be": "withheld", "dry_run": True}
        _answer(found, as_json, [f"would stay here: {session_id}"])
        return
    decide(opened.unlocked, reader)
    note(opened.home, Actor.REVIEW, Action.REVIEW_REJECTED, heads=opened.unlocked, object_id=session_id)
    line = f"rejected: {session_id} stays here; recorder delete --session removes it for good"
    _answer({"id": session_id, "state": "withheld", "dry_run": False}, as_json, [line])


def _looked(opened: Opened, session_id: str) -> dict[str, Any]:
    """How much of it was looked at on the page."""
    from recorder.review.coverage import There
    from recorder.review.held import Held

    covered = There(Held(opened.reader(session_id))).coverage()
    return {"pictures": covered.frames.there, "pictures_looked_at": covered.frames.looked}


def _what(session_id: str, files: dict[str, str], looked: dict[str, Any]) -> str:
    seen = f"{looked['pictures_looked_at']} of {looked['pictures']} pictures were looked at on the page"
    return f"{session_id} ({len(files)} files, exactly as they are; {seen})"


def _answer(found: dict[str, Any], as_json: bool, lines: list[str]) -> None:
    if as_json:
        output.answer_json(found)
    else:
        for line in lines:
            output.answer(line)
