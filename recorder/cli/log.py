"""`recorder log`: the tamper-evident history. Starts, stops, consents, reviews, deletions, exports; never content."""

from pathlib import Path
from typing import NamedTuple

import click

from recorder.cli import output, passphrase
from recorder.errors import DamagedError
from recorder.model.tables import AuditRow
from recorder.store.audit import AuditLog
from recorder.store.chain import Checked
from recorder.store.home import recorder_home
from recorder.store.vault import Vault


@click.command(epilog="Example:  recorder log --verify")
@click.option("--verify", is_flag=True, help="Say what was changed, put in, taken out or cut off.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def log(verify: bool, as_json: bool) -> None:
    """Show the history of what was done here, oldest first.

    --verify: exit code 2 when anything is not as it was written. With --json: {ok, lines, unanchored, key, problems,
    rows}; without --verify the rows alone.
    """
    home = recorder_home()
    found = check(home) if verify and home.is_dir() else None
    rows = _rows(home, damaged=found is not None and bool(found.checked.findings))
    if as_json and verify:
        output.answer_json(_verified_json(found, rows))
    elif as_json:
        output.answer_json([_as_json(row) for row in rows])
    elif not rows:
        output.answer("Nothing has been done here yet.")
    else:
        columns = ("when", "by", "what", "id", "count")
        output.answer_table(columns, [_as_row(row) for row in rows])
    if found is not None:
        _say(found)


class Found(NamedTuple):
    """`with_key`: whether the vault could say which line was the last."""

    checked: Checked
    with_key: bool


def check(home: Path) -> Found:
    """Asks for the passphrase where the vault has one. Raises: as `Vault.open` and `Vault.unlock_heads`."""
    heads = Vault.open(home).unlock_heads(passphrase.ask) if Vault.exists(home) else None
    return Found(AuditLog(home, heads).check(), heads is not None)


def _rows(home: Path, *, damaged: bool) -> list[AuditRow]:
    """Raises: DamagedError for lines that do not parse, unless that is going to be said anyway."""
    if not home.is_dir():
        return []
    history = AuditLog(home)
    return history.readable() if damaged else list(history.rows())


def _say(found: Found) -> None:
    """Raises: DamagedError after every damage was named."""
    checked = found.checked
    for one in checked.findings:
        output.note(f"damaged: {one.words}")
    if not found.with_key:
        output.note("there is no key here any more, so a missing end could not be noticed")
    elif checked.unanchored and not checked.findings:
        output.note(
            f"the last {checked.unanchored} were written without the key and are not yet anchored; a missing one could "
            "not be noticed"
        )
    if checked.findings:
        raise DamagedError(
            f"the history is damaged in {len(checked.findings)} place{'' if len(checked.findings) == 1 else 's'}",
            hint="nothing repairs it: what is named here stays named",
        )
    output.note(f"verified: {checked.lines} lines, unchanged and in order")


def _verified_json(found: Found | None, rows: list[AuditRow]) -> dict[str, output.Json]:
    checked = None if found is None else found.checked
    problems: list[output.Json] = [
        {"problem": one.problem, "line": one.line, "words": one.words} for one in (checked.findings if checked else ())
    ]
    return {
        "ok": not problems,
        "lines": checked.lines if checked else 0,
        "unanchored": checked.unanchored if checked else 0,
        "key": found is not None and found.with_key,
        "problems": problems,
        "rows": [_as_json(row) for row in rows],
    }


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
