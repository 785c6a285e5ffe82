"""`recorder log`: the tamper-evident history. Starts, stops, consents, reviews, deletions, exports; never content."""

from pathlib import Path

import click

from recorder.cli import output, passphrase
from recorder.model.tables import AuditRow
from recorder.store.audit import AuditLog
from recorder.store.home import recorder_home
from recorder.store.vault import Vault


@click.command(epilog="Example:  recorder log --verify")
@click.option("--verify", is_flag=True, help="Check that no line was changed, put in or taken out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def log(verify: bool, as_json: bool) -> None:
    """Show the history of what was done here, oldest first."""
    home = recorder_home()
    if verify and home.is_dir():
        _verify(home)
    rows = list(AuditLog(home).rows()) if home.is_dir() else []
    if as_json:
        output.answer_json([_as_json(row) for row in rows])
    elif not rows:
        output.answer("Nothing has been done here yet.")
    else:
        columns = ("when", "by", "what", "id", "count")
        output.answer_table(columns, [_as_row(row) for row in rows])


def _verify(home: Path) -> None:
    """Raises: DamagedError at the first line that is not as it was written."""
    heads = Vault.open(home).unlock_heads(passphrase.ask) if Vault.exists(home) else None
    found = AuditLog(home, heads).verify()
    output.note(f"verified: {found.lines} lines, unchanged and in order")
    if heads is None:
        output.note("there is no key here any more, so a missing end could not be noticed")
    elif found.unanchored:
        output.note(f"the last {found.unanchored} were written without the key; a missing one could not be noticed")


def _as_json(row: AuditRow) -> dict[str, output.Json]:
    return {
        "seq": row.seq,
        "at": output.iso(row.at_us),
        "actor": row.actor,
        "action": row.action,
        "object_id": row.object_id or None,
        "count": row.count,
    }


def _as_row(row: AuditRow) -> tuple[str, ...]:
    when = output.iso(row.at_us)[:19].replace("T", " ")
    return when, row.actor, row.action.replace("_", " "), row.object_id, str(row.count or "")
